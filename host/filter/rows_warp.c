/* GEOMETRY filters that take their pixels from between those of the picture. */
#include "geometry.h"
#include "warp.h"
#include "rows.h"

#include <math.h>

/* clang-format off */
#define INTERP_PARAM { .name = "interp", .type = FLT_CHOICE, .def = "bilinear", .choices = "bilinear|nearest|bicubic", \
    .help = "between pixels; bicubic is Catmull-Rom" }
#define EXPAND_PARAM { .name = "expand", .type = FLT_BOOL, .def = "1", \
    .help = "a canvas that holds all of it; without, the size stays" }
#define OUTSIDE_PARAM { .name = "background", .type = FLT_COLOUR, .def = "transparent", \
    .help = "colour of what is outside, black without alpha; border= continues the picture there instead" }
/* clang-format on */

static double position_offset(const flt_stage *s)
{
    return flt_chosen(s, "interp", "nearest") ? 0.5 : 0.0;
}

static bool build_warp(flt_build *b, const flt_stage *s, bool (*size)(const flt_fill *f, flt_dims *out),
                       flt_filler fill, void (*span)(const flt_fill *f, flt_slope *slope))
{
    const bool cubic = flt_chosen(s, "interp", "bicubic"), nearest = flt_chosen(s, "interp", "nearest");
    flt_stencil st = { .kind = FLT_SK_MOVE,
                       .stage = s,
                       .homogeneous = true,
                       .several = !nearest,
                       .size = size,
                       .skeleton = "skeleton/warp.cl",
                       .members = FLT_WARP_MEMBERS,
                       .run = 128,
                       .rows = 16,
                       .span = span,
                       .fill = fill };
    if (!flt_want(b, true, s->linear || b->options->linear) || !flt_want_colour_outside(b, s) ||
        !flt_use_fragment(b, "stencil/warp.cl"))
        return false;
    sb_addf(&st.defines, "#define TAPS %d\n", cubic ? 4 : nearest ? 1 : 2);
    if (!flt_begin_stencil(b, &st)) {
        sb_free(&st.defines);
        return false;
    }
    /* what is stored as it came may be read in words */
    if (b->plan->surface[b->now.surface].storage == FLT_U8)
        sb_add(&b->now.stencil.defines, "#define BYTES\n");
    b->now.wide = b->now.wide || cubic;
    return sb_ok(&b->now.stencil.defines) || qn_fail(b->err, QN_NOMEM, "out of memory");
}

static bool does_not_expand(const flt_stage *s)
{
    return flt_num(s, "expand") == 0.0;
}

/* ---- rotate ---- */

static void warp_rotate(const flt_stage *s, flt_dims in, flt_warp *out)
{
    double forward[4];
    flt_rotation(flt_num(s, "angle"), forward);
    flt_warp_about_centre(forward, in, flt_num(s, "expand") != 0.0, out);
}

static bool rotate_size(const flt_fill *f, flt_dims *out)
{
    return flt_warp_size(f, warp_rotate, out);
}

static void span_rotate(const flt_fill *f, flt_slope *slope)
{
    flt_warp_rows(f, warp_rotate, slope);
}

static bool fill_rotate(const flt_fill *f, int32_t *u)
{
    return flt_fill_warp(f, warp_rotate, position_offset(f->stage), u);
}

/* Turns that only move pixels are views; -1: it is none. */
static int whole_turn(const flt_stage *s)
{
    const double angle = flt_num(s, "angle");
    if (fmod(angle, 90.0) != 0.0)
        return -1;
    const int quarter = ((int)lround(angle / 90.0) % 4 + 4) % 4;
    return quarter % 2 == 0 || flt_num(s, "expand") != 0.0 ? quarter : -1;
}

static bool rotate_keeps_size(const flt_stage *s)
{
    return does_not_expand(s) || fmod(flt_num(s, "angle"), 180.0) == 0.0;
}

static bool build_rotate(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    switch (whole_turn(s)) {
    case 0: return true;
    case 1: return flt_add_view(b, FLT_VIEW_TRANSPOSE, s) && flt_add_view(b, FLT_VIEW_FLOP, s);
    case 2: return flt_add_view(b, FLT_VIEW_FLIP, s) && flt_add_view(b, FLT_VIEW_FLOP, s);
    case 3: return flt_add_view(b, FLT_VIEW_TRANSPOSE, s) && flt_add_view(b, FLT_VIEW_FLIP, s);
    default: return build_warp(b, s, rotate_size, fill_rotate, span_rotate);
    }
}

const flt_row flt_row_rotate = {
    .name = "rotate",
    .aliases = "rot",
    .cls = FLT_GEOMETRY,
    .help = "turns by any angle about the centre; positive is clockwise; quarter turns are exact",
    .example = "rotate 7 background=white",
    .tolerance = "A",
    .range = FLT_RANGE_KEEP,
    .outside = FLT_OUTSIDE_COLOUR,
    .check = flt_check_outside,
    .keeps_size = rotate_keeps_size,
    .build = build_rotate,
    .param = { { .name = "angle",
                 .type = FLT_NUMBER,
                 .unit = FLT_DEG,
                 .min = -36000,
                 .max = 36000,
                 .help = "clockwise" },
               EXPAND_PARAM,
               INTERP_PARAM,
               OUTSIDE_PARAM },
};

/* ---- affine ---- */

static void warp_affine(const flt_stage *s, flt_dims in, flt_warp *out)
{
    const double *m = flt_arg(s, "matrix")->list;
    const flt_size *z = &flt_arg(s, "size")->size;
    if (flt_num(s, "forward") == 0.0 || !flt_warp_invert(m, out->m))
        for (int i = 0; i < 6; i++)
            out->m[i] = m[i];
    out->w = z->w == 0.0 ? in.w : flt_side(z->w_factor ? z->w * in.w : z->w);
    out->h = z->h == 0.0 ? in.h : flt_side(z->h_factor ? z->h * in.h : z->h);
}

static bool affine_size(const flt_fill *f, flt_dims *out)
{
    return flt_warp_size(f, warp_affine, out);
}

static void span_affine(const flt_fill *f, flt_slope *slope)
{
    flt_warp_rows(f, warp_affine, slope);
}

static bool fill_affine(const flt_fill *f, int32_t *u)
{
    return flt_fill_warp(f, warp_affine, position_offset(f->stage), u);
}

static bool affine_keeps_size(const flt_stage *s)
{
    const flt_size *z = &flt_arg(s, "size")->size;
    return z->w == 0.0 && z->h == 0.0;
}

static bool build_affine(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    return build_warp(b, s, affine_size, fill_affine, span_affine);
}

static bool check_affine(const flt_stage *s, qn_error *err)
{
    const flt_value *v = flt_arg(s, "matrix");
    double ignored[6];
    if (v->n != 6)
        return flt_blame(err, s, "matrix", "matrix has %zu numbers; 6 are needed: a,b,c,d,e,f", v->n);
    if (flt_num(s, "forward") != 0.0 && !flt_warp_invert(v->list, ignored))
        return flt_blame(err, s, "matrix", "matrix has no inverse (a*e - b*d is 0), and forward=1 needs it");
    return flt_check_outside(s, err);
}

const flt_row flt_row_affine = {
    .name = "affine",
    .aliases = "warp-affine|warpaffine",
    .cls = FLT_GEOMETRY,
    .help = "pixel x,y of the result is a*x + b*y + c, d*x + e*y + f of the picture; pixel centres at whole numbers",
    .example = "affine 0.9,0.1,12,-0.1,0.9,30",
    .tolerance = "A",
    .range = FLT_RANGE_KEEP,
    .outside = FLT_OUTSIDE_COLOUR,
    .check = check_affine,
    .keeps_size = affine_keeps_size,
    .build = build_affine,
    .param = { { .name = "matrix",
                 .type = FLT_LIST,
                 .min = -1e6,
                 .max = 1e6,
                 .help = "a,b,c,d,e,f, from the result to the picture" },
               { .name = "forward",
                 .type = FLT_BOOL,
                 .def = "0",
                 .help = "the matrix is from the picture to the result (its inverse is used)" },
               { .name = "size",
                 .type = FLT_SIZE,
                 .min = 1,
                 .max = 1000000,
                 .def = "",
                 .help = "of the result; default: the picture's" },
               INTERP_PARAM,
               OUTSIDE_PARAM },
};

/* ---- shear ---- */

static double slope(const flt_stage *s, const char *name)
{
    return tan(flt_num(s, name) * (M_PI / 180.0));
}

static void warp_shear(const flt_stage *s, flt_dims in, flt_warp *out)
{
    const double forward[4] = { 1.0, slope(s, "x"), slope(s, "y"), 1.0 };
    flt_warp_about_centre(forward, in, flt_num(s, "expand") != 0.0, out);
}

static bool shear_size(const flt_fill *f, flt_dims *out)
{
    return flt_warp_size(f, warp_shear, out);
}

static void span_shear(const flt_fill *f, flt_slope *slope)
{
    flt_warp_rows(f, warp_shear, slope);
}

static bool fill_shear(const flt_fill *f, int32_t *u)
{
    return flt_fill_warp(f, warp_shear, position_offset(f->stage), u);
}

static bool build_shear(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    return build_warp(b, s, shear_size, fill_shear, span_shear);
}

static bool check_shear(const flt_stage *s, qn_error *err)
{
    if (fabs(1.0 - slope(s, "x") * slope(s, "y")) < 1e-3)
        return flt_blame(err, s, "y|x", "x and y together flatten the picture to a line (tan x * tan y is 1)");
    return flt_check_outside(s, err);
}

const flt_row flt_row_shear = {
    .name = "shear",
    .aliases = "skew",
    .cls = FLT_GEOMETRY,
    .help = "slants about the centre: what lies d pixels lower moves d*tan(x) to the right",
    .example = "shear 12 background=white",
    .tolerance = "A",
    .range = FLT_RANGE_KEEP,
    .outside = FLT_OUTSIDE_COLOUR,
    .check = check_shear,
    .keeps_size = does_not_expand,
    .build = build_shear,
    .param = { { .name = "x", .type = FLT_NUMBER, .unit = FLT_DEG, .min = -85, .max = 85, .help = "of the columns" },
               { .name = "y",
                 .type = FLT_NUMBER,
                 .unit = FLT_DEG,
                 .min = -85,
                 .max = 85,
                 .def = "0",
                 .help = "of the rows, to the right downwards" },
               EXPAND_PARAM,
               INTERP_PARAM,
               OUTSIDE_PARAM },
};

/* ---- translate ---- */

static void warp_translate(const flt_stage *s, flt_dims in, flt_warp *out)
{
    const double sx = flt_num(s, "scale"), sy = flt_num(s, "scale-y") > 0.0 ? flt_num(s, "scale-y") : sx;
    const double forward[4] = { sx, 0.0, 0.0, sy };
    flt_warp_about_centre(forward, in, false, out);
    out->m[2] -= flt_num(s, "x") / sx;
    out->m[5] -= flt_num(s, "y") / sy;
}

static bool translate_size(const flt_fill *f, flt_dims *out)
{
    return flt_warp_size(f, warp_translate, out);
}

static void span_translate(const flt_fill *f, flt_slope *slope)
{
    flt_warp_rows(f, warp_translate, slope);
}

static bool fill_translate(const flt_fill *f, int32_t *u)
{
    return flt_fill_warp(f, warp_translate, position_offset(f->stage), u);
}

static bool translate_keeps_size(const flt_stage *s)
{
    (void)s;
    return true;
}

static bool build_translate(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    return build_warp(b, s, translate_size, fill_translate, span_translate);
}

const flt_row flt_row_translate = {
    .name = "translate",
    .aliases = "scale-translate|shift",
    .cls = FLT_GEOMETRY,
    .help = "scales about the centre, then moves, by parts of a pixel too; the size stays",
    .example = "translate 10.5 -3 border=mirror",
    .tolerance = "A",
    .range = FLT_RANGE_KEEP,
    .outside = FLT_OUTSIDE_COLOUR,
    .check = flt_check_outside,
    .keeps_size = translate_keeps_size,
    .build = build_translate,
    .param = { { .name = "x", .type = FLT_NUMBER, .unit = FLT_PX, .min = -1e6, .max = 1e6, .help = "to the right" },
               { .name = "y", .type = FLT_NUMBER, .unit = FLT_PX, .min = -1e6, .max = 1e6, .help = "downwards" },
               { .name = "scale",
                 .type = FLT_NUMBER,
                 .min = 0.01,
                 .max = 1000,
                 .def = "1",
                 .help = "2: twice as large" },
               { .name = "scale-y",
                 .type = FLT_NUMBER,
                 .min = 0,
                 .max = 1000,
                 .def = "0",
                 .help = "of the height; 0: as scale" },
               INTERP_PARAM,
               OUTSIDE_PARAM },
};
