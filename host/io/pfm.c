/* PFM ("PF" colour, "Pf" gray): floats of either byte order, rows from the bottom up. They are read as they are, to the
 * bit where the scale's size is 1; any other size divides them. Its sign tells the byte order. No transfer function is
 * applied either way. */
#include "codec_table.h"
#include "extent.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER_MAX = 256, SAMPLE = 4 };

typedef struct pfm_decoder {
    io_decoder head;
    const uint8_t *data;
    size_t len, pos; /* pos: behind the header */
    bool keep_truncated;
    io_info info;
    bool little;
    float scale; /* > 0 */
} pfm_decoder;

static bool ends_early(qn_error *err)
{
    return qn_fail(err, QN_INPUT, "the picture ends early (truncated)");
}

/* The next word of the header and the one white space behind it; 0: the bytes end before, else its length. */
static size_t next_word(pfm_decoder *d, char *word, size_t cap)
{
    size_t n = 0;
    while (d->pos < d->len && isspace(d->data[d->pos]))
        d->pos++;
    while (d->pos < d->len && !isspace(d->data[d->pos]) && n + 1 < cap)
        word[n++] = (char)d->data[d->pos++];
    word[n] = '\0';
    if (d->pos >= d->len)
        return 0;
    d->pos++;
    return n;
}

static bool size_of(const char *word, uint32_t *v)
{
    char *end;
    const unsigned long long n = isdigit((unsigned char)word[0]) ? strtoull(word, &end, 10) : 0;
    *v = n <= INT32_MAX ? (uint32_t)n : 0;
    return isdigit((unsigned char)word[0]) && *end == '\0' && n <= INT32_MAX;
}

/* *early: what there is of it is right, and it goes on. */
static bool read_header(pfm_decoder *d, bool *early, qn_error *err)
{
    char width[32], height[32], scale[32];
    char *end = scale;
    d->pos = 2;
    *early = !next_word(d, width, sizeof width) || !next_word(d, height, sizeof height) ||
             !next_word(d, scale, sizeof scale);
    if (*early)
        return ends_early(err);
    if (!size_of(width, &d->info.width) || !size_of(height, &d->info.height))
        return qn_fail(err, QN_INPUT, "damaged PFM header: width and height are no numbers");
    d->scale = strtof(scale, &end);
    if (*end != '\0' || !isfinite(d->scale) || d->scale == 0.0f)
        return qn_fail(err, QN_INPUT, "damaged PFM header: the scale is no number, or is 0");
    d->little = d->scale < 0;
    d->scale = fabsf(d->scale);
    d->info.format = (qn_format){ .channels = d->data[1] == 'F' ? 3 : 1, .depth = 32, .layout = QN_INTERLEAVED };
    return true;
}

static uint64_t row_bytes(const pfm_decoder *d)
{
    return (uint64_t)d->info.width * d->info.format.channels * SAMPLE;
}

io_extent_state io_pfm_extent(io_extent *e, const uint8_t *data, size_t len, const io_limits *limits)
{
    pfm_decoder d = { .data = data, .len = len };
    bool early = false;
    qn_error why = { 0 };
    if (!read_header(&d, &early, &why))
        return early && len < HEADER_MAX ? IO_EXTENT_MORE : io_extent_broken(e);
    const bool refused = !io_check_size(d.info.width, d.info.height, limits, &why);
    e->end = io_extent_of_rows(d.pos, row_bytes(&d), d.info.height);
    return refused ? IO_EXTENT_REFUSE : IO_EXTENT_END;
}

bool io_pfm_open(io_decoder **dec, const uint8_t *data, size_t len, const io_limits *limits, io_info *info,
                 io_meta *meta, qn_error *err)
{
    pfm_decoder *d = calloc(1, sizeof *d);
    (void)meta; /* it holds none */
    bool early = false;
    if (!d)
        return qn_fail(err, QN_NOMEM, "out of memory while reading a PFM");
    d->data = data;
    d->len = len;
    d->keep_truncated = limits->keep_truncated;
    d->info = *info;
    bool ok = read_header(d, &early, err) && io_check_size(d->info.width, d->info.height, limits, err);
    if (ok && !d->keep_truncated && row_bytes(d) > (len - d->pos) / d->info.height)
        ok = ends_early(err);
    if (!ok) {
        free(d);
        return false;
    }
    *info = d->info;
    *dec = &d->head;
    return true;
}

static void convert_row(const pfm_decoder *d, const uint8_t *from, uint8_t *to)
{
    const size_t samples = (size_t)d->info.width * d->info.format.channels;
    for (size_t i = 0; i < samples; i++, from += SAMPLE, to += SAMPLE) {
        const uint32_t bits =
            d->little ? (uint32_t)from[3] << 24 | (uint32_t)from[2] << 16 | (uint32_t)from[1] << 8 | from[0]
                      : (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
        float v;
        memcpy(to, &bits, SAMPLE);
        if (d->scale == 1.0f)
            continue;
        memcpy(&v, &bits, SAMPLE);
        v /= d->scale;
        memcpy(to, &v, SAMPLE);
    }
}

bool io_pfm_decode(io_decoder *dec, void *dst, size_t stride, bool *damaged, qn_error *err)
{
    pfm_decoder *d = (pfm_decoder *)(void *)dec;
    const size_t bytes = (size_t)row_bytes(d);
    for (uint32_t y = d->info.height; y-- > 0; d->pos += bytes) {
        if (bytes <= d->len - d->pos) {
            convert_row(d, d->data + d->pos, (uint8_t *)dst + (size_t)y * stride);
            continue;
        }
        if (!d->keep_truncated || y + 1 == d->info.height)
            return ends_early(err);
        io_info above = d->info; /* what is missing are the upper rows */
        above.height = y + 1;
        io_fill_gray(&above, dst, stride, 0);
        *damaged = true;
        break;
    }
    return true;
}

void io_pfm_free(io_decoder *dec)
{
    free(dec);
}

bool io_pfm_encode(const qn_image *image, const io_meta *meta, const io_encode_options *options, qn_bytes *out,
                   qn_error *err)
{
    (void)meta; /* there is no place for it */
    (void)options;
    const size_t samples = (size_t)image->width * image->format.channels;
    char head[64];
    const int n = snprintf(head, sizeof head, "P%c\n%u %u\n-1.0\n", image->format.channels == 1 ? 'f' : 'F',
                           image->width, image->height);
    if (!qn_bytes_reserve(out, (size_t)n + samples * SAMPLE * image->height))
        return qn_fail(err, QN_NOMEM, "out of memory while writing a PFM");
    memcpy(out->data, head, (size_t)n);
    uint8_t *to = out->data + n;
    for (uint32_t y = image->height; y-- > 0;) {
        const uint8_t *from = (const uint8_t *)image->plane[0].data + (size_t)y * image->plane[0].stride;
        for (size_t i = 0; i < samples; i++, to += SAMPLE) {
            uint32_t bits;
            memcpy(&bits, from + SAMPLE * i, sizeof bits);
            for (int k = 0; k < SAMPLE; k++)
                to[k] = (uint8_t)(bits >> 8 * k);
        }
    }
    out->len = (size_t)n + samples * SAMPLE * image->height;
    return true;
}
