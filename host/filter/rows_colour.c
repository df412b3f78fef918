/* POINT filters of colour: one pixel's channels among one another. */
#include "affine.h"
#include "rows.h"

/* ---- vibrance ---- */

static bool fill_vibrance(const flt_fill *f, int32_t *u)
{
    u[0] = flt_bits(flt_num(f->stage, "amount"));
    return true;
}

static bool build_vibrance(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    const flt_op op = { .code = "v = q_vibrance(v, $0);",
                        .fragment = "point/vibrance.cl",
                        .stage = s,
                        .n_uniforms = 1,
                        .fill = fill_vibrance,
                        .save = -1,
                        .surface = -1 };
    return flt_add(b, &op);
}

const flt_row flt_row_vibrance = {
    .name = "vibrance",
    .cls = FLT_POINT,
    .help = "saturation for what has little of it: y + (1 + amount (1 - (max - min))) (v - y)",
    .example = "vibrance 50%",
    .tolerance = "A",
    .colour = FLT_MIXES,
    .range = FLT_RANGE_WIDE,
    .build = build_vibrance,
    .param = { { .name = "amount",
                 .type = FLT_NUMBER,
                 .unit = FLT_PERCENT,
                 .min = -1,
                 .max = 5,
                 .help = "0 changes nothing; -1 takes the colour from what has little" } },
};

/* ---- channel-mixer ---- */

/* Three rows of three, or of four where the fourth is added. */
static double coefficient(const flt_stage *s, unsigned row, unsigned column)
{
    const flt_value *m = flt_arg(s, "matrix");
    const size_t width = m->n / 3;
    return column < width ? m->list[row * width + column] : 0.0;
}

static void mixer_matrix(const flt_stage *s, double m[12])
{
    for (unsigned i = 0; i < 12; i++)
        m[i] = coefficient(s, i / 4, i % 4);
}

static bool check_mixer(const flt_stage *s, qn_error *err)
{
    const size_t n = flt_arg(s, "matrix")->n;
    return n == 9 || n == 12 ||
           flt_blame(err, s, "matrix", "the matrix has %zu numbers (9: three rows of three; 12: each with an offset)",
                     n);
}

const flt_row flt_row_channel_mixer = {
    .name = "channel-mixer",
    .aliases = "color-matrix|colour-matrix|colormatrix|colorchannelmixer|svg-matrix|mix-rgb|recomb|recolor",
    .cls = FLT_POINT,
    .help = "R, G and B by a matrix; gray pictures become RGB",
    .example = "channel-mixer 0.9,0.1,0,0,1,0,0,0.2,0.8",
    .tolerance = "A",
    .colour = FLT_NEEDS_RGB,
    .range = FLT_RANGE_WIDE,
    .check = check_mixer,
    .affine = mixer_matrix,
    .build = flt_build_affine,
    .param = { { .name = "matrix",
                 .type = FLT_LIST,
                 .min = -100,
                 .max = 100,
                 .help = "9 numbers: what R, G and B give to R, then to G, then to B; 12: each row ends in what is "
                         "added, 1 being white" } },
};
