/* Whether two pictures agree, and within which class (FILTERS: E exact, A at most one level in 2 % of the samples at 8
 * bits or 5 % at 16, B one level in 4 %, or 4 levels at 16 bits). */
#ifndef QUERN_TESTS_COMPARE_H
#define QUERN_TESTS_COMPARE_H

#include "ref.h"
#include "run_chain.h"

/* Differences of many cases, so that one sample of a tiny picture is no per cent. */
typedef struct cmp_pool {
    unsigned cases;
    uint64_t samples, differing, skipped;
    double largest; /* levels of the depth */
} cmp_pool;

typedef struct cmp_first { /* where the largest difference of one case is */
    int x, y, k;
    double got, want;
    double largest;
} cmp_first;

/* Adds `got` against the unrounded reference. Pixels marked fuzzy are left out; so are colours where alpha rounds to 0
 * (but must be 0 where the reference's alpha is exactly 0). Where alpha is below 1/16 a difference of colours counts
 * as it will show: times 16 alpha. `slack` levels: how near to a tie both neighbours are right. Floats (depth 32) are
 * compared as they are, and *first must be there. False: of another size or format. */
bool cmp_reference(cmp_pool *pool, const run_result *got, const ref_image *want, int depth, double slack,
                   cmp_first *first);

/* Two results of the same chain; `fuzzy` (may be NULL) as above. */
bool cmp_results(cmp_pool *pool, const run_result *a, const run_result *b, const ref_image *fuzzy, cmp_first *first);

/* A float is right that is this near: what its arithmetic can say, in levels of 16 bits. */
#define CMP_FLOAT_EQUAL 0.05

/* Whether a pool is within a class ('E', 'A', 'B') at 8 or 16 bits, or of float: 1 or 4 levels of 16 bits. */
bool cmp_within(const cmp_pool *pool, char cls, int depth);
double cmp_share(const cmp_pool *pool); /* of differing samples, in per cent */

unsigned cmp_sample(const run_result *r, size_t i);

#endif
