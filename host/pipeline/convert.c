#include "convert.h"

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

static void convert_row(const uint8_t *from, qn_format ff, uint8_t *to, qn_format tf, size_t width,
                        const uint32_t background[3])
{
    size_t fb = qn_pixel_bytes(ff), tb = qn_pixel_bytes(tf);
    if (ff.channels == tf.channels && ff.depth == tf.depth) {
        memmove(to, from, width * fb);
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
