/* What a decoded picture is: a list of planes with a layout, never just RGB bytes. */
#ifndef QUERN_CORE_IMAGE_H
#define QUERN_CORE_IMAGE_H

#include <stddef.h>
#include <stdint.h>

typedef enum qn_layout {
    QN_INTERLEAVED = 0 /* one plane; a pixel's samples stand side by side: Y, YA, RGB or RGBA */
} qn_layout;

/* Sample format. 16-bit samples and floats are in the machine's byte order; floats are of any value, 1 is what 255 and
 * 65535 are to whole numbers. Alpha, where there is one (2 or 4 channels), is
 * the last sample and straight (not premultiplied). */
typedef struct qn_format {
    uint8_t channels; /* 1 gray, 2 gray+alpha, 3 RGB, 4 RGBA */
    uint8_t depth;    /* bits per sample: 8 or 16, whole numbers; or 32, floats (PFM, tables) */
    uint8_t layout;   /* qn_layout */
} qn_format;

#define QN_MAX_PLANES 4

typedef struct qn_plane {
    void *data;
    size_t stride; /* bytes from a row to the next */
} qn_plane;

/* A view: it owns nothing. */
typedef struct qn_image {
    uint32_t width, height; /* pixels */
    qn_format format;
    qn_plane plane[QN_MAX_PLANES]; /* QN_INTERLEAVED uses plane[0] */
} qn_image;

/* "8 bits", "16 bits", "float". */
const char *qn_depth_name(uint8_t depth);

/* Bytes of one pixel. */
size_t qn_pixel_bytes(qn_format format);

/* Bytes from a row to the next, as quern lays rows out: a multiple of 64 (vector loads), and never a multiple of
 * 4096 (rows that fall into the same cache sets make column walks several times slower). */
size_t qn_row_stride(uint32_t width, qn_format format);

#endif
