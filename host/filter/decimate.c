#include "decimate.h"

#include "geometry.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TAPS 4 /* of a blend */

typedef struct design {
    int step;
    int r_down, r_coarse; /* radius of the narrow Gaussian in rows, of the other one in steps */
    double s_coarse;      /* its sigma, in steps */
    int r;                /* of the whole */
    double sigma;
} design;

static double weight_at(double sigma, double i)
{
    return exp(-i * i / (2.0 * sigma * sigma));
}

static double narrow(const design *d)
{
    return 0.8 * d->step;
}

bool flt_decimates(double sigma, int r)
{
    /* a radius of one's own that cuts more than the tails is another kernel */
    return sigma >= 3.5 && r >= 3.7 * sigma && r <= FLT_DECIMATED_RADIUS;
}

static design make_design(const flt_stage *s)
{
    design d = { .step = 2, .sigma = flt_num(s, "sigma"), .r = s->row->radius(s) };
    while (d.sigma / (2 * d.step) >= 1.75)
        d.step *= 2;
    d.r_down = (int)ceil(3.7 * narrow(&d));
    double sum = 0.0, variance = 0.0;
    for (int i = -d.r_down; i <= d.r_down; i++) {
        const double w = weight_at(narrow(&d), i);
        sum += w;
        variance += w * i * i;
    }
    /* a blend is taken for a Gaussian of 0.6 steps */
    const double left = d.sigma * d.sigma - variance / sum - 0.36 * d.step * d.step;
    d.s_coarse = sqrt(left) / d.step;
    d.r_coarse = (int)ceil(4.2 * d.s_coarse);
    return d;
}

/* Rows above the picture's first. */
static int lead_of(const design *d)
{
    return d->r_coarse + 1;
}

int32_t flt_gaussian_pairs(double sigma, int r, int32_t *w)
{
    double sum = 0.0;
    for (int i = -r; i <= r; i++)
        sum += weight_at(sigma, i);
    int32_t rest = 32768, products = 1;
    for (int i = 1; i <= r; i++) {
        w[i] = (int32_t)lrint(65536.0 * weight_at(sigma, i) / sum);
        rest -= w[i];
        products += w[i] > 0;
    }
    w[0] = rest; /* with what rounding leaves */
    return products / 2;
}

static bool add_pairs(const flt_fill *f, double sigma, int r, int32_t *offset, int32_t *bias)
{
    int32_t *w = flt_fill_table(f, (size_t)r + 1, offset);
    if (w)
        *bias = flt_gaussian_pairs(sigma, r, w);
    return w != NULL;
}

/* The same with more bits where the weights are small: sums begin with the outermost pairs, whose weights count 32
 * times; as soon as the weights so far would not fit any more the sum is halved, and those that follow count half as
 * much. Behind the r + 1 weights, for each of GROUPS: the first pair that is none of its own (-1 at last), and what is
 * added before the sum is halved, for the bits that its products and the halving lose. */
#define GROUPS 5

static bool add_graded_pairs(const flt_fill *f, double sigma, int r, int32_t *offset)
{
    int32_t *w = flt_fill_table(f, (size_t)r + 1 + 2 * GROUPS, offset);
    if (!w)
        return false;
    double sum = 0.0, so_far = 0.0;
    for (int i = -r; i <= r; i++)
        sum += weight_at(sigma, i);
    int32_t rest = 32768 << GROUPS;
    int group = 0, in_group = 0;
    for (int i = r; i >= 0; i--) {
        const double share = weight_at(sigma, i) / sum;
        so_far += 2.0 * share;
        for (; group < GROUPS - 1 && (so_far > ldexp(2.0, group - GROUPS) || i == 0); in_group = 0) {
            w[r + 1 + 2 * group] = i;
            w[r + 2 + 2 * group] = (in_group + 2) / 2;
            group++;
        }
        w[i] = i ? (int32_t)lrint(ldexp(share, 16 + GROUPS - group)) : rest >> group;
        w[i] = w[i] < 65535 ? w[i] : 65535;
        rest -= w[i] << group;
        in_group += w[i] > 0;
    }
    w[r + 1 + 2 * group] = -1;
    w[r + 2 + 2 * group] = (in_group + 2) / 2;
    return true;
}

/* ---- which rows need which ---- */

static int mapped(flt_border border, int64_t i, int64_t n)
{
    const int64_t period = border == FLT_MIRROR ? 2 * n - 2 : border == FLT_REFLECT ? 2 * n : n;
    if (border == FLT_CLAMP || border == FLT_CONSTANT || period == 0)
        return (int)(i < 0 ? 0 : i < n ? i : n - 1);
    const int64_t m = (i % period + period) % period;
    return (int)(m < n ? m : border == FLT_MIRROR ? period - m : period - 1 - m);
}

bool flt_decimated_size(const flt_fill *f, flt_dims *out)
{
    const design d = make_design(f->stage);
    *out = (flt_dims){ f->in.w, (f->in.h - 1) / (uint32_t)d.step + 2 * (uint32_t)d.r_coarse + 4 };
    return true;
}

/* For bands: rows before a band's end are all there, those behind its beginning are kept. A border may send the first
 * rows further than those that follow them. */
static bool add_source_rows(const flt_fill *f, const design *d, int32_t *offset)
{
    const uint32_t n = f->out.h;
    int32_t *t = flt_fill_table(f, 3 * (size_t)n, offset);
    int32_t last = 0, first = INT32_MAX;
    for (uint32_t y = 0; t && y < n; y++) {
        const int64_t centre = ((int64_t)y - lead_of(d)) * d->step;
        t[3 * y] = INT32_MAX;
        for (int k = -d->r_down; k <= d->r_down; k++) {
            const int row = mapped(flt_outside(f->stage), centre + k, f->in.h);
            t[3 * y] = row < t[3 * y] ? row : t[3 * y];
            last = row > last ? row : last;
        }
        t[3 * y + 1] = last + 1;
        t[3 * y + 2] = 0;
    }
    for (uint32_t y = n; t && y-- > 0;) {
        first = t[3 * y] < first ? t[3 * y] : first;
        t[3 * y] = first;
        t[3 * y + 1] -= first;
    }
    return t != NULL;
}

bool flt_fill_decimated_rows(const flt_fill *f, int32_t *u)
{
    const design d = make_design(f->stage);
    u[1] = d.r;
    u[3] = lead_of(&d);
    u[4] = d.step;
    u[5] = d.r_down;
    return add_source_rows(f, &d, &u[0]) && add_graded_pairs(f, d.sigma, d.r, &u[2]) &&
           add_pairs(f, narrow(&d), d.r_down, &u[6], &u[7]);
}

/* ---- the blends ---- */

/* What one row between the passes is made of: the narrow Gaussian and the one over every step-th row, at full
 * resolution; [0, 2 * *half]. NULL: out of memory. */
static double *made_of(const design *d, int *half)
{
    const int rd = d->r_down, rc = d->r_coarse;
    *half = rc * d->step + rd;
    double *q = calloc(2 * (size_t)*half + 1, sizeof *q);
    double down = 0.0, coarse = 0.0;
    for (int i = -rd; i <= rd; i++)
        down += weight_at(narrow(d), i);
    for (int k = -rc; k <= rc; k++)
        coarse += weight_at(d->s_coarse, k);
    for (int k = -rc; q && k <= rc; k++)
        for (int i = -rd; i <= rd; i++)
            q[*half + k * d->step + i] += weight_at(d->s_coarse, k) / coarse * weight_at(narrow(d), i) / down;
    return q;
}

/* Solves n equations in place; row i is m[i], its right side m[i][n]. */
static void solve(double m[TAPS + 1][TAPS + 2], int n)
{
    for (int c = 0; c < n; c++) {
        int best = c;
        for (int i = c + 1; i < n; i++)
            best = fabs(m[i][c]) > fabs(m[best][c]) ? i : best;
        for (int j = 0; j <= n; j++) {
            const double swap = m[c][j];
            m[c][j] = m[best][j];
            m[best][j] = swap;
        }
        for (int i = 0; i < n; i++) {
            const double k = i == c ? 0.0 : m[i][c] / m[c][c];
            for (int j = c; j <= n; j++)
                m[i][j] -= k * m[c][j];
        }
    }
    for (int i = 0; i < n; i++)
        m[i][n] /= m[i][i];
}

/* Least squares for row `phase` behind a row that there is: rows -1 .. 2 steps from that one, made of q each, against
 * the Gaussian. `gram` is q times itself, by the distance in steps. */
static void fit_blend(const design *d, const double *q, int half, const double gram[TAPS], int phase, int32_t *u)
{
    double m[TAPS + 1][TAPS + 2] = { { 0 } }, sum = 0.0;
    for (int i = -d->r; i <= d->r; i++)
        sum += weight_at(d->sigma, i);
    for (int t = 0; t < TAPS; t++) {
        for (int s = 0; s < TAPS; s++)
            m[t][s] = gram[abs(t - s)];
        m[t][TAPS] = m[TAPS][t] = 1.0; /* a multiplier keeps the sum at 1 */
        const int centre = (t - 1) * d->step;
        double v = 0.0;
        for (int i = -d->r; i <= d->r; i++) {
            const int at = phase + i - centre;
            if (abs(at) <= half)
                v += weight_at(d->sigma, i) / sum * q[half + at];
        }
        m[t][TAPS + 1] = v;
    }
    m[TAPS][TAPS + 1] = 1.0;
    solve(m, TAPS + 1);
    /* what comes out are 128 parts of a level */
    const double one = 65536.0 * 128 / FLT_DECIMATED_LEVEL;
    int32_t rest = (int32_t)lrint(one), most = 0;
    for (int t = 0; t < TAPS; t++) {
        const double w = m[t][TAPS + 1];
        u[t] = w > 0.0 ? (int32_t)lrint(one * w) : 0;
        rest -= u[t];
        most = u[t] > u[most] ? t : most;
    }
    u[most] += rest;
}

static bool add_blends(const flt_fill *f, const design *d, int32_t *offset)
{
    int half;
    double *q = made_of(d, &half), gram[TAPS] = { 0 };
    if (!q)
        return qn_fail(f->err, QN_NOMEM, "out of memory");
    for (int t = 0; t < TAPS; t++)
        for (int i = t * d->step; i <= 2 * half; i++)
            gram[t] += q[i] * q[i - t * d->step];
    int32_t *u = flt_fill_table(f, TAPS * (size_t)d->step, offset);
    for (int phase = 0; u && phase < d->step; phase++)
        fit_blend(d, q, half, gram, phase, u + TAPS * phase);
    free(q);
    return u != NULL;
}

bool flt_fill_decimated_columns(const flt_fill *f, int32_t *u)
{
    const design d = make_design(f->stage);
    const uint32_t n = f->out.h;
    int32_t *t = flt_fill_table(f, 3 * (size_t)n, &u[0]);
    for (uint32_t y = 0; t && y < n; y++) {
        t[3 * y] = (int32_t)y / d.step + lead_of(&d) - 1 - d.r_coarse;
        t[3 * y + 1] = 2 * d.r_coarse + TAPS;
        t[3 * y + 2] = 0;
    }
    u[1] = d.r_coarse;
    u[4] = lead_of(&d);
    u[5] = d.step;
    /* half of each product's lost bit, half a level, and the samples' offset off again */
    u[7] = TAPS / 2 + 64 - (int32_t)lrint(FLT_DECIMATED_OFFSET * 128.0 / FLT_DECIMATED_LEVEL);
    return t && add_pairs(f, d.s_coarse, d.r_coarse, &u[2], &u[3]) && add_blends(f, &d, &u[6]);
}
