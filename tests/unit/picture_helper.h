/* For tests: small pictures made of noise, and codecs called in one step. */
#ifndef QUERN_TESTS_PICTURE_HELPER_H
#define QUERN_TESTS_PICTURE_HELPER_H

#include "check.h"
#include "codec.h"

#include <stdlib.h>
#include <string.h>

static inline uint32_t noise(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* Smooth in two directions with a little noise: something that JPEG can hold too. free() plane[0].data. */
static inline qn_image make_picture(uint32_t width, uint32_t height, uint8_t channels, uint8_t depth)
{
    qn_image image = { .width = width, .height = height, .format = { channels, depth, QN_INTERLEAVED } };
    uint32_t state = width * 31 + height * 17 + channels;
    const size_t stride = qn_row_stride(width, image.format);
    uint8_t *data = calloc(height, stride);
    if (!data)
        abort();
    for (uint32_t y = 0; y < height; y++) {
        for (size_t i = 0; i < (size_t)width * channels; i++) {
            const uint32_t v = (uint32_t)(i * 2 + y * 3) * 257 + noise(&state) % 1999;
            if (depth == 16)
                ((uint16_t *)(void *)(data + y * stride))[i] = (uint16_t)v;
            else
                data[y * stride + i] = (uint8_t)(v >> 8);
        }
    }
    image.plane[0] = (qn_plane){ data, stride };
    return image;
}

/* The same with a scratch, which is the quicker way to a PNG: nothing may differ. */
static inline void decode_with_scratch(const void *data, size_t len, const io_limits *limits, const qn_image *image,
                                       bool ok, bool was_damaged, const qn_error *was)
{
    io_limits quick = *limits;
    qn_bytes scratch = { 0 };
    io_meta meta = { 0 };
    io_info info;
    io_decoder *dec = NULL;
    qn_error err = { 0 };
    bool damaged = false;
    quick.scratch = &scratch;
    bool again = io_decoder_open(&dec, data, len, &quick, &info, &meta, &err);
    const size_t stride = again ? qn_row_stride(info.width, info.format) : 0;
    uint8_t *pixels = again ? malloc(stride * info.height) : NULL;
    again = pixels && io_decode(dec, pixels, stride, &damaged, &err);
    CHECK_MSG(again == ok && damaged == was_damaged && (ok || strcmp(err.text, was->text) == 0), "%s: %s; %d %d %d %d",
              was->text, err.text, again, ok, damaged, was_damaged);
    for (uint32_t y = 0; ok && again && y < info.height; y++)
        CHECK(memcmp(pixels + y * stride, (const uint8_t *)image->plane[0].data + y * image->plane[0].stride,
                     info.width * qn_pixel_bytes(info.format)) == 0);
    io_decoder_free(&dec);
    io_meta_free(&meta);
    qn_bytes_free(&scratch);
    free(pixels);
}

/* Opens and decodes; image->plane[0].data is the caller's to free(), NULL on failure. meta may be NULL. */
static inline bool decode_picture(const void *data, size_t len, const io_limits *limits, qn_image *image, io_info *info,
                                  io_meta *meta, bool *damaged, qn_error *err)
{
    io_meta own = { 0 };
    io_decoder *dec = NULL;
    *image = (qn_image){ 0 };
    *damaged = false;
    bool ok = io_decoder_open(&dec, data, len, limits, info, meta ? meta : &own, err);
    if (ok) {
        *image = (qn_image){ .width = info->width, .height = info->height, .format = info->format };
        const size_t stride = qn_row_stride(info->width, info->format);
        image->plane[0] = (qn_plane){ malloc(stride * info->height), stride };
        ok = image->plane[0].data && io_decode(dec, image->plane[0].data, stride, damaged, err);
    }
    io_decoder_free(&dec);
    io_meta_free(&own);
    if (io_sniff(data, len) == IO_PNG && !limits->more)
        decode_with_scratch(data, len, limits, image, ok, *damaged, err);
    if (!ok) {
        free(image->plane[0].data);
        image->plane[0].data = NULL;
    }
    return ok;
}

static inline bool same_pixels(const qn_image *a, const qn_image *b)
{
    if (a->width != b->width || a->height != b->height || a->format.channels != b->format.channels ||
        a->format.depth != b->format.depth)
        return false;
    for (uint32_t y = 0; y < a->height; y++) {
        if (memcmp((const uint8_t *)a->plane[0].data + y * a->plane[0].stride,
                   (const uint8_t *)b->plane[0].data + y * b->plane[0].stride,
                   a->width * qn_pixel_bytes(a->format)) != 0)
            return false;
    }
    return true;
}

static inline bool same_bytes(const qn_bytes *a, const qn_bytes *b)
{
    return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

/* A little-endian EXIF stream: orientation 6, a link to an EXIF directory with the size, a link to a thumbnail. */
static inline void add_exif(qn_bytes *out)
{
    static const uint8_t exif[] = { 'I',  'I',  42, 0, 8, 0, 0, 0,               /* IFD0 at 8 */
                                    2,    0,                                     /* two entries */
                                    0x12, 0x01, 3,  0, 1, 0, 0, 0, 6,   0, 0, 0, /* Orientation SHORT 6 */
                                    0x69, 0x87, 4,  0, 1, 0, 0, 0, 38,  0, 0, 0, /* EXIF IFD at 38 */
                                    68,   0,    0,  0,                           /* IFD1 at 68 */
                                    2,    0,                                     /* two entries */
                                    0x02, 0xa0, 3,  0, 1, 0, 0, 0, 100, 0, 0, 0, /* PixelXDimension SHORT 100 */
                                    0x03, 0xa0, 4,  0, 1, 0, 0, 0, 200, 0, 0, 0, /* PixelYDimension LONG 200 */
                                    0,    0,    0,  0,                           /* no next */
                                    0,    0,    0,  0, 0, 0 };                   /* IFD1: no entries */
    CHECK(qn_bytes_append(out, exif, sizeof exif));
}

/* The smallest profile that libpng takes: a header and an empty tag table, padded so that JPEG needs two segments. */
static inline void add_icc(qn_bytes *out, size_t len)
{
    CHECK(qn_bytes_reserve(out, len));
    uint8_t *p = out->data;
    memset(p, 0, len);
    for (size_t i = 132; i < len; i++)
        p[i] = (uint8_t)(i * i >> 7);
    p[0] = (uint8_t)(len >> 24);
    p[1] = (uint8_t)(len >> 16);
    p[2] = (uint8_t)(len >> 8);
    p[3] = (uint8_t)len;
    p[8] = 4;
    memcpy(p + 12, "mntrRGB XYZ ", 12);
    memcpy(p + 36, "acsp", 4);
    static const uint8_t white[12] = { 0, 0, 0xf6, 0xd6, 0, 1, 0, 0, 0, 0, 0xd3, 0x2d };
    memcpy(p + 68, white, sizeof white);
    memset(p + 128, 0, 4);
    out->len = len;
}

#endif
