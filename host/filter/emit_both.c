/* Stencils in one pass on a CPU, by lines: skeleton/taps_both.cl, extreme_both.cl, correlate_lines.cl. */
#include "codegen.h"
#include "gain.h"

#include <stdio.h>
#include <string.h>

#define MOST_RADIUS                                                                                                    \
    40 /* a block's tile must stay in a thread's own cache; and more products lose too many last bits                  \
        */

/* A fixed-point sum is off by a last bit or two of 16 (a standard deviation of 0.005 levels of 255): what may follow
 * multiplies that at most so much, to keep to 2 % of samples that are rounded the other way. */
#define MOST_GAIN 2.5

/* The rows are read as they lie in memory. */
static bool reads_rows(const flt_pending *v)
{
    bool plain = v->n_pro == 0;
    for (unsigned i = 0; i < v->n_view; i++)
        plain = plain && v->view[i].kind == FLT_VIEW_CROP;
    return plain;
}

/* What lies outside, column by column, is what lies inside near the rim. */
static bool stays_near(flt_border border)
{
    return border != FLT_CONSTANT && border != FLT_WRAP;
}

bool cg_both_does(const flt_build *b)
{
    const flt_stencil *s = &b->now.stencil;
    return b->options->device == FLT_DEV_CPU && strcmp(s->combine, "SUM") == 0 && s->rx <= MOST_RADIUS;
}

static bool fixed_does(const flt_build *b)
{
    const flt_pending *v = &b->now;
    return v->stencil.fill_fixed && v->stencil_storage == FLT_U16 &&
           flt_gain_from(b->chain, v->stencil.stage) <= MOST_GAIN;
}

/* What follows the sums is nothing, or has a form in words, and they are stored as words or bytes. */
static bool stays_fixed(const flt_build *b, const flt_surface *target)
{
    const flt_pending *v = &b->now;
    bool all = fixed_does(b) && target->storage <= FLT_U16 && target->channels == v->stencil_channels;
    for (unsigned i = v->n_pro; i < v->n_ops; i++)
        all = all && v->op[i].words;
    return all;
}

/* How samples are read and sums are stored, in fixed point; plain: rows of words. Returns what full scale is in it. */
static double fixed_text(const flt_build *b, const flt_surface *target, bool plain, qn_strbuf *d)
{
    const flt_pending *v = &b->now;
    const double full = plain ? 65535.0 : 65280.0; /* 255 levels of 256 */
    sb_addf(d,
            "#define FIXED\n#define FULL %.0f\n#define FROM_VALUE ((float)%.9g)\n"
            "#define PUT_FIXED(p, v) q_put_fixed%u(p, v, FROM_VALUE)\n"
            "#define PUT_FIXED_FLAT(p, v) q_put_fixed1(p, v, FROM_VALUE)\n",
            full, full / v->base_max, v->stencil_channels);
    if (plain)
        sb_add(d, "#define STORED words_any\n#define PAIR_STORED(s, t) q_mean_words(s, t)\n");
    const bool whole = stays_fixed(b, target);
    if (whole && target->storage == FLT_U8)
        sb_addf(d,
                "#define STORE_ANY bytes_any\n#define STORE_AS(q) AS_BYTES(q)\n#define STORE(q) ((%s) >> (ushort)8)\n",
                plain ? "q - (q >> (ushort)8) + (ushort)127" : "q + (ushort)128");
    else if (whole)
        sb_addf(d, "#define STORE_ANY words_any\n#define STORE_AS(q) (q)\n#define STORE(q) (%s)\n",
                plain ? "q" : "q + ((q + (ushort)128) >> (ushort)8)");
    return full;
}

static double float_text(const flt_build *b, bool plain, qn_strbuf *d)
{
    static const char *const stored[] = { "#define STORED uchar16_any\n#define PAIR_STORED(s, t) "
                                          "convert_float16(convert_ushort16(s) + convert_ushort16(t))\n",
                                          "#define STORED ushort16_any\n#define PAIR_STORED(s, t) "
                                          "convert_float16(convert_uint16(s) + convert_uint16(t))\n",
                                          "#define STORED float16_any\n#define PAIR_STORED(s, t) ((s) + (t))\n" };
    const flt_pending *v = &b->now;
    if (plain)
        sb_add(d, stored[b->plan->surface[v->surface].storage]);
    return v->base_max;
}

/* Bytes that are put into the tile by what becomes of each of the 256: of a few words' vectors, or all that follow a
 * dear prologue. */
static bool codes_text(const flt_build *b, bool fixed, qn_strbuf *d)
{
    const flt_pending *v = &b->now;
    if (b->plan->surface[v->surface].storage != FLT_U8 || !(cg_flat_in(b) || (fixed && reads_rows(v))))
        return false;
    bool dear = false;
    for (unsigned i = 0; i < v->n_pro; i++)
        dear = dear || v->op[i].heavy;
    sb_addf(d, "#define CODES\n%s%s", v->n_pro == 0 ? "#define CODES_SHIFT 8\n" : "",
            dear ? "#define CODES_DEAR\n" : "");
    return true;
}

bool cg_emit_both(flt_build *b, unsigned target, unsigned channels)
{
    flt_pending *v = &b->now;
    const flt_stencil *s = &v->stencil;
    const bool fixed = fixed_does(b);
    const int radius = flt_tap_radius(s->rx);
    qn_strbuf d = { 0 };
    const bool codes = codes_text(b, fixed, &d);
    const bool plain = !codes && reads_rows(v) && stays_near(s->stage->border) &&
                       (!fixed || b->plan->surface[v->surface].storage == FLT_U16);
    sb_addf(&d, "#define R %d\n", radius <= 8 ? 8 : radius <= 16 ? 16 : MOST_RADIUS);
    if (plain)
        sb_add(&d, "#define PLAIN\n");
    const double full = fixed ? fixed_text(b, &b->plan->surface[target], plain, &d) : float_text(b, plain, &d);
    sb_addf(&d, "#define OUT_SCALE ((float)%.17g)\n", v->stencil_max / full);
    /* a prologue is run again for the rows above and below each block */
    flt_pass_spec one = cg_spec_blocks(b, target, channels, "skeleton/taps_both.cl", plain ? 32 : 64);
    /* what lies under the taps is to stay in the nearest cache */
    one.run = radius <= 6 ? 512 : 256;
    one.radius = radius;
    one.flat_in = cg_flat_in(b);
    one.defines = sb_str(&d);
    if (fixed) {
        one.in_words = v->n_ops > v->n_pro && stays_fixed(b, &b->plan->surface[target]);
        one.by_row = one.final_ops = !one.in_words;
        one.members = "r|taps|bias";
        one.extra_fill = s->fill_fixed;
    } else {
        one.take_radius = true;
    }
    const bool ok = sb_ok(&d) ? cg_pass(b, &one) : qn_fail(b->err, QN_NOMEM, "out of memory");
    sb_free(&d);
    return ok;
}

/* A stencil on samples as they are stored, over rows as they lie in memory. */
bool cg_lines_does(const flt_build *b)
{
    const flt_pending *v = &b->now;
    return b->options->device == FLT_DEV_CPU && reads_rows(v) && stays_near(v->stencil.stage->border) &&
           b->plan->surface[v->surface].storage <= FLT_F32;
}

bool cg_emit_lines(flt_build *b, unsigned target, unsigned channels, const char *skeleton, const char *more)
{
    static const char *const vector[] = { "bytes_twice", "words", "float16" };
    const flt_pending *v = &b->now;
    const flt_stencil *s = &v->stencil;
    const flt_storage stored = b->plan->surface[v->surface].storage;
    const bool copies =
        b->plan->surface[target].storage == stored && v->n_ops == v->n_pro && channels == v->stencil_channels;
    char defines[256];
    snprintf(defines, sizeof defines, "#define VECTOR %s\n#define VECTOR_ANY %s_any\n#define ROW_SAMPLE SOURCE\n%s%s",
             vector[stored], vector[stored], copies ? "#define OUT_COPY\n" : "", more);
    flt_pass_spec one = cg_spec_blocks(b, target, channels, skeleton, 16);
    if (s->rx > 64)
        one.run = 1024;
    one.defines = defines;
    one.take_radius = s->kind == FLT_SK_TAPS;
    return cg_pass(b, &one);
}

bool cg_emit_extreme(flt_build *b, unsigned target, unsigned channels)
{
    const flt_stencil *s = &b->now.stencil;
    int radius = 8; /* a class: the most that there is room for */
    while (radius < s->rx)
        radius *= 2;
    char more[128];
    snprintf(more, sizeof more, "#define R %d\n#define BEST(p, q) ((p) %c (q) ? (p) : (q))\n", radius,
             strcmp(s->combine, "MIN") == 0 ? '<' : '>');
    return cg_emit_lines(b, target, channels, "skeleton/extreme_both.cl", more);
}

bool cg_correlation_does(const flt_build *b)
{
    const flt_pending *v = &b->now;
    return v->stencil.fill_fixed && cg_lines_does(b) && b->plan->surface[v->surface].storage == FLT_U8 &&
           v->base_max == 255.0;
}

bool cg_emit_correlation(flt_build *b, unsigned target, unsigned channels)
{
    const flt_pending *v = &b->now;
    const flt_stencil *s = &v->stencil;
    const bool stores = b->plan->surface[target].storage == FLT_U8 && v->n_ops == v->n_pro &&
                        channels == v->stencil_channels && v->stencil_max == 255.0;
    char defines[128];
    snprintf(defines, sizeof defines, "%s%s", s->fixed, stores ? "#define OUT_BYTES\n" : "");
    flt_pass_spec one = cg_spec_blocks(b, target, channels, "skeleton/correlate_lines.cl", 16);
    one.defines = defines;
    one.members = "r|taps|count|across|start|.scale|.shift";
    one.extra_fill = s->fill_fixed;
    return cg_pass(b, &one);
}
