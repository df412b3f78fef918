/* Correlation with a kernel: one's own, or a known one. */
#include "codegen.h"
#include "plan_build.h"
#include "rows.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int radius_one(const flt_stage *s)
{
    (void)s;
    return 1;
}

typedef struct correlation {
    int w, h;
    double weight[31 * 31];
    double offset;
} correlation;

#define MAX_SIDE 31

static bool kernel_sides(const flt_stage *s, int *w, int *h, qn_error *err)
{
    const flt_value *k = flt_arg(s, "kernel"), *size = flt_arg(s, "size");
    if (size->size.w > 0 || size->size.h > 0) {
        *w = (int)size->size.w;
        *h = (int)size->size.h;
        if (size->size.w_factor || size->size.h_factor || *w < 1 || *h < 1 || *w != size->size.w || *h != size->size.h)
            return flt_blame(err, s, "size", "size must be two whole numbers, as in 5x3");
        if ((size_t)*w * (size_t)*h != k->n)
            return flt_blame(err, s, "size", "the kernel has %zu numbers, and size=%dx%d needs %d", k->n, *w, *h,
                             *w * *h);
    } else {
        *w = *h = (int)lround(sqrt((double)k->n));
        if ((size_t)*w * (size_t)*h != k->n)
            return flt_blame(err, s, "kernel", "the kernel has %zu numbers, which is no square: say size=WxH", k->n);
    }
    if (*w % 2 == 0 || *h % 2 == 0)
        return flt_blame(err, s, "size|kernel", "the kernel is %dx%d: its sides must be odd", *w, *h);
    if (*w > MAX_SIDE || *h > MAX_SIDE)
        return flt_blame(err, s, "size|kernel", "the kernel is %dx%d: its sides may have up to %d", *w, *h, MAX_SIDE);
    return true;
}

static bool read_scale(const flt_stage *s, double sum, double *scale, qn_error *err)
{
    const char *text = flt_arg(s, "scale")->text;
    if (!text || strcmp(text, "auto") == 0) {
        *scale = fabs(sum) > 1e-12 ? 1.0 / sum : 1.0;
        return true;
    }
    char *end;
    *scale = strtod(text, &end);
    if (*text == '\0' || *end != '\0' || !isfinite(*scale) || strpbrk(text, "xX"))
        return flt_blame(err, s, "scale", "scale = '%s' is neither a number nor auto", text);
    return true;
}

static void get_convolve(const flt_stage *s, correlation *c)
{
    const flt_value *k = flt_arg(s, "kernel");
    qn_error ignored = { 0 };
    double sum = 0.0, scale = 1.0;
    kernel_sides(s, &c->w, &c->h, &ignored);
    for (size_t i = 0; i < k->n; i++)
        sum += k->list[i];
    read_scale(s, sum, &scale, &ignored);
    for (size_t i = 0; i < k->n; i++)
        c->weight[i] = k->list[i] * scale;
    c->offset = flt_num(s, "bias");
}

/* Middle gray is the level in the middle, 128 of 255: with 0.5 added, half of the results would lie between two levels.
 */
static double middle_gray(double full_scale)
{
    return full_scale == 1.0 ? 0.5 : (full_scale + 1.0) / 2.0 / full_scale;
}

static void get_fixed(const flt_stage *s, double full_scale, correlation *c)
{
    static const double four[9] = { 0, 1, 0, 1, -4, 1, 0, 1, 0 }, eight[9] = { 1, 1, 1, 1, -8, 1, 1, 1, 1 };
    static const double diagonal[9] = { -1, 0, 0, 0, 0, 0, 0, 0, 1 };
    const bool laplacian = strcmp(s->row->name, "laplacian") == 0;
    const double *k = !laplacian ? diagonal : flt_num(s, "kind") == 0 ? four : eight;
    c->w = c->h = 3;
    memcpy(c->weight, k, sizeof four);
    c->offset = laplacian ? flt_num(s, "offset") : middle_gray(full_scale);
}

/* full_scale: flt_fill's. */
static void get_correlation(const flt_stage *s, double full_scale, correlation *c)
{
    if (strcmp(s->row->name, "convolve") == 0)
        get_convolve(s, c);
    else
        get_fixed(s, full_scale, c);
}

static bool fill_scaled(const flt_fill *f, int32_t *u, double max)
{
    correlation c;
    get_correlation(f->stage, f->full_scale, &c);
    u[0] = flt_bits(c.offset * max);
    for (int i = 0; i < c.w * c.h; i++)
        u[1 + i] = flt_bits(c.weight[i]);
    return true;
}

static bool fill_correlation(const flt_fill *f, int32_t *u)
{
    return fill_scaled(f, u, 1.0);
}

static bool fill_correlation_255(const flt_fill *f, int32_t *u)
{
    return fill_scaled(f, u, 255.0);
}

/* The same as whole multiples of one number. */
typedef struct whole_kernel {
    int weight[31 * 31], taps; /* of them not 0 */
    double unit;
    bool apart; /* each is row[j] * column[i] */
    int row[31], column[31];
} whole_kernel;

static int common_divisor(int a, int b)
{
    while (b != 0) {
        const int rest = a % b;
        a = b;
        b = rest;
    }
    return a < 0 ? -a : a;
}

/* Products are fewer to add up than weights. */
static void take_apart(const correlation *c, whole_kernel *w)
{
    int top = 0, divisor = 0;
    for (int i = 0; i < c->w * c->h; i++)
        top = w->weight[i] != 0 && w->weight[top] == 0 ? i : top;
    const int *line = w->weight + top / c->w * c->w; /* the first that is not all 0 */
    for (int i = 0; i < c->w; i++)
        divisor = common_divisor(divisor, line[i]);
    w->apart = divisor != 0 && c->h > 1 && c->w > 1 && w->taps > c->w + c->h;
    for (int i = 0; w->apart && i < c->w; i++)
        w->column[i] = line[i] / divisor;
    for (int j = 0; w->apart && j < c->h; j++) {
        const int product = w->weight[j * c->w + top % c->w];
        w->row[j] = product / w->column[top % c->w];
        for (int i = 0; i < c->w; i++)
            w->apart = w->apart && w->row[j] * w->column[i] == w->weight[j * c->w + i];
    }
}

/* Whether there are such multiples, and sums of them over 8-bit samples fit 16 bits. */
static bool whole_weights(const correlation *c, whole_kernel *w)
{
    double least = 0.0;
    for (int i = 0; i < c->w * c->h; i++)
        if (c->weight[i] != 0.0 && (least == 0.0 || fabs(c->weight[i]) < least))
            least = fabs(c->weight[i]);
    for (int parts = 1; least > 0.0 && parts <= 12; parts++) {
        double reach = 0.0;
        bool whole = true;
        w->unit = least / parts;
        w->taps = 0;
        for (int i = 0; i < c->w * c->h; i++) {
            const double q = c->weight[i] / w->unit, nearest = rint(q);
            reach += fabs(nearest);
            whole = whole && reach <= 257.0 && fabs(q - nearest) < 1e-9;
            w->weight[i] = whole ? (int)nearest : 0;
            w->taps += w->weight[i] != 0;
        }
        if (whole) {
            if (fabs(w->unit - 1.0) < 1e-9)
                w->unit = 1.0;
            take_apart(c, w);
            return true;
        }
    }
    return false;
}

static bool fill_whole(const flt_fill *f, int32_t *u)
{
    correlation c;
    whole_kernel w;
    get_correlation(f->stage, f->full_scale, &c);
    whole_weights(&c, &w);
    int start = 0;
    for (int i = 0; i < c.w * c.h; i++)
        start -= w.weight[i] < 0 ? 255 * w.weight[i] : 0;
    u[0] = (c.w > c.h ? c.w : c.h) / 2;
    u[2] = w.apart ? c.h : w.taps;
    u[3] = c.w;
    u[4] = start;
    u[5] = flt_bits(w.unit);
    u[6] = flt_bits(255.0 * c.offset - start * w.unit);
    int32_t offset, *t = flt_fill_table(f, w.apart ? (size_t)(c.w + c.h) : 3 * (size_t)w.taps, &offset);
    if (!t)
        return false;
    if (w.apart) {
        memcpy(t, w.row, (size_t)c.h * sizeof *t);
        memcpy(t + c.h, w.column, (size_t)c.w * sizeof *t);
    }
    for (int i = 0; !w.apart && i < c.w * c.h; i++)
        if (w.weight[i] != 0) {
            *t++ = i / c.w - c.h / 2;
            *t++ = i % c.w - c.w / 2;
            *t++ = w.weight[i];
        }
    u[1] = offset;
    return true;
}

static bool begin_correlation(flt_build *b, const flt_stage *s)
{
    correlation c;
    get_correlation(s, flt_full_scale(b->plan->surface[0].storage), &c);
    double sum = 0.0;
    for (int i = 0; i < c.w * c.h; i++)
        sum += c.weight[i];
    /* what is added is known in units of samples as they are stored */
    const bool bytes = !b->now.has_stencil && b->now.n_ops == 0 && flt_value_max(b) == 255.0;
    /* weights that do not sum to 1 make no sense of alpha: an edge is not a hole */
    flt_stencil st = { .kind = FLT_SK_WINDOW,
                       .stage = s,
                       .rx = c.w / 2,
                       .ry = c.h / 2,
                       .call = "q_convolve",
                       .fragment = "stencil/convolve.cl",
                       .n_uniforms = (unsigned)(c.w * c.h) + 1,
                       .fill = bytes ? fill_correlation_255 : fill_correlation,
                       .homogeneous = bytes || c.offset == 0.0,
                       .keeps_alpha = fabs(sum - 1.0) > 1e-9 || c.offset != 0.0 };
    whole_kernel w;
    if (bytes && whole_weights(&c, &w)) {
        const int reach = (c.w > c.h ? c.w : c.h) / 2, taps = w.apart ? 2 * reach + 1 : w.taps;
        st.fill_fixed = fill_whole;
        snprintf(st.fixed, sizeof st.fixed, "#define R %d\n#define TAPS %d\n%s%s", reach <= 3 ? 3 : MAX_SIDE / 2,
                 taps <= 32 ? 32 : MAX_SIDE * MAX_SIDE, w.apart ? "#define APART\n" : "",
                 w.unit == 1.0 && c.offset == 0.0 ? "#define WHOLE\n" : "");
    }
    sb_addf(&st.defines, "#undef KW\n#undef KH\n#define KW %d\n#define KH %d\n", c.w, c.h);
    return flt_begin_stencil(b, &st);
}

static bool build_correlation(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    return begin_correlation(b, s);
}

static bool check_convolve(const flt_stage *s, qn_error *err)
{
    int w, h;
    double scale;
    return kernel_sides(s, &w, &h, err) && read_scale(s, 1.0, &scale, err);
}

static int convolve_radius(const flt_stage *s)
{
    int w = 1, h = 1;
    qn_error ignored = { 0 };
    kernel_sides(s, &w, &h, &ignored);
    return (w > h ? w : h) / 2;
}

const flt_row flt_row_laplacian = {
    .name = "laplacian",
    .aliases = "laplace|laplace-box|edge-laplace",
    .cls = FLT_STENCIL,
    .help = "second derivatives: the sum along both axes",
    .example = "laplacian offset=50%",
    .tolerance = "A",
    .range = FLT_RANGE_WIDE,
    .radius = radius_one,
    .build = build_correlation,
    .param = { { .name = "kind", .type = FLT_CHOICE, .def = "4", .choices = "4|8", .help = "neighbours that count" },
               { .name = "offset",
                 .type = FLT_NUMBER,
                 .unit = FLT_TONE,
                 .min = -1,
                 .max = 1,
                 .def = "0",
                 .help = "added; 0.5 shows both signs" } },
};

const flt_row flt_row_convolve = {
    .name = "convolve",
    .aliases = "conv|convolution|convolution-matrix|correlate|filter2d",
    .cls = FLT_STENCIL,
    .help = "correlation with a kernel of your own",
    .example = "convolve 0,-1,0,-1,5,-1,0,-1,0",
    .tolerance = "A",
    .range = FLT_RANGE_WIDE,
    .radius = convolve_radius,
    .check = check_convolve,
    .build = build_correlation,
    .param = { { .name = "kernel",
                 .type = FLT_LIST,
                 .min = -1e6,
                 .max = 1e6,
                 .help = "weights, row by row, not flipped" },
               { .name = "scale",
                 .type = FLT_TEXT,
                 .def = "auto",
                 .help = "a number: factor on the weights; auto: 1 / their sum, or 1 where that is 0" },
               { .name = "bias",
                 .type = FLT_NUMBER,
                 .unit = FLT_TONE,
                 .min = -10,
                 .max = 10,
                 .def = "0",
                 .help = "added" },
               { .name = "size",
                 .type = FLT_SIZE,
                 .def = "",
                 .help = "width x height of the kernel, where it is no square" } },
};

static bool build_emboss(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    return flt_to_chosen_luma(b, s) && flt_want(b, true, b->now.linear) && begin_correlation(b, s);
}

const flt_row flt_row_emboss = {
    .name = "emboss",
    .aliases = "relief",
    .cls = FLT_STENCIL,
    .help = "relief: the difference along the diagonal, around middle gray",
    .example = "emboss",
    .tolerance = "A",
    .range = FLT_RANGE_WIDE,
    .radius = radius_one,
    .build = build_emboss,
    .param = { { .name = "luma",
                 .type = FLT_CHOICE,
                 .def = "off",
                 .choices = FLT_LUMA_CHOICES "|off",
                 .help = "of which luma; off: each channel" } },
};
