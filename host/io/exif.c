/* EXIF is a small TIFF file: a header, and directories (IFDs) of 12-byte entries that lie anywhere in the stream.
 * Every offset comes from the file, so every access is checked against the length, and nothing is followed in a loop:
 * only IFD0 and the EXIF directory that it points to are looked at. */
#include "metadata.h"

#include <stddef.h>
#include <string.h>

enum {
    TAG_WIDTH = 0x0100,
    TAG_HEIGHT = 0x0101,
    TAG_STRIP = 0x0111,
    TAG_STRIP_BYTES = 0x0117,
    TAG_THUMBNAIL = 0x0201,
    TAG_THUMBNAIL_BYTES = 0x0202,
    TAG_ORIENTATION = 0x0112,
    TAG_EXIF_IFD = 0x8769,
    TAG_COLOUR_SPACE = 0xa001,
    TAG_PIXEL_X = 0xa002,
    TAG_PIXEL_Y = 0xa003,
    TYPE_SHORT = 3,
    TYPE_LONG = 4,
    ENTRY = 12
};

typedef struct tiff {
    const uint8_t *data;
    size_t len;
    bool big;
} tiff;

static uint32_t get16(const tiff *t, size_t at)
{
    const uint8_t *p = t->data + at;
    return t->big ? (uint32_t)p[0] << 8 | p[1] : (uint32_t)p[1] << 8 | p[0];
}

static uint32_t get32(const tiff *t, size_t at)
{
    return t->big ? get16(t, at) << 16 | get16(t, at + 2) : get16(t, at + 2) << 16 | get16(t, at);
}

static void put16(const tiff *t, uint8_t *p, uint32_t v)
{
    p[t->big ? 0 : 1] = (uint8_t)(v >> 8);
    p[t->big ? 1 : 0] = (uint8_t)v;
}

static void put32(const tiff *t, uint8_t *p, uint32_t v)
{
    put16(t, p + (t->big ? 0 : 2), v >> 16);
    put16(t, p + (t->big ? 2 : 0), v & 0xffff);
}

/* The header; *ifd is where IFD0 begins. */
static bool parse(tiff *t, const uint8_t *data, size_t len, size_t *ifd)
{
    if (!data || len < 8)
        return false;
    *t = (tiff){ data, len, data[0] == 'M' };
    if (data[0] != data[1] || (data[0] != 'M' && data[0] != 'I') || get16(t, 2) != 42)
        return false;
    *ifd = get32(t, 4);
    return true;
}

/* Entries of the directory at `ifd` that lie whole inside the stream. */
static size_t count_entries(const tiff *t, size_t ifd)
{
    if (ifd < 8 || ifd > t->len || t->len - ifd < 2)
        return 0;
    const size_t n = get16(t, ifd);
    const size_t room = (t->len - ifd - 2) / ENTRY;
    return n < room ? n : room;
}

/* Where the entry of `tag` begins; 0: there is none. */
static size_t find_entry(const tiff *t, size_t ifd, uint32_t tag)
{
    const size_t n = count_entries(t, ifd);
    for (size_t i = 0; i < n; i++) {
        const size_t at = ifd + 2 + i * ENTRY;
        if (get16(t, at) == tag)
            return at;
    }
    return 0;
}

/* One SHORT or LONG that stands in the entry itself. */
static bool get_number(const tiff *t, size_t entry, uint32_t *v)
{
    if (entry == 0 || get32(t, entry + 4) != 1)
        return false;
    switch (get16(t, entry + 2)) {
    case TYPE_SHORT: *v = get16(t, entry + 8); return true;
    case TYPE_LONG: *v = get32(t, entry + 8); return true;
    default: return false;
    }
}

static void set_number(const tiff *t, uint8_t *data, size_t entry, uint32_t v)
{
    uint32_t old;
    if (!get_number(t, entry, &old))
        return;
    if (get16(t, entry + 2) == TYPE_LONG) {
        put32(t, data + entry + 8, v);
    } else if (v <= 0xffff) {
        put16(t, data + entry + 8, v);
    } else { /* too large for a SHORT: the four bytes of the value are there, so it becomes a LONG */
        put16(t, data + entry + 2, TYPE_LONG);
        put32(t, data + entry + 8, v);
    }
}

int io_exif_orientation(const uint8_t *exif, size_t len)
{
    tiff t;
    size_t ifd;
    uint32_t v;
    if (!parse(&t, exif, len, &ifd) || !get_number(&t, find_entry(&t, ifd, TAG_ORIENTATION), &v))
        return 1;
    return v >= 1 && v <= 8 ? (int)v : 1;
}

void io_meta_fix_exif(io_meta *m, uint32_t w, uint32_t h, bool upright)
{
    tiff t;
    size_t ifd;
    uint32_t sub;
    if (upright)
        m->orientation = 1;
    if (!parse(&t, m->exif.data, m->exif.len, &ifd))
        return;
    if (upright)
        set_number(&t, m->exif.data, find_entry(&t, ifd, TAG_ORIENTATION), 1);
    set_number(&t, m->exif.data, find_entry(&t, ifd, TAG_WIDTH), w);
    set_number(&t, m->exif.data, find_entry(&t, ifd, TAG_HEIGHT), h);
    if (get_number(&t, find_entry(&t, ifd, TAG_EXIF_IFD), &sub)) {
        set_number(&t, m->exif.data, find_entry(&t, sub, TAG_PIXEL_X), w);
        set_number(&t, m->exif.data, find_entry(&t, sub, TAG_PIXEL_Y), h);
    }
}

void io_exif_set_srgb(qn_bytes *exif)
{
    tiff t;
    size_t ifd;
    uint32_t sub;
    if (parse(&t, exif->data, exif->len, &ifd) && get_number(&t, find_entry(&t, ifd, TAG_EXIF_IFD), &sub))
        set_number(&t, exif->data, find_entry(&t, sub, TAG_COLOUR_SPACE), 1);
}

/* The bytes that two entries of IFD1 speak of. Only what lies behind IFD1 is touched: a file that points elsewhere is
 * broken, and its other data is not to suffer. */
static void wipe(const tiff *t, qn_bytes *exif, size_t ifd1, uint32_t where, uint32_t how_long)
{
    uint32_t at, len;
    if (!get_number(t, find_entry(t, ifd1, where), &at) || !get_number(t, find_entry(t, ifd1, how_long), &len))
        return;
    const size_t end = ifd1 + 2 + count_entries(t, ifd1) * ENTRY;
    if (at < end || at >= t->len || len > t->len - at)
        return;
    if (at + (size_t)len == t->len)
        exif->len = at;
    else
        memset(exif->data + at, 0, len);
}

void io_exif_drop_thumbnail(qn_bytes *exif)
{
    tiff t;
    size_t ifd;
    if (!parse(&t, exif->data, exif->len, &ifd))
        return;
    /* The link to IFD1 stands behind IFD0's entries, where those are all there. */
    const size_t n = count_entries(&t, ifd);
    if (n == 0 || n != get16(&t, ifd))
        return;
    const size_t next = ifd + 2 + n * ENTRY;
    if (t.len - next < 4)
        return;
    const size_t ifd1 = get32(&t, next);
    put32(&t, exif->data + next, 0);
    if (ifd1 <= next)
        return;
    wipe(&t, exif, ifd1, TAG_THUMBNAIL, TAG_THUMBNAIL_BYTES);
    if (exif->len == t.len)
        wipe(&t, exif, ifd1, TAG_STRIP, TAG_STRIP_BYTES);
}
