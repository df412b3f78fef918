/* What a picture carries besides pixels, in a form that every format can be given. */
#ifndef QUERN_IO_METADATA_H
#define QUERN_IO_METADATA_H

#include "bytes.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum io_meta_kind {
    IO_META_ICC = 1,
    IO_META_EXIF = 2,
    IO_META_XMP = 4,
    IO_META_TEXT = 8,
    IO_META_DPI = 16,
    IO_META_ALL = 31
} io_meta_kind;

typedef struct io_meta {
    qn_bytes icc;  /* a whole ICC profile, or empty */
    qn_bytes exif; /* a TIFF stream ("II*" or "MM*" first, without the "Exif\0\0" prefix), or empty */
    qn_bytes xmp;  /* the packet, or empty */
    qn_bytes text; /* comments and text chunks: key NUL value NUL ..., UTF-8; a JPEG comment has the key "Comment" */
    double dpi_x, dpi_y; /* pixels per inch; 0: unknown */
    int orientation;     /* EXIF 1..8; 1 where unknown */
    bool srgb;           /* a PNG sRGB chunk */
    double gamma;        /* a PNG gAMA chunk (0.45455 for 2.2), 0: none */
} io_meta;

void io_meta_clear(io_meta *m); /* empty, memory kept; orientation 1 */
void io_meta_free(io_meta *m);

/* Drops the kinds that are not in the mask. */
void io_meta_keep(io_meta *m, unsigned kinds);
/* After the pixels were turned upright or changed in size: the EXIF orientation tag becomes 1 (in place, either byte
 * order), PixelXDimension/PixelYDimension (0xA002/0xA003) become w and h, the thumbnail (IFD1) is unlinked. Does
 * nothing to EXIF that it cannot parse. Sets m->orientation to 1 when `upright`. */
void io_meta_fix_exif(io_meta *m, uint32_t w, uint32_t h, bool upright);
/* Reads the orientation tag of m->exif; 1 where there is none or nonsense. */
int io_exif_orientation(const uint8_t *exif, size_t len);

#endif
