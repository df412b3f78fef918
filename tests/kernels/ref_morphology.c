/* References of gray-scale morphology: what lies outside the picture takes no part. */
#include "ref.h"

#include <math.h>
#include <stdlib.h>

/* How far the element reaches to the sides and up and down. */
static void reach(const flt_stage *stage, int *rx, int *ry)
{
    const flt_value *list = flt_arg(stage, "element");
    const flt_size *size = &flt_arg(stage, "size")->size;
    *rx = *ry = (int)flt_num(stage, "radius");
    if (list->n && size->w > 0)
        *rx = (int)size->w / 2, *ry = (int)size->h / 2;
    else if (list->n)
        *rx = *ry = (int)lrint(sqrt((double)list->n)) / 2;
}

static bool in_element(const flt_stage *stage, int rx, int ry, int x, int y)
{
    const flt_value *list = flt_arg(stage, "element");
    int r = rx;
    if (list->n)
        return list->list[(y + ry) * (2 * rx + 1) + x + rx] != 0;
    if (ref_is(stage, "shape", "cross"))
        return x == 0 || y == 0;
    if (ref_is(stage, "shape", "disk"))
        return x * x + y * y <= r * r;
    if (ref_is(stage, "shape", "diamond"))
        return abs(x) + abs(y) <= r;
    if (ref_is(stage, "shape", "ellipse"))
        return abs(x) <= (int)rint(r * sqrt(1 - (r ? (double)y * y / ((double)r * r) : 0)));
    return true;
}

/* The pixel there; NULL: it takes no part. */
static const double *under(const ref_call *call, const ref_image *im, int x, int y)
{
    bool outside = x < 0 || y < 0 || x >= im->w || y >= im->h;
    if (outside && !call->stage->border_given)
        return NULL;
    x = ref_border(x, im->w, call->stage->border);
    y = ref_border(y, im->h, call->stage->border);
    return x < 0 || y < 0 ? call->constant : ref_at(im, x, y);
}

/* Changes *im. Erosion looks at p + s for each s of the element, dilation at p - s. A border that was asked for takes
 * part; else nothing that lies outside does. */
static void morphology(const ref_call *call, ref_image *im, bool largest)
{
    int rx, ry, sign = largest ? -1 : 1;
    reach(call->stage, &rx, &ry);
    for (int n = (int)flt_num(call->stage, "iterations"); n > 0; n--) {
        ref_image out = ref_new(im->w, im->h, im->c);
        for (int y = 0; y < im->h; y++)
            for (int x = 0; x < im->w; x++) {
                double *to = ref_at(&out, x, y);
                for (int k = 0; k < im->c; k++)
                    to[k] = largest ? -HUGE_VAL : HUGE_VAL;
                for (int j = -ry; j <= ry; j++)
                    for (int i = -rx; i <= rx; i++) {
                        int sx = x + sign * i, sy = y + sign * j;
                        const double *v = under(call, im, sx, sy);
                        if (!v || !in_element(call->stage, rx, ry, i, j))
                            continue;
                        for (int k = 0; k < im->c; k++)
                            if (largest ? v[k] > to[k] : v[k] < to[k])
                                to[k] = v[k];
                    }
                for (int k = 0; k < im->c; k++)
                    if (isinf(to[k]))
                        to[k] = largest ? 0 : 1; /* nothing of the picture under the element */
            }
        ref_move(im, &out);
    }
}

bool ref_erode(const ref_call *call, const ref_image *in, ref_image *out)
{
    *out = ref_copy(in);
    morphology(call, out, false);
    return true;
}

bool ref_dilate(const ref_call *call, const ref_image *in, ref_image *out)
{
    *out = ref_copy(in);
    morphology(call, out, true);
    return true;
}

bool ref_open(const ref_call *call, const ref_image *in, ref_image *out)
{
    *out = ref_copy(in);
    morphology(call, out, false);
    morphology(call, out, true);
    return true;
}

bool ref_close(const ref_call *call, const ref_image *in, ref_image *out)
{
    *out = ref_copy(in);
    morphology(call, out, true);
    morphology(call, out, false);
    return true;
}

static void subtract(ref_image *from, const ref_image *what)
{
    for (size_t i = 0; i < (size_t)from->w * (size_t)from->h * (size_t)from->c; i++)
        from->p[i] -= what->p[i];
}

bool ref_gradient(const ref_call *call, const ref_image *in, ref_image *out)
{
    ref_image least = ref_copy(in);
    *out = ref_copy(in);
    morphology(call, out, true);
    morphology(call, &least, false);
    subtract(out, &least);
    ref_free(&least);
    return true;
}

bool ref_tophat(const ref_call *call, const ref_image *in, ref_image *out)
{
    ref_image open;
    ref_open(call, in, &open);
    *out = ref_copy(in);
    subtract(out, &open);
    ref_free(&open);
    return true;
}

bool ref_blackhat(const ref_call *call, const ref_image *in, ref_image *out)
{
    ref_close(call, in, out);
    subtract(out, in);
    return true;
}
