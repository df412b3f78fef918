/* GEOMETRY filters: pixels that move. */
#include "plan_build.h"
#include "rows.h"

#include <math.h>

/* ---- resize ---- */

static bool build_resize(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    const flt_stencil st = { .kind = FLT_SK_RESAMPLE, .stage = s, .homogeneous = true, .size = flt_resize_size };
    return flt_want(b, true, s->linear || b->options->linear) && flt_begin_stencil(b, &st);
}

static bool check_resize(const flt_stage *s, qn_error *err)
{
    const flt_size *z = &flt_arg(s, "size")->size;
    if (z->w == 0.0 && z->h == 0.0)
        return qn_fail(err, QN_USAGE, "a size of 0x0; at least one side must be 1 pixel or more");
    return true;
}

const flt_row flt_row_resize = {
    .name = "resize",
    .aliases = "scale",
    .cls = FLT_GEOMETRY,
    .help = "another size, antialiased, half-pixel centres",
    .example = "resize 1600x1600 fit=inside",
    .tolerance = "A",
    .range = FLT_RANGE_WIDE,
    .check = check_resize,
    .build = build_resize,
    .param = { { .name = "size", .type = FLT_SIZE, .min = 1, .max = 1000000, .help = "800x600, 800x, x600 or 50%" },
               { .name = "filter",
                 .type = FLT_CHOICE,
                 .def = "lanczos3",
                 .choices = "nearest|box|triangle|catrom|mitchell|bspline|lanczos2|lanczos3|lanczos4|area",
                 .help = "the kernel; triangle is bilinear, area weighs by exact overlap" },
               { .name = "fit",
                 .type = FLT_CHOICE,
                 .def = "fill",
                 .choices = "fill|inside|outside|cover",
                 .help = "fill: exactly this size; inside, outside: aspect kept; cover: outside, cut to the size" },
               { .name = "only-shrink",
                 .type = FLT_BOOL,
                 .def = "0",
                 .help = "a picture that would grow stays as it is" } },
};

/* ---- crop, flip, flop, rotate ---- */

static bool build_crop(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    return flt_add_view(b, FLT_VIEW_CROP, s);
}

static bool check_crop(const flt_stage *s, qn_error *err)
{
    const flt_rect *r = &flt_arg(s, "rect")->rect;
    return r->w >= 1 && r->h >= 1 ? true : qn_fail(err, QN_USAGE, "%dx%d pixels; at least 1x1 is needed", r->w, r->h);
}

const flt_row flt_row_crop = {
    .name = "crop",
    .aliases = "extract",
    .cls = FLT_GEOMETRY,
    .help = "a rectangle of the picture",
    .example = "crop 640x480+10+20",
    .tolerance = "E",
    .range = FLT_RANGE_KEEP,
    .check = check_crop,
    .build = build_crop,
    .param = { { .name = "rect", .type = FLT_RECT, .help = "WxH+X+Y in pixels; must lie inside the picture" } },
};

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
    .build = build_flip,
};

static bool build_flop(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    return flt_add_view(b, FLT_VIEW_FLOP, s);
}

const flt_row flt_row_flop = {
    .name = "flop",
    .aliases = "hflip",
    .cls = FLT_GEOMETRY,
    .help = "left to right",
    .example = "flop",
    .tolerance = "E",
    .range = FLT_RANGE_KEEP,
    .build = build_flop,
};

static bool build_rotate(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    const int quarter = ((int)lround(flt_num(s, "angle") / 90.0) % 4 + 4) % 4;
    if (quarter == 2)
        return flt_add_view(b, FLT_VIEW_FLIP, s) && flt_add_view(b, FLT_VIEW_FLOP, s);
    if (quarter == 0)
        return true;
    return flt_add_view(b, FLT_VIEW_TRANSPOSE, s) && flt_add_view(b, quarter == 1 ? FLT_VIEW_FLOP : FLT_VIEW_FLIP, s);
}

static bool check_rotate(const flt_stage *s, qn_error *err)
{
    const double a = flt_num(s, "angle");
    return fmod(a, 90.0) == 0.0 ? true : qn_fail(err, QN_USAGE, "angle = %g; a multiple of 90 degrees is needed", a);
}

const flt_row flt_row_rotate = {
    .name = "rotate",
    .cls = FLT_GEOMETRY,
    .help = "quarter turns; positive is clockwise",
    .example = "rotate 90",
    .tolerance = "E",
    .range = FLT_RANGE_KEEP,
    .check = check_rotate,
    .build = build_rotate,
    .param = { { .name = "angle",
                 .type = FLT_NUMBER,
                 .unit = FLT_DEG,
                 .min = -36000,
                 .max = 36000,
                 .help = "a multiple of 90" } },
};
