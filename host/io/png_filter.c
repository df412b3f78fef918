/* Plain loops without a branch, which compilers turn into vector code (CMakeLists.txt asks for that here). */
#include "png_filter.h"

#include <string.h>

enum { NONE, SUB, UP, AVERAGE, PAETH, TILE = 256 };

/* |b - c|, |a - c| and |a + b - 2c| decide, ties in the order a, b, c. */
static inline uint8_t paeth(int16_t a, int16_t b, int16_t c)
{
    const int16_t p = (int16_t)(b - c), q = (int16_t)(a - c), s = (int16_t)(p + q);
    const int16_t pa = (int16_t)(p < 0 ? -p : p), pb = (int16_t)(q < 0 ? -q : q), pc = (int16_t)(s < 0 ? -s : s);
    const int16_t bc = pb <= pc ? b : c, least = pb <= pc ? pb : pc;
    return (uint8_t)(pa <= least ? a : bc);
}

/* The distance of a difference from 0, modulo 256. */
static inline uint8_t size_of(uint8_t d)
{
    const uint8_t minus = (uint8_t)(0 - d);
    return d < minus ? d : minus;
}

unsigned io_png_choose_filter(const uint8_t *row, const uint8_t *above, size_t n, size_t step)
{
    uint64_t sum[5] = { 0 };
    for (size_t i = 0; i < step && i < n; i++) { /* left of it are zeros: UP and PAETH are the same */
        sum[SUB] += size_of(row[i]);
        sum[UP] += size_of((uint8_t)(row[i] - above[i]));
        sum[AVERAGE] += size_of((uint8_t)(row[i] - (above[i] >> 1)));
        sum[PAETH] += size_of((uint8_t)(row[i] - above[i]));
    }
    for (size_t at = step; at < n; at += TILE) {
        const size_t m = n - at < TILE ? n - at : TILE;
        const uint8_t *x = row + at, *a = x - step, *b = above + at, *c = b - step;
        uint16_t s[5] = { 0 }; /* a tile's sums: at most 128 a byte */
        for (size_t i = 0; i < m; i++)
            s[SUB] = (uint16_t)(s[SUB] + size_of((uint8_t)(x[i] - a[i])));
        for (size_t i = 0; i < m; i++)
            s[UP] = (uint16_t)(s[UP] + size_of((uint8_t)(x[i] - b[i])));
        for (size_t i = 0; i < m; i++)
            s[AVERAGE] = (uint16_t)(s[AVERAGE] + size_of((uint8_t)(x[i] - ((a[i] + b[i]) >> 1))));
        for (size_t i = 0; i < m; i++)
            s[PAETH] = (uint16_t)(s[PAETH] + size_of((uint8_t)(x[i] - paeth(a[i], b[i], c[i]))));
        for (unsigned f = SUB; f <= PAETH; f++)
            sum[f] += s[f];
    }
    unsigned best = SUB;
    for (unsigned f = UP; f <= PAETH; f++)
        best = sum[f] < sum[best] ? f : best;
    return best;
}

void io_png_filter(unsigned filter, const uint8_t *row, const uint8_t *above, size_t n, size_t step, uint8_t *to)
{
    const size_t first = step < n ? step : n;
    switch (filter) {
    case SUB:
        memcpy(to, row, first);
        for (size_t i = step; i < n; i++)
            to[i] = (uint8_t)(row[i] - row[i - step]);
        break;
    case UP:
        for (size_t i = 0; i < n; i++)
            to[i] = (uint8_t)(row[i] - above[i]);
        break;
    case AVERAGE:
        for (size_t i = 0; i < first; i++)
            to[i] = (uint8_t)(row[i] - (above[i] >> 1));
        for (size_t i = step; i < n; i++)
            to[i] = (uint8_t)(row[i] - ((row[i - step] + above[i]) >> 1));
        break;
    case PAETH:
        for (size_t i = 0; i < first; i++)
            to[i] = (uint8_t)(row[i] - above[i]);
        for (size_t i = step; i < n; i++)
            to[i] = (uint8_t)(row[i] - paeth(row[i - step], above[i], above[i - step]));
        break;
    default: memcpy(to, row, n); break;
    }
}
