/* Gray-scale morphology: the least or greatest sample under an element. */
#include "plan_build.h"
#include "rows.h"

#include <math.h>
#include <string.h>

/* Half-width of row dy of the element, -1 where it has none. */
static int element_row(const char *shape, int r, int dy)
{
    const int y = dy < 0 ? -dy : dy;
    if (y > r)
        return -1;
    if (strcmp(shape, "cross") == 0)
        return y == 0 ? r : 0;
    if (strcmp(shape, "disk") == 0)
        return (int)floor(sqrt((double)r * r - (double)y * y) + 1e-9);
    if (strcmp(shape, "diamond") == 0)
        return r - y;
    if (strcmp(shape, "ellipse") == 0)
        return r == 0 ? 0 : (int)rint(r * sqrt(1.0 - (double)y * y / ((double)r * r)));
    return r;
}

static int element_radius(const flt_stage *s)
{
    return (int)(flt_num(s, "radius") * flt_num(s, "iterations"));
}

/* Doing it n times is doing it once with the element added to itself n times: all elements here are symmetric and
 * convex along rows, so a row of the sum is the widest way to reach it. */
static bool fill_element(const flt_fill *f, int32_t *u)
{
    const int r = (int)flt_num(f->stage, "radius"), n = (int)flt_num(f->stage, "iterations"), total = r * n;
    const char *shape = flt_choice(f->stage, "shape");
    for (int dy = -total; dy <= total; dy++)
        u[dy + total] = dy == 0 ? 0 : -1;
    int32_t next[2 * 1024 + 1];
    for (int i = 0; i < n; i++) {
        for (int dy = -total; dy <= total; dy++) {
            next[dy + total] = -1;
            for (int k = -r; k <= r; k++) {
                const int w = element_row(shape, r, k), from = dy - k;
                if (w < 0 || from < -total || from > total || u[from + total] < 0)
                    continue;
                if (u[from + total] + w > next[dy + total])
                    next[dy + total] = u[from + total] + w;
            }
        }
        memcpy(u, next, (2 * (size_t)total + 1) * sizeof *u);
    }
    return true;
}

static bool fill_rect(const flt_fill *f, int32_t *u)
{
    u[0] = element_radius(f->stage);
    int32_t *w = flt_fill_table(f, 2 * (size_t)u[0] + 1, &u[1]);
    return w != NULL; /* no weights are used, but the loop reads them */
}

static bool build_morphology(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    const int r = element_radius(s);
    const bool max = strcmp(s->row->name, "dilate") == 0;
    if (r == 0)
        return true;
    if (strcmp(flt_choice(s, "shape"), "rect") == 0) {
        const flt_stencil st = { .kind = FLT_SK_TAPS,
                                 .stage = s,
                                 .rx = r,
                                 .ry = r,
                                 .combine = max ? "MAX" : "MIN",
                                 .fill = fill_rect,
                                 .homogeneous = true };
        return flt_begin_stencil(b, &st);
    }
    flt_stencil st = { .kind = FLT_SK_WINDOW,
                       .stage = s,
                       .rx = r,
                       .ry = r,
                       .call = "q_element",
                       .fragment = "stencil/element.cl",
                       .n_uniforms = 2 * (unsigned)r + 1,
                       .fill = fill_element,
                       .homogeneous = true };
    sb_addf(&st.defines, "#undef ELEMENT_R\n#undef ELEMENT_MAX\n#define ELEMENT_R %d\n%s", r,
            max ? "#define ELEMENT_MAX\n" : "");
    return flt_begin_stencil(b, &st);
}

static bool check_morphology(const flt_stage *s, qn_error *err)
{
    const double r = flt_num(s, "radius") * flt_num(s, "iterations");
    const double most = strcmp(flt_choice(s, "shape"), "rect") == 0 ? 500 : 100;
    return r <= most ? true
                     : qn_fail(err, QN_USAGE,
                               "radius x iterations = %.0f; up to %.0f is allowed (rect 500, others 100)", r, most);
}

#define MORPHOLOGY_PARAMS                                                                                              \
    {                                                                                                                  \
        { .name = "radius",                                                                                            \
          .type = FLT_INT,                                                                                             \
          .unit = FLT_PX,                                                                                              \
          .min = 0,                                                                                                    \
          .max = 500,                                                                                                  \
          .def = "1",                                                                                                  \
          .help = "of the element" },                                                                                  \
            { .name = "shape",                                                                                         \
              .type = FLT_CHOICE,                                                                                      \
              .def = "rect",                                                                                           \
              .choices = "rect|cross|disk|diamond|ellipse",                                                            \
              .help = "of the element; disk: x^2 + y^2 <= r^2" },                                                      \
        {                                                                                                              \
            .name = "iterations", .type = FLT_INT, .min = 1, .max = 100, .def = "1", .help = "how many times"          \
        }                                                                                                              \
    }

const flt_row flt_row_erode = {
    .name = "erode",
    .aliases = "minimum|erosion",
    .cls = FLT_STENCIL,
    .help = "darkest sample under the element",
    .example = "erode 2",
    .tolerance = "E",
    .range = FLT_RANGE_KEEP,
    .radius = element_radius,
    .check = check_morphology,
    .build = build_morphology,
    .param = MORPHOLOGY_PARAMS,
};

const flt_row flt_row_dilate = {
    .name = "dilate",
    .aliases = "maximum|dilation",
    .cls = FLT_STENCIL,
    .help = "lightest sample under the element",
    .example = "dilate 2 shape=disk",
    .tolerance = "E",
    .range = FLT_RANGE_KEEP,
    .radius = element_radius,
    .check = check_morphology,
    .build = build_morphology,
    .param = MORPHOLOGY_PARAMS,
};
