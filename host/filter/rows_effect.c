/* POINT filters that look at where the pixel lies. */
#include "plan_build.h"
#include "rows.h"

#include <math.h>

static bool add_at(flt_build *b, const flt_stage *s, const char *code, const char *fragment, unsigned n,
                   flt_filler fill)
{
    const flt_op op = { .code = code,
                        .fragment = fragment,
                        .stage = s,
                        .n_uniforms = n,
                        .fill = fill,
                        .save = -1,
                        .surface = -1,
                        .uses_xy = true,
                        .heavy = true };
    return flt_add(b, &op);
}

/* ---- vignette ---- */

/* Coordinates in half pixels, so that the middle of the picture is a whole number. */
static bool fill_vignette(const flt_fill *f, int32_t *u)
{
    const double inner = flt_num(f->stage, "inner"), outer = flt_num(f->stage, "outer");
    u[0] = (int32_t)f->in.w - 1;
    u[1] = (int32_t)f->in.h - 1;
    u[2] = flt_bits(1.0 / hypot(f->in.w, f->in.h));
    u[3] = flt_bits(flt_num(f->stage, "amount"));
    u[4] = flt_bits(inner);
    u[5] = flt_bits(1.0 / (outer - inner));
    return true;
}

static bool build_vignette(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    return add_at(b, s, "v = q_vignette(v, 2 * x - %0, 2 * y - %1, $2, $3, $4, $5);", "point/vignette.cl", 6,
                  fill_vignette);
}

static bool check_vignette(const flt_stage *s, qn_error *err)
{
    return flt_num(s, "inner") < flt_num(s, "outer") ||
           flt_blame(err, s, "inner|outer", "inner = %g must be less than outer = %g", flt_num(s, "inner"),
                     flt_num(s, "outer"));
}

const flt_row flt_row_vignette = {
    .name = "vignette",
    .cls = FLT_POINT,
    .help = "darker towards the corners: v (1 - amount smoothstep(inner, outer, distance))",
    .example = "vignette 60%",
    .tolerance = "A",
    .range = FLT_RANGE_KEEP,
    .check = check_vignette,
    .build = build_vignette,
    .param = { { .name = "amount",
                 .type = FLT_NUMBER,
                 .unit = FLT_PERCENT,
                 .min = 0,
                 .max = 1,
                 .def = "0.5",
                 .help = "what the farthest lose; 0 changes nothing" },
               { .name = "inner",
                 .type = FLT_NUMBER,
                 .unit = FLT_PERCENT,
                 .min = 0,
                 .max = 10,
                 .def = "0.3",
                 .help = "where it begins, in half diagonals from the middle" },
               { .name = "outer",
                 .type = FLT_NUMBER,
                 .unit = FLT_PERCENT,
                 .min = 0,
                 .max = 10,
                 .def = "1",
                 .above_min = true,
                 .help = "where it is complete; 1 is the corners" } },
};

/* ---- noise ---- */

enum { GAUSSIAN, UNIFORM, POISSON, IMPULSE };

static bool fill_noise(const flt_fill *f, int32_t *u)
{
    const int kind = (int)flt_num(f->stage, "kind");
    const double amount = flt_num(f->stage, "amount");
    u[0] = (int32_t)(uint32_t)flt_num(f->stage, "seed");
    u[1] = (int32_t)(uint32_t)flt_num(f->stage, "frame");
    u[2] = flt_num(f->stage, "mono") == 0.0;
    u[3] = kind == IMPULSE   ? (int32_t)(uint32_t)(amount * 2147483648.0)
           : kind == POISSON ? flt_bits(flt_num(f->stage, "photons"))
                             : flt_bits(amount);
    return true;
}

static bool build_noise(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    static const char *const code[] = { [GAUSSIAN] = "v = q_gaussian(v, x, y, %0, %1, %2, $3);",
                                        [UNIFORM] = "v = q_uniform(v, x, y, %0, %1, %2, $3);",
                                        [POISSON] = "v = q_poisson(v, x, y, %0, %1, %2, $3);",
                                        [IMPULSE] = "v = q_impulse(v, x, y, %0, %1, %2, %3);" };
    return add_at(b, s, code[(int)flt_num(s, "kind")], "point/noise.cl", 4, fill_noise);
}

const flt_row flt_row_noise = {
    .name = "noise",
    .aliases = "add-noise|addnoise|effect-noise|gaussnoise",
    .cls = FLT_POINT,
    .help = "noise that a seed repeats: Philox4x32-10 of place, channel and frame",
    .example = "noise gaussian 5% seed=7",
    .tolerance = "A",
    .range = FLT_RANGE_WIDE,
    .build = build_noise,
    .param = { { .name = "kind",
                 .type = FLT_CHOICE,
                 .def = "gaussian",
                 .choices = "gaussian|uniform|poisson|impulse",
                 .help = "normal; even; of counted photons; or single samples black or white" },
               { .name = "amount",
                 .type = FLT_NUMBER,
                 .unit = FLT_TONE,
                 .min = 0,
                 .max = 1,
                 .def = "0.05",
                 .help = "gaussian: deviation; uniform: largest change; impulse: share of the samples" },
               { .name = "seed",
                 .type = FLT_INT,
                 .min = 0,
                 .max = 4294967295.0,
                 .def = "0",
                 .help = "another seed, other noise" },
               { .name = "photons",
                 .type = FLT_NUMBER,
                 .min = 1,
                 .max = 1000000,
                 .def = "100",
                 .help = "poisson: how many are white; fewer are noisier" },
               { .name = "mono",
                 .type = FLT_BOOL,
                 .def = "0",
                 .help = "the same numbers in every channel: no coloured specks" },
               { .name = "frame",
                 .type = FLT_INT,
                 .min = 0,
                 .max = 4294967295.0,
                 .def = "0",
                 .help = "number in a sequence: other noise with the same seed" } },
};
