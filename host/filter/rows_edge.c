/* Edges: first derivatives, and Canny's. */
#include "plan_build.h"
#include "rows.h"

#include <math.h>
#include <stdio.h>

/* Weights across the direction of the derivative, [side middle side]; NULL: Roberts' cross, which has none. */
static const char *weights_of(const flt_row *row)
{
    if (row == &flt_row_sobel)
        return "#define DERIVATIVE_SIDE 1.0f\n#define DERIVATIVE_MIDDLE 2.0f\n";
    if (row == &flt_row_scharr)
        return "#define DERIVATIVE_SIDE 3.0f\n#define DERIVATIVE_MIDDLE 10.0f\n";
    if (row == &flt_row_prewitt)
        return "#define DERIVATIVE_SIDE 1.0f\n#define DERIVATIVE_MIDDLE 1.0f\n";
    return "";
}

static bool fill_scale(const flt_fill *f, int32_t *u)
{
    u[0] = flt_bits(flt_num(f->stage, "scale"));
    return true;
}

static int radius_one(const flt_stage *s)
{
    (void)s;
    return 1;
}

/* Begins a stencil of 3x3 pixels of the luma, alpha kept: .call, .fragment and .defines are given;
 * the last is taken over.
 * It takes samples as they are stored, where they are: differences of whole numbers are exact, and where a result lies
 * in the middle of two levels, as each does with 0.5 added, it is rounded as it should. */
static bool begin_differences(flt_build *b, const flt_stage *s, flt_stencil *st)
{
    if (!flt_to_chosen_luma(b, s) || !flt_want(b, true, b->now.linear)) {
        sb_free(&st->defines);
        return false;
    }
    st->kind = FLT_SK_WINDOW;
    st->stage = s;
    st->rx = st->ry = 1;
    st->n_uniforms = 1;
    st->fill = fill_scale;
    st->keeps_alpha = true;
    st->homogeneous = !b->now.has_stencil && b->now.n_ops == 0;
    sb_addf(&st->defines, "#undef FULL_SCALE\n#define FULL_SCALE %.1ff\n", st->homogeneous ? flt_value_max(b) : 1.0);
    return flt_begin_stencil(b, st);
}

static bool build_derivative(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    flt_stencil st = { .call = "q_derivative", .fragment = "stencil/derivative.cl" };
    sb_addf(&st.defines, "#undef DERIVATIVE_OUT\n#undef DERIVATIVE_SIDE\n#undef DERIVATIVE_MIDDLE\n%s",
            weights_of(s->row));
    sb_addf(&st.defines, "#define DERIVATIVE_OUT %d\n", (int)flt_num(s, "out"));
    return begin_differences(b, s, &st);
}

/* What rows of differences have in common. */
#define DIFFERENCES(how)                                                                                               \
    .cls = FLT_STENCIL, .tolerance = "A", .colour = FLT_TO_GRAY, .range = FLT_RANGE_UNIT, .radius = radius_one,        \
    .build = how

#define SCALE_PARAM(what)                                                                                              \
    {                                                                                                                  \
        .name = "scale", .type = FLT_NUMBER, .min = -100, .max = 100, .def = "1", .help = what                         \
    }

#define LUMA_PARAM(what)                                                                                               \
    {                                                                                                                  \
        .name = "luma", .type = FLT_CHOICE, .def = "709", .choices = FLT_LUMA_CHOICES "|off",                          \
        .help = what "; off: each channel"                                                                             \
    }

#define DERIVATIVE_PARAMS                                                                                              \
    {                                                                                                                  \
        SCALE_PARAM("factor on the derivatives"),                                                                      \
            { .name = "out",                                                                                           \
              .type = FLT_CHOICE,                                                                                      \
              .def = "mag",                                                                                            \
              .choices = "mag|x|y|angle",                                                                              \
              .help = "magnitude; one derivative plus 0.5; or the angle, a turn being 0..1" },                         \
            LUMA_PARAM("what the derivatives are taken of")                                                            \
    }

const flt_row flt_row_sobel = {
    .name = "sobel",
    .aliases = "edge-sobel",
    .help = "first derivatives: how steep, or which way",
    .example = "sobel",
    DIFFERENCES(build_derivative),
    .param = DERIVATIVE_PARAMS,
};

const flt_row flt_row_scharr = {
    .name = "scharr",
    .help = "first derivatives with the weights 3 10 3, the same in all directions",
    .example = "scharr 0.25",
    DIFFERENCES(build_derivative),
    .param = DERIVATIVE_PARAMS,
};

const flt_row flt_row_prewitt = {
    .name = "prewitt",
    .help = "first derivatives with the weights 1 1 1",
    .example = "prewitt",
    DIFFERENCES(build_derivative),
    .param = DERIVATIVE_PARAMS,
};

const flt_row flt_row_roberts = {
    .name = "roberts",
    .help = "differences along the two diagonals of 2x2 pixels",
    .example = "roberts 2",
    DIFFERENCES(build_derivative),
    .param = DERIVATIVE_PARAMS,
};

/* ---- Kirsch's compass ---- */

static bool build_kirsch(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    flt_stencil st = { .call = "q_kirsch", .fragment = "stencil/kirsch.cl" };
    return begin_differences(b, s, &st);
}

const flt_row flt_row_kirsch = {
    .name = "kirsch",
    .help = "the steepest of eight directions: 5 for three neighbours in a row, -3 for the other five",
    .example = "kirsch 0.2",
    DIFFERENCES(build_kirsch),
    .param = { SCALE_PARAM("factor on the result, which is never below 0"),
               LUMA_PARAM("what the differences are taken of") },
};

/* ---- canny ---- */

/* Levels of 255; a threshold that was written as N/255 is N. */
static double threshold_of(const flt_stage *s, const char *name)
{
    const double levels = 255.0 * flt_num(s, name), whole = rint(levels);
    return fabs(levels - whole) < 1e-6 ? whole : levels;
}

static bool fill_canny(const flt_fill *f, int32_t *u)
{
    static const char *const name[] = { "low", "high" };
    const bool squares = flt_num(f->stage, "norm") == 0.0;
    if (((uint64_t)f->in.w + 64) * f->in.h > UINT32_MAX - 2) /* nodes are numbered with 32 bits, rows are padded */
        return qn_fail(f->err, QN_LIMIT, "canny: %ux%u pixels are too many to be numbered", f->in.w, f->in.h);
    for (int i = 0; i < 2; i++) {
        const double t = threshold_of(f->stage, name[i]);
        u[i] = (int32_t)floor(squares ? t * t : t);
    }
    u[2] = 1; /* a column */
    return true;
}

static int radius_two(const flt_stage *s)
{
    (void)s;
    return 2;
}

static bool build_canny(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    const bool alpha = flt_has_alpha(b->now.channels), of_alpha = alpha && s->channels == FLT_CH_A;
    char defines[256];
    snprintf(defines, sizeof defines,
             "#undef MAGNITUDE\n#undef PICK\n#define PICK(v) (v).%s\n#define MAGNITUDE(x, y) %s\n",
             of_alpha ? "a" : "r", flt_num(s, "norm") == 0.0 ? "((x) * (x) + (y) * (y))" : "(int)(abs(x) + abs(y))");
    const flt_classes classes = { .stage = s,
                                  .skeleton = "skeleton/canny.cl",
                                  .defines = defines,
                                  .radius = 2,
                                  .n_uniforms = 3,
                                  .fill = fill_canny };
    if (!flt_to_chosen_luma(b, s) || !flt_want(b, true, b->now.linear) || !flt_to_levels(b, s, 255.0) ||
        !flt_add_connected(b, &classes))
        return false;
    if (alpha)
        b->now.channels = 2;
    b->keeps_alpha = true;
    return !of_alpha || flt_add_code(b, s, "v.a = v.r;", NULL);
}

static bool check_canny(const flt_stage *s, qn_error *err)
{
    return flt_num(s, "low") <= flt_num(s, "high")
               ? true
               : flt_blame(err, s, "low|high", "low = %g is above high = %g", flt_num(s, "low"), flt_num(s, "high"));
}

const flt_row flt_row_canny = {
    .name = "canny",
    .aliases = "edgedetect|edges",
    .cls = FLT_STENCIL,
    .help = "thin edges: steeper than high, or than low and connected to such",
    .example = "canny 20% 40%",
    .tolerance = "E",
    .colour = FLT_TO_GRAY,
    .range = FLT_RANGE_UNIT,
    .composed = flt_always_composed,
    .radius = radius_two,
    .check = check_canny,
    .build = build_canny,
    .param = { { .name = "low",
                 .type = FLT_NUMBER,
                 .unit = FLT_TONE,
                 .min = 0,
                 .max = 8,
                 .def = "20%",
                 .help = "what is less steep is no edge; Sobel's derivatives reach 4 times full scale" },
               { .name = "high",
                 .type = FLT_NUMBER,
                 .unit = FLT_TONE,
                 .min = 0,
                 .max = 8,
                 .def = "40%",
                 .help = "what is steeper is one, and what is connected to it above low" },
               { .name = "norm",
                 .type = FLT_CHOICE,
                 .def = "l2",
                 .choices = "l2|l1",
                 .help = "how the two derivatives add up: root of squares, or sum" },
               { .name = "luma",
                 .type = FLT_CHOICE,
                 .def = "709",
                 .choices = FLT_LUMA_CHOICES,
                 .help = "weights of the luma, which is rounded to 256 levels" } },
};
