/* Metadata made true for what is written, and for what the output's format can hold. */
#include "meta_priv.h"

#include "codec.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    SEGMENT_MAX = 65533,             /* bytes of a JPEG segment after its length */
    JPEG_EXIF_MAX = SEGMENT_MAX - 6, /* "Exif", NUL, NUL */
    JPEG_XMP_MAX = SEGMENT_MAX - 29, /* the name space and its NUL */
    JPEG_ICC_MAX = 255 * (SEGMENT_MAX - 14),
    EXTENSION_MAX = 64 << 20
};

static bool is_gray(qn_format f)
{
    return f.channels <= 2;
}

/* A profile speaks of gray, of RGB or of inks, and is wrong for the others. */
static void fit_profile(io_meta *m, const io_meta_change *c)
{
    if (m->icc.len == 0)
        return;
    const char *after = is_gray(c->after) ? "gray" : "RGB";
    if (is_gray(c->before) != is_gray(c->after)) {
        io_meta_note(m, "the colour profile is dropped: it speaks of %s, and the output is %s",
                     is_gray(c->before) ? "gray" : "RGB", after);
        m->icc.len = 0;
        return;
    }
    const char *want = is_gray(c->after) ? "GRAY" : "RGB ";
    const bool whole = m->icc.len >= 128 && memcmp(m->icc.data + 36, "acsp", 4) == 0;
    if (c->type == IO_JPEG && is_gray(c->after) && whole && memcmp(m->icc.data + 16, "RGB ", 4) == 0)
        return; /* common in JPEG, and understood: gray is as much of each */
    if (whole && memcmp(m->icc.data + 16, want, 4) != 0) {
        io_meta_note(m, "the colour profile is dropped: it speaks of '%.4s', and the picture is %s",
                     (const char *)m->icc.data + 16, after);
        m->icc.len = 0;
    }
}

static void drop(io_meta *m, qn_bytes *kind, const char *what, const char *why)
{
    if (kind->len == 0)
        return;
    io_meta_note(m, "%s (%zu bytes) left out: %s", what, kind->len, why);
    kind->len = 0;
}

/* What says of colours without a profile what they are, where it is not what is taken for granted. */
static void note_colours(io_meta *m, const char *format)
{
    if (m->gamma > 0 && m->icc.len == 0 && !m->srgb && fabs(m->gamma - 0.45455) > 0.001)
        io_meta_note(m, "the gAMA chunk (%.5f) left out: %s holds none", m->gamma, format);
    if (m->has_chroma && m->icc.len == 0 && !m->srgb)
        io_meta_note(m, "the cHRM chunk left out: %s holds none", format);
}

static void fit_pnm(io_meta *m, io_type type)
{
    char why[40];
    (void)snprintf(why, sizeof why, "%s holds no metadata", io_type_name(type));
    note_colours(m, io_type_name(type));
    if (m->dpi_x > 0 && m->dpi_y > 0)
        io_meta_note(m, "the resolution (%.4g x %.4g dpi) left out: %s", m->dpi_x, m->dpi_y, why);
    drop(m, &m->icc, "the colour profile", why);
    drop(m, &m->exif, "EXIF", why);
    drop(m, &m->xmp, "XMP", why);
    drop(m, &m->xmp_more, "extended XMP", why);
    drop(m, &m->iptc, "IPTC", why);
    drop(m, &m->text, "text", why);
}

static bool fit_png(io_meta *m, bool gray)
{
    bool joined = true;
    char why[200];
    if (m->icc.len > 0 && !meta_png_takes(&m->icc, gray, why, sizeof why))
        drop(m, &m->icc, "the colour profile", why);
    if (m->xmp_more.len > 0 && !meta_join_xmp(&m->xmp, &m->xmp_more, &joined))
        return false;
    if (joined)
        m->xmp_more.len = 0;
    drop(m, &m->xmp_more, "extended XMP",
         "its names are declared outside its descriptions, which PNG's one packet cannot take");
    while (m->xmp.len > 0 && m->xmp.data[m->xmp.len - 1] == '\0') /* as many programs end it */
        m->xmp.len--;
    if (m->xmp.len > 0 && memchr(m->xmp.data, '\0', m->xmp.len))
        drop(m, &m->xmp, "XMP", "a NUL stands in it, which PNG text cannot hold");
    if (m->iptc.len > 0 && !meta_iptc_to_text(&m->iptc, &m->text))
        return false;
    m->iptc.len = 0;
    return true;
}

/* A comment is one segment, with its key before it. The encoder leaves longer ones out. */
static void note_long_texts(io_meta *m)
{
    for (size_t at = 0; at < m->text.len;) {
        const char *key = (const char *)m->text.data + at;
        at += strlen(key) + 1;
        const size_t len = at < m->text.len ? strlen((const char *)m->text.data + at) : 0;
        at += len + 1;
        if (strlen(key) + 2 + len > SEGMENT_MAX)
            io_meta_note(m, "the text '%.60s' (%zu bytes) left out: a JPEG comment holds 65533 bytes", key, len);
    }
}

static bool fit_jpeg(io_meta *m)
{
    note_long_texts(m);
    if (m->exif.len > JPEG_EXIF_MAX)
        drop(m, &m->exif, "EXIF", "JPEG holds 65527 bytes of it");
    if (m->icc.len > JPEG_ICC_MAX)
        drop(m, &m->icc, "the colour profile", "JPEG holds 16707345 bytes of it");
    note_colours(m, "JPEG");
    if (m->xmp.len > JPEG_XMP_MAX && m->xmp_more.len > 0)
        drop(m, &m->xmp_more, "extended XMP", "its main packet is longer than JPEG holds");
    if (m->xmp.len > EXTENSION_MAX)
        drop(m, &m->xmp, "XMP", "longer than 64 MB");
    return m->xmp.len <= JPEG_XMP_MAX || meta_split_xmp(&m->xmp, &m->xmp_more);
}

bool io_meta_fit(io_meta *m, const io_meta_change *c)
{
    if (c->before.depth == 32 && c->after.depth != 32)
        io_meta_note(m, "float becomes %u bits: what does not lie in 0..1 is clamped", c->after.depth);
    io_meta_fix_exif(m, c->width, c->height, c->upright);
    if (c->upright)
        m->orientation = 1;
    if (!meta_fix_xmp(&m->xmp, c->width, c->height, c->upright))
        return false;
    if (c->repainted) {
        io_exif_drop_thumbnail(&m->exif);
        meta_iptc_drop_thumbnails(&m->iptc);
    }
    fit_profile(m, c);
    switch (c->type) {
    case IO_JPEG: return fit_jpeg(m);
    case IO_PNG: return fit_png(m, is_gray(c->after));
    case IO_PNM:
    case IO_PAM:
    case IO_PFM: fit_pnm(m, (io_type)c->type); return true;
    default: return true;
    }
}
