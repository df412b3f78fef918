/* optimize: the file's form is the smallest that holds the same pixels, and what is read back is what was written. */
#include "picture_helper.h"

#include <png.h>

enum { GRAY = 0, RGB = 2, PALETTE = 3, GRAY_ALPHA = 4, RGBA = 6 };

static const io_limits no_limits = { 0 };

static void set(qn_image *image, uint32_t x, uint32_t y, unsigned channel, unsigned v)
{
    uint8_t *row = (uint8_t *)image->plane[0].data + y * image->plane[0].stride;
    const size_t i = (size_t)x * image->format.channels + channel;
    if (image->format.depth == 16)
        ((uint16_t *)(void *)row)[i] = (uint16_t)v;
    else
        row[i] = (uint8_t)v;
}

/* A sample as 16 bits of RGBA, whatever the format. */
static unsigned get(const qn_image *image, uint32_t x, uint32_t y, unsigned channel)
{
    const unsigned n = image->format.channels;
    const uint8_t *row = (const uint8_t *)image->plane[0].data + y * image->plane[0].stride;
    if (channel == 3 && n % 2)
        return 65535;
    const size_t i = (size_t)x * n + (channel == 3 ? n - 1 : n <= 2 ? 0 : channel);
    return image->format.depth == 16 ? ((const uint16_t *)(const void *)row)[i] : row[i] * 257u;
}

static bool same_colors(const qn_image *a, const qn_image *b)
{
    if (a->width != b->width || a->height != b->height)
        return false;
    for (uint32_t y = 0; y < a->height; y++)
        for (uint32_t x = 0; x < a->width; x++)
            for (unsigned c = 0; c < 4; c++)
                if (get(a, x, y, c) != get(b, x, y, c))
                    return false;
    return true;
}

typedef struct expected {
    int color_type, depth;
} expected;

/* Writes both ways and compares; IHDR stands at a fixed place. */
static void check_form(const char *what, const qn_image *image, const io_meta *meta, expected want)
{
    io_encode_options options = { .type = IO_PNG, .compression = 6 };
    qn_bytes plain = { 0 }, small = { 0 };
    qn_error err = { 0 };
    qn_image out;
    io_info info;
    bool damaged;
    CHECK(io_encode(image, meta, &options, &plain, &err));
    options.optimize = true;
    CHECK(!io_writes_rows(&options));
    CHECK(io_encode(image, meta, &options, &small, &err));
    CHECK_MSG(small.data[25] == want.color_type && small.data[24] == want.depth, "%s: type %d, %d bits", what,
              small.data[25], small.data[24]);
    CHECK_MSG(small.len <= plain.len, "%s: %zu bytes, %zu without", what, small.len, plain.len);
    CHECK(decode_picture(small.data, small.len, &no_limits, &out, &info, NULL, &damaged, &err));
    CHECK_MSG(out.plane[0].data && same_colors(image, &out), "%s", what);
    free(out.plane[0].data);
    qn_bytes_free(&plain);
    qn_bytes_free(&small);
}

/* Colour number `k` of a few, spread over the cube. */
static unsigned shade(unsigned k, unsigned channel)
{
    return (k * (37 + 50 * channel) + channel * 11) & 255;
}

static void test_palettes(uint32_t width, uint32_t height)
{
    static const struct {
        unsigned n;
        int depth;
    } counts[] = { { 2, 1 }, { 3, 2 }, { 4, 2 }, { 5, 4 }, { 16, 4 }, { 17, 8 }, { 256, 8 } };
    for (uint8_t channels = 3; channels <= 4; channels++)
        for (uint8_t depth = 8; depth <= 16; depth = (uint8_t)(depth + 8))
            for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
                qn_image image = make_picture(width, height, channels, depth);
                uint32_t state = 3;
                for (uint32_t at = 0; at < width * height; at++) {
                    const unsigned k = at < counts[i].n ? at : noise(&state) % counts[i].n;
                    for (unsigned c = 0; c < channels; c++) {
                        const unsigned v = c == 3 ? (k % 3 ? 255 : k) : shade(k, c);
                        set(&image, at % width, at / width, c, depth == 16 ? v * 257 : v);
                    }
                }
                check_form("palette", &image, NULL, (expected){ PALETTE, counts[i].depth });
                free(image.plane[0].data);
            }
}

/* Levels of gray that fit 1, 2, 4 and 8 bits, stored in every format; `alpha` at one pixel. */
static void test_gray(uint32_t width, uint32_t height)
{
    for (uint8_t channels = 1; channels <= 4; channels++)
        for (uint8_t depth = 8; depth <= 16; depth = (uint8_t)(depth + 8))
            for (int bits = 1; bits <= 8; bits *= 2) {
                qn_image image = make_picture(width, height, channels, depth);
                uint32_t state = 5;
                for (uint32_t at = 0; at < width * height; at++) {
                    const unsigned levels = 1u << bits;
                    const unsigned v = (at < levels ? at : noise(&state) % levels) * 255 / (levels - 1);
                    for (unsigned c = 0; c < channels; c++)
                        set(&image, at % width, at / width, c,
                            (channels % 2 == 0 && c == channels - 1u ? 255 : v) * (depth == 16 ? 257 : 1));
                }
                check_form("gray", &image, NULL, (expected){ GRAY, bits });
                free(image.plane[0].data);
            }
}

/* One sample decides. */
static void test_nearly(void)
{
    qn_image image = make_picture(61, 47, 4, 16);
    for (uint32_t y = 0; y < 47; y++)
        for (uint32_t x = 0; x < 61; x++)
            for (unsigned c = 0; c < 4; c++)
                set(&image, x, y, c, c == 3 ? 65535 : (x * 4 + y) % 256 * 257);
    check_form("all of it", &image, NULL, (expected){ GRAY, 8 });
    set(&image, 60, 46, 1, get(&image, 60, 46, 1) ^ 1);
    check_form("16 bits and colour", &image, NULL, (expected){ RGB, 16 });
    for (unsigned c = 0; c < 3; c++)
        set(&image, 60, 46, c, 258);
    check_form("16 bits", &image, NULL, (expected){ GRAY, 16 });
    set(&image, 60, 46, 3, 65534);
    check_form("16 bits and alpha", &image, NULL, (expected){ GRAY_ALPHA, 16 });
    free(image.plane[0].data);
    for (uint8_t channels = 3; channels <= 4; channels++) { /* 257 colours */
        image = make_picture(40, 30, channels, 8);
        check_form("many colours", &image, NULL, (expected){ channels == 3 ? RGB : RGBA, 8 });
        if (channels == 4) { /* the colour of what cannot be seen is kept too */
            for (uint32_t at = 0; at < 1200; at++)
                set(&image, at % 40, at / 40, 3, at % 5 == 0 ? 0 : 255);
            check_form("transparent colours", &image, NULL, (expected){ RGBA, 8 });
        }
        free(image.plane[0].data);
    }
}

/* A profile of gray stays with gray, one of RGB with colour. */
static void test_profile(void)
{
    io_meta meta = { 0 };
    io_meta_clear(&meta);
    add_icc(&meta.icc, 3000);
    qn_image image = make_picture(50, 40, 3, 8);
    uint32_t state = 9;
    for (uint32_t at = 0; at < 2000; at++) {
        const unsigned v = noise(&state) % 256;
        for (unsigned c = 0; c < 3; c++)
            set(&image, at % 50, at / 50, c, v);
    }
    check_form("gray in RGB, with a profile", &image, &meta, (expected){ PALETTE, 8 });
    free(image.plane[0].data);
    memcpy(meta.icc.data + 16, "GRAY", 4);
    image = make_picture(50, 40, 2, 8);
    for (uint32_t at = 0; at < 2000; at++)
        for (unsigned c = 0; c < 2; c++)
            set(&image, at % 50, at / 50, c, at % 2 * 254);
    check_form("gray and alpha, with a profile", &image, &meta, (expected){ GRAY_ALPHA, 8 });
    free(image.plane[0].data);
    io_meta_free(&meta);
}

int main(void)
{
    test_palettes(37, 29);
    test_palettes(257, 13);
    test_gray(37, 29);
    test_gray(264, 5);
    test_nearly();
    test_profile();
    return check_summary();
}
