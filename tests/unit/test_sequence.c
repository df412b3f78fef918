/* Where pictures end in a stream: pictures of every format, behind one another, given byte by byte and at once. */
#include "extent.h"
#include "infile.h"
#include "picture_helper.h"
#include "sequence.h"

#include <stdlib.h>
#include <unistd.h>

static const io_limits no_limits = { 0 };

static void encode(const io_encode_options *options, uint8_t channels, uint8_t depth, qn_bytes *out)
{
    qn_image image = make_picture(37, 23, channels, depth);
    qn_error err = { 0 };
    CHECK_MSG(io_encode(&image, NULL, options, out, &err), "%s", err.text);
    free(image.plane[0].data);
}

enum { KINDS = 9 };

/* One file of each kind; what comes between two in a stream is their own. */
static void make_files(qn_bytes *file)
{
    encode(&(io_encode_options){ .type = IO_PNG, .compression = 1 }, 3, 8, &file[0]);
    encode(&(io_encode_options){ .type = IO_JPEG, .quality = 80 }, 3, 8, &file[1]);
    encode(&(io_encode_options){ .type = IO_JPEG, .quality = 99, .progressive = true, .restart_rows = 1 }, 1, 8,
           &file[2]);
    encode(&(io_encode_options){ .type = IO_PNM }, 3, 16, &file[3]);
    encode(&(io_encode_options){ .type = IO_PAM }, 4, 8, &file[4]);
    static const char *const plain[] = { "P1\n# c 1 1\n3 2\n1 0 1\n010", "P2 2 2 15 0 15 # 1 2\n 7 1 ",
                                         "P3 1 2 255 1 2 3 100 200 255\n", "P4 # \n10 2\n\xaa\x40 P" };
    for (int i = 0; i < 4; i++)
        CHECK(qn_bytes_append(&file[5 + i], plain[i], strlen(plain[i])));
}

/* Bytes of a file that belong to its picture: all but white space behind the numbers of a plain one. */
static size_t own_bytes(const qn_bytes *file)
{
    size_t n = file->len;
    const bool plain = file->data[0] == 'P' && file->data[1] <= '3';
    while (plain && (file->data[n - 1] == ' ' || file->data[n - 1] == '\n'))
        n--;
    return n;
}

static void test_extents(const qn_bytes *file)
{
    qn_bytes two = { 0 };
    for (int k = 0; k < KINDS; k++) {
        const io_type type = io_sniff(file[k].data, file[k].len);
        const uint64_t want = own_bytes(&file[k]);
        two.len = 0;
        for (int twice = 0; twice < 2; twice++)
            CHECK(qn_bytes_append(&two, file[k].data, file[k].len) && qn_bytes_append(&two, "\n", 1));
        io_extent step = { 0 }, once = { 0 };
        io_extent_state state = IO_EXTENT_MORE;
        for (size_t len = 12; len <= two.len && state == IO_EXTENT_MORE; len++) {
            uint8_t *part = malloc(len); /* of this length, so that a sanitizer sees what is read behind it */
            if (!part)
                abort();
            memcpy(part, two.data, len);
            state = io_extent_scan(&step, type, part, len, &no_limits);
            free(part);
        }
        CHECK_EQ_INT(state, IO_EXTENT_END);
        CHECK_EQ_INT(step.end, want);
        CHECK_EQ_INT(io_extent_scan(&once, type, two.data, two.len, &no_limits), IO_EXTENT_END);
        CHECK_EQ_INT(once.end, want);
    }
    qn_bytes_free(&two);
}

/* Sizes whose product no 64 bits hold. */
static void test_far_end(void)
{
    static const char *const heads[] = { "P7\nWIDTH 2147483647\nHEIGHT 2147483647\nDEPTH 4\nMAXVAL 65535\nENDHDR\n",
                                         "PF\n2147483647 2147483647\n-1.0\n", "P6 2147483647 2147483647 65535\n" };
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        const uint8_t *data = (const uint8_t *)heads[i];
        const size_t len = strlen(heads[i]);
        for (int refused = 0; refused < 2; refused++) {
            io_extent e = { 0 };
            const io_limits limits = { .max_pixels = refused ? 1000 : 0 };
            CHECK_EQ_INT(io_extent_scan(&e, io_sniff(data, len), data, len, &limits),
                         refused ? IO_EXTENT_REFUSE : IO_EXTENT_END);
            CHECK(e.end >= (uint64_t)1 << 63);
        }
    }
}

static FILE *stream_of(const qn_bytes *bytes)
{
    FILE *f = tmpfile();
    if (!f || fwrite(bytes->data, 1, bytes->len, f) != bytes->len || fflush(f) != 0 || lseek(fileno(f), 0, SEEK_SET))
        abort();
    return f;
}

/* Reads `stream` to its end; the pictures must be `file[order[i]]`. */
static void expect_stream(const qn_bytes *stream, const qn_bytes *file, const int *order, int n, size_t left)
{
    FILE *f = stream_of(stream);
    qn_error err = { 0 };
    qn_bytes got = { 0 };
    io_sequence *s = io_sequence_open(fileno(f), &no_limits, NULL, &err);
    bool any = s != NULL;
    for (int i = 0; any && i <= n; i++) {
        CHECK_MSG(io_sequence_next(s, &got, &any, &err), "%s", err.text);
        CHECK(any == (i < n));
        if (any && i < n)
            CHECK(got.len >= own_bytes(&file[order[i]]) &&
                  memcmp(got.data, file[order[i]].data, own_bytes(&file[order[i]])) == 0);
    }
    CHECK(s && io_sequence_left(s) == left);
    io_sequence_free(&s);
    qn_bytes_free(&got);
    fclose(f);
}

static void test_streams(const qn_bytes *file)
{
    static const int mixed[] = { 1, 0, 3, 2, 4, 3, 0, 5, 6, 7, 1, 1, 8 };
    const int n = (int)(sizeof mixed / sizeof mixed[0]);
    qn_bytes stream = { 0 };
    for (int i = 0; i < n; i++) {
        const qn_bytes *one = &file[mixed[i]];
        CHECK(qn_bytes_append(&stream, one->data, own_bytes(one)) &&
              qn_bytes_append(&stream, "\n", one->data[0] == 'P'));
    }
    expect_stream(&stream, file, mixed, n, 0);
    stream.len = 0;
    CHECK(qn_bytes_append(&stream, file[0].data, file[0].len) && qn_bytes_append(&stream, "junk", 4));
    expect_stream(&stream, file, mixed + 1, 1, 4);
    qn_bytes_free(&stream);
}

/* What the header promises and --max-pixels refuses is gone over, and the next picture is found. */
static void test_refused(const qn_bytes *file)
{
    const io_limits limits = { .max_pixels = 1000 };
    qn_bytes stream = { 0 }, got = { 0 };
    qn_error err = { 0 };
    CHECK(qn_bytes_append(&stream, "P5 400 300 255\n", 15));
    for (int i = 0; i < 300; i++)
        CHECK(qn_bytes_append(&stream, (uint8_t[400]){ 'P', '5' }, 400));
    CHECK(qn_bytes_append(&stream, file[3].data, file[3].len));
    FILE *f = stream_of(&stream);
    io_sequence *s = io_sequence_open(fileno(f), &limits, NULL, &err);
    bool any = false;
    CHECK(s && io_sequence_next(s, &got, &any, &err) && any && got.len < stream.len - file[3].len);
    CHECK(memcmp(got.data, "P5 400", 6) == 0);
    CHECK(io_sequence_goes_on(s));
    CHECK(io_sequence_next(s, &got, &any, &err) && any && got.len == file[3].len &&
          memcmp(got.data, file[3].data, got.len) == 0);
    CHECK(io_sequence_next(s, &got, &any, &err) && !any);
    io_sequence_free(&s);
    fclose(f);
    qn_bytes_free(&stream);
    qn_bytes_free(&got);
}

/* Behind what cannot be read and has no end that could be told nothing is waited for, and nothing is kept of it. */
static void test_broken(void)
{
    static const char *const heads[] = { "P6 2 x ",        "P7\nWIDTH x\n",   "PF\nx 2 1\n",
                                         "P3 1 1 255 1 x", "\x89PNGxxxxxxxx", "\x89PNG\r\n\x1a\n\xff\xff\xff\xffIHDR",
                                         "no picture" };
    enum { SIZE = 8 << 20 };
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        qn_bytes stream = { 0 }, got = { 0 };
        qn_error err = { 0 };
        bool any = false;
        CHECK(qn_bytes_append(&stream, heads[i], strlen(heads[i])));
        FILE *f = stream_of(&stream);
        CHECK(ftruncate(fileno(f), SIZE) == 0);
        io_sequence *s = io_sequence_open(fileno(f), &no_limits, NULL, &err);
        CHECK_MSG(s && (io_sequence_refused(s) || heads[i][1] == '3'), "%s", heads[i]);
        CHECK(s && io_sequence_next(s, &got, &any, &err) && any && memcmp(got.data, heads[i], strlen(heads[i])) == 0);
        CHECK_MSG(!io_sequence_goes_on(s) && lseek(fileno(f), 0, SEEK_CUR) <= SIZE / 4, "%s", heads[i]);
        CHECK(io_sequence_next(s, &got, &any, &err) && !any);
        io_sequence_free(&s);
        fclose(f);
        qn_bytes_free(&got);
        qn_bytes_free(&stream);
    }
}

static bool refused(const qn_bytes *stream, const io_limits *limits)
{
    FILE *f = stream_of(stream);
    qn_error err = { 0 };
    qn_bytes got = { 0 };
    bool any = false;
    io_sequence *s = io_sequence_open(fileno(f), limits, NULL, &err);
    const bool is = s && io_sequence_refused(s);
    CHECK(s && io_sequence_next(s, &got, &any, &err) && any); /* nothing is lost by the look */
    CHECK(got.len <= stream->len && (got.len == 0 || memcmp(got.data, stream->data, got.len) == 0));
    io_sequence_free(&s);
    qn_bytes_free(&got);
    fclose(f);
    return is;
}

/* One picture that is refused, and nothing behind it. */
static void test_all_refused(const qn_bytes *file)
{
    const io_limits small = { .max_pixels = 800 };
    qn_bytes stream = { 0 };
    CHECK(refused(&stream, &no_limits));
    CHECK(qn_bytes_append(&stream, "no picture", 10) && refused(&stream, &no_limits));
    for (int k = 0; k < 5; k++) { /* 37x23 */
        stream.len = 0;
        CHECK(qn_bytes_append(&stream, file[k].data, file[k].len));
        CHECK(!refused(&stream, &no_limits) && refused(&stream, &small));
        CHECK(qn_bytes_append(&stream, file[7].data, file[7].len) && !refused(&stream, &small));
        stream.len = 20; /* less than any of them */
        CHECK(refused(&stream, &no_limits));
    }
    qn_bytes_free(&stream);
}

/* A first picture that is too large for --max-pixels; the one behind it. */
static void test_refused_file(const char *path, int fd, const qn_bytes *next)
{
    static const char head[] = "P6 40000 30000 255\n";
    const off_t end = (off_t)strlen(head) + (off_t)40000 * 30000 * 3; /* a hole */
    const io_limits limits = { .max_pixels = 1000 };
    struct stat st;
    qn_error err = { 0 };
    qn_bytes got = { 0 };
    bool any = false;
    CHECK(ftruncate(fd, 0) == 0 && pwrite(fd, head, strlen(head), 0) > 0);
    CHECK(pwrite(fd, next->data, next->len, end) == (ssize_t)next->len);
    io_sequence *s = io_sequence_of_file(path, &limits, &st, &err);
    CHECK(s && io_sequence_next(s, &got, &any, &err) && any && got.len < 1 << 20);
    CHECK(io_sequence_next(s, &got, &any, &err) && any && got.len == next->len &&
          memcmp(got.data, next->data, got.len) == 0);
    CHECK(io_sequence_next(s, &got, &any, &err) && !any);
    io_sequence_free(&s);
    qn_bytes_free(&got);
}

/* All of a picture, or its first piece; of other files the beginning, as large as they may be. */
static void test_read_picture(const char *path, int fd, const qn_bytes *file)
{
    const off_t size = (off_t)3 << 30;
    struct stat st;
    qn_error err = { 0 };
    qn_bytes first = { 0 };
    io_infile *rest = NULL;
    CHECK(ftruncate(fd, 0) == 0 && ftruncate(fd, size) == 0);
    CHECK(io_read_picture(path, UINT64_MAX, &first, &rest, &st, &err) && !rest && first.len < 1 << 20);
    CHECK(st.st_size == size && io_sniff(first.data, first.len) == IO_NONE);
    for (int k = 0; k < 4; k++)
        for (uint64_t whole_up_to = 0; whole_up_to < 1 << 20; whole_up_to += 200000) {
            const bool pieces = k < 3 && whole_up_to < 300000; /* PNG and JPEG */
            CHECK(ftruncate(fd, 0) == 0 && pwrite(fd, file[k].data, file[k].len, 0) > 0 && ftruncate(fd, 300000) == 0);
            CHECK(io_read_picture(path, whole_up_to, &first, &rest, &st, &err) && (rest != NULL) == pieces);
            CHECK(memcmp(first.data, file[k].data, file[k].len) == 0 && (pieces || first.len == 300000));
            size_t got = first.len, n = 1;
            for (const uint8_t *p; rest && n > 0; got += n)
                CHECK(io_infile_more(rest)->next(io_infile_more(rest)->user, &p, &n, &err));
            CHECK(got == 300000);
            io_infile_close(&rest);
        }
    qn_bytes_free(&first);
}

/* Only a PNM file that goes on behind its first picture is one. */
static void test_files(const qn_bytes *file)
{
    char path[] = "/tmp/quern-sequence-XXXXXX";
    const int fd = mkstemp(path);
    struct stat st;
    CHECK(fd >= 0);
    for (int k = 0; k < KINDS; k++) {
        for (int twice = 0; twice < 2; twice++) {
            qn_error err = { 0 };
            qn_bytes bytes = { 0 };
            for (int i = 0; i <= twice; i++)
                CHECK(qn_bytes_append(&bytes, file[k].data, own_bytes(&file[k])) &&
                      qn_bytes_append(&bytes, "\n", file[k].data[0] == 'P'));
            CHECK(ftruncate(fd, 0) == 0 && pwrite(fd, bytes.data, bytes.len, 0) == (ssize_t)bytes.len);
            io_sequence *s = io_sequence_of_file(path, &no_limits, &st, &err);
            CHECK((s != NULL) == (twice && file[k].data[0] == 'P'));
            io_sequence_free(&s);
            qn_bytes_free(&bytes);
        }
    }
    test_refused_file(path, fd, &file[3]);
    test_read_picture(path, fd, file);
    close(fd);
    unlink(path);
}

int main(void)
{
    qn_bytes file[KINDS] = { { 0 } };
    make_files(file);
    test_extents(file);
    test_far_end();
    test_streams(file);
    test_refused(file);
    test_broken();
    test_all_refused(file);
    test_files(file);
    for (int k = 0; k < KINDS; k++)
        qn_bytes_free(&file[k]);
    return check_summary();
}
