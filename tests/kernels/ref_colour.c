/* References: colours of a pixel among one another, and the alpha channel. */
#include "ref.h"

#include <math.h>

bool ref_vibrance(const ref_call *call, const ref_image *in, ref_image *out)
{
    double amount = flt_num(call->stage, "amount");
    *out = ref_copy(in);
    for (size_t i = 0; in->c == 3 && i < (size_t)in->w * (size_t)in->h; i++) {
        const double *p = in->p + 3 * i;
        double most = fmax(fmax(p[0], p[1]), p[2]), least = fmin(fmin(p[0], p[1]), p[2]);
        double missing = 1 - fmin(most - least, 1), luma = 0.213 * p[0] + 0.715 * p[1] + 0.072 * p[2];
        for (size_t k = 0; k < 3; k++)
            out->p[3 * i + k] = luma + (1 + amount * missing) * (p[k] - luma);
    }
    return true;
}

bool ref_channel_mixer(const ref_call *call, const ref_image *in, ref_image *out)
{
    const flt_value *m = flt_arg(call->stage, "matrix");
    size_t width = m->n / 3;
    ref_image rgb = ref_to_rgb(in);
    *out = ref_copy(&rgb);
    for (size_t i = 0; i < (size_t)in->w * (size_t)in->h; i++)
        for (size_t row = 0; row < 3; row++) {
            double sum = width == 4 ? m->list[row * width + 3] : 0;
            for (size_t k = 0; k < 3; k++)
                sum += m->list[row * width + k] * rgb.p[3 * i + k];
            out->p[3 * i + row] = sum;
        }
    ref_free(&rgb);
    return true;
}

bool ref_vignette(const ref_call *call, const ref_image *in, ref_image *out)
{
    double amount = flt_num(call->stage, "amount"), r0 = flt_num(call->stage, "inner");
    double r1 = flt_num(call->stage, "outer"), half = hypot(in->w / 2.0, in->h / 2.0);
    *out = ref_copy(in);
    for (int y = 0; y < in->h; y++)
        for (int x = 0; x < in->w; x++) {
            double t = (hypot(x + 0.5 - in->w / 2.0, y + 0.5 - in->h / 2.0) / half - r0) / (r1 - r0);
            t = t < 0 ? 0 : t > 1 ? 1 : t;
            for (int k = 0; k < in->c; k++)
                ref_at(out, x, y)[k] *= 1 - amount * (3 * t * t - 2 * t * t * t);
        }
    return true;
}

/* ---- alpha: all channels, straight ---- */

static ref_image opaque(const ref_image *im)
{
    ref_image out = ref_new(im->w, im->h, ref_colours(im) + 1);
    for (int y = 0; y < im->h; y++)
        for (int x = 0; x < im->w; x++) {
            for (int k = 0; k < ref_colours(im); k++)
                ref_at(&out, x, y)[k] = ref_at(im, x, y)[k];
            ref_at(&out, x, y)[out.c - 1] = 1;
        }
    return out;
}

ref_image ref_with_alpha(const ref_image *im)
{
    return ref_has_alpha(im) ? ref_copy(im) : opaque(im);
}

bool ref_alpha(const ref_call *call, const ref_image *in, ref_image *out)
{
    const flt_stage *s = call->stage;
    if (ref_is(s, "mode", "drop"))
        *out = ref_colour_part(in);
    else if (ref_is(s, "mode", "opaque"))
        *out = opaque(in);
    else if (ref_is(s, "mode", "extract")) {
        *out = ref_new(in->w, in->h, 1);
        for (int y = 0; y < in->h; y++)
            for (int x = 0; x < in->w; x++)
                *ref_at(out, x, y) = ref_has_alpha(in) ? ref_at(in, x, y)[in->c - 1] : 1;
    } else {
        *out = ref_copy(in);
        if (ref_is(s, "mode", "premultiply"))
            ref_premultiply(out);
        else
            ref_unpremultiply(out);
    }
    return true;
}

bool ref_opacity(const ref_call *call, const ref_image *in, ref_image *out)
{
    *out = ref_with_alpha(in);
    for (size_t i = (size_t)out->c - 1; i < (size_t)out->w * (size_t)out->h * (size_t)out->c; i += (size_t)out->c)
        out->p[i] *= flt_num(call->stage, "amount");
    return true;
}

bool ref_flatten(const ref_call *call, const ref_image *in, ref_image *out)
{
    const float *c = flt_arg(call->stage, "colour")->colour;
    double ground[3];
    for (int k = 0; k < 3; k++)
        ground[k] = call->stage->linear ? ref_decode_srgb((double)c[k]) : (double)c[k];
    bool tinted = c[0] != c[1] || c[1] != c[2];
    ref_image from = tinted && ref_has_alpha(in) ? ref_to_rgb(in) : ref_copy(in);
    *out = ref_colour_part(&from);
    for (int y = 0; ref_has_alpha(&from) && y < in->h; y++)
        for (int x = 0; x < in->w; x++)
            for (int k = 0; k < out->c; k++) {
                double a = ref_at(&from, x, y)[from.c - 1];
                ref_at(out, x, y)[k] = a * ref_at(out, x, y)[k] + (1 - a) * ground[k];
            }
    ref_free(&from);
    return true;
}
