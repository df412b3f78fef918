/* Streams of libdeflate set behind one another are one stream to zlib. */
#include "check.h"
#include "deflate_seam.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { MOST = 300000 };

static uint32_t noise(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* Nothing but noise, few values, long runs, words of text, a slope with a little noise. */
static void fill(uint8_t *p, size_t n, int kind)
{
    static const char *const words[] = { "quern ", "mill ", "stone ", "grain ", "flour " };
    uint32_t state = (uint32_t)n + (uint32_t)kind;
    for (size_t i = 0; i < n; i++) {
        const uint32_t v = noise(&state);
        if (kind == 0)
            p[i] = (uint8_t)v;
        else if (kind == 1)
            p[i] = (uint8_t)(v % 3);
        else if (kind == 2)
            p[i] = (uint8_t)(i / 5000);
        else if (kind == 3)
            for (const char *w = words[v % 5]; *w && i < n; i += *++w != '\0')
                p[i] = (uint8_t)*w;
        else
            p[i] = (uint8_t)(i / 90 + v % 7);
    }
}

static bool inflates_to(const uint8_t *stream, size_t len, const uint8_t *want, size_t n)
{
    uint8_t *got = malloc(n + 1);
    z_stream z = { 0 };
    CHECK(inflateInit2(&z, -15) == Z_OK);
    z.next_in = (Bytef *)(uintptr_t)stream;
    z.avail_in = (uInt)len;
    z.next_out = got;
    z.avail_out = (uInt)n + 1;
    const bool ok = inflate(&z, Z_FINISH) == Z_STREAM_END && z.avail_in == 0 && z.total_out == n &&
                    (n == 0 || memcmp(got, want, n) == 0);
    inflateEnd(&z);
    free(got);
    return ok;
}

static void test_joined(uint8_t *data, uint8_t *stream)
{
    static const size_t sizes[] = { 0, 1, 2, 3, 7, 40, 257, 1000, 65535, 65536, 100003 };
    for (int level = 0; level <= 12; level++)
        for (int kind = 0; kind < 5; kind++) {
            struct libdeflate_compressor *c = libdeflate_alloc_compressor(level);
            size_t at = 0, len = 0;
            fill(data, MOST, kind);
            for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
                size_t n = libdeflate_deflate_compress(c, data + at, sizes[s], stream + len, 2 * MOST - len);
                CHECK(n > 0);
                n = io_deflate_open_end(stream + len, n);
                CHECK_MSG(n > 0, "level %d, kind %d, %zu bytes", level, kind, sizes[s]);
                at += sizes[s];
                len += n;
            }
            len += libdeflate_deflate_compress(c, data + at, 5000, stream + len, 2 * MOST - len);
            CHECK_MSG(inflates_to(stream, len, data, at + 5000), "level %d, kind %d", level, kind);
            libdeflate_free_compressor(c);
        }
}

/* A stream that is cut short, or does not end where it says, is refused; what is damaged does no harm. */
static void test_broken(uint8_t *data, uint8_t *stream)
{
    uint32_t state = 1;
    uint8_t copy[4096 + IO_SEAM_BYTES];
    struct libdeflate_compressor *c = libdeflate_alloc_compressor(6);
    fill(data, 5000, 3);
    const size_t n = libdeflate_deflate_compress(c, data, 5000, stream, 4095);
    CHECK(n > 100);
    libdeflate_free_compressor(c);
    for (size_t len = 0; len < n; len++) {
        memcpy(copy, stream, len);
        CHECK(io_deflate_open_end(copy, len) == 0);
    }
    memcpy(copy, stream, n);
    copy[n] = 0;
    CHECK(io_deflate_open_end(copy, n + 1) == 0);
    for (int i = 0; i < 20000; i++) {
        memcpy(copy, stream, n);
        for (int k = 0; k < 1 + i % 4; k++)
            copy[noise(&state) % n] = (uint8_t)noise(&state);
        CHECK(io_deflate_open_end(copy, n) <= n + IO_SEAM_BYTES);
    }
}

/* Codes go in from their first bit on, numbers from their lowest. */
static void put_bits(uint8_t *to, size_t *at, unsigned v, unsigned n, bool code)
{
    for (unsigned i = 0; i < n; i++, ++*at)
        if (v >> (code ? n - 1 - i : i) & 1)
            to[*at / 8] |= (uint8_t)(1u << *at % 8);
}

/* A last block of fixed codes: 20 zeros, a match of these symbols (without extra bits), the end. */
static size_t fixed_stream(uint8_t *to, unsigned length, unsigned distance)
{
    size_t at = 0;
    memset(to, 0, 64);
    put_bits(to, &at, 1, 1, false);
    put_bits(to, &at, 1, 2, false);
    for (int i = 0; i < 20; i++)
        put_bits(to, &at, 0x30, 8, true);
    if (length < 280)
        put_bits(to, &at, length - 256, 7, true);
    else
        put_bits(to, &at, 0xc0 + length - 280, 8, true);
    put_bits(to, &at, distance, 5, true);
    put_bits(to, &at, 0, distance < 30 ? 0 : 13, false);
    put_bits(to, &at, 0, 7, true);
    return (at + 7) / 8;
}

/* What libdeflate writes is regular, also where only its beginning is looked at; symbols that mean nothing are not. */
static void test_regular(uint8_t *data, uint8_t *stream)
{
    static const size_t sizes[] = { 1, 100, 20000, MOST };
    for (int level = 0; level <= 12; level += 3)
        for (int kind = 0; kind < 5; kind++)
            for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
                struct libdeflate_compressor *c = libdeflate_alloc_compressor(level);
                fill(data, sizes[s], kind);
                const size_t n = libdeflate_deflate_compress(c, data, sizes[s], stream, 2 * MOST);
                CHECK(n > 0 && io_deflate_begins_regular(stream, n));
                CHECK(n > 5000 || !io_deflate_begins_regular(stream, n - 1));
                libdeflate_free_compressor(c);
            }
    for (unsigned length = 257; length < 288; length++) {
        if (length >= 265 && length < 285)
            continue; /* these have extra bits */
        const size_t n = fixed_stream(stream, length, 0);
        CHECK_MSG(io_deflate_begins_regular(stream, n) == (length < 286), "length symbol %u", length);
    }
    for (unsigned distance = 0; distance < 32; distance++) {
        if (distance >= 4 && distance < 30)
            continue;
        const size_t n = fixed_stream(stream, 257, distance);
        CHECK_MSG(io_deflate_begins_regular(stream, n) == (distance < 30), "distance symbol %u", distance);
    }
}

int main(void)
{
    uint8_t *data = malloc(MOST), *stream = malloc(2 * MOST);
    test_joined(data, stream);
    test_broken(data, stream);
    test_regular(data, stream);
    free(data);
    free(stream);
    return check_summary();
}
