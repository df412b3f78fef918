/* The hooks of a pass: IN loads a pixel and runs the prologue, OUT runs the epilogue and stores, MID gives the
 * unfiltered input of a stencil, EDGE_X and BORDER what lies outside. */
#include "codegen_pass.h"
#include "geometry.h"
#include "light.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static bool write_text(writer *w, qn_strbuf *out, const flt_op *op, const char *text)
{
    if (!cg_use(w->b->plan->recipe, op->fragment, w->b->err))
        return false;
    const unsigned first = w->n_uniforms;
    char kind[FLT_OP_UNIFORMS] = { 0 };
    for (const char *c = text; *c; c++)
        if ((*c == '$' || *c == '%') && c[1] >= '0' && c[1] <= '9')
            kind[c[1] - '0'] = *c;
    for (unsigned i = 0; i < op->n_uniforms; i++) {
        char name[16];
        snprintf(name, sizeof name, "u%u", first + i);
        if (kind[i] == '%')
            cg_add_int(w, name);
        else
            cg_add_float(w, name);
    }
    if (op->n_uniforms && !cg_add_slot(w, first, op->n_uniforms, op->fill, op->stage, op->surface, !w->in_front))
        return false;
    if (op->n_uniforms && op->n_affine)
        w->recipe->slot[w->recipe->n_slots - 1].n_stages = op->n_affine;
    int table = -1;
    if (op->surface >= 0 && (table = cg_use_surface(w, (unsigned)op->surface)) < 0)
        return false;
    sb_add(out, "    ");
    for (const char *c = text; *c; c++) {
        if ((*c == '$' || *c == '%') && c[1] >= '0' && c[1] <= '9')
            sb_addf(out, "a.u%u", first + (unsigned)(*++c - '0'));
        else if (*c == '$' && c[1] == 'S')
            sb_addf(out, "s%d", op->save), c++;
        else if (*c == '$' && c[1] == 'T')
            sb_addf(out, "a.b%d", table), c++;
        else if (*c == '$' && c[1] == 'U')
            sb_add(out, "a.U"), c++, cg_use_uniforms(w);
        else if (*c == '$' && c[1] == 'P')
            sb_addf(out, "a.s%d", table), c++;
        else if (*c == '$' && c[1] == 'F')
            sb_addf(out, "q%u_load%d", w->number, table), c++;
        else if (*c == '$' && c[1] == 'R')
            sb_addf(out, "s%d", op->other), c++;
        else if (*c == '$' && c[1] == 'L')
            sb_addf(out, "q%u_load%d(a, x, y)", w->number, table), c++;
        else
            sb_addc(out, *c);
    }
    sb_add(out, "\n");
    return true;
}

static bool write_op(writer *w, qn_strbuf *out, const flt_op *op)
{
    return write_text(w, out, op, op->code);
}

static void write_load(qn_strbuf *out, int buffer, unsigned channels, const char *type, const char *x, const char *y)
{
    sb_addf(out, "    __global const %s *p = a.b%d + (size_t)((%s) & a.m%d) * a.s%d + (%s) * %u;\n", type, buffer, y,
            buffer, buffer, x, channels);
    static const char *const form[] = { "", "    px v = {(float)p[0], (float)p[0], (float)p[0], 1.0f};\n",
                                        "    px v = {(float)p[0], (float)p[0], (float)p[0], (float)p[1]};\n",
                                        "    px v = {(float)p[0], (float)p[1], (float)p[2], 1.0f};\n",
                                        "    px v = {(float)p[0], (float)p[1], (float)p[2], (float)p[3]};\n" };
    sb_add(out, form[channels]);
}

static void write_scale(qn_strbuf *out, unsigned channels, double max)
{
    if (max == 1.0)
        return;
    sb_addf(out, "    v.r *= 1.0f / %.1ff;\n    v.g *= 1.0f / %.1ff;\n    v.b *= 1.0f / %.1ff;\n", max, max, max);
    if (flt_has_alpha(channels))
        sb_addf(out, "    v.a *= 1.0f / %.1ff;\n", max);
}

/* The pixel of a further surface that operation i reads as $L or $F, scaled; rows as far from the result's as `radius`.
 */
static bool write_side_load(writer *w, const flt_op *op, flt_reach reach, int radius)
{
    const bool anywhere = op->surface >= 0 && strstr(op->code, "$F");
    if (op->surface < 0 || (!anywhere && !strstr(op->code, "$L")))
        return true;
    if (anywhere && !op->aligned)
        reach = FLT_REACH_WHOLE, radius = 0;
    const flt_surface *src = &w->b->plan->surface[op->surface];
    const unsigned known = w->side_loads;
    const int buffer = cg_use_surface(w, (unsigned)op->surface);
    if (buffer < 0 || !cg_note_reader(w, (unsigned)op->surface, reach, radius, false))
        return false;
    w->side_loads |= 1u << buffer;
    if (known & (1u << buffer))
        return true;
    sb_addf(&w->hooks, "static inline px q%u_load%d(const q%u_args a, const int x, const int y) {\n", w->number, buffer,
            w->number);
    write_load(&w->hooks, buffer, src->channels, cg_type_name(src->storage), "x", "y");
    write_scale(&w->hooks, src->channels, flt_full_scale(src->storage));
    sb_add(&w->hooks, "    return v;\n}\n");
    return true;
}

/* Before all other hooks; the source comes first among the buffers. */
bool cg_write_side_loads(writer *w)
{
    const flt_pass_spec *s = w->spec;
    const flt_pending *v = s->value;
    if (cg_use_surface(w, s->source) < 0)
        return false;
    for (unsigned i = 0; i < v->n_ops; i++) {
        const bool before = i < s->n_in_ops || (v->has_stencil && i < v->n_pro);
        if (before && s->source_is_base && !write_side_load(w, &v->op[i], s->reach, s->radius))
            return false;
        if (s->final_ops && !write_side_load(w, &v->op[i], FLT_REACH_ROWS, 0)) /* MID and PRE run the first ones too */
            return false;
    }
    return true;
}

/* Source coordinates of the pending view, as text over x, y and uniforms. A general view has a matrix among them. */
static void write_view(writer *w, const char **vx, const char **vy)
{
    const flt_pending *v = w->spec->value;
    bool turned = false, minus_x = false, minus_y = false; /* source x runs along y; source x (y) runs backwards */
    bool general = false;
    for (unsigned i = v->n_view; i-- > 0;) { /* from the result back to the source */
        bool t;
        switch (v->view[i].kind) {
        case FLT_VIEW_FLOP: minus_x = !minus_x; break;
        case FLT_VIEW_FLIP: minus_y = !minus_y; break;
        case FLT_VIEW_CROP: break;
        case FLT_VIEW_ORIENT: general = true; break;
        case FLT_VIEW_TRANSPOSE:
            t = minus_x;
            minus_x = minus_y;
            minus_y = t;
            turned = !turned;
            break;
        }
    }
    if (w->recipe->at_vx < 0) {
        w->recipe->at_vx = (int)cg_add_int(w, "vx");
        w->recipe->at_vy = (int)cg_add_int(w, "vy");
        if (general) {
            w->recipe->at_matrix = (int)cg_add_int(w, "vxx");
            cg_add_int(w, "vxy");
            cg_add_int(w, "vyx");
            cg_add_int(w, "vyy");
        }
    }
    static const char *const x_text[] = { "a.vx + x", "a.vx - x", "a.vx + y", "a.vx - y" };
    static const char *const y_text[] = { "a.vy + y", "a.vy - y", "a.vy + x", "a.vy - x" };
    *vx = general ? "a.vx + a.vxx * x + a.vxy * y" : x_text[2 * turned + minus_x];
    *vy = general ? "a.vy + a.vyx * x + a.vyy * y" : y_text[2 * turned + minus_y];
}

/* IN_FLAT: one sample of the row, behind the prologue; x counts samples. */
static bool write_flat_in(writer *w, int buffer)
{
    const flt_pass_spec *s = w->spec;
    qn_strbuf *h = &w->hooks;
    sb_addf(h, "static inline px q%u_in_flat(const q%u_args a, const int x, const int y) {\n", w->number, w->number);
    const char *vx = "x", *vy = "y";
    if (s->value->n_view)
        write_view(w, &vx, &vy);
    write_load(h, buffer, 1, cg_type_name(w->b->plan->surface[s->source].storage),
               s->value->n_view ? "a.vx * C + x" : "x", vy);
    for (unsigned i = 0; i < s->n_in_ops; i++)
        if (!write_op(w, h, &s->value->op[i]))
            return false;
    sb_addf(h, "    return v;\n}\n#define IN_FLAT(a, x, y) q%u_in_flat(a, x, y)\n", w->number);
    return true;
}

bool cg_write_in(writer *w)
{
    const flt_pass_spec *s = w->spec;
    const flt_surface *src = &w->b->plan->surface[s->source];
    const int buffer = cg_use_surface(w, s->source);
    if (buffer < 0 || !cg_note_reader(w, s->source, s->reach, s->radius, s->source_is_base))
        return false;
    qn_strbuf *h = &w->hooks;
    sb_addf(h, "static inline px q%u_pro(const q%u_args a, const int x, const int y, px v) {\n", w->number, w->number);
    w->in_front = true;
    if (s->source_is_base)
        for (unsigned i = 0; i < s->n_in_ops; i++)
            if (!write_op(w, h, &s->value->op[i]))
                return false;
    w->in_front = false;
    sb_addf(h, "    return v;\n}\n#define IN_PIXEL(a, x, y, v) q%u_pro(a, x, y, v)\n", w->number);
    sb_addf(h, "static inline px q%u_in(const q%u_args a, const int x, const int y) {\n", w->number, w->number);
    const char *vx = "x", *vy = "y";
    if (s->source_is_base && !s->codes && (s->value->n_view || s->needs_view_offset))
        write_view(w, &vx, &vy);
    const unsigned channels = s->flat && !s->value->has_stencil ? 1 : src->channels;
    if (s->codes)
        sb_add(h, "    px v = {(float)x, (float)x, (float)x, 1.0f};\n");
    else
        write_load(h, buffer, channels, cg_type_name(src->storage), vx, vy);
    sb_addf(h, "    return q%u_pro(a, x, y, v);\n}\n", w->number);
    bool in_order = !s->codes; /* pixels of a row lie in a row of the source, one behind the other */
    for (unsigned k = 0; s->source_is_base && k < s->value->n_view; k++)
        in_order = in_order && s->value->view[k].kind == FLT_VIEW_CROP;
    if (in_order)
        sb_addf(
            h,
            "#define SOURCE_CHANNELS %u\n#define SOURCE_AT(a, x, y) ((a).b%d + (size_t)((%s) & (a).m%d) * (a).s%d + "
            "(%s) * %u)\n",
            channels, buffer, w->recipe->at_vx >= 0 ? "(a).vy + (y)" : "y", buffer, buffer,
            w->recipe->at_vx >= 0 ? "(a).vx + (x)" : "x", channels);
    /* nothing is done to the samples: a run of them may be read as one long row */
    if (in_order && (s->n_in_ops == 0 || !s->source_is_base))
        sb_addf(h, "#define IN_ROW(a, y) ((a).b%d + (size_t)((%s) & (a).m%d) * (a).s%d%s)\n", buffer,
                w->recipe->at_vx >= 0 ? "(a).vy + (y)" : "y", buffer, buffer,
                w->recipe->at_vx >= 0 ? " + (a).vx * C" : "");
    sb_addf(h, "#define IN(a, x, y) q%u_in(a, x, y)\n", w->number);
    if (s->flat_in && !write_flat_in(w, buffer))
        return false;
    const int table = s->has_table ? cg_use_surface(w, s->table) : 0;
    if (s->has_table)
        sb_addf(h, "#define TABLE a.b%d\n", table);
    return table >= 0;
}

/* The base at a pixel behind its first n operations, scaled to 0..1: MID is the stage's input, PRE the stencil's. */
static bool write_base(writer *w, const char *macro, const char *name, unsigned n)
{
    const flt_pending *v = w->spec->value;
    const flt_surface *src = &w->b->plan->surface[v->surface];
    const int buffer = cg_use_surface(w, v->surface);
    if (buffer < 0 || !cg_note_reader(w, v->surface, FLT_REACH_ROWS, 0, true))
        return false;
    qn_strbuf *h = &w->hooks;
    sb_addf(h, "static inline px q%u_%s(const q%u_args a, const int x, const int y) {\n", w->number, name, w->number);
    const char *vx = "x", *vy = "y";
    if (v->n_view) {
        write_view(w, &vx, &vy);
        w->recipe->mid_reads_base = true;
    }
    const unsigned channels = w->spec->flat ? 1 : src->channels;
    write_load(h, buffer, channels, cg_type_name(src->storage), vx, vy);
    double max = flt_full_scale(src->storage);
    for (unsigned i = 0; i < n; i++) {
        max = v->op[i].is_scale ? 1.0 : v->op[i].levels > 0 ? v->op[i].levels : max;
        if (!write_op(w, h, &v->op[i]))
            return false;
    }
    write_scale(h, channels, max);
    sb_add(h, "    return v;\n}\n");
    sb_addf(h, "#define %s(a, x, y) q%u_%s(a, x, y)\n", macro, w->number, name);
    return true;
}

static bool ops_say(const flt_pending *v, const char *text)
{
    for (unsigned i = v->n_pro; i < v->n_ops; i++)
        if (strstr(v->op[i].code, text))
            return true;
    return false;
}

bool cg_write_mid(writer *w)
{
    const flt_pending *v = w->spec->value;
    return (!ops_say(v, "MID(") || write_base(w, "MID", "mid", v->n_mid)) &&
           (!ops_say(v, "PRE(") || write_base(w, "PRE", "pre", v->n_pro));
}

/* One sample of the result, as it is stored. */
static void write_out_sample(qn_strbuf *h, const flt_surface *dst, double value_max)
{
    const double max = flt_full_scale(dst->storage), scale = max / value_max;
    const char *type = cg_type_name(dst->storage);
    if (dst->storage == FLT_F32 && value_max == 1.0)
        sb_add(h, "#define OUT_SAMPLE(v) (v)\n");
    else if (dst->storage == FLT_F32)
        sb_addf(h, "#define OUT_SAMPLE(v) ((v) * (1.0f / %.1ff))\n", value_max);
    else if (scale == 1.0)
        sb_addf(h, "#define OUT_SAMPLE(v) (%s)q_round(v, %.1ff)\n", type, max);
    else
        sb_addf(h, "#define OUT_SAMPLE(v) (%s)q_round((v) * (float)%.17g, %.1ff)\n", type, scale, max);
}

/* AFTER: what follows the stencil, on vectors of its sums. */
static bool write_after(writer *w)
{
    const flt_pending *v = w->spec->value;
    qn_strbuf *h = &w->hooks;
    sb_addf(h, "static inline words q%u_after(const q%u_args a, const words s, words q) {\n", w->number, w->number);
    for (unsigned i = v->n_pro; i < v->n_ops; i++)
        if (*v->op[i].words && !write_text(w, h, &v->op[i], v->op[i].words))
            return false;
    sb_addf(h, "    return q;\n}\n#define AFTER(a, s, q) q%u_after(a, s, q)\n", w->number);
    return true;
}

bool cg_write_out(writer *w)
{
    if (w->spec->in_words)
        return write_after(w);
    const flt_pass_spec *s = w->spec;
    const flt_pending *v = s->value;
    const flt_surface *dst = &w->b->plan->surface[s->target];
    qn_strbuf *h = &w->hooks;
    write_out_sample(h, dst, s->out_max);
    if (s->in_channels == s->out_channels && (!s->final_ops || v->n_ops == v->n_pro))
        sb_add(h, "#define OUT_PLAIN\n");
    sb_addf(h, "static inline px q%u_epi(const q%u_args a, const int x, const int y, px v) {\n", w->number, w->number);
    if (s->final_ops)
        for (unsigned i = v->has_stencil ? v->n_pro : s->n_in_ops; i < v->n_ops; i++)
            if (!write_op(w, h, &v->op[i]))
                return false;
    const unsigned channels = s->flat ? 1 : s->out_channels;
    sb_addf(h, "    return v;\n}\n#define OUT_PIXEL(a, x, y, v) q%u_epi(a, x, y, v)\n#define TARGET_CHANNELS %u\n",
            w->number, channels);
    sb_addf(h, "static inline void q%u_out(const q%u_args a, const int x, const int y, px v) {\n", w->number,
            w->number);
    sb_addf(h, "    v = q%u_epi(a, x, y, v);\n    __global %s *p = TARGET_ROW(y) + x * %u;\n", w->number,
            cg_type_name(dst->storage), channels);
    static const char *const order[] = { "", "r", "ra", "rgb", "rgba" };
    for (unsigned c = 0; c < channels; c++)
        sb_addf(h, "    p[%u] = OUT_SAMPLE(v.%c);\n", c, order[channels][c]);
    if (s->flat)
        sb_add(h, "#define FLAT\n");
    sb_add(h, "}\n");
    sb_addf(h, "#define OUT(a, x, y, v) q%u_out(a, x, y, v)\n", w->number);
    return true;
}

/* ---- borders ---- */

static bool fill_border(const flt_fill *f, int32_t *u)
{
    for (int i = 0; i < 4; i++)
        u[i] = flt_bits((double)flt_outside_colour(f->stage)[i]);
    return true;
}

bool cg_write_border(writer *w)
{
    static const char *const map[] = { "q_clamp", "q_mirror", "q_reflect", "q_wrap", "q_clamp" };
    const flt_pass_spec *s = w->spec;
    qn_strbuf *h = &w->hooks;
    sb_addf(h, "#define Q_MAP(i, n) %s(i, n)\n", map[flt_outside(s->stage)]);
    if (flt_outside(s->stage) != FLT_CONSTANT) {
        sb_add(h, "#define EDGE_X(a, x, y) IN(a, Q_MAP(x, (a).w), y)\n");
        return true;
    }
    static const char *const part[] = { "e0", "e1", "e2", "e3" };
    const unsigned at = w->n_uniforms;
    for (int i = 0; i < 4; i++)
        cg_add_float(w, part[i]);
    if (!cg_add_slot(w, at, 4, fill_border, s->stage, -1, false))
        return false;
    const flt_pending *v = s->value;
    sb_addf(h, "static inline px q%u_border(const q%u_args a) {\n    px v = {a.e0, a.e1, a.e2, a.e3};\n", w->number,
            w->number);
    /* the colour takes the form of the stage's input, and then the way from there to the stencil */
    if (!flt_has_alpha(v->mid_channels))
        sb_add(h, "    v.a = 1.0f;\n");
    const flt_op light = flt_light_op(w->b, true, -1);
    if (v->mid_linear && !write_op(w, h, &light))
        return false;
    if (flt_colours(v->mid_channels) == 1)
        sb_add(h, "    v.r = q_luma709(v);\n    v.g = v.r;\n    v.b = v.r;\n");
    if (v->mid_premultiplied)
        sb_add(h, "    v = q_premultiply(v);\n");
    double levels = 1.0;
    w->in_front = true;
    for (unsigned i = v->n_mid; i < v->n_pro; i++) {
        levels = v->op[i].levels > 0 ? v->op[i].levels : levels;
        if (!v->op[i].is_scale && v->op[i].levels == 0 && !write_op(w, h, &v->op[i]))
            return false;
    }
    w->in_front = false;
    if (levels > 1.0)
        sb_addf(h, "    v = q_levels(v, %.1ff);\n", levels);
    if (s->source_max != levels) {
        const double k = s->source_max / levels;
        sb_addf(h, "    v.r *= (float)%.9g;\n    v.g *= (float)%.9g;\n    v.b *= (float)%.9g;\n", k, k, k);
        if (flt_has_alpha(s->in_channels)) /* else it is 1, as that of the pixels that are there */
            sb_addf(h, "    v.a *= (float)%.9g;\n", k);
    }
    sb_add(h, "    return v;\n}\n");
    sb_addf(h, "#define BORDER_CONSTANT\n#define BORDER(a) q%u_border(a)\n", w->number);
    static const char *const pick[] = {
        "", "BORDER(a).r", "((c) == 0 ? BORDER(a).r : BORDER(a).a)",
        "((c) == 0 ? BORDER(a).r : (c) == 1 ? BORDER(a).g : BORDER(a).b)",
        "((c) == 0 ? BORDER(a).r : (c) == 1 ? BORDER(a).g : (c) == 2 ? BORDER(a).b : BORDER(a).a)"
    };
    sb_addf(h, "#define BORDER_SAMPLE(a, c) %s\n", pick[s->in_channels]);
    sb_add(h, "#define EDGE_X(a, x, y) ((x) < 0 || (x) >= (a).w ? BORDER(a) : IN(a, q_clamp(x, (a).w), y))\n");
    return cg_use(w->b->plan->recipe, "point/state.cl", w->b->err);
}
