#include "picture_helper.h"

#include <png.h>

static const io_limits no_limits = { 0 };

static void encode(const qn_image *image, const io_meta *meta, int compression, qn_bytes *out)
{
    const io_encode_options options = { .type = IO_PNG, .compression = compression };
    qn_error err = { 0 };
    CHECK(io_encode(image, meta, &options, out, &err));
}

static void test_round_trip(void)
{
    static const uint32_t sizes[][2] = { { 1, 1 }, { 1, 9 }, { 17, 1 }, { 64, 33 }, { 129, 70 } };
    qn_bytes file = { 0 };
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        for (uint8_t channels = 1; channels <= 4; channels++) {
            for (int compression = -1; compression <= 9; compression++) {
                for (uint8_t depth = 8; depth <= 16; depth = (uint8_t)(depth + 8)) {
                    qn_image in = make_picture(sizes[s][0], sizes[s][1], channels, depth), out;
                    io_info info;
                    qn_error err = { 0 };
                    bool damaged;
                    encode(&in, NULL, compression, &file);
                    CHECK(decode_picture(file.data, file.len, &no_limits, &out, &info, NULL, &damaged, &err));
                    CHECK(same_pixels(&in, &out));
                    CHECK(info.type == IO_PNG && !info.whole_picture && !damaged);
                    free(in.plane[0].data);
                    free(out.plane[0].data);
                }
            }
        }
    }
    qn_bytes_free(&file);
}

/* However many threads compress, the bytes are the same, and libpng reads them: sizes around a block's end. */
static void test_threads(void)
{
    static const uint32_t sizes[][2] = { { 1, 1 }, { 129, 3000 }, { 4000, 33 }, { 1024, 384 }, { 150000, 5 } };
    static const io_limits any = { 0 };
    qn_bytes one = { 0 }, many = { 0 };
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++)
        for (uint8_t depth = 8; depth <= 16; depth = (uint8_t)(depth + 8)) {
            qn_image in = make_picture(sizes[s][0], sizes[s][1], 1 + s % 4, depth), out;
            io_encode_options options = { .type = IO_PNG, .compression = -1 };
            qn_error err = { 0 };
            io_info info;
            bool damaged;
            CHECK(io_encode(&in, NULL, &options, &one, &err));
            for (options.threads = 1; options.threads <= 5; options.threads += 2)
                CHECK(io_encode(&in, NULL, &options, &many, &err) && same_bytes(&one, &many));
            CHECK(decode_picture(one.data, one.len, &any, &out, &info, NULL, &damaged, &err) && same_pixels(&in, &out));
            free(in.plane[0].data);
            free(out.plane[0].data);
        }
    qn_bytes_free(&one);
    qn_bytes_free(&many);
}

/* Faint noise, as photos are once they are filtered, takes more bits as matches than byte by byte: from level 2 on it
 * is written so, whoever compresses it, and comes back. */
static void test_runs(void)
{
    enum { W = 700, H = 800 }; /* three blocks */
    static uint8_t pixels[H][W];
    uint32_t state = 1;
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++)
            pixels[y][x] = (uint8_t)(128 + noise(&state) % 7 + noise(&state) % 7);
    const qn_image in = { .width = W,
                          .height = H,
                          .format = { .channels = 1, .depth = 8, .layout = QN_INTERLEAVED },
                          .plane[0] = { pixels, W } };
    qn_bytes first = { 0 }, file = { 0 };
    qn_error err = { 0 };
    for (int level = 1; level <= 9; level += 4)
        for (unsigned threads = 1; threads <= 3; threads += 2) {
            const io_encode_options options = { .type = IO_PNG, .compression = level, .threads = threads };
            qn_image out;
            io_info info;
            bool damaged;
            CHECK(io_encode(&in, NULL, &options, level == 1 ? &first : &file, &err));
            const qn_bytes *now = level == 1 ? &first : &file;
            CHECK(level == 1 || 100 * now->len < 93 * first.len);
            CHECK(decode_picture(now->data, now->len, &no_limits, &out, &info, NULL, &damaged, &err));
            CHECK(same_pixels(&in, &out));
            free(out.plane[0].data);
        }
    qn_bytes_free(&first);
    qn_bytes_free(&file);
}

static void store(png_structp png, png_bytep data, size_t n)
{
    CHECK(qn_bytes_append(png_get_io_ptr(png), data, n));
}

static void flush(png_structp png)
{
    (void)png;
}

/* Gray of 1, 2 and 4 bits and palettes, with and without transparency, interlaced or not. */
static void test_small_depths(void)
{
    for (int depth = 1; depth <= 8; depth *= 2) {
        for (int mode = 0; mode < 8; mode++) {
            const bool palette = mode & 1, trns = mode & 2, interlaced = mode & 4;
            const unsigned levels = 1u << depth;
            png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
            png_infop pi = png_create_info_struct(png);
            qn_bytes file = { 0 };
            png_set_write_fn(png, &file, store, flush);
            png_set_IHDR(png, pi, 13, 11, depth, palette ? PNG_COLOR_TYPE_PALETTE : PNG_COLOR_TYPE_GRAY,
                         interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, 0, 0);
            png_color colors[256];
            png_byte alpha[1] = { 77 };
            png_color_16 key = { .gray = 1 };
            for (unsigned i = 0; i < 256; i++)
                colors[i] = (png_color){ (png_byte)i, (png_byte)(255 - i), (png_byte)(i * 7) };
            if (palette)
                png_set_PLTE(png, pi, colors, (int)levels);
            if (trns)
                png_set_tRNS(png, pi, alpha, 1, &key);
            png_write_info(png, pi);
            png_set_packing(png);
            uint8_t value[11][13], *rows[11];
            uint32_t state = 1;
            for (int y = 0; y < 11; y++) {
                rows[y] = value[y];
                for (int x = 0; x < 13; x++)
                    value[y][x] = (uint8_t)(noise(&state) % levels);
            }
            png_write_image(png, rows);
            png_write_end(png, pi);
            png_destroy_write_struct(&png, &pi);

            qn_image out;
            io_info info;
            qn_error err = { 0 };
            bool damaged;
            CHECK(decode_picture(file.data, file.len, &no_limits, &out, &info, NULL, &damaged, &err));
            const unsigned channels = (palette ? 3u : 1u) + (trns ? 1u : 0u);
            CHECK(info.format.depth == 8 && info.format.channels == channels && info.whole_picture == interlaced);
            bool right = true;
            for (int y = 0; y < 11 && out.plane[0].data; y++) {
                const uint8_t *p = (const uint8_t *)out.plane[0].data + (size_t)y * out.plane[0].stride;
                for (int x = 0; x < 13; x++, p += channels) {
                    const unsigned v = value[y][x];
                    if (palette)
                        right &= p[0] == colors[v].red && p[1] == colors[v].green && p[2] == colors[v].blue &&
                                 (!trns || p[3] == (v == 0 ? 77 : 255));
                    else
                        right &= p[0] == v * 255 / (levels - 1) && (!trns || p[1] == (v == 1 ? 0 : 255));
                }
            }
            CHECK(right);
            free(out.plane[0].data);
            qn_bytes_free(&file);
        }
    }
}

static void test_metadata(void)
{
    qn_image in = make_picture(20, 10, 3, 8), out;
    io_meta meta = { 0 }, back = { 0 };
    io_info info;
    qn_error err = { 0 };
    bool damaged;
    qn_bytes file = { 0 }, again = { 0 };
    io_meta_clear(&meta);
    add_exif(&meta.exif);
    add_icc(&meta.icc, 70000);
    CHECK(qn_bytes_append(&meta.xmp, "<x:xmpmeta/>", 12));
    CHECK(qn_bytes_append(&meta.text, "Title\0K\xc3\xa4se\0Comment\0plain\0", 26));
    meta.dpi_x = meta.dpi_y = 300;
    encode(&in, &meta, -1, &file);
    encode(&in, &meta, -1, &again);
    CHECK(same_bytes(&file, &again)); /* no time stamps */
    CHECK(decode_picture(file.data, file.len, &no_limits, &out, &info, &back, &damaged, &err));
    CHECK(same_bytes(&meta.icc, &back.icc));
    CHECK(same_bytes(&meta.exif, &back.exif));
    CHECK(same_bytes(&meta.xmp, &back.xmp));
    CHECK(same_bytes(&meta.text, &back.text));
    CHECK(back.orientation == 6);
    CHECK(back.dpi_x > 299.99 && back.dpi_x < 300.01);
    free(out.plane[0].data);

    /* keywords that PNG does not allow, as damaged files have them, are left out without harm */
    io_meta_clear(&meta);
    CHECK(qn_bytes_append(&meta.text, " a\0v\0a  b\0v\0\nc\0v\0\0v\0ok\0v", 24) && qn_bytes_append(&meta.text, "", 1));
    encode(&in, &meta, -1, &file);
    CHECK(decode_picture(file.data, file.len, &no_limits, &out, &info, &back, &damaged, &err));
    CHECK(back.text.len == 5 && memcmp(back.text.data, "ok\0v", 5) == 0);
    free(out.plane[0].data);

    io_meta_clear(&meta);
    meta.srgb = true;
    meta.intent = 2;
    encode(&in, &meta, -1, &file);
    CHECK(decode_picture(file.data, file.len, &no_limits, &out, &info, &back, &damaged, &err));
    CHECK(back.srgb && back.intent == 2 && back.icc.len == 0 && back.exif.len == 0 && back.text.len == 0);
    free(out.plane[0].data);
    free(in.plane[0].data);
    io_meta_free(&meta);
    io_meta_free(&back);
    qn_bytes_free(&file);
    qn_bytes_free(&again);
}

static void test_limits(void)
{
    const io_limits small = { .max_pixels = 199 };
    qn_image in = make_picture(20, 10, 1, 8), out;
    qn_bytes file = { 0 };
    io_info info;
    qn_error err = { 0 };
    bool damaged;
    encode(&in, NULL, -1, &file);
    CHECK(!decode_picture(file.data, file.len, &small, &out, &info, NULL, &damaged, &err));
    CHECK(err.code == QN_LIMIT);
    CHECK(strcmp(err.text, "20x10 pixels, more than --max-pixels allows (199)") == 0);
    /* a header that promises more than the file can hold is found before the caller allocates */
    err = (qn_error){ 0 };
    file.data[16] = 0x7f;
    CHECK(!decode_picture(file.data, file.len, &no_limits, &out, &info, NULL, &damaged, &err));
    CHECK(err.code == QN_INPUT);
    free(in.plane[0].data);
    qn_bytes_free(&file);
}

int main(void)
{
    test_round_trip();
    test_threads();
    test_runs();
    test_small_depths();
    test_metadata();
    test_limits();
    return check_summary();
}
