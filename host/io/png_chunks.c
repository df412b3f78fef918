#include "png_chunks.h"

#include "big_endian.h"
#include "codec_table.h"

#include <inttypes.h>
#include <libdeflate.h>
#include <stdio.h>
#include <string.h>

enum {
    PIECE = 16 << 10, /* what a piece of metadata counts at least: a thousand pieces are as much as 16 MB of them */
    KEYWORD_MAX = 79,
    NOTES_MAX = 8
};

#define TEXT 0x74455874u
#define ZTXT 0x7a545874u
#define ITXT 0x69545874u
#define EXIF 0x65584966u
#define ICCP 0x69434350u
#define ACTL 0x6163544cu
#define FCTL 0x6663544cu
#define FDAT 0x66644154u

const uint8_t io_png_raw_chunks[] = "tEXt\0zTXt\0iTXt\0eXIf\0tIME\0bKGD\0hIST\0sPLT\0sBIT\0oFFs\0pCAL\0sCAL\0sTER";

bool io_png_count_meta(io_png_chunks *c, uint64_t len, qn_error *err)
{
    const uint64_t counted = len < PIECE ? PIECE : len;
    if (counted > c->left)
        return io_fail_meta(c->limit, err);
    c->left -= c->limit == UINT64_MAX ? 0 : counted;
    return true;
}

void io_png_pass_on(io_png_chunks *c, const char *message)
{
    if (c->notes++ < NOTES_MAX)
        io_meta_note(c->meta, "libpng: %s", message);
}

bool io_png_is_text_or_exif(uint32_t type)
{
    return type == TEXT || type == ZTXT || type == ITXT || type == EXIF;
}

bool io_png_is_carried(uint32_t type)
{
    return io_png_is_text_or_exif(type) || type == ICCP;
}

void io_png_leave_out(io_png_chunks *c, uint32_t type)
{
    const char name[5] = { (char)(type >> 24), (char)(type >> 16), (char)(type >> 8), (char)type };
    const size_t len = strlen(c->left_out);
    if (type != FCTL && type != FDAT && !strstr(c->left_out, name) && len + 7 < sizeof c->left_out)
        (void)snprintf(c->left_out + len, sizeof c->left_out - len, ", %s", name);
}

void io_png_tell_left_out(io_png_chunks *c)
{
    if (c->left_out[0])
        io_meta_loss(c->meta, "chunks left out: %s", c->left_out + 2);
    c->left_out[0] = '\0';
}

static bool damaged(io_png_chunks *c, const char *what, qn_error *err)
{
    c->damaged = true;
    io_meta_note(c->meta, "%s: left out", what);
    return c->keep || qn_fail(err, QN_INPUT, "damaged PNG: %s", what);
}

/* What zlib's `data` holds, in `out`, which is empty. *whole: there was a whole stream. */
static bool inflate_text(io_png_chunks *c, const uint8_t *data, size_t len, qn_bytes *out, bool *whole, qn_error *err)
{
    enum { RATIO = 1032 }; /* deflate's most */
    const size_t most = len < SIZE_MAX / RATIO ? RATIO * len : SIZE_MAX, room = most < c->left ? most : (size_t)c->left;
    struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
    const bool memory = d && qn_bytes_reserve(out, room + 1); /* pages that are not written to cost nothing */
    size_t used;
    const enum libdeflate_result result =
        memory ? libdeflate_zlib_decompress_ex(d, data, len, out->data, room, &used, &out->len) : LIBDEFLATE_BAD_DATA;
    if (d)
        libdeflate_free_decompressor(d);
    if (!memory)
        return qn_fail(err, QN_NOMEM, "out of memory while reading a PNG");
    *whole = result == LIBDEFLATE_SUCCESS;
    out->len = *whole ? out->len : 0;
    return result != LIBDEFLATE_INSUFFICIENT_SPACE || io_png_count_meta(c, UINT64_MAX, err);
}

static bool add_text(io_png_chunks *c, const char *key, const uint8_t *text, size_t len, qn_error *err)
{
    bool ok = io_png_count_meta(c, strlen(key) + len, err);
    if (!ok)
        return false;
    const size_t exif_before = c->meta->exif.len;
    if (strcmp(key, "XML:com.adobe.xmp") == 0) { /* in iTXt, it should be; vips writes zTXt */
        c->meta->xmp.len = 0;
        ok = len == 0 || qn_bytes_append(&c->meta->xmp, text, len);
    } else {
        ok = io_meta_add_text(c->meta, key, len ? (const char *)text : "", len);
        c->exif_is_text = c->exif_is_text || (exif_before == 0 && c->meta->exif.len > 0);
    }
    return ok || qn_fail(err, QN_NOMEM, "out of memory while reading a PNG");
}

static bool take_text(io_png_chunks *c, const uint8_t *name, const uint8_t *data, size_t len, qn_error *err)
{
    const bool utf8 = name[0] == 'i';
    const uint8_t *at = len ? memchr(data, 0, len) : NULL;
    const size_t key_len = at ? (size_t)(at - data) : len;
    if (!at || key_len < 1 || key_len > KEYWORD_MAX) {
        io_meta_loss(c->meta, "text without a proper keyword: left out");
        return true;
    }
    char key[KEYWORD_MAX + 1];
    memcpy(key, data, key_len + 1);
    const uint8_t *end = data + len;
    at++;
    bool packed = name[0] == 'z';
    const size_t flags = name[0] == 't' ? 0 : utf8 ? 2 : 1; /* bytes: whether it is compressed, and by which method */
    bool known = (size_t)(end - at) >= flags;
    if (known && flags) {
        packed = packed || at[0] != 0;
        known = at[flags - 1] == 0;
        at += flags;
    }
    for (int i = 0; known && utf8 && i < 2; i++) { /* a language, and the keyword in it */
        const uint8_t *nul = at < end ? memchr(at, 0, (size_t)(end - at)) : NULL;
        known = nul != NULL;
        at = nul ? nul + 1 : end;
    }
    char what[KEYWORD_MAX + 40];
    (void)snprintf(what, sizeof what, "the text '%s' cannot be read", key);
    if (!known)
        return damaged(c, what, err);
    if (!packed)
        return add_text(c, key, at, (size_t)(end - at), err);
    qn_bytes text = { 0 };
    bool whole;
    bool ok = inflate_text(c, at, (size_t)(end - at), &text, &whole, err);
    if (ok)
        ok = whole ? add_text(c, key, text.data, text.len, err) : damaged(c, what, err);
    qn_bytes_free(&text);
    return ok;
}

static bool take_exif(io_png_chunks *c, const uint8_t *data, size_t len, qn_error *err)
{
    if ((c->meta->exif.len > 0 && !c->exif_is_text) || len == 0)
        return true;
    c->meta->exif.len = 0; /* the chunk counts for more than a text with the same purpose */
    c->exif_is_text = false;
    if (len > 6 && memcmp(data, "Exif\0", 6) == 0) { /* written by mistake by some programs */
        data += 6;
        len -= 6;
    }
    if (!io_png_count_meta(c, len, err))
        return false;
    if (!qn_bytes_append(&c->meta->exif, data, len))
        return qn_fail(err, QN_NOMEM, "out of memory while reading a PNG");
    c->meta->orientation = io_exif_orientation(c->meta->exif.data, c->meta->exif.len);
    return true;
}

bool io_png_take_chunk(io_png_chunks *c, const uint8_t name[5], const uint8_t *data, size_t len, qn_error *err)
{
    const uint32_t type = io_big_endian(name);
    if (c->behind && io_png_is_text_or_exif(type))
        return true;
    if (type == TEXT || type == ZTXT || type == ITXT)
        return take_text(c, name, data, len, err);
    if (type == EXIF)
        return take_exif(c, data, len, err);
    if (type == ACTL && len >= 4) {
        const uint32_t frames = io_big_endian(data);
        io_meta_loss(c->meta, "an animation of %" PRIu32 " frames: the still picture alone is read", frames);
        return true;
    }
    io_png_leave_out(c, type);
    return true;
}
