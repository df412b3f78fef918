/* Smoothing that keeps edges. */
#include "plan_build.h"
#include "rows.h"

#include <math.h>

static int bilateral_radius(const flt_stage *s)
{
    const int r = (int)flt_num(s, "radius");
    if (r > 0)
        return r;
    const int of_space = (int)lrint(1.5 * flt_num(s, "space"));
    return of_space > 1 ? of_space : 1;
}

static int disk_pixels(int r)
{
    int n = 0;
    for (int y = -r; y <= r; y++)
        for (int x = -r; x <= r; x++)
            n += x * x + y * y <= r * r;
    return n;
}

static bool fill_bilateral(const flt_fill *f, int32_t *u)
{
    const int r = bilateral_radius(f->stage);
    const double space = flt_num(f->stage, "space"), range = flt_num(f->stage, "range"), to_base_2 = 1.0 / log(2.0);
    u[0] = r;
    u[1] = flt_bits(fmax(-to_base_2 / (2.0 * range * range), -1e30));
    u[2] = disk_pixels(r);
    u += 3;
    for (int y = -r; y <= r; y++)
        for (int x = -r; x <= r; x++)
            if (x * x + y * y <= r * r) {
                *u++ = x;
                *u++ = y;
                *u++ = flt_bits(-to_base_2 * (x * x + y * y) / (2.0 * space * space));
            }
    return true;
}

static bool build_bilateral(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    const int r = bilateral_radius(s);
    const flt_stencil st = { .kind = FLT_SK_WINDOW,
                             .skeleton = "skeleton/bilateral.cl",
                             .stage = s,
                             .rx = r,
                             .ry = r,
                             .n_uniforms = 3 + 3 * (unsigned)disk_pixels(r),
                             .fill = fill_bilateral };
    return flt_use_fragment(b, "stencil/exp2.cl") && flt_begin_stencil(b, &st);
}

const flt_row flt_row_bilateral = {
    .name = "bilateral",
    .aliases = "bilateral-blur|bilateral-filter|bilateralfilter",
    .cls = FLT_STENCIL,
    .help = "blur that stops at edges: weighted by distance and by likeness of colour",
    .example = "bilateral 3 10%",
    .tolerance = "B",
    .range = FLT_RANGE_KEEP,
    .radius = bilateral_radius,
    .build = build_bilateral,
    .param = { { .name = "space",
                 .type = FLT_NUMBER,
                 .unit = FLT_PX,
                 .min = 0.1,
                 .max = 66,
                 .def = "3",
                 .help = "standard deviation of the distance" },
               { .name = "range",
                 .type = FLT_NUMBER,
                 .unit = FLT_TONE,
                 .min = 0.001,
                 .max = 10,
                 .def = "0.1",
                 .help = "standard deviation of the difference, summed over the colours" },
               { .name = "radius",
                 .type = FLT_INT,
                 .unit = FLT_PX,
                 .min = 0,
                 .max = 100,
                 .def = "0",
                 .help = "where the disk ends; 0: 1.5 times space, rounded, at least 1" } },
};
