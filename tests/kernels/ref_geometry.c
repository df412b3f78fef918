/* References of the filters that move or resample pixels. */
#include "ref.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- permutations ---- */

typedef void source_fn(int x, int y, int w, int h, int *sx, int *sy); /* w, h: of the input */

static void permute(const ref_image *in, ref_image *out, bool turned, source_fn *source)
{
    *out = ref_new(turned ? in->h : in->w, turned ? in->w : in->h, in->c);
    for (int y = 0; y < out->h; y++)
        for (int x = 0; x < out->w; x++) {
            int sx, sy;
            source(x, y, in->w, in->h, &sx, &sy);
            memcpy(ref_at(out, x, y), ref_at(in, sx, sy), (size_t)in->c * sizeof *in->p);
            if (in->fuzzy && in->fuzzy[sy * in->w + sx])
                ref_mark(out, x, y);
        }
}

static void same(int x, int y, int w, int h, int *sx, int *sy)
{
    (void)w, (void)h, *sx = x, *sy = y;
}

static void flop(int x, int y, int w, int h, int *sx, int *sy)
{
    (void)h, *sx = w - 1 - x, *sy = y;
}

static void flip(int x, int y, int w, int h, int *sx, int *sy)
{
    (void)w, *sx = x, *sy = h - 1 - y;
}

static void half_turn(int x, int y, int w, int h, int *sx, int *sy)
{
    *sx = w - 1 - x, *sy = h - 1 - y;
}

static void transpose(int x, int y, int w, int h, int *sx, int *sy)
{
    (void)w, (void)h, *sx = y, *sy = x;
}

static void transverse(int x, int y, int w, int h, int *sx, int *sy)
{
    *sx = w - 1 - y, *sy = h - 1 - x;
}

/* Clockwise: the input's bottom left comes to the top left. */
static void clockwise(int x, int y, int w, int h, int *sx, int *sy)
{
    (void)w, *sx = y, *sy = h - 1 - x;
}

static void counter_clockwise(int x, int y, int w, int h, int *sx, int *sy)
{
    (void)h, *sx = w - 1 - y, *sy = x;
}

bool ref_flip(const ref_call *call, const ref_image *in, ref_image *out)
{
    (void)call;
    permute(in, out, false, flip);
    return true;
}

bool ref_flop(const ref_call *call, const ref_image *in, ref_image *out)
{
    (void)call;
    permute(in, out, false, flop);
    return true;
}

void ref_quarters(const ref_image *in, int quarters, ref_image *out)
{
    static source_fn *const turn[4] = { same, clockwise, half_turn, counter_clockwise };
    permute(in, out, quarters % 2 == 1, turn[quarters]);
}

bool ref_transpose(const ref_call *call, const ref_image *in, ref_image *out)
{
    (void)call;
    permute(in, out, true, transpose);
    return true;
}

bool ref_transverse(const ref_call *call, const ref_image *in, ref_image *out)
{
    (void)call;
    permute(in, out, true, transverse);
    return true;
}

ref_image ref_orient(const ref_image *im, int orientation)
{
    static source_fn *const of[9] = { same,      same,      flop,       half_turn,        flip,
                                      transpose, clockwise, transverse, counter_clockwise };
    ref_image out;
    permute(im, &out, orientation >= 5, of[orientation]);
    return out;
}

bool ref_exif(const ref_call *call, const ref_image *in, ref_image *out)
{
    *out = ref_orient(in, (int)flt_num(call->stage, "orientation"));
    return true;
}

static bool cut(const ref_image *in, ref_image *out, int x0, int y0, int w, int h)
{
    if (x0 < 0 || y0 < 0 || w < 1 || h < 1 || x0 + w > in->w || y0 + h > in->h)
        return false;
    *out = ref_new(w, h, in->c);
    for (int y = 0; y < h; y++)
        memcpy(ref_at(out, 0, y), ref_at(in, x0, y0 + y), (size_t)w * (size_t)in->c * sizeof *in->p);
    return true;
}

static int at_least_1(double v)
{
    double r = rint(v);
    return r < 1 ? 1 : (int)r;
}

/* Where something begins that leaves `room` on an axis. */
static int placed(int side, int room, int inward)
{
    if (side == 1)
        return (int)floor(room / 2.0) + inward;
    return side == 0 ? inward : room - inward;
}

static int side_of(double side, bool factor, int n)
{
    return side == 0 ? n : at_least_1(factor ? side * n : side);
}

bool ref_crop(const ref_call *call, const ref_image *in, ref_image *out)
{
    const flt_value *v = flt_arg(call->stage, "rect");
    int at = (int)flt_num(call->stage, "at");
    int w = side_of(v->size.w, v->size.w_factor, in->w), h = side_of(v->size.h, v->size.h_factor, in->h);
    return cut(in, out, placed(at % 3, in->w - w, v->rect.x), placed(at / 3, in->h - h, v->rect.y), w, h);
}

/* ---- pad and extend ---- */

/* border= says what lies outside: a resize looks at nothing there. */
static bool by_border(const flt_stage *s)
{
    return s->border_given && !ref_has_param(s, "fit");
}

flt_border ref_outside(const flt_stage *s)
{
    return !by_border(s) && ref_has_param(s, "background") ? FLT_CONSTANT : s->border;
}

static const float *outside_rgba(const flt_stage *s)
{
    return by_border(s) ? s->border_colour : flt_arg(s, "background")->colour;
}

void ref_outside_colour(const flt_stage *s, const ref_image *like, bool premultiplied, double *out)
{
    const float *rgba = outside_rgba(s);
    double rgb[3];
    for (int k = 0; k < 3; k++)
        rgb[k] = s->linear ? ref_decode_srgb(rgba[k]) : rgba[k];
    for (int k = 0; k < ref_colours(like); k++)
        out[k] = (ref_colours(like) == 1 ? ref_luma(rgb, 3, REF_709) : rgb[k]) *
                 (premultiplied && ref_has_alpha(like) ? rgba[3] : 1);
    if (ref_has_alpha(like))
        out[like->c - 1] = rgba[3];
}

ref_image ref_for_outside(const flt_stage *s, const ref_image *in)
{
    const float *c = outside_rgba(s);
    bool coloured = ref_outside(s) == FLT_CONSTANT && (c[0] != c[1] || c[1] != c[2]);
    return coloured && ref_colours(in) == 1 ? ref_to_rgb(in) : ref_copy(in);
}

static bool framed(const flt_stage *s, const ref_image *given, ref_image *out, bool premultiplied, int left, int top,
                   int w, int h)
{
    ref_image in = ref_for_outside(s, given);
    double constant[4];
    ref_outside_colour(s, &in, premultiplied, constant);
    *out = ref_new(w, h, in.c);
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            int sx = ref_border(x - left, in.w, ref_outside(s)), sy = ref_border(y - top, in.h, ref_outside(s));
            memcpy(ref_at(out, x, y), sx < 0 || sy < 0 ? constant : ref_at(&in, sx, sy), (size_t)in.c * sizeof(double));
        }
    ref_free(&in);
    return true;
}

bool ref_pad(const ref_call *call, const ref_image *in, ref_image *out)
{
    const flt_size *size = &flt_arg(call->stage, "size")->size;
    int at = (int)flt_num(call->stage, "at");
    int w = side_of(size->w, size->w_factor, in->w), h = side_of(size->h, size->h_factor, in->h);
    w = w < in->w ? in->w : w, h = h < in->h ? in->h : h;
    return framed(call->stage, in, out, false, placed(at % 3, w - in->w, 0), placed(at / 3, h - in->h, 0), w, h);
}

bool ref_extend(const ref_call *call, const ref_image *in, ref_image *out)
{
    const flt_value *v = flt_arg(call->stage, "sides");
    int side[4]; /* left, top, right, bottom */
    for (size_t i = 0; i < 4; i++)
        side[i] = (int)v->list[i % v->n];
    return framed(call->stage, in, out, false, side[0], side[1], side[0] + in->w + side[2], side[1] + in->h + side[3]);
}

/* ---- resize ---- */

static double sinc(double x)
{
    double t = acos(-1) * x;
    return x == 0 ? 1 : sin(t) / t;
}

/* Mitchell and Netravali's family. */
static double cubic(double x, double b, double c)
{
    x = fabs(x);
    if (x < 1)
        return ((12 - 9 * b - 6 * c) * x * x * x + (-18 + 12 * b + 6 * c) * x * x + 6 - 2 * b) / 6;
    if (x < 2)
        return ((-b - 6 * c) * x * x * x + (6 * b + 30 * c) * x * x + (-12 * b - 48 * c) * x + 8 * b + 24 * c) / 6;
    return 0;
}

typedef struct kernel_choice {
    const char *name;
    double support;
} kernel_choice;

static const kernel_choice kernels[] = { { "box", 0.5 },   { "triangle", 1 }, { "catrom", 2 },   { "mitchell", 2 },
                                         { "bspline", 2 }, { "lanczos2", 2 }, { "lanczos3", 3 }, { "lanczos4", 4 } };

static double kernel_at(const char *name, double support, double x)
{
    if (!strcmp(name, "box"))
        return x > -0.5 && x <= 0.5 ? 1 : 0;
    if (!strcmp(name, "triangle"))
        return fabs(x) < 1 ? 1 - fabs(x) : 0;
    if (!strcmp(name, "catrom"))
        return cubic(x, 0, 0.5);
    if (!strcmp(name, "mitchell"))
        return cubic(x, 1.0 / 3, 1.0 / 3);
    if (!strcmp(name, "bspline"))
        return cubic(x, 1, 0);
    return fabs(x) < support ? sinc(x) * sinc(x / support) : 0;
}

/* Weights of the `in` samples of an axis for output i, not yet normalised. */
static void weights(const flt_stage *stage, int i, int in, int out, double *weight)
{
    double ratio = (double)in / out, centre = (i + 0.5) * ratio, f = ratio > 1 ? ratio : 1;
    memset(weight, 0, (size_t)in * sizeof *weight);
    if (ref_is(stage, "filter", "nearest")) {
        weight[(int)(((2 * (int64_t)i + 1) * in) / (2 * (int64_t)out))] = 1;
        return;
    }
    if (ref_is(stage, "filter", "area")) {
        for (int j = 0; j < in; j++) {
            double from = fmax(j, i * ratio), to = fmin(j + 1, (i + 1) * ratio);
            weight[j] = to > from ? to - from : 0;
        }
        return;
    }
    for (size_t k = 0; k < sizeof kernels / sizeof *kernels; k++) {
        if (!ref_is(stage, "filter", kernels[k].name))
            continue;
        double s = kernels[k].support;
        int first = (int)(centre - s * f + 0.5), end = (int)(centre + s * f + 0.5);
        for (int j = first < 0 ? 0 : first; j < (end > in ? in : end); j++)
            weight[j] = kernel_at(kernels[k].name, s, (j + 0.5 - centre) / f);
    }
}

static ref_image resample(const flt_stage *stage, const ref_image *in, int n, bool vertical)
{
    int len = vertical ? in->h : in->w;
    ref_image out = ref_new(vertical ? in->w : n, vertical ? n : in->h, in->c);
    double *weight = malloc((size_t)len * sizeof *weight);
    if (!weight)
        abort();
    for (int i = 0; i < n; i++) {
        weights(stage, i, len, n, weight);
        double sum = 0;
        for (int j = 0; j < len; j++)
            sum += weight[j];
        for (int j = 0; j < len; j++) {
            if (weight[j] == 0)
                continue;
            for (int o = 0; o < (vertical ? in->w : in->h); o++) {
                const double *from = vertical ? ref_at(in, o, j) : ref_at(in, j, o);
                double *to = vertical ? ref_at(&out, o, i) : ref_at(&out, i, o);
                for (int k = 0; k < in->c; k++)
                    to[k] += weight[j] / sum * from[k];
            }
        }
    }
    free(weight);
    return out;
}

bool ref_resize(const ref_call *call, const ref_image *given, ref_image *out)
{
    const flt_stage *s = call->stage;
    ref_image source = ref_is(s, "fit", "contain") ? ref_for_outside(s, given) : ref_copy(given), *in = &source;
    flt_size size = flt_arg(s, "size")->size;
    double want_w = size.w_factor ? in->w * size.w : size.w, want_h = size.h_factor ? in->h * size.h : size.h;
    int w = at_least_1(want_w), h = at_least_1(want_h);
    int at = (int)flt_num(s, "at");
    bool cover = false, contain = false;
    if (size.w == 0)
        w = at_least_1(in->w * (double)h / in->h);
    else if (size.h == 0)
        h = at_least_1(in->h * (double)w / in->w);
    else if (!ref_is(s, "fit", "fill")) {
        double box_w = want_w, box_h = want_h;                    /* 50% of an odd side is a half pixel */
        bool wider = box_w * in->h > box_h * in->w * (1 + 1e-12); /* the box is wider than the picture */
        bool by_height = ref_is(s, "fit", "inside") || ref_is(s, "fit", "contain") ? wider : !wider;
        if (by_height)
            w = at_least_1(in->w * box_h / in->h);
        else
            h = at_least_1(in->h * box_w / in->w);
        cover = ref_is(s, "fit", "cover");
        contain = ref_is(s, "fit", "contain");
    }
    if (flt_num(s, "only-shrink") != 0 && (w > in->w || h > in->h)) {
        *out = ref_copy(in);
        w = in->w, h = in->h;
        cover = false;
    } else {
        ref_image columns = resample(s, in, h, true);
        *out = resample(s, &columns, w, false);
        ref_free(&columns);
    }
    ref_free(in);
    if (contain) {
        ref_image canvas;
        int cw = at_least_1(want_w), ch = at_least_1(want_h);
        cw = cw > w ? cw : w, ch = ch > h ? ch : h;
        framed(s, out, &canvas, true, placed(at % 3, cw - w, 0), placed(at / 3, ch - h, 0), cw, ch);
        ref_move(out, &canvas);
    }
    if (cover) {
        ref_image part;
        int cw = at_least_1(want_w), ch = at_least_1(want_h);
        cw = cw < w ? cw : w, ch = ch < h ? ch : h;
        if (!cut(out, &part, placed(at % 3, w - cw, 0), placed(at / 3, h - ch, 0), cw, ch))
            return false;
        ref_move(out, &part);
    }
    return true;
}

/* ---- pixelate ---- */

bool ref_pixelate(const ref_call *call, const ref_image *in, ref_image *out)
{
    int n = (int)flt_num(call->stage, "size");
    *out = ref_new(in->w, in->h, in->c);
    for (int y = 0; y < in->h; y++)
        for (int x = 0; x < in->w; x++) {
            int x0 = x / n * n, y0 = y / n * n, count = 0;
            double *to = ref_at(out, x, y);
            for (int j = y0; j < y0 + n && j < in->h; j++)
                for (int i = x0; i < x0 + n && i < in->w; i++, count++)
                    for (int k = 0; k < in->c; k++)
                        to[k] += ref_at(in, i, j)[k];
            for (int k = 0; k < in->c; k++)
                to[k] /= count;
        }
    return true;
}
