/* References of the tables of colours. The table is as lut_file.h says: offset, steps, entries with red fastest. */
#include "ref.h"

#include <math.h>

#define HEAD 4 /* pixels before the entries */

/* Where v lies on an axis of n entries: the cell, and how far into it. */
static int cell(double v, const double *t, size_t k, int n, double *fraction)
{
    double p = fmin(fmax(t[k] + t[3 + k] + v * (t[6 + k] + t[9 + k]), 0), n - 1);
    int i = (int)floor(p);
    i = i > n - 2 ? n - 2 : i;
    *fraction = p - i;
    return i;
}

bool ref_lut1d(const ref_call *call, const ref_image *in, ref_image *out)
{
    if (!call->file)
        return false;
    const double *t = call->file->p;
    int n = call->file->w - HEAD;
    *out = ref_to_rgb(in);
    for (size_t i = 0; i < (size_t)out->w * (size_t)out->h; i++)
        for (size_t k = 0; k < 3; k++) {
            double f;
            size_t at = (size_t)cell(out->p[3 * i + k], t, k, n, &f);
            out->p[3 * i + k] = (1 - f) * t[3 * (HEAD + at) + k] + f * t[3 * (HEAD + at + 1) + k];
        }
    return true;
}

static const double *entry(const double *t, int n, const int *i)
{
    return t + 3 * HEAD + 3 * ((i[2] * n + i[1]) * n + i[0]);
}

/* From corner to corner along the axes, the largest fraction first. */
static void tetrahedral(const double *t, int n, const int *i, const double *f, double *to)
{
    int at[3] = { i[0], i[1], i[2] };
    bool used[3] = { false };
    const double *from = entry(t, n, at);
    for (int k = 0; k < 3; k++)
        to[k] = from[k];
    for (int step = 0; step < 3; step++) {
        int axis = -1;
        for (int a = 0; a < 3; a++)
            if (!used[a] && (axis < 0 || f[a] > f[axis]))
                axis = a;
        used[axis] = true;
        at[axis]++;
        const double *next = entry(t, n, at);
        for (int k = 0; k < 3; k++)
            to[k] += f[axis] * (next[k] - from[k]);
        from = next;
    }
}

static void trilinear(const double *t, int n, const int *i, const double *f, double *to)
{
    to[0] = to[1] = to[2] = 0;
    for (int corner = 0; corner < 8; corner++) {
        int at[3];
        double weight = 1;
        for (int a = 0; a < 3; a++) {
            int up = corner >> a & 1;
            at[a] = i[a] + up;
            weight *= up ? f[a] : 1 - f[a];
        }
        for (int k = 0; k < 3; k++)
            to[k] += weight * entry(t, n, at)[k];
    }
}

bool ref_lut3d(const ref_call *call, const ref_image *in, ref_image *out)
{
    if (!call->file)
        return false;
    const double *t = call->file->p;
    int n = (int)lround(cbrt(call->file->w - HEAD));
    bool linear = ref_is(call->stage, "interp", "trilinear");
    *out = ref_to_rgb(in);
    for (size_t i = 0; i < (size_t)out->w * (size_t)out->h; i++) {
        int at[3];
        double f[3];
        for (int k = 0; k < 3; k++)
            at[k] = cell(out->p[3 * i + (size_t)k], t, (size_t)k, n, &f[k]);
        (linear ? trilinear : tetrahedral)(t, n, at, f, out->p + 3 * i);
    }
    return true;
}
