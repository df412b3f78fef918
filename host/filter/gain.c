#include "gain.h"

#include <math.h>

/* The errors of three channels are independent of one another. */
static double of_matrix(const flt_stage *s)
{
    double m[12], most = 0.0;
    s->row->affine(s, m);
    for (const double *row = m; row < m + 12; row += 4)
        most = fmax(most, sqrt(row[0] * row[0] + row[1] * row[1] + row[2] * row[2]));
    return most;
}

static double of_stage(const flt_stage *s)
{
    const flt_row *row = s->row;
    if (row->cls == FLT_CONTROL)
        return 1.0;
    if (s->linear)
        return INFINITY;
    if (row->gain)
        return row->gain(s);
    if (row->affine)
        return of_matrix(s);
    /* means, and samples that are only chosen or moved */
    const bool keeps = row->range == FLT_RANGE_KEEP && (row->cls == FLT_STENCIL || row->cls == FLT_GEOMETRY);
    return keeps ? 1.0 : INFINITY;
}

double flt_gain_from(const flt_chain *chain, const flt_stage *stage)
{
    double gain = 1.0;
    for (const flt_stage *s = stage; s < chain->stage + chain->n; s++)
        gain *= fmax(1.0, of_stage(s));
    return gain;
}
