/* References of filters that smooth and keep edges. */
#include "ref.h"

#include <math.h>

bool ref_bilateral(const ref_call *call, const ref_image *in, ref_image *out)
{
    double space = flt_num(call->stage, "space"), range = flt_num(call->stage, "range");
    int r = (int)flt_num(call->stage, "radius"), colours = ref_colours(in);
    if (r == 0)
        r = (int)fmax(rint(1.5 * space), 1);
    *out = ref_new(in->w, in->h, in->c);
    for (int y = 0; y < in->h; y++)
        for (int x = 0; x < in->w; x++) {
            const double *middle = ref_at(in, x, y);
            double sum[4] = { 0 }, weights = 0;
            for (int j = -r; j <= r; j++)
                for (int i = -r; i <= r; i++) {
                    int sx = ref_border(x + i, in->w, call->stage->border);
                    int sy = ref_border(y + j, in->h, call->stage->border);
                    const double *v = sx < 0 || sy < 0 ? call->constant : ref_at(in, sx, sy);
                    double d = 0;
                    if (i * i + j * j > r * r)
                        continue;
                    for (int k = 0; k < colours; k++)
                        d += fabs(v[k] - middle[k]);
                    double w = exp(-(i * i + j * j) / (2 * space * space)) * exp(-d * d / (2 * range * range));
                    for (int k = 0; k < in->c; k++)
                        sum[k] += w * v[k];
                    weights += w;
                }
            for (int k = 0; k < in->c; k++)
                ref_at(out, x, y)[k] = sum[k] / weights;
        }
    return true;
}
