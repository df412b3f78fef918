/* The pixels of a PNG: rows filtered and compressed in blocks, which several threads may work on at once, and put
 * together as one zlib stream. No block looks at another's bytes, but for the row above its first one, so the result
 * does not depend on the number of threads. Private to host/io; one thread per object calls it. */
#ifndef QUERN_IO_PNG_BLOCKS_H
#define QUERN_IO_PNG_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct io_png_blocks io_png_blocks;
/* Takes the stream's next bytes, in order. False: it cannot. */
typedef bool (*io_png_sink)(void *user, const uint8_t *data, size_t len);

typedef struct io_png_rows {
    size_t bytes;     /* of a row as stored */
    size_t step;      /* bytes of a pixel, at least 1 */
    bool wide;        /* 16-bit samples */
    bool swap;        /* which are given in the other byte order than the file's */
    bool filtered;    /* false: rows are stored as they are (palettes and a few bits, where differences mean nothing) */
    int level;        /* 0 (stored) to 9; -1: the default */
    unsigned threads; /* <= 1: the caller compresses. Threads that the system refuses are done without */
} io_png_rows;

/* NULL: out of memory. */
io_png_blocks *io_png_blocks_create(const io_png_rows *rows, io_png_sink sink, void *user);
/* The next row, which is copied. False: out of memory, or the sink said no. */
bool io_png_blocks_row(io_png_blocks *z, const void *row);
/* The rest, and the checksum. */
bool io_png_blocks_finish(io_png_blocks *z);
void io_png_blocks_free(io_png_blocks **z); /* takes NULL */

#endif
