/* PNG's filters against the specification's own words, one byte at a time. */
#include "check.h"
#include "png_filter.h"

#include <stdlib.h>
#include <string.h>

static int predicted(unsigned filter, int a, int b, int c)
{
    const int p = a + b - c, pa = abs(p - a), pb = abs(p - b), pc = abs(p - c);
    switch (filter) {
    case 1: return a;
    case 2: return b;
    case 3: return (a + b) / 2;
    case 4: return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
    default: return 0;
    }
}

/* Back from the filter, into another row and in place; what stands behind the rows may be looked at. */
static void check_back(unsigned filter, const uint8_t *filtered, const uint8_t *row, const uint8_t *above, size_t n,
                       size_t step)
{
    if (step == 5 || step == 7 || n % step != 0)
        return; /* no PNG has such rows */
    uint8_t *from = malloc(n + 16), *up = malloc(n + 16), *to = malloc(n + 1);
    memset(from, 0xee, n + 16);
    memset(up, 0xdd, n + 16);
    memcpy(from, filtered, n);
    memcpy(up, above, n);
    to[n] = 0xa5;
    io_png_unfilter(filter, from, up, n, step, to);
    CHECK_MSG(memcmp(to, row, n) == 0 && to[n] == 0xa5, "back from %u, %zu bytes, step %zu", filter, n, step);
    io_png_unfilter(filter, from, up, n, step, from);
    CHECK_MSG(memcmp(from, row, n) == 0 && from[n] == 0xee, "in place from %u, %zu bytes, step %zu", filter, n, step);
    free(from);
    free(up);
    free(to);
}

static void check_row(const uint8_t *row, const uint8_t *above, size_t n, size_t step)
{
    uint8_t *got = malloc(n + 1);
    unsigned long sum[5] = { 0 };
    for (unsigned f = 0; f < 5; f++) {
        bool same = true;
        memset(got, 0xa5, n + 1);
        io_png_filter(f, row, above, n, step, got);
        for (size_t i = 0; i < n; i++) {
            const bool left = i >= step;
            const uint8_t want =
                (uint8_t)(row[i] - predicted(f, left ? row[i - step] : 0, above[i], left ? above[i - step] : 0));
            same = same && got[i] == want;
            sum[f] += (unsigned long)(want < 128 ? want : 256 - want);
        }
        CHECK_MSG(same && got[n] == 0xa5, "filter %u, %zu bytes, step %zu", f, n, step);
        check_back(f, got, row, above, n, step);
    }
    const unsigned chosen = io_png_choose_filter(row, above, n, step);
    CHECK(chosen >= 1 && chosen <= 4);
    for (unsigned f = 1; f < 5; f++)
        CHECK_MSG(sum[chosen] <= sum[f], "filter %u over %u, %zu bytes, step %zu", chosen, f, n, step);
    free(got);
}

int main(void)
{
    static const size_t sizes[] = { 1, 2, 3, 6, 8, 24, 31, 255, 256, 257, 600, 1031, 1032 };
    uint32_t state = 7;
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (size_t step = 1; step <= 8; step++)
            for (int kind = 0; kind < 5; kind++) {
                const size_t n = sizes[s];
                uint8_t *row = malloc(n), *above = malloc(n);
                for (size_t i = 0; i < n; i++) { /* noise, black on white, slopes along and down, a flat row */
                    state = state * 1664525u + 1013904223u;
                    const uint8_t v = (uint8_t)(state >> 24);
                    above[i] = (uint8_t)(kind == 0 ? v : kind == 1 ? 255 : kind == 2 ? i : kind == 3 ? i * i : 9);
                    row[i] = (uint8_t)(kind == 0   ? state >> 16
                                       : kind == 1 ? 0
                                       : kind == 2 ? i + v % 3
                                       : kind == 3 ? above[i] + v % 3
                                                   : 9);
                }
                check_row(row, above, n, step);
                free(row);
                free(above);
            }
    return check_summary();
}
