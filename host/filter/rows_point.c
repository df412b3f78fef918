/* POINT filters: a pixel from a pixel. */
#include "affine.h"
#include "rows.h"

#include <math.h>

/* A tone curve. */
static bool add_curve(flt_build *b, const flt_stage *s, const char *code, unsigned n, flt_filler fill, bool heavy)
{
    const flt_op op = { .code = code,
                        .fragment = "point/tone.cl",
                        .stage = s,
                        .n_uniforms = n,
                        .fill = fill,
                        .save = -1,
                        .surface = -1,
                        .samplewise = true,
                        .alike = true,
                        .heavy = heavy };
    return flt_add(b, &op);
}

/* The same, of one that is a colour matrix too: it goes into the one before it, and takes mix= into it. */
static bool add_affine_curve(flt_build *b, const flt_stage *s, const char *code, unsigned n, flt_filler fill)
{
    const flt_op op = { .code = code,
                        .fragment = "point/tone.cl",
                        .stage = s,
                        .n_affine = 1,
                        .n_uniforms = n,
                        .fill = fill,
                        .save = -1,
                        .surface = -1,
                        .samplewise = true,
                        .alike = true };
    if (flt_colours(b->now.channels) == 3 && (flt_stage_only_mixes(s) || flt_follows_matrix(b, s)))
        return flt_build_affine(b, s, b->err);
    return flt_add(b, &op);
}

/* A matrix of R, G and B that adds nothing. */
static void set_matrix(const double m[9], double out[12])
{
    for (int i = 0; i < 12; i++)
        out[i] = i % 4 == 3 ? 0.0 : m[i / 4 * 3 + i % 4];
}

#define LUMA_PARAM(standard, allowed)                                                                                  \
    {                                                                                                                  \
        .name = "luma", .type = FLT_CHOICE, .def = standard, .choices = allowed,                                       \
        .help = "weights of the luma: Rec. 709, Rec. 601, or 709 in linear light"                                      \
    }

/* ---- gray ---- */

static bool build_gray(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    return flt_to_chosen_luma(b, s);
}

static double gray_gain(const flt_stage *s)
{
    return flt_chosen(s, "luma", "linear") ? INFINITY : 1.0;
}

const flt_row flt_row_gray = {
    .name = "gray",
    .aliases = "grey|grayscale|greyscale|to-gray|monochrome|luminance|desaturate",
    .cls = FLT_POINT,
    .help = "luma, as a picture with one colour channel",
    .example = "gray luma=601",
    .tolerance = "A",
    .colour = FLT_TO_GRAY,
    .range = FLT_RANGE_KEEP,
    .gain = gray_gain,
    .build = build_gray,
    .param = { LUMA_PARAM("709", FLT_LUMA_CHOICES) },
};

/* ---- invert ---- */

static bool build_invert(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    return add_affine_curve(b, s, "v = q_invert(v);", 0, NULL);
}

static void invert_matrix(const flt_stage *s, double m[12])
{
    (void)s;
    for (int i = 0; i < 12; i++)
        m[i] = i % 4 == 3 ? 1.0 : i % 5 == 0 ? -1.0 : 0.0;
}

const flt_row flt_row_invert = {
    .name = "invert",
    .aliases = "negate|negative|bitwise-not|invert-gamma",
    .cls = FLT_POINT,
    .help = "the negative: 1 - v",
    .example = "invert",
    .tolerance = "E",
    .range = FLT_RANGE_KEEP,
    .affine = invert_matrix,
    .build = build_invert,
};

/* ---- brightness-contrast ---- */

static bool fill_bc(const flt_fill *f, int32_t *u)
{
    const double c = flt_num(f->stage, "contrast");
    u[0] = flt_bits(c);
    u[1] = flt_bits(0.5 - 0.5 * c + flt_num(f->stage, "brightness"));
    return true;
}

static bool build_bc(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    return add_affine_curve(b, s, "v = q_linear_tone(v, $0, $1);", 2, fill_bc);
}

static void bc_matrix(const flt_stage *s, double m[12])
{
    const double c = flt_num(s, "contrast"), added = 0.5 - 0.5 * c + flt_num(s, "brightness");
    for (int i = 0; i < 12; i++)
        m[i] = i % 4 == 3 ? added : i % 5 == 0 ? c : 0.0;
}

const flt_row flt_row_brightness_contrast = {
    .name = "brightness-contrast",
    .aliases = "bc",
    .cls = FLT_POINT,
    .help = "(v - 0.5) * contrast + 0.5 + brightness",
    .example = "brightness-contrast 5% 1.2",
    .tolerance = "A",
    .range = FLT_RANGE_WIDE,
    .affine = bc_matrix,
    .build = build_bc,
    .param = { { .name = "brightness",
                 .type = FLT_NUMBER,
                 .unit = FLT_TONE,
                 .min = -1,
                 .max = 1,
                 .def = "0",
                 .help = "added; 0 changes nothing" },
               { .name = "contrast",
                 .type = FLT_NUMBER,
                 .unit = FLT_PERCENT,
                 .min = 0,
                 .max = 100,
                 .def = "1",
                 .help = "factor around middle gray; 1 changes nothing" } },
};

/* ---- gamma ---- */

static bool fill_gamma(const flt_fill *f, int32_t *u)
{
    u[0] = flt_bits(1.0 / flt_num(f->stage, "g"));
    return true;
}

static bool build_gamma(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    return add_curve(b, s, "v = q_gamma(v, $0);", 1, fill_gamma, true);
}

const flt_row flt_row_gamma = {
    .name = "gamma",
    .aliases = "gamma-correction|gammacorrection|adjust-gamma|apply-gamma",
    .cls = FLT_POINT,
    .help = "v ^ (1 / g): above 1 lightens the middle tones",
    .example = "gamma 1.4",
    .tolerance = "A",
    .range = FLT_RANGE_KEEP,
    .build = build_gamma,
    .param = { { .name = "g", .type = FLT_NUMBER, .min = 0.01, .max = 100, .help = "the exponent's inverse" } },
};

/* ---- levels ---- */

static bool fill_levels(const flt_fill *f, int32_t *u)
{
    const double black = flt_num(f->stage, "black"), white = flt_num(f->stage, "white");
    const double out_black = flt_num(f->stage, "out-black"), out_white = flt_num(f->stage, "out-white");
    u[0] = flt_bits(1.0 / (white - black));
    u[1] = flt_bits(-black / (white - black));
    u[2] = flt_bits(out_white - out_black);
    u[3] = flt_bits(out_black);
    u[4] = flt_bits(1.0 / flt_num(f->stage, "gamma"));
    return true;
}

static bool build_levels(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    const bool bent = flt_num(s, "gamma") != 1.0;
    return add_curve(b, s,
                     bent ? "v = q_linear_tone(q_gamma(q_clamp_unit(q_linear_tone(v, $0, $1)), $4), $2, $3);"
                          : "v = q_linear_tone(q_clamp_unit(q_linear_tone(v, $0, $1)), $2, $3);",
                     5, fill_levels, bent);
}

static bool check_levels(const flt_stage *s, qn_error *err)
{
    if (flt_num(s, "white") != flt_num(s, "black"))
        return true;
    return flt_blame(err, s, "white|black", "black and white are the same level");
}

static double levels_gain(const flt_stage *s)
{
    const double in = flt_num(s, "white") - flt_num(s, "black");
    const double out = flt_num(s, "out-white") - flt_num(s, "out-black");
    return flt_num(s, "gamma") == 1.0 ? fabs(out / in) : INFINITY;
}

const flt_row flt_row_levels = {
    .name = "levels",
    .aliases = "level|colorlevels",
    .cls = FLT_POINT,
    .help = "black and white points, gamma, and the range they are mapped to",
    .example = "levels 2% 98% gamma=1.1",
    .tolerance = "A",
    .range = FLT_RANGE_KEEP,
    .gain = levels_gain,
    .build = build_levels,
    .check = check_levels,
    .param = { { .name = "black",
                 .type = FLT_NUMBER,
                 .unit = FLT_TONE,
                 .min = -10,
                 .max = 10,
                 .def = "0",
                 .help = "level that becomes out-black" },
               { .name = "white",
                 .type = FLT_NUMBER,
                 .unit = FLT_TONE,
                 .min = -10,
                 .max = 10,
                 .def = "1",
                 .help = "level that becomes out-white" },
               { .name = "gamma",
                 .type = FLT_NUMBER,
                 .min = 0.01,
                 .max = 100,
                 .def = "1",
                 .help = "middle tones: above 1 lightens" },
               { .name = "out-black",
                 .type = FLT_NUMBER,
                 .unit = FLT_TONE,
                 .min = 0,
                 .max = 1,
                 .def = "0",
                 .help = "darkest level of the result" },
               { .name = "out-white",
                 .type = FLT_NUMBER,
                 .unit = FLT_TONE,
                 .min = 0,
                 .max = 1,
                 .def = "1",
                 .help = "lightest level of the result" } },
};

/* ---- exposure ---- */

static bool fill_gain(const flt_fill *f, int32_t *u)
{
    u[0] = flt_bits(exp2(flt_num(f->stage, "ev")));
    return true;
}

/* Of q_expose: the sRGB curve's straight piece ends at the code 0.04045 and the light 0.0031308. */
static bool fill_expose(const flt_fill *f, int32_t *u)
{
    const double ev = flt_num(f->stage, "ev"), k = exp2(ev), straight = exp2(ev / 2.4);
    u[0] = flt_bits(k);
    u[1] = flt_bits(straight);
    u[2] = flt_bits(0.055 * straight - 0.055);
    if (ev >= 0) { /* straight before, a power behind */
        const double values[] = { k / 12.92, 0.0, 1.0 / 2.4, 1.055, -0.055, 12.92 * 0.0031308 / k, 0.04045 };
        for (int i = 0; i < 7; i++)
            u[3 + i] = flt_bits(values[i]);
    } else { /* a power before, straight behind */
        const double end = 1.055 * pow(0.0031308 / k, 1.0 / 2.4) - 0.055;
        const double values[] = { 1.0 / 1.055, 0.055 / 1.055, 2.4, 12.92 * k, 0.0, 0.04045, end };
        for (int i = 0; i < 7; i++)
            u[3 + i] = flt_bits(values[i]);
    }
    return true;
}

/* In linear light whatever linear= says; where that asks for it, the value is linear already. */
static bool build_exposure(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    const bool linear = b->now.linear;
    if (!linear && !b->input.own_transfer)
        return flt_want(b, false, false) &&
               add_curve(b, s, "v = q_expose(v, $0, $1, $2, $3, $4, $5, $6, $7, $8, $9);", 10, fill_expose, true);
    return flt_want(b, false, true) && add_curve(b, s, "v = q_gain(v, $0);", 1, fill_gain, false) &&
           flt_want(b, false, linear);
}

const flt_row flt_row_exposure = {
    .name = "exposure",
    .cls = FLT_POINT,
    .help = "stops of light: linear values times 2 ^ ev",
    .example = "exposure 0.5ev",
    .tolerance = "A",
    .range = FLT_RANGE_WIDE,
    .build = build_exposure,
    .param = { { .name = "ev",
                 .type = FLT_NUMBER,
                 .unit = FLT_EV,
                 .min = -20,
                 .max = 20,
                 .help = "stops; 0 changes nothing" } },
};

/* ---- colour matrices ---- */

/* SVG and CSS "saturate" (Filter Effects Module Level 1). */
static void saturation_matrix(const flt_stage *stage, double out[12])
{
    static const double luma[3] = { 0.213, 0.715, 0.072 };
    const double s = flt_num(stage, "amount");
    double m[9];
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            m[3 * i + j] = (i == j ? s : 0.0) + (1.0 - s) * luma[j];
    set_matrix(m, out);
}

const flt_row flt_row_saturation = {
    .name = "saturation",
    .aliases = "saturate",
    .cls = FLT_POINT,
    .help = "colourfulness: 0 gray, 1 as it is, above 1 stronger",
    .example = "saturation 1.2",
    .tolerance = "A",
    .colour = FLT_MIXES,
    .range = FLT_RANGE_WIDE,
    .affine = saturation_matrix,
    .build = flt_build_affine,
    .param = { { .name = "amount", .type = FLT_NUMBER, .unit = FLT_PERCENT, .min = 0, .max = 10, .help = "factor" } },
};

/* SVG and CSS "hueRotate". */
static void hue_matrix(const flt_stage *stage, double out[12])
{
    static const double base[9] = { .213, .715, .072, .213, .715, .072, .213, .715, .072 };
    static const double by_cos[9] = { .787, -.715, -.072, -.213, .285, -.072, -.213, -.715, .928 };
    static const double by_sin[9] = { -.213, -.715, .928, .143, .140, -.283, -.787, .715, .072 };
    const double angle = flt_num(stage, "angle") * M_PI / 180.0, c = cos(angle), s = sin(angle);
    double m[9];
    for (int i = 0; i < 9; i++)
        m[i] = base[i] + c * by_cos[i] + s * by_sin[i];
    set_matrix(m, out);
}

const flt_row flt_row_hue = {
    .name = "hue",
    .aliases = "hue-rotate|huerotate|svg-huerotate",
    .cls = FLT_POINT,
    .help = "turns the hue, luma kept (SVG hueRotate)",
    .example = "hue 30deg",
    .tolerance = "A",
    .colour = FLT_MIXES,
    .range = FLT_RANGE_WIDE,
    .affine = hue_matrix,
    .build = flt_build_affine,
    .param = { { .name = "angle",
                 .type = FLT_NUMBER,
                 .unit = FLT_DEG,
                 .min = -3600,
                 .max = 3600,
                 .help = "from red towards yellow; 0 and 360 change nothing" } },
};

static void sepia_matrix(const flt_stage *stage, double out[12])
{
    static const double sepia[9] = { .393, .769, .189, .349, .686, .168, .272, .534, .131 };
    const double a = flt_num(stage, "amount");
    double m[9];
    for (int i = 0; i < 9; i++)
        m[i] = (i % 4 == 0 ? 1.0 - a : 0.0) + a * sepia[i];
    set_matrix(m, out);
}

const flt_row flt_row_sepia = {
    .name = "sepia",
    .aliases = "sepia-tone",
    .cls = FLT_POINT,
    .help = "the brown of old prints; gray pictures become RGB",
    .example = "sepia 60%",
    .tolerance = "A",
    .colour = FLT_NEEDS_RGB,
    .range = FLT_RANGE_WIDE,
    .affine = sepia_matrix,
    .build = flt_build_affine,
    .param = { { .name = "amount",
                 .type = FLT_NUMBER,
                 .unit = FLT_PERCENT,
                 .min = 0,
                 .max = 1,
                 .def = "1",
                 .help = "0 the picture, 1 all sepia" } },
};

/* ---- threshold, posterize, solarize ---- */

/* A sample that equals the level is not above it; float samples are within half of this of what they stand for, and
 * 16-bit samples lie fifteen times as far apart. */
static const double HAIR = 1e-6;

static bool fill_threshold(const flt_fill *f, int32_t *u)
{
    u[0] = flt_bits(flt_num(f->stage, "level") + HAIR);
    return true;
}

static bool build_threshold(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    return flt_to_chosen_luma(b, s) && add_curve(b, s, "v = q_threshold(v, $0);", 1, fill_threshold, false);
}

const flt_row flt_row_threshold = {
    .name = "threshold",
    .aliases = "binarize",
    .cls = FLT_POINT,
    .help = "white above the level, else black",
    .example = "threshold 50%",
    .tolerance = "E",
    .colour = FLT_TO_GRAY,
    .range = FLT_RANGE_UNIT,
    .build = build_threshold,
    .param = { { .name = "level",
                 .type = FLT_NUMBER,
                 .unit = FLT_TONE,
                 .min = 0,
                 .max = 1,
                 .def = "0.5",
                 .help = "the highest level that is black" },
               LUMA_PARAM("709", FLT_LUMA_CHOICES "|off") },
};

static bool fill_posterize(const flt_fill *f, int32_t *u)
{
    u[0] = flt_bits(flt_num(f->stage, "levels") - 1.0);
    return true;
}

static bool build_posterize(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    return add_curve(b, s, "v = q_posterize(v, $0);", 1, fill_posterize, false);
}

const flt_row flt_row_posterize = {
    .name = "posterize",
    .aliases = "posterise",
    .cls = FLT_POINT,
    .help = "few levels in each channel, evenly spaced",
    .example = "posterize 4",
    .tolerance = "E",
    .range = FLT_RANGE_KEEP,
    .build = build_posterize,
    .param = { { .name = "levels", .type = FLT_INT, .min = 2, .max = 256, .help = "how many" } },
};

static bool fill_solarize(const flt_fill *f, int32_t *u)
{
    u[0] = flt_bits(flt_num(f->stage, "level") - HAIR);
    return true;
}

static bool build_solarize(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    return add_curve(b, s, "v = q_solarize(v, $0);", 1, fill_solarize, false);
}

const flt_row flt_row_solarize = {
    .name = "solarize",
    .aliases = "solarise",
    .cls = FLT_POINT,
    .help = "inverts what is not below the level",
    .example = "solarize 50%",
    .tolerance = "E",
    .range = FLT_RANGE_KEEP,
    .build = build_solarize,
    .param = { { .name = "level",
                 .type = FLT_NUMBER,
                 .unit = FLT_TONE,
                 .min = 0,
                 .max = 1,
                 .def = "0.5",
                 .help = "the lowest level that is inverted" } },
};
