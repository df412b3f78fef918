/* For tests: the plainest way through libpng and libjpeg, to hold quern's codecs against. Aborts on what it cannot
 * read, so it is to be given valid pictures only. */
#ifndef QUERN_TESTS_PICTURE_REFERENCE_H
#define QUERN_TESTS_PICTURE_REFERENCE_H

#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <png.h>

typedef struct reference {
    uint32_t width, height;
    unsigned channels, depth;
    uint8_t *pixels; /* rows without gaps, 16 bits in the machine's order; the caller frees it */
} reference;

typedef struct reference_source {
    const uint8_t *data;
    size_t len, pos;
} reference_source;

static inline void reference_read(png_structp png, png_bytep to, size_t n)
{
    reference_source *s = png_get_io_ptr(png);
    if (n > s->len - s->pos)
        abort();
    memcpy(to, s->data + s->pos, n);
    s->pos += n;
}

static inline void reference_quiet(png_structp png, png_const_charp text)
{
    (void)png;
    (void)text;
}

static inline reference reference_png(const uint8_t *data, size_t len)
{
    reference r = { 0 };
    reference_source source = { data, len, 0 };
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, reference_quiet);
    png_infop info = png_create_info_struct(png);
    png_set_read_fn(png, &source, reference_read);
    png_read_info(png, info);
    png_set_expand(png);
    if (png_get_bit_depth(png, info) == 16)
        png_set_swap(png);
    (void)png_set_interlace_handling(png);
    png_read_update_info(png, info);
    r.width = png_get_image_width(png, info);
    r.height = png_get_image_height(png, info);
    r.channels = png_get_channels(png, info);
    r.depth = png_get_bit_depth(png, info);
    const size_t row = png_get_rowbytes(png, info);
    r.pixels = malloc(row * r.height);
    png_bytep *rows = malloc(sizeof *rows * r.height);
    if (!r.pixels || !rows)
        abort();
    for (uint32_t y = 0; y < r.height; y++)
        rows[y] = r.pixels + row * y;
    png_read_image(png, rows);
    png_read_end(png, NULL);
    png_destroy_read_struct(&png, &info, NULL);
    free(rows);
    return r;
}

static inline void reference_jpeg_quiet(j_common_ptr j)
{
    (void)j;
}

static inline reference reference_jpeg(const uint8_t *data, size_t len)
{
    reference r = { 0 };
    struct jpeg_decompress_struct j;
    struct jpeg_error_mgr errors;
    j.err = jpeg_std_error(&errors);
    errors.output_message = reference_jpeg_quiet;
    jpeg_create_decompress(&j);
    jpeg_mem_src(&j, data, (unsigned long)len);
    (void)jpeg_read_header(&j, TRUE);
    (void)jpeg_start_decompress(&j);
    const unsigned in = (unsigned)j.output_components;
    r.width = j.output_width;
    r.height = j.output_height;
    r.channels = in == 4 ? 3 : in;
    r.depth = 8;
    uint8_t *line = malloc((size_t)r.width * in);
    r.pixels = malloc((size_t)r.width * r.channels * r.height);
    if (!line || !r.pixels)
        abort();
    uint8_t *to = r.pixels;
    while (j.output_scanline < j.output_height) {
        (void)jpeg_read_scanlines(&j, &line, 1);
        for (size_t x = 0; x < r.width; x++) {
            const uint8_t *p = line + x * in;
            for (unsigned c = 0; c < r.channels; c++) {
                if (in != 4) {
                    *to++ = p[c];
                    continue;
                }
                *to++ = (uint8_t)(p[c] * (double)p[3] / 255 + 0.5); /* 255 is no ink */
            }
        }
    }
    (void)jpeg_finish_decompress(&j);
    jpeg_destroy_decompress(&j);
    free(line);
    return r;
}

#endif
