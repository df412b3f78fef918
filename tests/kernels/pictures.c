#include "pictures.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const pic_name[PIC_KINDS] = { "noise", "gradient", "black", "white", "checker", "structure" };

/* A 64-bit linear congruential step whose high bits are mixed (Knuth's multiplier). */
uint32_t rng_next(rng *r)
{
    r->state = r->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    uint64_t x = r->state ^ (r->state >> 29);
    return (uint32_t)((x * UINT64_C(0x9e3779b97f4a7c15)) >> 32);
}

uint32_t rng_below(rng *r, uint32_t n)
{
    return (uint32_t)(((uint64_t)rng_next(r) * n) >> 32);
}

double rng_range(rng *r, double low, double high)
{
    return low + (high - low) * (rng_next(r) / 4294967296.0);
}

static double colour_at(int kind, uint32_t x, uint32_t y, uint32_t w, uint32_t h, unsigned k, rng *r)
{
    double u = (x + 0.5) / w, v = (y + 0.5) / h;
    switch (kind) {
    case PIC_NOISE: return rng_range(r, 0, 1);
    case PIC_GRADIENT: return k == 0 ? u : k == 1 ? v : (u + v) / 2;
    case PIC_BLACK: return 0;
    case PIC_WHITE: return 1;
    case PIC_CHECKER: return ((x >> k) + (y >> k)) & 1;
    default: return 0.5 + 0.35 * sin(x * 0.21 + k) * cos(y * 0.17 - k) + rng_range(r, -0.15, 0.15);
    }
}

/* Blocks of 8x8: a quarter transparent, a quarter opaque, the rest by the pixel. */
static double alpha_at(int kind, uint32_t x, uint32_t y, rng *r)
{
    double a = rng_range(r, 0, 1);
    if (kind == PIC_BLACK)
        return 0;
    if (kind == PIC_WHITE)
        return 1;
    switch ((x / 8 * 7 + y / 8 * 3) % 4) {
    case 0: return 0;
    case 1: return 1;
    default: return a;
    }
}

qn_image pic_make(int kind, uint32_t w, uint32_t h, unsigned channels, unsigned depth, uint32_t seed)
{
    rng r = { .state = seed * UINT64_C(2654435761) + (uint64_t)kind };
    size_t row = (size_t)w * channels * depth / 8;
    uint8_t *data = malloc(row * h);
    if (!data) {
        fprintf(stderr, "out of memory\n");
        abort();
    }
    for (uint32_t y = 0; y < h; y++)
        for (uint32_t x = 0; x < w; x++)
            for (unsigned k = 0; k < channels; k++) {
                bool alpha = channels % 2 == 0 && k + 1 == channels;
                double v = alpha ? alpha_at(kind, x, y, &r) : colour_at(kind, x, y, w, h, k, &r);
                uint16_t wide = (uint16_t)lrint((v < 0 ? 0 : v > 1 ? 1 : v) * 65535);
                size_t i = (size_t)x * channels + k;
                const float real = (float)(alpha ? v : kind == PIC_NOISE ? 3 * v - 1 : kind == PIC_WHITE ? 20 : v);
                if (depth == 32)
                    memcpy(data + y * row + 4 * i, &real, sizeof real);
                else if (depth == 8)
                    data[y * row + i] = (uint8_t)((wide * 255U + 32895U) >> 16);
                else
                    memcpy(data + y * row + 2 * i, &wide, 2);
            }
    qn_image im = { .width = w, .height = h, .format = { (uint8_t)channels, (uint8_t)depth, QN_INTERLEAVED } };
    im.plane[0] = (qn_plane){ data, row };
    return im;
}
