#include "picture_helper.h"

#include <stdio.h>

#include <jpeglib.h>

static const io_limits no_limits = { 0 };

static bool encode(const qn_image *image, const io_meta *meta, io_encode_options options, qn_bytes *out, qn_error *err)
{
    options.type = IO_JPEG;
    if (options.quality == 0)
        options.quality = 90;
    return io_encode(image, meta, &options, out, err);
}

static int largest_difference(const qn_image *a, const qn_image *b)
{
    int most = 0;
    for (uint32_t y = 0; y < a->height; y++) {
        const uint8_t *p = (const uint8_t *)a->plane[0].data + y * a->plane[0].stride;
        const uint8_t *q = (const uint8_t *)b->plane[0].data + y * b->plane[0].stride;
        for (size_t i = 0; i < (size_t)a->width * a->format.channels; i++) {
            const int d = abs(p[i] - q[i]);
            most = d > most ? d : most;
        }
    }
    return most;
}

static void test_round_trip(void)
{
    static const uint32_t sizes[][2] = { { 1, 1 }, { 7, 200 }, { 64, 32 }, { 130, 131 } };
    qn_bytes file = { 0 };
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        for (int mode = 0; mode < 8; mode++) {
            qn_image in = make_picture(sizes[s][0], sizes[s][1], mode & 1 ? 1 : 3, 8), out;
            for (uint32_t y = 0; y < in.height; y++) { /* smooth and gray, so that chroma loses nothing */
                for (uint32_t x = 0; x < in.width * in.format.channels; x++)
                    ((uint8_t *)in.plane[0].data)[y * in.plane[0].stride + x] = (uint8_t)(y + x / in.format.channels);
            }
            io_info info;
            qn_error err = { 0 };
            bool damaged;
            CHECK(encode(&in, NULL,
                         (io_encode_options){ .quality = 100, .progressive = mode & 2, .optimize = mode & 4 }, &file,
                         &err));
            CHECK(decode_picture(file.data, file.len, &no_limits, &out, &info, NULL, &damaged, &err));
            CHECK(info.type == IO_JPEG && info.whole_picture == ((mode & 2) != 0) && !damaged);
            CHECK(info.format.channels == in.format.channels && info.format.depth == 8);
            CHECK(out.plane[0].data && largest_difference(&in, &out) <= 40); /* 255 beside 0 rings */
            free(in.plane[0].data);
            free(out.plane[0].data);
        }
    }
    qn_bytes_free(&file);
}

static void test_subsampling(void)
{
    static const io_subsampling all[] = { IO_SUB_420, IO_SUB_422, IO_SUB_444, IO_SUB_440, IO_SUB_411 };
    qn_image in = make_picture(50, 40, 3, 8), out;
    qn_bytes file = { 0 }, kept = { 0 };
    io_info info;
    qn_error err = { 0 };
    bool damaged;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        CHECK(encode(&in, NULL, (io_encode_options){ .subsampling = all[i] }, &file, &err));
        CHECK(decode_picture(file.data, file.len, &no_limits, &out, &info, NULL, &damaged, &err));
        CHECK(info.subsampling == all[i]);
        free(out.plane[0].data);
        CHECK(encode(&in, NULL, (io_encode_options){ .source_subsampling = all[i] }, &kept, &err));
        CHECK(same_bytes(&file, &kept));
    }
    CHECK(encode(&in, NULL, (io_encode_options){ .source_subsampling = IO_SUB_OTHER }, &file, &err));
    CHECK(encode(&in, NULL, (io_encode_options){ .subsampling = IO_SUB_420 }, &kept, &err));
    CHECK(same_bytes(&file, &kept));
    free(in.plane[0].data);
    qn_bytes_free(&file);
    qn_bytes_free(&kept);
}

static void test_metadata(void)
{
    qn_image in = make_picture(20, 10, 3, 8), out;
    io_meta meta = { 0 }, back = { 0 };
    io_info info;
    qn_error err = { 0 };
    bool damaged;
    qn_bytes file = { 0 };
    io_meta_clear(&meta);
    add_exif(&meta.exif);
    add_icc(&meta.icc, 200000); /* four segments */
    CHECK(qn_bytes_append(&meta.xmp, "<x:xmpmeta/>", 12));
    CHECK(qn_bytes_append(&meta.text, "Comment\0K\xc3\xa4se\0", 14));
    meta.dpi_x = 240;
    meta.dpi_y = 120;
    CHECK(encode(&in, &meta, (io_encode_options){ 0 }, &file, &err));
    CHECK(decode_picture(file.data, file.len, &no_limits, &out, &info, &back, &damaged, &err));
    CHECK(same_bytes(&meta.icc, &back.icc));
    CHECK(same_bytes(&meta.exif, &back.exif));
    CHECK(same_bytes(&meta.xmp, &back.xmp));
    CHECK(same_bytes(&meta.text, &back.text));
    CHECK((int)back.dpi_x == 240 && (int)back.dpi_y == 120);
    CHECK(back.orientation == 6);
    free(in.plane[0].data);
    free(out.plane[0].data);
    io_meta_free(&meta);
    io_meta_free(&back);
    qn_bytes_free(&file);
}

static void test_truncated(void)
{
    const io_limits keep = { .keep_truncated = true };
    qn_image in = make_picture(64, 300, 3, 8), out;
    qn_bytes file = { 0 };
    for (int progressive = 0; progressive < 2; progressive++) {
        qn_error err = { 0 };
        CHECK(encode(&in, NULL, (io_encode_options){ .progressive = progressive }, &file, &err));
        for (size_t len = 0; len < file.len; len += 97) {
            io_info info;
            bool damaged;
            err = (qn_error){ 0 };
            CHECK(!decode_picture(file.data, len, &no_limits, &out, &info, NULL, &damaged, &err));
            CHECK(err.code == QN_INPUT);
            err = (qn_error){ 0 };
            if (decode_picture(file.data, len, &keep, &out, &info, NULL, &damaged, &err)) {
                const uint8_t *last = (const uint8_t *)out.plane[0].data + 299 * out.plane[0].stride;
                CHECK(damaged);
                CHECK(progressive || len > file.len / 2 || (last[0] == 128 && last[1] == 128 && last[2] == 128));
            }
            free(out.plane[0].data);
        }
        /* the last two bytes are the end marker: without them all rows are there, and it is damaged all the same */
        err = (qn_error){ 0 };
        io_info info;
        bool damaged;
        CHECK(!decode_picture(file.data, file.len - 2, &no_limits, &out, &info, NULL, &damaged, &err));
        CHECK(strcmp(err.text, "the picture ends early (truncated)") == 0);
    }
    free(in.plane[0].data);
    qn_bytes_free(&file);
}

/* 16 x 16 pixels of the inks 40, 80, 120, 60, written with libjpeg itself. */
static unsigned char *inks(bool adobe, const uint8_t *icc, size_t icc_len, unsigned long *len)
{
    struct jpeg_compress_struct j;
    struct jpeg_error_mgr errors;
    unsigned char *file = NULL;
    uint8_t row[16 * 4];
    for (int i = 0; i < 16; i++)
        memcpy(row + 4 * i, (const uint8_t[4]){ 40, 80, 120, 60 }, 4);
    j.err = jpeg_std_error(&errors);
    jpeg_create_compress(&j);
    jpeg_mem_dest(&j, &file, len);
    j.image_width = j.image_height = 16;
    j.input_components = 4;
    j.in_color_space = JCS_CMYK;
    jpeg_set_defaults(&j);
    jpeg_set_quality(&j, 100, TRUE);
    j.write_Adobe_marker = adobe;
    jpeg_start_compress(&j, TRUE);
    if (icc)
        jpeg_write_icc_profile(&j, icc, (unsigned)icc_len);
    uint8_t *rows[1] = { row };
    while (j.next_scanline < j.image_height)
        (void)jpeg_write_scanlines(&j, rows, 1);
    jpeg_finish_compress(&j);
    jpeg_destroy_compress(&j);
    return file;
}

static bool noted(const io_meta *meta, const char *what)
{
    return meta->losses.len > 0 && memmem(meta->losses.data, meta->losses.len, what, strlen(what));
}

/* With and without the Adobe marker: 255 is no ink, as djpeg has it. */
static void test_cmyk(void)
{
    for (int adobe = 0; adobe < 2; adobe++) {
        unsigned long len = 0;
        unsigned char *file = inks(adobe, NULL, 0, &len);
        qn_image out;
        io_info info;
        io_meta meta = { 0 };
        qn_error err = { 0 };
        bool damaged;
        CHECK(decode_picture(file, len, &no_limits, &out, &info, &meta, &damaged, &err));
        CHECK(info.format.channels == 3 && noted(&meta, "plain formula"));
        CHECK(noted(&meta, "no Adobe marker") == !adobe);
        const uint8_t *p = out.plane[0].data;
        CHECK(p && p[0] == 9 && p[1] == 19 && p[2] == 28); /* 40 * 60 / 255, ... */
        free(out.plane[0].data);
        io_meta_free(&meta);
        free(file);
    }
}

/* A profile by which every mixture of inks is one Lab colour, whatever the formula says. */
static size_t make_ink_profile(uint8_t icc[512], const uint8_t lab[3])
{
    enum { TAG = 144, HEAD = 128 };
    memset(icc, 0, 512);
    memcpy(icc + 8, (const uint8_t[4]){ 2, 0x40, 0, 0 }, 4);
    memcpy(icc + 12, "prtrCMYKLab ", 12);
    memcpy(icc + 36, "acsp", 4);
    memcpy(icc + 68, (const uint8_t[12]){ 0, 0, 0xf6, 0xd6, 0, 1, 0, 0, 0, 0, 0xd3, 0x2d }, 12);
    icc[HEAD + 3] = 1;
    memcpy(icc + HEAD + 4, "A2B0\0\0\0\x90", 8);
    uint8_t *p = icc + TAG;
    memcpy(p, "mft2\0\0\0\0\4\3\2\0", 12); /* 4 inks, 3 values, 2 steps a side */
    for (int i = 0; i < 3; i++)
        p[12 + 16 * i + 1] = 1; /* the unit matrix, which only XYZ would look at */
    p[48 + 1] = p[50 + 1] = 2;  /* entries of the curves: straight ones */
    p += 52;
    for (int i = 0; i < 4; i++, p += 4)
        p[2] = p[3] = 0xff;
    for (int i = 0; i < 16 * 3; i++, p += 2)
        p[0] = lab[i % 3];
    for (int i = 0; i < 3; i++, p += 4)
        p[2] = p[3] = 0xff;
    const size_t len = (size_t)(p - icc);
    icc[3] = (uint8_t)len;
    icc[2] = (uint8_t)(len >> 8);
    icc[HEAD + 15] = (uint8_t)(len - TAG);
    icc[HEAD + 14] = (uint8_t)((len - TAG) >> 8);
    return len;
}

static void test_ink_profile(void)
{
    uint8_t icc[512];
    const size_t icc_len = make_ink_profile(icc, (const uint8_t[3]){ 0x80, 0xd0, 0xc0 }); /* a strong red */
    for (int broken = 0; broken < 2; broken++) {
        unsigned long len = 0;
        unsigned char *file = inks(true, icc, broken ? 200 : icc_len, &len);
        qn_image out;
        io_info info;
        io_meta meta = { 0 };
        qn_error err = { 0 };
        bool damaged;
        CHECK(decode_picture(file, len, &no_limits, &out, &info, &meta, &damaged, &err));
        CHECK(meta.icc.len == 0); /* it is none of RGB */
        const uint8_t *p = out.plane[0].data;
        if (p && io_has_profiles() && !broken)
            CHECK(p[0] > 200 && p[1] < 40 && p[2] < 60 && noted(&meta, "their profile"));
        else if (p)
            CHECK(p[0] == 9 && p[1] == 19 && p[2] == 28 && noted(&meta, "plain formula"));
        free(out.plane[0].data);
        io_meta_free(&meta);
        free(file);
    }
}

static void test_restart(void)
{
    qn_image in = make_picture(40, 100, 3, 8), out;
    for (unsigned rows = 0; rows < 3; rows++) {
        qn_bytes file = { 0 };
        io_info info;
        qn_error err = { 0 };
        bool damaged;
        CHECK(encode(&in, NULL, (io_encode_options){ .restart_rows = rows }, &file, &err));
        unsigned found = 0;
        for (size_t i = 0; i + 1 < file.len; i++)
            found += file.data[i] == 0xff && file.data[i + 1] >= 0xd0 && file.data[i + 1] <= 0xd7;
        CHECK_EQ_INT(found, rows == 0 ? 0 : (7 + rows - 1) / rows - 1); /* seven rows of 16 lines */
        CHECK(decode_picture(file.data, file.len, &no_limits, &out, &info, NULL, &damaged, &err));
        free(out.plane[0].data);
        qn_bytes_free(&file);
    }
    free(in.plane[0].data);
}

/* Restart intervals that several threads write are, byte for byte, those that libjpeg writes alone. */
static void test_stripes(void)
{
    static const struct {
        uint32_t width, height;
        uint8_t channels;
        io_subsampling sub;
        unsigned rows;
    } cases[] = { { 433, 1021, 3, IO_SUB_420, 4 }, { 1361, 131, 3, IO_SUB_444, 2 }, { 2003, 1009, 1, IO_SUB_KEEP, 4 },
                  { 701, 640, 3, IO_SUB_422, 5 },  { 1999, 353, 3, IO_SUB_440, 1 }, { 1407, 263, 3, IO_SUB_411, 2 },
                  { 1000, 1000, 3, IO_SUB_420, 9 } };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        qn_image in = make_picture(cases[c].width, cases[c].height, cases[c].channels, 8);
        io_encode_options options = {
            .type = IO_JPEG, .quality = 40 + 9 * (int)c, .subsampling = cases[c].sub, .restart_rows = cases[c].rows
        };
        io_meta meta = { .orientation = 6 };
        qn_bytes alone = { 0 }, together = { 0 }, rows = { 0 }, gathered = { 0 };
        qn_error err = { 0 };
        CHECK(io_encode(&in, &meta, &options, &alone, &err));
        for (options.threads = 2; options.threads <= 6; options.threads += 2) {
            CHECK(io_encode(&in, &meta, &options, &together, &err));
            CHECK(together.len == alone.len && memcmp(together.data, alone.data, alone.len) == 0);
        }
        /* row by row, taken away in between */
        options.threads = 3;
        gathered.len = 0;
        io_encoder *enc = io_encoder_open(&in, &meta, &options, &rows, &err);
        CHECK(enc != NULL);
        for (uint32_t y = 0; enc && y < in.height; y += 7) {
            const uint32_t n = in.height - y < 7 ? in.height - y : 7;
            CHECK(io_encoder_rows(enc, (uint8_t *)in.plane[0].data + y * in.plane[0].stride, in.plane[0].stride, n,
                                  &err));
            CHECK(qn_bytes_append(&gathered, rows.data, rows.len));
            rows.len = 0;
        }
        CHECK(enc && io_encoder_finish(enc, NULL, &err) && qn_bytes_append(&gathered, rows.data, rows.len));
        io_encoder_free(&enc);
        CHECK(gathered.len == alone.len && memcmp(gathered.data, alone.data, alone.len) == 0);
        /* and one that is given up half-way */
        rows.len = 0;
        enc = io_encoder_open(&in, &meta, &options, &rows, &err);
        CHECK(enc && io_encoder_rows(enc, in.plane[0].data, in.plane[0].stride, in.height / 2, &err));
        io_encoder_free(&enc);
        free(in.plane[0].data);
        qn_bytes_free(&alone);
        qn_bytes_free(&together);
        qn_bytes_free(&rows);
        qn_bytes_free(&gathered);
    }
}

/* A large picture has markers unasked, for whatever number of threads; its pixels are those of one without. */
static void test_large(void)
{
    qn_image in = make_picture(8209, 1024, 1, 8), out, plain_out;
    qn_bytes plain = { 0 }, alone = { 0 }, together = { 0 };
    io_info info;
    qn_error err = { 0 };
    bool damaged;
    CHECK(encode(&in, NULL, (io_encode_options){ .threads = 2 }, &plain, &err));
    CHECK(encode(&in, NULL, (io_encode_options){ .restart_large = true }, &alone, &err));
    CHECK(encode(&in, NULL, (io_encode_options){ .restart_large = true, .threads = 4 }, &together, &err));
    CHECK(alone.len > plain.len && alone.len < plain.len + 100);
    CHECK(together.len == alone.len && memcmp(together.data, alone.data, alone.len) == 0);
    CHECK(decode_picture(together.data, together.len, &no_limits, &out, &info, NULL, &damaged, &err));
    CHECK(decode_picture(plain.data, plain.len, &no_limits, &plain_out, &info, NULL, &damaged, &err));
    CHECK_EQ_INT(largest_difference(&out, &plain_out), 0);
    free(in.plane[0].data);
    free(out.plane[0].data);
    free(plain_out.plane[0].data);
    qn_bytes_free(&plain);
    qn_bytes_free(&alone);
    qn_bytes_free(&together);
}

static void test_limits(void)
{
    qn_image in = make_picture(30, 20, 3, 8), out;
    qn_bytes file = { 0 };
    io_info info;
    qn_error err = { 0 };
    bool damaged;
    CHECK(encode(&in, NULL, (io_encode_options){ 0 }, &file, &err));
    const io_limits small = { .max_pixels = 599 };
    CHECK(!decode_picture(file.data, file.len, &small, &out, &info, NULL, &damaged, &err));
    CHECK(err.code == QN_LIMIT && strstr(err.text, "--max-pixels"));
    qn_bytes many = { 0 };
    CHECK(qn_bytes_append(&many, file.data, 2));
    for (int i = 0; i < 4001; i++)
        CHECK(qn_bytes_append(&many, "\xff\xe4\0\3x", 5));
    CHECK(qn_bytes_append(&many, file.data + 2, file.len - 2));
    err = (qn_error){ 0 };
    CHECK(!decode_picture(many.data, many.len, &no_limits, &out, &info, NULL, &damaged, &err));
    CHECK(err.code == QN_LIMIT && strstr(err.text, "more than 4000 segments"));
    qn_bytes_free(&many);
    err = (qn_error){ 0 };
    qn_image wide = in;
    wide.width = 65501;
    CHECK(!encode(&wide, NULL, (io_encode_options){ 0 }, &file, &err));
    CHECK(err.code == QN_LIMIT && strstr(err.text, "65500"));
    err = (qn_error){ 0 };
    qn_image deep = in;
    deep.format.depth = 16;
    CHECK(!encode(&deep, NULL, (io_encode_options){ 0 }, &file, &err));
    CHECK(err.code == QN_INTERNAL);
    free(in.plane[0].data);
    qn_bytes_free(&file);
}

/* Scans are counted before they are decoded. */
static void test_scans(void)
{
    qn_image in = make_picture(64, 64, 3, 8), out;
    qn_bytes file = { 0 };
    io_info info;
    bool damaged;
    qn_error err = { 0 };
    CHECK(encode(&in, NULL, (io_encode_options){ .progressive = true }, &file, &err));
    const io_limits ten = { .max_scans = 10 }, nine = { .max_scans = 9 };
    CHECK(decode_picture(file.data, file.len, &ten, &out, &info, NULL, &damaged, &err)); /* libjpeg's script has ten */
    free(out.plane[0].data);
    CHECK(!decode_picture(file.data, file.len, &nine, &out, &info, NULL, &damaged, &err));
    CHECK(err.code == QN_LIMIT && strstr(err.text, "--max-scans"));
    /* a large size in the header, and the last scan over and over: refused by the count, not after hours */
    size_t last = 0;
    for (size_t i = 0; i + 1 < file.len; i++)
        last = file.data[i] == 0xff && file.data[i + 1] == 0xda ? i : last;
    for (size_t i = 0; i + 9 < last; i++) {
        if (file.data[i] == 0xff && file.data[i + 1] == 0xc2)
            memcpy(file.data + i + 5, "\x40\0\x40", 4); /* 16384 x 16384 */
    }
    const size_t scan = file.len - 2 - last;
    for (int i = 0; i < 100; i++) {
        CHECK(qn_bytes_reserve(&file, file.len + scan));
        CHECK(qn_bytes_append(&file, file.data + last, scan));
    }
    static const uint8_t padding[1 << 20];
    CHECK(qn_bytes_append(&file, padding, sizeof padding));
    err = (qn_error){ 0 };
    CHECK(!decode_picture(file.data, file.len, &no_limits, &out, &info, NULL, &damaged, &err));
    CHECK(err.code == QN_LIMIT && strstr(err.text, "16384x16384 pixels with more than 79 scans"));
    free(in.plane[0].data);
    qn_bytes_free(&file);
}

/* The second picture of the same size is written into the memory of the first. */
static void test_memory_is_kept(void)
{
    qn_image in = make_picture(300, 200, 3, 8);
    qn_bytes file = { 0 };
    qn_error err = { 0 };
    CHECK(encode(&in, NULL, (io_encode_options){ .quality = 100 }, &file, &err));
    const uint8_t *before = file.data;
    const size_t len = file.len;
    CHECK(encode(&in, NULL, (io_encode_options){ .quality = 100 }, &file, &err));
    CHECK(file.data == before && file.len == len);
    qn_bytes_free(&file);
    /* and a buffer that is far too small at first grows */
    file.data = malloc(1);
    file.cap = 1;
    CHECK(encode(&in, NULL, (io_encode_options){ .quality = 100 }, &file, &err) && file.len == len);
    free(in.plane[0].data);
    qn_bytes_free(&file);
}

int main(void)
{
    test_round_trip();
    test_subsampling();
    test_metadata();
    test_truncated();
    test_cmyk();
    test_ink_profile();
    test_restart();
    test_stripes();
    test_large();
    test_limits();
    test_scans();
    test_memory_is_kept();
    return check_summary();
}
