/* Reference of the noise: the generator from its paper, the distributions from their definitions. */
#include "ref.h"

#include <math.h>
#include <string.h>

/* Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC'11, with 4 words and 10 rounds. */
void ref_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    uint32_t x[4], k[2] = { key[0], key[1] };
    memcpy(x, counter, sizeof x);
    for (int round = 0; round < 10; round++) {
        uint64_t even = (uint64_t)x[0] * 0xD2511F53U, odd = (uint64_t)x[2] * 0xCD9E8D57U;
        uint32_t next[4] = { (uint32_t)(odd >> 32) ^ x[1] ^ k[0], (uint32_t)odd, (uint32_t)(even >> 32) ^ x[3] ^ k[1],
                             (uint32_t)even };
        memcpy(x, next, sizeof x);
        k[0] += 0x9E3779B9U;
        k[1] += 0xBB67AE85U;
    }
    memcpy(out, x, sizeof x);
}

static double fraction(uint32_t word)
{
    return (word + 0.5) / 4294967296.0;
}

static double normal(const uint32_t *word)
{
    return sqrt(-2 * log(fraction(word[0]))) * cos(2 * acos(-1) * fraction(word[1]));
}

/* The smallest count whose distribution function reaches u; *near: how far u is from one of its steps. */
static double poisson_quantile(double mean, double u, double *near)
{
    double n = 0, p = exp(-mean), sum = p;
    *near = fabs(u - sum);
    while (sum < u && n < 1000) {
        p *= mean / ++n;
        sum += p;
        *near = fmin(*near, fabs(u - sum));
    }
    return n;
}

static double poisson(double v, double photons, const uint32_t *word, double eps, bool *unsure)
{
    double mean = fmax(v, 0) * photons, u = fraction(word[0]), near = 0, n;
    if (mean < 30) {
        n = poisson_quantile(mean, u, &near);
        *unsure = near < 3e-6 + eps * photons || u > 1 - 1e-5 || 30 - mean < 1e-4;
    } else {
        double exact = mean + sqrt(mean) * normal(word);
        n = fmax(rint(exact), 0);
        near = fabs(fabs(exact - floor(exact)) - 0.5);
        *unsure = near < 2e-5 * sqrt(mean) + 1e-6 * mean + 2 * eps * photons || mean - 30 < 1e-4;
    }
    return n / photons;
}

bool ref_noise(const ref_call *call, const ref_image *in, ref_image *out)
{
    const flt_stage *s = call->stage;
    double amount = flt_num(s, "amount"), photons = flt_num(s, "photons");
    uint32_t key[2] = { (uint32_t)flt_num(s, "seed"), 0 }, word[4];
    bool mono = flt_num(s, "mono") != 0;
    *out = ref_copy(in);
    for (int y = 0; y < in->h; y++)
        for (int x = 0; x < in->w; x++)
            for (int k = 0; k < in->c; k++) {
                uint32_t counter[4] = { (uint32_t)x, (uint32_t)y, mono ? 0 : (uint32_t)k,
                                        (uint32_t)flt_num(s, "frame") };
                double *v = &ref_at(out, x, y)[k];
                bool unsure = false;
                ref_philox(counter, key, word);
                if (ref_is(s, "kind", "gaussian"))
                    *v += amount * normal(word);
                else if (ref_is(s, "kind", "uniform"))
                    *v += amount * (2 * fraction(word[0]) - 1);
                else if (ref_is(s, "kind", "poisson"))
                    *v = poisson(*v, photons, word, call->eps, &unsure);
                else if (fraction(word[0]) < amount / 2)
                    *v = 0;
                else if (fraction(word[0]) > 1 - amount / 2)
                    *v = 1;
                if (unsure)
                    ref_mark(out, x, y);
            }
    return true;
}
