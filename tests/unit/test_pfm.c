#include "picture_helper.h"

#include <math.h>
#include <stdlib.h>

enum { W = 13, H = 7 };

static uint32_t seed = 7;

static uint32_t next_random(void)
{
    seed = seed * 1664525u + 1013904223u;
    return seed >> 8;
}

/* Samples around and far beyond 0..1, halves between two codes, and what is no number. */
static float next_sample(void)
{
    switch (next_random() % 8) {
    case 0: return NAN;
    case 1: return next_random() % 2 ? INFINITY : -INFINITY;
    case 2: return (float)next_random() / 1000.0f;
    case 3: return -(float)next_random();
    case 4: return ((float)(next_random() % 65535) + 0.5f) / 65535.0f;
    default: return (float)(next_random() % 65536) / 65535.0f;
    }
}

/* What is read: the bits of the file's sample, divided by another scale than 1. */
static uint32_t bits_of(float v, double scale)
{
    uint32_t bits;
    if (scale != 1)
        v /= (float)scale;
    memcpy(&bits, &v, 4);
    return bits;
}

static void put_float(uint8_t *to, float v, bool little)
{
    uint32_t bits;
    memcpy(&bits, &v, 4);
    for (int k = 0; k < 4; k++)
        to[little ? k : 3 - k] = (uint8_t)(bits >> 8 * k);
}

static void test_reading(int channels, bool little, double scale)
{
    static float sample[H][W * 3];
    char head[64];
    const int n =
        snprintf(head, sizeof head, "P%c\n%d %d\n%s%g\n", channels == 3 ? 'F' : 'f', W, H, little ? "-" : "", scale);
    const size_t row = (size_t)(W * channels) * 4, len = (size_t)n + row * H;
    uint8_t *file = malloc(len);
    if (!file)
        abort();
    memcpy(file, head, (size_t)n);
    for (int y = 0; y < H; y++) {
        for (int i = 0; i < W * channels; i++) {
            sample[y][i] = next_sample();
            put_float(file + n + (size_t)(H - 1 - y) * row + 4 * (size_t)i, sample[y][i],
                      little); /* from the bottom up */
        }
    }
    for (int keep = 0; keep < 2; keep++) { /* the whole of it; then one byte short, which is a row */
        qn_image out = { 0 };
        io_info info;
        qn_error err = { 0 };
        bool damaged = false;
        const io_limits limits = { .keep_truncated = keep };
        const int first = keep;
        if (!CHECK(decode_picture(file, len - (size_t)keep, &limits, &out, &info, NULL, &damaged, &err)))
            continue;
        CHECK(info.type == IO_PFM && info.width == W && info.height == H && info.format.channels == channels &&
              info.format.depth == 32 && damaged == keep);
        for (int y = 0; y < H; y++) {
            for (int i = 0; i < W * channels; i++) {
                uint32_t got;
                memcpy(&got, (uint8_t *)out.plane[0].data + (size_t)y * out.plane[0].stride + 4 * (size_t)i, 4);
                const bool none = scale != 1 && isnan(sample[y][i]); /* a quotient's NaN may be any */
                CHECK(y < first || none || got == bits_of(sample[y][i], scale));
                CHECK(y >= first || got == bits_of(0.5f, 1));
            }
        }
        free(out.plane[0].data);
    }
    qn_image none = { 0 };
    io_info info;
    qn_error err = { 0 };
    bool damaged;
    CHECK(!decode_picture(file, len - 1, &(io_limits){ 0 }, &none, &info, NULL, &damaged, &err));
    CHECK(strstr(err.text, "ends early"));
    free(file);
}

/* Every bit of every sample there and back, what is no number too; the file's first row is the lowest. */
static void test_round_trip(void)
{
    for (uint8_t channels = 1; channels <= 3; channels = (uint8_t)(channels + 2)) {
        const io_encode_options options = { .type = IO_PFM };
        float pixel[21][33 * 3];
        qn_image in = { .width = 33, .height = 21, .format = { channels, 32, QN_INTERLEAVED } }, out = { 0 };
        in.plane[0] = (qn_plane){ pixel, sizeof pixel[0] };
        for (int y = 0; y < 21; y++)
            for (int i = 0; i < 33 * 3; i++)
                pixel[y][i] = next_sample();
        qn_bytes file = { 0 };
        io_info info;
        qn_error err = { 0 };
        bool damaged = false;
        CHECK_MSG(io_encode(&in, NULL, &options, &file, &err), "%s", err.text);
        CHECK_MSG(decode_picture(file.data, file.len, &(io_limits){ 0 }, &out, &info, NULL, &damaged, &err), "%s",
                  err.text);
        for (int y = 0; y < 21; y++)
            CHECK(memcmp(pixel[y], (uint8_t *)out.plane[0].data + (size_t)y * out.plane[0].stride,
                         33 * (size_t)channels * 4) == 0);
        const uint8_t *p = file.data + sizeof "Pf\n33 21\n-1.0";
        CHECK(((uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0]) == bits_of(pixel[20][0], 1));
        free(out.plane[0].data);
        qn_bytes_free(&file);
    }
}

static void test_held(void)
{
    for (uint8_t channels = 1; channels <= 4; channels++) {
        qn_format to;
        CHECK(!io_can_hold(IO_PFM, 0, (qn_format){ channels, 8, QN_INTERLEAVED }, &to));
        CHECK(to.depth == 32 && to.channels == (channels <= 2 ? 1 : 3));
        const qn_format real = { channels, 32, QN_INTERLEAVED };
        CHECK(!io_can_hold(IO_PNG, 0, real, &to) && to.depth == 16 && to.channels == channels);
        CHECK(!io_can_hold(IO_JPEG, 0, real, &to) && to.depth == 8 && to.channels == (channels <= 2 ? 1 : 3));
    }
}

static void test_headers(void)
{
    static const char *const bad[] = { "PF\n2 x\n-1\n", "PF\n2 2\n0\n",           "PF\n2 2\nnan\n", "Pf\n0 2\n1\n",
                                       "Pf\n2 2\n1x\n", "Pf\n99999999999 1\n1\n", "Pf 2 2",         "Pf\n2 2\n-1.0" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        qn_image out = { 0 };
        io_info info;
        qn_error err = { 0 };
        bool damaged;
        CHECK_MSG(!decode_picture(bad[i], strlen(bad[i]), &(io_limits){ 0 }, &out, &info, NULL, &damaged, &err), "%s",
                  bad[i]);
        CHECK(err.code == QN_INPUT);
    }
}

int main(void)
{
    for (int channels = 1; channels <= 3; channels += 2) {
        for (int little = 0; little < 2; little++) {
            test_reading(channels, little != 0, 1);
            test_reading(channels, little != 0, 2.5);
        }
    }
    test_round_trip();
    test_held();
    test_headers();
    return check_summary();
}
