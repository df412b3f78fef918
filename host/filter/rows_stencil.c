/* STENCIL filters: a pixel from its neighbours. */
#include "plan_build.h"
#include "rows.h"

#include <math.h>
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

bool flt_fill_gaussian(const flt_fill *f, int r, double sigma, int32_t *u)
{
    const int padded = flt_tap_radius(r);
    double sum = 0.0;
    for (int i = -r; i <= r; i++)
        sum += exp(-(double)i * i / (2.0 * sigma * sigma));
    u[0] = padded;
    int32_t *w = flt_fill_table(f, 2 * (size_t)padded + 1, &u[1]);
    for (int i = -r; w && i <= r; i++)
        w[i + padded] = flt_bits(exp(-(double)i * i / (2.0 * sigma * sigma)) / sum);
    return w != NULL;
}

static bool fill_gaussian(const flt_fill *f, int32_t *u)
{
    return flt_fill_gaussian(f, gaussian_radius(f->stage), flt_num(f->stage, "sigma"), u);
}

/* The same in fractions of 65536, which they sum to: the middle's, which takes what rounding leaves, then one for both
 * sides each. The bias makes up for half a lost bit of each product. */
static bool fill_gaussian_fixed(const flt_fill *f, int32_t *u)
{
    const int r = gaussian_radius(f->stage);
    const double sigma = flt_num(f->stage, "sigma");
    double sum = 1.0;
    for (int i = 1; i <= r; i++)
        sum += 2.0 * exp(-(double)i * i / (2.0 * sigma * sigma));
    u[0] = r;
    int32_t *w = flt_fill_table(f, (size_t)r + 1, &u[1]);
    int32_t rest = 65536, products = 1;
    for (int i = 1; w && i <= r; i++) {
        w[i] = (int32_t)lrint(2.0 * 65536.0 * exp(-(double)i * i / (2.0 * sigma * sigma)) / sum);
        rest -= w[i];
        products += w[i] > 0;
    }
    if (w)
        w[0] = rest < 65535 ? rest : 65535;
    u[2] = products / 2;
    return w != NULL;
}

static bool begin_gaussian(flt_build *b, const flt_stage *s)
{
    const int r = gaussian_radius(s);
    const flt_stencil st = { .kind = FLT_SK_TAPS,
                             .stage = s,
                             .rx = r,
                             .ry = r,
                             .combine = "SUM",
                             .fill = fill_gaussian,
                             .fill_fixed = fill_gaussian_fixed,
                             .sigma = flt_num(s, "sigma"),
                             .homogeneous = true };
    return flt_begin_stencil(b, &st);
}

static bool build_gaussian(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    return begin_gaussian(b, s);
}

const flt_row flt_row_gaussian = {
    .name = "gaussian",
    .aliases = "gaussian-blur|gaussianblur|gaussblur|gblur|blur",
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
    const int save = flt_save_stencil_input(b, s);
    const flt_op op = { .code = "v = q_unsharp($S, v, $0, $1);",
                        .fragment = "point/unsharp.cl",
                        .words = flt_num(s, "threshold") > 0.0 ? NULL : "q = q_unsharp_words(s, q, $0, FULL);",
                        .stage = s,
                        .n_uniforms = 2,
                        .fill = fill_unsharp,
                        .samplewise = true,
                        .alike = true,
                        .save = save,
                        .surface = -1 };
    return save >= 0 && flt_add(b, &op);
}

static double unsharp_gain(const flt_stage *s)
{
    return flt_num(s, "threshold") > 0.0 ? INFINITY : 1.0 + fabs(flt_num(s, "amount"));
}

const flt_row flt_row_unsharp = {
    .name = "unsharp",
    .aliases = "unsharp-mask|unsharpmask|sharpen",
    .cls = FLT_STENCIL,
    .help = "unsharp mask: adds the difference to a Gaussian blur",
    .example = "unsharp 0.8 amount=0.6",
    .tolerance = "A",
    .range = FLT_RANGE_UNIT,
    .radius = gaussian_radius,
    .gain = unsharp_gain,
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

static bool fill_mean(const flt_fill *f, int32_t *u)
{
    const int r = radius_param(f->stage), padded = flt_tap_radius(r);
    u[0] = padded;
    int32_t *w = flt_fill_table(f, 2 * (size_t)padded + 1, &u[1]);
    for (int i = -r; w && i <= r; i++)
        w[i + padded] = flt_bits(1.0 / (2.0 * r + 1.0));
    return w != NULL;
}

/* A running sum keeps what rounding left of a value that has gone by: the light of a lamp, a thousand times full scale,
 * would leave a trail in a float picture, and one infinite sample a hole. There each mean is a sum of its own. */
static bool build_box(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    const int r = radius_param(s);
    flt_stencil st = { .kind = FLT_SK_BOX, .stage = s, .rx = r, .ry = r, .homogeneous = true };
    if (b->input.format.depth == 32) {
        st.kind = FLT_SK_TAPS;
        st.combine = "SUM";
        st.fill = fill_mean;
    }
    return r == 0 || flt_begin_stencil(b, &st);
}

const flt_row flt_row_box = {
    .name = "box",
    .aliases = "mean|box-blur|boxblur|boxfilter|avgblur",
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
                       .selects = true,
                       .call = "q_median_row",
                       .takes_stored = true,
                       .by_lines = r == 1 ? "skeleton/median_lines.cl" : NULL,
                       .fragment = "stencil/median.cl" };
    /* samples as stored are whole numbers: as many bits as they have; else all bits of a float */
    const bool whole = !b->now.scaled && !b->now.has_stencil && b->plan->surface[b->now.surface].storage != FLT_F32 &&
                       !(b->now.n_ops > 0);
    const int bits = !whole ? 32 : b->plan->surface[b->now.surface].storage == FLT_U8 ? 8 : 16;
    sb_addf(&st.defines,
            "#undef MEDIAN_R\n#undef MEDIAN_BITS\n#undef MEDIAN_KEY\n#undef MEDIAN_VALUE\n#undef MEDIAN_START\n"
            "#undef MEDIAN_TYPE\n#define MEDIAN_TYPE %s\n#define MEDIAN_R %d\n#define MEDIAN_BITS %d\n#define "
            "MEDIAN_KEY(s) %s\n#define MEDIAN_VALUE(k) %s\n"
            "#define MEDIAN_START %s\n",
            !whole      ? "float"
            : bits == 8 ? "uchar"
                        : "ushort",
            r, bits, whole ? "((int)(s))" : "q_key(s)", whole ? "((float)(k))" : "q_unkey(k)",
            whole ? "0" : "((int)0x80000000)");
    return flt_use_fragment(b, "stencil/order_key.cl") && flt_begin_stencil(b, &st);
}

const flt_row flt_row_median = {
    .name = "median",
    .aliases = "median-blur|medianblur|median-filter",
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
