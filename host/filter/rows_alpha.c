/* POINT filters on the alpha channel. They see straight colours; channels= does not apply (FLT_WITH_ALPHA). */
#include "light.h"
#include "rows.h"

static bool add_plain(flt_build *b, const flt_stage *s, const char *code, unsigned n, flt_filler fill)
{
    const flt_op op = {
        .code = code, .fragment = "point/state.cl", .stage = s, .n_uniforms = n, .fill = fill, .save = -1, .surface = -1
    };
    return flt_add(b, &op);
}

/* ---- alpha ---- */

enum { DROP, OPAQUE, EXTRACT, PREMULTIPLY, UNPREMULTIPLY };

static bool build_alpha(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    const bool alpha = flt_has_alpha(b->now.channels);
    switch ((int)flt_num(s, "mode")) {
    case DROP: return !alpha || flt_drop_alpha(b, s);
    case OPAQUE: return alpha ? add_plain(b, s, "v.a = 1.0f;", 0, NULL) : flt_want_alpha(b);
    case EXTRACT:
        if (!add_plain(b, s, "v.r = v.a; v.g = v.a; v.b = v.a; v.a = 1.0f;", 0, NULL))
            return false;
        b->now.channels = 1;
        return true;
    case PREMULTIPLY: return !alpha || add_plain(b, s, "v = q_premultiply(v);", 0, NULL);
    default: return !alpha || add_plain(b, s, "v = q_unpremultiply(v);", 0, NULL);
    }
}

const flt_row flt_row_alpha = {
    .name = "alpha",
    .aliases = "matte",
    .cls = FLT_POINT,
    .help = "what to do with the alpha channel",
    .example = "alpha drop",
    .tolerance = "A",
    .colour = FLT_WITH_ALPHA,
    .range = FLT_RANGE_WIDE,
    .build = build_alpha,
    .param = { { .name = "mode",
                 .type = FLT_CHOICE,
                 .choices = "drop|opaque|extract|premultiply|unpremultiply",
                 .help = "take it away; make it 1; make it the picture; multiply or divide the colours by it" } },
};

/* ---- opacity ---- */

static bool fill_opacity(const flt_fill *f, int32_t *u)
{
    u[0] = flt_bits(flt_num(f->stage, "amount"));
    return true;
}

static bool build_opacity(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    return flt_want_alpha(b) && add_plain(b, s, "v.a *= $0;", 1, fill_opacity);
}

const flt_row flt_row_opacity = {
    .name = "opacity",
    .cls = FLT_POINT,
    .help = "alpha times a factor; a picture without alpha gets one",
    .example = "opacity 50%",
    .tolerance = "A",
    .colour = FLT_WITH_ALPHA,
    .range = FLT_RANGE_KEEP,
    .build = build_opacity,
    .param = { { .name = "amount",
                 .type = FLT_NUMBER,
                 .unit = FLT_PERCENT,
                 .min = 0,
                 .max = 1,
                 .help = "0 cannot be seen, 1 changes nothing" } },
};

/* ---- flatten ---- */

static bool fill_ground(const flt_fill *f, int32_t *u)
{
    for (int i = 0; i < 3; i++)
        u[i] = flt_bits((double)flt_arg(f->stage, "colour")->colour[i]);
    return true;
}

static bool build_flatten(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    const float *c = flt_arg(s, "colour")->colour;
    if (!flt_has_alpha(b->now.channels))
        return true;
    if ((c[0] != c[1] || c[1] != c[2]) && !flt_want_rgb(b))
        return false;
    const int ground = b->n_saved++;
    const flt_op colour = { .code = "px $S = {$0, $1, $2, 1.0f};",
                            .stage = s,
                            .n_uniforms = 3,
                            .fill = fill_ground,
                            .save = ground,
                            .surface = -1 };
    const flt_op light = flt_light_op(b, true, ground);
    const flt_op blend = { .code = "v.r = fma(v.a, v.r - $S.r, $S.r); v.g = fma(v.a, v.g - $S.g, $S.g); "
                                   "v.b = fma(v.a, v.b - $S.b, $S.b);",
                           .stage = s,
                           .save = ground,
                           .surface = -1 };
    return flt_add(b, &colour) && (!b->now.linear || flt_add(b, &light)) && flt_add(b, &blend) && flt_drop_alpha(b, s);
}

static bool check_flatten(const flt_stage *s, qn_error *err)
{
    return flt_arg(s, "colour")->colour[3] == 1.0f ||
           flt_blame(err, s, "colour", "the ground must be opaque (a colour without alpha)");
}

const flt_row flt_row_flatten = {
    .name = "flatten",
    .aliases = "remove-alpha",
    .cls = FLT_POINT,
    .help = "onto a ground of one colour; the result has no alpha",
    .example = "flatten white",
    .tolerance = "A",
    .colour = FLT_WITH_ALPHA,
    .range = FLT_RANGE_KEEP,
    .check = check_flatten,
    .build = build_flatten,
    .param = { { .name = "colour", .type = FLT_COLOUR, .def = "white", .help = "of the ground" } },
};
