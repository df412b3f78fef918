/* Where a finished deflate stream can be joined to another one. Private to host/io.
 *
 * libdeflate compresses faster and better than zlib, but only whole streams: each ends with a block that is marked as
 * the last, and not on a byte. To set several behind one another as one stream, that mark and that end must be found,
 * which takes a walk over the symbols, without their output (RFC 1951). */
#ifndef QUERN_IO_DEFLATE_SEAM_H
#define QUERN_IO_DEFLATE_SEAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { IO_SEAM_BYTES = 5 }; /* that io_deflate_open_end() may add */

/* Takes the mark off, and adds an empty stored block that ends on a byte, so that another stream may follow. `data`
 * has room for len + IO_SEAM_BYTES. Returns the new length; 0: this is no whole deflate stream. Thread-safe. */
size_t io_deflate_open_end(uint8_t *data, size_t len);

/* Whether the first 8 KB of a stream that libdeflate has read use only codes that stand for something. It takes the
 * symbols 286 and 287 (lengths), 30 and 31 (distances) and codes that a block does not have for some others; zlib
 * refuses them. To look at all of it would cost half as much again as reading it, and with checksums that are right no
 * damage is left to be found: this is about encoders that are wrong, and they are so from the first block on.
 * Thread-safe. */
bool io_deflate_begins_regular(const uint8_t *data, size_t len);

#endif
