#include "picture_helper.h"
#include "outfile.h"

#include <limits.h>

static uint32_t le16(const uint8_t *p)
{
    return (uint32_t)p[1] << 8 | p[0];
}

static void test_fix_exif(void)
{
    io_meta m = { 0 };
    io_meta_clear(&m);
    add_exif(&m.exif);
    CHECK_EQ_INT(io_exif_orientation(m.exif.data, m.exif.len), 6);
    m.orientation = 6;
    io_meta_fix_exif(&m, 640, 480, false);
    CHECK_EQ_INT(io_exif_orientation(m.exif.data, m.exif.len), 6);
    CHECK_EQ_INT(m.orientation, 6);
    CHECK_EQ_INT(le16(m.exif.data + 48), 640);
    CHECK_EQ_INT(le16(m.exif.data + 60), 480);
    CHECK_EQ_INT(le16(m.exif.data + 34), 0); /* no thumbnail */
    io_meta_fix_exif(&m, 70000, 480, true);  /* more than a SHORT holds */
    CHECK_EQ_INT(io_exif_orientation(m.exif.data, m.exif.len), 1);
    CHECK_EQ_INT(m.orientation, 1);
    CHECK_EQ_INT(le16(m.exif.data + 42), 4);
    CHECK_EQ_INT(le16(m.exif.data + 48) + 65536 * le16(m.exif.data + 50), 70000);
    io_meta_free(&m);
}

static void test_big_endian(void)
{
    static const uint8_t exif[] = { 'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0,
                                    3,   0,   0, 0,  1, 0, 8, 0, 0, 0, 0,    0,    0 };
    io_meta m = { 0 };
    CHECK(qn_bytes_append(&m.exif, exif, sizeof exif));
    CHECK_EQ_INT(io_exif_orientation(m.exif.data, m.exif.len), 8);
    io_meta_fix_exif(&m, 1, 1, true);
    CHECK_EQ_INT(io_exif_orientation(m.exif.data, m.exif.len), 1);
    CHECK_EQ_INT(m.exif.data[19], 1);
    io_meta_free(&m);
}

/* Cut short anywhere and with every byte exchanged: no answer but 1..8, no access outside (under a sanitizer). */
static void test_hostile_exif(void)
{
    io_meta good = { 0 };
    add_exif(&good.exif);
    for (size_t len = 0; len <= good.exif.len; len++) {
        for (size_t at = 0; at < len; at++) {
            for (int v = 0; v < 256; v += 51) {
                io_meta m = { 0 };
                CHECK(len == 0 || qn_bytes_append(&m.exif, good.exif.data, len));
                m.exif.data[at] = (uint8_t)v;
                const int o = io_exif_orientation(m.exif.data, m.exif.len);
                CHECK(o >= 1 && o <= 8);
                io_meta_fix_exif(&m, 5, 6, true);
                CHECK_EQ_INT(m.exif.len, len);
                io_meta_free(&m);
            }
        }
    }
    CHECK_EQ_INT(io_exif_orientation(NULL, 0), 1);
    io_meta_free(&good);
}

static void test_keep(void)
{
    io_meta m = { 0 };
    io_meta_clear(&m);
    add_exif(&m.exif);
    add_icc(&m.icc, 200);
    CHECK(qn_bytes_append(&m.xmp, "x", 1) && qn_bytes_append(&m.text, "a\0b\0", 4));
    m.dpi_x = m.dpi_y = 72;
    m.gamma = 0.5;
    io_meta_keep(&m, IO_META_ALL);
    CHECK(m.exif.len && m.icc.len == 200 && m.xmp.len == 1 && m.text.len == 4 && m.dpi_x > 0 && m.gamma > 0);
    io_meta_keep(&m, IO_META_EXIF | IO_META_DPI);
    CHECK(m.exif.len && m.icc.len == 0 && m.xmp.len == 0 && m.text.len == 0 && m.dpi_x > 0 && m.gamma == 0);
    io_meta_keep(&m, 0);
    CHECK(m.exif.len == 0 && m.dpi_x == 0);
    io_meta_free(&m);
    io_meta_free(NULL);
}

/* Through files of both formats: what stands in a JPEG comes out of a PNG and the other way. */
static void test_across_formats(void)
{
    static const io_limits no_limits = { 0 };
    qn_image in = make_picture(16, 16, 3, 8), out;
    io_meta first = { 0 }, second = { 0 };
    qn_bytes file = { 0 };
    io_info info;
    qn_error err = { 0 };
    bool damaged;
    io_meta_clear(&first);
    add_exif(&first.exif);
    add_icc(&first.icc, 90000);
    CHECK(qn_bytes_append(&first.xmp, "<x/>", 4));
    first.dpi_x = first.dpi_y = 300;
    const io_encode_options jpeg = { .type = IO_JPEG, .quality = 90 }, png = { .type = IO_PNG, .compression = -1 };
    CHECK(io_encode(&in, &first, &jpeg, &file, &err));
    CHECK(decode_picture(file.data, file.len, &no_limits, &out, &info, &second, &damaged, &err));
    free(out.plane[0].data);
    CHECK(io_encode(&in, &second, &png, &file, &err));
    CHECK(decode_picture(file.data, file.len, &no_limits, &out, &info, &second, &damaged, &err));
    free(out.plane[0].data);
    CHECK(same_bytes(&first.icc, &second.icc) && same_bytes(&first.exif, &second.exif));
    CHECK(same_bytes(&first.xmp, &second.xmp) && second.dpi_x > 299.9 && second.dpi_x < 300.1);
    free(in.plane[0].data);
    qn_bytes_free(&file);
    io_meta_free(&first);
    io_meta_free(&second);
}

/* The eighteen pictures whose names say how they are turned, where they are there. */
static void test_orientation_samples(void)
{
    char path[PATH_MAX];
    const char *dir = getenv("QUERN_CORPUS");
    const char *source = strrchr(__FILE__, '/');
    unsigned found = 0;
    for (int i = 0; i < 18; i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "exif-orientation/%s_%d.jpg", i < 9 ? "Landscape" : "Portrait", i % 9);
        if (dir)
            (void)snprintf(path, sizeof path, "%s/%s", dir, name);
        else
            (void)snprintf(path, sizeof path, "%.*s/../../../shared/corpus/%s", source ? (int)(source - __FILE__) : 1,
                           source ? __FILE__ : ".", name);
        qn_bytes file = { 0 };
        qn_error err = { 0 };
        if (io_read_file(path, &file, NULL, &err)) {
            const io_limits no_limits = { 0 };
            io_decoder *dec = NULL;
            io_info info;
            io_meta meta = { 0 };
            CHECK(io_decoder_open(&dec, file.data, file.len, &no_limits, &info, &meta, &err));
            CHECK_EQ_INT(meta.orientation, i % 9 == 0 ? 1 : i % 9);
            CHECK((info.width > info.height) == ((i < 9) == (i % 9 < 5)));
            io_decoder_free(&dec);
            io_meta_free(&meta);
            found++;
        }
        qn_bytes_free(&file);
    }
    printf("%u pictures with a known orientation\n", found);
}

int main(void)
{
    test_fix_exif();
    test_big_endian();
    test_hostile_exif();
    test_keep();
    test_across_formats();
    test_orientation_samples();
    return check_summary();
}
