/* A picture in a file, for windows that are taller than memory has room for: pieces of rows one behind another, each as
 * columns of blocks, so that a window is a few long runs of bytes. */
#define _GNU_SOURCE
#include "gpu_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct gpu_spill {
    int fd;
    size_t row_bytes, block, blocks; /* of a row; the last block is padded */
    uint32_t height, piece;          /* rows of a piece, 0: not known yet */
    uint8_t *buffer;
    size_t room;
};

gpu_spill *gpu_spill_create(size_t row_bytes, uint32_t height, size_t block_bytes, qn_error *err)
{
    gpu_spill *s = calloc(1, sizeof *s);
    if (!s) {
        qn_fail(err, QN_NOMEM, "out of memory");
        return NULL;
    }
    s->row_bytes = row_bytes;
    s->height = height;
    s->block = block_bytes;
    s->blocks = (row_bytes + block_bytes - 1) / block_bytes;
    s->fd = gpu_temporary_file((uint64_t)s->blocks * s->block * height, err);
    if (s->fd < 0)
        gpu_spill_free(&s);
    return s;
}

void gpu_spill_free(gpu_spill **sp)
{
    if (!sp || !*sp)
        return;
    if ((*sp)->fd >= 0)
        close((*sp)->fd);
    free((*sp)->buffer);
    free(*sp);
    *sp = NULL;
}

static bool make_room(gpu_spill *s, size_t bytes, qn_error *err)
{
    if (bytes <= s->room)
        return true;
    free(s->buffer);
    s->buffer = malloc(bytes);
    s->room = s->buffer ? bytes : 0;
    return s->buffer || qn_fail(err, QN_NOMEM, "out of memory");
}

/* The whole of it, in either direction. */
static bool transfer(gpu_spill *s, bool out, size_t bytes, uint64_t at, qn_error *err)
{
    for (size_t done = 0; done < bytes;) {
        const ssize_t n = out ? pwrite(s->fd, s->buffer + done, bytes - done, (off_t)(at + done))
                              : pread(s->fd, s->buffer + done, bytes - done, (off_t)(at + done));
        if (n > 0)
            done += (size_t)n;
        else if (n == 0 || errno != EINTR)
            return qn_fail(err, QN_IO, "the temporary file of the picture cannot be %s: %s", out ? "written" : "read",
                           n < 0 ? strerror(errno) : "it ends early");
    }
    return true;
}

/* A piece is its columns of blocks, one behind another, each from its first row to its last. */
static uint64_t piece_at(const gpu_spill *s, uint32_t y)
{
    return (uint64_t)y * s->blocks * s->block;
}

static size_t block_bytes(const gpu_spill *s, size_t i)
{
    return i + 1 < s->blocks ? s->block : s->row_bytes - i * s->block;
}

bool gpu_spill_write(gpu_spill *s, const uint8_t *rows, size_t stride, uint32_t y, uint32_t n, qn_error *err)
{
    const size_t bytes = s->blocks * s->block * n;
    if (!s->piece)
        s->piece = n;
    if (!make_room(s, bytes, err))
        return false;
    for (uint32_t r = 0; r < n; r++)
        for (size_t i = 0; i < s->blocks; i++)
            memcpy(s->buffer + (i * n + r) * s->block, rows + r * stride + i * s->block, block_bytes(s, i));
    return transfer(s, true, bytes, piece_at(s, y), err);
}

bool gpu_spill_read(gpu_spill *s, size_t x0, size_t x1, uint32_t y0, uint32_t y1, uint8_t *to, size_t stride,
                    qn_error *err)
{
    const size_t first = x0 / s->block, end = (x1 + s->block - 1) / s->block;
    for (uint32_t y = y0; y < y1;) {
        const uint32_t top = y / s->piece * s->piece, n = s->height - top < s->piece ? s->height - top : s->piece;
        const uint32_t last = top + n < y1 ? top + n : y1;
        const size_t bytes = (end - first) * s->block * n;
        if (!make_room(s, bytes, err) || !transfer(s, false, bytes, piece_at(s, top) + first * s->block * n, err))
            return false;
        for (; y < last; y++)
            for (size_t i = first; i < end; i++)
                memcpy(to + (y - y0) * stride + i * s->block - x0, s->buffer + ((i - first) * n + (y - top)) * s->block,
                       block_bytes(s, i));
    }
    return true;
}
