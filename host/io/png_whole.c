#include "png_whole.h"

#include "big_endian.h"
#include "deflate_seam.h"
#include "png_filter.h"

#include <libdeflate.h>
#include <string.h>

enum { CHUNK = 12, SLACK = 16 }; /* bytes around a chunk's data; that io_png_unfilter() may look at behind a row */

static bool is(const uint8_t *chunk, const char *name)
{
    return memcmp(chunk + 4, name, 4) == 0;
}

/* Bytes of the chunk's data, where all of it is there and its checksum right. */
static bool check_chunk(const io_png_whole *p, size_t at, size_t *n)
{
    if (p->len < CHUNK || at > p->len - CHUNK)
        return false;
    const uint8_t *chunk = p->data + at;
    *n = io_big_endian(chunk);
    return *n <= p->len - CHUNK - at && libdeflate_crc32(0, chunk + 4, *n + 4) == io_big_endian(chunk + 8 + *n);
}

/* Chunks that libpng does no more with, behind the pixels, than we do. */
static bool is_plain(const uint8_t *chunk)
{
    static const char *const names[] = { "tEXt", "zTXt", "iTXt", "eXIf", "tIME", "fcTL", "fdAT" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (is(chunk, names[i]))
            return true;
    return false;
}

/* IDATs in a row, then what is plain, then IEND. */
static bool check_file(const io_png_whole *p, size_t *behind, size_t *packed, unsigned *n_idat)
{
    size_t at = p->idat, n;
    *packed = *n_idat = 0;
    for (; check_chunk(p, at, &n) && is(p->data + at, "IDAT"); at += CHUNK + n, ++*n_idat)
        *packed += n;
    *behind = at;
    for (; check_chunk(p, at, &n) && is_plain(p->data + at); at += CHUNK + n)
        ;
    return *n_idat > 0 && check_chunk(p, at, &n) && is(p->data + at, "IEND") && n == 0;
}

/* The zlib stream in one piece: in the file itself where there is one IDAT. */
static const uint8_t *gather(const io_png_whole *p, unsigned n_idat, uint8_t *to)
{
    if (n_idat == 1)
        return p->data + p->idat + 8;
    size_t at = p->idat, len = 0;
    for (unsigned i = 0; i < n_idat; i++) {
        const size_t n = io_big_endian(p->data + at);
        memcpy(to + len, p->data + at + 8, n);
        len += n;
        at += CHUNK + n;
    }
    return to;
}

static bool inflate_all(const uint8_t *packed, size_t len, uint8_t *to, size_t n)
{
    struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
    if (!d)
        return false;
    size_t used = 0;
    const enum libdeflate_result result = libdeflate_zlib_decompress_ex(d, packed, len, to, n, &used, NULL);
    libdeflate_free_decompressor(d);
    return result == LIBDEFLATE_SUCCESS && used == len; /* exactly n bytes came out */
}

/* zlib lets a distance reach no farther back than the stream's first byte says; libdeflate does not look at that. */
static bool window_holds(const uint8_t *stream, size_t n)
{
    const unsigned bits = 8 + (stream[0] >> 4);
    return bits >= 15 || n <= (size_t)1 << bits;
}

static void swap_bytes(const uint8_t *from, size_t n, uint8_t *to)
{
    for (size_t i = 0; i < n; i += 2) {
        to[i] = from[i + 1];
        to[i + 1] = from[i];
    }
}

/* `bits` and `channels` are constants wherever this is called. False: a number that the table does not have. */
static inline __attribute__((always_inline)) bool look_up(const io_png_whole *p, const uint8_t *row, uint8_t *out,
                                                          unsigned bits, unsigned channels)
{
    unsigned most = 0;
    for (uint32_t x = 0; x < p->width; x++) {
        const size_t at = (size_t)x * bits;
        const unsigned i = bits == 8 ? row[x] : row[at / 8] >> (8 - bits - at % 8) & ((1u << bits) - 1);
        most = i > most ? i : most;
        memcpy(out + (size_t)x * channels, p->color[i], channels);
    }
    return most < p->n_colors;
}

static inline __attribute__((always_inline)) bool look_up_of(const io_png_whole *p, const uint8_t *row, uint8_t *out,
                                                             unsigned bits)
{
    switch (p->channels) {
    case 1: return look_up(p, row, out, bits, 1);
    case 2: return look_up(p, row, out, bits, 2);
    case 3: return look_up(p, row, out, bits, 3);
    default: return look_up(p, row, out, bits, 4);
    }
}

static bool look_up_row(const io_png_whole *p, const uint8_t *row, uint8_t *out)
{
    switch (p->bits) {
    case 1: return look_up_of(p, row, out, 1);
    case 2: return look_up_of(p, row, out, 2);
    case 4: return look_up_of(p, row, out, 4);
    default: return look_up_of(p, row, out, 8);
    }
}

/* Bytes of a row in the file, and of what a filter counts by. */
static size_t stored_step(const io_png_whole *p)
{
    return p->bits ? 1 : (size_t)p->channels * p->depth / 8;
}

static size_t stored_row(const io_png_whole *p)
{
    return p->bits ? (size_t)(((uint64_t)p->width * p->bits + 7) / 8) : p->width * stored_step(p);
}

/* Rows that are not stored as they are given are needed as they stand in the file for the row below, and stay in the
 * scratch. */
static bool give_rows(const io_png_whole *p, uint8_t *raw, const uint8_t *zeros, uint8_t *dst, size_t stride)
{
    const size_t step = stored_step(p), n = stored_row(p);
    const uint8_t *above = zeros;
    bool ok = true;
    for (uint32_t y = 0; ok && y < p->height; y++) {
        uint8_t *row = raw + y * (n + 1) + 1, *out = dst + y * stride, *to = p->bits || p->depth == 16 ? row : out;
        io_png_unfilter(row[-1], row, above, n, step, to);
        if (p->bits)
            ok = look_up_row(p, row, out);
        else if (p->depth == 16)
            swap_bytes(row, n, out);
        above = to;
    }
    return ok;
}

bool io_png_read_whole(const io_png_whole *p, qn_bytes *scratch, void *dst, size_t stride, io_png_chunks *chunks,
                       qn_error *err)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ && SIZE_MAX > UINT32_MAX
    const size_t n = stored_row(p), rows = (n + 1) * p->height;
    size_t behind, packed;
    unsigned n_idat;
    if (!check_file(p, &behind, &packed, &n_idat) || rows / 1032 > packed ||
        !qn_bytes_reserve(scratch, rows + n + 2 * SLACK + (n_idat > 1 ? packed : 0)))
        return false;
    uint8_t *raw = scratch->data, *zeros = raw + rows + SLACK;
    const uint8_t *stream = gather(p, n_idat, zeros + n + SLACK);
    if (!inflate_all(stream, packed, raw, rows) || !window_holds(stream, rows) ||
        !io_deflate_begins_regular(stream + 2, packed - 6))
        return false;
    for (uint32_t y = 0; y < p->height; y++)
        if (raw[y * (n + 1)] > 4)
            return false;
    memset(zeros, 0, n + SLACK);
    if (!give_rows(p, raw, zeros, dst, stride))
        return false;
    for (size_t at = behind; !is(p->data + at, "IEND"); at += CHUNK + io_big_endian(p->data + at)) {
        uint8_t name[5] = { 0 };
        memcpy(name, p->data + at + 4, 4);
        if (!io_png_take_chunk(chunks, name, p->data + at + 8, io_big_endian(p->data + at), err))
            return false;
    }
    io_png_tell_left_out(chunks);
    return true;
#else
    (void)p, (void)scratch, (void)dst, (void)stride, (void)chunks, (void)err;
    return false;
#endif
}
