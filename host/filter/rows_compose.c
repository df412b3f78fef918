/* COMPOSE filters: a second picture and alpha. */
#include "compose.h"
#include "rows.h"

/* ---- over, watermark ---- */

static bool build_over(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    const int second = flt_second(b, s, true);
    return second >= 0 && flt_with_second(b, s, second, "v = q_duff(v, $S, 1.0f, 1.0f - $S.a);", "compose/duff.cl");
}

const flt_row flt_row_over = {
    .name = "over",
    .aliases = "overlay|alpha-composite|src-over|paste",
    .cls = FLT_COMPOSE,
    .help = "a second picture over this one (Porter-Duff)",
    .example = "over logo.png at=southeast offset=20,20 opacity=60%",
    .tolerance = "A",
    .range = FLT_RANGE_KEEP,
    .colour = FLT_NEEDS_RGB,
    .build = build_over,
    .param = { FLT_FILE_PARAM, FLT_AT_PARAM("northwest"), FLT_OFFSET_PARAM, FLT_OPACITY_PARAM("1") },
};

const flt_row flt_row_watermark = {
    .name = "watermark",
    .aliases = "logo|watermark-visible",
    .cls = FLT_COMPOSE,
    .help = "a second picture over this one, once in a corner or tiled",
    .example = "watermark logo.png at=southeast margin=24 opacity=40%",
    .tolerance = "A",
    .range = FLT_RANGE_KEEP,
    .colour = FLT_NEEDS_RGB,
    .build = build_over,
    .param = { FLT_FILE_PARAM,
               FLT_AT_PARAM("southeast"),
               { .name = "margin",
                 .type = FLT_INT,
                 .unit = FLT_PX,
                 .min = 0,
                 .max = 100000,
                 .def = "16",
                 .help = "to the edges, and between tiles" },
               FLT_OPACITY_PARAM("0.5"),
               FLT_TILE_PARAM },
};

/* ---- composite ---- */

/* In the order of the operators below. */
#define OPERATORS "over|clear|copy|destination|dst-over|in|dst-in|out|dst-out|atop|dst-atop|xor|plus"

static bool build_composite(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    /* `keeps`: an opaque picture stays opaque */
    static const struct {
        const char *code;
        bool keeps;
    } of[] = {
        { "v = q_duff(v, $S, 1.0f, 1.0f - $S.a);", true },
        { "v = q_duff(v, $S, 0.0f, 0.0f);", false },
        { "v = q_duff(v, $S, 1.0f, 0.0f);", false },
        { "v = q_duff(v, $S, 0.0f, 1.0f);", true },
        { "v = q_duff(v, $S, 1.0f - v.a, 1.0f);", true },
        { "v = q_duff(v, $S, v.a, 0.0f);", false },
        { "v = q_duff(v, $S, 0.0f, $S.a);", false },
        { "v = q_duff(v, $S, 1.0f - v.a, 0.0f);", false },
        { "v = q_duff(v, $S, 0.0f, 1.0f - $S.a);", false },
        { "v = q_duff(v, $S, v.a, 1.0f - $S.a);", true },
        { "v = q_duff(v, $S, 1.0f - v.a, $S.a);", false },
        { "v = q_duff(v, $S, 1.0f - v.a, 1.0f - $S.a);", false },
        { "v = q_plus(v, $S);", true },
    };
    const unsigned op = (unsigned)flt_num(s, "op");
    if (!of[op].keeps && !flt_want_alpha(b))
        return false;
    const int second = flt_second(b, s, true);
    return second >= 0 && flt_with_second(b, s, second, of[op].code, "compose/duff.cl");
}

const flt_row flt_row_composite = {
    .name = "composite",
    .aliases = "compose|porter-duff",
    .cls = FLT_COMPOSE,
    .help = "a second picture by any operator of Porter and Duff; it is transparent where it does not reach",
    .example = "composite shape.png dst-in at=center",
    .tolerance = "A",
    .range = FLT_RANGE_KEEP,
    .colour = FLT_NEEDS_RGB,
    .build = build_composite,
    .param = { FLT_FILE_PARAM,
               { .name = "op",
                 .type = FLT_CHOICE,
                 .def = "over",
                 .choices = OPERATORS,
                 .help = "in, out, atop: the second picture where this one is, is not; dst-: the other way round" },
               FLT_AT_PARAM("northwest"),
               FLT_OFFSET_PARAM,
               FLT_OPACITY_PARAM("1"),
               FLT_TILE_PARAM },
};

/* ---- blend ---- */

/* In the order of the modes below. */
#define MODES                                                                                                          \
    "normal|multiply|screen|overlay|darken|lighten|color-dodge|color-burn|hard-light|soft-light|difference|"           \
    "exclusion|hue|saturation|color|luminosity"

static bool build_blend(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    static const char *const code[] = {
        "v = q_duff(v, $S, 1.0f, 1.0f - $S.a);",
        "v = q_blend_multiply(v, $S);",
        "v = q_blend_screen(v, $S);",
        "v = q_blend_overlay(v, $S);",
        "v = q_blend_darken(v, $S);",
        "v = q_blend_lighten(v, $S);",
        "v = q_blend_color_dodge(v, $S);",
        "v = q_blend_color_burn(v, $S);",
        "v = q_blend_hard_light(v, $S);",
        "v = q_blend_soft_light(v, $S);",
        "v = q_blend_difference(v, $S);",
        "v = q_blend_exclusion(v, $S);",
        "v = q_blend_hue(v, $S);",
        "v = q_blend_saturation(v, $S);",
        "v = q_blend_color(v, $S);",
        "v = q_blend_luminosity(v, $S);",
    };
    const unsigned mode = (unsigned)flt_num(s, "mode");
    const int second = flt_second(b, s, true);
    return second >= 0 && flt_with_second(b, s, second, code[mode], mode == 0 ? "compose/duff.cl" : "compose/blend.cl");
}

const flt_row flt_row_blend = {
    .name = "blend",
    .aliases = "blend-mode",
    .cls = FLT_COMPOSE,
    .help = "a second picture over this one by a blend mode (W3C Compositing Level 1)",
    .example = "blend texture.jpg soft-light tile=1 opacity=60%",
    .tolerance = "A",
    .range = FLT_RANGE_KEEP,
    .colour = FLT_NEEDS_RGB,
    .build = build_blend,
    .param = { FLT_FILE_PARAM,
               { .name = "mode",
                 .type = FLT_CHOICE,
                 .def = "normal",
                 .choices = MODES,
                 .help = "what becomes of two colours on one another" },
               FLT_AT_PARAM("northwest"),
               FLT_OFFSET_PARAM,
               FLT_OPACITY_PARAM("1"),
               FLT_TILE_PARAM },
};

/* ---- set-alpha ---- */

static bool build_set_alpha(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    const bool multiply = flt_num(s, "mode") != 0.0, linear = b->now.linear;
    if (!flt_want(b, false, linear) || !flt_want_alpha(b))
        return false;
    const int second = flt_second(b, s, false);
    if (second < 0 ||
        !flt_with_second(b, s, second, multiply ? "v.a *= q_mask($S);" : "v.a = q_mask($S);", "compose/second.cl"))
        return false;
    b->now.premultiplied = false; /* without alpha until now, it was in either form */
    return flt_want(b, true, linear);
}

const flt_row flt_row_set_alpha = {
    .name = "set-alpha",
    .aliases = "copy-opacity|putalpha|alphamerge",
    .cls = FLT_COMPOSE,
    .help = "the luma of a second picture becomes the alpha; where it does not reach, that is 0",
    .example = "set-alpha shape.png",
    .tolerance = "A",
    .range = FLT_RANGE_KEEP,
    .colour = FLT_WITH_ALPHA,
    .build = build_set_alpha,
    .param = { { .name = "file",
                 .type = FLT_FILE,
                 .help = "PNG, JPEG, PNM or PFM; its own alpha counts, and it keeps its size" },
               { .name = "mode",
                 .type = FLT_CHOICE,
                 .def = "replace",
                 .choices = "replace|multiply",
                 .help = "take the place of the alpha that is there, or multiply it" },
               FLT_AT_PARAM("northwest"),
               FLT_OFFSET_PARAM,
               FLT_TILE_PARAM },
};
