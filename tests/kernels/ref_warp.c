/* References of the filters that take pixels from between those of the picture. */
#include "ref.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* From the result to the picture, pixel centres at whole numbers. */
typedef struct map {
    double a, b, c, d, e, f;
    int w, h; /* of the result */
} map;

/* Whether picture pixel (x, y) may be off. */
static bool unsure(const flt_stage *s, const ref_image *in, int x, int y)
{
    int sx = ref_border(x, in->w, ref_outside(s)), sy = ref_border(y, in->h, ref_outside(s));
    return in->fuzzy && sx >= 0 && sy >= 0 && in->fuzzy[sy * in->w + sx];
}

/* The colour of picture pixel (x, y), wherever that is. */
static const double *pixel(const flt_stage *s, const ref_image *in, const double *constant, int x, int y)
{
    int sx = ref_border(x, in->w, ref_outside(s)), sy = ref_border(y, in->h, ref_outside(s));
    return sx < 0 || sy < 0 ? constant : ref_at(in, sx, sy);
}

static double catmull_rom(double x)
{
    x = fabs(x);
    if (x < 1)
        return (3 * x * x * x - 5 * x * x + 2) / 2;
    return x < 2 ? (-x * x * x + 5 * x * x - 8 * x + 4) / 2 : 0;
}

static bool tie(double v)
{
    return fabs(v - floor(v) - 0.5) < 1e-5;
}

static bool warped(const flt_stage *s, const ref_image *given, const map *m, ref_image *out)
{
    ref_image in = ref_for_outside(s, given);
    double constant[4];
    bool cubic = ref_is(s, "interp", "bicubic"), nearest = ref_is(s, "interp", "nearest");
    ref_outside_colour(s, &in, true, constant);
    *out = ref_new(m->w, m->h, in.c);
    for (int y = 0; y < m->h; y++)
        for (int x = 0; x < m->w; x++) {
            double sx = m->a * x + m->b * y + m->c, sy = m->d * x + m->e * y + m->f;
            double *to = ref_at(out, x, y);
            if (nearest) {
                memcpy(to, pixel(s, &in, constant, (int)floor(sx + 0.5), (int)floor(sy + 0.5)),
                       (size_t)in.c * sizeof *to);
                if (tie(sx) || tie(sy) || unsure(s, &in, (int)floor(sx + 0.5), (int)floor(sy + 0.5)))
                    ref_mark(out, x, y);
                continue;
            }
            int x0 = (int)floor(sx), y0 = (int)floor(sy);
            for (int j = -1; j < 3; j++)
                for (int i = -1; i < 3; i++) {
                    double dx = fabs(sx - (x0 + i)), dy = fabs(sy - (y0 + j));
                    double weight = cubic ? catmull_rom(dx) * catmull_rom(dy) : fmax(0, 1 - dx) * fmax(0, 1 - dy);
                    const double *from = pixel(s, &in, constant, x0 + i, y0 + j);
                    for (int k = 0; weight != 0 && k < in.c; k++)
                        to[k] += weight * from[k];
                    if (weight != 0 && unsure(s, &in, x0 + i, y0 + j))
                        ref_mark(out, x, y);
                }
        }
    ref_free(&in);
    return true;
}

/* From the inverse of p, q; r, t about the centre, and what the corners of the picture need. */
static map centred(const ref_image *in, double p, double q, double r, double t, bool expand)
{
    double det = p * t - q * r;
    map m = { .a = t / det, .b = -q / det, .d = -r / det, .e = p / det, .w = in->w, .h = in->h };
    if (expand) {
        double right = 0, bottom = 0;
        for (int corner = 0; corner < 4; corner++) {
            double x = (corner % 2 ? 0.5 : -0.5) * in->w, y = (corner / 2 ? 0.5 : -0.5) * in->h;
            right = fmax(right, p * x + q * y);
            bottom = fmax(bottom, r * x + t * y);
        }
        m.w = (int)ceil(2 * right - 1e-6), m.h = (int)ceil(2 * bottom - 1e-6);
        m.w = m.w < 1 ? 1 : m.w, m.h = m.h < 1 ? 1 : m.h;
    }
    m.c = (in->w - 1) / 2.0 - m.a * (m.w - 1) / 2.0 - m.b * (m.h - 1) / 2.0;
    m.f = (in->h - 1) / 2.0 - m.d * (m.w - 1) / 2.0 - m.e * (m.h - 1) / 2.0;
    return m;
}

static double radians(double degrees)
{
    return degrees * acos(-1) / 180;
}

bool ref_rotate(const ref_call *call, const ref_image *in, ref_image *out)
{
    const flt_stage *s = call->stage;
    double angle = flt_num(s, "angle");
    bool expand = flt_num(s, "expand") != 0;
    int quarters = ((int)lrint(angle / 90) % 4 + 4) % 4;
    if (angle == 90 * rint(angle / 90) && (expand || quarters % 2 == 0)) {
        ref_quarters(in, quarters, out);
        return true;
    }
    double c = cos(radians(angle)), n = sin(radians(angle));
    if (angle == 90 * rint(angle / 90))
        c = 0, n = quarters == 1 ? 1 : -1;
    map m = centred(in, c, -n, n, c, expand);
    return warped(s, in, &m, out);
}

bool ref_affine(const ref_call *call, const ref_image *in, ref_image *out)
{
    const flt_stage *s = call->stage;
    const double *v = flt_arg(s, "matrix")->list;
    const flt_size *size = &flt_arg(s, "size")->size;
    map m = { v[0], v[1], v[2], v[3], v[4], v[5], in->w, in->h };
    if (flt_num(s, "forward") != 0) {
        double det = v[0] * v[4] - v[1] * v[3];
        m.a = v[4] / det, m.b = -v[1] / det, m.c = (v[1] * v[5] - v[4] * v[2]) / det;
        m.d = -v[3] / det, m.e = v[0] / det, m.f = (v[3] * v[2] - v[0] * v[5]) / det;
    }
    if (size->w != 0)
        m.w = (int)fmax(1, rint(size->w_factor ? size->w * in->w : size->w));
    if (size->h != 0)
        m.h = (int)fmax(1, rint(size->h_factor ? size->h * in->h : size->h));
    return warped(s, in, &m, out);
}

bool ref_shear(const ref_call *call, const ref_image *in, ref_image *out)
{
    const flt_stage *s = call->stage;
    map m = centred(in, 1, tan(radians(flt_num(s, "x"))), tan(radians(flt_num(s, "y"))), 1, flt_num(s, "expand") != 0);
    return warped(s, in, &m, out);
}

bool ref_translate(const ref_call *call, const ref_image *in, ref_image *out)
{
    const flt_stage *s = call->stage;
    double sx = flt_num(s, "scale"), sy = flt_num(s, "scale-y") > 0 ? flt_num(s, "scale-y") : sx;
    map m = centred(in, sx, 0, 0, sy, false);
    m.c -= flt_num(s, "x") / sx;
    m.f -= flt_num(s, "y") / sy;
    return warped(s, in, &m, out);
}
