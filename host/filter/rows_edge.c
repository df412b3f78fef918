/* Edges: first derivatives. */
#include "plan_build.h"
#include "rows.h"

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

static bool fill_derivative(const flt_fill *f, int32_t *u)
{
    u[0] = flt_bits(flt_num(f->stage, "scale"));
    return true;
}

static int radius_one(const flt_stage *s)
{
    (void)s;
    return 1;
}

static bool build_derivative(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    flt_stencil st = { .kind = FLT_SK_WINDOW,
                       .stage = s,
                       .rx = 1,
                       .ry = 1,
                       .call = "q_derivative",
                       .fragment = "stencil/derivative.cl",
                       .n_uniforms = 1,
                       .fill = fill_derivative,
                       .keeps_alpha = true };
    sb_addf(&st.defines, "#undef DERIVATIVE_OUT\n#undef DERIVATIVE_SIDE\n#undef DERIVATIVE_MIDDLE\n%s",
            weights_of(s->row));
    sb_addf(&st.defines, "#define DERIVATIVE_OUT %d\n", (int)flt_num(s, "out"));
    return flt_to_luma(b, s, flt_choice(s, "luma")) && flt_want(b, true, b->now.linear) && flt_begin_stencil(b, &st);
}

#define DERIVATIVE_PARAMS                                                                                              \
    {                                                                                                                  \
        { .name = "scale",                                                                                             \
          .type = FLT_NUMBER,                                                                                          \
          .min = -100,                                                                                                 \
          .max = 100,                                                                                                  \
          .def = "1",                                                                                                  \
          .help = "factor on the derivatives" },                                                                       \
            { .name = "out",                                                                                           \
              .type = FLT_CHOICE,                                                                                      \
              .def = "mag",                                                                                            \
              .choices = "mag|x|y|angle",                                                                              \
              .help = "magnitude; one derivative plus 0.5; or the angle, a turn being 0..1" },                         \
        {                                                                                                              \
            .name = "luma", .type = FLT_CHOICE, .def = "709", .choices = FLT_LUMA_CHOICES "|off",                      \
            .help = "what the derivatives are taken of; off: each channel"                                             \
        }                                                                                                              \
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
    .build = build_derivative,
    .param = DERIVATIVE_PARAMS,
};

const flt_row flt_row_scharr = {
    .name = "scharr",
    .cls = FLT_STENCIL,
    .help = "first derivatives with the weights 3 10 3, the same in all directions",
    .example = "scharr 0.25",
    .tolerance = "A",
    .colour = FLT_TO_GRAY,
    .range = FLT_RANGE_UNIT,
    .radius = radius_one,
    .build = build_derivative,
    .param = DERIVATIVE_PARAMS,
};

const flt_row flt_row_prewitt = {
    .name = "prewitt",
    .cls = FLT_STENCIL,
    .help = "first derivatives with the weights 1 1 1",
    .example = "prewitt",
    .tolerance = "A",
    .colour = FLT_TO_GRAY,
    .range = FLT_RANGE_UNIT,
    .radius = radius_one,
    .build = build_derivative,
    .param = DERIVATIVE_PARAMS,
};

const flt_row flt_row_roberts = {
    .name = "roberts",
    .cls = FLT_STENCIL,
    .help = "differences along the two diagonals of 2x2 pixels",
    .example = "roberts 2",
    .tolerance = "A",
    .colour = FLT_TO_GRAY,
    .range = FLT_RANGE_UNIT,
    .radius = radius_one,
    .build = build_derivative,
    .param = DERIVATIVE_PARAMS,
};
