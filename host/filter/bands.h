/* Private to bands.c and rings.c: a picture that is being cut into bands. */
#ifndef QUERN_FILTER_BANDS_H
#define QUERN_FILTER_BANDS_H

#include "codegen.h"

typedef struct cut {
    const flt_plan *plan;
    flt_sized *sized;
    const flt_banding *banding;
    uint32_t rows;   /* of the result in a band */
    bool *active;    /* per pass: has a part in this sweep */
    bool *windowed;  /* per surface: it goes into a file, and bands take windows of it */
    bool sweeps;     /* what must be there as a whole has a sweep of its own */
    bool picture;    /* has been read, up to this sweep */
    uint32_t *start; /* per pass: block rows that are never needed */
    uint32_t sweep;
    uint32_t *done;   /* per pass: block rows that ran (or are never needed) */
    uint32_t *goal;   /* per pass: block rows that are to run in this band */
    uint32_t *want;   /* per surface: rows that are needed in this band */
    uint32_t *span;   /* per surface: most rows alive */
    size_t *born;     /* per surface: first step that touches it */
    size_t *dead;     /* per surface: last one */
    size_t largest;   /* bytes of a ring */
    bool may_overlap; /* the result may lie where the picture lies */
    qn_error *err;
} cut;

/* Steps, bands and windows, for bands of cut.rows rows, and what the surfaces need. QN_NOMEM. */
bool flt_cut_run(cut *c);
bool flt_cut_windowed(const cut *c); /* any surface is */
/* Rings from spans, and pools; returns the bytes of all that is a ring, or windows. */
size_t flt_cut_rings(cut *c);
/* The most rows with which they keep to the room; where none do, those from which on fewer save little. QN_NOMEM. */
bool flt_cut_choose(cut *c);
/* Surfaces whose windows would save little are held whole after all. False: there are none. */
bool flt_cut_drop(cut *c);
/* How surfaces lie in memory, into the uniforms. */
void flt_cut_masks(cut *c);

#endif
