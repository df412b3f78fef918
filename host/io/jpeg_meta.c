#include "jpeg_common.h"

#include "codec_table.h"

#include <math.h>
#include <string.h>

enum {
    SEGMENT_MAX = 65533, /* bytes of a marker segment after its length */
    ICC_HEAD = 14,       /* "ICC_PROFILE", NUL, number, count */
    EXIF_HEAD = 6,       /* "Exif", NUL, NUL */
    XMP_HEAD = 29        /* the name space and its NUL */
};

static const char icc_head[] = "ICC_PROFILE";
static const char exif_head[EXIF_HEAD] = "Exif\0";
static const char xmp_head[] = "http://ns.adobe.com/xap/1.0/";

static bool begins_with(const struct jpeg_marker_struct *m, const char *head, size_t len)
{
    return m->data_length >= len && memcmp(m->data, head, len) == 0;
}

static bool is_icc(const struct jpeg_marker_struct *m)
{
    return m->marker == JPEG_APP0 + 2 && m->data_length > ICC_HEAD && begins_with(m, icc_head, sizeof icc_head);
}

/* The profile is cut into numbered pieces, in any order. Unless all are there exactly once, there is none. */
static bool join_icc(const struct jpeg_marker_struct *list, qn_bytes *icc)
{
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
    if (!qn_bytes_reserve(icc, len))
        return false;
    for (unsigned i = 1; i <= count; i++) {
        if (!qn_bytes_append(icc, piece[i]->data + ICC_HEAD, piece[i]->data_length - ICC_HEAD))
            return false;
    }
    return true;
}

bool jpeg_take_metadata(struct jpeg_decompress_struct *j, io_meta *meta)
{
    bool ok = join_icc(j->marker_list, &meta->icc);
    for (const struct jpeg_marker_struct *m = j->marker_list; m && ok; m = m->next) {
        if (m->marker == JPEG_APP0 + 1 && m->data_length > EXIF_HEAD && begins_with(m, exif_head, EXIF_HEAD)) {
            if (meta->exif.len == 0)
                ok = qn_bytes_append(&meta->exif, m->data + EXIF_HEAD, m->data_length - EXIF_HEAD);
        } else if (m->marker == JPEG_APP0 + 1 && m->data_length > XMP_HEAD && begins_with(m, xmp_head, XMP_HEAD)) {
            if (meta->xmp.len == 0)
                ok = qn_bytes_append(&meta->xmp, m->data + XMP_HEAD, m->data_length - XMP_HEAD);
        } else if (m->marker == JPEG_COM && m->data_length > 0) {
            ok = io_meta_add_text(meta, "Comment", (const char *)m->data, m->data_length);
        }
    }
    const double inch = j->density_unit == 1 ? 1.0 : j->density_unit == 2 ? 2.54 : 0.0;
    if (j->saw_JFIF_marker) {
        meta->dpi_x = j->X_density * inch;
        meta->dpi_y = j->Y_density * inch;
    }
    meta->orientation = io_exif_orientation(meta->exif.data, meta->exif.len);
    return ok;
}

void jpeg_put_density(struct jpeg_compress_struct *j, const io_meta *meta)
{
    if (meta->dpi_x < 0.5 || meta->dpi_y < 0.5 || meta->dpi_x > 65535 || meta->dpi_y > 65535)
        return;
    j->density_unit = 1;
    j->X_density = (UINT16)lrint(meta->dpi_x);
    j->Y_density = (UINT16)lrint(meta->dpi_y);
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
    put_icc(j, &meta->icc);
    put_texts(j, &meta->text);
}
