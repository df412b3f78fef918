/* References of the filters that see one pixel: straight colours in, straight colours out. */
#include "ref.h"

#include <math.h>

/* Every sample by itself. `args` are the filter's numbers. */
static void each_sample(const ref_image *in, ref_image *out, double (*f)(double v, const double *args),
                        const double *args)
{
    *out = ref_copy(in);
    for (size_t i = 0; i < (size_t)in->w * (size_t)in->h * (size_t)in->c; i++)
        out->p[i] = f(in->p[i], args);
}

/* Marks the pixels with a sample nearer than eps to where `f` jumps; `f` gives the distance to the nearest jump. */
static void mark_near(const ref_image *in, ref_image *out, double (*f)(double v, const double *args),
                      const double *args, double eps)
{
    for (int y = 0; y < in->h; y++)
        for (int x = 0; x < in->w; x++)
            for (int k = 0; k < in->c; k++)
                if (fabs(f(ref_at(in, x, y)[k], args)) <= eps)
                    ref_mark(out, x, y);
}

/* RGB by a 3x3 matrix; gray is left alone. */
static void by_matrix(const ref_image *in, ref_image *out, const double m[9])
{
    *out = ref_copy(in);
    if (in->c != 3)
        return;
    for (size_t i = 0; i < (size_t)in->w * (size_t)in->h; i++)
        for (int r = 0; r < 3; r++)
            out->p[i * 3 + (size_t)r] =
                m[3 * r] * in->p[i * 3] + m[3 * r + 1] * in->p[i * 3 + 1] + m[3 * r + 2] * in->p[i * 3 + 2];
}

/* gray: the luma was taken before. */
bool ref_identity(const ref_call *call, const ref_image *in, ref_image *out)
{
    (void)call;
    *out = ref_copy(in);
    return true;
}

static double invert(double v, const double *a)
{
    (void)a;
    return 1 - v;
}

bool ref_invert(const ref_call *call, const ref_image *in, ref_image *out)
{
    (void)call;
    each_sample(in, out, invert, NULL);
    return true;
}

static double brightness_contrast(double v, const double *a)
{
    return (v - 0.5) * a[1] + 0.5 + a[0];
}

bool ref_brightness_contrast(const ref_call *call, const ref_image *in, ref_image *out)
{
    double a[] = { flt_num(call->stage, "brightness"), flt_num(call->stage, "contrast") };
    each_sample(in, out, brightness_contrast, a);
    return true;
}

static double gamma_curve(double v, const double *a)
{
    return pow(v < 0 ? 0 : v, 1 / a[0]);
}

bool ref_gamma(const ref_call *call, const ref_image *in, ref_image *out)
{
    double a[] = { flt_num(call->stage, "g") };
    each_sample(in, out, gamma_curve, a);
    return true;
}

static double levels(double v, const double *a)
{
    double t = (v - a[0]) / (a[1] - a[0]);
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    return pow(t, 1 / a[2]) * (a[4] - a[3]) + a[3];
}

bool ref_levels(const ref_call *call, const ref_image *in, ref_image *out)
{
    const flt_stage *s = call->stage;
    double a[] = { flt_num(s, "black"), flt_num(s, "white"), flt_num(s, "gamma"), flt_num(s, "out-black"),
                   flt_num(s, "out-white") };
    each_sample(in, out, levels, a);
    return true;
}

static double exposure(double v, const double *a)
{
    const bool light = a[1] != 0; /* linear=1: it is that already */
    return light ? v * exp2(a[0]) : ref_encode_srgb(ref_decode_srgb(v) * exp2(a[0]));
}

bool ref_exposure(const ref_call *call, const ref_image *in, ref_image *out)
{
    double a[] = { flt_num(call->stage, "ev"), call->stage->linear };
    each_sample(in, out, exposure, a);
    return true;
}

bool ref_saturation(const ref_call *call, const ref_image *in, ref_image *out)
{
    static const double luma[3] = { 0.213, 0.715, 0.072 };
    double s = flt_num(call->stage, "amount"), m[9];
    for (int r = 0; r < 3; r++)
        for (int c = 0; c < 3; c++)
            m[3 * r + c] = (r == c ? s : 0) + (1 - s) * luma[c];
    by_matrix(in, out, m);
    return true;
}

bool ref_hue(const ref_call *call, const ref_image *in, ref_image *out)
{
    double t = flt_num(call->stage, "angle") * acos(-1) / 180, c = cos(t), s = sin(t);
    /* the three matrices of the SVG text: constant, cosine, sine */
    static const double m0[9] = { .213, .715, .072, .213, .715, .072, .213, .715, .072 };
    static const double mc[9] = { .787, -.715, -.072, -.213, .285, -.072, -.213, -.715, .928 };
    static const double ms[9] = { -.213, -.715, .928, .143, .140, -.283, -.787, .715, .072 };
    double m[9];
    for (int i = 0; i < 9; i++)
        m[i] = m0[i] + c * mc[i] + s * ms[i];
    by_matrix(in, out, m);
    return true;
}

bool ref_sepia(const ref_call *call, const ref_image *in, ref_image *out)
{
    static const double sepia[9] = { .393, .769, .189, .349, .686, .168, .272, .534, .131 };
    double a = flt_num(call->stage, "amount"), m[9];
    for (int i = 0; i < 9; i++)
        m[i] = (1 - a) * (i % 4 == 0 ? 1 : 0) + a * sepia[i];
    ref_image rgb = ref_to_rgb(in);
    by_matrix(&rgb, out, m);
    ref_free(&rgb);
    return true;
}

static double above(double v, const double *a)
{
    return v > a[0] ? 1 : 0;
}

static double from_level(double v, const double *a)
{
    return v - a[0];
}

bool ref_threshold(const ref_call *call, const ref_image *in, ref_image *out)
{
    double a[] = { flt_num(call->stage, "level") };
    each_sample(in, out, above, a);
    mark_near(in, out, from_level, a, call->eps);
    return true;
}

static double posterize(double v, const double *a)
{
    return rint(v * (a[0] - 1)) / (a[0] - 1);
}

static double from_half(double v, const double *a)
{
    double t = v * (a[0] - 1);
    return (t - floor(t) - 0.5) / (a[0] - 1);
}

bool ref_posterize(const ref_call *call, const ref_image *in, ref_image *out)
{
    double a[] = { flt_num(call->stage, "levels") };
    each_sample(in, out, posterize, a);
    mark_near(in, out, from_half, a, call->eps);
    return true;
}

static double solarize(double v, const double *a)
{
    return v < a[0] ? v : 1 - v;
}

bool ref_solarize(const ref_call *call, const ref_image *in, ref_image *out)
{
    double a[] = { flt_num(call->stage, "level") };
    each_sample(in, out, solarize, a);
    mark_near(in, out, from_level, a, call->eps);
    return true;
}
