/* Structuring elements of gray-scale morphology, as runs of their rows. Private to host/filter.
 *
 * An element stands around its centre: row dy, samples x0..x1. Pure values; thread-safe. */
#ifndef QUERN_FILTER_ELEMENT_H
#define QUERN_FILTER_ELEMENT_H

#include "filter.h"

#define FLT_ELEMENT_MAX  500 /* reach of an element, times iterations */
#define FLT_ELEMENT_SIDE 63  /* of one that is given as a list */

#define FLT_ELEMENT_SHAPES "rect|cross|disk|diamond|ellipse" /* the choices of a parameter shape= */

typedef struct flt_run {
    int dy, x0, x1;
} flt_run;

typedef struct flt_element {
    int rx, ry;
    flt_run *run; /* owned, by dy and then x0 */
    size_t n;
} flt_element;

/* The element of a stage with the parameters radius, shape, iterations, element and size. `iterations` times over it is
 * one element where it is a shape; a list is taken once, and how often is the caller's to see to. `turned`: by half a
 * turn, as dilation needs it. False: no memory. */
bool flt_element_make(const flt_stage *s, bool turned, flt_element *e);
void flt_element_free(flt_element *e);

/* Ints of the table that skeleton/element.cl reads, and the table (that many ints). */
size_t flt_element_ints(const flt_element *e);
void flt_element_table(const flt_element *e, int32_t *u);

/* The parameters fit together: a list of 0 and 1 with odd sides, and not both a list and a shape. */
bool flt_element_check(const flt_stage *s, qn_error *err);
bool flt_element_is_list(const flt_stage *s);
/* How far the stage reaches, iterations counted. */
int flt_element_reach(const flt_stage *s);

#endif
