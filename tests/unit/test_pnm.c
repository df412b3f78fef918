#include "picture_helper.h"

#include <math.h>

static const io_limits no_limits = { 0 };

static void test_round_trip(void)
{
    qn_bytes file = { 0 };
    for (uint8_t channels = 1; channels <= 4; channels++) {
        for (uint8_t depth = 8; depth <= 16; depth = (uint8_t)(depth + 8)) {
            for (int pam = 0; pam < 2; pam++) {
                const io_encode_options options = { .type = pam ? IO_PAM : IO_PNM };
                qn_image in = make_picture(33, 21, channels, depth), out;
                io_info info;
                qn_error err = { 0 };
                bool damaged;
                const bool held = pam || channels == 1 || channels == 3;
                CHECK(io_encode(&in, NULL, &options, &file, &err) == held);
                if (held) {
                    CHECK(decode_picture(file.data, file.len, &no_limits, &out, &info, NULL, &damaged, &err));
                    CHECK(info.type == options.type && same_pixels(&in, &out));
                    free(out.plane[0].data);
                    CHECK(!decode_picture(file.data, file.len - 1, &no_limits, &out, &info, NULL, &damaged, &err));
                }
                free(in.plane[0].data);
            }
        }
    }
    qn_bytes_free(&file);
}

static void expect(const char *text, size_t len, uint32_t w, uint32_t h, qn_format format, const void *pixels)
{
    qn_image out;
    io_info info;
    qn_error err = { 0 };
    bool damaged;
    const bool ok = decode_picture(text, len, &no_limits, &out, &info, NULL, &damaged, &err);
    if (!ok)
        printf("%s\n", err.text);
    CHECK(ok);
    CHECK(info.width == w && info.height == h && info.format.channels == format.channels &&
          info.format.depth == format.depth);
    const size_t row = w * qn_pixel_bytes(format);
    for (uint32_t y = 0; ok && y < h; y++)
        CHECK(memcmp((uint8_t *)out.plane[0].data + y * out.plane[0].stride, (const uint8_t *)pixels + y * row, row) ==
              0);
    free(out.plane[0].data);
}

#define EXPECT(text, w, h, channels, depth, ...)                                                                       \
    expect(text, sizeof text - 1, w, h, (qn_format){ channels, depth, QN_INTERLEAVED }, __VA_ARGS__)

static void test_kinds(void)
{
    EXPECT("P1\n# c\n3 2\n1 0 1\n010", 3, 2, 1, 8, (const uint8_t[]){ 0, 255, 0, 255, 0, 255 });
    EXPECT("P2 2 2 15 0 15 # c\n 7 1", 2, 2, 1, 8, (const uint8_t[]){ 0, 255, 119, 17 });
    EXPECT("P2 2 1 1023 0 1023\n", 2, 1, 1, 16, (const uint16_t[]){ 0, 65535 });
    EXPECT("P3 1 1 255 1 2 3", 1, 1, 3, 8, (const uint8_t[]){ 1, 2, 3 });
    EXPECT("P4 10 1\n\xaa\x40", 10, 1, 1, 8, (const uint8_t[]){ 0, 255, 0, 255, 0, 255, 0, 255, 255, 0 });
    EXPECT("P5 2 1 255\n\n ", 2, 1, 1, 8, (const uint8_t[]){ '\n', ' ' });
    /* a comment may stand right behind a number, and its end is the white space before the pixels */
    EXPECT("P5#c\n2#c\n1 255# c\n\n ", 2, 1, 1, 8, (const uint8_t[]){ '\n', ' ' });
    EXPECT("P5 1 1 65535\n\x12\x34", 1, 1, 1, 16, (const uint16_t[]){ 0x1234 });
    EXPECT("P6 1 1 6\n\x01\x03\x06", 1, 1, 3, 8, (const uint8_t[]){ 42, 128, 255 }); /* 42.5 and 127.5 go to even */
    EXPECT("P7\n# c\nWIDTH 1\nHEIGHT 1\nDEPTH 2\nMAXVAL 1\nTUPLTYPE BLACKANDWHITE_ALPHA\nENDHDR\n\x01\x00", 1, 1, 2, 8,
           (const uint8_t[]){ 255, 0 });
    EXPECT("P7\n\n \t\n#\n  DEPTH  1 \nMAXVAL 255\nHEIGHT 1\n WIDTH 1\n ENDHDR\n\x07", 1, 1, 1, 8,
           (const uint8_t[]){ 7 });
}

static void test_scale(void)
{
    for (unsigned maxval = 1; maxval <= 255; maxval++) {
        char file[64];
        const int n = snprintf(file, sizeof file, "P5 1 1 %u\n", maxval);
        for (unsigned v = 0; v <= maxval; v++) {
            file[n] = (char)v;
            expect(file, (size_t)n + 1, 1, 1, (qn_format){ 1, 8, QN_INTERLEAVED },
                   (const uint8_t[]){ (uint8_t)lrint(v * 255.0 / maxval) });
        }
    }
}

static void test_broken(void)
{
    static const char *const bad[] = { "P5 2 2 255\n",
                                       "P5 0 2 255\nxxxx",
                                       "P5 2 2 0\nxxxx",
                                       "P5 2 2 65536\nxxxx",
                                       "P5 2 -2 255\nxx",
                                       "P5 99999999999 2 255\nxx",
                                       "P2 1 1 3 4 ",
                                       "P1 1 1 2 ",
                                       "P5 2147483647 2147483647 255\nx",
                                       "P7\nWIDTH 1\nENDHDR\n",
                                       "P7\nWIDTH x\n",
                                       "P7\nFOO 1\nENDHDR\n",
                                       "P7\nWIDTH 1\nHEIGHT 1\nDEPTH 4\nMAXVAL 255\nTUPLTYPE CMYK\nENDHDR\nabcd",
                                       "P5 2 1 3\n\x01\x04",
                                       "P3 1 1 255 1 2 x" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        qn_image out;
        io_info info;
        qn_error err = { 0 };
        bool damaged;
        CHECK(!decode_picture(bad[i], strlen(bad[i]), &no_limits, &out, &info, NULL, &damaged, &err));
        CHECK(err.code == QN_INPUT && err.text[0] != '\0');
    }
    CHECK(io_sniff((const uint8_t *)"P5 is a name", 12) == IO_NONE);
    CHECK(io_sniff((const uint8_t *)"P6", 2) == IO_NONE);

    qn_image out;
    io_info info;
    qn_error err = { 0 };
    bool damaged;
    const io_limits keep = { .keep_truncated = true };
    CHECK(decode_picture("P5 1 2 255\nx", 12, &keep, &out, &info, NULL, &damaged, &err));
    CHECK(damaged && ((uint8_t *)out.plane[0].data)[0] == 'x' &&
          ((uint8_t *)out.plane[0].data)[out.plane[0].stride] == 128);
    free(out.plane[0].data);
}

static void test_can_hold(void)
{
    qn_format to;
    CHECK(!io_can_hold(IO_JPEG, 0, (qn_format){ 4, 16, QN_INTERLEAVED }, &to) && to.channels == 3 && to.depth == 8);
    CHECK(!io_can_hold(IO_JPEG, 0, (qn_format){ 2, 8, QN_INTERLEAVED }, &to) && to.channels == 1);
    CHECK(io_can_hold(IO_JPEG, 0, (qn_format){ 3, 8, QN_INTERLEAVED }, &to) && to.channels == 3);
    CHECK(io_can_hold(IO_PNG, 0, (qn_format){ 2, 16, QN_INTERLEAVED }, &to));
    CHECK(!io_can_hold(IO_PNM, 0, (qn_format){ 4, 16, QN_INTERLEAVED }, &to) && to.channels == 3 && to.depth == 16);
    CHECK(!io_can_hold(IO_PNM, 5, (qn_format){ 3, 8, QN_INTERLEAVED }, &to) && to.channels == 1);
    CHECK(!io_can_hold(IO_PNM, 6, (qn_format){ 1, 8, QN_INTERLEAVED }, &to) && to.channels == 3);
}

int main(void)
{
    test_round_trip();
    test_kinds();
    test_scale();
    test_broken();
    test_can_hold();
    return check_summary();
}
