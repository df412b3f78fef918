#include "compare.h"

#include <math.h>
#include <string.h>

unsigned cmp_sample(const run_result *r, size_t i)
{
    uint16_t v;
    if (r->format.depth == 8)
        return ((const uint8_t *)r->data)[i];
    memcpy(&v, (const uint8_t *)r->data + 2 * i, 2);
    return v;
}

/* One sample: `alpha` of the pixel in 0..1 (1 for alpha itself). */
static void add(cmp_pool *pool, double got, double want, double slack, double alpha, cmp_first *first, int x, int y,
                int k)
{
    double d = fabs(got - ref_round(want));
    pool->samples++;
    if (d == 0 || fabs(got - want) <= 0.5 + slack)
        return;
    if (alpha < 1.0 / 16) {
        d *= 16 * alpha;
        if (d <= 1)
            return;
    }
    pool->differing++;
    if (d > pool->largest)
        pool->largest = d;
    if (first && d > first->largest)
        *first = (cmp_first){ x, y, k, got, want, d };
}

static double largest_of(const ref_image *im)
{
    double most = 1;
    for (size_t i = 0; i < (size_t)im->w * (size_t)im->h * (size_t)im->c; i++)
        most = fmax(most, fabs(im->p[i]));
    return most;
}

/* Samples are neither clamped nor rounded: in levels of 16 bits, or that share of the largest value there is. */
static void compare_float(cmp_pool *pool, const run_result *got, const ref_image *want, cmp_first *first)
{
    const size_t c = (size_t)want->c, colours = (size_t)ref_colours(want);
    const double level = 65535 / largest_of(want);
    for (size_t i = 0; i < (size_t)want->w * (size_t)want->h; i++) {
        if (want->fuzzy && want->fuzzy[i]) {
            pool->skipped += c;
            continue;
        }
        const double alpha = ref_has_alpha(want) ? want->p[i * c + c - 1] : 1;
        for (size_t k = 0; k < c; k++) {
            float v;
            memcpy(&v, (const uint8_t *)got->data + 4 * (i * c + k), sizeof v);
            if (k < colours && alpha * 65535 < 1) {
                pool->skipped++;
                continue;
            }
            const double weight = k < colours && alpha < 1.0 / 16 ? 16 * alpha : 1;
            const double d = fabs((double)v - want->p[i * c + k]) * level * weight;
            pool->samples++;
            if (d <= CMP_FLOAT_EQUAL)
                continue;
            pool->differing++;
            pool->largest = d > pool->largest || isnan(d) ? d : pool->largest;
            if (d > first->largest)
                *first = (cmp_first){ (int)(i % (size_t)want->w), (int)(i / (size_t)want->w), (int)k,
                                      (double)v * 65535,          want->p[i * c + k] * 65535, d };
        }
    }
}

bool cmp_reference(cmp_pool *pool, const run_result *got, const ref_image *want, int depth, double slack,
                   cmp_first *first)
{
    pool->cases++;
    if ((int)got->width != want->w || (int)got->height != want->h || got->format.channels != want->c ||
        got->format.depth != depth)
        return false;
    if (depth == 32) {
        compare_float(pool, got, want, first);
        return true;
    }
    double max = depth == 8 ? 255 : 65535;
    size_t c = (size_t)want->c;
    for (size_t i = 0; i < (size_t)want->w * (size_t)want->h; i++) {
        int x = (int)(i % (size_t)want->w), y = (int)(i / (size_t)want->w);
        if (want->fuzzy && want->fuzzy[i]) {
            pool->skipped += c;
            continue;
        }
        double exact = ref_has_alpha(want) ? want->p[i * c + c - 1] : 1;
        double alpha = rint(fmin(fmax(exact, 0), 1) * max) / max;
        bool none = alpha == 0 || (ref_has_alpha(want) && cmp_sample(got, i * c + c - 1) == 0);
        for (size_t k = 0; k < c; k++) {
            bool is_alpha = ref_has_alpha(want) && k + 1 == c;
            double v = exact == 0 ? 0 : fmin(fmax(want->p[i * c + k], 0), 1) * max;
            if (none && !is_alpha && exact != 0)
                pool->skipped++;
            else
                add(pool, cmp_sample(got, i * c + k), v, slack, is_alpha || exact == 0 ? 1 : alpha, first, x, y,
                    (int)k);
        }
    }
    return true;
}

bool cmp_results(cmp_pool *pool, const run_result *a, const run_result *b, const ref_image *fuzzy, cmp_first *first)
{
    pool->cases++;
    if (a->width != b->width || a->height != b->height || memcmp(&a->format, &b->format, sizeof a->format) != 0)
        return false;
    size_t c = a->format.channels;
    double max = a->format.depth == 8 ? 255 : 65535;
    for (size_t i = 0; i < (size_t)a->width * a->height; i++) {
        if (fuzzy && fuzzy->fuzzy && fuzzy->fuzzy[i]) {
            pool->skipped += c;
            continue;
        }
        bool has_alpha = c % 2 == 0;
        unsigned alpha = has_alpha ? cmp_sample(a, i * c + c - 1) : (unsigned)max;
        bool none = has_alpha && (alpha == 0 || cmp_sample(b, i * c + c - 1) == 0);
        for (size_t k = 0; k < c; k++)
            if (none && k + 1 < c)
                pool->skipped++;
            else
                add(pool, cmp_sample(a, i * c + k), cmp_sample(b, i * c + k), 0,
                    has_alpha && k + 1 == c ? 1 : alpha / max, first, (int)(i % a->width), (int)(i / a->width), (int)k);
    }
    return true;
}

double cmp_share(const cmp_pool *pool)
{
    return pool->samples ? 100.0 * (double)pool->differing / (double)pool->samples : 0;
}

bool cmp_within(const cmp_pool *pool, char cls, int depth)
{
    double share = cmp_share(pool);
    if (cls == 'E')
        return pool->differing == 0;
    if (depth == 32)
        return pool->largest <= (cls == 'A' ? 1 : 4);
    if (cls == 'A')
        return pool->largest <= 1 && share <= (depth == 8 ? 2 : 5);
    return depth == 8 ? pool->largest <= 1 && share <= 4 : pool->largest <= 4;
}
