/* Smaller forms that a PNG can hold exactly the same pixels in. Private to host/io; thread-safe. */
#ifndef QUERN_IO_PNG_FORM_H
#define QUERN_IO_PNG_FORM_H

#include "image.h"

#include <stdbool.h>
#include <stdint.h>

enum { IO_PNG_COLORS = 256 };

/* What IHDR, PLTE and tRNS say. */
typedef struct io_png_form {
    int color_type;                   /* libpng's PNG_COLOR_TYPE_... */
    uint8_t depth;                    /* bits of a sample or of an index: 1, 2, 4, 8, 16 */
    size_t row_bytes;                 /* as stored, without the filter's byte */
    size_t step;                      /* bytes of a pixel, at least 1 */
    unsigned n_colors, n_transparent; /* of the palette; the entries that are not opaque come first */
    uint8_t color[IO_PNG_COLORS][4];  /* R, G, B, A */
} io_png_form;

/* The picture's own format. */
io_png_form io_png_plain_form(const qn_image *image);

/* The forms that hold this picture exactly and may be its smallest file: samples in as few channels and bits as they
 * need, and, where there are at most 256 colours, a palette. keep_class: gray stays gray and colour stays colour, since
 * a profile speaks of the one or the other. Returns how many forms there are, 1 or 2; 0: out of memory. */
unsigned io_png_find_forms(const qn_image *image, bool keep_class, io_png_form form[2]);

/* A row of `image` in this form, form->row_bytes; 16-bit samples in the machine's order. */
void io_png_form_row(const io_png_form *form, const qn_image *image, uint32_t y, uint8_t *to);

#endif
