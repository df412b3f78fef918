/* Reference of the threshold that follows the neighbourhood. */
#include "ref.h"

#include <math.h>

static double level(double v, double max)
{
    return rint(fmin(fmax(v, 0), 1) * max);
}

/* Whether rounding may have put v into the next level. */
static bool unsure(const ref_call *call, double v, double max)
{
    double t = fmin(fmax(v, 0), 1) * max;
    return fabs(t - floor(t) - 0.5) <= call->eps * max;
}

bool ref_adaptive_threshold(const ref_call *call, const ref_image *in, ref_image *out)
{
    int r = (int)flt_num(call->stage, "radius");
    bool gaussian = ref_is(call->stage, "method", "gaussian");
    double max = call->depth == 8 ? 255 : 65535, sigma = 0.3 * (r - 1) + 0.8;
    double offset = ceil(flt_num(call->stage, "offset") * max - 1e-6);
    const int k = call->stage->channels == FLT_CH_A && ref_has_alpha(in) ? in->c - 1 : 0;
    *out = ref_copy(in);
    for (int y = 0; y < in->h; y++)
        for (int x = 0; x < in->w; x++) {
            double sum = 0, weights = 0, doubt = 0, v = ref_at(in, x, y)[k];
            for (int j = -r; j <= r; j++)
                for (int i = -r; i <= r; i++) {
                    int sx = ref_border(x + i, in->w, call->stage->border);
                    int sy = ref_border(y + j, in->h, call->stage->border);
                    double s = sx < 0 || sy < 0 ? call->constant[k] : ref_at(in, sx, sy)[k];
                    double w = gaussian ? exp(-(i * i + j * j) / (2 * sigma * sigma)) : 1;
                    sum += w * level(s, max);
                    weights += w;
                    doubt += unsure(call, s, max) ? w : 0;
                }
            double mean = sum / weights, error = doubt / weights;
            if (gaussian) /* rows at 16 bits for 8-bit pictures, else float */
                error += call->depth == 8 ? 0.006 : 0.05;
            else
                error += 1e-9;
            bool low = level(v, max) > rint(mean - error) - offset, high = level(v, max) > rint(mean + error) - offset;
            ref_at(out, x, y)[k] = level(v, max) > rint(mean) - offset;
            if (low != high || unsure(call, v, max))
                ref_mark(out, x, y);
        }
    return true;
}
