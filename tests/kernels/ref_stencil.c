/* References of the neighbourhood filters: premultiplied channels in and out, each by itself. */
#include "ref.h"

#include <math.h>
#include <stdlib.h>

/* The sample at (x, y), which may lie outside. */
static double sample(const ref_call *call, const ref_image *in, int x, int y, int k)
{
    int sx = ref_border(x, in->w, call->stage->border), sy = ref_border(y, in->h, call->stage->border);
    return sx < 0 || sy < 0 ? call->constant[k] : ref_at(in, sx, sy)[k];
}

/* One axis of a separable correlation with 2r + 1 weights. In the second pass the outside of a constant border is the
 * constant blurred by the first, which is the constant itself: the weights sum to 1. */
static ref_image along(const ref_call *call, const ref_image *in, const double *weight, int r, bool vertical)
{
    ref_image out = ref_new(in->w, in->h, in->c);
    for (int y = 0; y < in->h; y++)
        for (int x = 0; x < in->w; x++)
            for (int k = 0; k < in->c; k++) {
                double sum = 0;
                for (int i = -r; i <= r; i++)
                    sum += weight[i + r] * sample(call, in, vertical ? x : x + i, vertical ? y + i : y, k);
                ref_at(&out, x, y)[k] = sum;
            }
    return out;
}

static void separable(const ref_call *call, const ref_image *in, ref_image *out, double *weight, int r)
{
    double sum = 0;
    for (int i = 0; i <= 2 * r; i++)
        sum += weight[i];
    for (int i = 0; i <= 2 * r; i++)
        weight[i] /= sum;
    ref_image rows = along(call, in, weight, r, false);
    *out = along(call, &rows, weight, r, true);
    ref_free(&rows);
}

static void blur(const ref_call *call, const ref_image *in, ref_image *out, double sigma, int r)
{
    double *weight = malloc((size_t)(2 * r + 1) * sizeof *weight);
    if (!weight)
        abort();
    for (int i = -r; i <= r; i++)
        weight[i + r] = exp(-(double)i * i / (2 * sigma * sigma));
    separable(call, in, out, weight, r);
    free(weight);
}

bool ref_gaussian(const ref_call *call, const ref_image *in, ref_image *out)
{
    double sigma = flt_num(call->stage, "sigma");
    int r = (int)flt_num(call->stage, "radius");
    blur(call, in, out, sigma, r > 0 ? r : (int)(4 * sigma + 0.5));
    return true;
}

bool ref_box(const ref_call *call, const ref_image *in, ref_image *out)
{
    int r = (int)flt_num(call->stage, "radius");
    double *weight = malloc((size_t)(2 * r + 1) * sizeof *weight);
    if (!weight)
        abort();
    for (int i = 0; i <= 2 * r; i++)
        weight[i] = 1;
    separable(call, in, out, weight, r);
    free(weight);
    return true;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

bool ref_median(const ref_call *call, const ref_image *in, ref_image *out)
{
    int r = (int)flt_num(call->stage, "radius"), side = 2 * r + 1;
    double *window = malloc((size_t)side * (size_t)side * sizeof *window);
    if (!window)
        abort();
    *out = ref_new(in->w, in->h, in->c);
    for (int y = 0; y < in->h; y++)
        for (int x = 0; x < in->w; x++)
            for (int k = 0; k < in->c; k++) {
                size_t n = 0;
                for (int j = -r; j <= r; j++)
                    for (int i = -r; i <= r; i++)
                        window[n++] = sample(call, in, x + i, y + j, k);
                qsort(window, n, sizeof *window, by_value);
                ref_at(out, x, y)[k] = window[n / 2];
            }
    free(window);
    return true;
}

static double clamp01(double v)
{
    return v < 0 ? 0 : v > 1 ? 1 : v;
}

bool ref_unsharp(const ref_call *call, const ref_image *in, ref_image *out)
{
    double sigma = flt_num(call->stage, "sigma"), amount = flt_num(call->stage, "amount");
    double threshold = flt_num(call->stage, "threshold");
    double eps = call->depth == 8 ? fmax(call->eps, 3e-5) : call->eps; /* rows may be kept at 16 bits */
    ref_image soft;
    blur(call, in, &soft, sigma, (int)(4 * sigma + 0.5));
    *out = ref_new(in->w, in->h, in->c);
    for (int y = 0; y < in->h; y++)
        for (int x = 0; x < in->w; x++)
            for (int k = 0; k < in->c; k++) {
                double a = ref_at(in, x, y)[k], d = a - ref_at(&soft, x, y)[k];
                ref_at(out, x, y)[k] = clamp01(fabs(d) > threshold ? a + amount * d : a);
                if (threshold > 0 && fabs(fabs(d) - threshold) <= eps)
                    ref_mark(out, x, y);
            }
    for (int i = 0; i < in->w * in->h && ref_has_alpha(in); i++) /* straight colours in 0..1 */
        for (int k = 0; k < in->c - 1; k++) {
            double *p = out->p + i * in->c;
            p[k] = fmin(p[k], p[in->c - 1]);
        }
    ref_free(&soft);
    return true;
}

/* A 2-D correlation: the kernel is not flipped, and stands row by row from the top. */
static void correlate(const ref_call *call, const ref_image *in, ref_image *out, const double *kernel, int kw, int kh,
                      double scale, double bias)
{
    *out = ref_new(in->w, in->h, in->c);
    for (int y = 0; y < in->h; y++)
        for (int x = 0; x < in->w; x++)
            for (int k = 0; k < in->c; k++) {
                double sum = 0;
                for (int j = 0; j < kh; j++)
                    for (int i = 0; i < kw; i++)
                        sum += kernel[j * kw + i] * sample(call, in, x + i - kw / 2, y + j - kh / 2, k);
                ref_at(out, x, y)[k] = sum * scale + bias;
            }
}

/* Whether all samples are levels of the picture's depth, so that sums of them are exact in float, too. */
static bool whole_levels(const ref_call *call, const ref_image *in)
{
    const double max = call->depth == 8 ? 255 : 65535;
    bool whole = call->depth <= 16;
    for (size_t i = 0; i < (size_t)in->w * (size_t)in->h * (size_t)in->c && whole; i++)
        whole = fabs(in->p[i] * max - rint(in->p[i] * max)) < 1e-8;
    for (int k = 0; k < in->c && call->stage->border == FLT_CONSTANT; k++)
        whole = whole && fabs(call->constant[k] * max - rint(call->constant[k] * max)) < 1e-8;
    return whole;
}

/* An angle jumps from 1 to 0 along the negative x axis, and is anything where both differences vanish; eps is how far
 * rounding may have moved a sample. A difference is that much more uncertain as it is short: a level of 16 bits is
 * 1e-4. */
static bool angle_is_fuzzy(double gx, double gy, double eps)
{
    return gx < eps && fabs(gy) < eps + 1e-3 * fabs(gx) ? true : hypot(gx, gy) < 10000 * eps;
}

/* From the two differences to what is asked for. */
static void derivatives(const ref_call *call, const ref_image *in, ref_image *out, const double *kx, const double *ky)
{
    double scale = flt_num(call->stage, "scale");
    const bool exact = !call->stage->linear && whole_levels(call, in);
    ref_image gx, gy;
    correlate(call, in, &gx, kx, 3, 3, 1, 0);
    correlate(call, in, &gy, ky, 3, 3, 1, 0);
    *out = ref_new(in->w, in->h, in->c);
    for (int y = 0; y < in->h; y++)
        for (int x = 0; x < in->w; x++)
            for (int k = 0; k < in->c; k++) {
                double dx = ref_at(&gx, x, y)[k], dy = ref_at(&gy, x, y)[k], v;
                if (ref_is(call->stage, "out", "x"))
                    v = scale * dx + 0.5;
                else if (ref_is(call->stage, "out", "y"))
                    v = scale * dy + 0.5;
                else if (ref_is(call->stage, "out", "angle")) {
                    dx = fabs(dx) < 1e-12 ? 0 : dx; /* what double precision leaves of 0 */
                    dy = fabs(dy) < 1e-12 ? 0 : dy;
                    v = atan2(dy, dx) / (2 * acos(-1)) + 0.5;
                    if (!exact && angle_is_fuzzy(dx, dy, call->eps))
                        ref_mark(out, x, y);
                } else
                    v = scale * hypot(dx, dy);
                ref_at(out, x, y)[k] = clamp01(v);
            }
    ref_free(&gx);
    ref_free(&gy);
}

bool ref_sobel(const ref_call *call, const ref_image *in, ref_image *out)
{
    static const double kx[9] = { -1, 0, 1, -2, 0, 2, -1, 0, 1 }, ky[9] = { -1, -2, -1, 0, 0, 0, 1, 2, 1 };
    derivatives(call, in, out, kx, ky);
    return true;
}

bool ref_scharr(const ref_call *call, const ref_image *in, ref_image *out)
{
    static const double kx[9] = { -3, 0, 3, -10, 0, 10, -3, 0, 3 }, ky[9] = { -3, -10, -3, 0, 0, 0, 3, 10, 3 };
    derivatives(call, in, out, kx, ky);
    return true;
}

bool ref_prewitt(const ref_call *call, const ref_image *in, ref_image *out)
{
    static const double kx[9] = { -1, 0, 1, -1, 0, 1, -1, 0, 1 }, ky[9] = { -1, -1, -1, 0, 0, 0, 1, 1, 1 };
    derivatives(call, in, out, kx, ky);
    return true;
}

bool ref_roberts(const ref_call *call, const ref_image *in, ref_image *out)
{
    static const double falling[9] = { 0, 0, 0, 0, 1, 0, 0, 0, -1 }, rising[9] = { 0, 0, 0, 0, 0, 1, 0, -1, 0 };
    derivatives(call, in, out, falling, rising);
    return true;
}

bool ref_kirsch(const ref_call *call, const ref_image *in, ref_image *out)
{
    static const int ring[8] = { 0, 1, 2, 5, 8, 7, 6, 3 }; /* the neighbours in turn, in a kernel of 3x3 */
    for (int side = 0; side < 8; side++) {
        double kernel[9] = { -3, -3, -3, -3, 0, -3, -3, -3, -3 };
        for (int i = 0; i < 3; i++)
            kernel[ring[(side + i) % 8]] = 5;
        ref_image one;
        correlate(call, in, &one, kernel, 3, 3, flt_num(call->stage, "scale"), 0);
        for (size_t i = 0; side > 0 && i < (size_t)in->w * (size_t)in->h * (size_t)in->c; i++)
            one.p[i] = flt_num(call->stage, "scale") < 0 ? fmin(one.p[i], out->p[i]) : fmax(one.p[i], out->p[i]);
        if (side > 0)
            ref_free(out);
        *out = one;
    }
    for (size_t i = 0; i < (size_t)in->w * (size_t)in->h * (size_t)in->c; i++)
        out->p[i] = clamp01(out->p[i]);
    return true;
}

bool ref_laplacian(const ref_call *call, const ref_image *in, ref_image *out)
{
    static const double k4[9] = { 0, 1, 0, 1, -4, 1, 0, 1, 0 }, k8[9] = { 1, 1, 1, 1, -8, 1, 1, 1, 1 };
    bool eight = ref_is(call->stage, "kind", "8");
    correlate(call, in, out, eight ? k8 : k4, 3, 3, 1, flt_num(call->stage, "offset"));
    return true;
}

/* The factor on the weights, and their sum. */
static double scale_of(const flt_stage *stage, double *sum)
{
    const flt_value *kernel = flt_arg(stage, "kernel");
    const char *text = flt_arg(stage, "scale")->text;
    *sum = 0;
    for (size_t i = 0; i < kernel->n; i++)
        *sum += kernel->list[i];
    if (text && text[0] != 'a')
        return atof(text);
    return fabs(*sum) < 1e-12 ? 1 : 1 / *sum;
}

bool ref_smooths(const flt_stage *stage)
{
    double sum = 0;
    return ref_find(stage->row->name)->fn == ref_convolve && flt_num(stage, "bias") == 0 &&
           fabs(scale_of(stage, &sum) * sum - 1) < 1e-6;
}

bool ref_convolve(const ref_call *call, const ref_image *in, ref_image *out)
{
    const flt_value *kernel = flt_arg(call->stage, "kernel"), *size = flt_arg(call->stage, "size");
    int kw = (int)size->size.w, kh = (int)size->size.h;
    if (kw == 0 || kh == 0)
        kw = kh = (int)lrint(sqrt((double)kernel->n));
    if ((size_t)kw * (size_t)kh != kernel->n)
        return false;
    double sum, scale = scale_of(call->stage, &sum);
    correlate(call, in, out, kernel->list, kw, kh, scale, flt_num(call->stage, "bias"));
    return true;
}

bool ref_emboss(const ref_call *call, const ref_image *in, ref_image *out)
{
    static const double kernel[9] = { -1, 0, 0, 0, 0, 0, 0, 0, 1 };
    const double middle = call->depth == 8 ? 128 / 255.0 : call->depth == 16 ? 32768 / 65535.0 : 0.5;
    correlate(call, in, out, kernel, 3, 3, 1, middle);
    return true;
}
