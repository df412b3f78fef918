#include "extent.h"

#include "big_endian.h"

#include <string.h>

io_extent_state io_extent_broken(io_extent *e)
{
    e->end = UINT64_MAX;
    return IO_EXTENT_REFUSE;
}

/* Chunk by chunk: length, type, data, CRC. */
static io_extent_state png_extent(io_extent *e, const uint8_t *data, size_t len)
{
    static const uint8_t signature[8] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n' };
    if (len < 8)
        return IO_EXTENT_MORE;
    if (memcmp(data, signature, 8) != 0)
        return io_extent_broken(e);
    if (e->pos == 0)
        e->pos = 8;
    while (e->pos + 8 <= len) {
        const uint8_t *chunk = data + e->pos;
        const uint32_t bytes = io_big_endian(chunk);
        if (bytes > INT32_MAX)
            return io_extent_broken(e);
        e->pos += 12 + (uint64_t)bytes;
        if (memcmp(chunk + 4, "IEND", 4) == 0) {
            e->end = e->pos;
            return IO_EXTENT_END;
        }
    }
    return IO_EXTENT_MORE;
}

enum { JPEG_RST0 = 0xd0, JPEG_RST7 = 0xd7, JPEG_SOI, JPEG_EOI, JPEG_SOS, JPEG_TEM = 0x01, JPEG_APP2 = 0xe2 };

/* To the FF of the next marker that is neither a stuffed byte nor a restart; false: more bytes are needed. Also what a
 * damaged file has between two segments is gone over so. */
static bool find_marker(io_extent *e, const uint8_t *data, size_t len)
{
    while (e->pos + 1 < len) {
        const uint8_t *ff = memchr(data + e->pos, 0xff, len - e->pos);
        if (!ff) {
            e->pos = len;
            return false;
        }
        e->pos = (uint64_t)(ff - data);
        if (e->pos + 1 >= len)
            return false;
        const uint8_t code = ff[1];
        if (code == 0xff)
            e->pos++;
        else if (code == 0 || (code >= JPEG_RST0 && code <= JPEG_RST7))
            e->pos += 2;
        else
            return true;
    }
    return false;
}

static io_extent_state jpeg_extent(io_extent *e, const uint8_t *data, size_t len)
{
    if (e->pos == 0)
        e->pos = 2; /* SOI, by which the type was told */
    while (find_marker(e, data, len)) {
        const uint8_t *marker = data + e->pos;
        if (marker[1] == JPEG_EOI) {
            e->end = e->pos + 2;
            return IO_EXTENT_END;
        }
        if (marker[1] == JPEG_SOI || marker[1] == JPEG_TEM) {
            e->pos += 2;
            continue;
        }
        if (e->pos + 8 > len)
            return IO_EXTENT_MORE;
        /* The pictures of a multi-picture file (previews, depth, gain maps) follow its EOI and are parts of it. */
        if (marker[1] == JPEG_APP2 && memcmp(marker + 4, "MPF", 4) == 0)
            return IO_EXTENT_LOST;
        e->pos += 2 + ((uint64_t)marker[2] << 8 | marker[3]);
    }
    return IO_EXTENT_MORE;
}

io_extent_state io_extent_scan(io_extent *e, io_type type, const uint8_t *data, size_t len, const io_limits *limits)
{
    switch (type) {
    case IO_PNG: return png_extent(e, data, len);
    case IO_JPEG: return jpeg_extent(e, data, len);
    case IO_PNM:
    case IO_PAM: return io_pnm_extent(e, data, len, limits);
    case IO_PFM: return io_pfm_extent(e, data, len, limits);
    case IO_NONE: break;
    }
    return IO_EXTENT_LOST;
}
