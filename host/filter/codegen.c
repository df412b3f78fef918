#include "codegen.h"

#include "kernel_text.h"
#include "hash.h"
#include "strbuf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is being written of one pass: the members of its argument struct grow as the hooks ask for them. */
typedef struct writer {
    flt_build *b;
    const flt_pass_spec *spec;
    flt_pass_recipe *recipe;
    flt_pass *pass;
    unsigned number;
    qn_strbuf members, values, parameters, hooks;
    unsigned n_uniforms;
} writer;

double flt_full_scale(flt_storage s)
{
    return s == FLT_U8 ? 255.0 : s == FLT_U16 ? 65535.0 : 1.0;
}

static const char *type_name(flt_storage s)
{
    static const char *const name[] = { "uchar", "ushort", "float", "uint" };
    return name[s];
}

bool cg_use(flt_recipe *r, const char *fragment, qn_error *err)
{
    if (!fragment)
        return true;
    for (size_t i = 0; i < r->n_fragments; i++)
        if (strcmp(r->fragment[i], fragment) == 0)
            return true;
    if (r->n_fragments == sizeof r->fragment / sizeof *r->fragment)
        return qn_fail(err, QN_LIMIT, "the chain uses too many different filters for one program");
    r->fragment[r->n_fragments++] = fragment;
    return true;
}

static bool add_file(qn_strbuf *t, const char *path, qn_error *err)
{
    char *text = flt_kernel_text(path, err);
    if (!text)
        return false;
    sb_addf(t, "#line 1 \"kernels/%s\"\n", path);
    sb_add(t, text);
    sb_add(t, "\n");
    free(text);
    return true;
}

/* ---- members of the argument struct ---- */

static unsigned add_int(writer *w, const char *name)
{
    sb_addf(&w->members, "    int %s;\n", name);
    sb_addf(&w->values, ", U[u0 + %u]", w->n_uniforms);
    return w->n_uniforms++;
}

static unsigned add_float(writer *w, const char *name)
{
    sb_addf(&w->members, "    float %s;\n", name);
    sb_addf(&w->values, ", as_float(U[u0 + %u])", w->n_uniforms);
    return w->n_uniforms++;
}

static bool add_slot(writer *w, unsigned at, unsigned n, flt_filler fill, const flt_stage *stage, int surface)
{
    flt_pass_recipe *r = w->recipe;
    if (r->n_slots == FLT_MAX_FILLERS)
        return qn_fail(w->b->err, QN_LIMIT, "too many filters with parameters in one pass");
    r->slot[r->n_slots++] = (flt_slot){ at, n, fill, stage, surface };
    return true;
}

/* Index of the surface among the pass's buffers; its pointer is a.b<index>, its stride in samples a.s<index>. */
static int use_surface(writer *w, unsigned surface)
{
    for (unsigned i = 0; i < w->pass->n_buffers; i++)
        if (w->pass->buffer[i] == surface)
            return (int)i;
    if (w->pass->n_buffers + 1 >= FLT_MAX_BUFFERS) {
        qn_fail(w->b->err, QN_LIMIT, "too many second pictures in one pass");
        return -1;
    }
    const unsigned i = w->pass->n_buffers++;
    w->pass->buffer[i] = surface;
    const char *type = type_name(w->b->plan->surface[surface].storage);
    char stride[16];
    snprintf(stride, sizeof stride, "s%u", i);
    sb_addf(&w->members, "    __global const %s *b%u;\n", type, i);
    sb_addf(&w->values, ", b%u", i);
    sb_addf(&w->parameters, "__global const %s *restrict b%u, ", type, i);
    w->recipe->stride[w->recipe->n_strides++] = (flt_stride_slot){ add_int(w, stride), surface };
    return (int)i;
}

/* ---- expressions ---- */

static bool write_op(writer *w, qn_strbuf *out, const flt_op *op)
{
    if (!cg_use(w->b->plan->recipe, op->fragment, w->b->err))
        return false;
    const unsigned first = w->n_uniforms;
    char kind[FLT_OP_UNIFORMS] = { 0 };
    for (const char *c = op->code; *c; c++)
        if ((*c == '$' || *c == '%') && c[1] >= '0' && c[1] <= '9')
            kind[c[1] - '0'] = *c;
    for (unsigned i = 0; i < op->n_uniforms; i++) {
        char name[16];
        snprintf(name, sizeof name, "u%u", first + i);
        if (kind[i] == '%')
            add_int(w, name);
        else
            add_float(w, name);
    }
    if (op->n_uniforms && !add_slot(w, first, op->n_uniforms, op->fill, op->stage, op->surface))
        return false;
    int table = -1;
    if (op->surface >= 0 && (table = use_surface(w, (unsigned)op->surface)) < 0)
        return false;
    sb_add(out, "    ");
    for (const char *c = op->code; *c; c++) {
        if ((*c == '$' || *c == '%') && c[1] >= '0' && c[1] <= '9')
            sb_addf(out, "a.u%u", first + (unsigned)(*++c - '0'));
        else if (*c == '$' && c[1] == 'S')
            sb_addf(out, "s%d", op->save), c++;
        else if (*c == '$' && c[1] == 'T')
            sb_addf(out, "a.b%d", table), c++;
        else if (*c == '$' && c[1] == 'P')
            sb_addf(out, "a.s%d", table), c++;
        else if (*c == '$' && c[1] == 'L')
            sb_addf(out, "q%u_load%d(a, x, y)", w->number, table), c++;
        else
            sb_addc(out, *c);
    }
    sb_add(out, "\n");
    return true;
}

static void write_load(qn_strbuf *out, int buffer, unsigned channels, const char *type, const char *x, const char *y)
{
    sb_addf(out, "    __global const %s *p = a.b%d + (size_t)(%s) * a.s%d + (%s) * %u;\n", type, buffer, y, buffer, x,
            channels);
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
        w->recipe->at_vx = (int)add_int(w, "vx");
        w->recipe->at_vy = (int)add_int(w, "vy");
        if (general) {
            w->recipe->at_matrix = (int)add_int(w, "vxx");
            add_int(w, "vxy");
            add_int(w, "vyx");
            add_int(w, "vyy");
        }
    }
    static const char *const x_text[] = { "a.vx + x", "a.vx - x", "a.vx + y", "a.vx - y" };
    static const char *const y_text[] = { "a.vy + y", "a.vy - y", "a.vy + x", "a.vy - x" };
    *vx = general ? "a.vx + a.vxx * x + a.vxy * y" : x_text[2 * turned + minus_x];
    *vy = general ? "a.vy + a.vyx * x + a.vyy * y" : y_text[2 * turned + minus_y];
}

static bool write_in(writer *w)
{
    const flt_pass_spec *s = w->spec;
    const flt_surface *src = &w->b->plan->surface[s->source];
    const int buffer = use_surface(w, s->source);
    if (buffer < 0)
        return false;
    qn_strbuf *h = &w->hooks;
    sb_addf(h, "static inline px q%u_in(const q%u_args a, const int x, const int y) {\n", w->number, w->number);
    const char *vx = "x", *vy = "y";
    if (s->source_is_base && (s->value->n_view || s->needs_view_offset)) {
        write_view(w, &vx, &vy);
    }
    write_load(h, buffer, src->channels, type_name(src->storage), vx, vy);
    if (s->source_is_base)
        for (unsigned i = 0; i < s->n_in_ops; i++)
            if (!write_op(w, h, &s->value->op[i]))
                return false;
    sb_add(h, "    return v;\n}\n");
    sb_addf(h, "#define IN(a, x, y) q%u_in(a, x, y)\n", w->number);
    return true;
}

/* The unfiltered input of a stencil at a pixel, scaled to 0..1. */
static bool write_mid(writer *w)
{
    const flt_pending *v = w->spec->value;
    const flt_surface *src = &w->b->plan->surface[v->surface];
    const int buffer = use_surface(w, v->surface);
    if (buffer < 0)
        return false;
    qn_strbuf *h = &w->hooks;
    sb_addf(h, "static inline px q%u_mid(const q%u_args a, const int x, const int y) {\n", w->number, w->number);
    const char *vx = "x", *vy = "y";
    if (v->n_view) {
        write_view(w, &vx, &vy);
        w->recipe->mid_reads_base = true;
    }
    write_load(h, buffer, src->channels, type_name(src->storage), vx, vy);
    bool scaled = flt_full_scale(src->storage) == 1.0;
    for (unsigned i = 0; i < v->n_mid; i++) {
        if (v->op[i].is_scale)
            scaled = true;
        if (!write_op(w, h, &v->op[i]))
            return false;
    }
    if (!scaled)
        write_scale(h, src->channels, flt_full_scale(src->storage));
    sb_add(h, "    return v;\n}\n");
    sb_addf(h, "#define MID(a, x, y) q%u_mid(a, x, y)\n", w->number);
    return true;
}

/* Loads of whole further surfaces (the stage's input kept aside), scaled. */
static bool write_side_loads(writer *w)
{
    const flt_pending *v = w->spec->value;
    for (unsigned i = 0; i < v->n_ops; i++) {
        if (v->op[i].surface < 0 || !strstr(v->op[i].code, "$L"))
            continue;
        const flt_surface *src = &w->b->plan->surface[v->op[i].surface];
        const int buffer = use_surface(w, (unsigned)v->op[i].surface);
        if (buffer < 0)
            return false;
        sb_addf(&w->hooks, "static inline px q%u_load%d(const q%u_args a, const int x, const int y) {\n", w->number,
                buffer, w->number);
        write_load(&w->hooks, buffer, src->channels, type_name(src->storage), "x", "y");
        write_scale(&w->hooks, src->channels, flt_full_scale(src->storage));
        sb_add(&w->hooks, "    return v;\n}\n");
    }
    return true;
}

static bool write_out(writer *w)
{
    const flt_pass_spec *s = w->spec;
    const flt_pending *v = s->value;
    const flt_surface *dst = &w->b->plan->surface[s->target];
    qn_strbuf *h = &w->hooks;
    sb_addf(h, "static inline void q%u_out(const q%u_args a, const int x, const int y, px v) {\n", w->number,
            w->number);
    if (s->final_ops)
        for (unsigned i = v->has_stencil ? v->n_pro : s->n_in_ops; i < v->n_ops; i++)
            if (!write_op(w, h, &v->op[i]))
                return false;
    const double max = flt_full_scale(dst->storage), scale = max / s->out_max;
    sb_addf(h, "    __global %s *p = a.out + (size_t)y * a.so + x * %u;\n", type_name(dst->storage), s->out_channels);
    static const char *const order[] = { "", "r", "ra", "rgb", "rgba" };
    for (unsigned c = 0; c < s->out_channels; c++) {
        const char f = order[s->out_channels][c];
        if (dst->storage == FLT_F32) {
            if (s->out_max == 1.0)
                sb_addf(h, "    p[%u] = v.%c;\n", c, f);
            else
                sb_addf(h, "    p[%u] = v.%c * (1.0f / %.1ff);\n", c, f, s->out_max);
        } else if (scale == 1.0) {
            sb_addf(h, "    p[%u] = (%s)q_round(v.%c, %.1ff);\n", c, type_name(dst->storage), f, max);
        } else {
            sb_addf(h, "    p[%u] = (%s)q_round(v.%c * (float)%.17g, %.1ff);\n", c, type_name(dst->storage), f, scale,
                    max);
        }
    }
    sb_add(h, "}\n");
    sb_addf(h, "#define OUT(a, x, y, v) q%u_out(a, x, y, v)\n", w->number);
    return true;
}

/* ---- borders ---- */

static bool fill_border(const flt_fill *f, int32_t *u)
{
    for (int i = 0; i < 4; i++)
        u[i] = flt_bits((double)f->stage->border_colour[i]);
    return true;
}

static bool write_border(writer *w)
{
    static const char *const map[] = { "q_clamp", "q_mirror", "q_reflect", "q_wrap", "q_clamp" };
    const flt_pass_spec *s = w->spec;
    qn_strbuf *h = &w->hooks;
    sb_addf(h, "#define Q_MAP(i, n) %s(i, n)\n", map[s->stage->border]);
    if (s->stage->border != FLT_CONSTANT) {
        sb_add(h, "#define EDGE_X(a, x, y) IN(a, Q_MAP(x, (a).w), y)\n");
        return true;
    }
    static const char *const part[] = { "e0", "e1", "e2", "e3" };
    const unsigned at = w->n_uniforms;
    for (int i = 0; i < 4; i++)
        add_float(w, part[i]);
    if (!add_slot(w, at, 4, fill_border, s->stage, -1))
        return false;
    const flt_pending *v = s->value;
    sb_addf(h, "static inline px q%u_border(const q%u_args a) {\n    px v = {a.e0, a.e1, a.e2, a.e3};\n", w->number,
            w->number);
    if (!flt_has_alpha(s->in_channels))
        sb_add(h, "    v.a = 1.0f;\n");
    if (flt_colours(s->in_channels) == 1)
        sb_add(h, "    v.r = q_luma709(v);\n    v.g = v.r;\n    v.b = v.r;\n");
    if (v->linear)
        sb_add(h, "    v = q_linearise(v);\n");
    if (v->premultiplied)
        sb_add(h, "    v = q_premultiply(v);\n");
    if (s->source_max != 1.0)
        sb_addf(h, "    v.r *= %.1ff;\n    v.g *= %.1ff;\n    v.b *= %.1ff;\n    v.a *= %.1ff;\n", s->source_max,
                s->source_max, s->source_max, s->source_max);
    sb_add(h, "    return v;\n}\n");
    sb_addf(h, "#define BORDER_CONSTANT\n#define BORDER(a) q%u_border(a)\n", w->number);
    static const char *const pick[] = { "", "BORDER(a).r", "((c) == 0 ? BORDER(a).r : BORDER(a).a)",
                                        "((c) == 0 ? BORDER(a).r : (c) == 1 ? BORDER(a).g : BORDER(a).b)",
                                        "((c) == 0 ? BORDER(a).r : (c) == 1 ? BORDER(a).g : (c) == 2 ? BORDER(a).b : "
                                        "BORDER(a).a)" };
    sb_addf(h, "#define BORDER_SAMPLE(a, c) %s\n", pick[s->in_channels]);
    sb_add(h, "#define EDGE_X(a, x, y) ((x) < 0 || (x) >= (a).w ? BORDER(a) : IN(a, q_clamp(x, (a).w), y))\n");
    return cg_use(w->b->plan->recipe, "point/state.cl", w->b->err);
}

/* ---- a pass ---- */

static bool write_members(writer *w)
{
    const flt_pass_spec *s = w->spec;
    flt_pass_recipe *r = w->recipe;
    r->at_w = (int)add_int(w, "w");
    r->at_h = (int)add_int(w, "h");
    r->at_ow = (int)add_int(w, "ow");
    r->at_oh = (int)add_int(w, "oh");
    if (s->take_radius) {
        const unsigned at = add_int(w, "r");
        add_int(w, "taps");
        if (!add_slot(w, at, 2, s->value->stencil.fill, s->value->stencil.stage, -1))
            return false;
    }
    if (s->members) {
        const unsigned at = w->n_uniforms;
        char copy[128];
        snprintf(copy, sizeof copy, "%s", s->members);
        char *rest = copy;
        for (char *name; (name = strsep(&rest, "|"));) {
            if (*name == '.')
                add_float(w, name + 1);
            else
                add_int(w, name);
        }
        if (!add_slot(w, at, w->n_uniforms - at, s->extra_fill, s->stage, -1))
            return false;
    }
    if (s->take_window) {
        sb_add(&w->members, "    int window;\n");
        sb_addf(&w->values, ", u0 + %u", w->n_uniforms);
        if (s->n_window && !add_slot(w, w->n_uniforms, s->n_window, s->window_fill, s->stage, -1))
            return false;
        w->n_uniforms += s->n_window;
    }
    return true;
}

static const char *const MACROS =
    "KERNEL|PARAMETERS|ARGUMENTS|TAKE_ARGUMENTS|IN|OUT|MID|EDGE_X|Q_MAP|BORDER|BORDER_CONSTANT|BORDER_SAMPLE|C|R|RX|RY|"
    "RUN|ROWS|SOURCE|TARGET|START|COMBINE|PUT|GET|PUT_ACC|ACC|EXACT|WINDOW|WINDOW_ROW|SPAN|HC|BINS|BIN|SOLVE";

static bool write_text(writer *w)
{
    const flt_pass_spec *s = w->spec;
    qn_strbuf *t = &w->b->plan->recipe->text;
    const flt_plan *p = w->b->plan;
    sb_addf(t, "\n/* pass %u: %s */\n", w->number, w->pass->name);
    sb_addf(t, "typedef struct {\n%s} q%u_args;\n", sb_str(&w->members), w->number);
    sb_addf(t, "#define KERNEL q%u\n#define ARGUMENTS q%u_args\n", w->number, w->number);
    sb_addf(t,
            "#define PARAMETERS %s__global %s *restrict out, __global const int *restrict U, const int u0, "
            "const int y0, const int y1\n",
            sb_str(&w->parameters), type_name(p->surface[s->target].storage));
    sb_addf(t, "#define TAKE_ARGUMENTS {%s}\n", sb_str(&w->values) + 2);
    sb_addf(t, "#define C %u\n#define RUN %u\n#define ROWS %u\n", s->in_channels, s->run, s->rows);
    sb_addf(t, "#define SOURCE %s\n#define TARGET %s\n", type_name(p->surface[s->source].storage),
            type_name(p->surface[s->target].storage));
    sb_addf(t, "#define PUT(p, v) q_put%u(p, v)\n#define GET(p) q_get%u(p)\n", s->in_channels, s->in_channels);
    if (s->defines)
        sb_add(t, s->defines);
    if (s->value->has_stencil && s->value->stencil.kind == FLT_SK_WINDOW && s->value->stencil.fragment) {
        /* a stencil's fragment sees the pass's constants, so it stands here and not at the top */
        if (!add_file(t, s->value->stencil.fragment, w->b->err))
            return false;
    }
    if (s->solve_fragment && !add_file(t, s->solve_fragment, w->b->err))
        return false;
    sb_addf(t, "#line 1 \"pass%u\"\n", w->number);
    sb_add(t, sb_str(&w->hooks));
    if (!add_file(t, s->skeleton, w->b->err))
        return false;
    char copy[512];
    snprintf(copy, sizeof copy, "%s", MACROS);
    char *rest = copy;
    for (char *name; (name = strsep(&rest, "|"));)
        sb_addf(t, "#undef %s\n", name);
    return true;
}

bool cg_pass(flt_build *b, const flt_pass_spec *spec)
{
    flt_plan *p = b->plan;
    flt_recipe *r = p->recipe;
    if (r->n == r->cap) {
        const size_t cap = r->cap ? 2 * r->cap : 8;
        flt_pass_recipe *recipes = realloc(r->pass, cap * sizeof *recipes);
        if (recipes)
            r->pass = recipes;
        flt_pass *passes = realloc(p->pass, cap * sizeof *passes);
        if (passes)
            p->pass = passes;
        if (!recipes || !passes)
            return qn_fail(b->err, QN_NOMEM, "out of memory");
        r->cap = cap;
    }
    memset(&r->pass[r->n], 0, sizeof *r->pass);
    memset(&p->pass[r->n], 0, sizeof *p->pass);
    writer w = { .b = b, .spec = spec, .recipe = &r->pass[r->n], .pass = &p->pass[r->n], .number = (unsigned)r->n };
    flt_pass_recipe *q = w.recipe;
    q->source = spec->source;
    q->target = spec->target;
    if (spec->source_is_base) {
        memcpy(q->view, spec->value->view, sizeof q->view);
        q->n_view = spec->value->n_view;
    }
    q->rule = spec->rule;
    q->stage = spec->stage;
    q->size = spec->value->has_stencil ? spec->value->stencil.size : NULL;
    q->vertical_half = spec->vertical_half;
    q->table_len = spec->table_len;
    q->run = spec->run;
    q->rows = spec->rows;
    q->slices = spec->slices;
    q->local = spec->local;
    q->single_group = spec->single_group;
    q->at_vx = q->at_vy = q->at_matrix = -1;
    snprintf(w.pass->kernel, sizeof w.pass->kernel, "q%u", w.number);
    const char *name = spec->name              ? spec->name
                       : spec->value->names[0] ? spec->value->names
                       : *spec->suffix         ? ""
                                               : "copy";
    snprintf(w.pass->name, sizeof w.pass->name, "%.*s%s", (int)(sizeof w.pass->name - strlen(spec->suffix) - 1), name,
             spec->suffix);
    if (b->note)
        sb_add(&w.pass->note, b->note);
    b->note = NULL;
    bool ok = write_members(&w) && write_in(&w) && (!spec->border || write_border(&w)) &&
              (!spec->uses_mid || write_mid(&w)) && (!spec->has_out || (write_side_loads(&w) && write_out(&w)));
    if (ok) {
        w.pass->buffer[w.pass->n_buffers++] = spec->target;
        sb_addf(&w.members, "    __global %s *out;\n", type_name(p->surface[spec->target].storage));
        sb_add(&w.values, ", out");
        w.recipe->stride[w.recipe->n_strides++] = (flt_stride_slot){ add_int(&w, "so"), spec->target };
        q->n_fixed = w.n_uniforms;
        ok = write_text(&w);
        if (!sb_ok(&w.members) || !sb_ok(&w.values) || !sb_ok(&w.parameters) || !sb_ok(&w.hooks) || !sb_ok(&r->text))
            ok = qn_fail(b->err, QN_NOMEM, "out of memory");
    }
    sb_free(&w.members);
    sb_free(&w.values);
    sb_free(&w.parameters);
    sb_free(&w.hooks);
    if (!ok) {
        sb_free(&w.pass->note);
        return false;
    }
    p->n_passes = ++r->n;
    return true;
}

bool cg_finish(flt_build *b)
{
    flt_recipe *r = b->plan->recipe;
    qn_strbuf t = { 0 };
    sb_add(&t, r->device == FLT_DEV_CPU ? "#define Q_CPU\n" : "#define Q_GPU\n");
    bool ok = add_file(&t, "prelude/base.cl", b->err) && add_file(&t, "prelude/tile.cl", b->err);
    for (size_t i = 0; ok && i < r->n_fragments; i++)
        ok = add_file(&t, r->fragment[i], b->err);
    sb_add(&t, sb_str(&r->text));
    if (ok && !sb_ok(&t))
        ok = qn_fail(b->err, QN_NOMEM, "out of memory");
    if (ok) {
        b->plan->key = qn_hash(QN_HASH_START, t.s, t.len);
        b->plan->text = sb_take(&t);
    }
    sb_free(&t);
    return ok;
}
