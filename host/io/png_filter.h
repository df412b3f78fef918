/* PNG's filters: rows become differences, which compress better. Private to host/io; thread-safe. Source: PNG
 * specification, clause 9. */
#ifndef QUERN_IO_PNG_FILTER_H
#define QUERN_IO_PNG_FILTER_H

#include <stdint.h>
#include <stddef.h>

/* Which of the four filters gives a row's bytes the least sum of absolute values (the specification's heuristic, 12.8;
 * no filter at all is not among them). `row` and the row above it have n bytes in the file's order; `step` is the bytes
 * of a pixel, at least 1. */
unsigned io_png_choose_filter(const uint8_t *row, const uint8_t *above, size_t n, size_t step);
/* The row behind filter 0 to 4, n bytes. */
void io_png_filter(unsigned filter, const uint8_t *row, const uint8_t *above, size_t n, size_t step, uint8_t *to);
/* Back from filter 0 to 4: a row of the file, n bytes at `from`, and the row above as it was before its filter. `to`
 * may be `from`, else they do not overlap. */
void io_png_unfilter(unsigned filter, const uint8_t *from, const uint8_t *above, size_t n, size_t step, uint8_t *to);

#endif
