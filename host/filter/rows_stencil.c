/* STENCIL filters: a pixel from its neighbours. */
#include "plan_build.h"
#include "rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- weighted sums, rows then columns ---- */

static int gaussian_radius(const flt_stage *s)
{
    const flt_row *row = s->row;
    for (const flt_param *p = row->param; p->name; p++)
        if (strcmp(p->name, "radius") == 0 && flt_num(s, "radius") > 0)
            return (int)flt_num(s, "radius");
    return (int)(4.0 * flt_num(s, "sigma") + 0.5);
}

static bool fill_gaussian(const flt_fill *f, int32_t *u)
{
    const int r = gaussian_radius(f->stage);
    const double sigma = flt_num(f->stage, "sigma");
    double sum = 0.0;
    for (int i = -r; i <= r; i++)
        sum += exp(-(double)i * i / (2.0 * sigma * sigma));
    u[0] = r;
    int32_t *w = flt_fill_table(f, 2 * (size_t)r + 1, &u[1]);
    for (int i = -r; w && i <= r; i++)
        w[i + r] = flt_bits(exp(-(double)i * i / (2.0 * sigma * sigma)) / sum);
    return w != NULL;
}

static bool begin_gaussian(flt_build *b, const flt_stage *s)
{
    const int r = gaussian_radius(s);
    const flt_stencil st = {
        .kind = FLT_SK_TAPS, .stage = s, .rx = r, .ry = r, .combine = "SUM", .fill = fill_gaussian, .homogeneous = true
    };
    return flt_begin_stencil(b, &st);
}

static bool build_gaussian(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    return begin_gaussian(b, s);
}

const flt_row flt_row_gaussian = {
    .name = "gaussian",
    .aliases = "gaussian-blur|gaussblur|gblur|blur",
    .cls = FLT_STENCIL,
    .help = "Gaussian blur, exact to 4 sigma",
    .example = "gaussian 2",
    .tolerance = "A",
    .range = FLT_RANGE_KEEP,
    .radius = gaussian_radius,
    .build = build_gaussian,
    .param = { { .name = "sigma",
                 .type = FLT_NUMBER,
                 .unit = FLT_PX,
                 .min = 0.01,
                 .max = 500,
                 .help = "standard deviation" },
               { .name = "radius",
                 .type = FLT_INT,
                 .unit = FLT_PX,
                 .min = 0,
                 .max = 2000,
                 .def = "0",
                 .help = "where the kernel ends; 0: 4 sigma, rounded" } },
};

static bool fill_unsharp(const flt_fill *f, int32_t *u)
{
    u[0] = flt_bits(flt_num(f->stage, "amount"));
    u[1] = flt_bits(flt_num(f->stage, "threshold"));
    return true;
}

static bool build_unsharp(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    if (!begin_gaussian(b, s))
        return false;
    const int save = flt_save_input(b, s);
    const flt_op op = { .code = "v = q_unsharp($S, v, $0, $1);",
                        .fragment = "point/unsharp.cl",
                        .stage = s,
                        .n_uniforms = 2,
                        .fill = fill_unsharp,
                        .save = save,
                        .surface = -1 };
    return save >= 0 && flt_add(b, &op);
}

const flt_row flt_row_unsharp = {
    .name = "unsharp",
    .aliases = "unsharp-mask|sharpen",
    .cls = FLT_STENCIL,
    .help = "unsharp mask: adds the difference to a Gaussian blur",
    .example = "unsharp 0.8 amount=0.6",
    .tolerance = "A",
    .range = FLT_RANGE_UNIT,
    .radius = gaussian_radius,
    .build = build_unsharp,
    .param = { { .name = "sigma",
                 .type = FLT_NUMBER,
                 .unit = FLT_PX,
                 .min = 0.01,
                 .max = 500,
                 .def = "1",
                 .help = "of the blur" },
               { .name = "amount",
                 .type = FLT_NUMBER,
                 .unit = FLT_PERCENT,
                 .min = -100,
                 .max = 100,
                 .def = "1",
                 .help = "how much of the difference is added" },
               { .name = "threshold",
                 .type = FLT_NUMBER,
                 .unit = FLT_TONE,
                 .min = 0,
                 .max = 1,
                 .def = "0",
                 .help = "differences up to this are left alone" } },
};

/* ---- box ---- */

static int radius_param(const flt_stage *s)
{
    return (int)flt_num(s, "radius");
}

static bool build_box(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    const int r = radius_param(s);
    const flt_stencil st = { .kind = FLT_SK_BOX, .stage = s, .rx = r, .ry = r, .homogeneous = true };
    return r == 0 || flt_begin_stencil(b, &st);
}

const flt_row flt_row_box = {
    .name = "box",
    .aliases = "mean|box-blur|boxblur",
    .cls = FLT_STENCIL,
    .help = "mean of the square around each pixel",
    .example = "box 3",
    .tolerance = "E",
    .range = FLT_RANGE_KEEP,
    .radius = radius_param,
    .build = build_box,
    .param = { { .name = "radius",
                 .type = FLT_INT,
                 .unit = FLT_PX,
                 .min = 0,
                 .max = 500,
                 .help = "the square has 2 radius + 1 pixels a side" } },
};

/* ---- windows ---- */

static bool build_median(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    const int r = radius_param(s);
    if (r == 0)
        return true;
    flt_stencil st = { .kind = FLT_SK_WINDOW,
                       .stage = s,
                       .rx = r,
                       .ry = r,
                       .homogeneous = true,
                       .call = r == 1 ? "q_median" : "q_median_row",
                       .fragment = "stencil/median.cl" };
    /* samples as stored are whole numbers: as many bits as they have; else all bits of a float */
    const bool whole = !b->now.scaled && !b->now.has_stencil && b->plan->surface[b->now.surface].storage != FLT_F32 &&
                       !(b->now.n_ops > 0);
    const int bits = !whole ? 32 : b->plan->surface[b->now.surface].storage == FLT_U8 ? 8 : 16;
    sb_addf(&st.defines,
            "#undef MEDIAN_R\n#undef MEDIAN_BITS\n#undef MEDIAN_KEY\n#undef MEDIAN_VALUE\n#undef MEDIAN_START\n"
            "#define MEDIAN_R %d\n#define MEDIAN_BITS %d\n#define MEDIAN_KEY(s) %s\n#define MEDIAN_VALUE(k) %s\n"
            "#define MEDIAN_START %s\n",
            r, bits, whole ? "((int)(s))" : "q_key(s)", whole ? "((float)(k))" : "q_unkey(k)",
            whole ? "0" : "((int)0x80000000)");
    return flt_begin_stencil(b, &st);
}

const flt_row flt_row_median = {
    .name = "median",
    .cls = FLT_STENCIL,
    .help = "middle of the sorted samples of the square around each pixel",
    .example = "median 1",
    .tolerance = "E",
    .range = FLT_RANGE_KEEP,
    .radius = radius_param,
    .build = build_median,
    .param = { { .name = "radius",
                 .type = FLT_INT,
                 .unit = FLT_PX,
                 .min = 0,
                 .max = 50,
                 .def = "1",
                 .help = "the square has 2 radius + 1 pixels a side" } },
};

static bool fill_sobel(const flt_fill *f, int32_t *u)
{
    u[0] = flt_bits(flt_num(f->stage, "scale"));
    return true;
}

static int radius_one(const flt_stage *s)
{
    (void)s;
    return 1;
}

static bool build_sobel(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    flt_stencil st = { .kind = FLT_SK_WINDOW,
                       .stage = s,
                       .rx = 1,
                       .ry = 1,
                       .call = "q_sobel",
                       .fragment = "stencil/sobel.cl",
                       .n_uniforms = 1,
                       .fill = fill_sobel,
                       .keeps_alpha = true };
    sb_addf(&st.defines, "#undef OUT_SOBEL\n#define OUT_SOBEL %d\n", (int)flt_num(s, "out"));
    return flt_to_luma(b, s, flt_choice(s, "luma")) && flt_begin_stencil(b, &st);
}

const flt_row flt_row_sobel = {
    .name = "sobel",
    .aliases = "edges",
    .cls = FLT_STENCIL,
    .help = "first derivatives: how steep, or which way",
    .example = "sobel",
    .tolerance = "A",
    .colour = FLT_TO_GRAY,
    .range = FLT_RANGE_UNIT,
    .radius = radius_one,
    .build = build_sobel,
    .param = { { .name = "scale",
                 .type = FLT_NUMBER,
                 .min = -100,
                 .max = 100,
                 .def = "1",
                 .help = "factor on the derivatives" },
               { .name = "out",
                 .type = FLT_CHOICE,
                 .def = "mag",
                 .choices = "mag|x|y|angle",
                 .help = "magnitude; one derivative plus 0.5; or the angle, a turn being 0..1" },
               { .name = "luma",
                 .type = FLT_CHOICE,
                 .def = "709",
                 .choices = FLT_LUMA_CHOICES "|off",
                 .help = "what the derivatives are taken of; off: each channel" } },
};

/* ---- correlation ---- */

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
            return qn_fail(err, QN_USAGE, "size must be two whole numbers, as in 5x3");
        if ((size_t)*w * (size_t)*h != k->n)
            return qn_fail(err, QN_USAGE, "the kernel has %zu numbers, and size=%dx%d needs %d", k->n, *w, *h, *w * *h);
    } else {
        *w = *h = (int)lround(sqrt((double)k->n));
        if ((size_t)*w * (size_t)*h != k->n)
            return qn_fail(err, QN_USAGE, "the kernel has %zu numbers, which is no square: say size=WxH", k->n);
    }
    if (*w % 2 == 0 || *h % 2 == 0)
        return qn_fail(err, QN_USAGE, "the kernel is %dx%d: its sides must be odd", *w, *h);
    if (*w > MAX_SIDE || *h > MAX_SIDE)
        return qn_fail(err, QN_USAGE, "the kernel is %dx%d: its sides may have up to %d", *w, *h, MAX_SIDE);
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
        return qn_fail(err, QN_USAGE, "scale = '%s' is neither a number nor auto", text);
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

static void get_fixed(const flt_stage *s, correlation *c)
{
    static const double four[9] = { 0, 1, 0, 1, -4, 1, 0, 1, 0 }, eight[9] = { 1, 1, 1, 1, -8, 1, 1, 1, 1 };
    static const double diagonal[9] = { -1, 0, 0, 0, 0, 0, 0, 0, 1 };
    const bool laplacian = strcmp(s->row->name, "laplacian") == 0;
    const double *k = !laplacian ? diagonal : flt_num(s, "kind") == 0 ? four : eight;
    c->w = c->h = 3;
    memcpy(c->weight, k, sizeof four);
    c->offset = laplacian ? flt_num(s, "offset") : 0.5;
}

static void get_correlation(const flt_stage *s, correlation *c)
{
    if (strcmp(s->row->name, "convolve") == 0)
        get_convolve(s, c);
    else
        get_fixed(s, c);
}

static bool fill_correlation(const flt_fill *f, int32_t *u)
{
    correlation c;
    get_correlation(f->stage, &c);
    u[0] = flt_bits(c.offset);
    for (int i = 0; i < c.w * c.h; i++)
        u[1 + i] = flt_bits(c.weight[i]);
    return true;
}

static bool begin_correlation(flt_build *b, const flt_stage *s)
{
    correlation c;
    get_correlation(s, &c);
    double sum = 0.0;
    for (int i = 0; i < c.w * c.h; i++)
        sum += c.weight[i];
    /* weights that do not sum to 1 make no sense of alpha: an edge is not a hole */
    flt_stencil st = { .kind = FLT_SK_WINDOW,
                       .stage = s,
                       .rx = c.w / 2,
                       .ry = c.h / 2,
                       .call = "q_convolve",
                       .fragment = "stencil/convolve.cl",
                       .n_uniforms = (unsigned)(c.w * c.h) + 1,
                       .fill = fill_correlation,
                       .homogeneous = c.offset == 0.0,
                       .keeps_alpha = fabs(sum - 1.0) > 1e-9 || c.offset != 0.0 };
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
    .aliases = "laplace",
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
    .aliases = "conv|correlate",
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
                 .help = "factor on the weights; auto: 1 / their sum, or 1" },
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
    return flt_to_luma(b, s, flt_choice(s, "luma")) && begin_correlation(b, s);
}

const flt_row flt_row_emboss = {
    .name = "emboss",
    .cls = FLT_STENCIL,
    .help = "relief: the difference along the diagonal, on gray",
    .example = "emboss",
    .tolerance = "A",
    .range = FLT_RANGE_WIDE,
    .radius = radius_one,
    .build = build_emboss,
    .param = { { .name = "luma",
                 .type = FLT_CHOICE,
                 .def = "off",
                 .choices = "off|" FLT_LUMA_CHOICES,
                 .help = "of which luma; off: each channel" } },
};

/* ---- erode, dilate ---- */

/* Half-width of row dy of the element, -1 where it has none. */
static int element_row(const char *shape, int r, int dy)
{
    const int y = dy < 0 ? -dy : dy;
    if (y > r)
        return -1;
    if (strcmp(shape, "cross") == 0)
        return y == 0 ? r : 0;
    if (strcmp(shape, "disk") == 0)
        return (int)floor(sqrt((double)r * r - (double)y * y) + 1e-9);
    if (strcmp(shape, "diamond") == 0)
        return r - y;
    if (strcmp(shape, "ellipse") == 0)
        return r == 0 ? 0 : (int)rint(r * sqrt(1.0 - (double)y * y / ((double)r * r)));
    return r;
}

static int element_radius(const flt_stage *s)
{
    return (int)(flt_num(s, "radius") * flt_num(s, "iterations"));
}

/* Doing it n times is doing it once with the element added to itself n times: all elements here are symmetric and
 * convex along rows, so a row of the sum is the widest way to reach it. */
static bool fill_element(const flt_fill *f, int32_t *u)
{
    const int r = (int)flt_num(f->stage, "radius"), n = (int)flt_num(f->stage, "iterations"), total = r * n;
    const char *shape = flt_choice(f->stage, "shape");
    for (int dy = -total; dy <= total; dy++)
        u[dy + total] = dy == 0 ? 0 : -1;
    int32_t next[2 * 1024 + 1];
    for (int i = 0; i < n; i++) {
        for (int dy = -total; dy <= total; dy++) {
            next[dy + total] = -1;
            for (int k = -r; k <= r; k++) {
                const int w = element_row(shape, r, k), from = dy - k;
                if (w < 0 || from < -total || from > total || u[from + total] < 0)
                    continue;
                if (u[from + total] + w > next[dy + total])
                    next[dy + total] = u[from + total] + w;
            }
        }
        memcpy(u, next, (2 * (size_t)total + 1) * sizeof *u);
    }
    return true;
}

static bool fill_rect(const flt_fill *f, int32_t *u)
{
    u[0] = element_radius(f->stage);
    int32_t *w = flt_fill_table(f, 2 * (size_t)u[0] + 1, &u[1]);
    return w != NULL; /* no weights are used, but the loop reads them */
}

static bool build_morphology(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    const int r = element_radius(s);
    const bool max = strcmp(s->row->name, "dilate") == 0;
    if (r == 0)
        return true;
    if (strcmp(flt_choice(s, "shape"), "rect") == 0) {
        const flt_stencil st = { .kind = FLT_SK_TAPS,
                                 .stage = s,
                                 .rx = r,
                                 .ry = r,
                                 .combine = max ? "MAX" : "MIN",
                                 .fill = fill_rect,
                                 .homogeneous = true };
        return flt_begin_stencil(b, &st);
    }
    flt_stencil st = { .kind = FLT_SK_WINDOW,
                       .stage = s,
                       .rx = r,
                       .ry = r,
                       .call = "q_element",
                       .fragment = "stencil/element.cl",
                       .n_uniforms = 2 * (unsigned)r + 1,
                       .fill = fill_element,
                       .homogeneous = true };
    sb_addf(&st.defines, "#undef ELEMENT_R\n#undef ELEMENT_MAX\n#define ELEMENT_R %d\n%s", r,
            max ? "#define ELEMENT_MAX\n" : "");
    return flt_begin_stencil(b, &st);
}

static bool check_morphology(const flt_stage *s, qn_error *err)
{
    const double r = flt_num(s, "radius") * flt_num(s, "iterations");
    return r <= 500 ? true : qn_fail(err, QN_USAGE, "radius x iterations = %.0f; up to 500 is allowed", r);
}

#define MORPHOLOGY_PARAMS                                                                                              \
    {                                                                                                                  \
        { .name = "radius",                                                                                            \
          .type = FLT_INT,                                                                                             \
          .unit = FLT_PX,                                                                                              \
          .min = 0,                                                                                                    \
          .max = 500,                                                                                                  \
          .def = "1",                                                                                                  \
          .help = "of the element" },                                                                                  \
            { .name = "shape",                                                                                         \
              .type = FLT_CHOICE,                                                                                      \
              .def = "rect",                                                                                           \
              .choices = "rect|cross|disk|diamond|ellipse",                                                            \
              .help = "of the element; disk: x^2 + y^2 <= r^2" },                                                      \
        {                                                                                                              \
            .name = "iterations", .type = FLT_INT, .min = 1, .max = 100, .def = "1", .help = "how many times"          \
        }                                                                                                              \
    }

const flt_row flt_row_erode = {
    .name = "erode",
    .aliases = "minimum|erosion",
    .cls = FLT_STENCIL,
    .help = "darkest sample under the element",
    .example = "erode 2",
    .tolerance = "E",
    .range = FLT_RANGE_KEEP,
    .radius = element_radius,
    .check = check_morphology,
    .build = build_morphology,
    .param = MORPHOLOGY_PARAMS,
};

const flt_row flt_row_dilate = {
    .name = "dilate",
    .aliases = "maximum|dilation",
    .cls = FLT_STENCIL,
    .help = "lightest sample under the element",
    .example = "dilate 2 shape=disk",
    .tolerance = "E",
    .range = FLT_RANGE_KEEP,
    .radius = element_radius,
    .check = check_morphology,
    .build = build_morphology,
    .param = MORPHOLOGY_PARAMS,
};
