/* The quick way to a PNG's pixels is taken where it should be, and leaves all others to libpng. That both ways agree is
 * checked wherever tests decode a PNG (picture_helper.h). */
#include "png_builder.h"
#include "png_whole.h"

static size_t find_chunk(const qn_bytes *file, const char *name)
{
    size_t at = 8;
    while (memcmp(file->data + at + 4, name, 4) != 0)
        at += 12 + ((size_t)file->data[at] << 24 | (size_t)file->data[at + 1] << 16 | (size_t)file->data[at + 2] << 8 |
                    file->data[at + 3]);
    return at;
}

static bool read_whole(const qn_bytes *file, const qn_image *like, uint8_t *pixels, io_meta *meta, qn_error *err)
{
    const io_png_whole whole = { .data = file->data,
                                 .len = file->len,
                                 .idat = find_chunk(file, "IDAT"),
                                 .width = like->width,
                                 .height = like->height,
                                 .channels = like->format.channels,
                                 .depth = like->format.depth };
    io_png_chunks chunks = { .meta = meta, .limit = 1 << 20, .left = 1 << 20 };
    qn_bytes scratch = { 0 };
    *err = (qn_error){ 0 };
    const bool done = io_png_read_whole(&whole, &scratch, pixels, like->plane[0].stride, &chunks, err);
    qn_bytes_free(&scratch);
    return done;
}

static void test_formats(void)
{
    static const uint32_t sizes[][2] = { { 1, 1 }, { 1, 37 }, { 41, 1 }, { 64, 33 }, { 131, 71 }, { 700, 400 } };
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (uint8_t channels = 1; channels <= 4; channels++)
            for (uint8_t depth = 8; depth <= 16; depth = (uint8_t)(depth + 8)) {
                const qn_image in = make_picture(sizes[s][0], sizes[s][1], channels, depth);
                const io_encode_options options = { .type = IO_PNG, .compression = -1 };
                qn_image out = in;
                qn_bytes file = { 0 };
                io_meta meta = { 0 };
                qn_error err = { 0 };
                CHECK(io_encode(&in, NULL, &options, &file, &err));
                out.plane[0].data = malloc(in.plane[0].stride * in.height);
                CHECK(read_whole(&file, &in, out.plane[0].data, &meta, &err) && same_pixels(&in, &out));
                out.height++; /* one row more than there is */
                out.plane[0].data = realloc(out.plane[0].data, in.plane[0].stride * out.height);
                CHECK(!read_whole(&file, &out, out.plane[0].data, &meta, &err) && err.code == QN_OK);
                free(in.plane[0].data);
                free(out.plane[0].data);
                io_meta_free(&meta);
                qn_bytes_free(&file);
            }
}

/* The rows of a 4x2 gray picture, in `n` IDATs. */
static void build(qn_bytes *file, const uint8_t rows[10], unsigned n)
{
    uint8_t packed[64];
    uLongf len = sizeof packed;
    begin_png(file, 4, 2, 8, 0);
    CHECK(compress2(packed, &len, rows, 10, 9) == Z_OK);
    for (unsigned i = 0; i < n; i++)
        put_chunk(file, "IDAT", packed + len * i / n, len * (i + 1) / n - len * i / n);
}

static void test_left_to_libpng(void)
{
    uint8_t rows[10] = { 1, 9, 8, 7, 6, 4, 5, 4, 3, 2 }, pixels[128];
    qn_image like = { .width = 4, .height = 2, .format = { 1, 8, QN_INTERLEAVED } };
    like.plane[0].stride = 64;
    qn_bytes file = { 0 };
    io_meta meta = { 0 };
    qn_error err;
    for (unsigned n = 1; n <= 4; n++) {
        build(&file, rows, n);
        put_chunk(&file, "tEXt", "k\0v", 3);
        put_chunk(&file, "tIME", "1234567", 7);
        put_chunk(&file, "IEND", NULL, 0);
        io_meta_clear(&meta);
        CHECK(read_whole(&file, &like, pixels, &meta, &err) && pixels[3] == 30 && pixels[64] == 14);
        CHECK(meta.text.len == 4 && strstr((const char *)meta.losses.data, "tIME"));
        for (size_t at = find_chunk(&file, "IDAT"); at < file.len; at++) { /* any byte from there on */
            if (at == find_chunk(&file, "IDAT") + 4)
                at += 4; /* but the first name, which find_chunk() looks for */
            file.data[at] ^= 0x10;
            io_meta_clear(&meta);
            CHECK_MSG(!read_whole(&file, &like, pixels, &meta, &err) && err.code == QN_OK && meta.text.len == 0,
                      "%u IDATs, byte %zu", n, at);
            file.data[at] ^= 0x10;
        }
    }
    build(&file, rows, 1);
    CHECK(!read_whole(&file, &like, pixels, &meta, &err) && err.code == QN_OK); /* no IEND */
    put_chunk(&file, "PLTE", "abc", 3);
    put_chunk(&file, "IEND", NULL, 0);
    CHECK(!read_whole(&file, &like, pixels, &meta, &err) && err.code == QN_OK); /* out of place */
    rows[5] = 5;
    build(&file, rows, 1);
    put_chunk(&file, "IEND", NULL, 0);
    CHECK(!read_whole(&file, &like, pixels, &meta, &err) && err.code == QN_OK); /* no such filter */
    io_meta_free(&meta);
    qn_bytes_free(&file);
}

/* Distances that reach farther back than the stream's header says: zlib refuses them, libdeflate does not look. */
static void test_small_window(void)
{
    enum { WIDTH = 250, ROW = WIDTH + 1, BACK = 3 * ROW }; /* the fourth row is the first one */
    uint8_t rows[4 * ROW] = { 0 }, packed[4 * ROW + 64], pixels[4 * 256];
    uint32_t state = 5;
    for (size_t i = 0; i < sizeof rows; i++)
        rows[i] = i % ROW == 0 ? 0 : i < BACK ? (uint8_t)noise(&state) : rows[i - BACK];
    uLongf len = sizeof packed;
    CHECK(compress2(packed, &len, rows, sizeof rows, 9) == Z_OK);
    for (unsigned bits = 9; bits <= 15; bits++) {
        qn_bytes file = { 0 };
        io_meta meta = { 0 };
        qn_error err;
        packed[0] = (uint8_t)((bits - 8) << 4 | Z_DEFLATED);
        packed[1] = (uint8_t)(31 - packed[0] * 256 % 31);
        begin_png(&file, WIDTH, 4, 8, 0);
        put_chunk(&file, "IDAT", packed, len);
        put_chunk(&file, "IEND", NULL, 0);
        qn_image like = { .width = WIDTH, .height = 4, .format = { 1, 8, QN_INTERLEAVED } };
        like.plane[0].stride = 256;
        CHECK_MSG(read_whole(&file, &like, pixels, &meta, &err) == (bits >= 10), "window of 2^%u", bits);
        CHECK(err.code == QN_OK);
        io_meta_free(&meta);
        qn_bytes_free(&file);
    }
}

/* Numbers of 1 to 8 bits and what they stand for, 1 to 4 bytes; a number that stands for nothing is libpng's affair. */
static void test_tables(void)
{
    enum { WIDTH = 13, HEIGHT = 5 };
    for (unsigned bits = 1; bits <= 8; bits *= 2)
        for (unsigned channels = 1; channels <= 4; channels++) {
            const size_t n = (WIDTH * bits + 7) / 8;
            uint8_t rows[HEIGHT * (WIDTH + 1)] = { 0 }, pixels[HEIGHT * 64];
            io_png_whole whole = { .width = WIDTH, .height = HEIGHT, .channels = channels, .depth = 8, .bits = bits };
            unsigned number[HEIGHT][WIDTH], most = 0;
            uint32_t state = bits;
            for (unsigned i = 0; i < 256; i++)
                for (unsigned c = 0; c < 4; c++)
                    whole.color[i][c] = (uint8_t)(i * 5 + c);
            for (unsigned y = 0; y < HEIGHT; y++)
                for (unsigned x = 0; x < WIDTH; x++) {
                    const unsigned v = number[y][x] = noise(&state) % (1u << bits), shift = 8 - bits - x * bits % 8;
                    most = v > most ? v : most;
                    rows[y * (n + 1) + 1 + x * bits / 8] |= (uint8_t)(v << shift);
                }
            qn_bytes file = { 0 }, scratch = { 0 };
            io_meta meta = { 0 };
            qn_error err = { 0 };
            begin_png(&file, WIDTH, HEIGHT, (uint8_t)bits, 3);
            put_packed(&file, "IDAT", "", 0, rows, (n + 1) * HEIGHT);
            put_chunk(&file, "IEND", NULL, 0);
            whole.data = file.data;
            whole.len = file.len;
            whole.idat = find_chunk(&file, "IDAT");
            io_png_chunks chunks = { .meta = &meta, .limit = 1 << 20, .left = 1 << 20 };
            whole.n_colors = most + 1;
            CHECK(io_png_read_whole(&whole, &scratch, pixels, 64, &chunks, &err));
            bool right = true;
            for (unsigned y = 0; y < HEIGHT; y++)
                for (unsigned i = 0; i < WIDTH * channels; i++)
                    right = right && pixels[y * 64 + i] == (uint8_t)(number[y][i / channels] * 5 + i % channels);
            CHECK_MSG(right, "%u bits, %u bytes", bits, channels);
            whole.n_colors = most;
            CHECK(!io_png_read_whole(&whole, &scratch, pixels, 64, &chunks, &err) && err.code == QN_OK);
            io_meta_free(&meta);
            qn_bytes_free(&file);
            qn_bytes_free(&scratch);
        }
}

int main(void)
{
    test_formats();
    test_tables();
    test_left_to_libpng();
    test_small_window();
    return check_summary();
}
