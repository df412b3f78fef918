/* A wide Gaussian by fewer rows, for 8-bit results on a CPU: see kernels/skeleton/decimated_rows.cl. Private to
 * host/filter.
 *
 * Down the columns, a narrow Gaussian (0.8 step) makes every step-th row enough of the picture; a Gaussian over these
 * rows and a blend of four of them for each row of the result do the rest. The blends are fitted: of all weights that
 * sum to 1 they are those whose sum with what went before comes nearest (least squares) to the Gaussian of the
 * definition, with its cut at its radius. That leaves less than a hundredth of a level of 255 on noise. */
#ifndef QUERN_FILTER_DECIMATE_H
#define QUERN_FILTER_DECIMATE_H

#include "plan_build.h"

/* Whether it pays, and is near enough: from a sigma of 3.5 on, up to where the sums along the rows, of radius r, lose
 * too many last bits. */
#define FLT_DECIMATED_RADIUS 100
bool flt_decimates(double sigma, int r);

/* A level of 255 in fixed point, and what is added to every sample: a product loses its lower bits, which must not be
 * the same for all products of a black or a half-bright picture. */
#define FLT_DECIMATED_LEVEL  120
#define FLT_DECIMATED_OFFSET 2087

/* 2 r + 1 weights of a Gaussian as pairs in fixed point: w[0] half the middle's, w[1] .. w[r]; they sum to 32768.
 * Returns the bias that makes up for the products' lost bits. */
int32_t flt_gaussian_pairs(double sigma, int r, int32_t *w);

/* Rows that there are with those above and below the picture (flt_stencil.size); the members of the two passes, whose
 * stage has a parameter sigma. */
bool flt_decimated_size(const flt_fill *f, flt_dims *out);
#define FLT_DECIMATED_ROWS "table|r|taps|lead|step|reach|down|down_bias"
bool flt_fill_decimated_rows(const flt_fill *f, int32_t *u);
#define FLT_DECIMATED_COLUMNS "table|r|taps|bias|lead|step|up|up_bias"
bool flt_fill_decimated_columns(const flt_fill *f, int32_t *u);

#endif
