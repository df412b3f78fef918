#include "light.h"

#include <string.h>

void flt_light_begin(flt_sized *sized)
{
    memset(sized->light_at, 0, sizeof sized->light_at);
}

/* Six tables, there and back for each channel, once per picture: every operation of every pass reads the same. Equal
 * curves share theirs. */
static bool make_tables(const flt_fill *f)
{
    enum { LEN = QN_LIGHT_STEPS + 1 };
    flt_sized *s = f->sized;
    static const int ahead = 0, back = 1;
    const qn_curve srgb = qn_curve_srgb();
    int32_t at[2][3];
    for (int c = 0; c < 3; c++) {
        const qn_curve *curve = s->transfer ? &s->transfer->curve[c] : &srgb;
        int same = 0;
        while (same < c && !qn_curve_same(curve, s->transfer ? &s->transfer->curve[same] : &srgb))
            same++;
        if (same < c) {
            at[ahead][c] = at[ahead][same];
            at[back][c] = at[back][same];
            continue;
        }
        int32_t *u = flt_fill_table(f, 2 * LEN, &at[ahead][c]);
        if (!u)
            return false;
        float table[2][LEN];
        qn_curve_tables(curve, table[0], table[1]);
        memcpy(u, table, sizeof table);
        at[back][c] = at[ahead][c] + LEN;
    }
    memcpy(s->light_at, at, sizeof at);
    return true;
}

static bool fill_tables(const flt_fill *f, int32_t *u, int way)
{
    if (f->sized->light_at[0][0] == 0 && !make_tables(f))
        return false;
    memcpy(u, f->sized->light_at[way], sizeof f->sized->light_at[way]);
    return true;
}

static bool fill_ahead(const flt_fill *f, int32_t *u)
{
    return fill_tables(f, u, 0);
}

static bool fill_back(const flt_fill *f, int32_t *u)
{
    return fill_tables(f, u, 1);
}

flt_op flt_light_op(const flt_build *b, bool to_light, int second)
{
    const bool own = b->input.own_transfer;
    flt_op op = { .save = second,
                  .surface = -1,
                  .samplewise = second < 0,
                  .alike = second < 0 && !own,
                  .heavy = true,
                  .fragment = own ? "point/light.cl" : "point/state.cl" };
    if (own) {
        op.n_uniforms = 3;
        op.fill = to_light ? fill_ahead : fill_back;
    }
    if (second >= 0)
        op.code = to_light ? own ? "$S = q_light_in($U, %0, %1, %2, $S);" : "$S = q_linearise($S);"
                  : own    ? "$S = q_light_out($U, %0, %1, %2, $S);"
                           : "$S = q_encode($S);";
    else if (to_light)
        op.code = own ? "v = q_light_in($U, %0, %1, %2, v);" : "v = q_linearise(v);";
    else
        op.code = own ? "v = q_light_out($U, %0, %1, %2, v);" : "v = q_encode(v);";
    return op;
}
