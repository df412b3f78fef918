/* GEOMETRY filters: pixels that move. */
#include "compose.h"
#include "geometry.h"
#include "light.h"
#include "rows.h"

#include <math.h>

/* clang-format off */
#define AT_PARAM(standard, what) \
    { .name = "at", .type = FLT_CHOICE, .def = standard, .choices = FLT_PLACES, .help = what }
/* clang-format on */

/* ---- resize ---- */

static bool fill_background(const flt_fill *f, int32_t *u)
{
    const float *c = flt_arg(f->stage, "background")->colour;
    for (int i = 0; i < 4; i++)
        u[i] = flt_bits((double)c[i]);
    return true;
}

/* fit=contain: the colour around the picture, in the form that the value has. */
static bool add_room(flt_build *b, const flt_stage *s)
{
    const unsigned channels = b->now.channels;
    const int save = b->n_saved++;
    const flt_op colour = { .code = flt_has_alpha(channels) ? "px $S = v; v.r = $0; v.g = $1; v.b = $2; v.a = $3;"
                                                            : "px $S = v; v.r = $0; v.g = $1; v.b = $2;",
                            .stage = s,
                            .n_uniforms = flt_has_alpha(channels) ? 4 : 3,
                            .fill = fill_background,
                            .save = save,
                            .surface = -1 };
    const flt_op choose = { .code = "v = q_roi(v, $S, x, y, %0, %1, %2, %3);",
                            .fragment = "point/select.cl",
                            .stage = s,
                            .n_uniforms = 4,
                            .fill = flt_fill_resize_room,
                            .save = save,
                            .surface = -1,
                            .uses_xy = true };
    if (!flt_scale(b) || !flt_add(b, &colour))
        return false;
    if (b->now.linear) {
        const flt_op light = flt_light_op(b, true, -1);
        if (!flt_add(b, &light))
            return false;
    }
    if (flt_has_alpha(channels) && !flt_add_code(b, s, "v = q_premultiply(v);", "point/state.cl"))
        return false;
    return flt_add(b, &choose);
}

static bool build_resize(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    const float *c = flt_arg(s, "background")->colour;
    const bool contain = flt_chosen(s, "fit", "contain");
    const flt_size *z = &flt_arg(s, "size")->size;
    const bool enlarges = (z->w_factor && z->w > 1.0) || (z->h_factor && z->h > 1.0);
    const flt_stencil st = {
        .kind = FLT_SK_RESAMPLE, .stage = s, .homogeneous = true, .enlarges = enlarges, .size = flt_resize_size
    };
    if (contain && (c[0] != c[1] || c[1] != c[2]) && !flt_want_rgb(b))
        return false;
    return flt_want(b, true, s->linear || b->options->linear) && flt_begin_stencil(b, &st) &&
           (!contain || add_room(b, s));
}

static bool check_resize(const flt_stage *s, qn_error *err)
{
    const flt_size *z = &flt_arg(s, "size")->size;
    if (z->w == 0.0 && z->h == 0.0)
        return flt_blame(err, s, "size", "a size of 0x0; at least one side must be 1 pixel or more");
    if (flt_is_coloured(s, "background") && !flt_chosen(s, "fit", "contain"))
        return flt_blame(err, s, "background",
                         "background= colours what fit=contain leaves free, and there is no fit=contain");
    return true;
}

/* clang-format off */
#define SIZE_PARAM { .name = "size", .type = FLT_SIZE, .min = 1, .max = 1000000, .help = "800x600, 800x, x600 or 50%" }
#define FILTER_PARAM { .name = "filter", .type = FLT_CHOICE, .def = "lanczos3", \
    .choices = "nearest|box|triangle|catrom|mitchell|bspline|lanczos2|lanczos3|lanczos4|area", \
    .help = "the kernel; triangle is bilinear, catrom bicubic, area weighs by exact overlap" }
#define FIT_PARAM(standard) { .name = "fit", .type = FLT_CHOICE, .def = standard, .choices = FLT_FITS, \
    .help = "fill: exactly this size; inside, outside: aspect kept; cover: outside, cut to the size; contain: inside, " \
            "with room around it" }
#define ONLY_SHRINK_PARAM(standard) { .name = "only-shrink", .type = FLT_BOOL, .def = standard, \
    .help = "a picture that would grow stays as it is" }
#define RESIZE_AT_PARAM AT_PARAM("center", "cover: which part stays; contain: where it lies")
#define ROOM_PARAM { .name = "background", .type = FLT_COLOUR, .def = "transparent", \
    .help = "colour of what contain leaves free" }
/* clang-format on */

/* Each sample is a mean of many, even where some weights are negative. */
static double resize_gain(const flt_stage *s)
{
    (void)s;
    return 1.0;
}

const flt_row flt_row_resize = {
    .name = "resize",
    .aliases = "scale|scale-size",
    .cls = FLT_GEOMETRY,
    .help = "another size, antialiased, half-pixel centres",
    .example = "resize 1600x1600 fit=inside",
    .tolerance = "A",
    .range = FLT_RANGE_WIDE,
    .outside = "",
    .gain = resize_gain,
    .check = check_resize,
    .build = build_resize,
    .param = { SIZE_PARAM, FILTER_PARAM, FIT_PARAM("fill"), ONLY_SHRINK_PARAM("0"), RESIZE_AT_PARAM, ROOM_PARAM },
};

const flt_row flt_row_thumbnail = {
    .name = "thumbnail",
    .aliases = "fit|thumb",
    .cls = FLT_GEOMETRY,
    .help = "fits the picture into a box; smaller ones stay as they are",
    .example = "thumbnail 400x400",
    .tolerance = "A",
    .range = FLT_RANGE_WIDE,
    .outside = "",
    .gain = resize_gain,
    .check = check_resize,
    .build = build_resize,
    .param = { SIZE_PARAM, FILTER_PARAM, FIT_PARAM("inside"), ONLY_SHRINK_PARAM("1"), RESIZE_AT_PARAM, ROOM_PARAM },
};

/* ---- pad and extend ---- */

static void span_pad(const flt_fill *f, flt_slope *slope)
{
    int32_t at[2];
    if (flt_fill_pad(f, at))
        slope->low = slope->high = -at[1];
}

static bool build_pad(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    const flt_stencil st = { .kind = FLT_SK_MOVE,
                             .stage = s,
                             .homogeneous = true,
                             .size = flt_pad_size,
                             .skeleton = "skeleton/place.cl",
                             .members = "left|top",
                             .run = b->options->device == FLT_DEV_CPU ? 1024 : 0,
                             .span = span_pad,
                             .fill = flt_fill_pad };
    if ((s->linear || b->options->linear) && !flt_want(b, b->now.premultiplied, true))
        return false;
    return flt_want_colour_outside(b, s) && flt_begin_stencil(b, &st);
}

static bool check_pad(const flt_stage *s, qn_error *err)
{
    const flt_size *z = &flt_arg(s, "size")->size;
    if (z->w == 0.0 && z->h == 0.0)
        return flt_blame(err, s, "size", "a size of 0x0; at least one side must be 1 pixel or more");
    return flt_check_outside(s, err);
}

/* clang-format off */
#define BACKGROUND_PARAM { .name = "background", .type = FLT_COLOUR, .def = "transparent", \
    .help = "colour of what is added, black without alpha; border= puts copies of the picture there instead" }
/* clang-format on */

const flt_row flt_row_pad = {
    .name = "pad",
    .aliases = "extent|embed",
    .cls = FLT_GEOMETRY,
    .help = "a canvas of at least this size, with the picture on it",
    .example = "pad 1200x800 at=center background=white",
    .tolerance = "E",
    .range = FLT_RANGE_KEEP,
    .outside = FLT_OUTSIDE_COLOUR,
    .check = check_pad,
    .build = build_pad,
    .param = { { .name = "size",
                 .type = FLT_SIZE,
                 .min = 1,
                 .max = 1000000,
                 .help = "800x600, 800x, x600 or 120%; a side that is larger already stays" },
               AT_PARAM("center", "where the picture lies"),
               BACKGROUND_PARAM },
};

static bool check_extend(const flt_stage *s, qn_error *err)
{
    const flt_value *v = flt_arg(s, "sides");
    if (v->n != 1 && v->n != 2 && v->n != 4)
        return flt_blame(err, s, "sides",
                         "%zu numbers; 1, 2 (left and right, top and bottom) or 4 (left, top, right, bottom)", v->n);
    for (size_t i = 0; i < v->n; i++)
        if (v->list[i] != rint(v->list[i]))
            return flt_blame(err, s, "sides", "sides: %g is not a whole number of pixels", v->list[i]);
    return flt_check_outside(s, err);
}

const flt_row flt_row_extend = {
    .name = "extend",
    .aliases = "frame|border|expand|copymakeborder",
    .cls = FLT_GEOMETRY,
    .help = "more pixels on each side",
    .example = "extend 20,10 background=#336699",
    .tolerance = "E",
    .range = FLT_RANGE_KEEP,
    .outside = FLT_OUTSIDE_COLOUR,
    .check = check_extend,
    .build = build_pad,
    .param = { { .name = "sides",
                 .type = FLT_LIST,
                 .unit = FLT_PX,
                 .min = 0,
                 .max = 100000,
                 .help = "all sides; left and right, top and bottom; or left, top, right, bottom" },
               BACKGROUND_PARAM },
};

/* ---- crop, flip, flop, transpose, transverse ---- */

static bool build_crop(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    return flt_add_view(b, FLT_VIEW_CROP, s);
}

const flt_row flt_row_crop = {
    .name = "crop",
    .aliases = "extract|extract-area",
    .cls = FLT_GEOMETRY,
    .help = "a rectangle of the picture",
    .example = "crop 640x480+10+20",
    .tolerance = "E",
    .range = FLT_RANGE_KEEP,
    .outside = "",
    .build = build_crop,
    .param = { { .name = "rect",
                 .type = FLT_REGION,
                 .min = 1,
                 .max = HUGE_VAL,
                 .help = "WxH or WxH+X+Y, inward from at=; must lie inside the picture" },
               AT_PARAM("northwest", "corner or edge from which X and Y count, inward") },
};

static bool keeps_size(const flt_stage *s)
{
    (void)s;
    return true;
}

static bool build_flip(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    return flt_add_view(b, FLT_VIEW_FLIP, s);
}

const flt_row flt_row_flip = {
    .name = "flip",
    .aliases = "vflip",
    .cls = FLT_GEOMETRY,
    .help = "upside down",
    .example = "flip",
    .tolerance = "E",
    .range = FLT_RANGE_KEEP,
    .outside = "",
    .keeps_size = keeps_size,
    .build = build_flip,
};

static bool build_flop(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    return flt_add_view(b, FLT_VIEW_FLOP, s);
}

const flt_row flt_row_flop = {
    .name = "flop",
    .aliases = "hflip|mirror",
    .cls = FLT_GEOMETRY,
    .help = "left to right",
    .example = "flop",
    .tolerance = "E",
    .range = FLT_RANGE_KEEP,
    .outside = "",
    .keeps_size = keeps_size,
    .build = build_flop,
};

static bool build_transpose(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    return flt_add_view(b, FLT_VIEW_TRANSPOSE, s);
}

const flt_row flt_row_transpose = {
    .name = "transpose",
    .cls = FLT_GEOMETRY,
    .help = "rows become columns: mirrored at the diagonal from top left",
    .example = "transpose",
    .tolerance = "E",
    .range = FLT_RANGE_KEEP,
    .outside = "",
    .build = build_transpose,
};

static bool build_transverse(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    return flt_add_view(b, FLT_VIEW_TRANSPOSE, s) && flt_add_view(b, FLT_VIEW_FLIP, s) &&
           flt_add_view(b, FLT_VIEW_FLOP, s);
}

const flt_row flt_row_transverse = {
    .name = "transverse",
    .cls = FLT_GEOMETRY,
    .help = "mirrored at the diagonal from top right",
    .example = "transverse",
    .tolerance = "E",
    .range = FLT_RANGE_KEEP,
    .outside = "",
    .build = build_transverse,
};

/* By columns and rows of the picture as it shall be: EXIF's numbers. */
static bool build_orient(flt_build *b, const flt_stage *s, qn_error *err)
{
    static const struct {
        bool transpose, flip, flop;
    } views[8] = { { 0, 0, 0 }, { 0, 0, 1 }, { 0, 1, 1 }, { 0, 1, 0 },
                   { 1, 0, 0 }, { 1, 0, 1 }, { 1, 1, 1 }, { 1, 1, 0 } };
    const int i = (int)flt_num(s, "orientation") - 1;
    (void)err;
    return (!views[i].transpose || flt_add_view(b, FLT_VIEW_TRANSPOSE, s)) &&
           (!views[i].flip || flt_add_view(b, FLT_VIEW_FLIP, s)) &&
           (!views[i].flop || flt_add_view(b, FLT_VIEW_FLOP, s));
}

const flt_row flt_row_orient = {
    .name = "orient",
    .cls = FLT_GEOMETRY,
    .help = "what EXIF's orientation of this number asks for; a file's own is applied as it is read",
    .example = "orient 6",
    .tolerance = "E",
    .range = FLT_RANGE_KEEP,
    .outside = "",
    .build = build_orient,
    .param = { { .name = "orientation",
                 .type = FLT_INT,
                 .min = 1,
                 .max = 8,
                 .help = "1 as it is, 2 flop, 3 half a turn, 4 flip, 5 transpose, 6 a quarter turn clockwise, "
                         "7 transverse, 8 anticlockwise" } },
};

/* ---- pixelate ---- */

static bool build_pixelate(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    const unsigned n = (unsigned)flt_num(s, "size");
    const flt_stencil st = { .kind = FLT_SK_MOVE,
                             .stage = s,
                             .homogeneous = true,
                             .by_rows = true,
                             .skeleton = "skeleton/blocks.cl",
                             .run = n >= 128 ? n : 128 / n * n,
                             .rows = n };
    return n == 1 || (flt_want(b, true, s->linear || b->options->linear) && flt_begin_stencil(b, &st));
}

const flt_row flt_row_pixelate = {
    .name = "pixelate",
    .aliases = "mosaic|pixelize|pixellate",
    .cls = FLT_GEOMETRY,
    .help = "squares become their mean; those cut by the right or bottom edge, the mean of what there is",
    .example = "pixelate 16",
    .tolerance = "A",
    .range = FLT_RANGE_KEEP,
    .outside = "",
    .keeps_size = keeps_size,
    .build = build_pixelate,
    .param = { { .name = "size", .type = FLT_INT, .unit = FLT_PX, .min = 1, .max = 1024, .help = "of a square" } },
};
