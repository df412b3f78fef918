/* chain -> plan: every stage in turn adds to the pending value; what all stages have in common is done here. */
#include "affine.h"
#include "codegen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the keys of every stage ---- */

static bool fill_mix(const flt_fill *f, int32_t *u)
{
    u[0] = flt_bits(f->stage->mix);
    return true;
}

static bool fill_roi(const flt_fill *f, int32_t *u)
{
    const flt_rect *r = &f->stage->roi;
    u[0] = r->x;
    u[1] = r->y;
    u[2] = (int32_t)((int64_t)r->x + r->w > INT32_MAX ? INT32_MAX : r->x + r->w);
    u[3] = (int32_t)((int64_t)r->y + r->h > INT32_MAX ? INT32_MAX : r->y + r->h);
    return true;
}

static bool saved_op(flt_build *b, const flt_stage *s, int save, const char *code)
{
    const flt_op op = { .code = code, .stage = s, .save = save, .surface = -1, .fragment = "point/state.cl" };
    return flt_add(b, &op);
}

/* mix=, roi= and mask=: `save` is the stage's input in the form (channels, light, premultiplication) of the value. */
static bool add_mix_and_roi(flt_build *b, const flt_stage *s, int save)
{
    if (s->mix < 1.0) {
        const flt_op op = { .code = "v = q_mix($S, v, $0);",
                            .fragment = "point/select.cl",
                            .stage = s,
                            .n_uniforms = 1,
                            .fill = fill_mix,
                            .save = save,
                            .surface = -1 };
        if (!flt_add(b, &op))
            return false;
    }
    if (s->has_roi) {
        const flt_op op = { .code = "v = q_roi($S, v, x, y, %0, %1, %2, %3);",
                            .fragment = "point/select.cl",
                            .stage = s,
                            .n_uniforms = 4,
                            .fill = fill_roi,
                            .save = save,
                            .surface = -1,
                            .uses_xy = true };
        if (!flt_add(b, &op))
            return false;
    }
    return !s->mask || flt_add_mask(b, s, save);
}

/* channels= of a filter that worked on all of them: the others are the input's again. In straight form. The one channel
 * of a gray picture is its red, green, blue and luma. */
static bool add_channel_choice(flt_build *b, const flt_stage *s, int save)
{
    static const char *const keep[] = { [FLT_CH_RGB] = "v.a = $S.a;",
                                        [FLT_CH_A] = "v.r = $S.r; v.g = $S.g; v.b = $S.b;",
                                        [FLT_CH_R] = "v.g = $S.g; v.b = $S.b; v.a = $S.a;",
                                        [FLT_CH_G] = "v.r = $S.r; v.b = $S.b; v.a = $S.a;",
                                        [FLT_CH_B] = "v.r = $S.r; v.g = $S.g; v.a = $S.a;" };
    const bool gray = flt_colours(b->now.channels) == 1, alpha = flt_has_alpha(b->now.channels);
    if (s->channels == FLT_CH_DEFAULT || s->channels == FLT_CH_RGBA || (s->channels == FLT_CH_LUMA && !gray))
        return true;
    if (!alpha && s->channels != FLT_CH_A && (gray || s->channels == FLT_CH_RGB))
        return true;
    if (alpha && b->now.premultiplied) {
        if (!flt_want(b, false, b->now.linear) || !saved_op(b, s, save, "$S = q_unpremultiply($S);"))
            return false;
    }
    return saved_op(b, s, save, gray && s->channels != FLT_CH_A ? "v.a = $S.a;" : keep[s->channels]);
}

/* The result is gray where the input was not, or has no alpha: where both end up in one pixel they must have the same
 * channels. */
static bool level_channels(flt_build *b, const flt_stage *s, unsigned input_channels)
{
    if (flt_has_alpha(input_channels) && !flt_want_alpha(b))
        return false;
    const bool both = s->mix < 1.0 || s->has_roi || s->mask || s->channels == FLT_CH_A || s->channels == FLT_CH_R ||
                      s->channels == FLT_CH_G || s->channels == FLT_CH_B;
    return !both || flt_colours(input_channels) == flt_colours(b->now.channels) || flt_want_rgb(b);
}

/* ---- the classes ---- */

/* `scaled`: what follows counts in 0..1. */
static bool build_point_on(flt_build *b, const flt_stage *s, bool scaled)
{
    const flt_row *row = s->row;
    if (row->colour == FLT_MIXES && flt_colours(b->now.channels) == 1)
        return true;
    if (row->colour == FLT_NEEDS_RGB && !flt_want_rgb(b))
        return false;
    return row->build(b, s, b->err) && (!scaled || flt_scale(b));
}

/* POINT and REDUCE work on straight colour and leave alpha alone, unless channels= says otherwise. */
static bool build_point(flt_build *b, const flt_stage *s)
{
    const bool linear = s->linear || b->options->linear, needs_rgb = s->row->colour == FLT_NEEDS_RGB;
    if (s->channels == FLT_CH_LUMA && needs_rgb && !flt_want_rgb(b))
        return false;
    const unsigned before = b->now.channels;
    const bool alpha = flt_has_alpha(before);
    const bool on_alpha = alpha && (s->channels == FLT_CH_A || s->channels == FLT_CH_RGBA);
    const bool on_colour = s->channels != FLT_CH_A;
    const bool luma = s->channels == FLT_CH_LUMA && flt_colours(before) == 3;
    if (!on_alpha && !on_colour)
        return true; /* channels=a of a picture that has none */
    if (!flt_want(b, false, linear) || !flt_scale(b))
        return false;
    int save = -1, work = -1;
    const bool matrix = flt_stage_only_mixes(s) && (flt_colours(before) == 3 || s->row->colour != FLT_PER_CHANNEL);
    if (((flt_stage_selects(s) && !matrix) || on_alpha) && (save = flt_save_pixel(b, s)) < 0)
        return false;
    if (luma) {
        if (!saved_op(b, s, save, "v.r = q_luma709(v); v.g = v.r; v.b = v.r;") || (work = flt_save_pixel(b, s)) < 0 ||
            !build_point_on(b, s, true) ||
            !saved_op(b, s, work, needs_rgb ? "$S.r = q_luma709(v) - $S.r;" : "$S.r = v.r - $S.r;") ||
            !saved_op(b, s, save, "v = $S;") || !saved_op(b, s, work, "v.r += $S.r; v.g += $S.r; v.b += $S.r;"))
            return false;
        b->now.channels = (uint8_t)before;
    } else {
        if (on_colour && !build_point_on(b, s, save >= 0))
            return false;
        if (save >= 0 && !level_channels(b, s, before))
            return false;
        /* gray lives in r alone: what became RGB meanwhile is mixed with three */
        if (save >= 0 && flt_colours(before) == 1 && flt_colours(b->now.channels) == 3 &&
            !saved_op(b, s, save, "$S.g = $S.r; $S.b = $S.r;"))
            return false;
        if (on_alpha) {
            /* the filter once more, on alpha as if it were gray */
            const uint8_t channels = b->now.channels;
            if ((work = flt_save_pixel(b, s)) < 0 || !saved_op(b, s, save, "v = q_gray($S.a, $S.a);"))
                return false;
            b->now.channels = 2;
            if (!build_point_on(b, s, true) || !saved_op(b, s, work, "$S.a = v.r; v = $S;"))
                return false;
            b->now.channels = channels;
        } else if (save >= 0 && !add_channel_choice(b, s, save)) {
            return false;
        }
    }
    return save < 0 || add_mix_and_roi(b, s, save);
}

/* Stencils work on premultiplied values, alpha included. */
static bool build_stencil(flt_build *b, const flt_stage *s)
{
    const bool linear = s->linear || b->options->linear;
    const unsigned before = b->now.channels;
    const bool luma = s->channels == FLT_CH_LUMA && flt_colours(before) == 3;
    if (s->channels == FLT_CH_A && !flt_has_alpha(before))
        return true; /* there is none */
    if (s->row->range == FLT_RANGE_KEEP && s->row->radius && s->row->radius(s) == 0)
        return true; /* every pixel is its own neighbourhood */
    b->keeps_alpha = false;
    if (!flt_want(b, true, linear))
        return false;
    if (s->row->composed && s->row->composed(s) && (flt_stage_selects(s) || flt_has_alpha(before))) {
        if (!flt_keep(b, s, "source", &b->source))
            return false;
        b->has_source = true;
    }
    if (!flt_mark_input(b))
        return false;
    if (luma && !flt_to_luma(b, s, FLT_LUMA_709))
        return false;
    if (!s->row->build(b, s, b->err))
        return false;
    const bool keep_alpha = b->keeps_alpha && flt_has_alpha(before) && s->channels != FLT_CH_A;
    if (!flt_stage_selects(s) && !keep_alpha)
        return true;
    const int save = flt_save_input(b, s);
    if (save < 0)
        return false;
    if (luma && keep_alpha && !saved_op(b, s, save, "v.a = $S.a; v = q_nothing_is_black(v);"))
        return false;
    if (luma) {
        /* straight colours move by what straight luma moved; alpha stays */
        const bool premultiplied = flt_has_alpha(before) && b->now.premultiplied;
        if (premultiplied && (!flt_want(b, false, linear) || !saved_op(b, s, save, "$S = q_unpremultiply($S);")))
            return false;
        if (!saved_op(b, s, save, "v.r -= q_luma709($S); v.g = $S.g + v.r; v.b = $S.b + v.r; v.r += $S.r; v.a = $S.a;"))
            return false;
        b->now.channels = (uint8_t)before;
        return add_mix_and_roi(b, s, save);
    }
    if (!level_channels(b, s, before) ||
        (keep_alpha && !saved_op(b, s, save, "v.a = $S.a; v = q_nothing_is_black(v);")))
        return false;
    return add_channel_choice(b, s, save) && add_mix_and_roi(b, s, save);
}

/* channels=luma: straight colours move by what straight luma moved; alpha stays. */
static bool move_luma(flt_build *b, const flt_stage *s, int save, bool linear)
{
    const bool straighten = flt_has_alpha(b->now.channels) && b->now.premultiplied;
    if (straighten && (!flt_want(b, false, linear) || !saved_op(b, s, save, "$S = q_unpremultiply($S);")))
        return false;
    return saved_op(b, s, save,
                    "v.r = q_luma709(v) - q_luma709($S); v.g = $S.g + v.r; v.b = $S.b + v.r; v.r += $S.r; v.a = $S.a;");
}

/* Pixels move; what was at a place before they did is read from the surface that they come from. What only picks pixels
 * leaves straight colours as they are; to mix two pixels of different alpha takes premultiplied ones. */
static bool build_geometry(flt_build *b, const flt_stage *s)
{
    const bool linear = s->linear || b->options->linear;
    const bool premultiplied = s->row->tolerance[0] != 'E' || s->mix < 1 || s->mask;
    if (!flt_stage_selects(s))
        return s->row->build(b, s, b->err);
    const unsigned before = b->now.channels;
    if (s->channels == FLT_CH_A && !flt_has_alpha(before))
        return true; /* there is none */
    flt_kept kept;
    if (!flt_want(b, premultiplied, linear) || !flt_keep(b, s, "source", &kept) || !s->row->build(b, s, b->err) ||
        !flt_want(b, premultiplied, linear) || !flt_scale(b) || !level_channels(b, s, before))
        return false;
    const int save = b->n_saved++;
    const flt_op load = {
        .code = "px $S = $L;", .stage = s, .save = save, .surface = (int)kept.surface, .uses_xy = true
    };
    if (!flt_add(b, &load) ||
        (s->channels == FLT_CH_LUMA && flt_colours(before) == 3 && !move_luma(b, s, save, linear)))
        return false;
    return add_channel_choice(b, s, save) && add_mix_and_roi(b, s, save);
}

static bool build_compose(flt_build *b, const flt_stage *s)
{
    const bool linear = s->linear || b->options->linear;
    if (!flt_want(b, true, linear) || (s->row->colour == FLT_NEEDS_RGB && !flt_want_rgb(b)) || !flt_scale(b))
        return false;
    int save = -1;
    if (flt_stage_selects(s) && (save = flt_save_pixel(b, s)) < 0)
        return false;
    if (!s->row->build(b, s, b->err))
        return false;
    if (s->channels == FLT_CH_LUMA && flt_colours(b->now.channels) == 3 && !move_luma(b, s, save, linear))
        return false;
    return save < 0 || (add_channel_choice(b, s, save) && add_mix_and_roi(b, s, save));
}

static void add_name(flt_build *b, const char *name)
{
    char *names = b->now.names;
    const size_t n = strlen(names);
    snprintf(names + n, sizeof b->now.names - n, "%s%s", n ? "+" : "", name);
}

/* Tables and second pictures that the pending operations read. */
static unsigned side_surfaces(const flt_pending *v)
{
    unsigned n = 0;
    for (unsigned i = 0; i < v->n_ops; i++)
        n += v->op[i].surface >= 0;
    return n;
}

static bool build_stage(flt_build *b, const flt_stage *s)
{
    bool ok = true;
    const bool first = b->now.n_ops == 0 && b->now.n_view == 0 && !b->now.has_stencil;
    unsigned more = (s->row->cls == FLT_COMPOSE || s->row->cls == FLT_REDUCE ? 1u : 0u) + (s->mask ? 1u : 0u);
    for (size_t i = 0; s->row->cls != FLT_COMPOSE && i < flt_param_count(s->row); i++)
        more += s->row->param[i].type == FLT_FILE;
    if (!b->options->fuse && !first && s->row->cls != FLT_CONTROL)
        ok = flt_materialise(b, "--no-fuse");
    else if (s->row->cls == FLT_REDUCE && b->now.has_stencil)
        ok = flt_materialise(b, "the whole picture must be there before its statistics");
    else if (b->now.n_ops > FLT_MAX_OPS - 40)
        ok = flt_materialise(b, "the expression grew long");
    else if (more > 0 && side_surfaces(&b->now) + more > 2)
        ok = flt_materialise(b, "a pass takes only so many second pictures and tables");
    switch (ok ? (int)s->row->cls : -1) {
    case FLT_POINT:
    case FLT_REDUCE: ok = build_point(b, s); break;
    case FLT_STENCIL:
        ok = build_stencil(b, s);
        b->has_source = false;
        b->now.n_mid_set = false; /* where a radius of 0 left no stencil: the next one's input is its own */
        break;
    case FLT_GEOMETRY: ok = build_geometry(b, s); break;
    case FLT_COMPOSE: ok = build_compose(b, s); break;
    case FLT_CONTROL: return s->row->build(b, s, b->err);
    default: break;
    }
    if (!ok)
        return false;
    add_name(b, s->row->name);
    /* where the alpha is the input's, a premultiplied colour may be more than it */
    const bool beyond_alpha = s->row->cls == FLT_STENCIL && b->keeps_alpha && flt_has_alpha(b->now.channels);
    if (s->row->range == FLT_RANGE_WIDE || beyond_alpha)
        b->now.wide = true;
    else if (s->row->range == FLT_RANGE_UNIT && s->channels == FLT_CH_DEFAULT && !s->has_roi && !s->mask &&
             s->mix >= 1.0)
        b->now.wide = false;
    return true;
}

/* ---- the plan ---- */

static bool written_before(const flt_plan *p, size_t pass, unsigned surface)
{
    for (size_t q = 0; q < pass; q++)
        if (p->pass[q].buffer[p->pass[q].n_buffers - 1] == surface)
            return true;
    return false;
}

/* Temporaries that are never alive together share a pool: first fit over first write and last read. */
static bool assign_pools(flt_plan *p, qn_error *err)
{
    size_t *busy_until = calloc(p->n_surfaces + 1, sizeof *busy_until);
    if (!busy_until)
        return qn_fail(err, QN_NOMEM, "out of memory");
    for (size_t pass = 0; pass < p->n_passes; pass++) {
        const unsigned s = p->pass[pass].buffer[p->pass[pass].n_buffers - 1];
        if (p->surface[s].role != FLT_ROLE_TEMP || written_before(p, pass, s))
            continue;
        size_t last = pass;
        for (size_t q = pass; q < p->n_passes; q++)
            for (unsigned i = 0; i < p->pass[q].n_buffers; i++)
                if (p->pass[q].buffer[i] == s)
                    last = q;
        unsigned pool = 0;
        while (pool < p->n_pools && busy_until[pool] > pass)
            pool++;
        if (pool == p->n_pools)
            p->n_pools++;
        busy_until[pool] = last + 1;
        p->surface[s].pool = pool;
    }
    free(busy_until);
    return true;
}

static bool reads_input(const flt_pass *pass)
{
    for (unsigned i = 0; i + 1 < pass->n_buffers; i++)
        if (pass->buffer[i] == 0)
            return true;
    return false;
}

static flt_storage storage_of(uint8_t depth)
{
    return depth == 8 ? FLT_U8 : depth == 16 ? FLT_U16 : FLT_F32;
}

static bool is_depth(uint8_t depth)
{
    return depth == 8 || depth == 16 || depth == 32;
}

static bool build(flt_build *b, const flt_chain *chain)
{
    flt_plan *p = b->plan;
    const qn_format f = b->input.format;
    if (f.channels < 1 || f.channels > 4 || !is_depth(f.depth) || f.layout != QN_INTERLEAVED)
        return qn_fail(b->err, QN_INTERNAL, "a picture of %u channels of %u bits", f.channels, f.depth);
    const uint8_t depth = b->input.out_depth ? b->input.out_depth : f.depth;
    if (flt_add_surface(b, FLT_ROLE_INPUT, storage_of(f.depth), f.channels) < 0 ||
        flt_add_surface(b, FLT_ROLE_OUTPUT, storage_of(depth), f.channels) < 0)
        return false;
    b->now.channels = b->now.base_channels = f.channels;
    b->now.wide = f.depth == 32;
    if (b->input.orientation > 1 && b->input.orientation <= 8) {
        b->now.view[b->now.n_view++] = (flt_view_step){ FLT_VIEW_ORIENT, NULL, b->input.orientation };
        add_name(b, "orient");
    }
    for (size_t i = 0; i < chain->n; i++)
        if (!build_stage(b, &chain->stage[i]))
            return false;
    if (!flt_want(b, false, false))
        return false;
    /* filters leave no colour where nothing is seen; a mere copy is one to the last bit */
    if (chain->n > 0 && flt_has_alpha(b->now.channels) &&
        (!flt_scale(b) ||
         !flt_add_code(b, NULL, depth == 8 ? "v = q_hide(v, 255.0f);" : "v = q_hide(v, 65535.0f);", "point/state.cl")))
        return false;
    p->surface[1].channels = b->now.channels;
    p->output = (qn_format){ b->now.channels, depth, QN_INTERLEAVED };
    if (!flt_materialise_to(b, 1) || !cg_finish(b) || !assign_pools(p, b->err))
        return false;
    p->output_may_overlap_input = true;
    for (size_t i = 0; i < p->n_passes; i++)
        if (p->pass[i].buffer[p->pass[i].n_buffers - 1] == 1 && reads_input(&p->pass[i]))
            p->output_may_overlap_input = false;
    return true;
}

flt_plan *flt_plan_create(const flt_chain *chain, const flt_input *input, const flt_options *options, qn_error *err)
{
    flt_plan *p = calloc(1, sizeof *p);
    flt_recipe *r = calloc(1, sizeof *r);
    flt_build *b = calloc(1, sizeof *b);
    if (!p || !r || !b) {
        free(p);
        free(r);
        free(b);
        qn_fail(err, QN_NOMEM, "out of memory");
        return NULL;
    }
    p->recipe = r;
    r->device = options->device;
    *b = (flt_build){ .plan = p, .options = options, .input = *input, .chain = chain, .err = err };
    const bool ok = build(b, chain);
    if (b->now.has_stencil)
        sb_free(&b->now.stencil.defines);
    free(b);
    if (!ok)
        flt_plan_free(&p);
    return p;
}

void flt_plan_free(flt_plan **plan)
{
    flt_plan *p = *plan;
    if (!p)
        return;
    for (size_t i = 0; i < p->n_passes; i++)
        sb_free(&p->pass[i].note);
    if (p->recipe) {
        sb_free(&p->recipe->text);
        free(p->recipe->pass);
    }
    free(p->recipe);
    free(p->pass);
    free(p->surface);
    free(p->file);
    free(p->text);
    free(p);
    *plan = NULL;
}
