/* Gray-scale morphology: the least or greatest sample under an element, and what is made of the two. */
#include "element.h"
#include "plan_build.h"
#include "rows.h"

static bool fill_rect(const flt_fill *f, int32_t *u)
{
    u[0] = flt_element_reach(f->stage);
    int32_t *w = flt_fill_table(f, 2 * (size_t)u[0] + 1, &u[1]);
    return w != NULL; /* no weights are used, but the loop reads them */
}

static bool fill_element(const flt_fill *f, bool turned, int32_t *u)
{
    flt_element e;
    if (!flt_element_make(f->stage, turned, &e))
        return qn_fail(f->err, QN_NOMEM, "out of memory");
    flt_element_table(&e, u);
    flt_element_free(&e);
    return true;
}

static bool fill_upright(const flt_fill *f, int32_t *u)
{
    return fill_element(f, false, u);
}

static bool fill_turned(const flt_fill *f, int32_t *u)
{
    return fill_element(f, true, u);
}

/* The outside takes no part. For the shapes, each of whose rows and columns is one run around the middle, that is what
 * repeating the edge gives; a list needs to be told. */
static bool begin_runs(flt_build *b, const flt_stage *s, bool max)
{
    flt_element e;
    if (!flt_element_make(s, max, &e))
        return qn_fail(b->err, QN_NOMEM, "out of memory");
    flt_stencil st = { .kind = FLT_SK_WINDOW,
                       .skeleton = "skeleton/element.cl",
                       .row_by_row = true,
                       .stage = s,
                       .rx = e.rx,
                       .ry = e.ry,
                       .n_uniforms = (unsigned)flt_element_ints(&e),
                       .fill = max ? fill_turned : fill_upright,
                       .homogeneous = true,
                       .selects = true };
    flt_element_free(&e);
    if (!flt_begin_stencil(b, &st))
        return false;
    flt_pending *v = &b->now;
    const flt_storage storage = b->plan->surface[v->surface].storage;
    const bool stored =
        v->n_pro == 0 && (storage == FLT_U8 || storage == FLT_U16) && s->border != FLT_CONSTANT; /* whole numbers */
    const char *type = !stored ? "float" : storage == FLT_U8 ? "uchar" : "ushort";
    const char *put = stored ? type : "";
    qn_strbuf *d = &v->stencil.defines;
    sb_addf(d, "#undef SAMPLE\n#undef PUT_SAMPLE\n#undef GET_SAMPLE\n#define SAMPLE %s\n", type);
    sb_addf(d, "#define PUT_SAMPLE(p, v) q_put%s%s%u(p, v)\n", stored ? "_" : "", put, v->stencil_channels);
    sb_addf(d, "#define GET_SAMPLE(p) q_get%s%s%u(p)\n", stored ? "_" : "", put, v->stencil_channels);
    sb_addf(d, "#define COMBINE(p, q) ((q) %c (p) ? (q) : (p))\n", max ? '>' : '<');
    if (stored)
        sb_addf(d, "#define START %.0f\n", max ? 0.0 : v->base_max);
    else
        sb_addf(d, "#define START %s\n", max ? "-INFINITY" : "INFINITY");
    if (flt_element_is_list(s) && !s->border_given) {
        sb_add(d, "#define IGNORE_OUTSIDE\n");
        if (!stored) /* else START is as good */
            sb_addf(d, "#define NOTHING %.1ff\n", max ? 0.0 : v->base_max);
    }
    return true;
}

static bool begin_rect(flt_build *b, const flt_stage *s, bool max)
{
    const int r = flt_element_reach(s);
    const flt_stencil st = { .kind = FLT_SK_TAPS,
                             .stage = s,
                             .rx = r,
                             .ry = r,
                             .combine = max ? "MAX" : "MIN",
                             .fill = fill_rect,
                             .homogeneous = true,
                             .selects = true };
    return flt_begin_stencil(b, &st);
}

/* The value's erosion or dilation, iterations and all. */
static bool apply(flt_build *b, const flt_stage *s, bool max)
{
    if (flt_element_reach(s) == 0)
        return true;
    if (!flt_element_is_list(s))
        return flt_chosen(s, "shape", "rect") ? begin_rect(b, s, max) : begin_runs(b, s, max);
    for (int n = (int)flt_num(s, "iterations"); n > 0; n--) {
        flt_kept ignored;
        if (!begin_runs(b, s, max) || (n > 1 && !flt_keep(b, s, "once", &ignored)))
            return false;
    }
    return true;
}

/* First one, then the other: open (erode first) or close. */
static bool apply_both(flt_build *b, const flt_stage *s, bool max_first)
{
    flt_kept ignored;
    return apply(b, s, max_first) && flt_keep(b, s, max_first ? "dilate" : "erode", &ignored) &&
           apply(b, s, !max_first);
}

/* The value minus what was kept, or the other way round. */
static bool difference(flt_build *b, const flt_stage *s, const flt_kept *kept, bool from_kept)
{
    static const char *const code[2][2] = {
        /* without alpha it stays 1, which 1 - 1 is not */
        { "v = q_difference(v, $L); v.a = 1.0f;", "v = q_difference($L, v); v.a = 1.0f;" },
        { "v = q_difference(v, $L);", "v = q_difference($L, v);" }
    };
    const flt_op op = { .code = code[flt_has_alpha(b->now.channels)][from_kept],
                        .fragment = "point/difference.cl",
                        .stage = s,
                        .save = -1,
                        .surface = (int)kept->surface,
                        .uses_xy = true };
    /* A colour outside, or an element beside its own middle: the opening may be the lighter one. */
    if (s->border == FLT_CONSTANT || flt_element_is_list(s))
        b->now.wide = true;
    return flt_scale(b) && flt_add(b, &op);
}

/* An element of one's own is applied again and again; a shape is applied once, larger. */
static bool repeats(const flt_stage *s)
{
    return flt_element_is_list(s) && flt_num(s, "iterations") > 1.0;
}

static bool build_morphology(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    return apply(b, s, s->row == &flt_row_dilate);
}

static bool build_open_close(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    return apply_both(b, s, s->row == &flt_row_close);
}

static bool build_hat(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    const bool black = s->row == &flt_row_blackhat;
    flt_kept source;
    b->keeps_alpha = true;
    return flt_keep(b, s, "source", &source) && apply_both(b, s, black) && difference(b, s, &source, !black);
}

static bool build_gradient(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    flt_kept source, most;
    b->keeps_alpha = true;
    return flt_keep(b, s, "source", &source) && apply(b, s, true) && flt_keep(b, s, "dilate", &most) &&
           flt_resume(b, &source) && apply(b, s, false) && difference(b, s, &most, true);
}

static int twice_the_reach(const flt_stage *s)
{
    return 2 * flt_element_reach(s);
}

#define LEFT_OUT "what lies outside takes no part"

#define MORPHOLOGY_PARAMS                                                                                              \
    {                                                                                                                  \
        { .name = "radius",                                                                                            \
          .type = FLT_INT,                                                                                             \
          .unit = FLT_PX,                                                                                              \
          .min = 0,                                                                                                    \
          .max = FLT_ELEMENT_MAX,                                                                                      \
          .def = "1",                                                                                                  \
          .help = "of the element" },                                                                                  \
            { .name = "shape",                                                                                         \
              .type = FLT_CHOICE,                                                                                      \
              .def = "rect",                                                                                           \
              .choices = FLT_ELEMENT_SHAPES,                                                                           \
              .help = "of the element; disk: x^2 + y^2 <= r^2" },                                                      \
            { .name = "iterations", .type = FLT_INT, .min = 1, .max = 100, .def = "1", .help = "how many times" },     \
            { .name = "element",                                                                                       \
              .type = FLT_LIST,                                                                                        \
              .min = 0,                                                                                                \
              .max = 1,                                                                                                \
              .def = "",                                                                                               \
              .help = "an element of one's own in place of a shape: 0 and 1, row by row" },                            \
        {                                                                                                              \
            .name = "size", .type = FLT_SIZE, .def = "", .help = "of element, where it is no square"                   \
        }                                                                                                              \
    }

const flt_row flt_row_erode = {
    .name = "erode",
    .aliases = "erosion|minimum|min-filter|minfilter",
    .cls = FLT_STENCIL,
    .help = "darkest sample under the element",
    .example = "erode 2",
    .tolerance = "E",
    .range = FLT_RANGE_KEEP,
    .outside = LEFT_OUT,
    .radius = flt_element_reach,
    .check = flt_element_check,
    .composed = repeats,
    .build = build_morphology,
    .param = MORPHOLOGY_PARAMS,
};

const flt_row flt_row_dilate = {
    .name = "dilate",
    .aliases = "dilation|maximum|max-filter|maxfilter",
    .cls = FLT_STENCIL,
    .help = "lightest sample under the element",
    .example = "dilate 2 shape=disk",
    .tolerance = "E",
    .range = FLT_RANGE_KEEP,
    .outside = LEFT_OUT,
    .radius = flt_element_reach,
    .check = flt_element_check,
    .composed = repeats,
    .build = build_morphology,
    .param = MORPHOLOGY_PARAMS,
};

const flt_row flt_row_open = {
    .name = "open",
    .aliases = "opening",
    .cls = FLT_STENCIL,
    .help = "erode, then dilate: light details narrower than the element go",
    .example = "open 2 shape=disk",
    .tolerance = "E",
    .range = FLT_RANGE_KEEP,
    .outside = LEFT_OUT,
    .composed = flt_always_composed,
    .radius = twice_the_reach,
    .check = flt_element_check,
    .build = build_open_close,
    .param = MORPHOLOGY_PARAMS,
};

const flt_row flt_row_close = {
    .name = "close",
    .aliases = "closing",
    .cls = FLT_STENCIL,
    .help = "dilate, then erode: dark details narrower than the element go",
    .example = "close 2",
    .tolerance = "E",
    .range = FLT_RANGE_KEEP,
    .outside = LEFT_OUT,
    .composed = flt_always_composed,
    .radius = twice_the_reach,
    .check = flt_element_check,
    .build = build_open_close,
    .param = MORPHOLOGY_PARAMS,
};

const flt_row flt_row_gradient = {
    .name = "gradient",
    .aliases = "morphological-gradient|morph-gradient",
    .cls = FLT_STENCIL,
    .help = "dilate minus erode: how much changes under the element",
    .example = "gradient 1",
    .tolerance = "E",
    .range = FLT_RANGE_SPAN,
    .outside = LEFT_OUT,
    .composed = flt_always_composed,
    .radius = flt_element_reach,
    .check = flt_element_check,
    .build = build_gradient,
    .param = MORPHOLOGY_PARAMS,
};

const flt_row flt_row_tophat = {
    .name = "tophat",
    .aliases = "top-hat|white-tophat",
    .cls = FLT_STENCIL,
    .help = "the picture minus its opening: light details narrower than the element",
    .example = "tophat 8 shape=disk",
    .tolerance = "E",
    .range = FLT_RANGE_SPAN,
    .outside = LEFT_OUT,
    .composed = flt_always_composed,
    .radius = twice_the_reach,
    .check = flt_element_check,
    .build = build_hat,
    .param = MORPHOLOGY_PARAMS,
};

const flt_row flt_row_blackhat = {
    .name = "blackhat",
    .aliases = "black-hat|black-tophat|bottom-hat|bottomhat",
    .cls = FLT_STENCIL,
    .help = "the closing minus the picture: dark details narrower than the element",
    .example = "blackhat 8",
    .tolerance = "E",
    .range = FLT_RANGE_SPAN,
    .outside = LEFT_OUT,
    .composed = flt_always_composed,
    .radius = twice_the_reach,
    .check = flt_element_check,
    .build = build_hat,
    .param = MORPHOLOGY_PARAMS,
};
