/* Pictures for the tests of the pipeline: PPM files whose samples follow from a seed. */
#ifndef QUERN_TESTS_PICTURES_H
#define QUERN_TESTS_PICTURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sample i of picture `seed`. */
uint8_t picture_sample(unsigned seed, unsigned i);
/* Another size for each seed. */
void picture_size(unsigned seed, unsigned *w, unsigned *h);
/* `missing` bytes are left out at the end. */
void picture_write(const char *path, unsigned seed, unsigned w, unsigned h, size_t missing);
/* Whether the output of picture `seed` is there, whole, and inverted exactly once. */
bool picture_right(const char *path, unsigned seed, unsigned w, unsigned h);

#endif
