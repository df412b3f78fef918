#include "convert.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* One pixel in 16 bits, whatever it was stored in. */
typedef struct pixel {
    uint32_t c[4];
} pixel;

static uint32_t load(const uint8_t *p, unsigned i, unsigned depth)
{
    if (depth == 8)
        return p[i] * 257u;
    uint16_t v;
    memcpy(&v, p + 2 * i, sizeof v);
    return v;
}

static pixel load_pixel(const uint8_t *p, qn_format f)
{
    pixel px;
    bool colour = f.channels >= 3, alpha = f.channels == 2 || f.channels == 4;
    for (unsigned i = 0; i < 3; i++)
        px.c[i] = load(p, colour ? i : 0, f.depth);
    px.c[3] = alpha ? load(p, f.channels - 1u, f.depth) : 65535u;
    return px;
}

/* What goes into a sample is `value` out of `scale`, both exact: one rounding only. */
static void store(uint8_t *p, unsigned i, unsigned depth, uint64_t value, uint64_t scale)
{
    uint64_t top = depth == 8 ? 255u : 65535u;
    uint64_t v = (value * top + scale / 2) / scale;
    if (depth == 8) {
        p[i] = (uint8_t)v;
        return;
    }
    uint16_t wide = (uint16_t)v;
    memcpy(p + 2 * i, &wide, sizeof wide);
}

static void store_pixel(uint8_t *p, qn_format f, const pixel *px, const uint32_t background[3])
{
    bool colour = f.channels >= 3, alpha = f.channels == 2 || f.channels == 4;
    uint64_t c[3], scale = 65535u, a = px->c[3];
    for (unsigned i = 0; i < 3; i++)
        c[i] = px->c[i];
    if (!alpha && a != 65535u) {
        for (unsigned i = 0; i < 3; i++)
            c[i] = c[i] * a + background[i] * (65535u - a);
        scale *= 65535u;
    }
    if (colour) {
        for (unsigned i = 0; i < 3; i++)
            store(p, i, f.depth, c[i], scale);
    } else if (c[0] == c[1] && c[1] == c[2]) {
        store(p, 0, f.depth, c[0], scale);
    } else {
        store(p, 0, f.depth, 2126u * c[0] + 7152u * c[1] + 722u * c[2], scale * 10000u);
    }
    if (alpha)
        store(p, f.channels - 1u, f.depth, a, 65535u);
}

static uint32_t sample16(float v)
{
    return v <= 0 ? 0 : v >= 1 ? 65535u : (uint32_t)(v * 65535.0f + 0.5f);
}

/* 16 bits to 8, same channels: the one conversion that whole batches go through. */
static void narrow_row(const uint8_t *from, uint8_t *to, size_t samples)
{
    for (size_t i = 0; i < samples; i++) {
        uint16_t v;
        memcpy(&v, from + 2 * i, sizeof v);
        to[i] = (uint8_t)((v * 255u + 32895u) >> 16);
    }
}

/* 8 bits to 16, same channels, from the right. */
static void widen_row(const uint8_t *from, uint8_t *to, size_t samples)
{
    for (size_t i = samples; i-- > 0;) {
        uint16_t v = (uint16_t)(from[i] * 257u);
        memcpy(to + 2 * i, &v, sizeof v);
    }
}

/* 8 bits, alpha dropped: opaque pixels, which most are, need no arithmetic. */
static void flatten_row(const uint8_t *from, qn_format ff, uint8_t *to, qn_format tf, size_t width,
                        const uint32_t background[3])
{
    for (size_t x = 0; x < width; x++, from += ff.channels, to += tf.channels) {
        if (from[tf.channels] == 255) {
            for (unsigned i = 0; i < tf.channels; i++)
                to[i] = from[i];
        } else {
            pixel px = load_pixel(from, ff);
            store_pixel(to, tf, &px, background);
        }
    }
}

/* ---- where one side is float ---- */

static double load_real(const uint8_t *p, unsigned i, unsigned depth)
{
    float v;
    if (depth != 32)
        return load(p, i, depth) / 65535.0;
    memcpy(&v, p + 4 * i, sizeof v);
    return (double)v;
}

static void store_real(uint8_t *p, unsigned i, unsigned depth, double value)
{
    const double top = depth == 8 ? 255.0 : 65535.0;
    const float real = (float)value;
    if (depth == 32)
        memcpy(p + 4 * i, &real, sizeof real);
    else /* a NaN is 0 */
        store(p, i, depth, value > 0 ? (uint64_t)rint(fmin(value, 1.0) * top) : 0, (uint64_t)top);
}

/* The arithmetic of load_pixel and store_pixel in double precision, unbounded. */
static void convert_real(const uint8_t *from, qn_format ff, uint8_t *to, qn_format tf, const double background[3])
{
    const bool had = ff.channels % 2 == 0, has = tf.channels % 2 == 0;
    const double a = had ? load_real(from, ff.channels - 1u, ff.depth) : 1.0;
    double c[3];
    for (unsigned i = 0; i < 3; i++) {
        c[i] = load_real(from, ff.channels >= 3 ? i : 0, ff.depth);
        if (had && !has)
            c[i] = c[i] * a + background[i] * (1.0 - a);
    }
    if (tf.channels < 3 && (c[0] != c[1] || c[1] != c[2]))
        c[0] = 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2];
    for (unsigned i = 0; i < (tf.channels >= 3 ? 3u : 1u); i++)
        store_real(to, i, tf.depth, c[i]);
    if (has)
        store_real(to, tf.channels - 1u, tf.depth, a);
}

static void convert_row(const uint8_t *from, qn_format ff, uint8_t *to, qn_format tf, size_t width,
                        const uint32_t background[3])
{
    size_t fb = qn_pixel_bytes(ff), tb = qn_pixel_bytes(tf);
    if (ff.channels == tf.channels && ff.depth == tf.depth) {
        memmove(to, from, width * fb);
    } else if (ff.depth == 32 || tf.depth == 32) {
        const double real[3] = { background[0] / 65535.0, background[1] / 65535.0, background[2] / 65535.0 };
        for (size_t i = 0; i < width; i++) {
            const size_t x = tb > fb ? width - 1 - i : i;
            convert_real(from + x * fb, ff, to + x * tb, tf, real);
        }
    } else if (ff.channels == tf.channels && tf.depth == 8) {
        narrow_row(from, to, width * ff.channels);
    } else if (ff.channels == tf.channels) {
        widen_row(from, to, width * ff.channels);
    } else if (ff.depth == 8 && tf.depth == 8 && ff.channels == tf.channels + 1 && ff.channels != 3) {
        flatten_row(from, ff, to, tf, width, background);
    } else {
        /* growing pixels are done from the right, so that in place no source is written over before it is read */
        for (size_t i = 0; i < width; i++) {
            size_t x = tb > fb ? width - 1 - i : i;
            pixel px = load_pixel(from + x * fb, ff);
            store_pixel(to + x * tb, tf, &px, background);
        }
    }
}

void pipe_convert(const qn_image *from, const qn_image *to, const float background[3])
{
    bool grows = qn_pixel_bytes(to->format) > qn_pixel_bytes(from->format);
    uint32_t bg[3];
    for (unsigned i = 0; i < 3; i++)
        bg[i] = sample16(background[i]);
    for (uint32_t i = 0; i < from->height; i++) {
        size_t y = grows ? from->height - 1 - i : i;
        convert_row((const uint8_t *)from->plane[0].data + y * from->plane[0].stride, from->format,
                    (uint8_t *)to->plane[0].data + y * to->plane[0].stride, to->format, from->width, bg);
    }
}
