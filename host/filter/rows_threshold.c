/* Black and white by what stands around a pixel. */
#include "plan_build.h"
#include "rows.h"

#include <math.h>

static int radius_of(const flt_stage *s)
{
    return (int)flt_num(s, "radius");
}

/* The Gaussian that reaches as far as the square does: cut at the radius, whatever its weights are there. */
static bool fill_weights(const flt_fill *f, int32_t *u)
{
    const int r = radius_of(f->stage);
    return flt_fill_gaussian(f, r, 0.3 * (r - 1) + 0.8, u);
}

static void fill_offset(const flt_fill *f, int32_t *u, double max)
{
    u[0] = flt_bits(max);
    u[1] = (int32_t)ceil(flt_num(f->stage, "offset") * max - 1e-6); /* 2/255 of 255 levels are 2 */
}

static bool fill_offset_8(const flt_fill *f, int32_t *u)
{
    fill_offset(f, u, 255.0);
    return true;
}

static bool fill_offset_16(const flt_fill *f, int32_t *u)
{
    fill_offset(f, u, 65535.0);
    return true;
}

static bool build_adaptive(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    const bool deep = b->input.format.depth != 8, gaussian = flt_num(s, "method") == 1.0;
    const int r = radius_of(s);
    const flt_stencil st = { .kind = gaussian ? FLT_SK_TAPS : FLT_SK_BOX,
                             .stage = s,
                             .rx = r,
                             .ry = r,
                             .combine = "SUM",
                             .fill = gaussian ? fill_weights : NULL,
                             .homogeneous = true,
                             .keeps_alpha = true,
                             .whole_mean = !gaussian };
    /* unless the stage's input is asked for later, or a colour lies outside, whose luma is this one's too */
    const bool twice =
        b->now.channels == 3 && !flt_stage_selects(s) && s->border != FLT_CONSTANT && b->options->device == FLT_DEV_CPU;
    if (!flt_to_chosen_luma(b, s) || !flt_want(b, true, b->now.linear) ||
        !flt_to_levels(b, s, deep ? 65535.0 : 255.0) ||
        (twice && !flt_materialise(b, "the luma is needed by the rows and by the columns")) ||
        !flt_begin_stencil(b, &st))
        return false;
    const int save = flt_save_stencil_input(b, s);
    const flt_op op = { .code = s->channels == FLT_CH_A ? "v.a = q_above_average($S.a, v.a, $0, %1);"
                                                        : "v = q_local_threshold($S, v, $0, %1);",
                        .fragment = "point/local_threshold.cl",
                        .stage = s,
                        .n_uniforms = 2,
                        .fill = deep ? fill_offset_16 : fill_offset_8,
                        .save = save,
                        .surface = -1 };
    return save >= 0 && flt_add(b, &op);
}

const flt_row flt_row_adaptive_threshold = {
    .name = "adaptive-threshold",
    .aliases = "adaptive|adaptivethreshold|local-threshold|lat",
    .cls = FLT_STENCIL,
    .help = "white where a pixel is lighter than its neighbourhood on average, less an offset",
    .example = "adaptive-threshold 7 offset=2/255",
    .tolerance = "E",
    .colour = FLT_TO_GRAY,
    .range = FLT_RANGE_UNIT,
    .radius = radius_of,
    .build = build_adaptive,
    .param = { { .name = "radius",
                 .type = FLT_INT,
                 .unit = FLT_PX,
                 .min = 1,
                 .max = 127,
                 .def = "7",
                 .help = "the square has 2 radius + 1 pixels a side" },
               { .name = "offset",
                 .type = FLT_NUMBER,
                 .unit = FLT_TONE,
                 .min = -1,
                 .max = 1,
                 .def = "2/255",
                 .help = "what the average is lowered by, in levels rounded up" },
               { .name = "method",
                 .type = FLT_CHOICE,
                 .def = "mean",
                 .choices = "mean|gaussian",
                 .help = "average: of the square; or weighted, sigma = 0.3 (radius - 1) + 0.8" },
               { .name = "luma",
                 .type = FLT_CHOICE,
                 .def = "709",
                 .choices = FLT_LUMA_CHOICES,
                 .help = "weights of the luma: Rec. 709, Rec. 601, or 709 in linear light" } },
};
