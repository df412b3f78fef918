/* What a picture carries besides pixels, in a form that every format can be given. */
#ifndef QUERN_IO_METADATA_H
#define QUERN_IO_METADATA_H

#include "bytes.h"
#include "image.h"
#include "transfer.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum io_meta_kind {
    IO_META_ICC = 1,
    IO_META_EXIF = 2,
    IO_META_XMP = 4,
    IO_META_TEXT = 8,
    IO_META_DPI = 16,
    IO_META_IPTC = 32,
    IO_META_ALL = 63
} io_meta_kind;

typedef struct io_meta {
    qn_bytes icc;      /* a whole ICC profile, or empty */
    qn_bytes exif;     /* a TIFF stream ("II*" or "MM*" first, without the "Exif\0\0" prefix), or empty */
    qn_bytes xmp;      /* the packet, or empty */
    qn_bytes xmp_more; /* extended XMP: the second packet, which `xmp` names by its MD5, or empty */
    qn_bytes iptc;     /* Photoshop's image resources ("8BIM" blocks), of which IPTC is one, or empty */
    qn_bytes text; /* comments and text chunks: key NUL value NUL ..., UTF-8; a JPEG comment has the key "Comment" */
    double dpi_x, dpi_y; /* pixels per inch; 0: unknown */
    int orientation;     /* EXIF 1..8; 1 where unknown */
    bool srgb;           /* a PNG sRGB chunk */
    int intent;          /* of it: 0 (perceptual) to 3 */
    double gamma;        /* a PNG gAMA chunk (0.45455 for 2.2), 0: none */
    bool has_chroma;     /* a PNG cHRM chunk */
    double chroma[8];    /* of it: x and y of white, red, green and blue */
    qn_bytes notes;      /* remarks for -v, one line each, ended by NUL */
    qn_bytes losses;     /* the same, of what an output that is encoded anew will not hold */
} io_meta;

void io_meta_clear(io_meta *m); /* empty, memory kept; orientation 1 */
void io_meta_free(io_meta *m);

/* Drops the kinds that are not in the mask. */
void io_meta_keep(io_meta *m, unsigned kinds);
/* A remark about this picture ("the comment is longer than JPEG holds"), shown with -v. Nothing where memory ran out.
 */
void io_meta_note(io_meta *m, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same of something that is lost, unless the file is copied as it is. */
void io_meta_loss(io_meta *m, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

typedef enum io_light {
    IO_LIGHT_SRGB,   /* sRGB is meant, or nothing is said */
    IO_LIGHT_OWN,    /* curves of its own */
    IO_LIGHT_UNKNOWN /* a profile without curves that can be used (tables of colours, say): sRGB is all there is */
} io_light;

/* How this picture's numbers become light, by its matrix/TRC or gray profile, its sRGB or gAMA chunk. IO_LIGHT_OWN
 * fills *transfer, whose curves point into m->icc, which must stay. */
io_light io_meta_transfer(const io_meta *m, bool gray, qn_transfer *transfer);

/* What became of the picture since its metadata was read, and what it will be stored as. */
typedef struct io_meta_change {
    uint32_t width, height;  /* as they are now */
    bool upright;            /* the orientation was applied */
    bool repainted;          /* pixels are not what they were: a thumbnail would show another picture */
    qn_format before, after; /* as decoded, as stored */
    int type;                /* io_type of the output */
} io_meta_change;

/* Makes the metadata true for the output and leaves out, with a note each, what its format cannot hold:
 * io_meta_fix_exif and the same for XMP, thumbnails dropped, a profile of other colours than the picture's dropped,
 * IPTC as a text chunk in PNG, XMP joined for PNG and cut for JPEG. Afterwards io_encode() writes all that is left.
 * False: out of memory. */
bool io_meta_fit(io_meta *m, const io_meta_change *change);

/* After the pixels were turned upright or changed in size: the EXIF orientation tag becomes 1 (in place, either byte
 * order), and where there are tags of the width and height (ImageWidth and ImageLength of IFD0, PixelXDimension and
 * PixelYDimension of the EXIF directory) they become w and h. Does nothing to EXIF that it cannot parse. Sets
 * m->orientation to 1 when `upright`. */
void io_meta_fix_exif(io_meta *m, uint32_t w, uint32_t h, bool upright);
/* The tag ColorSpace, where there is one, says sRGB. */
void io_exif_set_srgb(qn_bytes *exif);
/* Unlinks the thumbnail (IFD1) and takes its bytes away: cut off where they end the stream, else zeroed. */
void io_exif_drop_thumbnail(qn_bytes *exif);
/* Reads the orientation tag of m->exif; 1 where there is none or nonsense. */
int io_exif_orientation(const uint8_t *exif, size_t len);

#endif
