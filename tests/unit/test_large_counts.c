/* Statistics of pictures beyond 2^32 pixels: the fragments of kernels/reduce as C, on histograms that no test could
 * make of a picture. Counts that are all so many times larger give the same result. */
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

int main(void)
{
    for (unsigned seed = 0; seed < 30; seed += 3) {
        check_one("otsu", solve_otsu, 1, seed);
        check_one("stretch", solve_stretch, 2, seed);
        check_one("equalize", solve_equalize, BINS, seed);
    }
    return check_summary();
}
