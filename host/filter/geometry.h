/* Where things lie: boxes in a picture, a picture in a larger one. Private to host/filter; pure, thread-safe. */
#ifndef QUERN_FILTER_GEOMETRY_H
#define QUERN_FILTER_GEOMETRY_H

#include "plan_build.h"

/* Where `size` samples begin on an axis of n: side 0 at the low end, 1 in the middle (rounded down), 2 at the high
 * end; `inward` samples further in. Within +-2^30. */
int32_t flt_place(uint32_t n, uint32_t size, int side, int64_t inward);

/* The rectangle of a FLT_REGION parameter in a picture of this size, placed by at=: sides in pixels, at least 1, or
 * all of an axis whose side was left out. It may lie outside. */
flt_rect flt_region(const flt_stage *s, const char *name, flt_dims in);

/* A side in whole pixels: half to even, at least 1. */
uint32_t flt_side(double v);

/* ---- a picture in a larger one (skeleton/place.cl) ---- */

/* `pad`: a canvas of at least size=; `extend`: so many pixels on each side. */
bool flt_pad_size(const flt_fill *f, flt_dims *out);
bool flt_fill_pad(const flt_fill *f, int32_t *u); /* where the picture begins: x, y */

#define FLT_OUTSIDE_COLOUR "constant, the colour of background="

/* What lies outside, in FLT_CONSTANT: the colour of border=, or of background=. */
const float *flt_outside_colour(const flt_stage *s);
flt_border flt_outside(const flt_stage *s);
/* The colour is not the default, transparent. */
bool flt_is_coloured(const flt_stage *s, const char *name);
/* For the check of a row: background= and border= do not contradict each other. */
bool flt_check_outside(const flt_stage *s, qn_error *err);
/* A coloured constant makes a gray picture RGB. */
bool flt_want_colour_outside(flt_build *b, const flt_stage *s);

#endif
