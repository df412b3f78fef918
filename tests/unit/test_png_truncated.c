/* A PNG that is cut anywhere is an error; with keep_truncated, from its first pixels' chunk on, all rows that zlib gets
 * out of what is there are given, and gray for the rest. Damage elsewhere. */
#include "png_builder.h"

static const io_limits strict = { 0 }, keep = { .keep_truncated = true };

enum { WIDTH = 23, HEIGHT = 57 };

typedef struct kind {
    uint8_t depth, color_type;
    unsigned row; /* bytes of a row */
    bool interlaced;
} kind;

/* Noise; for the interlaced one, the rows of its seven passes. Two IDAT chunks. */
static void build(const kind *k, qn_bytes *file, size_t *first_idat)
{
    static const uint8_t step[7][4] = { { 0, 8, 0, 8 }, { 4, 8, 0, 8 }, { 0, 4, 4, 8 }, { 2, 4, 0, 4 },
                                        { 0, 2, 2, 4 }, { 1, 2, 0, 2 }, { 0, 1, 1, 2 } }; /* x from and by, y */
    const unsigned bits = k->row * 8 / WIDTH;
    uint8_t *raw = calloc(HEIGHT + 8, 2 * (k->row + 1)), *packed = malloc(20000);
    uint32_t state = 5;
    size_t n = 0;
    for (int pass = k->interlaced ? 0 : 6; pass < 7; pass++) {
        const unsigned y0 = k->interlaced ? step[pass][2] : 0, dy = k->interlaced ? step[pass][3] : 1;
        const unsigned columns =
            k->interlaced ? (unsigned)(WIDTH - step[pass][0] + step[pass][1] - 1) / step[pass][1] : WIDTH;
        for (unsigned y = y0; y < HEIGHT; y += dy) {
            raw[n++] = 0;
            for (unsigned i = 0; i < (columns * bits + 7) / 8; i++)
                raw[n++] = (uint8_t)noise(&state);
        }
    }
    begin_png(file, WIDTH, HEIGHT, k->depth, k->color_type);
    if (k->interlaced) { /* IHDR once more, with its last byte set */
        uint8_t header[13];
        memcpy(header, file->data + 16, 13);
        header[12] = 1;
        file->len = 8;
        put_chunk(file, "IHDR", header, 13);
    }
    if (k->color_type == 3) {
        uint8_t palette[768];
        for (int i = 0; i < 768; i++)
            palette[i] = (uint8_t)(i * 7);
        put_chunk(file, "PLTE", palette, sizeof palette);
    }
    *first_idat = file->len + 8;
    uLongf len = 20000;
    CHECK(compress2(packed, &len, raw, n, 6) == Z_OK);
    put_chunk(file, "IDAT", packed, len / 3);
    put_chunk(file, "IDAT", packed + len / 3, len - len / 3);
    put_chunk(file, "IEND", NULL, 0);
    free(raw);
    free(packed);
}

/* Rows that zlib gives for the pixels of the first `len` bytes of the file. */
static unsigned rows_within(const qn_bytes *file, size_t len, unsigned row)
{
    uint8_t out[20000];
    z_stream z = { .next_out = out, .avail_out = sizeof out };
    CHECK(inflateInit(&z) == Z_OK);
    for (size_t at = 8; at + 8 < len;) {
        const size_t n = (size_t)file->data[at + 2] << 8 | file->data[at + 3], begin = at + 8;
        if (memcmp(file->data + at + 4, "IDAT", 4) == 0) {
            z.next_in = file->data + begin;
            z.avail_in = (uInt)(begin + n < len ? n : len - begin);
            (void)inflate(&z, Z_SYNC_FLUSH);
        }
        at += n + 12;
    }
    (void)inflateEnd(&z);
    return (unsigned)(z.total_out / (row + 1));
}

static bool is_gray(const qn_image *image, const uint8_t *p)
{
    const unsigned n = image->format.channels, bytes = image->format.depth / 8u;
    for (unsigned i = 0; i < n * bytes; i++)
        if (p[i] != (n % 2 == 0 && i / bytes == n - 1 ? 255 : 128))
            return false;
    return true;
}

static void check_kept(const char *what, const kind *k, const qn_image *whole, const qn_image *out, unsigned rows)
{
    const size_t pixel = qn_pixel_bytes(whole->format);
    bool right = true;
    for (uint32_t y = 0; y < HEIGHT; y++)
        for (uint32_t x = 0; x < WIDTH; x++) {
            const size_t at = y * out->plane[0].stride + x * pixel;
            const uint8_t *p = (const uint8_t *)out->plane[0].data + at;
            const bool same = memcmp(p, (const uint8_t *)whole->plane[0].data + at, pixel) == 0;
            right = right && (same || is_gray(out, p)) && (k->interlaced || same == (y < rows) || same);
        }
    CHECK_MSG(right, "%s, %u rows", what, rows);
}

static void test_cut(const kind *k)
{
    qn_bytes file = { 0 };
    qn_image whole, out;
    io_info info;
    qn_error err = { 0 };
    bool damaged;
    size_t first;
    char what[120];
    build(k, &file, &first);
    CHECK(decode_picture(file.data, file.len, &strict, &whole, &info, NULL, &damaged, &err) && !damaged);
    CHECK(info.whole_picture == k->interlaced);
    for (size_t len = 0; len < file.len; len += len % 3 + 1) {
        (void)snprintf(what, sizeof what, "type %d, %d bits, %zu of %zu bytes", k->color_type, k->depth, len, file.len);
        err = (qn_error){ 0 };
        CHECK_MSG(!decode_picture(file.data, len, &strict, &out, &info, NULL, &damaged, &err), "%s", what);
        CHECK_MSG(err.code == QN_INPUT && err.text[0] != '\0', "%s", what);
        err = (qn_error){ 0 };
        const bool ok = decode_picture(file.data, len, &keep, &out, &info, NULL, &damaged, &err);
        CHECK_MSG(ok == (len >= first), "%s: %s", what, err.text);
        if (ok) {
            CHECK_MSG(damaged, "%s", what);
            check_kept(what, k, &whole, &out, rows_within(&file, len > first + 16 ? len - 16 : first, k->row));
        }
        free(out.plane[0].data);
    }
    free(whole.plane[0].data);
    qn_bytes_free(&file);
}

/* One wrong bit: in a checksum it costs no pixel where damage is kept. */
static void test_checksum(void)
{
    static const kind k = { 8, 2, 3 * WIDTH, false };
    qn_bytes file = { 0 };
    qn_image whole, out;
    io_info info;
    qn_error err = { 0 };
    bool damaged;
    size_t first;
    build(&k, &file, &first);
    CHECK(decode_picture(file.data, file.len, &strict, &whole, &info, NULL, &damaged, &err));
    const size_t n = (size_t)file.data[first - 6] << 8 | file.data[first - 5], sum = first + n, iend = file.len - 1;
    for (int i = 0; i < 2; i++) {
        const size_t at = i ? iend : sum;
        file.data[at] ^= 1;
        err = (qn_error){ 0 };
        CHECK(!decode_picture(file.data, file.len, &strict, &out, &info, NULL, &damaged, &err));
        CHECK_MSG(err.code == QN_INPUT && strstr(err.text, i ? "IEND: CRC" : "IDAT: CRC"), "%s", err.text);
        err = (qn_error){ 0 };
        CHECK(decode_picture(file.data, file.len, &keep, &out, &info, NULL, &damaged, &err));
        CHECK(damaged && same_pixels(&whole, &out));
        free(out.plane[0].data);
        file.data[at] ^= 1;
    }
    free(whole.plane[0].data);
    qn_bytes_free(&file);
}

/* Row by row, as large pictures are read. */
static void test_rows(void)
{
    static const kind k = { 16, 6, 8 * WIDTH, false };
    enum { STRIDE = 8 * WIDTH + 8 };
    qn_bytes file = { 0 };
    size_t first;
    build(&k, &file, &first);
    for (size_t len = first; len < file.len; len += 97) {
        uint8_t rows[HEIGHT * STRIDE];
        io_decoder *dec = NULL;
        io_info info;
        io_meta meta = { 0 };
        qn_error err = { 0 };
        bool damaged = false, ok = io_decoder_open(&dec, file.data, len, &keep, &info, &meta, &err);
        for (uint32_t y = 0; ok && y < HEIGHT; y += 3)
            ok = io_decode_rows(dec, rows + (size_t)y * STRIDE, STRIDE, 3, &damaged, &err);
        qn_image out;
        CHECK_MSG(ok && damaged, "%zu bytes: %s", len, err.text);
        CHECK(decode_picture(file.data, len, &keep, &out, &info, NULL, &damaged, &err));
        for (uint32_t y = 0; ok && y < HEIGHT; y++)
            CHECK(memcmp(rows + (size_t)y * STRIDE, (const uint8_t *)out.plane[0].data + y * out.plane[0].stride,
                         8 * WIDTH) == 0);
        free(out.plane[0].data);
        io_decoder_free(&dec);
        io_meta_free(&meta);
    }
    qn_bytes_free(&file);
}

int main(void)
{
    static const kind kinds[] = { { 8, 0, WIDTH, false },    { 8, 2, 3 * WIDTH, false }, { 16, 6, 8 * WIDTH, false },
                                  { 8, 3, WIDTH, false },    { 8, 0, WIDTH, true },      { 8, 2, 3 * WIDTH, true },
                                  { 16, 4, 4 * WIDTH, true } };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        test_cut(&kinds[i]);
    test_checksum();
    test_rows();
    return check_summary();
}
