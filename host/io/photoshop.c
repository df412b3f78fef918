/* Photoshop's image resources, in which JPEG files carry IPTC: blocks of "8BIM", a number, a name, a length, data; name
 * and data padded to an even length. And the texts in which older programs put such metadata into PNG. */
#include "big_endian.h"
#include "meta_priv.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ID_IPTC = 0x0404, ID_THUMBNAIL_OLD = 0x0409, ID_THUMBNAIL = 0x040c, HEX_LINE = 36 /* bytes a line */ };

/* The block at `at`: its number, where it ends. False: there is none that is whole. */
static bool block_at(const qn_bytes *b, size_t at, unsigned *id, size_t *end)
{
    if (at > b->len || b->len - at < 12 || memcmp(b->data + at, "8BIM", 4) != 0)
        return false;
    const uint8_t *p = b->data + at;
    *id = (unsigned)p[4] << 8 | p[5];
    const size_t name = ((size_t)p[6] + 2) & ~(size_t)1; /* with its length byte, even */
    if (b->len - at < 6 + name + 4)
        return false;
    p += 6 + name;
    const size_t len = io_big_endian(p);
    const size_t from = at + 6 + name + 4;
    if (len > b->len - from)
        return false;
    *end = from + len;
    if (len % 2 == 1 && *end < b->len)
        ++*end;
    return true;
}

void meta_iptc_drop_thumbnails(qn_bytes *iptc)
{
    size_t at = 0, end = 0;
    unsigned id = 0;
    while (block_at(iptc, at, &id, &end)) {
        if (id == ID_THUMBNAIL || id == ID_THUMBNAIL_OLD) {
            memmove(iptc->data + at, iptc->data + end, iptc->len - end);
            iptc->len -= end - at;
        } else {
            at = end;
        }
    }
}

static int nibble(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* A bare IPTC stream, as some programs store it, gets its block around it. */
static bool wrap_plain(qn_bytes *iptc)
{
    const size_t len = iptc->len;
    if (len == 0 || iptc->data[0] != 0x1c)
        return true;
    if (!qn_bytes_reserve(iptc, len + 13))
        return false;
    memmove(iptc->data + 12, iptc->data, len);
    uint8_t head[12] = { '8', 'B', 'I', 'M', ID_IPTC >> 8, ID_IPTC & 0xff };
    io_put_big_endian(head + 8, (uint32_t)len);
    memcpy(iptc->data, head, sizeof head);
    iptc->data[12 + len] = 0;
    iptc->len = 12 + len + len % 2;
    return true;
}

/* A line break, a line with a name (each program has one of its own), the number of bytes in decimal, and their digits
 * with line breaks between. */
static bool read_hex(const char *text, size_t len, qn_bytes *out)
{
    const char *end = text + len, *p = len > 1 ? memchr(text + 1, '\n', len - 1) : NULL;
    if (!p || text[0] != '\n')
        return false;
    size_t bytes = 0;
    p++;
    while (p < end && *p == ' ')
        p++;
    for (; p < end && *p >= '0' && *p <= '9'; p++)
        bytes = bytes < SIZE_MAX / 20 ? bytes * 10 + (size_t)(*p - '0') : SIZE_MAX / 2;
    if (bytes == 0 || bytes > len / 2 || !qn_bytes_reserve(out, bytes + 16))
        return false;
    size_t n = 0;
    int high = -1;
    for (; p < end && n < bytes; p++) {
        const int v = nibble(*p);
        if (v < 0 && !isspace((unsigned char)*p))
            return false;
        if (v < 0)
            continue;
        if (high >= 0)
            out->data[n++] = (uint8_t)(high << 4 | v);
        high = high >= 0 ? -1 : v;
    }
    out->len = n < bytes ? 0 : n;
    return n >= bytes;
}

/* Takes `head` off what begins with it. */
static bool without_head(qn_bytes *b, const char *head, size_t n)
{
    if (b->len <= n || memcmp(b->data, head, n) != 0)
        return false;
    b->len -= n;
    memmove(b->data, b->data + n, b->len);
    return true;
}

unsigned meta_raw_profile_kind(const char *key)
{
    static const struct {
        char name[8];
        unsigned kind;
    } known[] = { { "iptc", IO_META_IPTC },
                  { "8bim", IO_META_IPTC },
                  { "exif", IO_META_EXIF },
                  { "APP1", IO_META_EXIF | IO_META_XMP },
                  { "xmp", IO_META_XMP } };
    const size_t n = strlen(RAW_KEY);
    for (size_t i = 0; i < sizeof known / sizeof *known && strncmp(key, RAW_KEY, n) == 0; i++)
        if (strcmp(key + n, known[i].name) == 0)
            return known[i].kind;
    return 0;
}

bool meta_take_raw_profile(io_meta *meta, const char *key, const char *text, size_t len)
{
    static const char xmp_head[] = "http://ns.adobe.com/xap/1.0/", exif_head[6] = "Exif\0";
    const unsigned kind = meta_raw_profile_kind(key);
    qn_bytes raw = { 0 };
    if (!kind || !read_hex(text, len, &raw)) {
        qn_bytes_free(&raw);
        return false;
    }
    qn_bytes *to = &meta->iptc;
    if (kind & IO_META_XMP && (without_head(&raw, xmp_head, sizeof xmp_head) || kind == IO_META_XMP))
        to = &meta->xmp;
    else if (kind & IO_META_EXIF && (without_head(&raw, exif_head, sizeof exif_head) || kind == IO_META_EXIF))
        to = &meta->exif;
    else if (kind != IO_META_IPTC || !wrap_plain(&raw))
        to = NULL;
    if (to && to->len > 0)
        io_meta_loss(meta, "the text '%s' left out: the picture holds the like already", key);
    else if (to)
        to->len = qn_bytes_append(to, raw.data, raw.len) ? raw.len : 0;
    if (to == &meta->exif)
        meta->orientation = io_exif_orientation(meta->exif.data, meta->exif.len);
    const bool taken = to && to->len > 0;
    qn_bytes_free(&raw);
    return taken;
}

bool meta_iptc_to_text(const qn_bytes *iptc, qn_bytes *text)
{
    char line[2 * HEX_LINE + 2];
    if (!qn_bytes_append(text, IPTC_KEY, sizeof IPTC_KEY))
        return false;
    int n = snprintf(line, sizeof line, "\niptc\n%8zu\n", iptc->len);
    bool ok = qn_bytes_append(text, line, (size_t)n);
    for (size_t at = 0; ok && at < iptc->len; at += HEX_LINE) {
        n = 0;
        for (size_t i = at; i < iptc->len && i < at + HEX_LINE; i++)
            n += snprintf(line + n, sizeof line - (size_t)n, "%02x", iptc->data[i]);
        line[n++] = '\n';
        ok = qn_bytes_append(text, line, (size_t)n);
    }
    return ok && qn_bytes_append(text, "", 1);
}
