/* REDUCE filters: the whole picture decides. */
#include "plan_build.h"
#include "rows.h"

/* Histograms have a bin for each level of the picture's depth. */
static unsigned bins_of(const flt_build *b)
{
    return b->input.format.depth == 8 ? 256 : 65536;
}

/* The level of a pixel's gray or luma, or of each of its channels. */
static const char *level_code(const flt_build *b, unsigned bins, bool each)
{
#define LEVEL(v, max) "q_round(" v " * " max ", " max ")"
#define LEVELS(max)                                                                                                    \
    {                                                                                                                  \
        LEVEL("v.r", max), LEVEL("q_luma709(v)", max), LEVEL("(c == 0 ? v.r : c == 1 ? v.g : v.b)", max)               \
    }
    static const char *const code[2][3] = { LEVELS("255.0f"), LEVELS("65535.0f") };
#undef LEVELS
#undef LEVEL
    const bool gray = flt_colours(b->now.channels) == 1;
    return code[bins > 256][gray ? 0 : each ? 2 : 1];
}

bool flt_fill_top(const flt_fill *f, int32_t *u)
{
    u[0] = flt_bits(f->full_scale == 255.0 ? 255.0 : 65535.0);
    return true;
}

/* ---- stretch ---- */

static bool fill_cuts(const flt_fill *f, int32_t *u)
{
    u[0] = flt_bits(flt_num(f->stage, "black"));
    u[1] = flt_bits(flt_num(f->stage, "white"));
    return true;
}

static bool build_stretch(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    int table;
    const bool all = flt_chosen(s, "mode", "all");
    if (!flt_add_reduction(b, s, "reduce/stretch.cl", 65536, all ? flt_colours(b->now.channels) : 1,
                           level_code(b, 65536, all), 2, &table, fill_cuts, 2))
        return false;
    const flt_op op = { .code = "v = q_stretch(v, $T);",
                        .fragment = "point/lut.cl",
                        .stage = s,
                        .save = -1,
                        .surface = table,
                        .samplewise = true };
    return flt_add(b, &op);
}

static bool check_stretch(const flt_stage *s, qn_error *err)
{
    return flt_num(s, "black") + flt_num(s, "white") < 1.0
               ? true
               : flt_blame(err, s, "white|black", "black + white must stay below 100%%");
}

const flt_row flt_row_stretch = {
    .name = "stretch",
    .aliases = "contrast-stretch|stretch-contrast|normalize|normalise|auto-level",
    .cls = FLT_REDUCE,
    .help = "one linear range for all channels, so that the darkest and lightest luma or sample become 0 and 1",
    .example = "stretch 0.5% 0.5%",
    .tolerance = "A",
    .range = FLT_RANGE_WIDE,
    .counted = FLT_COUNTED_INSIDE,
    .check = check_stretch,
    .build = build_stretch,
    .param = { { .name = "black",
                 .type = FLT_NUMBER,
                 .unit = FLT_PERCENT,
                 .min = 0,
                 .max = 1,
                 .def = "0",
                 .help = "share of what is counted that becomes black" },
               { .name = "white",
                 .type = FLT_NUMBER,
                 .unit = FLT_PERCENT,
                 .min = 0,
                 .max = 1,
                 .def = "0",
                 .help = "share of what is counted that becomes white" },
               { .name = "mode",
                 .type = FLT_CHOICE,
                 .def = "luma",
                 .choices = "luma|all",
                 .help =
                     "what is counted; luma: the luma of each pixel, as contrast-stretch does; all: the samples of all "
                     "channels, as auto-level does" } },
};

/* ---- equalize ---- */

static bool build_equalize(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    const unsigned bins = bins_of(b);
    const bool gray = flt_colours(b->now.channels) == 1, each = flt_chosen(s, "mode", "each");
    const unsigned channels = each && !gray ? 3 : 1;
    int table;
    if (!flt_use_fragment(b, "reduce/significand.cl") ||
        !flt_add_reduction(b, s, "reduce/equalize.cl", bins, channels, level_code(b, bins, each), bins * channels,
                           &table, NULL, 0))
        return false;
    const flt_op op = { .code = gray   ? "v.r = $T[q_round(v.r * $0, $0)]; v.g = v.r; v.b = v.r;"
                                : each ? "v = q_lut_each(v, $T, $0);"
                                       : "v = q_lut_luma(v, q_luma709(v), $T, $0);",
                        .fragment = "point/lut.cl",
                        .stage = s,
                        .save = -1,
                        .surface = table,
                        .samplewise = gray || each,
                        .n_uniforms = 1,
                        .fill = flt_fill_top };
    return flt_add(b, &op);
}

const flt_row flt_row_equalize = {
    .name = "equalize",
    .aliases = "equalise|equalize-hist|equalizehist|histeq|hist-equal",
    .cls = FLT_REDUCE,
    .help = "a flat histogram",
    .example = "equalize",
    .tolerance = "E",
    .range = FLT_RANGE_WIDE,
    .counted = FLT_COUNTED_INSIDE,
    .build = build_equalize,
    .param = { { .name = "mode",
                 .type = FLT_CHOICE,
                 .def = "luma",
                 .choices = "luma|each",
                 .help = "luma: every channel gains what the luma gains; each: channel by channel" } },
};

/* ---- otsu ---- */

/* Bins for a level, and the highest level. */
static bool fill_otsu(const flt_fill *f, int32_t *u)
{
    u[0] = flt_bits(f->full_scale == 255.0 ? 1.0 : 1.0 / 256.0);
    return flt_fill_top(f, u + 1);
}

static bool build_otsu(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    const bool deep = b->input.format.depth != 8;
    int table;
    if (!flt_to_chosen_luma(b, s) ||
        !flt_add_reduction(b, s, "reduce/otsu.cl", 256, 1,
                           deep ? "(q_round(v.r * 65535.0f, 65535.0f) >> 8)" : "q_round(v.r * 255.0f, 255.0f)", 1,
                           &table, NULL, 0))
        return false;
    const flt_op op = { .code = "v = q_above_bin(v, $T, $0, $1); v.g = v.r; v.b = v.r;",
                        .fragment = "point/lut.cl",
                        .stage = s,
                        .save = -1,
                        .surface = table,
                        .n_uniforms = 2,
                        .fill = fill_otsu };
    return flt_add(b, &op);
}

const flt_row flt_row_otsu = {
    .name = "otsu",
    .aliases = "threshold-otsu",
    .cls = FLT_REDUCE,
    .help = "black and white at the threshold that parts the histogram best",
    .example = "otsu",
    .tolerance = "E",
    .colour = FLT_TO_GRAY,
    .range = FLT_RANGE_UNIT,
    .counted = FLT_COUNTED_INSIDE,
    .build = build_otsu,
    .param = { { .name = "luma",
                 .type = FLT_CHOICE,
                 .def = "709",
                 .choices = FLT_LUMA_CHOICES,
                 .help = "weights of the luma: Rec. 709, Rec. 601, or 709 in linear light" } },
};
