#include "metadata.h"

#include "codec_table.h"
#include "meta_priv.h"
#include "utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void io_meta_clear(io_meta *m)
{
    m->icc.len = m->exif.len = m->xmp.len = m->text.len = 0;
    m->xmp_more.len = m->iptc.len = m->notes.len = m->losses.len = 0;
    m->dpi_x = m->dpi_y = 0;
    m->orientation = 1;
    m->srgb = m->has_chroma = false;
    m->intent = 0;
    m->gamma = 0;
}

void io_meta_free(io_meta *m)
{
    if (!m)
        return;
    qn_bytes_free(&m->icc);
    qn_bytes_free(&m->exif);
    qn_bytes_free(&m->xmp);
    qn_bytes_free(&m->xmp_more);
    qn_bytes_free(&m->iptc);
    qn_bytes_free(&m->notes);
    qn_bytes_free(&m->losses);
    qn_bytes_free(&m->text);
    io_meta_clear(m);
}

void io_meta_keep(io_meta *m, unsigned kinds)
{
    if (!(kinds & IO_META_ICC)) {
        m->icc.len = 0;
        m->srgb = m->has_chroma = false; /* they say the same as a profile would: how the numbers become colours */
        m->gamma = 0;
    }
    if (!(kinds & IO_META_EXIF))
        m->exif.len = 0;
    if (!(kinds & IO_META_XMP))
        m->xmp.len = m->xmp_more.len = 0;
    if (!(kinds & IO_META_IPTC))
        m->iptc.len = 0;
    if (!(kinds & IO_META_TEXT))
        m->text.len = 0;
    if (!(kinds & IO_META_DPI))
        m->dpi_x = m->dpi_y = 0;
}

static void add_line(qn_bytes *lines, const char *fmt, va_list ap)
{
    char line[400];
    if (vsnprintf(line, sizeof line, fmt, ap) > 0) /* a remark that finds no memory is not worth failing for */
        (void)qn_bytes_append(lines, line, strlen(line) + 1);
}

void io_meta_note(io_meta *m, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    add_line(&m->notes, fmt, ap);
    va_end(ap);
}

void io_meta_loss(io_meta *m, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    add_line(&m->losses, fmt, ap);
    va_end(ap);
}

bool io_is_utf8(const char *text, size_t len)
{
    for (size_t i = 0; i < len;) {
        const size_t n = qn_utf8_len(text + i, len - i);
        if (n == 0)
            return false;
        i += n;
    }
    return true;
}

bool io_append_latin1(qn_bytes *out, const char *text, size_t len)
{
    size_t n = 0;
    while (n < len && text[n] != '\0')
        n++;
    if (n > SIZE_MAX / 2 - out->len || !qn_bytes_reserve(out, out->len + 2 * n))
        return false;
    for (size_t i = 0; i < n; i++) {
        const uint8_t c = (uint8_t)text[i];
        if (c < 0x80) {
            out->data[out->len++] = c;
        } else {
            out->data[out->len++] = (uint8_t)(0xc0 | c >> 6);
            out->data[out->len++] = (uint8_t)(0x80 | (c & 0x3f));
        }
    }
    return true;
}

static bool append_text(qn_bytes *out, const char *text, size_t len)
{
    const char *end = len > 0 ? memchr(text, '\0', len) : NULL;
    if (end)
        len = (size_t)(end - text);
    const bool ok =
        io_is_utf8(text, len) ? len == 0 || qn_bytes_append(out, text, len) : io_append_latin1(out, text, len);
    return ok && qn_bytes_append(out, "", 1);
}

bool io_meta_add_text(io_meta *meta, const char *key, const char *value, size_t value_len)
{
    const size_t before = meta->text.len;
    if (meta_take_raw_profile(meta, key, value, value_len))
        return true;
    if (append_text(&meta->text, key, strlen(key)) && append_text(&meta->text, value, value_len))
        return true;
    meta->text.len = before;
    return false;
}
