#include "codegen_pass.h"

#include "kernel_text.h"
#include "hash.h"
#include "strbuf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

double flt_full_scale(flt_storage s)
{
    return s == FLT_U8 ? 255.0 : s == FLT_U16 ? 65535.0 : 1.0;
}

const char *cg_type_name(flt_storage s)
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

unsigned cg_add_int(writer *w, const char *name)
{
    sb_addf(&w->members, "    int %s;\n", name);
    sb_addf(&w->values, ", U[u0 + %u]", w->n_uniforms);
    return w->n_uniforms++;
}

unsigned cg_add_float(writer *w, const char *name)
{
    sb_addf(&w->members, "    float %s;\n", name);
    sb_addf(&w->values, ", as_float(U[u0 + %u])", w->n_uniforms);
    return w->n_uniforms++;
}

void cg_use_uniforms(writer *w)
{
    if (w->has_uniforms)
        return;
    w->has_uniforms = true;
    sb_add(&w->members, "    __global const int *U;\n");
    sb_add(&w->values, ", U");
}

bool cg_add_slot(writer *w, unsigned at, unsigned n, flt_filler fill, const flt_stage *stage, int surface, bool is_op)
{
    flt_pass_recipe *r = w->recipe;
    if (r->n_slots == FLT_MAX_FILLERS)
        return qn_fail(w->b->err, QN_LIMIT, "too many filters with parameters in one pass");
    r->slot[r->n_slots++] = (flt_slot){ at, n, fill, stage, surface, is_op, 1 };
    return true;
}

/* Index of the surface among the pass's buffers; its pointer is a.b<index>, its stride in samples a.s<index>. */
int cg_use_surface(writer *w, unsigned surface)
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
    const char *type = cg_type_name(w->b->plan->surface[surface].storage);
    char stride[16], mask[16];
    snprintf(stride, sizeof stride, "s%u", i);
    snprintf(mask, sizeof mask, "m%u", i);
    sb_addf(&w->members, "    __global const %s *b%u;\n", type, i);
    sb_addf(&w->values, ", b%u", i);
    sb_addf(&w->parameters, "__global const %s *restrict b%u, ", type, i);
    w->recipe->stride[w->recipe->n_strides++] = (flt_stride_slot){ cg_add_int(w, stride), surface };
    cg_add_int(w, mask);
    return (int)i;
}

bool cg_note_reader(writer *w, unsigned surface, flt_reach reach, int radius, bool viewed)
{
    flt_pass_recipe *r = w->recipe;
    const flt_stage *s = w->spec->stage;
    if (reach == FLT_REACH_ROWS && radius > 0 && s && s->border == FLT_WRAP)
        reach = FLT_REACH_WHOLE; /* the first rows need the last */
    if (r->n_readers == FLT_MAX_READERS)
        return qn_fail(w->b->err, QN_LIMIT, "too many second pictures in one pass");
    r->reader[r->n_readers++] = (flt_reader){ surface, reach, radius, viewed };
    return true;
}

static bool note_other_readers(writer *w)
{
    for (unsigned i = 0; i < w->pass->n_buffers; i++) {
        bool noted = w->b->plan->surface[w->pass->buffer[i]].role == FLT_ROLE_FILE;
        for (unsigned k = 0; k < w->recipe->n_readers; k++)
            noted = noted || w->recipe->reader[k].surface == w->pass->buffer[i];
        if (!noted && !cg_note_reader(w, w->pass->buffer[i], FLT_REACH_WHOLE, 0, false))
            return false;
    }
    return true;
}

/* ---- a pass ---- */

static bool write_members(writer *w)
{
    const flt_pass_spec *s = w->spec;
    flt_pass_recipe *r = w->recipe;
    r->at_w = (int)cg_add_int(w, "w");
    r->at_h = (int)cg_add_int(w, "h");
    r->at_ow = (int)cg_add_int(w, "ow");
    r->at_oh = (int)cg_add_int(w, "oh");
    if (s->take_radius) {
        const unsigned at = cg_add_int(w, "r");
        cg_add_int(w, "taps");
        if (!cg_add_slot(w, at, 2, s->value->stencil.fill, s->value->stencil.stage, -1, false))
            return false;
    }
    if (s->members) {
        const unsigned at = w->n_uniforms;
        r->at_table = (int)at;
        char copy[128];
        snprintf(copy, sizeof copy, "%s", s->members);
        char *rest = copy;
        for (char *name; (name = strsep(&rest, "|"));) {
            if (*name == '.')
                cg_add_float(w, name + 1);
            else
                cg_add_int(w, name);
        }
        if (!cg_add_slot(w, at, w->n_uniforms - at, s->extra_fill, s->stage, -1, false))
            return false;
    }
    if (s->take_window) {
        sb_add(&w->members, "    int window;\n");
        sb_addf(&w->values, ", u0 + %u", w->n_uniforms);
        if (s->n_window && !cg_add_slot(w, w->n_uniforms, s->n_window, s->window_fill, s->stage, -1, false))
            return false;
        w->n_uniforms += s->n_window;
    }
    return true;
}

static const char *const MACROS =
    "KERNEL|Q_BLOCK|PARAMETERS|ARGUMENTS|TAKE_ARGUMENTS|IN|IN_PIXEL|IN_ROW|IN_FLAT|SOURCE_AT|SOURCE_CHANNELS|OUT|OUT_"
    "PIXEL|"
    "TARGET_CHANNELS|"
    "OUT_SAMPLE|OUT_PLAIN|AFTER|MID|PRE|EDGE_X|Q_MAP|BORDER|BORDER_"
    "CONSTANT|BORDER_SAMPLE|C|R|"
    "RX|RY|"
    "RUN|ROWS|SOURCE|TARGET|START|COMBINE|PUT|GET|PUT_ACC|ACC|EXACT|EXACT_SMALL|WIN|PAD_X|PAD_Y|GLOBAL_WINDOW|NO_TILE|"
    "TABLE|FLAT|WINDOW|WINDOW_ROW|SAMPLE|REACH|IGNORE_OUTSIDE|"
    "NOTHING|"
    "SPAN|HC|"
    "BINS|BIN|q_solve";

/* Takes back what a pass defines for itself: the next one's text may look whether a name is defined. */
static void undefine(qn_strbuf *t, const char *defines)
{
    static const char word[] = "#define ";
    for (const char *d = defines; d && (d = strstr(d, word));) {
        d += sizeof word - 1;
        sb_addf(t, "#undef %.*s\n", (int)strcspn(d, "( \n"), d);
    }
}

static bool write_text(writer *w)
{
    const flt_pass_spec *s = w->spec;
    qn_strbuf *t = &w->b->plan->recipe->text;
    const flt_plan *p = w->b->plan;
    sb_addf(t, "\n/* pass %u: %s */\n", w->number, w->pass->name);
    sb_addf(t, "typedef struct {\n%s} q%u_args;\n", sb_str(&w->members), w->number);
    sb_addf(t, "#define KERNEL q%u\n#define ARGUMENTS q%u_args\n#define Q_BLOCK q%u_block\n", w->number, w->number,
            w->number);
    sb_addf(t,
            "#define PARAMETERS %s__global %s *restrict out, __global const int *restrict U, const int u0, "
            "const int y0, const int y1\n",
            sb_str(&w->parameters), cg_type_name(p->surface[s->target].storage));
    sb_addf(t, "#define TAKE_ARGUMENTS {%s}\n", sb_str(&w->values) + 2);
    sb_addf(t, "#define C %u\n#define RUN %u\n#define ROWS %u\n", s->in_channels, s->run, s->rows);
    sb_addf(t, "#define SOURCE %s\n#define TARGET %s\n", cg_type_name(p->surface[s->source].storage),
            cg_type_name(p->surface[s->target].storage));
    sb_addf(t, "#define PUT(p, v) q_put%u(p, v)\n#define GET(p) q_get%u(p)\n", s->in_channels, s->in_channels);
    if (s->defines)
        sb_add(t, s->defines);
    if (s->take_window)
        sb_addf(t, "#define WIN %s\n", s->global_window ? "__global" : "TILE");
    if (s->take_window && s->value->has_stencil && s->value->stencil.kind == FLT_SK_WINDOW &&
        s->value->stencil.fragment) {
        /* a stencil's fragment sees the pass's constants, and has a name of its own in each pass */
        sb_addf(t, "#define %s %s_%u\n", s->value->stencil.call, s->value->stencil.call, w->number);
        if (!add_file(t, s->value->stencil.fragment, w->b->err))
            return false;
    }
    if (s->solve_fragment) {
        sb_addf(t, "#define q_solve q_solve_%u\n", w->number);
        if (!add_file(t, s->solve_fragment, w->b->err))
            return false;
    }
    sb_addf(t, "#line 1 \"pass%u\"\n", w->number);
    sb_add(t, sb_str(&w->hooks));
    if (s->by_row)
        sb_addf(t, "#define Q_OUT_ROW q%u_out_row\n", w->number);
    if ((s->by_row && !add_file(t, "skeleton/out_row.cl", w->b->err)) || !add_file(t, s->skeleton, w->b->err))
        return false;
    if (s->by_row)
        sb_add(t, "#undef Q_OUT_ROW\n");
    char copy[1024];
    snprintf(copy, sizeof copy, "%s", MACROS);
    char *rest = copy;
    for (char *name; (name = strsep(&rest, "|"));)
        sb_addf(t, "#undef %s\n", name);
    undefine(t, s->defines);
    if (s->value->has_stencil && s->value->stencil.call)
        sb_addf(t, "#undef %s\n", s->value->stencil.call);
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
    q->table_rows = spec->table_rows;
    q->table_of = spec->table_of;
    q->pad_x = spec->pad_x;
    q->pad_y = spec->pad_y;
    q->run = spec->run;
    q->rows = spec->rows;
    q->slices = spec->slices;
    q->span = spec->span;
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
    bool ok = write_members(&w) && cg_write_side_loads(&w) && cg_write_in(&w) &&
              (!spec->border || cg_write_border(&w)) && (!spec->final_ops || cg_write_mid(&w)) &&
              (!spec->has_out || cg_write_out(&w)) && note_other_readers(&w);
    if (ok) {
        w.pass->buffer[w.pass->n_buffers++] = spec->target;
        sb_addf(&w.members, "    __global %s *out;\n", cg_type_name(p->surface[spec->target].storage));
        sb_add(&w.values, ", out");
        w.recipe->stride[w.recipe->n_strides++] = (flt_stride_slot){ cg_add_int(&w, "so"), spec->target };
        cg_add_int(&w, "mo");
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
    bool ok = add_file(&t, "prelude/base.cl", b->err) && add_file(&t, "prelude/power.cl", b->err) &&
              add_file(&t, "prelude/tile.cl", b->err);
    ok = ok && (r->device != FLT_DEV_CPU ||
                (add_file(&t, "prelude/lanes.cl", b->err) && add_file(&t, "prelude/apart.cl", b->err)));
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
