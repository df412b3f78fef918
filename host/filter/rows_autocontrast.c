/* autocontrast: a REDUCE filter with a range for each channel. */
#include "plan_build.h"
#include "rows.h"

#include <math.h>

/* Shares of the pixels count in units of 1e-8, so that the device multiplies whole numbers. */
static bool fill_cut(const flt_fill *f, int32_t *u)
{
    u[0] = (int32_t)rint(flt_num(f->stage, "cut") * 1e8);
    u[1] = (int32_t)flt_num(f->stage, "mode");
    return true;
}

static bool build_autocontrast(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    const bool deep = b->input.format.depth != 8, pil = flt_num(s, "mode") != 0.0;
    const bool gray = flt_colours(b->now.channels) == 1;
    const unsigned bins = deep ? 65536 : 256, channels = gray ? 1 : 3;
    const char *bin = gray   ? (deep ? "q_round(v.r * 65535.0f, 65535.0f)" : "q_round(v.r * 255.0f, 255.0f)")
                      : deep ? "q_round((c == 0 ? v.r : c == 1 ? v.g : v.b) * 65535.0f, 65535.0f)"
                             : "q_round((c == 0 ? v.r : c == 1 ? v.g : v.b) * 255.0f, 255.0f)";
    int table;
    if (!flt_use_fragment(b, "reduce/significand.cl") || !flt_use_fragment(b, "reduce/as_double.cl") ||
        !flt_add_reduction(b, s, "reduce/autocontrast.cl", bins, channels, bin, pil ? bins * channels : 2 * channels,
                           &table, fill_cut, 2))
        return false;
    const flt_op op = { .code = pil    ? (gray ? "v.r = $T[q_round(v.r * $0, $0)]; v.g = v.r; v.b = v.r;"
                                               : "v = q_lut_each(v, $T, $0);")
                                : gray ? "v = q_stretch(v, $T);"
                                       : "v = q_stretch_each(v, $T);",
                        .fragment = "point/lut.cl",
                        .stage = s,
                        .save = -1,
                        .surface = table,
                        .n_uniforms = pil ? 1 : 0,
                        .fill = flt_fill_top };
    return flt_add(b, &op);
}

const flt_row flt_row_autocontrast = {
    .name = "autocontrast",
    .aliases = "auto-contrast",
    .cls = FLT_REDUCE,
    .help = "the darkest and lightest level of each channel become 0 and 1",
    .example = "autocontrast 1%",
    .tolerance = "A",
    .range = FLT_RANGE_WIDE,
    .counted = FLT_COUNTED_INSIDE,
    .build = build_autocontrast,
    .param = { { .name = "cut",
                 .type = FLT_NUMBER,
                 .unit = FLT_PERCENT,
                 .min = 0,
                 .max = 0.5,
                 .def = "0",
                 .help = "share of the pixels that is left out at each end" },
               { .name = "mode",
                 .type = FLT_CHOICE,
                 .def = "exact",
                 .choices = "exact|pil",
                 .help = "pil: whole levels, cut off as Pillow's ImageOps.autocontrast does" } },
};
