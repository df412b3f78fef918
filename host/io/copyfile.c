#include "copyfile.h"

#include "big_endian.h"
#include "meta_priv.h"

#include <string.h>

typedef struct copy {
    const uint8_t *data;
    size_t len;
    unsigned kinds;
    qn_bytes *out;
} copy;

static bool append(copy *c, size_t at, size_t n)
{
    return n == 0 || qn_bytes_append(c->out, c->data + at, n);
}

static bool begins(const uint8_t *data, size_t len, const char *head, size_t n)
{
    return len >= n && memcmp(data, head, n) == 0;
}

/* ---- PNG: chunks ---- */

/* Of a chunk that is not a part of the pixels: the kind that it is; 0: none. */
static unsigned kind_of_chunk(const uint8_t *name, const uint8_t *data, size_t len)
{
    static const struct {
        char name[5];
        unsigned kind;
    } known[] = { { "iCCP", IO_META_ICC }, { "sRGB", IO_META_ICC },  { "gAMA", IO_META_ICC },
                  { "cHRM", IO_META_ICC }, { "cICP", IO_META_ICC },  { "mDCV", IO_META_ICC },
                  { "cLLI", IO_META_ICC }, { "eXIf", IO_META_EXIF }, { "pHYs", IO_META_DPI } };
    static const char xmp[] = "XML:com.adobe.xmp";
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (memcmp(name, known[i].name, 4) == 0)
            return known[i].kind;
    if (memcmp(name + 1, "EXt", 3) != 0 && memcmp(name + 1, "TXt", 3) != 0)
        return 0;
    if (begins(data, len, xmp, sizeof xmp))
        return IO_META_XMP;
    const unsigned raw = memchr(data, 0, len) ? meta_raw_profile_kind((const char *)data) : 0;
    return raw ? raw : IO_META_TEXT;
}

/* Critical chunks, and of the others those without which pixels or frames would be other ones. */
static bool is_pixels(const uint8_t *name)
{
    static const char *const names[] = { "tRNS", "acTL", "fcTL", "fdAT" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (memcmp(name, names[i], 4) == 0)
            return true;
    return (name[0] & 0x20) == 0;
}

static bool copy_png(copy *c)
{
    enum { SIGNATURE = 8, AROUND = 12 };
    size_t at = SIGNATURE;
    bool ok = append(c, 0, SIGNATURE), end = false;
    while (ok && !end && c->len - at >= AROUND) {
        const uint8_t *p = c->data + at;
        const size_t n = io_big_endian(p);
        if (n > c->len - at - AROUND)
            break;
        end = memcmp(p + 4, "IEND", 4) == 0;
        if (is_pixels(p + 4) || (kind_of_chunk(p + 4, p + 8, n) & c->kinds))
            ok = append(c, at, n + AROUND);
        at += n + AROUND;
    }
    return ok;
}

/* ---- JPEG: segments ---- */

enum { RST0 = 0xd0, SOI = 0xd8, EOI, SOS, TEM = 0x01, APP0 = 0xe0, APP15 = 0xef, COM = 0xfe };

static unsigned kind_of_segment(unsigned marker, const uint8_t *data, size_t len)
{
    static const char exif[] = "Exif", xmp[] = "http://ns.adobe.com/xap/1.0/",
                      more[] = "http://ns.adobe.com/xmp/extension/", icc[] = "ICC_PROFILE", irb[] = "Photoshop 3.0";
    if (marker == COM)
        return IO_META_TEXT;
    if (marker == APP0 + 1)
        return begins(data, len, exif, sizeof exif)                                         ? IO_META_EXIF
               : begins(data, len, xmp, sizeof xmp) || begins(data, len, more, sizeof more) ? IO_META_XMP
                                                                                            : 0;
    if (marker == APP0 + 2)
        return begins(data, len, icc, sizeof icc) ? IO_META_ICC : 0;
    return marker == APP0 + 13 && begins(data, len, irb, sizeof irb) ? IO_META_IPTC : 0;
}

/* JFIF tells that the colours are YCbCr, and the resolution; a thumbnail in it goes. */
static bool copy_jfif(copy *c, const uint8_t *data)
{
    uint8_t segment[] = { 0xff, APP0, 0, 16, 'J', 'F', 'I', 'F', 0, data[5], data[6], 0, 0, 1, 0, 1, 0, 0 };
    if (c->kinds & IO_META_DPI)
        memcpy(segment + 11, data + 7, 5);
    return qn_bytes_append(c->out, segment, sizeof segment);
}

static bool copy_segment(copy *c, size_t at, unsigned marker, size_t n)
{
    const uint8_t *data = c->data + at + 4;
    const size_t len = n - 4;
    if (marker == APP0 && begins(data, len, "JFIF", 5) && len >= 14)
        return copy_jfif(c, data);
    const bool adobe = marker == APP0 + 14 && begins(data, len, "Adobe", 5); /* tells what the colours are */
    const bool apart = (marker >= APP0 && marker <= APP15) || marker == COM;
    return (apart && !adobe && !(kind_of_segment(marker, data, len) & c->kinds)) || append(c, at, n);
}

/* Where the next marker that is no part of entropy-coded data begins. */
static size_t next_marker(const copy *c, size_t at)
{
    while (at + 1 < c->len) {
        const uint8_t *ff = memchr(c->data + at, 0xff, c->len - 1 - at);
        if (!ff)
            break;
        at = (size_t)(ff - c->data);
        if (ff[1] != 0 && ff[1] != 0xff && (ff[1] < RST0 || ff[1] >= SOI))
            return at;
        at += ff[1] == 0xff ? 1 : 2;
    }
    return c->len;
}

static bool copy_jpeg(copy *c)
{
    size_t at = 2;
    bool ok = append(c, 0, 2);
    while (ok && at < c->len) {
        const size_t marker = next_marker(c, at);
        ok = append(c, at, marker - at); /* entropy-coded data, after SOS; else nothing, or filling bytes */
        at = marker;
        if (!ok || c->len - at < 2)
            break;
        const unsigned code = c->data[at + 1];
        if (code == EOI)
            return append(c, at, 2);
        const bool alone = code == TEM || code == SOI;
        const size_t n = alone ? 2 : c->len - at < 4 ? 0 : 2 + ((size_t)c->data[at + 2] << 8 | c->data[at + 3]);
        if (n < (alone ? 2u : 4u) || n > c->len - at)
            return append(c, at, c->len - at);
        ok = alone ? append(c, at, n) : copy_segment(c, at, code, n);
        at += n;
    }
    return ok;
}

bool io_copy_file(io_type type, const uint8_t *data, size_t len, unsigned kinds, qn_bytes *out, qn_error *err)
{
    copy c = { data, len, kinds, out };
    const bool some = kinds != IO_META_ALL && (type == IO_PNG || type == IO_JPEG) && len >= 8;
    const bool ok = !some ? append(&c, 0, len) : type == IO_PNG ? copy_png(&c) : copy_jpeg(&c);
    return ok || qn_fail(err, QN_NOMEM, "out of memory while copying a picture");
}
