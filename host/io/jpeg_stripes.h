/* The pixels of a JPEG: rows of blocks gather in stripes of one restart interval each, which several threads compress
 * at once. A restart interval begins anew in the format itself, so the bytes are those of one thread that writes the
 * same intervals. Private to host/io; one thread per object calls it. */
#ifndef QUERN_IO_JPEG_STRIPES_H
#define QUERN_IO_JPEG_STRIPES_H

#include "bytes.h"
#include "codec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct io_jpeg_stripes io_jpeg_stripes;

/* Rows of blocks of a restart interval: what the caller wants, or what suits a picture of this size (0: none). Depends
 * on nothing but the picture and its options, and so do the bytes of the file. */
unsigned io_jpeg_restart_rows(const qn_image *image, const io_encode_options *options);

/* Whether several threads should write it. */
bool io_jpeg_wants_stripes(const qn_image *image, const io_encode_options *options);

/* image->plane is not looked at. NULL: out of memory. */
io_jpeg_stripes *io_jpeg_stripes_create(const qn_image *image, const io_encode_options *options);
/* The next row, which is copied; bytes that are ready are appended to `out`. Errors: QN_NOMEM, QN_INTERNAL. */
bool io_jpeg_stripes_row(io_jpeg_stripes *z, const void *row, qn_bytes *out, qn_error *err);
/* The rest, and the end of the file. */
bool io_jpeg_stripes_finish(io_jpeg_stripes *z, qn_bytes *out, qn_error *err);
void io_jpeg_stripes_free(io_jpeg_stripes **z); /* takes NULL */

#endif
