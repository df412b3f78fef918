/* Reference of contrast-limited adaptive histogram equalisation. */
#include "ref.h"

#include <math.h>
#include <stdlib.h>

typedef struct tiles {
    int tx, ty, w, h; /* how many, and how large one is */
    int bins;
    double *lut; /* owned; tx * ty tables */
    uint8_t
        *unsure; /* owned; per tile: a pixel that rounding may count elsewhere, where one count is a level or more */
} tiles;

static bool near_tie(const ref_call *call, const tiles *t, double v)
{
    double scaled = fmin(fmax(v, 0), 1) * (t->bins - 1);
    return fabs(scaled - floor(scaled) - 0.5) <= call->eps * (t->bins - 1);
}

static int level(const tiles *t, double v)
{
    return (int)rint(fmin(fmax(v, 0), 1) * (t->bins - 1));
}

/* One tile's table. */
static void solve(const ref_call *call, const ref_image *luma, const tiles *t, int column, int row)
{
    double *h = t->lut + (size_t)(row * t->tx + column) * (size_t)t->bins;
    double clip = flt_num(call->stage, "clip"), area = (double)t->w * t->h, over = 0, sum = 0;
    for (int y = row * t->h; y < (row + 1) * t->h; y++)
        for (int x = column * t->w; x < (column + 1) * t->w; x++) {
            double v = *ref_at(luma, ref_border(x, luma->w, FLT_MIRROR), ref_border(y, luma->h, FLT_MIRROR));
            h[level(t, v)]++;
            if (near_tie(call, t, v) && area < t->bins)
                t->unsure[row * t->tx + column] = 1;
        }
    if (clip > 0) {
        double limit = fmax(floor(clip * area / t->bins), 1);
        for (int i = 0; i < t->bins; i++)
            if (h[i] > limit)
                over += h[i] - limit, h[i] = limit;
    }
    double rest = fmod(over, t->bins);
    for (int i = 0; i < t->bins; i++)
        h[i] += floor(over / t->bins);
    int step = rest > 0 ? (int)fmax(floor(t->bins / rest), 1) : 1;
    for (int i = 0; i < t->bins && rest > 0; i += step, rest--)
        h[i]++;
    for (int i = 0; i < t->bins; i++) {
        sum += h[i];
        h[i] = fmin(rint((double)((float)sum * ((float)(t->bins - 1) / (float)area))), t->bins - 1);
    }
}

static int between(int v, int n)
{
    return v < 0 ? 0 : v >= n ? n - 1 : v;
}

static double blend(const tiles *t, int x, int y, int bin, bool *unsure)
{
    double fx = (double)x / t->w - 0.5, fy = (double)y / t->h - 0.5, v = 0;
    int left = (int)floor(fx), above = (int)floor(fy);
    for (int j = 0; j < 2; j++)
        for (int i = 0; i < 2; i++) {
            int tile = between(above + j, t->ty) * t->tx + between(left + i, t->tx);
            double wx = i ? fx - left : 1 - (fx - left), wy = j ? fy - above : 1 - (fy - above);
            *unsure = *unsure || t->unsure[tile];
            v += wx * wy * t->lut[(size_t)tile * (size_t)t->bins + (size_t)bin];
        }
    return v / (t->bins - 1);
}

bool ref_clahe(const ref_call *call, const ref_image *in, ref_image *out)
{
    tiles t = { .tx = (int)flt_num(call->stage, "tx"), .ty = (int)flt_num(call->stage, "ty") };
    bool uneven = in->w % t.tx != 0 || in->h % t.ty != 0;
    t.w = (in->w + (uneven ? t.tx - in->w % t.tx : 0)) / t.tx;
    t.h = (in->h + (uneven ? t.ty - in->h % t.ty : 0)) / t.ty;
    t.bins = call->depth == 8 ? 256 : 65536;
    t.lut = calloc((size_t)(t.tx * t.ty) * (size_t)t.bins, sizeof *t.lut);
    t.unsure = calloc((size_t)(t.tx * t.ty), 1);
    if (!t.lut || !t.unsure)
        abort();
    ref_image luma = in->c == 3 ? ref_to_luma(in, REF_709) : ref_copy(in);
    for (int row = 0; row < t.ty; row++)
        for (int column = 0; column < t.tx; column++)
            solve(call, &luma, &t, column, row);
    *out = ref_copy(in);
    for (int y = 0; y < in->h; y++)
        for (int x = 0; x < in->w; x++) {
            double v = *ref_at(&luma, x, y);
            bool unsure = near_tie(call, &t, v);
            for (int k = 0; k < in->c; k++)
                ref_at(out, x, y)[k] += blend(&t, x, y, level(&t, v), &unsure) - v;
            if (unsure)
                ref_mark(out, x, y);
        }
    ref_free(&luma);
    free(t.lut);
    free(t.unsure);
    return true;
}
