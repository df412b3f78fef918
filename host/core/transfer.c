#include "transfer.h"

#include <math.h>
#include <string.h>

qn_curve qn_curve_gamma(double g)
{
    return (qn_curve){ .p = { g, 1, 0, 0, 0, 0, 0 } };
}

qn_curve qn_curve_srgb(void)
{
    return (qn_curve){ .p = { 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045, 0, 0 } };
}

static double unit(double v)
{
    return v > 0 ? v < 1 ? v : 1 : 0; /* NaN is 0 */
}

static double sample(const qn_curve *c, size_t i)
{
    return (c->sampled[2 * i] << 8 | c->sampled[2 * i + 1]) / 65535.0;
}

double qn_curve_at(const qn_curve *c, double x)
{
    x = unit(x);
    if (c->sampled) {
        const double at = x * (double)(c->n - 1);
        const size_t i = (size_t)at < c->n - 1 ? (size_t)at : c->n - 2;
        return sample(c, i) + (at - (double)i) * (sample(c, i + 1) - sample(c, i));
    }
    const double *p = c->p;
    if (x < p[4])
        return unit(p[3] * x + p[6]);
    const double base = p[1] * x + p[2];
    return unit(pow(base > 0 ? base : 0, p[0]) + p[5]);
}

bool qn_curve_same(const qn_curve *a, const qn_curve *b)
{
    if (a->sampled || b->sampled)
        return a->sampled && b->sampled && a->n == b->n &&
               (a->sampled == b->sampled || memcmp(a->sampled, b->sampled, 2 * a->n) == 0);
    return memcmp(a->p, b->p, sizeof a->p) == 0;
}

bool qn_curve_rises(const qn_curve *c)
{
    double last = qn_curve_at(c, 0);
    if (last > 0.1)
        return false;
    for (int i = 1; i <= 256; i++) {
        const double v = qn_curve_at(c, i / 256.0);
        if (v < last)
            return false;
        last = v;
    }
    return last > 0.9;
}

bool qn_transfer_is_srgb(const qn_transfer *t)
{
    const qn_curve srgb = qn_curve_srgb();
    for (int c = 0; c < 3; c++) {
        for (int i = 0; i <= 64 && !(c > 0 && qn_curve_same(&t->curve[c], &t->curve[0])); i++) {
            const double x = i / 64.0;
            if (fabs(qn_curve_at(&t->curve[c], x) - qn_curve_at(&srgb, x)) > 2e-4)
                return false;
        }
    }
    return true;
}

void qn_curve_tables(const qn_curve *c, float to_light[QN_LIGHT_STEPS + 1], float from_light[QN_LIGHT_STEPS + 1])
{
    enum { N = QN_LIGHT_STEPS };
    for (int i = 0; i <= N; i++)
        to_light[i] = (float)qn_curve_at(c, (double)i / N);
    /* Back: between samples at x = (i / N)^2, whose distances suit a curve that is steep in the shadows as well as one
     * that is not. */
    int known = 0; /* from_light[0..known) is filled */
    double last_x = 0, last_root = 0;
    for (int i = 0; i <= N; i++) {
        const double x = (double)i / N * i / N, root = sqrt(sqrt(qn_curve_at(c, x)));
        for (; known <= N && (double)known / N <= root; known++) {
            const double part = root > last_root ? ((double)known / N - last_root) / (root - last_root) : 0;
            from_light[known] = (float)(last_x + unit(part) * (x - last_x));
        }
        last_x = x;
        last_root = root;
    }
    for (; known <= N; known++)
        from_light[known] = 1;
}
