/* Where a picture ends that others follow in the same stream, told from its bytes and without decoding it: a PNG by
 * its IEND, a JPEG by its EOI, a raw PNM by the size in its header, a plain one by counting its numbers. */
#ifndef QUERN_IO_EXTENT_H
#define QUERN_IO_EXTENT_H

#include "codec.h"

typedef enum io_extent_state {
    IO_EXTENT_MORE,   /* more bytes are needed to tell */
    IO_EXTENT_END,    /* at io_extent.end */
    IO_EXTENT_REFUSE, /* the same, but the decoder gets no farther than what has come: the rest need not be read.
                       * io_extent.end UINT64_MAX: and nothing tells where another picture may begin */
    IO_EXTENT_LOST    /* nothing tells: all that follows has to be taken for a part of it */
} io_extent_state;

typedef struct io_extent {
    uint64_t end; /* bytes of the picture; may lie behind those that have come */
    /* how far it has been looked at; zeros at first */
    uint64_t pos, left;
    bool inside; /* PNM: behind the header; JPEG: among entropy-coded bytes */
} io_extent;

/* `data`: all of the picture's bytes that have come so far; `e` as the last call left it, so that nothing is looked at
 * twice. Of `limits` max_pixels counts. Damage that lets the end be found anyway is the decoder's to tell. */
io_extent_state io_extent_scan(io_extent *e, io_type type, const uint8_t *data, size_t len, const io_limits *limits);

/* Refused, and where it ends cannot be told. */
io_extent_state io_extent_broken(io_extent *e);

/* Where a header of `head` bytes and its rows end; UINT64_MAX: farther than can be said. */
static inline uint64_t io_extent_of_rows(uint64_t head, uint64_t row, uint64_t rows)
{
    return rows > 0 && row > (UINT64_MAX - head) / rows ? UINT64_MAX : head + row * rows;
}

/* The parts of pnm.c and pfm.c. */
io_extent_state io_pnm_extent(io_extent *e, const uint8_t *data, size_t len, const io_limits *limits);
io_extent_state io_pfm_extent(io_extent *e, const uint8_t *data, size_t len, const io_limits *limits);

#endif
