/* Each pixel needs the one before it, so a vector holds the bytes of one pixel. GCC's vectors, which clang has too. */
#include "png_filter.h"

#include <string.h>

enum { NONE, SUB, UP, AVERAGE, PAETH };

typedef int16_t lanes __attribute__((vector_size(16)));
typedef uint8_t bytes __attribute__((vector_size(8)));

/* Registers, not bytes in memory: what is written in pieces and read at once stalls. Lanes beyond the step hold what
 * follows, and nobody looks at them. */
static inline __attribute__((always_inline)) lanes load(const uint8_t *p, size_t step)
{
    uint64_t v = 0;
    uint32_t half;
    uint16_t quarter;
    if (step >= 6) {
        memcpy(&v, p, 8);
    } else if (step >= 3) {
        memcpy(&half, p, 4);
        v = half;
    } else if (step == 2) {
        memcpy(&quarter, p, 2);
        v = quarter;
    } else {
        v = *p;
    }
    return __builtin_convertvector((bytes)v, lanes);
}

static inline __attribute__((always_inline)) void store(uint8_t *p, lanes v, size_t step)
{
    const uint64_t b = (uint64_t) __builtin_convertvector(v, bytes);
    const uint32_t low = (uint32_t)b, high = (uint32_t)(b >> 32);
    const uint16_t first = (uint16_t)b, third = (uint16_t)high;
    if (step == 8)
        memcpy(p, &b, 8);
    if (step == 4 || step == 6)
        memcpy(p, &low, 4);
    if (step == 6)
        memcpy(p + 4, &third, 2);
    if (step == 2 || step == 3)
        memcpy(p, &first, 2);
    if (step == 1 || step == 3)
        p[step - 1] = (uint8_t)(low >> 8 * (step - 1));
}

static inline lanes absolute(lanes v)
{
    const lanes sign = v >> 15;
    return (v ^ sign) - sign;
}

static inline lanes choose(lanes mask, lanes a, lanes b)
{
    return b ^ (mask & (a ^ b));
}

static inline lanes paeth(lanes a, lanes b, lanes c)
{
    const lanes p = b - c, q = a - c;
    const lanes pa = absolute(p), pb = absolute(q), pc = absolute(p + q);
    const lanes b_first = pb <= pc;
    const lanes bc = choose(b_first, b, c), least = choose(b_first, pb, pc);
    return choose(pa <= least, a, bc);
}

/* `step` is a constant wherever this is called, and the switch outside the loops. */
static inline __attribute__((always_inline)) void by_pixels(unsigned filter, const uint8_t *from, const uint8_t *above,
                                                            size_t n, size_t step, uint8_t *to)
{
    const lanes low = { 255, 255, 255, 255, 255, 255, 255, 255 };
    lanes a = { 0 }, c = { 0 };
    if (filter == SUB)
        for (size_t i = 0; i < n; i += step)
            store(to + i, a = (a + load(from + i, step)) & low, step);
    else if (filter == AVERAGE)
        for (size_t i = 0; i < n; i += step)
            store(to + i, a = (((a + load(above + i, step)) >> 1) + load(from + i, step)) & low, step);
    else
        for (size_t i = 0; i < n; i += step) {
            const lanes b = load(above + i, step);
            store(to + i, a = (paeth(a, b, c) + load(from + i, step)) & low, step);
            c = b;
        }
}

void io_png_unfilter(unsigned filter, const uint8_t *from, const uint8_t *above, size_t n, size_t step, uint8_t *to)
{
    if (filter == NONE) {
        if (to != from)
            memcpy(to, from, n);
        return;
    }
    if (filter == UP) {
        for (size_t i = 0; i < n; i++)
            to[i] = (uint8_t)(from[i] + above[i]);
        return;
    }
    switch (step) {
    case 1: by_pixels(filter, from, above, n, 1, to); break;
    case 2: by_pixels(filter, from, above, n, 2, to); break;
    case 3: by_pixels(filter, from, above, n, 3, to); break;
    case 4: by_pixels(filter, from, above, n, 4, to); break;
    case 6: by_pixels(filter, from, above, n, 6, to); break;
    default: by_pixels(filter, from, above, n, 8, to); break; /* there is no other */
    }
}
