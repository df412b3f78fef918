/* Resize: what size comes out, and with which weights. All in double on the host. */
#include "geometry.h"
#include "rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- kernels ---- */

static double sinc(double x)
{
    return x == 0.0 ? 1.0 : sin(M_PI * x) / (M_PI * x);
}

static double cubic(double x, double b, double c)
{
    x = fabs(x);
    if (x < 1.0)
        return ((12 - 9 * b - 6 * c) * x * x * x + (-18 + 12 * b + 6 * c) * x * x + (6 - 2 * b)) / 6;
    if (x < 2.0)
        return ((-b - 6 * c) * x * x * x + (6 * b + 30 * c) * x * x + (-12 * b - 48 * c) * x + (8 * b + 24 * c)) / 6;
    return 0.0;
}

typedef enum kernel {
    K_NEAREST,
    K_BOX,
    K_TRIANGLE,
    K_CATROM,
    K_MITCHELL,
    K_BSPLINE,
    K_LANCZOS2,
    K_LANCZOS3,
    K_LANCZOS4,
    K_AREA
} kernel;

static const double support[] = { 0.5, 0.5, 1.0, 2.0, 2.0, 2.0, 2.0, 3.0, 4.0, 0.5 };

static double weight_of(kernel k, double x)
{
    switch (k) {
    case K_BOX: return x > -0.5 && x <= 0.5 ? 1.0 : 0.0;
    case K_TRIANGLE: return fabs(x) < 1.0 ? 1.0 - fabs(x) : 0.0;
    case K_CATROM: return cubic(x, 0.0, 0.5);
    case K_MITCHELL: return cubic(x, 1.0 / 3, 1.0 / 3);
    case K_BSPLINE: return cubic(x, 1.0, 0.0);
    case K_LANCZOS2:
    case K_LANCZOS3:
    case K_LANCZOS4: return fabs(x) < support[k] ? sinc(x) * sinc(x / support[k]) : 0.0;
    default: return 1.0;
    }
}

/* ---- sizes ---- */

typedef enum fit { FIT_FILL, FIT_INSIDE, FIT_OUTSIDE, FIT_COVER, FIT_CONTAIN } fit_kind; /* FLT_FITS */

typedef struct resize_plan {
    flt_dims full;  /* the whole picture is resampled to this */
    int64_t x0, y0; /* where the result begins in it: cover cuts, contain leaves room around */
    flt_dims out;
    bool identity; /* only-shrink, and it would grow */
} resize_plan;

static void plan_size(const flt_stage *s, flt_dims in, resize_plan *r)
{
    const flt_size *z = &flt_arg(s, "size")->size;
    const double w = z->w_factor ? z->w * in.w : z->w, h = z->h_factor ? z->h * in.h : z->h;
    const fit_kind fit = (fit_kind)flt_num(s, "fit");
    const int at = (int)flt_num(s, "at");
    double fw = w, fh = h;
    if (z->w == 0.0)
        fw = in.w * h / in.h;
    else if (z->h == 0.0)
        fh = in.h * w / in.w;
    else if (fit != FIT_FILL) {
        const double kx = w / in.w, ky = h / in.h;
        const double k = fit == FIT_INSIDE || fit == FIT_CONTAIN ? fmin(kx, ky) : fmax(kx, ky);
        fw = k == kx ? w : in.w * k;
        fh = k == ky ? h : in.h * k;
    }
    r->full = (flt_dims){ flt_side(fw), flt_side(fh) };
    r->out = r->full;
    r->identity = false;
    r->x0 = r->y0 = 0;
    if (flt_num(s, "only-shrink") != 0.0 && (r->full.w > in.w || r->full.h > in.h)) {
        r->full = r->out = in;
        r->identity = true;
        if (fit != FIT_CONTAIN)
            return;
    }
    if ((fit == FIT_COVER || fit == FIT_CONTAIN) && z->w != 0.0 && z->h != 0.0) {
        const flt_dims box = { flt_side(w), flt_side(h) };
        const bool cuts = fit == FIT_COVER;
        r->out.w = cuts == (box.w < r->full.w) ? box.w : r->full.w;
        r->out.h = cuts == (box.h < r->full.h) ? box.h : r->full.h;
        r->x0 = cuts ? flt_place(r->full.w, r->out.w, at % 3, 0) : -flt_place(r->out.w, r->full.w, at % 3, 0);
        r->y0 = cuts ? flt_place(r->full.h, r->out.h, at / 3, 0) : -flt_place(r->out.h, r->full.h, at / 3, 0);
    }
}

/* A picture that was decoded smaller becomes as large as it would have. */
static void plan_resize(const flt_fill *f, flt_dims in, resize_plan *r)
{
    plan_size(f->stage, f->sized->shrunk == f->stage ? f->sized->whole : in, r);
}

unsigned flt_shrink_on_load(const flt_chain *chain, flt_dims upright)
{
    const flt_stage *s = chain->stage;
    if (chain->n == 0 || (s->row != &flt_row_resize && s->row != &flt_row_thumbnail) ||
        (kernel)flt_num(s, "filter") == K_NEAREST)
        return 1;
    resize_plan r;
    plan_size(s, upright, &r);
    for (unsigned by = 8; by > 1; by /= 2)
        if ((upright.w + by - 1) / by >= r.full.w && (upright.h + by - 1) / by >= r.full.h)
            return by;
    return 1;
}

bool flt_resize_size(const flt_fill *f, flt_dims *out)
{
    resize_plan r;
    plan_resize(f, f->in, &r);
    *out = r.out;
    if (r.full.w > 1000000 || r.full.h > 1000000)
        return qn_fail(f->err, QN_LIMIT, "%s:%d:%d: %s: %ux%u pixels, up to 1000000 a side are possible",
                       f->stage->origin, f->stage->line, f->stage->column, f->stage->row->name, r.full.w, r.full.h);
    return true;
}

/* ---- tables ---- */

/* Taps of output i of `full`, from `in` inputs: the first and how many. Weights, normalised, into w (may be NULL). */
static uint32_t taps_of(kernel k, uint32_t i, uint32_t in, uint32_t full, double *w, int64_t *first)
{
    const double scale = (double)in / full, centre = (i + 0.5) * scale;
    const bool interpolates = k != K_MITCHELL && k != K_BSPLINE;
    if (k == K_NEAREST || (in == full && interpolates)) {
        int64_t j = (int64_t)floor(centre);
        *first = j < 0 ? 0 : j >= in ? in - 1 : j;
        if (w)
            w[0] = 1.0;
        return 1;
    }
    const double f = fmax(1.0, scale), reach = support[k] * f;
    int64_t from = (int64_t)(centre - reach + 0.5), to = (int64_t)(centre + reach + 0.5);
    if (k == K_AREA) {
        from = (int64_t)floor(i * scale + 1e-9);
        to = (int64_t)ceil((i + 1) * scale - 1e-9);
        if (to <= from)
            to = from + 1;
    }
    from = from < 0 ? 0 : from;
    to = to > in ? in : to;
    if (to <= from) {
        from = from >= in ? in - 1 : from;
        to = from + 1;
    }
    *first = from;
    if (w) {
        double sum = 0.0;
        for (int64_t j = from; j < to; j++) {
            double v = weight_of(k, ((double)j + 0.5 - centre) / f);
            if (k == K_AREA)
                v = fmin((double)j + 1, (i + 1) * scale) - fmax((double)j, i * scale);
            w[j - from] = v;
            sum += v;
        }
        for (int64_t j = from; j < to; j++)
            w[j - from] = sum != 0.0 ? w[j - from] / sum : 1.0 / (double)(to - from);
    }
    return (uint32_t)(to - from);
}

/* The same of output i of an axis that `full` outputs do not fill: none, next to those that there are. */
static uint32_t taps_near(kernel k, int64_t i, uint32_t in, uint32_t full, double *w, int64_t *first)
{
    if (i >= 0 && i < full)
        return taps_of(k, (uint32_t)i, in, full, w, first);
    const uint32_t taps = taps_of(k, i < 0 ? 0 : full - 1, in, full, NULL, first);
    *first += i < 0 ? 0 : taps;
    return 0;
}

/* Weights as floats, or as 65536ths that sum to 65536: each is where the sum so far ends less where the last one did.
 */
static void put_weights(const double *w, uint32_t n, bool fixed, int32_t *t)
{
    double sum = 0.0;
    int32_t so_far = 0;
    for (uint32_t j = 0; j < n; j++) {
        sum += w[j];
        t[j] = fixed ? (int32_t)lrint(65536.0 * sum) - so_far : flt_bits(w[j]);
        so_far += t[j];
    }
}

static uint32_t common_divisor(uint32_t a, uint32_t b)
{
    while (b) {
        const uint32_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* The table of `n` outputs from `first_out` on: 3 ints each, then the weights. Those of an output are those of the one
 * a period before, as far from a rim: sines take a while. */
static bool fill_table(const flt_fill *f, kernel k, uint32_t in, uint32_t full, int64_t first_out, uint32_t n,
                       bool fixed, int32_t *offset)
{
    int64_t first;
    size_t weights = 0;
    uint32_t most = 0;
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t taps = taps_near(k, first_out + i, in, full, NULL, &first);
        weights += taps;
        most = taps > most ? taps : most;
    }
    double *w = malloc((most + 1) * sizeof *w);
    if (!w)
        return qn_fail(f->err, QN_NOMEM, "out of memory");
    const uint32_t divisor = common_divisor(in, full), period = full / divisor, step = in / divisor;
    int32_t *t = flt_fill_table(f, 3 * (size_t)n + weights, offset);
    size_t at = 3 * (size_t)n;
    for (uint32_t i = 0; t && i < n; i++) {
        const uint32_t taps = taps_near(k, first_out + i, in, full, NULL, &first);
        const int32_t *before = i >= period ? t + 3 * (size_t)(i - period) : NULL;
        if (before && (uint32_t)before[1] == taps && before[0] + (int64_t)step == first) {
            memcpy(t + at, t + before[2], taps * sizeof *t);
        } else {
            taps_near(k, first_out + i, in, full, w, &first);
            put_weights(w, taps, fixed, t + at);
        }
        t[3 * i] = (int32_t)first;
        t[3 * i + 1] = (int32_t)taps;
        t[3 * i + 2] = (int32_t)at;
        at += taps;
    }
    free(w);
    return t != NULL;
}

/* How many outputs side by side, up to `most`, find all their inputs in a tile of `span` pixels; 0: none. */
static int32_t run_of(kernel k, double scale, double span, double most)
{
    const double taps = 2.0 * support[k] * fmax(1.0, scale) + 2.0;
    const double run = taps >= span ? 0.0 : floor((span - taps) / scale);
    return run < 1.0 ? 0 : run > most ? (int32_t)most : (int32_t)run;
}

bool flt_fill_resample_columns(const flt_fill *f, int32_t *u)
{
    resize_plan r;
    plan_resize(f, f->in, &r);
    const kernel k = r.identity ? K_NEAREST : (kernel)flt_num(f->stage, "filter");
    return fill_table(f, k, f->in.h, r.full.h, r.y0, r.out.h, false, &u[0]);
}

bool flt_fill_resample_rows(const flt_fill *f, int32_t *u)
{
    resize_plan r;
    plan_resize(f, f->in, &r);
    const kernel k = r.identity ? K_NEAREST : (kernel)flt_num(f->stage, "filter");
    if (!fill_table(f, k, f->in.w, r.full.w, r.x0, r.out.w, false, &u[0]))
        return false;
    u[1] = run_of(k, (double)f->in.w / r.full.w, 256, 128);
    return true;
}

/* ---- in one pass (skeleton/shrink_lines.cl) ---- */

bool flt_resize_is_mean(const flt_stage *s)
{
    const kernel k = (kernel)flt_num(s, "filter");
    return k == K_BOX || k == K_TRIANGLE || k == K_AREA;
}

/* A run of outputs [x, end) that begin `step` inputs behind one another, or nearly so: where it begins, and how many
 * inputs from its place on the one that spreads the furthest needs. */
static int32_t run_taps(const int32_t *t, uint32_t x, uint32_t end, int step, int32_t *base)
{
    int32_t low = INT32_MAX, high = INT32_MIN;
    for (uint32_t i = x; i < end; i++) {
        const int32_t begin = t[3 * i] - step * (int32_t)(i - x);
        if (t[3 * i + 1] == 0)
            continue;
        low = begin < low ? begin : low;
        high = begin + t[3 * i + 1] > high ? begin + t[3 * i + 1] : high;
    }
    *base = low == INT32_MAX ? 0 : low;
    return low == INT32_MAX ? 1 : high - low;
}

#define MOST_STEP 4
#define MOST_TAPS 12

/* Whether columns of the table come in steps of a whole number, in runs of *run: how many inputs each takes then, and
 * of which step; 0: they do not. */
static int whole_step(const int32_t *t, uint32_t n, double scale, int32_t *run, int32_t *taps)
{
    const int step = (int)lrint(scale);
    int32_t most = 0;
    for (uint32_t i = 0; i < n; i++)
        most = t[3 * i + 1] > most ? t[3 * i + 1] : most;
    if (step < 2 || step > MOST_STEP)
        return 0;
    *run = (FLT_SHRINK_SPAN - MOST_TAPS) / step;
    *taps = 1;
    for (uint32_t x = 0; x < n; x += (uint32_t)*run) {
        int32_t base;
        const uint32_t end = x + (uint32_t)*run < n ? x + (uint32_t)*run : n;
        const int32_t needed = run_taps(t, x, end, step, &base);
        *taps = needed > *taps ? needed : *taps;
    }
    /* more would be multiplied by 0 than is gained, or does not fit */
    return *taps <= most + 2 && *taps <= MOST_TAPS && *taps * *run <= 3 * FLT_SHRINK_SPAN ? step : 0;
}

/* What the sum of a column's products in fixed point loses, about: half of the bits below. */
static int32_t lost(const int32_t *w, int32_t n)
{
    double sum = 0.0;
    for (int32_t j = 0; j < n; j++)
        sum += w[j] ? 0.5 - ldexp(w[j] & -w[j], -17) : 0.0;
    return (int32_t)lrint(sum);
}

/* Of such columns: the runs' places, and the weights by tap; behind them what makes up for what is lost. */
static bool add_runs(const flt_fill *f, bool fixed, int32_t columns, uint32_t n, int32_t *u)
{
    const uint32_t run = (uint32_t)u[2], runs = (n + run - 1) / run;
    if (!flt_fill_table(f, runs, &u[5]) || !flt_fill_table(f, ((size_t)u[4] + 1) * n, &u[6]))
        return false;
    const int32_t *t = f->sized->uniform + columns;
    int32_t *base = f->sized->uniform + u[5], *share = f->sized->uniform + u[6];
    for (uint32_t x = 0; x < n; x++) {
        if (x % run == 0)
            (void)run_taps(t, x, x + run < n ? x + run : n, u[3], &base[x / run]);
        const int32_t from = base[x / run] + u[3] * (int32_t)(x % run);
        for (int32_t j = 0; j < t[3 * x + 1]; j++)
            share[(size_t)(t[3 * x] + j - from) * n + x] = t[t[3 * x + 2] + j];
        if (fixed && !u[7])
            share[(size_t)u[4] * n + x] = lost(t + t[3 * x + 2], t[3 * x + 1]);
    }
    return true;
}

/* The number of low bits that are 0 in all weights of a table of n rows. */
static int bits_below(const int32_t *t, uint32_t n)
{
    int32_t all = 65536;
    for (uint32_t i = 0; i < n; i++)
        for (int32_t k = 0; k < t[3 * i + 1]; k++)
            all |= t[t[3 * i + 2] + k];
    int bits = 0;
    while (!(all >> bits & 1))
        bits++;
    return bits;
}

static bool fill_shrink(const flt_fill *f, bool fixed, int32_t *u)
{
    resize_plan r;
    plan_resize(f, f->in, &r);
    const kernel k = r.identity ? K_NEAREST : (kernel)flt_num(f->stage, "filter");
    const double scale = (double)f->in.w / r.full.w;
    if (!fill_table(f, k, f->in.h, r.full.h, r.y0, r.out.h, fixed, &u[0]) ||
        !fill_table(f, k, f->in.w, r.full.w, r.x0, r.out.w, fixed, &u[1]))
        return false;
    /* products of 256ths of a level lose nothing */
    u[7] = fixed && bits_below(f->sized->uniform + u[0], r.out.h) + bits_below(f->sized->uniform + u[1], r.out.w) >= 24;
    u[3] = whole_step(f->sized->uniform + u[1], r.out.w, scale, &u[2], &u[4]);
    if (u[3])
        return add_runs(f, fixed, u[1], r.out.w, u);
    u[2] = run_of(k, scale, FLT_SHRINK_SPAN, FLT_SHRINK_SPAN / 2);
    return true;
}

bool flt_fill_shrink(const flt_fill *f, int32_t *u)
{
    return fill_shrink(f, false, u);
}

bool flt_fill_shrink_fixed(const flt_fill *f, int32_t *u)
{
    return fill_shrink(f, true, u);
}

bool flt_fill_resize_room(const flt_fill *f, int32_t *u)
{
    resize_plan r;
    plan_resize(f, f->from, &r);
    u[0] = (int32_t)-r.x0;
    u[1] = (int32_t)-r.y0;
    u[2] = (int32_t)(r.full.w - r.x0);
    u[3] = (int32_t)(r.full.h - r.y0);
    return true;
}
