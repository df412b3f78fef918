/* POINT filters that look colours up in a table from a file. */
#include "compose.h"
#include "lut_file.h"
#include "rows.h"

static bool fill_size(const flt_fill *f, int32_t *u)
{
    u[0] = (int32_t)flt_lut_size(f->stage->row->param[0].content, f->file->width);
    return true;
}

typedef enum look_up_kind { TETRAHEDRAL, TRILINEAR, CURVES } look_up_kind;

static bool look_up(flt_build *b, const flt_stage *s, look_up_kind kind)
{
    static const char *const code[][2] = {
        [TETRAHEDRAL] = { "v = q_tetrahedral(v, $T, %0, 1.0f);", "v = q_tetrahedral(v, $T, %0, 65535.0f);" },
        [TRILINEAR] = { "v = q_trilinear(v, $T, %0, 1.0f);", "v = q_trilinear(v, $T, %0, 65535.0f);" },
        [CURVES] = { "v = q_curves(v, $T, %0, 1.0f);", "v = q_curves(v, $T, %0, 65535.0f);" },
    };
    const bool levels = b->input.format.depth == 16 && flt_is_decoded(b);
    const int table = flt_file_surface(b, s, "file", FLT_F32, 3);
    const flt_op op = { .code = code[kind][levels],
                        .fragment = "point/cube.cl",
                        .stage = s,
                        .n_uniforms = 1,
                        .fill = fill_size,
                        .save = -1,
                        .surface = table,
                        .samplewise = kind == CURVES,
                        .heavy = true };
    return table >= 0 && flt_add(b, &op);
}

static bool build_cube(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    return look_up(b, s, flt_chosen(s, "interp", "trilinear") ? TRILINEAR : TETRAHEDRAL);
}

static bool build_curves(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    return look_up(b, s, CURVES);
}

const flt_row flt_row_lut3d = {
    .name = "lut3d",
    .aliases = "cube|lut|color3dlut",
    .cls = FLT_POINT,
    .help = "colours through the cube of a .cube file",
    .example = "lut3d film.cube interp=trilinear",
    .tolerance = "A",
    .colour = FLT_NEEDS_RGB,
    .range = FLT_RANGE_WIDE,
    .build = build_cube,
    .param = { { .name = "file", .type = FLT_FILE, .content = FLT_FILE_CUBE, .help = "a .cube with LUT_3D_SIZE" },
               { .name = "interp",
                 .type = FLT_CHOICE,
                 .def = "tetrahedral",
                 .choices = "tetrahedral|trilinear",
                 .help = "how a colour between the entries is found: tetrahedral from 4 of them, trilinear from 8" } },
};

const flt_row flt_row_lut1d = {
    .name = "lut1d",
    .cls = FLT_POINT,
    .help = "each channel through its curve in a .cube file, linear between the entries",
    .example = "lut1d contrast.cube",
    .tolerance = "A",
    .colour = FLT_NEEDS_RGB,
    .range = FLT_RANGE_WIDE,
    .build = build_curves,
    .param = { { .name = "file", .type = FLT_FILE, .content = FLT_FILE_CURVE, .help = "a .cube with LUT_1D_SIZE" } },
};

const flt_row flt_row_hald = {
    .name = "hald",
    .aliases = "haldclut|hald-clut|map-clut",
    .cls = FLT_POINT,
    .help = "colours through the cube of a Hald picture",
    .example = "hald look.png",
    .tolerance = "A",
    .colour = FLT_NEEDS_RGB,
    .range = FLT_RANGE_KEEP,
    .build = build_cube,
    .param = { { .name = "file",
                 .type = FLT_FILE,
                 .content = FLT_FILE_HALD,
                 .help = "a picture of 8x8, 27x27, 64x64, 125x125, ... 4096x4096 pixels" },
               { .name = "interp",
                 .type = FLT_CHOICE,
                 .def = "trilinear",
                 .choices = "trilinear|tetrahedral",
                 .help = "how a colour between the entries is found: tetrahedral from 4 of them, trilinear from 8" } },
};
