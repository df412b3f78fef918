/* Metadata that stands behind the pixels of a PNG, where many programs put it, read before them: the orientation says
 * how the picture is planned, and a picture that flows is written from its beginning. Private to host/io. */
#ifndef QUERN_IO_PNG_BEHIND_H
#define QUERN_IO_PNG_BEHIND_H

#include "codec.h"
#include "png_chunks.h"

/* Of the file `data` (which begins with the signature; with `more`, it goes on behind the `len` bytes) text and EXIF
 * that follow the last IDAT. *found: all of it was there, and need not be taken again; else the file is damaged. Errors
 * as io_png_take_chunk(), and QN_INPUT where the IDATs hold more than `packed_max` bytes. */
bool io_png_take_behind(io_png_chunks *c, const uint8_t *data, size_t len, const io_more *more, uint64_t packed_max,
                        bool *found, qn_error *err);

#endif
