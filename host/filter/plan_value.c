/* The value on its way through the planner: its forms, and how it becomes a surface. */
#include "affine.h"
#include "codegen.h"
#include "light.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool flt_has_alpha(unsigned channels)
{
    return channels == 2 || channels == 4;
}
unsigned flt_colours(unsigned channels)
{
    return channels <= 2 ? 1 : 3;
}

/* ---- operations ---- */

bool flt_add(flt_build *b, const flt_op *op)
{
    flt_pending *v = &b->now;
    if (v->n_ops == FLT_MAX_OPS)
        return qn_fail(b->err, QN_LIMIT, "one filter is too long an expression");
    v->op[v->n_ops++] = *op;
    if (!v->has_stencil)
        v->n_pro = v->n_ops;
    return true;
}

bool flt_add_code(flt_build *b, const flt_stage *stage, const char *code, const char *fragment)
{
    const flt_op op = { .code = code, .fragment = fragment, .stage = stage, .save = -1, .surface = -1 };
    return flt_add(b, &op);
}

/* Full scale of the value as it stands: 1 once it is scaled. */
double flt_value_max(const flt_build *b)
{
    const flt_pending *v = &b->now;
    if (v->scaled)
        return 1.0;
    if (v->levels > 0)
        return v->levels;
    return v->has_stencil ? v->stencil_max : flt_full_scale(b->plan->surface[v->surface].storage);
}

bool flt_is_decoded(const flt_build *b)
{
    const flt_pending *v = &b->now;
    for (unsigned i = 0; i < v->n_ops; i++)
        if (!v->op[i].keeps_levels)
            return false;
    return !v->has_stencil && v->scaled && v->surface == 0;
}

static const char *scale_code(double max, bool alpha)
{
    if (max == 255.0)
        return alpha ? "v.r *= 1.0f / 255.0f; v.g *= 1.0f / 255.0f; v.b *= 1.0f / 255.0f; v.a *= 1.0f / 255.0f;"
                     : "v.r *= 1.0f / 255.0f; v.g *= 1.0f / 255.0f; v.b *= 1.0f / 255.0f;";
    return alpha ? "v.r *= 1.0f / 65535.0f; v.g *= 1.0f / 65535.0f; v.b *= 1.0f / 65535.0f; v.a *= 1.0f / 65535.0f;"
                 : "v.r *= 1.0f / 65535.0f; v.g *= 1.0f / 65535.0f; v.b *= 1.0f / 65535.0f;";
}

bool flt_scale(flt_build *b)
{
    const double max = flt_value_max(b);
    if (max == 1.0) {
        b->now.scaled = true;
        return true;
    }
    const flt_op op = { .code = scale_code(max, flt_has_alpha(b->now.channels)),
                        .save = -1,
                        .surface = -1,
                        .words = "",
                        .samplewise = true,
                        .alike = true,
                        .keeps_levels = true,
                        .is_scale = true };
    if (!flt_add(b, &op))
        return false;
    b->now.scaled = true;
    b->now.levels = 0;
    return true;
}

static bool fill_levels(const flt_fill *f, int32_t *u, double max)
{
    (void)f;
    u[0] = flt_bits(max);
    return true;
}

static bool fill_levels_8(const flt_fill *f, int32_t *u)
{
    return fill_levels(f, u, 255.0);
}

static bool fill_levels_16(const flt_fill *f, int32_t *u)
{
    return fill_levels(f, u, 65535.0);
}

bool flt_to_levels(flt_build *b, const flt_stage *stage, double max)
{
    flt_pending *v = &b->now;
    const flt_storage storage = b->plan->surface[v->surface].storage;
    if (!v->has_stencil && v->n_ops == 0 && storage != FLT_F32 && flt_full_scale(storage) == max)
        return true; /* they are stored so */
    const flt_op op = { .code = "v = q_levels(v, $0);",
                        .fragment = "point/levels.cl",
                        .stage = stage,
                        .n_uniforms = 1,
                        .fill = max == 255.0 ? fill_levels_8 : fill_levels_16,
                        .save = -1,
                        .surface = -1,
                        .samplewise = true,
                        .alike = true,
                        .levels = max };
    if (!flt_scale(b) || !flt_add(b, &op))
        return false;
    v->scaled = v->fractional = false;
    v->levels = max;
    return true;
}

static bool state_op(flt_build *b, const char *code)
{
    const flt_op op = { .code = code, .fragment = "point/state.cl", .save = -1, .surface = -1 };
    return flt_scale(b) && flt_add(b, &op);
}

bool flt_want(flt_build *b, bool premultiplied, bool linear)
{
    flt_pending *v = &b->now;
    const bool alpha = flt_has_alpha(v->channels);
    if (!alpha)
        v->premultiplied = premultiplied;
    if (v->linear != linear) {
        if (alpha && v->premultiplied && !state_op(b, "v = q_unpremultiply(v);"))
            return false;
        v->premultiplied = alpha ? false : v->premultiplied;
        const flt_op op = flt_light_op(b, linear, -1);
        b->plan->uses_light = true;
        if (!flt_scale(b) || !flt_add(b, &op))
            return false;
        v->linear = linear;
    }
    if (v->premultiplied != premultiplied) {
        if (!state_op(b, premultiplied ? "v = q_premultiply(v);" : "v = q_unpremultiply(v);"))
            return false;
        v->premultiplied = premultiplied;
    }
    return true;
}

bool flt_want_rgb(flt_build *b)
{
    if (flt_colours(b->now.channels) == 3)
        return true;
    const flt_op op = { .code = "v.g = v.r; v.b = v.r;", .save = -1, .surface = -1, .keeps_levels = true };
    if (!flt_add(b, &op))
        return false;
    b->now.channels = (uint8_t)(b->now.channels + 2);
    return true;
}

bool flt_want_alpha(flt_build *b)
{
    if (flt_has_alpha(b->now.channels))
        return true;
    if (!flt_scale(b)) /* pixels without alpha are loaded with an alpha of 1, and that is no stored sample */
        return false;
    b->now.channels++;
    return true;
}

bool flt_drop_alpha(flt_build *b, const flt_stage *stage)
{
    if (!flt_has_alpha(b->now.channels))
        return true;
    if (!flt_scale(b) || !flt_add_code(b, stage, "v.a = 1.0f;", NULL))
        return false;
    b->now.channels--;
    return true;
}

bool flt_to_luma(flt_build *b, const flt_stage *stage, flt_luma luma)
{
    if (luma == FLT_LUMA_OFF || flt_colours(b->now.channels) == 1)
        return true;
    const bool by_light = luma == FLT_LUMA_LINEAR && !b->now.linear;
    const char *code = luma == FLT_LUMA_601 ? "v.r = q_luma601(v); v.g = v.r; v.b = v.r;"
                       : by_light           ? "v.r = q_luma_linear(v); v.g = v.r; v.b = v.r;"
                                            : "v.r = q_luma709(v); v.g = v.r; v.b = v.r;";
    b->plan->uses_light = b->plan->uses_light || by_light;
    if (by_light && b->input.own_transfer)
        return flt_want(b, false, true) && flt_to_luma(b, stage, FLT_LUMA_709) && flt_want(b, false, false);
    if (by_light && !flt_want(b, false, false))
        return false;
    const flt_op op = { .code = code,
                        .fragment = "point/state.cl",
                        .stage = stage,
                        .save = -1,
                        .surface = -1,
                        .homogeneous = !by_light,
                        .heavy = luma == FLT_LUMA_LINEAR };
    if (!flt_scale(b) || !flt_add(b, &op))
        return false;
    b->now.channels = (uint8_t)(b->now.channels - 2);
    return true;
}

bool flt_to_chosen_luma(flt_build *b, const flt_stage *stage)
{
    return flt_to_luma(b, stage, (flt_luma)flt_num(stage, "luma"));
}

static int save_as(flt_build *b, const flt_stage *stage, const char *code)
{
    const int save = b->n_saved++;
    const flt_op op = { .code = code, .stage = stage, .save = save, .surface = -1, .samplewise = true, .alike = true };
    return flt_scale(b) && flt_add(b, &op) ? save : -1;
}

int flt_save_input(flt_build *b, const flt_stage *stage)
{
    if (b->has_source) {
        const int save = b->n_saved++;
        const flt_op op = {
            .code = "px $S = $L;", .stage = stage, .save = save, .surface = (int)b->source.surface, .uses_xy = true
        };
        return flt_scale(b) && flt_add(b, &op) ? save : -1;
    }
    return save_as(b, stage, b->now.has_stencil ? "px $S = MID(a, x, y);" : "px $S = v;");
}

int flt_save_pixel(flt_build *b, const flt_stage *stage)
{
    const int save = save_as(b, stage, "px $S = v;");
    if (save >= 0)
        b->now.op[b->now.n_ops - 1].keeps_levels = true;
    return save;
}

int flt_save_stencil_input(flt_build *b, const flt_stage *stage)
{
    const int save = save_as(b, stage, "px $S = PRE(a, x, y);");
    if (save >= 0)
        b->now.op[b->now.n_ops - 1].words = "";
    return save;
}

/* ---- values put aside ---- */

bool flt_keep(flt_build *b, const flt_stage *stage, const char *part, flt_kept *kept)
{
    flt_pending *v = &b->now;
    if (v->has_stencil || v->n_ops || v->n_view) {
        const size_t n = strlen(v->names);
        snprintf(v->names + n, sizeof v->names - n, "%s%s:%s", n ? "+" : "", stage->row->name, part);
        if (!flt_materialise(b, "it is needed again, or by more than its own pixel"))
            return false;
    }
    *kept = (flt_kept){ v->surface, v->channels, v->premultiplied, v->linear, v->wide };
    return true;
}

bool flt_resume(flt_build *b, const flt_kept *kept)
{
    flt_pending *v = &b->now;
    if (v->has_stencil || v->n_ops || v->n_view)
        return qn_fail(b->err, QN_INTERNAL, "a value is dropped before it is a surface");
    v->surface = kept->surface;
    v->channels = v->base_channels = kept->channels;
    v->premultiplied = kept->premultiplied;
    v->linear = kept->linear;
    v->wide = kept->wide;
    v->scaled = false;
    v->levels = 0;
    return true;
}

/* ---- surfaces ---- */

int flt_add_surface(flt_build *b, flt_role role, flt_storage storage, unsigned channels)
{
    flt_plan *p = b->plan;
    flt_surface *s = realloc(p->surface, (p->n_surfaces + 1) * sizeof *s);
    if (!s) {
        qn_fail(b->err, QN_NOMEM, "out of memory");
        return -1;
    }
    p->surface = s;
    s[p->n_surfaces] = (flt_surface){ .role = role, .storage = storage, .channels = (uint8_t)channels };
    return (int)p->n_surfaces++;
}

/* What a surface between passes must be able to hold. 16 bits do for 8-bit pictures while values stay in 0..1, but
 * not where alpha will divide them or where linear light crowds the shadows. */
flt_storage flt_temp_storage(const flt_build *b, unsigned channels)
{
    const flt_pending *v = &b->now;
    const bool deep = b->input.format.depth != 8 || b->input.out_depth > 8;
    return !deep && !v->wide && !v->linear && !flt_has_alpha(channels) ? FLT_U16 : FLT_F32;
}

bool flt_selects(const flt_pending *v)
{
    return v->has_stencil && v->stencil.selects && v->n_ops == 0 && v->stencil.stage->border != FLT_CONSTANT;
}

bool flt_add_view(flt_build *b, flt_view_kind kind, const flt_stage *stage)
{
    flt_pending *v = &b->now;
    bool stays = v->has_stencil || v->n_view == FLT_MAX_VIEW;
    for (unsigned i = 0; i < v->n_ops; i++)
        stays = stays || v->op[i].uses_xy;
    if (stays && !flt_materialise(b, v->has_stencil ? "a stencil's result is not there in another order yet"
                                                    : "an operation depends on where the pixel is"))
        return false;
    v->view[v->n_view++] = (flt_view_step){ kind, stage, 1 };
    return true;
}

/* ---- stencils ---- */

static bool view_is_crop(const flt_pending *v)
{
    for (unsigned i = 0; i < v->n_view; i++)
        if (v->view[i].kind != FLT_VIEW_CROP)
            return false;
    return true;
}

static bool any_heavy(const flt_pending *v)
{
    for (unsigned i = 0; i < v->n_ops; i++)
        if (v->op[i].heavy)
            return true;
    return false;
}

bool flt_begin_stencil(flt_build *b, const flt_stencil *s)
{
    flt_pending *v = &b->now;
    flt_matrices later = { 0 };
    if (s->kind == FLT_SK_RESAMPLE && !s->enlarges) /* what mixes colours is cheaper on the fewer pixels behind it */
        flt_take_matrices(b, &later);
    if (v->has_stencil && !flt_materialise(b, "two stencils: the second needs neighbours of the first's result"))
        return false;
    if (s->kind == FLT_SK_RESAMPLE && (v->n_ops || !view_is_crop(v)) &&
        !flt_materialise(b, "resize takes each sample several times"))
        return false;
    if (s->kind == FLT_SK_WINDOW && any_heavy(v) && !(v->n_mid_set && v->n_mid < v->n_ops) &&
        !flt_materialise(b, "a costly operation would be repeated at every block's rim"))
        return false;
    if (s->kind == FLT_SK_MOVE && s->several && any_heavy(v) &&
        !flt_materialise(b, "a costly operation would be repeated for each pixel that takes the sample"))
        return false;
    if ((!s->homogeneous || (v->levels > 0 && v->fractional)) && !flt_scale(b))
        return false;
    if (!v->n_mid_set && !flt_mark_input(b))
        return false;
    v->n_mid_set = false;
    v->n_pro = v->n_ops;
    b->keeps_alpha = b->keeps_alpha || s->keeps_alpha;
    const double max = flt_value_max(b);
    v->base_max = max;
    v->levels = 0;
    snprintf(v->head, sizeof v->head, "%.*s%s%s", (int)(sizeof v->head - 32), v->names, v->names[0] ? "+" : "",
             s->stage->row->name);
    v->has_stencil = true;
    v->stencil = *s;
    v->stencil_channels = v->channels;
    /* BOX stays exact only on whole samples and where nothing between it and the picture changes them */
    v->box_whole = s->kind == FLT_SK_BOX && (max == 255.0 || (max == 65535.0 && s->rx <= 127)); /* sums in 32 bits */
    v->stencil_storage = s->kind == FLT_SK_RESAMPLE ? FLT_F32
                         : flt_selects(v)           ? b->plan->surface[v->surface].storage
                                                    : flt_temp_storage(b, v->channels);
    if (s->kind == FLT_SK_BOX)
        v->stencil_storage = !v->box_whole ? FLT_F32 : max == 255.0 && s->rx <= 128 ? FLT_U16 : FLT_U32;
    const bool as_it_came = s->kind == FLT_SK_WINDOW || s->kind == FLT_SK_MOVE;
    v->scaled = max == 1.0 && as_it_came;
    v->stencil_max =
        as_it_came || s->kind == FLT_SK_BOX || s->kind == FLT_SK_RESAMPLE ? max : flt_full_scale(v->stencil_storage);
    return flt_put_matrices(b, &later);
}

bool flt_mark_input(flt_build *b)
{
    flt_pending *v = &b->now;
    if (v->has_stencil && !flt_materialise(b, "two stencils: the second needs neighbours of the first's result"))
        return false;
    v->n_mid = v->n_ops;
    v->mid_channels = v->channels;
    v->mid_premultiplied = v->premultiplied;
    v->mid_linear = v->linear;
    v->n_mid_set = true;
    return true;
}

bool flt_use_fragment(flt_build *b, const char *fragment)
{
    return cg_use(b->plan->recipe, fragment, b->err);
}
