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

#endif
