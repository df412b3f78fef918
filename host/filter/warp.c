#include "warp.h"

#include <math.h>
#include <string.h>

void flt_rotation(double degrees, double forward[4])
{
    const double turn = fmod(degrees, 360.0);
    double c = cos(turn * (M_PI / 180.0)), s = sin(turn * (M_PI / 180.0));
    if (fmod(turn, 90.0) == 0.0) {
        c = rint(c);
        s = rint(s);
    }
    forward[0] = c, forward[1] = -s;
    forward[2] = s, forward[3] = c;
}

void flt_warp_about_centre(const double forward[4], flt_dims in, bool expand, flt_warp *out)
{
    out->w = in.w;
    out->h = in.h;
    if (expand) { /* what rounding adds to a whole number is no pixel */
        out->w = fmax(1.0, ceil(fabs(forward[0]) * in.w + fabs(forward[1]) * in.h - 1e-6));
        out->h = fmax(1.0, ceil(fabs(forward[2]) * in.w + fabs(forward[3]) * in.h - 1e-6));
    }
    const double det = forward[0] * forward[3] - forward[1] * forward[2];
    const double cx = (out->w - 1.0) / 2, cy = (out->h - 1.0) / 2;
    double *m = out->m;
    m[0] = forward[3] / det, m[1] = -forward[1] / det;
    m[3] = -forward[2] / det, m[4] = forward[0] / det;
    m[2] = (in.w - 1.0) / 2 - m[0] * cx - m[1] * cy;
    m[5] = (in.h - 1.0) / 2 - m[3] * cx - m[4] * cy;
}

bool flt_warp_invert(const double m[6], double out[6])
{
    const double det = m[0] * m[4] - m[1] * m[3];
    if (!(fabs(det) > 1e-12))
        return false;
    out[0] = m[4] / det, out[1] = -m[1] / det;
    out[3] = -m[3] / det, out[4] = m[0] / det;
    out[2] = -(out[0] * m[2] + out[1] * m[5]);
    out[5] = -(out[3] * m[2] + out[4] * m[5]);
    return true;
}

bool flt_warp_size(const flt_fill *f, flt_warp_fn *warp, flt_dims *out)
{
    flt_warp w;
    warp(f->stage, f->in, &w);
    if (!(w.w <= 1000000.0 && w.h <= 1000000.0))
        return qn_fail(f->err, QN_LIMIT, "%s:%d:%d: %s: %.0fx%.0f pixels, up to 1000000 a side are possible",
                       f->stage->origin, f->stage->line, f->stage->column, f->stage->row->name, w.w, w.h);
    *out = (flt_dims){ (uint32_t)w.w, (uint32_t)w.h };
    return true;
}

static void put_long(int32_t *u, double v, int q)
{
    const int64_t fixed = llround(ldexp(v, q));
    memcpy(&u[0], &(int32_t){ (int32_t)(uint32_t)((uint64_t)fixed & UINT32_MAX) }, sizeof u[0]);
    memcpy(&u[1], &(int32_t){ (int32_t)(uint32_t)((uint64_t)fixed >> 32) }, sizeof u[1]);
}

bool flt_fill_warp(const flt_fill *f, flt_warp_fn *warp, double offset, int32_t *u)
{
    flt_warp w;
    warp(f->stage, f->in, &w);
    double far = 1.0; /* no partial sum is farther from 0 */
    for (int i = 0; i < 6; i += 3)
        far = fmax(far, fabs(w.m[i]) * w.w + fabs(w.m[i + 1]) * w.h + fabs(w.m[i + 2]) + 1.0);
    int q = 48; /* bits behind the point: as many as leave room for that and a sign */
    while (q > 32 && ldexp(far, q) > 0x1p62)
        q--;
    if (!(far < 0x1p29))
        return qn_fail(f->err, QN_USAGE,
                       "%s:%d:%d: %s: positions up to %.3g pixels away; the matrix shrinks, or moves, by too much",
                       f->stage->origin, f->stage->line, f->stage->column, f->stage->row->name, far);
    u[0] = q;
    for (int i = 0; i < 6; i++)
        put_long(u + 1 + 2 * i, w.m[i] + (i % 3 == 2 ? offset : 0.0), q);
    for (int i = 0; i < 2; i++) { /* a step along x: its last 32 bits, and as it is */
        const uint64_t fixed = (uint64_t)llround(ldexp(w.m[3 * i], 32));
        u[13 + i] = (int32_t)(uint32_t)(fixed & UINT32_MAX);
        u[15 + i] = flt_bits(w.m[3 * i]);
    }
    return true;
}

void flt_warp_rows(const flt_fill *f, flt_warp_fn *warp, flt_slope *slope)
{
    enum { TAPS = 3 }; /* before and behind a position, whatever its rounding */
    flt_warp w;
    warp(f->stage, f->in, &w);
    const double across = w.m[3] * (w.w - 1);
    slope->step = w.m[4];
    slope->low = w.m[5] + fmin(across, 0) - TAPS;
    slope->high = w.m[5] + fmax(across, 0) + TAPS;
    slope->tiles = true;
    slope->taps = TAPS;
    memcpy(slope->m, w.m, sizeof slope->m);
}
