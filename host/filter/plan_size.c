/* A plan for one picture's size: surface extents, launches, uniforms. */
#include "light.h"
#include "codegen.h"
#include "geometry.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

int32_t flt_bits(double v)
{
    const float f = (float)v;
    int32_t i;
    memcpy(&i, &f, sizeof i);
    return i;
}

int flt_tap_radius(int r)
{
    return r <= 16 ? (r + 1) / 2 * 2 : r;
}

static int32_t *take_uniforms(flt_sized *s, size_t n, qn_error *err)
{
    if (s->n_uniforms + n > INT_MAX / 4) {
        qn_fail(err, QN_LIMIT, "the chain's tables are too large for this picture");
        return NULL;
    }
    if (s->n_uniforms + n > s->cap_uniforms) {
        const size_t cap = 2 * s->cap_uniforms > s->n_uniforms + n ? 2 * s->cap_uniforms : s->n_uniforms + n + 256;
        int32_t *u = realloc(s->uniform, cap * sizeof *u);
        if (!u) {
            qn_fail(err, QN_NOMEM, "out of memory");
            return NULL;
        }
        s->uniform = u;
        s->cap_uniforms = cap;
    }
    int32_t *at = s->uniform + s->n_uniforms;
    memset(at, 0, n * sizeof *at);
    s->n_uniforms += n;
    return at;
}

int32_t *flt_fill_table(const flt_fill *f, size_t n, int32_t *offset)
{
    *offset = (int32_t)f->sized->n_uniforms;
    return take_uniforms(f->sized, n, f->err);
}

/* ---- views ---- */

const char *flt_orientation_steps(int orientation)
{
    static const char *const steps[] = { "", "", "o", "io", "i", "t", "to", "tio", "ti" };
    return orientation >= 1 && orientation <= 8 ? steps[orientation] : "";
}

/* Source coordinates of a view: x = ox + xx * X + xy * Y, y likewise, for coordinates X, Y of the result. */
typedef struct view_map {
    int32_t ox, oy, xx, xy, yx, yy;
} view_map;

/* One step back: m maps to the step's result, of which `before` was the size before the step. */
static void step_back(view_map *m, char step, flt_dims before)
{
    const view_map o = *m;
    switch (step) {
    case 'o':
        m->ox = (int32_t)before.w - 1 - o.ox;
        m->xx = -o.xx;
        m->xy = -o.xy;
        break;
    case 'i':
        m->oy = (int32_t)before.h - 1 - o.oy;
        m->yx = -o.yx;
        m->yy = -o.yy;
        break;
    case 't': *m = (view_map){ o.oy, o.ox, o.yx, o.yy, o.xx, o.xy }; break;
    default: break;
    }
}

static bool step_dims(const flt_view_step *v, flt_dims in, flt_dims *out, qn_error *err)
{
    *out = in;
    if (v->kind == FLT_VIEW_TRANSPOSE || (v->kind == FLT_VIEW_ORIENT && v->orientation >= 5))
        *out = (flt_dims){ in.h, in.w };
    if (v->kind != FLT_VIEW_CROP)
        return true;
    const flt_rect region = flt_region(v->stage, "rect", in), *r = &region;
    *out = (flt_dims){ (uint32_t)r->w, (uint32_t)r->h };
    if (r->x >= 0 && r->y >= 0 && (int64_t)r->x + r->w <= in.w && (int64_t)r->y + r->h <= in.h)
        return true;
    return qn_fail(err, QN_USAGE, "%s:%d:%d: crop: %dx%d%+d%+d lies outside the picture of %ux%u", v->stage->origin,
                   v->stage->line, v->stage->column, r->w, r->h, r->x, r->y, in.w, in.h);
}

static bool map_view(const flt_view_step *view, unsigned n, flt_dims in, flt_dims *out, view_map *m, qn_error *err)
{
    flt_dims before[FLT_MAX_VIEW];
    *out = in;
    for (unsigned i = 0; i < n; i++) {
        before[i] = *out;
        if (!step_dims(&view[i], before[i], out, err))
            return false;
    }
    *m = (view_map){ .xx = 1, .yy = 1 };
    for (unsigned i = n; i-- > 0;) {
        const flt_dims b = before[i], turned = { b.h, b.w };
        switch (view[i].kind) {
        case FLT_VIEW_FLOP: step_back(m, 'o', b); break;
        case FLT_VIEW_FLIP: step_back(m, 'i', b); break;
        case FLT_VIEW_TRANSPOSE: step_back(m, 't', b); break;
        case FLT_VIEW_CROP: {
            const flt_rect r = flt_region(view[i].stage, "rect", b);
            m->ox += r.x;
            m->oy += r.y;
            break;
        }
        case FLT_VIEW_ORIENT: {
            const char *steps = flt_orientation_steps(view[i].orientation);
            for (size_t k = strlen(steps); k-- > 0;)
                step_back(m, steps[k], view[i].orientation >= 5 ? turned : b);
            break;
        }
        }
    }
    return true;
}

/* ---- extents ---- */

static bool set_extent(const flt_plan *p, unsigned surface, flt_dims d, flt_sized *s, qn_error *err)
{
    const flt_surface *f = &p->surface[surface];
    const uint64_t samples = (uint64_t)d.w * f->channels;
    if (d.w == 0 || d.h == 0)
        return qn_fail(err, QN_USAGE, "a picture of %ux%u pixels", d.w, d.h);
    if (samples * flt_sample_bytes(f->storage) > INT_MAX / 2 || d.h > INT_MAX / 2)
        return qn_fail(err, QN_LIMIT, "%ux%u pixels are more than a row or a column can have", d.w, d.h);
    flt_extent *e = &s->extent[surface];
    e->width = d.w;
    e->height = d.h;
    if (f->role == FLT_ROLE_OUTPUT)
        e->stride = qn_row_stride(d.w, p->output);
    else {
        e->stride = ((size_t)samples * flt_sample_bytes(f->storage) + 63) & ~(size_t)63;
        if (e->stride % 4096 == 0 && f->storage != FLT_U32) /* rows below one another share no cache set; counts and
                                                             * nodes are not taken by columns, and may just fit */
            e->stride += 64;
    }
    if (e->stride && d.h > SIZE_MAX / 2 / e->stride)
        return qn_fail(err, QN_LIMIT, "%ux%u pixels do not fit into memory", d.w, d.h);
    e->bytes = e->stride * d.h;
    e->rows = d.h;
    return true;
}

static bool prepare(const flt_plan *p, flt_sized *s, qn_error *err)
{
    if (s->n_extents < p->n_surfaces || s->n_launches < p->n_passes || s->n_pools < p->n_pools) {
        flt_extent *e = realloc(s->extent, p->n_surfaces * sizeof *e);
        if (e)
            s->extent = e;
        flt_launch *l = realloc(s->launch, p->n_passes * sizeof *l);
        if (l)
            s->launch = l;
        size_t *pool = realloc(s->pool_bytes, (p->n_pools + 1) * sizeof *pool);
        if (pool)
            s->pool_bytes = pool;
        if (!e || !l || !pool)
            return qn_fail(err, QN_NOMEM, "out of memory");
    }
    s->n_extents = p->n_surfaces;
    s->n_launches = p->n_passes;
    s->n_pools = p->n_pools;
    memset(s->extent, 0, p->n_surfaces * sizeof *s->extent);
    memset(s->launch, 0, p->n_passes * sizeof *s->launch);
    memset(s->pool_bytes, 0, (p->n_pools + 1) * sizeof *s->pool_bytes);
    s->n_uniforms = s->n_steps = s->n_bands = s->n_spans = s->n_windows = 0;
    flt_light_begin(s);
    free(s->pool);
    s->pool = NULL;
    return true;
}

/* ---- passes ---- */

typedef struct sizing {
    const flt_plan *plan;
    flt_sized *sized;
    const flt_file_info *files;
    flt_dims *in, *full_out; /* per pass: its view of the source, its stencil's result */
    qn_error *err;
} sizing;

static bool result_dims(sizing *z, size_t pass, flt_dims *out)
{
    const flt_pass_recipe *r = &z->plan->recipe->pass[pass];
    const flt_fill f = { .stage = r->stage,
                         .in = z->in[pass],
                         .full_scale = flt_full_scale(z->plan->surface[0].storage),
                         .sized = z->sized,
                         .err = z->err };
    switch (r->rule) {
    case FLT_SIZE_SAME: *out = z->in[pass]; break;
    case FLT_SIZE_PADDED: *out = (flt_dims){ z->in[pass].w + 2 * r->pad_x, z->in[pass].h + 2 * r->pad_y }; break;
    case FLT_SIZE_UNPADDED: *out = (flt_dims){ z->in[pass].w - 2 * r->pad_x, z->in[pass].h - 2 * r->pad_y }; break;
    case FLT_SIZE_TABLE:
        *out = (flt_dims){ (uint32_t)r->table_len, r->table_rows ? (uint32_t)r->table_rows : 1 };
        break;
    case FLT_SIZE_RESAMPLE_V:
        if (!r->size(&f, &z->full_out[pass]))
            return false;
        *out = (flt_dims){ z->in[pass].w, z->full_out[pass].h };
        break;
    case FLT_SIZE_STENCIL: return r->size(&f, out);
    case FLT_SIZE_RESAMPLE_H: *out = z->full_out[r->vertical_half]; break;
    case FLT_SIZE_BACK: *out = z->in[r->vertical_half]; break;
    }
    return true;
}

static uint32_t divide_up(uint32_t n, uint32_t d)
{
    return (n + d - 1) / d;
}

static void set_launch(const sizing *z, size_t pass, flt_dims out)
{
    const flt_pass_recipe *r = &z->plan->recipe->pass[pass];
    flt_launch *l = &z->sized->launch[pass];
    l->local[0] = r->local;
    l->local[1] = 1;
    l->groups[0] = r->single_group ? 1 : r->slices ? r->slices : divide_up(out.w, r->run);
    l->groups[1] = r->single_group ? 1 : divide_up(r->slices ? z->in[pass].h : out.h, r->rows);
    l->walks = r->slices > 0;
    const flt_pass *p = &z->plan->pass[pass];
    for (unsigned i = 0; i < p->n_buffers; i++) {
        const flt_surface *f = &z->plan->surface[p->buffer[i]];
        const flt_extent *e = &z->sized->extent[p->buffer[i]];
        uint64_t bytes = (uint64_t)e->width * e->height * f->channels * flt_sample_bytes(f->storage);
        if (p->buffer[i] == r->source && r->n_view)
            bytes = (uint64_t)z->in[pass].w * z->in[pass].h * f->channels * flt_sample_bytes(f->storage);
        *(i + 1 == p->n_buffers ? &l->bytes_written : &l->bytes_read) += bytes;
    }
}

static bool fill_uniforms(sizing *z, size_t pass, flt_dims out, const view_map *m)
{
    const flt_pass_recipe *r = &z->plan->recipe->pass[pass];
    flt_sized *s = z->sized;
    const size_t u0 = s->n_uniforms;
    if (!take_uniforms(s, r->n_fixed, z->err))
        return false;
    s->launch[pass].u0 = (uint32_t)u0;
    int32_t *u = s->uniform + u0;
    u[r->at_w] = (int32_t)z->in[pass].w;
    u[r->at_h] = (int32_t)z->in[pass].h;
    u[r->at_ow] = (int32_t)out.w;
    u[r->at_oh] = (int32_t)out.h;
    if (r->at_vx >= 0) {
        u[r->at_vx] = m->ox;
        u[r->at_vy] = m->oy;
    }
    if (r->at_matrix >= 0) {
        const int32_t matrix[] = { m->xx, m->xy, m->yx, m->yy };
        memcpy(u + r->at_matrix, matrix, sizeof matrix);
    }
    for (unsigned i = 0; i < r->n_strides; i++) {
        u[r->stride[i].at + 1] = -1;
        u[r->stride[i].at] = (int32_t)(s->extent[r->stride[i].surface].stride /
                                       flt_sample_bytes(z->plan->surface[r->stride[i].surface].storage));
    }
    flt_dims in = z->in[pass], full = out;
    if (r->rule == FLT_SIZE_RESAMPLE_H)
        in = z->in[r->vertical_half], full = z->full_out[r->vertical_half];
    else if (r->rule == FLT_SIZE_RESAMPLE_V)
        full = z->full_out[pass];
    else if (r->table_of)
        in = z->in[r->table_of - 1];
    for (unsigned i = 0; i < r->n_slots; i++) {
        const flt_slot *slot = &r->slot[i];
        const flt_extent *e = slot->surface >= 0 ? &s->extent[slot->surface] : NULL;
        const flt_file_info picture = e ? (flt_file_info){ e->width, e->height, e->stride } : (flt_file_info){ 0 };
        const flt_fill f = { .stage = slot->stage,
                             .n_stages = slot->n_stages,
                             .in = slot->is_op ? full : in,
                             .out = full,
                             .from = in,
                             .full_scale = flt_full_scale(z->plan->surface[0].storage),
                             .sized = s,
                             .err = z->err,
                             .file = slot->surface >= 0 ? &picture : NULL };
        int32_t values[1024];
        int32_t *v = slot->n <= 1024 ? values : malloc(slot->n * sizeof *v);
        if (!v)
            return qn_fail(z->err, QN_NOMEM, "out of memory");
        memset(v, 0, slot->n * sizeof *v);
        const bool ok = slot->fill(&f, v);
        if (ok) /* a table may have moved the uniforms */
            memcpy(s->uniform + u0 + slot->at, v, slot->n * sizeof *v);
        if (v != values)
            free(v);
        if (!ok)
            return false;
    }
    return true;
}

/* A neighbourhood that is looked at where it lies is stepped through in 32 bits. */
static bool window_fits(const sizing *z, const flt_pass_recipe *r)
{
    const flt_extent *e = &z->sized->extent[r->source];
    if (r->rule != FLT_SIZE_UNPADDED || (uint64_t)e->stride / 4 * (2 * r->pad_y + 1) <= INT_MAX)
        return true;
    return qn_fail(z->err, QN_LIMIT, "rows of %u pixels are too long for a neighbourhood of %u of them", e->width,
                   2 * r->pad_y + 1);
}

static bool size_pass(sizing *z, size_t pass)
{
    const flt_pass_recipe *r = &z->plan->recipe->pass[pass];
    const flt_extent *e = &z->sized->extent[r->source];
    view_map m;
    flt_dims out;
    if (!map_view(r->view, r->n_view, (flt_dims){ e->width, e->height }, &z->in[pass], &m, z->err) ||
        !window_fits(z, r) || !result_dims(z, pass, &out) || !set_extent(z->plan, r->target, out, z->sized, z->err))
        return false;
    if (r->mid_reads_base && r->n_view == 0) {
        /* OUT looks at the base through its view; that pass reads another surface itself */
        const flt_pass_recipe *first = &z->plan->recipe->pass[pass - 1];
        const flt_extent *base = &z->sized->extent[first->source];
        flt_dims ignored;
        if (!map_view(first->view, first->n_view, (flt_dims){ base->width, base->height }, &ignored, &m, z->err))
            return false;
    }
    if (!fill_uniforms(z, pass, out, &m))
        return false;
    set_launch(z, pass, out);
    const flt_fill moved = { .stage = r->stage, .in = z->in[pass], .out = out, .sized = z->sized, .err = z->err };
    if (r->span && !flt_fill_spans(r, &moved, &z->sized->launch[pass]))
        return false;
    const int32_t columns[] = { m.ox, m.xx, m.xy }, rows[] = { m.oy, m.yx, m.yy };
    memcpy(z->sized->launch[pass].view_x, columns, sizeof columns);
    memcpy(z->sized->launch[pass].view_y, rows, sizeof rows);
    return true;
}

bool flt_plan_size(const flt_plan *plan, uint32_t w, uint32_t h, size_t in_stride, const flt_file_info *files,
                   flt_sized *sized, qn_error *err)
{
    if (!prepare(plan, sized, err) || !set_extent(plan, 0, (flt_dims){ w, h }, sized, err))
        return false;
    sized->in_width = w;
    sized->in_height = h;
    sized->extent[0].stride = in_stride;
    sized->extent[0].bytes = in_stride * h;
    for (size_t i = 0; i < plan->n_surfaces; i++)
        if (plan->surface[i].role == FLT_ROLE_FILE) {
            const flt_file_info *f = &files[plan->surface[i].file];
            sized->extent[i] = (flt_extent){ .width = f->width,
                                             .height = f->height,
                                             .stride = f->stride,
                                             .bytes = f->stride * f->height,
                                             .rows = f->height };
        }
    sizing z = { .plan = plan, .sized = sized, .files = files, .err = err };
    z.in = calloc(2 * plan->n_passes + 1, sizeof *z.in);
    if (!z.in)
        return qn_fail(err, QN_NOMEM, "out of memory");
    z.full_out = z.in + plan->n_passes;
    bool ok = true;
    for (size_t i = 0; ok && i < plan->n_passes; i++)
        ok = size_pass(&z, i);
    free(z.in);
    for (size_t i = 0; ok && i < plan->n_surfaces; i++) {
        const flt_surface *f = &plan->surface[i];
        if (f->role == FLT_ROLE_TEMP && sized->extent[i].bytes > sized->pool_bytes[f->pool])
            sized->pool_bytes[f->pool] = sized->extent[i].bytes;
    }
    sized->output_may_overlap_input = plan->output_may_overlap_input;
    sized->out_width = sized->extent[1].width;
    sized->out_height = sized->extent[1].height;
    return ok;
}

void flt_sized_free(flt_sized *s)
{
    free(s->extent);
    free(s->launch);
    free(s->pool_bytes);
    free(s->pool);
    free(s->step);
    free(s->band);
    free(s->window);
    free(s->span);
    free(s->uniform);
    memset(s, 0, sizeof *s);
}
