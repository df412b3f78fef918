#include "png_behind.h"

#include "big_endian.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

enum { SIGNATURE = 8, HEAD = 8, AROUND = 12, BLOCK = 4 << 10 /* what a look at a large file reads */ };

#define IDAT 0x49444154u
#define IEND 0x49454e44u

typedef struct file {
    const uint8_t *data;
    uint64_t len;
    const io_more *more;
    uint64_t packed; /* bytes in IDATs, as far as the chunks have been gone over */
    uint64_t at;     /* where `block` begins in a file that is not all at hand */
    size_t n;
    uint8_t block[BLOCK];
} file;

/* The header of the chunk at `at`; NULL: there is none. */
static const uint8_t *head_at(file *f, uint64_t at)
{
    if (f->len < HEAD || at > f->len - HEAD)
        return NULL;
    if (!f->more)
        return f->data + at;
    if (f->n < HEAD || at < f->at || at - f->at > f->n - HEAD) {
        f->at = at;
        f->n = sizeof f->block;
        if (!f->more->at(f->more->user, at, f->block, &f->n) || f->n < HEAD)
            return NULL;
    }
    return f->block + (at - f->at);
}

/* Where the chunks behind the pixels begin, and how many bytes they are. False: the file does not end as it should. */
static bool find_behind(file *f, uint64_t *from, uint64_t *to)
{
    const uint8_t *p;
    *from = 0;
    for (uint64_t at = SIGNATURE; (p = head_at(f, at)); at += AROUND + (uint64_t)io_big_endian(p)) {
        const uint32_t type = io_big_endian(p + 4);
        *to = at;
        if (type == IEND)
            return *from > 0;
        if (type != IDAT)
            continue;
        *from = at + AROUND + io_big_endian(p);
        f->packed += io_big_endian(p);
    }
    return false;
}

/* One chunk, all of which is at hand. */
static bool take(io_png_chunks *c, const uint8_t *chunk, size_t n, bool *found, qn_error *err)
{
    if (!io_png_is_text_or_exif(io_big_endian(chunk + 4)))
        return true;
    if (!c->keep && libdeflate_crc32(0, chunk + 4, n + 4) != io_big_endian(chunk + HEAD + n)) {
        *found = false; /* whoever reads on finds it damaged */
        return true;
    }
    uint8_t name[5] = { 0 };
    memcpy(name, chunk + 4, 4);
    return io_png_take_chunk(c, name, chunk + HEAD, n, err);
}

static bool take_all(io_png_chunks *c, file *f, uint64_t from, uint64_t to, bool *found, qn_error *err)
{
    qn_bytes chunk = { 0 };
    const uint8_t *p;
    bool ok = true;
    *found = true;
    for (uint64_t at = from; ok && *found && at < to && (p = head_at(f, at));
         at += AROUND + (uint64_t)io_big_endian(p)) {
        size_t n = io_big_endian(p), all = n + AROUND;
        if (!f->more) {
            ok = take(c, p, n, found, err);
        } else if (io_png_is_text_or_exif(io_big_endian(p + 4))) {
            if (n > c->left)
                ok = io_png_count_meta(c, n, err);
            else if (!qn_bytes_reserve(&chunk, all))
                ok = qn_fail(err, QN_NOMEM, "out of memory while reading a PNG");
            else if (f->more->at(f->more->user, at, chunk.data, &all) && all == n + AROUND)
                ok = take(c, chunk.data, n, found, err);
            else
                *found = false;
        }
    }
    qn_bytes_free(&chunk);
    return ok;
}

bool io_png_take_behind(io_png_chunks *c, const uint8_t *data, size_t len, const io_more *more, uint64_t packed_max,
                        bool *found, qn_error *err)
{
    uint64_t from, to;
    *found = false;
    if (more && !more->at)
        return true;
    file *f = calloc(1, sizeof *f);
    if (!f)
        return qn_fail(err, QN_NOMEM, "out of memory while reading a PNG");
    f->data = data;
    f->more = more;
    f->len = more ? more->size : len;
    const bool whole = find_behind(f, &from, &to);
    const bool ok = f->packed > packed_max ? qn_fail(err, QN_INPUT, "damaged PNG: IDAT: Too much image data")
                                           : !whole || take_all(c, f, from, to, found, err);
    free(f);
    return ok;
}
