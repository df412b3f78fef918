/* PNM (P5, P6) and PAM out: a header and the samples, those of 16 bits big-endian. */
#include "codec_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct pnm_encoder {
    io_encoder head;
    size_t row_bytes;
    bool wide; /* 16-bit samples */
    qn_bytes *out;
} pnm_encoder;

static bool put_header(const qn_image *image, io_type type, qn_bytes *out)
{
    static const char *const tuple[5] = { "", "GRAYSCALE", "GRAYSCALE_ALPHA", "RGB", "RGB_ALPHA" };
    const unsigned channels = image->format.channels;
    const unsigned maxval = image->format.depth == 16 ? 65535 : 255;
    char head[160];
    int n;
    if (type == IO_PAM)
        n = snprintf(head, sizeof head, "P7\nWIDTH %u\nHEIGHT %u\nDEPTH %u\nMAXVAL %u\nTUPLTYPE %s\nENDHDR\n",
                     image->width, image->height, channels, maxval, tuple[channels]);
    else
        n = snprintf(head, sizeof head, "P%c\n%u %u\n%u\n", channels == 1 ? '5' : '6', image->width, image->height,
                     maxval);
    return qn_bytes_append(out, head, (size_t)n);
}

io_encoder *io_pnm_encoder_open(const qn_image *image, const io_meta *meta, const io_encode_options *options,
                                qn_bytes *out, qn_error *err)
{
    (void)meta; /* there is no place for it */
    pnm_encoder *e = calloc(1, sizeof *e);
    if (!e || !put_header(image, options->type, out)) {
        free(e);
        qn_fail(err, QN_NOMEM, "out of memory while writing a PNM");
        return NULL;
    }
    e->row_bytes = (size_t)image->width * qn_pixel_bytes(image->format);
    e->wide = image->format.depth == 16;
    e->out = out;
    return &e->head;
}

bool io_pnm_encoder_rows(io_encoder *enc, const void *rows, size_t stride, uint32_t n, qn_error *err)
{
    const pnm_encoder *e = (const pnm_encoder *)(const void *)enc;
    if (!qn_bytes_reserve(e->out, e->out->len + e->row_bytes * n))
        return qn_fail(err, QN_NOMEM, "out of memory while writing a PNM");
    for (uint32_t y = 0; y < n; y++) {
        const uint8_t *from = (const uint8_t *)rows + (size_t)y * stride;
        uint8_t *to = e->out->data + e->out->len;
        e->out->len += e->row_bytes;
        if (!e->wide) {
            memcpy(to, from, e->row_bytes);
            continue;
        }
        for (size_t i = 0; i < e->row_bytes; i += 2) {
            uint16_t v;
            memcpy(&v, from + i, 2);
            to[i] = (uint8_t)(v >> 8);
            to[i + 1] = (uint8_t)v;
        }
    }
    return true;
}

bool io_pnm_encoder_finish(io_encoder *enc, const io_meta *late, qn_error *err)
{
    (void)enc;
    (void)late;
    (void)err;
    return true;
}

void io_pnm_encoder_free(io_encoder *enc)
{
    free(enc);
}

bool io_pnm_encode(const qn_image *image, const io_meta *meta, const io_encode_options *options, qn_bytes *out,
                   qn_error *err)
{
    io_encoder *enc = io_pnm_encoder_open(image, meta, options, out, err);
    const bool ok = enc && io_pnm_encoder_rows(enc, image->plane[0].data, image->plane[0].stride, image->height, err);
    free(enc);
    if (!ok)
        out->len = 0;
    return ok;
}
