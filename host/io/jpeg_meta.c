#include "jpeg_common.h"

#include "big_endian.h"
#include "codec_table.h"
#include "meta_priv.h"

#include <math.h>
#include <string.h>

enum {
    SEGMENT_MAX = 65533, /* bytes of a marker segment after its length */
    ICC_HEAD = 14,       /* "ICC_PROFILE", NUL, number, count */
    EXIF_HEAD = 6,       /* "Exif", NUL, NUL */
    XMP_HEAD = 29,       /* the name space and its NUL */
    MORE_HEAD = 35,      /* the same of extended XMP ... */
    MORE_NAME = 32,      /* ... then its name, its whole length and this part's offset */
    MORE_ALL = MORE_HEAD + MORE_NAME + 8,
    IRB_HEAD = 14
};

static const char icc_head[] = "ICC_PROFILE";
static const char exif_head[EXIF_HEAD] = "Exif\0";
static const char xmp_head[] = "http://ns.adobe.com/xap/1.0/";
static const char more_head[] = "http://ns.adobe.com/xmp/extension/";
static const char irb_head[] = "Photoshop 3.0";

static bool begins_with(const struct jpeg_marker_struct *m, const char *head, size_t len)
{
    return m->data_length >= len && memcmp(m->data, head, len) == 0;
}

static bool is_icc(const struct jpeg_marker_struct *m)
{
    return m->marker == JPEG_APP0 + 2 && m->data_length > ICC_HEAD && begins_with(m, icc_head, sizeof icc_head);
}

/* The profile is cut into numbered pieces, in any order. Unless all are there exactly once, there is none: *broken. */
static bool join_icc(const struct jpeg_marker_struct *list, qn_bytes *icc, bool *broken)
{
    *broken = true;
    const struct jpeg_marker_struct *piece[256] = { 0 };
    unsigned count = 0;
    size_t len = 0;
    for (const struct jpeg_marker_struct *m = list; m; m = m->next) {
        if (!is_icc(m))
            continue;
        const unsigned number = m->data[12], total = m->data[13];
        if (number == 0 || number > total || piece[number] || (count != 0 && count != total))
            return true;
        count = total;
        piece[number] = m;
        len += m->data_length - ICC_HEAD;
    }
    for (unsigned i = 1; i <= count; i++) {
        if (!piece[i])
            return true;
    }
    *broken = false;
    if (!qn_bytes_reserve(icc, len))
        return false;
    for (unsigned i = 1; i <= count; i++) {
        if (!qn_bytes_append(icc, piece[i]->data + ICC_HEAD, piece[i]->data_length - ICC_HEAD))
            return false;
    }
    return true;
}

static bool begins_more_xmp(const struct jpeg_marker_struct *m)
{
    return m->marker == JPEG_APP0 + 1 && begins_with(m, more_head, sizeof more_head);
}

static bool is_more_xmp(const struct jpeg_marker_struct *m, const char *name)
{
    return begins_more_xmp(m) && m->data_length > MORE_ALL && memcmp(m->data + MORE_HEAD, name, MORE_NAME) == 0;
}

/* How long the extension of this name is; 0: its parts do not fill the whole exactly. */
static size_t more_xmp_length(const struct jpeg_marker_struct *list, const char *name)
{
    size_t whole = 0, sum = 0;
    for (const struct jpeg_marker_struct *m = list; m && name; m = m->next) {
        if (!is_more_xmp(m, name))
            continue;
        const size_t all = io_big_endian(m->data + MORE_HEAD + MORE_NAME), part = m->data_length - MORE_ALL;
        const size_t at = io_big_endian(m->data + MORE_HEAD + MORE_NAME + 4);
        if ((whole != 0 && all != whole) || at > all || part > all - at)
            return 0;
        whole = all;
        sum += part;
    }
    return sum == whole ? whole : 0;
}

/* Extended XMP comes in parts that tell their place. */
static bool join_more_xmp(const struct jpeg_marker_struct *list, io_meta *meta)
{
    const char *name = meta_xmp_extension(&meta->xmp);
    const size_t whole = more_xmp_length(list, name);
    if (whole == 0) {
        bool any = false;
        for (const struct jpeg_marker_struct *m = list; m && !any; m = m->next)
            any = begins_more_xmp(m);
        if (any)
            io_meta_loss(meta, "extended XMP left out: parts of it are missing, or it is another packet's");
        return true;
    }
    if (!qn_bytes_reserve(&meta->xmp_more, whole))
        return false;
    memset(meta->xmp_more.data, 0, whole);
    for (const struct jpeg_marker_struct *m = list; m; m = m->next) {
        if (is_more_xmp(m, name))
            memcpy(meta->xmp_more.data + io_big_endian(m->data + MORE_HEAD + MORE_NAME + 4), m->data + MORE_ALL,
                   m->data_length - MORE_ALL);
    }
    meta->xmp_more.len = whole;
    return true;
}

/* What stands behind the segment's first `head` bytes, the first time that there is such a segment. */
static bool take_once(const struct jpeg_marker_struct *m, size_t head, const char *what, qn_bytes *to, io_meta *meta)
{
    const size_t n = m->data_length - head;
    if (to->len == 0)
        return qn_bytes_append(to, m->data + head, n);
    if (to->len != n || memcmp(to->data, m->data + head, n) != 0)
        io_meta_loss(meta, "a further segment of %s (%zu bytes) left out: it is no part of the first", what, n);
    return true;
}

static bool take_app1(const struct jpeg_marker_struct *m, io_meta *meta)
{
    if (m->data_length > EXIF_HEAD && begins_with(m, exif_head, EXIF_HEAD))
        return take_once(m, EXIF_HEAD, "EXIF", &meta->exif, meta);
    if (m->data_length > XMP_HEAD && begins_with(m, xmp_head, XMP_HEAD))
        return take_once(m, XMP_HEAD, "XMP", &meta->xmp, meta);
    return true;
}

static bool is_known(const struct jpeg_marker_struct *m)
{
    switch (m->marker) {
    case JPEG_APP0 + 1:
        return begins_with(m, exif_head, EXIF_HEAD) || begins_with(m, xmp_head, XMP_HEAD) ||
               begins_with(m, more_head, sizeof more_head);
    case JPEG_APP0 + 2: return is_icc(m);
    case JPEG_APP0 + 13: return begins_with(m, irb_head, IRB_HEAD);
    default: return m->marker == JPEG_COM;
    }
}

/* Further segments belong to programs that quern does not know: told once for each name, with their bytes. */
static void note_unknown(const struct jpeg_marker_struct *list, io_meta *meta)
{
    uint8_t told[16][5] = { { 0 } };
    int notes = 0;
    for (const struct jpeg_marker_struct *m = list; m && notes < 16; m = m->next) {
        const unsigned n = (unsigned)(m->marker - JPEG_APP0);
        char name[5] = "";
        for (unsigned i = 0; i < 4 && i < m->data_length && m->data[i] >= 32 && m->data[i] < 127; i++)
            name[i] = (char)m->data[i];
        if (is_known(m) || n > 15 || (told[n][4] && memcmp(told[n], name, 4) == 0))
            continue;
        size_t bytes = 0;
        for (const struct jpeg_marker_struct *k = m; k; k = k->next)
            bytes += k->marker == m->marker && !is_known(k) ? k->original_length : 0;
        io_meta_loss(meta, "segment APP%u '%s' (%zu bytes) left out: its meaning is not known", n, name, bytes);
        memcpy(told[n], name, 4);
        told[n][4] = 1;
        notes++;
    }
}

bool jpeg_take_metadata(struct jpeg_decompress_struct *j, io_meta *meta)
{
    bool broken;
    bool ok = join_icc(j->marker_list, &meta->icc, &broken);
    if (broken)
        io_meta_loss(meta, "the colour profile left out: pieces of it are missing");
    for (const struct jpeg_marker_struct *m = j->marker_list; m && ok; m = m->next) {
        if (m->marker == JPEG_APP0 + 1)
            ok = take_app1(m, meta);
        else if (m->marker == JPEG_APP0 + 13 && m->data_length > IRB_HEAD && begins_with(m, irb_head, IRB_HEAD))
            ok = qn_bytes_append(&meta->iptc, m->data + IRB_HEAD, m->data_length - IRB_HEAD);
        else if (m->marker == JPEG_COM && m->data_length > 0)
            ok = io_meta_add_text(meta, "Comment", (const char *)m->data, m->data_length);
    }
    ok = ok && join_more_xmp(j->marker_list, meta);
    note_unknown(j->marker_list, meta);
    const double inch = j->density_unit == 1 ? 1.0 : j->density_unit == 2 ? 2.54 : 0.0;
    if (j->saw_JFIF_marker) {
        meta->dpi_x = j->X_density * inch;
        meta->dpi_y = j->Y_density * inch;
    }
    meta->orientation = io_exif_orientation(meta->exif.data, meta->exif.len);
    return ok;
}

static double off_whole(double v)
{
    return fabs(v - rint(v));
}

void jpeg_put_density(struct jpeg_compress_struct *j, const io_meta *meta)
{
    if (meta->dpi_x < 0.5 || meta->dpi_y < 0.5 || meta->dpi_x > 65535 || meta->dpi_y > 65535)
        return;
    /* whole numbers of an inch or of a centimetre: whichever is nearer to what the source said */
    const double cm_x = meta->dpi_x / 2.54, cm_y = meta->dpi_y / 2.54;
    const bool cm = cm_x >= 1 && cm_y >= 1 &&
                    off_whole(cm_x) + off_whole(cm_y) + 0.01 < off_whole(meta->dpi_x) + off_whole(meta->dpi_y);
    j->density_unit = cm ? 2 : 1;
    j->X_density = (UINT16)lrint(cm ? cm_x : meta->dpi_x);
    j->Y_density = (UINT16)lrint(cm ? cm_y : meta->dpi_y);
}

static void put_bytes(struct jpeg_compress_struct *j, const void *data, size_t len)
{
    const uint8_t *p = data;
    for (size_t i = 0; i < len; i++)
        jpeg_write_m_byte(j, p[i]);
}

static void put_segment(struct jpeg_compress_struct *j, int marker, const void *head, size_t head_len, const void *data,
                        size_t len)
{
    jpeg_write_m_header(j, marker, (unsigned)(head_len + len));
    put_bytes(j, head, head_len);
    put_bytes(j, data, len);
}

static void put_icc(struct jpeg_compress_struct *j, const qn_bytes *icc)
{
    const size_t most = SEGMENT_MAX - ICC_HEAD;
    const size_t count = (icc->len + most - 1) / most;
    if (count > 255)
        return;
    for (size_t i = 0; i < count; i++) {
        uint8_t head[ICC_HEAD];
        memcpy(head, icc_head, sizeof icc_head);
        head[12] = (uint8_t)(i + 1);
        head[13] = (uint8_t)count;
        const size_t left = icc->len - i * most;
        put_segment(j, JPEG_APP0 + 2, head, ICC_HEAD, icc->data + i * most, left < most ? left : most);
    }
}

static void put_more_xmp(struct jpeg_compress_struct *j, const io_meta *meta)
{
    const size_t most = 65400;
    const char *name = meta_xmp_extension(&meta->xmp);
    uint8_t head[MORE_ALL];
    memcpy(head, more_head, sizeof more_head);
    if (name && meta->xmp_more.len > 0)
        memcpy(head + MORE_HEAD, name, MORE_NAME);
    io_put_big_endian(head + MORE_HEAD + MORE_NAME, (uint32_t)meta->xmp_more.len);
    for (size_t at = 0; name && at < meta->xmp_more.len; at += most) {
        const size_t left = meta->xmp_more.len - at;
        io_put_big_endian(head + MORE_HEAD + MORE_NAME + 4, (uint32_t)at);
        put_segment(j, JPEG_APP0 + 1, head, MORE_ALL, meta->xmp_more.data + at, left < most ? left : most);
    }
}

static void put_resources(struct jpeg_compress_struct *j, const qn_bytes *iptc)
{
    const size_t most = 65400; /* a block that is cut is joined again by whoever reads it */
    for (size_t at = 0; at < iptc->len; at += most)
        put_segment(j, JPEG_APP0 + 13, irb_head, IRB_HEAD, iptc->data + at,
                    iptc->len - at < most ? iptc->len - at : most);
}

/* JPEG comments have no key: "Comment" stands alone, other keys are put before their text. */
static void put_texts(struct jpeg_compress_struct *j, const qn_bytes *text)
{
    size_t at = 0;
    while (at < text->len) {
        const char *key = (const char *)text->data + at;
        const size_t key_len = strlen(key);
        at += key_len + 1;
        if (at >= text->len)
            return;
        const char *value = (const char *)text->data + at;
        const size_t len = strlen(value);
        at += len + 1;
        const bool plain = strcmp(key, "Comment") == 0;
        const size_t head = plain ? 0 : key_len + 2;
        if (head + len == 0 || head + len > SEGMENT_MAX)
            continue;
        jpeg_write_m_header(j, JPEG_COM, (unsigned)(head + len));
        if (!plain) {
            put_bytes(j, key, key_len);
            put_bytes(j, ": ", 2);
        }
        put_bytes(j, value, len);
    }
}

void jpeg_put_metadata(struct jpeg_compress_struct *j, const io_meta *meta)
{
    if (meta->exif.len > 0 && meta->exif.len <= SEGMENT_MAX - EXIF_HEAD)
        put_segment(j, JPEG_APP0 + 1, exif_head, EXIF_HEAD, meta->exif.data, meta->exif.len);
    if (meta->xmp.len > 0 && meta->xmp.len <= SEGMENT_MAX - XMP_HEAD)
        put_segment(j, JPEG_APP0 + 1, xmp_head, XMP_HEAD, meta->xmp.data, meta->xmp.len);
    put_more_xmp(j, meta);
    put_icc(j, &meta->icc);
    put_resources(j, &meta->iptc);
    put_texts(j, &meta->text);
}
