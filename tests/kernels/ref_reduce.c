/* References of the filters that first take statistics of the picture: straight colours in and out. */
#include "ref.h"

#include <math.h>
#include <stdlib.h>

static double clamp01(double v)
{
    return v < 0 ? 0 : v > 1 ? 1 : v;
}

/* The level of a sample, as a picture of this depth would store it. */
static int level(const ref_call *call, double v)
{
    return (int)rint(clamp01(v) * (call->depth == 8 ? 255 : 65535));
}

/* Whether rounding may put v into the next level. */
static bool near_level(const ref_call *call, double v)
{
    double t = clamp01(v) * (call->depth == 8 ? 255 : 65535);
    return fabs(t - floor(t) - 0.5) <= call->eps * (call->depth == 8 ? 255 : 65535);
}

static double *histogram(int bins)
{
    double *h = calloc((size_t)bins, sizeof *h);
    if (!h)
        abort();
    return h;
}

static int bins_of(const ref_call *call)
{
    return call->depth == 8 ? 256 : 65536;
}

bool ref_stretch(const ref_call *call, const ref_image *in, ref_image *out)
{
    int bins = 65536; /* luma has levels between those of an 8-bit picture */
    double *count = histogram(bins), n = 0;
    const bool all = ref_is(call->stage, "mode", "all");
    for (int y = call->y0; y < call->y1; y++)
        for (int x = call->x0; x < call->x1; x++)
            for (int c = 0; c < (all ? in->c : 1); c++, n++) {
                const double v = all ? ref_at(in, x, y)[c] : ref_luma(ref_at(in, x, y), in->c, REF_709);
                count[(int)rint(clamp01(v) * 65535)]++;
            }
    double cut_low = flt_num(call->stage, "black") * n, cut_high = flt_num(call->stage, "white") * n, sum = 0;
    int low = 0, high = bins - 1;
    for (low = 0; low < bins - 1; low++)
        if ((sum += count[low]) > cut_low)
            break;
    sum = 0;
    for (high = bins - 1; high > 0; high--)
        if ((sum += count[high]) > cut_high)
            break;
    *out = ref_copy(in);
    double lo = (double)low / (bins - 1), hi = (double)high / (bins - 1);
    for (size_t i = 0; high > low && i < (size_t)in->w * (size_t)in->h * (size_t)in->c; i++)
        out->p[i] = (in->p[i] - lo) / (hi - lo);
    free(count);
    return true;
}

/* The table of one channel; what has a single level stays as it is. */
static double *equalizing(const ref_call *call, const ref_image *in, int k)
{
    int bins = bins_of(call);
    double *count = histogram(bins), *lut = histogram(bins), n = 0, first = 0, sum = 0;
    for (int y = call->y0; y < call->y1; y++)
        for (int x = call->x0; x < call->x1; x++)
            count[level(call, ref_at(in, x, y)[k])]++, n++;
    for (int i = 0; i < bins && first == 0; i++)
        first = count[i];
    const float gain = 255.0f / (float)(n - first); /* OpenCV's arithmetic; it has no 16-bit form */
    for (int i = 0; i < bins; i++) {
        sum += count[i];
        const double above = fmax(sum - first, 0);
        const double to = bins == 256 ? (double)rintf((float)above * gain) : rint(above * (bins - 1) / (n - first));
        lut[i] = (n > first ? to : i) / (bins - 1);
    }
    free(count);
    return lut;
}

/* Where a rounding may move one pixel to the next level, the table's entry of that level moves too, and with it every
 * pixel of it. */
static uint8_t *unsure_levels(const ref_call *call, const ref_image *in, int k)
{
    int bins = bins_of(call);
    uint8_t *unsure = calloc((size_t)bins + 1, 1);
    if (!unsure)
        abort();
    for (int y = call->y0; y < call->y1; y++)
        for (int x = call->x0; x < call->x1; x++) {
            double v = ref_at(in, x, y)[k];
            if (near_level(call, v)) {
                int below = (int)floor(clamp01(v) * (bins - 1));
                unsure[below] = unsure[below + 1] = 1;
            }
        }
    return unsure;
}

bool ref_equalize(const ref_call *call, const ref_image *in, ref_image *out)
{
    bool luma = ref_is(call->stage, "mode", "luma") && in->c == 3;
    ref_image y709 = luma ? ref_to_luma(in, REF_709) : ref_copy(in);
    *out = ref_copy(in);
    for (int k = 0; k < y709.c; k++) {
        double *lut = equalizing(call, &y709, k);
        uint8_t *unsure = unsure_levels(call, &y709, k);
        for (int y = 0; y < in->h; y++)
            for (int x = 0; x < in->w; x++) {
                double v = ref_at(&y709, x, y)[k], to = lut[level(call, v)];
                if (near_level(call, v) || unsure[level(call, v)])
                    ref_mark(out, x, y);
                for (int c = 0; luma && c < 3; c++)
                    ref_at(out, x, y)[c] += to - v;
                if (!luma)
                    ref_at(out, x, y)[k] = to;
            }
        free(unsure);
        free(lut);
    }
    ref_free(&y709);
    return true;
}

bool ref_otsu(const ref_call *call, const ref_image *in, ref_image *out)
{
    int shift = call->depth == 8 ? 0 : 8, best = 0;
    double count[256] = { 0 }, n = 0, total = 0, w0 = 0, sum0 = 0, most = 0;
    for (int y = call->y0; y < call->y1; y++)
        for (int x = call->x0; x < call->x1; x++) {
            int bin = level(call, ref_at(in, x, y)[0]) >> shift;
            count[bin]++, n++, total += bin;
        }
    for (int t = 0; t < 256; t++) {
        w0 += count[t], sum0 += t * count[t];
        double w1 = n - w0;
        if (w0 == 0 || w1 == 0)
            continue;
        double d = sum0 / w0 - (total - sum0) / w1, between = (w0 / n) * (w1 / n) * d * d;
        if (between > most * (1 + 1e-12))
            most = between, best = t;
    }
    *out = ref_copy(in);
    for (int y = 0; y < in->h; y++)
        for (int x = 0; x < in->w; x++) {
            double v = ref_at(in, x, y)[0];
            ref_at(out, x, y)[0] = (level(call, v) >> shift) > best ? 1 : 0;
            if (near_level(call, v) && (call->depth == 8 || call->eps > 1e-5))
                ref_mark(out, x, y);
        }
    return true;
}

/* Lowest and highest level that are left when `cut` pixels are taken away at each end, as ImageOps.autocontrast takes
 * them. */
static void range_of(double *count, int bins, double cut, int *low, int *high)
{
    double left = cut;
    for (int i = 0; i < bins && left > 0; i++) {
        double taken = fmin(left, count[i]);
        count[i] -= taken, left -= taken;
    }
    left = cut;
    for (int i = bins - 1; i >= 0 && left > 0; i--) {
        double taken = fmin(left, count[i]);
        count[i] -= taken, left -= taken;
    }
    for (*low = 0; *low < bins - 1 && count[*low] == 0;)
        ++*low;
    for (*high = bins - 1; *high > 0 && count[*high] == 0;)
        --*high;
}

bool ref_autocontrast(const ref_call *call, const ref_image *in, ref_image *out)
{
    int bins = bins_of(call), top = bins - 1;
    bool pil = ref_is(call->stage, "mode", "pil");
    *out = ref_copy(in);
    for (int k = 0; k < in->c; k++) {
        double *count = histogram(bins), n = 0;
        int low, high;
        for (int y = call->y0; y < call->y1; y++)
            for (int x = call->x0; x < call->x1; x++)
                count[level(call, ref_at(in, x, y)[k])]++, n++;
        range_of(count, bins, floor(rint(flt_num(call->stage, "cut") * 1e8) * n / 1e8), &low, &high);
        free(count);
        for (int y = 0; y < in->h && high > low; y++)
            for (int x = 0; x < in->w; x++) {
                double v = ref_at(in, x, y)[k], scale = (double)top / (high - low);
                int i = level(call, v);
                /* Pillow's expression, in double precision and with its rounding errors; it has no 16-bit form */
                double to =
                    top == 255 ? floor(i * scale + -low * scale) : floor((double)(i - low) * top / (high - low));
                ref_at(out, x, y)[k] = pil ? fmin(fmax(to, 0), top) / top : (v - (double)low / top) * scale;
                if (near_level(call, v))
                    ref_mark(out, x, y);
            }
        for (int y = 0; pil && y < in->h && high <= low; y++)
            for (int x = 0; x < in->w; x++)
                ref_at(out, x, y)[k] = (double)level(call, ref_at(in, x, y)[k]) / top;
    }
    return true;
}
