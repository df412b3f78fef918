/* For tests: a PNG chunk by chunk. */
#ifndef QUERN_TESTS_PNG_BUILDER_H
#define QUERN_TESTS_PNG_BUILDER_H

#include "picture_helper.h"

#include <zlib.h>

static inline void put_chunk(qn_bytes *file, const char *type, const void *data, size_t len)
{
    const uint8_t size[4] = { (uint8_t)(len >> 24), (uint8_t)(len >> 16), (uint8_t)(len >> 8), (uint8_t)len };
    const uLong begun = crc32(0, (const Bytef *)type, 4);
    const uint32_t crc = (uint32_t)(len ? crc32(begun, data, (uInt)len) : begun);
    const uint8_t sum[4] = { (uint8_t)(crc >> 24), (uint8_t)(crc >> 16), (uint8_t)(crc >> 8), (uint8_t)crc };
    CHECK(qn_bytes_append(file, size, 4) && qn_bytes_append(file, type, 4) &&
          (len == 0 || qn_bytes_append(file, data, len)) && qn_bytes_append(file, sum, 4));
}

/* Signature and IHDR. */
static inline void begin_png(qn_bytes *file, uint8_t width, uint8_t height, uint8_t depth, uint8_t color_type)
{
    static const uint8_t signature[8] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n' };
    const uint8_t header[13] = { 0, 0, 0, width, 0, 0, 0, height, depth, color_type, 0, 0, 0 };
    file->len = 0;
    CHECK(qn_bytes_append(file, signature, sizeof signature));
    put_chunk(file, "IHDR", header, sizeof header);
}

/* `head` bytes as they are, then zlib's stream of `n` bytes. */
static inline void put_packed(qn_bytes *file, const char *type, const char *head, size_t head_len, const uint8_t *data,
                              size_t n)
{
    uLongf len = compressBound(n);
    uint8_t *chunk = malloc(head_len + len);
    if (head_len)
        memcpy(chunk, head, head_len);
    CHECK(compress2(chunk + head_len, &len, data, n, 1) == Z_OK);
    put_chunk(file, type, chunk, head_len + len);
    free(chunk);
}

#endif
