/* Private to host/io: numbers of four bytes, the highest first, as PNG, JPEG's segments, profiles and Photoshop's
 * resources have them. */
#ifndef QUERN_IO_BIG_ENDIAN_H
#define QUERN_IO_BIG_ENDIAN_H

#include <stdint.h>

static inline uint32_t io_big_endian(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline void io_put_big_endian(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (24 - 8 * i));
}

#endif
