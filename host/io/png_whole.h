/* The pixels of a PNG that lies in memory as a whole, inflated at once: about twice as fast as row by row, for as much
 * memory again. libdeflate takes a few distance codes that zlib refuses; the checksum vouches for the pixels there too.
 * Private to host/io; thread-safe. */
#ifndef QUERN_IO_PNG_WHOLE_H
#define QUERN_IO_PNG_WHOLE_H

#include "bytes.h"
#include "png_chunks.h"

typedef struct io_png_whole {
    const uint8_t *data; /* the file */
    size_t len;
    size_t idat; /* where the length of its first IDAT stands */
    uint32_t width, height;
    unsigned channels, depth; /* 1 to 4 of 8 or 16 bits, as they will be given; not interlaced */
    unsigned bits;            /* 0: they are stored so; else 1, 2, 4 or 8 bits of a number in this table */
    unsigned n_colors;
    uint8_t color[256][4]; /* what it stands for, `channels` bytes of 8 bits */
} io_png_whole;

/* Whether it was done: all rows are in `dst`, and what stands behind the pixels is in chunks->meta. False, with `err`
 * untouched: anything is not as it should be, or there is no memory, and nothing has been done; libpng is to read it,
 * and to say what is wrong. False with an error: of io_png_take_chunk(). */
bool io_png_read_whole(const io_png_whole *p, qn_bytes *scratch, void *dst, size_t stride, io_png_chunks *chunks,
                       qn_error *err);

#endif
