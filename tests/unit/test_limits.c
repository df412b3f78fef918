/* Files that ask for more than they should get: each is refused by its first bytes, with the option that lifts that. */
#include "png_builder.h"

#include <stdlib.h>

typedef struct file {
    qn_bytes bytes;
} file;

static void add(file *f, const void *data, size_t len)
{
    CHECK(qn_bytes_append(&f->bytes, data, len));
}

/* A JPEG of 40x30 pixels with `n` segments of `len` bytes behind its SOI. */
static void jpeg_with(file *f, uint8_t marker, const char *head, size_t len, unsigned n, bool progressive)
{
    const io_encode_options options = { .type = IO_JPEG, .quality = 80, .progressive = progressive };
    qn_image image = make_picture(40, 30, 3, 8);
    qn_bytes plain = { 0 };
    qn_error err = { 0 };
    uint8_t *segment = calloc(1, len + 4);
    CHECK(segment && io_encode(&image, NULL, &options, &plain, &err));
    f->bytes.len = 0;
    add(f, plain.data, 2);
    segment[0] = 0xff;
    segment[1] = marker;
    segment[2] = (uint8_t)((len + 2) >> 8);
    segment[3] = (uint8_t)(len + 2);
    memcpy(segment + 4, head, strlen(head) < len ? strlen(head) : len);
    for (unsigned i = 0; i < n; i++)
        add(f, segment, len + 4);
    add(f, plain.data + 2, plain.len - 2);
    free(segment);
    free(image.plane[0].data);
    qn_bytes_free(&plain);
}

/* `want` NULL: it must open. */
static void expect(const char *name, const file *f, const io_limits *limits, qn_code code, const char *want)
{
    io_decoder *dec = NULL;
    io_info info;
    io_meta meta = { 0 };
    qn_error err = { 0 };
    const bool ok = io_decoder_open(&dec, f->bytes.data, f->bytes.len, limits, &info, &meta, &err);
    CHECK_MSG(ok == (want == NULL), "%s: %s", name, err.text);
    if (want)
        CHECK_MSG(err.code == code && strstr(err.text, want), "%s: %s: %s", name, qn_code_name(err.code), err.text);
    io_decoder_free(&dec);
    io_meta_free(&meta);
}

static void test_segments(file *f)
{
    static const struct {
        const char *name, *head;
        uint8_t marker;
        unsigned n;
        size_t len;
        const char *want;
    } cases[] = {
        { "a large comment", "", 0xfe, 260, 65000, "--max-meta" },
        { "comments up to the limit", "", 0xfe, 250, 65000, NULL },
        { "a chain of ICC_PROFILE", "ICC_PROFILE", 0xe2, 1600, 65000, "--max-meta" },
        { "extended XMP", "http://ns.adobe.com/xmp/extension/", 0xe1, 300, 60000, "--max-meta" },
        { "Photoshop's", "Photoshop 3.0", 0xed, 300, 60000, "--max-meta" },
        { "what is left out anyway", "x", 0xe5, 300, 60000, NULL },
        { "empty comments", "", 0xfe, 1000000, 0, "--max-meta" },
        { "empty APP9", "", 0xe9, 1000000, 0, "--max-meta" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        jpeg_with(f, cases[i].marker, cases[i].head, cases[i].len, cases[i].n, false);
        expect(cases[i].name, f, &(io_limits){ 0 }, QN_LIMIT, cases[i].want);
        if (cases[i].n < 100000)
            expect(cases[i].name, f, &(io_limits){ .max_meta = UINT64_MAX }, QN_OK, NULL);
    }
    jpeg_with(f, 0xfe, "", 1000, 3, false);
    expect("3 kB", f, &(io_limits){ .max_meta = 2500 }, QN_LIMIT, "--max-meta allows (2500 bytes)");
}

static void test_sizes(file *f)
{
    static const char *const pnm[] = { "P6 999999 999999 255\n", "P3 50000 50000 255\n1 2 3",
                                       "P4 2000000000 2000000000\n",
                                       "P7\nWIDTH 99999\nHEIGHT 99999\nDEPTH 4\nMAXVAL 65535\nENDHDR\n" };
    const io_limits limits = { .max_pixels = 1 << 30 };
    for (size_t i = 0; i < sizeof pnm / sizeof *pnm; i++) {
        f->bytes.len = 0;
        add(f, pnm[i], strlen(pnm[i]));
        expect(pnm[i], f, &limits, QN_LIMIT, "--max-pixels");
        expect(pnm[i], f, &(io_limits){ 0 }, QN_INPUT, "ends early");
    }
    for (int progressive = 0; progressive < 2; progressive++) {
        jpeg_with(f, 0xfe, "", 0, 0, progressive != 0);
        for (size_t i = 0; i + 9 < f->bytes.len; i++) {
            if (f->bytes.data[i] == 0xff && f->bytes.data[i + 1] == (progressive ? 0xc2 : 0xc0)) {
                memcpy(f->bytes.data + i + 5, "\xff\xdc\xff\xdc", 4); /* 65500: as much as libjpeg allows */
                break;
            }
        }
        expect("65500x65500", f, &limits, QN_LIMIT, "--max-pixels");
        expect("65500x65500", f, &(io_limits){ 0 }, QN_INPUT, "ends early");
    }
}

static size_t jpeg_scans_before(const file *f, size_t end)
{
    size_t n = 0;
    for (size_t i = 0; i + 1 < end; i++)
        n += f->bytes.data[i] == 0xff && f->bytes.data[i + 1] == 0xda;
    return n;
}

/* A file of which io_decoder_open() gets the first bytes. */
static bool no_next(void *user, const uint8_t **data, size_t *len, qn_error *err)
{
    (void)user, (void)data;
    *len = 0;
    return qn_fail(err, QN_INTERNAL, "its pixels were read");
}

static bool look_at(void *user, uint64_t offset, void *to, size_t *len)
{
    const qn_bytes *whole = user;
    const size_t left = offset < whole->len ? whole->len - (size_t)offset : 0;
    *len = *len < left ? *len : left;
    memcpy(to, whole->data + whole->len - left, *len);
    return true;
}

/* The last scan again and again. */
static void test_scans(file *f)
{
    file many = { .bytes = { 0 } };
    jpeg_with(f, 0xfe, "", 0, 0, true);
    size_t at = f->bytes.len - 2;
    while (f->bytes.data[at] != 0xff || f->bytes.data[at + 1] != 0xda)
        at--;
    add(&many, f->bytes.data, at);
    for (int i = 0; i < 2000; i++)
        add(&many, f->bytes.data + at, f->bytes.len - 2 - at);
    add(&many, "\xff\xd9", 2);
    expect("2000 scans", &many, &(io_limits){ 0 }, QN_LIMIT, "--max-scans");
    expect("2000 scans", &many, &(io_limits){ .max_scans = 3000 }, QN_OK, NULL);
    const io_more more = { .next = no_next, .user = &many.bytes, .size = many.bytes.len, .at = look_at };
    for (size_t first = at + 20; first < at + 80; first++) { /* a scan's marker may be cut in two */
        const file part = { .bytes = { .data = many.bytes.data, .len = first } };
        const uint32_t scans = 2000 + (uint32_t)jpeg_scans_before(&many, at);
        expect("2000 scans", &part, &(io_limits){ .more = &more, .max_scans = scans - 1 }, QN_LIMIT, "--max-scans");
        expect("2000 scans", &part, &(io_limits){ .more = &more, .max_scans = scans }, QN_OK, NULL);
    }
    qn_bytes_free(&many.bytes);
}

/* A PNG of 40x30 pixels whose stream goes on: it could inflate to any size. */
static void test_too_much_data(file *f)
{
    uint8_t *zeros = calloc(1, 128 << 20);
    f->bytes.len = 0;
    begin_png(&f->bytes, 40, 30, 8, 2);
    put_packed(&f->bytes, "IDAT", "", 0, zeros, 128 << 20);
    put_chunk(&f->bytes, "IEND", NULL, 0);
    expect("a PNG of 128 MB inflated", f, &(io_limits){ 0 }, QN_INPUT, "Too much image data");
    expect("a PNG of 128 MB inflated", f, &(io_limits){ .keep_truncated = true }, QN_OK, NULL);
    free(zeros);
}

static void test_header(file *f)
{
    static const char *const heads[] = { "P6\n#", "P7\n#" };
    static const char comment[1 << 16] = "";
    for (int i = 0; i < 2; i++) {
        f->bytes.len = 0;
        add(f, heads[i], 4);
        for (int k = 0; k < 20; k++)
            add(f, comment, sizeof comment);
        expect("a comment without end", f, &(io_limits){ 0 }, QN_LIMIT, "header of more than 1048576 bytes");
        f->bytes.len = 100;
        expect("a header that ends early", f, &(io_limits){ 0 }, QN_INPUT, "ends early");
    }
}

int main(void)
{
    file f = { .bytes = { 0 } };
    test_segments(&f);
    test_sizes(&f);
    test_scans(&f);
    test_too_much_data(&f);
    test_header(&f);
    qn_bytes_free(&f.bytes);
    return check_summary();
}
