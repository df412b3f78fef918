/* Small whole files of every kind, to be damaged. */
#ifndef QUERN_TESTS_SEEDS_H
#define QUERN_TESTS_SEEDS_H

#include "bytes.h"

#include <stddef.h>

typedef struct fuzz_seeds {
    qn_bytes *item;
    size_t n;
} fuzz_seeds;

void fuzz_seeds_make(fuzz_seeds *s);
/* False: the file cannot be read. */
bool fuzz_seeds_add_file(fuzz_seeds *s, const char *path);
void fuzz_seeds_free(fuzz_seeds *s);

#endif
