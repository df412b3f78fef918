/* References of the filters that take a second picture: premultiplied in and out. */
#include "ref.h"

#include <math.h>
#include <string.h>

static int half(int v)
{
    return v >= 0 ? v / 2 : -((1 - v) / 2); /* floor */
}

/* Where the file's top left corner comes to lie on one axis; side -1: west or north, 0: centre, 1: east or south. */
static int place(int n, int file, int side, int inward)
{
    return side < 0 ? inward : side > 0 ? n - file - inward : half(n - file) + inward;
}

static bool at(const flt_stage *stage, const char *word)
{
    return ref_is(stage, "at", word);
}

/* The second picture on the first: straight RGBA of its size, alpha times opacity, 0 where it does not reach. */
static ref_image laid_out(const ref_call *call, const ref_image *in)
{
    const flt_stage *s = call->stage;
    ref_image rgb = ref_to_rgb(call->file), file = ref_with_alpha(&rgb), out = ref_new(in->w, in->h, 4);
    int side_x = at(s, "northwest") || at(s, "west") || at(s, "southwest")   ? -1
                 : at(s, "northeast") || at(s, "east") || at(s, "southeast") ? 1
                                                                             : 0;
    int side_y = at(s, "northwest") || at(s, "north") || at(s, "northeast")   ? -1
                 : at(s, "southwest") || at(s, "south") || at(s, "southeast") ? 1
                                                                              : 0;
    int inward_x, inward_y, gap = (int)ref_num_or(s, "margin", 0);
    if (ref_has_param(s, "margin")) {
        inward_x = side_x == 0 ? 0 : gap, inward_y = side_y == 0 ? 0 : gap;
    } else {
        inward_x = flt_arg(s, "offset")->rect.x, inward_y = flt_arg(s, "offset")->rect.y;
    }
    int x0 = place(in->w, file.w, side_x, inward_x), y0 = place(in->h, file.h, side_y, inward_y);
    bool tile = ref_num_or(s, "tile", 0) != 0;
    for (int y = 0; y < in->h; y++)
        for (int x = 0; x < in->w; x++) {
            int fx = x - x0, fy = y - y0;
            if (tile) {
                fx = ref_border(fx, file.w + gap, FLT_WRAP);
                fy = ref_border(fy, file.h + gap, FLT_WRAP);
            }
            if (fx < 0 || fy < 0 || fx >= file.w || fy >= file.h)
                continue;
            memcpy(ref_at(&out, x, y), ref_at(&file, fx, fy), 4 * sizeof(double));
            ref_at(&out, x, y)[3] *= ref_num_or(s, "opacity", 1);
        }
    ref_free(&rgb);
    ref_free(&file);
    return out;
}

/* Composes pixel by pixel: `one` gets the premultiplied RGBA below and the straight RGBA above, and changes the
 * former. */
static bool compose(const ref_call *call, const ref_image *in, ref_image *out, bool keeps_channels,
                    bool (*one)(const ref_call *call, double *below, const double *above))
{
    if (!call->file)
        return false;
    ref_image rgb = ref_to_rgb(in), wide = ref_with_alpha(&rgb), above = laid_out(call, in);
    for (int y = 0; y < in->h; y++)
        for (int x = 0; x < in->w; x++) {
            if (!one(call, ref_at(&wide, x, y), ref_at(&above, x, y)))
                ref_mark(&wide, x, y);
        }
    *out = keeps_channels && !ref_has_alpha(in) ? ref_colour_part(&wide) : ref_copy(&wide);
    if (!out->fuzzy) {
        out->fuzzy = wide.fuzzy;
        wide.fuzzy = NULL;
    }
    ref_free(&rgb);
    ref_free(&wide);
    ref_free(&above);
    return true;
}

/* co = as Fa Cs + ab Fb Cb, ao = as Fa + ab Fb */
static void porter_duff(double *below, const double *above, double fa, double fb)
{
    for (int k = 0; k < 3; k++)
        below[k] = above[3] * fa * above[k] + fb * below[k];
    below[3] = above[3] * fa + fb * below[3];
}

static bool over_one(const ref_call *call, double *below, const double *above)
{
    (void)call;
    porter_duff(below, above, 1, 1 - above[3]);
    return true;
}

bool ref_over(const ref_call *call, const ref_image *in, ref_image *out)
{
    return compose(call, in, out, true, over_one);
}

static bool operator_one(const ref_call *call, double *below, const double *above)
{
    /* Fa and Fb as 1, the other's alpha, or what that leaves */
    static const struct {
        const char *op, *fa, *fb;
    } table[] = {
        { "over", "1", "1-a" },     { "clear", "0", "0" },  { "copy", "1", "0" },       { "destination", "0", "1" },
        { "dst-over", "1-b", "1" }, { "in", "b", "0" },     { "dst-in", "0", "a" },     { "out", "1-b", "0" },
        { "dst-out", "0", "1-a" },  { "atop", "b", "1-a" }, { "dst-atop", "1-b", "a" }, { "xor", "1-b", "1-a" },
        { "plus", "1", "1" },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (!ref_is(call->stage, "op", table[i].op))
            continue;
        double f[2];
        for (int k = 0; k < 2; k++) {
            const char *t = k == 0 ? table[i].fa : table[i].fb;
            double other = k == 0 ? below[3] : above[3];
            f[k] = !strcmp(t, "0") ? 0 : !strcmp(t, "1") ? 1 : strlen(t) == 1 ? other : 1 - other;
        }
        porter_duff(below, above, f[0], f[1]);
        for (int k = 0; k < 4 && !strcmp(table[i].op, "plus"); k++)
            below[k] = fmin(below[k], 1);
    }
    return true;
}

bool ref_composite(const ref_call *call, const ref_image *in, ref_image *out)
{
    static const char *const opaque[] = { "over", "destination", "dst-over", "atop", "plus" };
    bool keeps = false;
    for (int i = 0; i < 5; i++)
        keeps = keeps || ref_is(call->stage, "op", opaque[i]);
    return compose(call, in, out, keeps, operator_one);
}

/* False where a colour behind another stage has lost what it is with its alpha, and gets another one. */
static bool mask_one(const ref_call *call, double *below, const double *above)
{
    const bool multiply = ref_is(call->stage, "mode", "multiply");
    double mask = above[3] * ref_luma(above, 3, REF_709), old = below[3];
    double alpha = multiply ? old * mask : mask;
    for (int k = 0; k < 3; k++)
        below[k] = old == 0 ? 0 : below[k] / old * alpha;
    below[3] = alpha;
    return multiply || call->eps <= 1e-6 || old >= ref_least_alpha(call->depth);
}

bool ref_set_alpha(const ref_call *call, const ref_image *in, ref_image *out)
{
    if (!compose(call, in, out, false, mask_one))
        return false;
    if (ref_colours(in) == 1) { /* gray stays gray */
        ref_image gray = ref_new(in->w, in->h, 2);
        for (int y = 0; y < in->h; y++)
            for (int x = 0; x < in->w; x++) {
                ref_at(&gray, x, y)[0] = ref_at(out, x, y)[0];
                ref_at(&gray, x, y)[1] = ref_at(out, x, y)[3];
            }
        ref_move(out, &gray);
    }
    return true;
}

/* ---- blend modes: the formulas of the W3C text ---- */

static double multiply(double cb, double cs)
{
    return cb * cs;
}
static double screen(double cb, double cs)
{
    return cb + cs - cb * cs;
}
static double hard_light(double cb, double cs)
{
    return cs <= 0.5 ? multiply(cb, 2 * cs) : screen(cb, 2 * cs - 1);
}
static double overlay(double cb, double cs)
{
    return hard_light(cs, cb);
}
static double darken(double cb, double cs)
{
    return fmin(cb, cs);
}
static double lighten(double cb, double cs)
{
    return fmax(cb, cs);
}
static double color_dodge(double cb, double cs)
{
    return cb <= 0 ? 0 : cs >= 1 - 1e-9 ? 1 : fmin(1, cb / (1 - cs));
}
static double color_burn(double cb, double cs)
{
    return cb >= 1 - 1e-9 ? 1 : cs <= 0 ? 0 : 1 - fmin(1, (1 - cb) / cs);
}
static double soft_light(double cb, double cs)
{
    double d = cb <= 0.25 ? ((16 * cb - 12) * cb + 4) * cb : sqrt(cb);
    return cs <= 0.5 ? cb - (1 - 2 * cs) * cb * (1 - cb) : cb + (2 * cs - 1) * (d - cb);
}
static double difference(double cb, double cs)
{
    return fabs(cb - cs);
}
static double exclusion(double cb, double cs)
{
    return cb + cs - 2 * cb * cs;
}

static double lum(const double *c)
{
    return 0.3 * c[0] + 0.59 * c[1] + 0.11 * c[2];
}

static double sat(const double *c)
{
    return fmax(fmax(c[0], c[1]), c[2]) - fmin(fmin(c[0], c[1]), c[2]);
}

static void set_lum(double *c, double l)
{
    double d = l - lum(c);
    for (int k = 0; k < 3; k++)
        c[k] += d;
    double n = fmin(fmin(c[0], c[1]), c[2]), x = fmax(fmax(c[0], c[1]), c[2]), at_l = lum(c);
    for (int k = 0; k < 3 && n < 0; k++)
        c[k] = at_l + (c[k] - at_l) * at_l / (at_l - n);
    for (int k = 0; k < 3 && x > 1; k++)
        c[k] = at_l + (c[k] - at_l) * (1 - at_l) / (x - at_l);
}

static void set_sat(double *c, double s)
{
    double n = fmin(fmin(c[0], c[1]), c[2]), range = sat(c);
    for (int k = 0; k < 3; k++)
        c[k] = range > 0 ? (c[k] - n) * s / range : 0;
}

/* The four that mix the channels. False: no such mode. *unsure: a colour so near to gray that its hue is rounding. */
static bool mix_colours(const flt_stage *s, int depth, const double *cb, const double *cs, double *to, bool *unsure)
{
    bool hue = ref_is(s, "mode", "hue"), saturation = ref_is(s, "mode", "saturation");
    bool luminosity = ref_is(s, "mode", "luminosity");
    if (!hue && !saturation && !luminosity && !ref_is(s, "mode", "color"))
        return false;
    const double *base = hue || ref_is(s, "mode", "color") ? cs : cb;
    memcpy(to, base, 3 * sizeof *to);
    *unsure = (hue || saturation) && sat(base) > 0 && sat(base) < (depth == 8 ? 5e-4 : 0.02);
    if (hue || saturation)
        set_sat(to, sat(hue ? cb : cs));
    set_lum(to, lum(luminosity ? cs : cb));
    return true;
}

static bool blend_one(const ref_call *call, double *below, const double *above)
{
    static const struct {
        const char *mode;
        double (*fn)(double cb, double cs);
    } table[] = { { "multiply", multiply },     { "screen", screen },         { "overlay", overlay },
                  { "darken", darken },         { "lighten", lighten },       { "color-dodge", color_dodge },
                  { "color-burn", color_burn }, { "hard-light", hard_light }, { "soft-light", soft_light },
                  { "difference", difference }, { "exclusion", exclusion } };
    double cb[3], b[3], as = above[3], ab = below[3];
    bool unsure = false;
    for (int k = 0; k < 3; k++) {
        cb[k] = ab == 0 ? 0 : fmin(fmax(below[k] / ab, 0), 1);
        b[k] = above[k]; /* normal */
        for (size_t i = 0; i < sizeof table / sizeof *table; i++)
            if (ref_is(call->stage, "mode", table[i].mode))
                b[k] = table[i].fn(cb[k], above[k]);
    }
    (void)mix_colours(call->stage, call->depth, cb, above, b, &unsure);
    for (int k = 0; k < 3; k++)
        below[k] = as * (1 - ab) * above[k] + as * ab * b[k] + (1 - as) * below[k];
    below[3] = as + ab * (1 - as);
    return !unsure;
}

bool ref_blend(const ref_call *call, const ref_image *in, ref_image *out)
{
    return compose(call, in, out, true, blend_one);
}
