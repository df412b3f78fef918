/* The pending value becomes a surface: which passes each kind of stencil takes. */
#include "codegen.h"

#include <stdio.h>
#include <string.h>

flt_pass_spec cg_spec(const flt_build *b, const char *skeleton, const char *suffix)
{
    const bool cpu = b->options->device == FLT_DEV_CPU;
    const flt_pending *v = &b->now;
    return (flt_pass_spec){ .skeleton = skeleton,
                            .suffix = suffix,
                            .value = v,
                            .source = v->surface,
                            .source_is_base = true,
                            .n_in_ops = v->has_stencil ? v->n_pro : v->n_ops,
                            .source_max = v->has_stencil ? v->base_max : flt_value_max(b),
                            .run = 128,
                            .rows = 8,
                            .local = cpu ? 1 : 128,
                            .stage = v->has_stencil ? v->stencil.stage : NULL };
}

flt_pass_spec cg_spec_blocks(flt_build *b, unsigned target, unsigned channels, const char *skeleton, uint32_t rows)
{
    flt_pass_spec one = cg_spec(b, skeleton, "");
    one.reach = FLT_REACH_ROWS;
    one.radius = b->now.stencil.ry;
    one.target = target;
    one.run = 8192;
    one.rows = rows;
    one.in_channels = b->now.stencil_channels;
    one.out_channels = channels;
    one.has_out = one.final_ops = one.by_row = true;
    one.out_max = flt_value_max(b);
    one.border = true;
    one.flat = cg_flat(b, channels);
    return one;
}

int cg_temp(flt_build *b, flt_storage storage, unsigned channels)
{
    return flt_add_surface(b, FLT_ROLE_TEMP, storage, channels);
}

#define CPU_ROW                                                                                                        \
    16384               /* pixels: rows in whole, which a CPU's prefetcher follows; pieces of 1024 take twice the time \
                         */
#define GPU_LOCAL 48000 /* bytes of local memory that every GPU has */

/* What a block of a window holds of its neighbourhood, and its results. */
static size_t window_bytes(const flt_stencil *s, const flt_pass_spec *p, size_t reach, size_t channels)
{
    const size_t results = (size_t)p->run * p->rows;
    const size_t rx = s->skeleton ? reach : (size_t)s->rx, ry = s->skeleton ? reach : (size_t)s->ry;
    const size_t tile = s->row_by_row ? 2 * (p->run + 2 * rx) : (p->run + 2 * rx) * (p->rows + 2 * ry);
    return (tile + results) * channels * 4;
}

/* The window's source first becomes a surface with its surroundings, so that no tile is needed: *two looks at that one
 * where it lies, in whole. */
static bool emit_padded(flt_build *b, unsigned pad_x, unsigned pad_y, flt_pass_spec *two, qn_strbuf *defines)
{
    const flt_pending *v = &b->now;
    const int temp = cg_temp(b, FLT_F32, v->stencil_channels);
    if (temp < 0)
        return false;
    char text[64];
    snprintf(text, sizeof text, "#define PAD_X %u\n#define PAD_Y %u\n", pad_x, pad_y);
    flt_pass_spec one = cg_spec(b, "skeleton/pad.cl", ".padded");
    one.name = v->head;
    one.target = (unsigned)temp;
    one.in_channels = one.out_channels = v->stencil_channels;
    one.defines = text;
    one.border = true;
    one.rule = FLT_SIZE_PADDED;
    one.pad_x = two->pad_x = pad_x;
    one.pad_y = two->pad_y = pad_y;
    two->source = (unsigned)temp;
    two->source_is_base = false;
    two->source_max = v->base_max;
    two->rule = FLT_SIZE_UNPADDED;
    two->reach = FLT_REACH_WHOLE;
    two->run = 128;
    two->rows = 8;
    two->global_window = true;
    sb_add(defines, text);
    sb_add(defines, "#define GLOBAL_WINDOW\n");
    return cg_pass(b, &one);
}

static bool emit_window(flt_build *b, unsigned target, unsigned channels)
{
    flt_pending *v = &b->now;
    const flt_stencil *s = &v->stencil;
    if (s->by_lines && cg_lines_does(b))
        return cg_emit_lines(b, target, channels, s->by_lines, "");
    if (cg_correlation_does(b))
        return cg_emit_correlation(b, target, channels);
    flt_pass_spec one = cg_spec(b, s->skeleton ? s->skeleton : "skeleton/window.cl", "");
    one.reach = FLT_REACH_ROWS;
    one.radius = s->ry;
    /* the block shrinks until its tile fits: a GPU's local memory, a CPU thread's second-level cache */
    const size_t room = b->options->device == FLT_DEV_CPU ? 1 << 19 : 30000;
    const size_t c = v->stencil_channels;
    unsigned reach = 2;
    while ((int)reach < s->rx)
        reach *= 2;
    if (s->skeleton && (s->row_by_row || b->options->device == FLT_DEV_CPU))
        one.rows = s->row_by_row ? 16 : 32;
    while (one.run * one.rows > 8 && window_bytes(s, &one, reach, c) > room) {
        if (one.run > 4 * one.rows)
            one.run /= 2;
        else if (one.rows > 1)
            one.rows /= 2;
        else
            one.run /= 2;
    }
    const size_t tile = window_bytes(s, &one, reach, c);
    qn_strbuf d = { 0 };
    if (b->options->device == FLT_DEV_GPU && tile > GPU_LOCAL) {
        if (!emit_padded(b, s->skeleton ? reach : (unsigned)s->rx, s->skeleton ? reach : (unsigned)s->ry, &one, &d))
            return false;
        if (s->skeleton)
            sb_addf(&d, "#define REACH %u\n", reach);
    } else if (s->skeleton)
        sb_addf(&d, "#define REACH %u\n", reach);
    else
        sb_addf(&d, "#define RX %d\n#define RY %d\n", s->rx, s->ry);
    if (!s->skeleton) {
        const flt_storage stored = b->plan->surface[v->surface].storage, result = b->plan->surface[target].storage;
        const bool as_stored = s->takes_stored && b->options->device == FLT_DEV_CPU && v->n_pro == 0 &&
                               stored <= FLT_U16 && v->base_max == flt_full_scale(stored);
        const char *type = !as_stored ? "float" : stored == FLT_U8 ? "uchar" : "ushort";
        sb_addf(&d, "#define SAMPLE %s\n", type);
        if (as_stored)
            sb_addf(&d, "#define PUT_SAMPLE(p, v) q_put_%s%zu(p, v)\n#define GET_SAMPLE(p) q_get_%s%zu(p)\n", type, c,
                    type, c);
        else
            sb_add(&d, "#define PUT_SAMPLE(p, v) PUT(p, v)\n#define GET_SAMPLE(p) GET(p)\n");
        if (as_stored && result == stored && v->n_ops == v->n_pro && channels == c)
            sb_add(&d, "#define OUT_COPY\n");
    }
    if (s->call)
        sb_addf(&d, "#define %s %s\n", strstr(s->call, "_row") ? "WINDOW_ROW" : "WINDOW", s->call);
    sb_add(&d, sb_str(&s->defines));
    one.target = target;
    one.in_channels = v->stencil_channels;
    one.out_channels = channels;
    one.has_out = one.final_ops = true;
    one.out_max = flt_value_max(b);
    one.defines = sb_str(&d);
    one.border = !one.global_window;
    one.take_window = true;
    one.n_window = s->n_uniforms;
    one.window_fill = s->fill;
    one.flat = !s->skeleton && !one.global_window && cg_flat(b, channels);
    const bool ok = sb_ok(&d) ? cg_pass(b, &one) : qn_fail(b->err, QN_NOMEM, "out of memory");
    sb_free(&d);
    return ok;
}

/* On a CPU, weights of which none is below 0: one pass. From bytes to bytes in fixed point. */
static bool emit_shrink(flt_build *b, unsigned target, unsigned channels)
{
    static const char *const stored[] = { "uchar16_any", "ushort16_any", "float16_any" };
    const flt_pending *v = &b->now;
    const flt_surface *from = &b->plan->surface[v->surface], *to = &b->plan->surface[target];
    const bool fixed = from->storage == FLT_U8 && to->storage == FLT_U8 && v->base_max == 255.0 &&
                       v->n_ops == v->n_pro && channels == v->stencil_channels;
    char defines[96];
    snprintf(defines, sizeof defines, "#define SPAN %d\n%s%s\n", FLT_SHRINK_SPAN,
             fixed ? "#define FIXED" : "#define STORED ", fixed ? "" : stored[from->storage]);
    flt_pass_spec one = cg_spec(b, "skeleton/shrink_lines.cl", "");
    one.reach = FLT_REACH_TABLE;
    one.target = target;
    one.run = CPU_ROW;
    one.rows = 16;
    one.in_channels = v->stencil_channels;
    one.out_channels = channels;
    one.has_out = one.final_ops = one.by_row = true;
    one.out_max = flt_value_max(b);
    one.rule = FLT_SIZE_STENCIL;
    one.needs_view_offset = true;
    one.defines = defines;
    one.members = FLT_SHRINK_MEMBERS;
    one.extra_fill = fixed ? flt_fill_shrink_fixed : flt_fill_shrink;
    return cg_pass(b, &one);
}

static bool emit_resample(flt_build *b, unsigned target, unsigned channels)
{
    flt_pending *v = &b->now;
    if (b->options->device == FLT_DEV_CPU && flt_resize_is_mean(v->stencil.stage))
        return emit_shrink(b, target, channels);
    const int temp = cg_temp(b, FLT_F32, v->stencil_channels);
    if (temp < 0)
        return false;
    flt_pass_spec one = cg_spec(b, "skeleton/resample_columns.cl", ".columns");
    one.reach = FLT_REACH_TABLE;
    one.target = (unsigned)temp;
    one.name = v->head;
    one.in_channels = one.out_channels = v->stencil_channels;
    one.rule = FLT_SIZE_RESAMPLE_V;
    one.members = "table";
    one.extra_fill = flt_fill_resample_columns;
    one.needs_view_offset = true;
    const unsigned vertical = (unsigned)b->plan->n_passes;
    if (!cg_pass(b, &one))
        return false;
    flt_pass_spec two = cg_spec(b, "skeleton/resample_rows.cl", ".rows");
    two.reach = FLT_REACH_ROWS;
    two.source = (unsigned)temp;
    two.source_is_base = false;
    two.source_max = v->base_max;
    two.target = target;
    two.in_channels = v->stencil_channels;
    two.out_channels = channels;
    two.has_out = two.final_ops = true;
    two.out_max = flt_value_max(b);
    two.rule = FLT_SIZE_RESAMPLE_H;
    two.vertical_half = vertical;
    two.defines = "#define SPAN 256\n";
    two.rows = b->options->device == FLT_DEV_CPU ? 16 : 1; /* LANES */
    two.by_row = b->options->device == FLT_DEV_CPU;
    two.members = "table|run";
    two.extra_fill = flt_fill_resample_rows;
    return cg_pass(b, &two);
}

static bool emit_move(flt_build *b, unsigned target, unsigned channels)
{
    flt_pending *v = &b->now;
    const flt_stencil *s = &v->stencil;
    flt_pass_spec one = cg_spec(b, s->skeleton, "");
    one.reach = s->by_rows ? FLT_REACH_ROWS : s->span ? FLT_REACH_SPANS : FLT_REACH_WHOLE;
    one.span = s->span;
    one.target = target;
    one.run = s->run ? s->run : one.run;
    one.rows = s->rows ? s->rows : one.rows;
    one.in_channels = v->stencil_channels;
    one.out_channels = channels;
    one.has_out = one.final_ops = true;
    one.out_max = flt_value_max(b);
    one.defines = sb_str(&s->defines);
    one.border = !s->by_rows;
    one.rule = s->size ? FLT_SIZE_STENCIL : FLT_SIZE_SAME;
    one.members = s->members;
    one.extra_fill = s->fill;
    return cg_pass(b, &one);
}

/* Curves of 8-bit samples as they are stored, one of them dear: 256 results for each channel are as many as there can
 * be. A GPU computes them as fast as it would look them up. */
static bool table_does(const flt_build *b, unsigned channels)
{
    const flt_pending *v = &b->now;
    bool dear = false, curves = b->options->device == FLT_DEV_CPU && !v->has_stencil && channels == v->base_channels &&
                                !flt_has_alpha(channels) && b->plan->surface[v->surface].storage == FLT_U8;
    for (unsigned i = 0; i < v->n_ops; i++) {
        dear = dear || v->op[i].heavy || v->op[i].surface >= 0;
        curves = curves && v->op[i].samplewise && !v->op[i].uses_xy;
    }
    return curves && (dear || v->n_ops > 4);
}

static bool emit_table(flt_build *b, unsigned target, unsigned channels)
{
    const int table = cg_temp(b, b->plan->surface[target].storage, 1);
    if (table < 0)
        return false;
    bool alike = true; /* every channel's table says the same */
    for (unsigned i = 0; i < b->now.n_ops; i++)
        alike = alike && b->now.op[i].alike && b->now.op[i].surface < 0;
    flt_pass_spec one = cg_spec(b, "skeleton/table_make.cl", ".table");
    one.reach = FLT_REACH_ROWS;
    one.codes = true;
    one.target = (unsigned)table;
    one.rule = FLT_SIZE_TABLE;
    one.table_len = 256 * channels;
    one.single_group = true;
    one.in_channels = channels;
    one.out_channels = 1;
    one.has_out = true;
    one.out_max = flt_value_max(b);
    if (!cg_pass(b, &one))
        return false;
    flt_pass_spec two = cg_spec(b, "skeleton/table_apply.cl", "");
    two.reach = FLT_REACH_ROWS;
    two.n_in_ops = 0;
    two.has_table = true;
    two.table = (unsigned)table;
    two.target = target;
    two.run = CPU_ROW;
    two.in_channels = two.out_channels = channels;
    char defines[64];
    snprintf(defines, sizeof defines, "%s%s",
             b->plan->surface[target].storage == FLT_U8 ? "#define TABLE_OF_BYTES\n" : "",
             alike ? "#define ALIKE\n" : "");
    two.defines = defines;
    return cg_pass(b, &two);
}

static bool alike(const flt_op *op, unsigned n)
{
    bool all = true;
    for (unsigned i = 0; i < n; i++)
        all = all && op[i].alike && op[i].surface < 0 && !op[i].uses_xy;
    return all;
}

bool cg_flat_in(const flt_build *b)
{
    const flt_pending *v = &b->now;
    bool flat = v->n_pro > 0 && !flt_has_alpha(v->base_channels) && v->stencil_channels == v->base_channels;
    for (unsigned i = 0; i < v->n_view; i++)
        flat = flat && v->view[i].kind == FLT_VIEW_CROP;
    return flat && alike(v->op, v->n_pro);
}

bool cg_flat(const flt_build *b, unsigned channels)
{
    const flt_pending *v = &b->now;
    bool flat = b->options->device == FLT_DEV_CPU && v->n_view == 0 && channels > 1 && !flt_has_alpha(channels) &&
                channels == v->base_channels && (!v->has_stencil || channels == v->stencil_channels);
    return flat && alike(v->op, v->n_ops);
}

/* Matrices alone need no samples in 0..1: what would take them there, and back for the store, is left out. */
static void leave_unscaled(flt_pending *v)
{
    if (v->has_stencil || v->n_ops < 2 || !v->op[0].is_scale || v->levels > 0)
        return;
    for (unsigned i = 1; i < v->n_ops; i++)
        if (!v->op[i].homogeneous)
            return;
    v->n_pro = --v->n_ops;
    memmove(v->op, v->op + 1, v->n_ops * sizeof *v->op);
    v->scaled = false;
}

static bool emit(flt_build *b, unsigned target, unsigned channels)
{
    leave_unscaled(&b->now);
    const flt_pending *v = &b->now;
    if (table_does(b, channels))
        return emit_table(b, target, channels);
    if (!v->has_stencil) {
        flt_pass_spec s = cg_spec(b, "skeleton/point.cl", "");
        s.reach = FLT_REACH_ROWS;
        s.target = target;
        s.run = b->options->device == FLT_DEV_CPU ? CPU_ROW : 128;
        s.in_channels = s.out_channels = channels;
        s.has_out = true;
        s.out_max = flt_value_max(b);
        s.flat = cg_flat(b, channels);
        return cg_pass(b, &s);
    }
    switch (v->stencil.kind) {
    case FLT_SK_TAPS: return cg_emit_sum(b, target, channels);
    case FLT_SK_BOX: return cg_emit_box(b, target, channels);
    case FLT_SK_WINDOW: return emit_window(b, target, channels);
    case FLT_SK_RESAMPLE: return emit_resample(b, target, channels);
    case FLT_SK_MOVE: return emit_move(b, target, channels);
    case FLT_SK_POINT:
    case FLT_SK_HISTOGRAM: break;
    }
    return qn_fail(b->err, QN_INTERNAL, "a stencil of unknown kind");
}

bool flt_materialise_to(flt_build *b, unsigned target)
{
    flt_pending *v = &b->now;
    if (!emit(b, target, v->channels))
        return false;
    if (v->has_stencil)
        sb_free(&v->stencil.defines);
    v->surface = target;
    v->n_view = v->n_ops = v->n_pro = v->n_mid = 0;
    v->has_stencil = v->scaled = v->n_mid_set = false;
    v->levels = 0;
    v->base_channels = v->channels;
    v->names[0] = '\0';
    return true;
}

bool flt_materialise(flt_build *b, const char *why)
{
    const flt_pending *v = &b->now;
    const bool whole = v->levels > 0 && !v->fractional;
    const flt_storage storage = whole            ? v->levels == 255.0 ? FLT_U8 : FLT_U16
                                : flt_selects(v) ? b->plan->surface[v->surface].storage
                                                 : flt_temp_storage(b, v->channels);
    const int target = cg_temp(b, storage, b->now.channels);
    if (target < 0 || !flt_materialise_to(b, (unsigned)target))
        return false;
    b->note = why;
    return true;
}

/* ---- reductions ---- */

static bool fill_slices(const flt_fill *f, int32_t *u)
{
    int64_t x0 = 0, y0 = 0, x1 = f->in.w, y1 = f->in.h;
    if (f->stage->has_roi) {
        const flt_rect *r = &f->stage->roi;
        x0 = r->x > 0 ? r->x : 0;
        y0 = r->y > 0 ? r->y : 0;
        x1 = (int64_t)r->x + r->w < x1 ? (int64_t)r->x + r->w : x1;
        y1 = (int64_t)r->y + r->h < y1 ? (int64_t)r->y + r->h : y1;
    }
    u[0] = 16;
    u[1] = (int32_t)x0;
    u[2] = (int32_t)y0;
    u[3] = (int32_t)x1;
    u[4] = (int32_t)y1;
    return true;
}

bool flt_add_reduction(flt_build *b, const flt_stage *stage, const char *fragment, unsigned bins, unsigned channels,
                       const char *bin_code, unsigned table_len, int *table, flt_filler fill, unsigned n_uniforms)
{
    const unsigned slices = 16;
    if (b->now.has_stencil && !flt_materialise(b, "the whole picture must be there before its statistics"))
        return false;
    if (!flt_scale(b) || !cg_use(b->plan->recipe, "point/state.cl", b->err))
        return false;
    const int counts = flt_add_surface(b, FLT_ROLE_TEMP, FLT_U32, 1);
    const int result = flt_add_surface(b, FLT_ROLE_TEMP, FLT_F32, 1);
    if (counts < 0 || result < 0)
        return false;
    b->plan->surface[counts].clear = true;
    char defines[512];
    snprintf(defines, sizeof defines, "#define BINS %u\n#define HC %u\n#define BIN(a, v, c) %s\n", bins, channels,
             bin_code);
    flt_pass_spec one = cg_spec(b, "skeleton/histogram.cl", "");
    char suffix[64];
    snprintf(suffix, sizeof suffix, "%s%s.histogram", b->now.names[0] ? "+" : "", stage->row->name);
    one.suffix = suffix;
    one.target = (unsigned)counts;
    one.in_channels = b->now.channels;
    one.defines = defines;
    one.rule = FLT_SIZE_TABLE;
    one.table_len = (size_t)slices * bins * channels;
    one.slices = slices;
    one.rows = 64;
    one.reach = FLT_REACH_ROWS;
    one.members = "slices|rx0|ry0|rx1|ry1";
    one.extra_fill = fill_slices;
    one.stage = stage;
    if (!cg_pass(b, &one))
        return false;
    flt_pass_spec two = cg_spec(b, "skeleton/solve.cl", "");
    snprintf(suffix, sizeof suffix, "%s%s.table", b->now.names[0] ? "+" : "", stage->row->name);
    two.suffix = suffix;
    two.source = (unsigned)counts;
    two.source_is_base = false;
    two.source_max = 1.0;
    two.n_in_ops = 0;
    two.target = (unsigned)result;
    two.in_channels = 1;
    two.defines = defines;
    two.rule = FLT_SIZE_TABLE;
    two.table_len = table_len;
    two.single_group = true;
    two.members = "slices|rx0|ry0|rx1|ry1";
    two.extra_fill = fill_slices;
    two.take_window = true;
    two.n_window = n_uniforms;
    two.window_fill = fill;
    two.stage = stage;
    two.solve_fragment = fragment;
    *table = result;
    return cg_pass(b, &two);
}
