/* Rotation, shear and other linear maps: which part of the source a pixel shows. Private to host/filter; pure. */
#ifndef QUERN_FILTER_WARP_H
#define QUERN_FILTER_WARP_H

#include "plan_build.h"

/* Where pixel (x, y) of the result comes from: m[0] x + m[1] y + m[2], m[3] x + m[4] y + m[5], pixel centres at whole
 * numbers; and the size of the result. */
typedef struct flt_warp {
    double m[6];
    double w, h;
} flt_warp;

/* What a stage does to a picture of this size. */
typedef void flt_warp_fn(const flt_stage *s, flt_dims in, flt_warp *out);

/* The map `forward` (2 x 2, input to output, both from their centres) of an `in`, onto a canvas of its size, or with
 * `expand` of what it takes. The matrix must have an inverse. */
void flt_warp_about_centre(const double forward[4], flt_dims in, bool expand, flt_warp *out);
/* Clockwise, in degrees; exact for quarter turns. */
void flt_rotation(double degrees, double forward[4]);
/* The inverse of a whole matrix; false: it has none. */
bool flt_warp_invert(const double m[6], double out[6]);

/* For the size and fill of a stencil of skeleton/warp.cl. */
bool flt_warp_size(const flt_fill *f, flt_warp_fn *warp, flt_dims *out);
#define FLT_WARP_MEMBERS "q|x0l|x0h|x1l|x1h|x2l|x2h|y0l|y0h|y1l|y1h|y2l|y2h|fx|fy|.dx|.dy"
/* The rows that a row of the result takes, with room for any taps. */
void flt_warp_rows(const flt_fill *f, flt_warp_fn *warp, flt_slope *slope);
/* `offset`: added to each position (0.5 for the nearest). */
bool flt_fill_warp(const flt_fill *f, flt_warp_fn *warp, double offset, int32_t *u);

#endif
