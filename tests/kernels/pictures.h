/* Random numbers and adversarial pictures of the tests; the same seed gives the same on every machine. */
#ifndef QUERN_TESTS_PICTURES_H
#define QUERN_TESTS_PICTURES_H

#include "image.h"

#include <stdint.h>

typedef struct rng {
    uint64_t state;
    uint32_t turn; /* of the configuration, for what goes round */
} rng;

uint32_t rng_next(rng *r);
uint32_t rng_below(rng *r, uint32_t n); /* 0 .. n - 1 */
double rng_range(rng *r, double low, double high);

enum { PIC_NOISE, PIC_GRADIENT, PIC_BLACK, PIC_WHITE, PIC_CHECKER, PIC_STRUCTURE, PIC_KINDS };
extern const char *const pic_name[PIC_KINDS];

/* Rows without padding; plane[0].data is the caller's to free(). Pictures with alpha have transparent, opaque and
 * translucent areas. */
qn_image pic_make(int kind, uint32_t w, uint32_t h, unsigned channels, unsigned depth, uint32_t seed);

#endif
