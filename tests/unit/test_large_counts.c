/* The fragments of kernels/reduce as C. Statistics of pictures beyond 2^32 pixels, on histograms that no test could
 * make of a picture: counts that are all so many times larger give the same result. And equalize's arithmetic, against
 * C's float. */
#include "check.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

typedef unsigned int uint_cl;
typedef uint64_t ulong_cl;
__extension__ typedef unsigned __int128 u128;

static inline uint64_t mul_hi(uint64_t a, uint64_t b)
{
    return (uint64_t)((u128)a * b >> 64);
}

static int clz(uint64_t v)
{
    return v ? __builtin_clzll(v) : 64;
}

static int max(int a, int b)
{
    return a > b ? a : b;
}

static float as_float(int v)
{
    float f;
    memcpy(&f, &v, sizeof f);
    return f;
}

#define __global
#define uint  uint_cl
#define ulong ulong_cl
#define BINS  256
#define HC    1
#define sqrt  sqrtf
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wdouble-promotion"
#define q_solve solve_otsu
#include "reduce/otsu.cl"
#undef q_solve
#define q_solve solve_stretch
#include "reduce/stretch.cl"
#undef q_solve
#include "reduce/significand.cl"
#define q_solve solve_equalize
#include "reduce/equalize.cl"
#undef q_solve

typedef void solver(const uint_cl *counts, float *table, const int *uniforms);

/* Two hills, of which the second is the lower one, with a tail. */
static void make_counts(uint_cl *h, unsigned seed)
{
    for (int i = 0; i < BINS; i++) {
        const double a = (i - 40.0 - seed) / 15, b = (i - 190.0) / (10.0 + seed);
        h[i] = (uint_cl)(3000 * exp(-a * a) + 1200 * exp(-b * b)) + (i % 7 == 0);
    }
}

static void check_one(const char *name, solver *solve, size_t n_table, unsigned seed)
{
    uint_cl small[BINS], large[BINS];
    float t[BINS], u[BINS];
    const int cuts[2] = { 0x3c23d70a, 0x3ca3d70a }; /* 1 % and 2 % */
    uint64_t all = 0;
    make_counts(small, seed);
    for (int i = 0; i < BINS; i++) {
        large[i] = small[i] << 20;
        all += large[i];
    }
    CHECK(all > UINT64_C(1) << 36);
    solve(small, t, cuts);
    solve(large, u, cuts);
    for (size_t i = 0; i < n_table; i++)
        CHECK_MSG(t[i] == u[i], "%s, seed %u: [%zu] is %g of a small picture, %g of a large one", name, seed, i,
                  (double)t[i], (double)u[i]);
}

/* What float gives, where the quotient is a half and where it is not, from whole numbers alone. */
static void check_as_float(unsigned seed)
{
    uint_cl h[BINS] = { 0 };
    float t[BINS];
    unsigned random = seed * 2654435761u + 1, n = 0, sum = 0;
    for (unsigned i = 0; i < 12 + seed % 4; i++) {
        random = random * 1664525u + 1013904223u;
        h[random >> 24] += 1 + (seed % 3 ? (random >> 16 & 7) : random >> 6);
    }
    int first = 0;
    while (h[first] == 0)
        first++;
    for (int i = first + 1; i < BINS; i++)
        n += h[i];
    solve_equalize(h, t, NULL);
    const float gain = 255.0f / (float)n;
    for (int i = first + 1; i < BINS; i++) {
        sum += h[i];
        const float want = rintf((float)sum * gain) / 255.0f;
        CHECK_MSG(t[i] == want, "equalize, seed %u: %u of %u is %g, as floats %g", seed, sum, n, (double)t[i] * 255,
                  (double)want * 255);
    }
}

int main(void)
{
    for (unsigned seed = 0; seed < 200; seed++)
        check_as_float(seed);
    for (unsigned seed = 0; seed < 30; seed += 3) {
        check_one("otsu", solve_otsu, 1, seed);
        check_one("stretch", solve_stretch, 2, seed);
        check_one("equalize", solve_equalize, BINS, seed);
    }
    return check_summary();
}
