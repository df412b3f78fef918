/* Damage to files, by chance that a number repeats: bits, bytes, lengths, and whole chunks and segments. */
#ifndef QUERN_TESTS_MUTATE_H
#define QUERN_TESTS_MUTATE_H

#include "bytes.h"

#include <stdint.h>

typedef struct fuzz_random {
    uint64_t state;
} fuzz_random;

uint32_t fuzz_next(fuzz_random *r);
uint32_t fuzz_below(fuzz_random *r, uint32_t n); /* 0 .. n - 1; 0 where n is 0 */

/* *to becomes `from` with one to six wounds; some are made of pieces of `other`. A PNG's checksums are put right again
 * most of the time, since a decoder looks no further than the first wrong one. */
void fuzz_mutate(fuzz_random *r, const qn_bytes *from, const qn_bytes *other, qn_bytes *to);

#endif
