/* texture WIDTH HEIGHT OUT.png [rgb|gray] [SEED]: a big picture with the look of a photo: smooth ground, detail on
 * every scale down to the pixel, and a little noise. Written row by row, so that 65536x65536 takes a few megabytes of
 * memory; the same arguments make the same samples on every machine (integers only).
 *
 * Source: value noise on lattices of 2^k pixels with smooth steps between, octaves summed with halving amplitude
 * (Perlin, Ebert et al., "Texturing and Modeling", 2003, chapter 2). */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

enum { MAX_SIDE = 131072, OCTAVES = 8, TOP_SHIFT = 9, ONE = 256, NOISE = 7 };

typedef struct texture {
    uint32_t w, seed;
    unsigned channels;
    uint32_t *row_at[OCTAVES]; /* values of the lattice along this row, already mixed between its two rows */
    uint32_t *sum;             /* one row of one channel */
    unsigned char *samples;    /* one row, channels interleaved */
} texture;

/* An integer's bits well mixed (the finaliser of MurmurHash3). */
static uint32_t mix(uint32_t x)
{
    x ^= x >> 16;
    x *= 0x85ebca6bu;
    x ^= x >> 13;
    x *= 0xc2b2ae35u;
    return x ^ (x >> 16);
}

static uint32_t lattice(uint32_t x, uint32_t y, uint32_t key)
{
    return mix(x * 0x9e3779b9u ^ mix(y + key)) & 0xffff;
}

/* 3t^2 - 2t^3 of t in 0..ONE. */
static uint32_t smooth(uint32_t t)
{
    return (3 * ONE - 2 * t) * t / ONE * t / ONE;
}

static uint32_t between(uint32_t a, uint32_t b, uint32_t t)
{
    return (a * (ONE - t) + b * t) / ONE;
}

/* Octave k has a lattice of 2^(TOP_SHIFT - k) pixels. Channels share the coarse octaves but for a share of their own,
 * as the colours of things do. */
static void fill_channel(texture *t, uint32_t y, unsigned channel)
{
    memset(t->sum, 0, t->w * sizeof *t->sum);
    for (unsigned k = 0; k < OCTAVES; k++) {
        unsigned shift = TOP_SHIFT - k;
        uint32_t key = mix(t->seed + 31 * k + (k < 3 ? 1009 * channel : 0));
        uint32_t cy = y >> shift;
        uint32_t ty = smooth((y & ((1u << shift) - 1)) * ONE >> shift);
        uint32_t n = (t->w >> shift) + 2;
        for (uint32_t i = 0; i < n; i++)
            t->row_at[k][i] = between(lattice(i, cy, key), lattice(i, cy + 1, key), ty);
        for (uint32_t x = 0; x < t->w; x++) {
            uint32_t tx = smooth((x & ((1u << shift) - 1)) * ONE >> shift);
            t->sum[x] += between(t->row_at[k][x >> shift], t->row_at[k][(x >> shift) + 1], tx) >> (k + 1);
        }
    }
    for (uint32_t x = 0; x < t->w; x++) {
        uint32_t noise = lattice(x, y, mix(t->seed + 777 + channel)) % NOISE;
        /* sums lie around the middle; twice the contrast uses the whole range, and some of it clips as skies do */
        int32_t v = ((int32_t)t->sum[x] - 0x7f80) / 128 + 128 + (int32_t)noise - NOISE / 2;
        t->samples[(size_t)x * t->channels + channel] = (unsigned char)(v < 0 ? 0 : v > 255 ? 255 : v);
    }
}

static void texture_free(texture *t)
{
    for (unsigned k = 0; k < OCTAVES; k++)
        free(t->row_at[k]);
    free(t->sum);
    free(t->samples);
}

static bool texture_init(texture *t, uint32_t w, unsigned channels, uint32_t seed)
{
    bool ok = true;
    *t = (texture){ .w = w, .seed = seed, .channels = channels };
    for (unsigned k = 0; k < OCTAVES; k++) {
        t->row_at[k] = calloc((w >> (TOP_SHIFT - k)) + 2, sizeof *t->row_at[k]);
        ok = ok && t->row_at[k];
    }
    t->sum = calloc(w, sizeof *t->sum);
    t->samples = calloc(w, channels);
    return ok && t->sum && t->samples;
}

/* libpng's own error handler would jump; this one ends the program, which has nothing to clean up but an unfinished
 * file that it names. */
static void fail(png_structp png, png_const_charp what)
{
    const char *path = png_get_error_ptr(png);
    fprintf(stderr, "texture: %s: %s\n", path, what);
    exit(1);
}

static void write_png(FILE *f, const char *path, texture *t, uint32_t h)
{
    union {
        const char *in;
        void *out;
    } name = { .in = path };
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, name.out, fail, NULL);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info) {
        fprintf(stderr, "texture: out of memory\n");
        exit(1);
    }
    png_init_io(png, f);
    png_set_IHDR(png, info, t->w, h, 8, t->channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_compression_level(png, 1); /* time matters here, not bytes */
    png_set_filter(png, 0, PNG_FILTER_SUB);
    png_write_info(png, info);
    for (uint32_t y = 0; y < h; y++) {
        for (unsigned c = 0; c < t->channels; c++)
            fill_channel(t, y, c);
        png_write_row(png, t->samples);
    }
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
}

/* A whole number of lo..hi, else false. */
static bool number(const char *text, unsigned long lo, unsigned long hi, uint32_t *value)
{
    char *end;
    errno = 0;
    unsigned long n = strtoul(text, &end, 10);
    *value = (uint32_t)n;
    return *text >= '0' && *text <= '9' && !*end && !errno && n >= lo && n <= hi;
}

int main(int argc, char **argv)
{
    uint32_t w = 0, h = 0, seed = 1;
    bool good = argc >= 4 && argc <= 6 && number(argv[1], 1, MAX_SIDE, &w) && number(argv[2], 1, MAX_SIDE, &h);
    bool gray = argc > 4 && strcmp(argv[4], "gray") == 0;
    good = good && (argc <= 4 || gray || strcmp(argv[4], "rgb") == 0);
    good = good && (argc <= 5 || number(argv[5], 0, UINT32_MAX, &seed));
    if (!good) {
        fprintf(stderr, "usage: texture WIDTH HEIGHT OUT.png [rgb|gray] [SEED]; sides are 1..%d\n", MAX_SIDE);
        return 2;
    }
    texture t;
    if (!texture_init(&t, w, gray ? 1 : 3, seed)) {
        fprintf(stderr, "texture: out of memory\n");
        texture_free(&t);
        return 1;
    }
    FILE *f = fopen(argv[3], "wb");
    if (!f) {
        fprintf(stderr, "texture: %s: %s\n", argv[3], strerror(errno));
        texture_free(&t);
        return 1;
    }
    write_png(f, argv[3], &t, h);
    texture_free(&t);
    if (fclose(f) != 0) {
        fprintf(stderr, "texture: %s: %s\n", argv[3], strerror(errno));
        return 1;
    }
    return 0;
}
