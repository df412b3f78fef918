#include "md5.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* One block of 64 bytes. The constants are the whole parts of 2^32 |sin(i)|, as the RFC defines them. */
static void add_block(uint32_t state[4], const uint32_t constant[64], const uint8_t block[64])
{
    static const uint8_t turn[4][4] = { { 7, 12, 17, 22 }, { 5, 9, 14, 20 }, { 4, 11, 16, 23 }, { 6, 10, 15, 21 } };
    static const uint8_t step[4][2] = { { 1, 0 }, { 5, 1 }, { 3, 5 }, { 7, 0 } };
    uint32_t word[16];
    for (unsigned i = 0; i < 16; i++) {
        const uint8_t *p = block + 4 * i;
        word[i] = (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
    }
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    for (unsigned i = 0; i < 64; i++) {
        const unsigned round = i / 16;
        const uint32_t mixed = round == 0   ? (b & c) | (~b & d)
                               : round == 1 ? (d & b) | (~d & c)
                               : round == 2 ? b ^ c ^ d
                                            : c ^ (b | ~d);
        const uint32_t sum = a + mixed + constant[i] + word[(step[round][0] * i + step[round][1]) % 16];
        const unsigned by = turn[round][i % 4];
        a = d;
        d = c;
        c = b;
        b += sum << by | sum >> (32 - by);
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
}

void qn_md5_hex(const void *data, size_t len, char hex[33])
{
    uint32_t state[4] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476 }, constant[64];
    for (int i = 0; i < 64; i++)
        constant[i] = (uint32_t)(4294967296.0 * fabs(sin(i + 1.0)));
    const uint8_t *p = data;
    size_t left = len;
    for (; left >= 64; left -= 64, p += 64)
        add_block(state, constant, p);
    uint8_t tail[128] = { 0 };
    if (left > 0)
        memcpy(tail, p, left);
    tail[left] = 0x80;
    const size_t end = left < 56 ? 64 : 128;
    const uint64_t bits = (uint64_t)len * 8;
    for (unsigned i = 0; i < 8; i++)
        tail[end - 8 + i] = (uint8_t)(bits >> 8 * i);
    for (size_t at = 0; at < end; at += 64)
        add_block(state, constant, tail + at);
    for (unsigned i = 0; i < 16; i++)
        (void)snprintf(hex + 2 * i, 3, "%02X", (unsigned)(state[i / 4] >> 8 * (i % 4) & 0xff));
}
