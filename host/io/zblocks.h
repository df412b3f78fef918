/* A zlib stream in blocks that several threads compress at once. Each block begins with what its predecessor's last
 * 32 KB left behind as its dictionary and ends on a byte, so the bytes do not depend on the number of threads. Private
 * to host/io; one thread per object calls it. */
#ifndef QUERN_IO_ZBLOCKS_H
#define QUERN_IO_ZBLOCKS_H

#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct io_zblocks io_zblocks;
/* Takes the stream's next bytes, in order. False: it cannot. */
typedef bool (*io_zblocks_sink)(void *user, const uint8_t *data, size_t len);

/* threads <= 1: the caller compresses. Threads that the system refuses are done without. NULL: out of memory. */
io_zblocks *io_zblocks_create(int level, unsigned threads, io_zblocks_sink sink, void *user);
/* Room for `len` more bytes of input (at most a block), to be filled before the next call. NULL: out of memory or the
 * sink said no. */
uint8_t *io_zblocks_room(io_zblocks *z, size_t len);
/* The rest, and the checksum. */
bool io_zblocks_finish(io_zblocks *z);
void io_zblocks_free(io_zblocks **z); /* takes NULL */

#endif
