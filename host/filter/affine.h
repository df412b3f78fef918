/* Colour matrices: see flt_row.affine. Private to host/filter; pure, thread-safe. */
#ifndef QUERN_FILTER_AFFINE_H
#define QUERN_FILTER_AFFINE_H

#include "plan_build.h"

/* The `build` of a row with `affine`: one matrix, multiplied in double, with those of the stages right before this one
 * where nothing lies between. On R, G and B. Errors as flt_add(). */
bool flt_build_affine(flt_build *b, const flt_stage *s, qn_error *err);

/* A curve that is affine as well goes into the matrix right before it. */
bool flt_follows_matrix(flt_build *b, const flt_stage *s);

/* The matrices at the end of the value, which any weighted mean of pixels may go before: taken off it, with their
 * names, and put back behind a stencil of such means. Nothing to take: n is 0. */
typedef struct flt_matrices {
    flt_op op[2]; /* of one product */
    unsigned n;
    bool wide;
    char names[96];
} flt_matrices;
void flt_take_matrices(flt_build *b, flt_matrices *m);
bool flt_put_matrices(flt_build *b, const flt_matrices *m);

/* mix= and nothing else lets a part of the stage's input stay: then it is part of the matrix. */
bool flt_stage_only_mixes(const flt_stage *s);

#endif
