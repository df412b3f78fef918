/* Affine maps of colours: saturation, hue, sepia and their like, each a 3x4 matrix; those in a row become one. */
#include "affine.h"

#include <stdio.h>
#include <string.h>

bool flt_stage_only_mixes(const flt_stage *s)
{
    return s->row->affine && s->mix < 1.0 && !s->has_roi && !s->mask && s->channels == FLT_CH_DEFAULT;
}

/* The stage's matrix, mix= in it where nothing else selects. */
static void matrix_of(const flt_stage *s, double m[12])
{
    s->row->affine(s, m);
    if (!flt_stage_only_mixes(s))
        return;
    for (int i = 0; i < 12; i++)
        m[i] = (i % 5 == 0 ? 1.0 - s->mix : 0.0) + s->mix * m[i];
}

/* Of the first stage, then the second, and so on. */
static void product(const flt_stage *first, unsigned n, double m[12])
{
    matrix_of(first, m);
    for (unsigned k = 1; k < n; k++) {
        double next[12], old[12];
        matrix_of(first + k, next);
        memcpy(old, m, sizeof old);
        for (int row = 0; row < 3; row++)
            for (int column = 0; column < 4; column++) {
                double sum = column == 3 ? next[4 * row + 3] : 0.0;
                for (int i = 0; i < 3; i++)
                    sum += next[4 * row + i] * old[4 * i + column];
                m[4 * row + column] = sum;
            }
    }
}

static bool fill_matrix(const flt_fill *f, int32_t *u)
{
    double m[12];
    product(f->stage, f->n_stages, m);
    for (int i = 0; i < 9; i++)
        u[i] = flt_bits(m[i / 3 * 4 + i % 3]);
    return true;
}

static bool fill_offsets(const flt_fill *f, int32_t *u)
{
    double m[12];
    product(f->stage, f->n_stages, m);
    for (int i = 0; i < 3; i++)
        u[i] = flt_bits(m[4 * i + 3]);
    return true;
}

/* The last operation, or NULL: a stencil or a mark stands behind it, or another chain's stage. */
static flt_op *last_of(flt_build *b, const flt_stage *s)
{
    flt_pending *v = &b->now;
    if (v->n_ops == 0 || (v->has_stencil && v->n_ops == v->n_pro) || (v->n_mid_set && v->n_mid == v->n_ops))
        return NULL;
    flt_op *op = &v->op[v->n_ops - 1];
    return op->n_affine && op->stage + op->n_affine == s ? op : NULL;
}

bool flt_follows_matrix(flt_build *b, const flt_stage *s)
{
    const flt_op *last = last_of(b, s);
    return last && !last->samplewise;
}

/* The operation before which nothing of a stencil, a mark or another value ends. */
static unsigned begins_behind(const flt_pending *v)
{
    const unsigned stencil = v->has_stencil ? v->n_pro : 0, mark = v->n_mid_set ? v->n_mid : 0;
    return stencil > mark ? stencil : mark;
}

void flt_take_matrices(flt_build *b, flt_matrices *m)
{
    flt_pending *v = &b->now;
    const unsigned least = begins_behind(v);
    unsigned first = v->n_ops;
    while (first > least && v->op[first - 1].n_affine && !v->op[first - 1].samplewise)
        first--;
    m->n = v->n_ops - first;
    m->names[0] = '\0';
    if (m->n == 0 || m->n > 2 || flt_has_alpha(v->channels)) {
        m->n = 0;
        return;
    }
    memcpy(m->op, v->op + first, m->n * sizeof *m->op);
    m->wide = v->wide;
    snprintf(m->names, sizeof m->names, "%s", v->names + m->op[0].after_names);
    v->names[m->op[0].after_names] = '\0';
    v->wide = m->op[0].after_wide;
    v->n_ops = first;
    if (first == 1 && !v->has_stencil && v->op[0].is_scale && least == 0)
        v->n_ops = 0, v->scaled = false; /* samples may stay as they are stored */
    if (!v->has_stencil)
        v->n_pro = v->n_ops;
}

bool flt_put_matrices(flt_build *b, const flt_matrices *m)
{
    if (m->n == 0)
        return true;
    if (!flt_scale(b))
        return false;
    for (unsigned i = 0; i < m->n; i++)
        if (!flt_add(b, &m->op[i]))
            return false;
    flt_pending *v = &b->now;
    v->wide = v->wide || m->wide;
    const size_t n = strlen(v->names);
    snprintf(v->names + n, sizeof v->names - n, "%s", m->names + (n == 0 && m->names[0] == '+'));
    return true;
}

bool flt_build_affine(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    flt_pending *v = &b->now;
    flt_op *last = last_of(b, s);
    const flt_stage *first = last ? last->stage : s;
    const unsigned n = last ? last->n_affine + 1 : 1;
    const bool wide = last ? last->after_wide : v->wide;
    const uint8_t names = last ? last->after_names : (uint8_t)strlen(v->names);
    if (last) /* its two operations, or the one */
        v->n_ops -= last->fill == fill_offsets ? 2 : 1;
    if (!v->has_stencil)
        v->n_pro = v->n_ops;
    double m[12];
    product(first, n, m);
    const flt_op matrix = { .code = "v = q_matrix(v, $0, $1, $2, $3, $4, $5, $6, $7, $8);",
                            .fragment = "point/matrix.cl",
                            .stage = first,
                            .n_affine = n,
                            .homogeneous = true,
                            .n_uniforms = 9,
                            .fill = fill_matrix,
                            .after_wide = wide,
                            .after_names = names,
                            .save = -1,
                            .surface = -1 };
    const flt_op offsets = { .code = "v.r += $0; v.g += $1; v.b += $2;",
                             .stage = first,
                             .n_affine = n,
                             .n_uniforms = 3,
                             .fill = fill_offsets,
                             .after_wide = wide,
                             .after_names = names,
                             .save = -1,
                             .surface = -1 };
    const bool moved = m[3] != 0.0 || m[7] != 0.0 || m[11] != 0.0;
    return flt_add(b, &matrix) && (!moved || flt_add(b, &offsets));
}
