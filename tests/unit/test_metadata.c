#include "picture_helper.h"
#include "md5.h"
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
    CHECK_EQ_INT(le16(m.exif.data + 34), 68);
    io_exif_drop_thumbnail(&m.exif);
    CHECK_EQ_INT(le16(m.exif.data + 34), 0);
    io_meta_fix_exif(&m, 70000, 480, true); /* more than a SHORT holds */
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
                io_exif_drop_thumbnail(&m.exif);
                CHECK(m.exif.len <= len);
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

static bool add(qn_bytes *b, const void *data, size_t len)
{
    return qn_bytes_append(b, data, len);
}

/* IFD0 without entries of note, IFD1 with a thumbnail of four bytes, and what may stand behind that. */
static void test_thumbnail(void)
{
    static const uint8_t exif[] = { 'I',  'I',  42, 0, 8,    0,    0,    0,                /* IFD0 at 8 */
                                    1,    0,                                               /* one entry */
                                    0x00, 0x01, 4,  0, 1,    0,    0,    0,   7,  0, 0, 0, /* ImageWidth LONG 7 */
                                    26,   0,    0,  0,                                     /* IFD1 at 26 */
                                    2,    0,                                               /* two entries */
                                    0x01, 0x02, 4,  0, 1,    0,    0,    0,   56, 0, 0, 0, /* thumbnail at 56 */
                                    0x02, 0x02, 4,  0, 1,    0,    0,    0,   4,  0, 0, 0, /* four bytes */
                                    0,    0,    0,  0, 0xff, 0xd8, 0xff, 0xd9 };
    for (int behind = 0; behind < 2; behind++) {
        io_meta m = { 0 };
        CHECK(add(&m.exif, exif, sizeof exif) && (!behind || add(&m.exif, "more", 4)));
        io_meta_fix_exif(&m, 123, 5, true);
        CHECK_EQ_INT(m.exif.data[18], 123);
        CHECK_EQ_INT(m.exif.data[56], 0xff);
        io_exif_drop_thumbnail(&m.exif);
        CHECK_EQ_INT(le16(m.exif.data + 22), 0);
        CHECK_EQ_INT(m.exif.len, behind ? sizeof exif + 4 : 56);
        CHECK(!behind || (m.exif.data[56] == 0 && m.exif.data[59] == 0 && m.exif.data[60] == 'm'));
        io_meta_free(&m);
    }
}

/* Writes the metadata into a file of this type as the pipeline does, and reads it back. */
static void through(io_type type, io_meta *m, io_meta *back)
{
    static const io_limits no_limits = { 0 };
    qn_image in = make_picture(16, 12, 3, 8), out;
    qn_bytes file = { 0 };
    io_info info;
    qn_error err = { 0 };
    bool damaged;
    const io_encode_options options = { .type = type, .quality = 90, .compression = -1 };
    const io_meta_change change = { 16, 12, true, true, in.format, in.format, (int)type };
    CHECK(io_meta_fit(m, &change));
    CHECK(io_encode(&in, m, &options, &file, &err));
    CHECK(decode_picture(file.data, file.len, &no_limits, &out, &info, back, &damaged, &err));
    free(in.plane[0].data);
    free(out.plane[0].data);
    qn_bytes_free(&file);
}

/* A profile and an extension of XMP that lack a piece are no use: left out, which is said. */
static void test_missing_pieces(void)
{
    static const io_limits no_limits = { 0 };
    qn_image in = make_picture(16, 12, 3, 8), out;
    const io_encode_options options = { .type = IO_JPEG, .quality = 90 };
    const io_meta_change change = { 16, 12, true, true, in.format, in.format, IO_JPEG };
    io_meta m = { 0 }, back = { 0 };
    qn_bytes file = { 0 };
    io_info info;
    qn_error err = { 0 };
    bool damaged;
    io_meta_clear(&m);
    add_icc(&m.icc, 90000);
    for (int i = 0; i < 20000; i++)
        CHECK(add(&m.xmp, "0123456789", 10));
    CHECK(io_meta_fit(&m, &change) && io_encode(&in, &m, &options, &file, &err));
    for (size_t i = 0; i + 40 < file.len; i++) {
        if (memcmp(file.data + i, "ICC_PROFILE\0\2", 13) == 0)
            file.data[i + 12] = 3; /* of 2 */
        if (memcmp(file.data + i, "http://ns.adobe.com/xmp/extension/", 35) == 0)
            file.data[i + 36] ^= 1; /* another packet's name */
    }
    CHECK(decode_picture(file.data, file.len, &no_limits, &out, &info, &back, &damaged, &err));
    CHECK(back.icc.len == 0 && back.xmp.len > 0 && back.xmp_more.len == 0);
    CHECK(back.losses.len > 0 && memmem(back.losses.data, back.losses.len, "profile left out", 16) &&
          memmem(back.losses.data, back.losses.len, "extended XMP left out", 21));
    free(in.plane[0].data);
    free(out.plane[0].data);
    qn_bytes_free(&file);
    io_meta_free(&m);
    io_meta_free(&back);
}

static bool is_told(const io_meta *m, const char *what)
{
    return m->losses.len > 0 && memmem(m->losses.data, m->losses.len, what, strlen(what));
}

/* A second packet of XMP is told, unless it is the first once more; NULs behind a packet are none of it. */
static void test_second_packet(void)
{
    static const char head[] = "http://ns.adobe.com/xap/1.0/";
    static const char *const packets[] = { "<x/>\0\0", "<y/>\0\0" };
    for (int other = 0; other < 2; other++) {
        qn_image in = make_picture(16, 12, 3, 8), out;
        const io_encode_options options = { .type = IO_JPEG, .quality = 90 };
        io_meta m = { 0 }, back = { 0 };
        qn_bytes file = { 0 }, twice = { 0 };
        io_info info;
        qn_error err = { 0 };
        bool damaged;
        CHECK(add(&m.xmp, packets[0], 6) && io_encode(&in, &m, &options, &file, &err));
        CHECK(add(&twice, file.data, 2) && add(&twice, "\xff\xe1\0\x25", 4) && add(&twice, head, sizeof head) &&
              add(&twice, packets[other], 6) && add(&twice, file.data + 2, file.len - 2));
        CHECK(decode_picture(twice.data, twice.len, &(io_limits){ 0 }, &out, &info, &back, &damaged, &err));
        free(out.plane[0].data);
        CHECK(back.xmp.len == 6 && is_told(&back, "a further segment of XMP (6 bytes)") == (other == 1));
        through(IO_PNG, &back, &m);
        CHECK(m.xmp.len == 4 && m.xmp.data[1] == "xy"[other]);
        free(in.plane[0].data);
        qn_bytes_free(&file);
        qn_bytes_free(&twice);
        io_meta_free(&m);
        io_meta_free(&back);
    }
}

static const char xmp_begin[] = "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='r'>";
static const char xmp_end[] = "</rdf:RDF></x:xmpmeta>";

/* A packet of 200 KB: JPEG takes it in parts, PNG as one; through both it still says the same. */
static void test_long_xmp(void)
{
    io_meta m = { 0 }, jpeg = { 0 }, png = { 0 }, again = { 0 };
    io_meta_clear(&m);
    CHECK(add(&m.xmp, xmp_begin, sizeof xmp_begin - 1) && add(&m.xmp, "<rdf:Description note='", 23));
    for (int i = 0; i < 20000; i++)
        CHECK(add(&m.xmp, "0123456789", 10));
    CHECK(add(&m.xmp, "'/>", 3) && add(&m.xmp, xmp_end, sizeof xmp_end - 1));
    through(IO_JPEG, &m, &jpeg);
    CHECK(jpeg.xmp.len > 0 && jpeg.xmp.len < 1000 && jpeg.xmp_more.len > 200000);
    CHECK(memmem(jpeg.xmp.data, jpeg.xmp.len, "HasExtendedXMP=\"", 16));
    char hex[33];
    qn_md5_hex(jpeg.xmp_more.data, jpeg.xmp_more.len, hex);
    CHECK(memmem(jpeg.xmp.data, jpeg.xmp.len, hex, 32));
    through(IO_PNG, &jpeg, &png);
    CHECK(png.xmp.len > 200000 && png.xmp_more.len == 0);
    CHECK(!memmem(png.xmp.data, png.xmp.len, "HasExtendedXMP", 14));
    CHECK(memmem(png.xmp.data, png.xmp.len, "0123456789'/></rdf:RDF>", 23));
    through(IO_JPEG, &png, &again);
    CHECK(again.xmp_more.len > 200000);
    io_meta_free(&m);
    io_meta_free(&jpeg);
    io_meta_free(&png);
    io_meta_free(&again);
}

static void test_xmp_numbers(void)
{
    static const char before[] = "<a tiff:Orientation=\"6\" tiff:ImageWidth='4000' b=\"1\"><exif:PixelYDimension>33<"
                                 "/exif:PixelYDimension><exif:PixelXDimension>x</exif:PixelXDimension></a>";
    static const char after[] = "<a tiff:Orientation=\"1\" tiff:ImageWidth='16' b=\"1\"><exif:PixelYDimension>12<"
                                "/exif:PixelYDimension><exif:PixelXDimension>x</exif:PixelXDimension></a>";
    io_meta m = { 0 }, back = { 0 };
    io_meta_clear(&m);
    CHECK(add(&m.xmp, before, sizeof before - 1));
    through(IO_JPEG, &m, &back);
    CHECK(back.xmp.len == sizeof after - 1 && memcmp(back.xmp.data, after, back.xmp.len) == 0);
    io_meta_free(&m);
    io_meta_free(&back);
}

/* Image resources with a thumbnail among them go from JPEG to PNG and back without it. */
static void test_iptc(void)
{
    static const uint8_t blocks[] = { '8', 'B', 'I', 'M', 4, 4,    0, 0,   0,   0, 0, 3, 0x1c, 2, 5, 0, /* IPTC */
                                      '8', 'B', 'I', 'M', 4, 12,   0, 0,   0,   0, 0, 2, 9,    9,       /* thumbnail */
                                      '8', 'B', 'I', 'M', 3, 0xed, 2, 'a', 'b', 0, 0, 0, 0,    2, 1, 2 };
    io_meta m = { 0 }, jpeg = { 0 }, png = { 0 }, again = { 0 };
    io_meta_clear(&m);
    CHECK(add(&m.iptc, blocks, sizeof blocks));
    through(IO_JPEG, &m, &jpeg);
    CHECK_EQ_INT(jpeg.iptc.len, 32);
    CHECK(jpeg.iptc.len == 32 && memcmp(jpeg.iptc.data, blocks, 16) == 0 &&
          memcmp(jpeg.iptc.data + 16, blocks + 30, 16) == 0);
    through(IO_PNG, &jpeg, &png);
    CHECK(png.text.len == 0);
    through(IO_JPEG, &png, &again);
    CHECK(again.iptc.len == 32 && memcmp(again.iptc.data, blocks, 16) == 0);
    io_meta_free(&m);
    io_meta_free(&jpeg);
    io_meta_free(&png);
    io_meta_free(&again);
}

/* What cannot be carried is told, each kind once. */
static void test_notes(void)
{
    static const qn_format rgb = { 3, 8, QN_INTERLEAVED }, gray = { 1, 8, QN_INTERLEAVED };
    io_meta m = { 0 };
    for (int i = 0; i < 3; i++) {
        io_meta_clear(&m);
        add_icc(&m.icc, 400);
        add_exif(&m.exif);
        m.gamma = 1;
        static const uint8_t padding[70000];
        CHECK(i != 1 || add(&m.exif, padding, sizeof padding));
        const io_meta_change change = { 9, 9, true, true, rgb, i == 1 ? gray : rgb, i == 0 ? IO_PNM : IO_JPEG };
        CHECK(io_meta_fit(&m, &change));
        const char *notes = m.notes.len ? (const char *)m.notes.data : "";
        const size_t n = m.notes.len;
        CHECK((memmem(notes, n, "colour profile", 14) != NULL) == (i < 2) && (m.icc.len > 0) == (i == 2));
        CHECK((memmem(notes, n, "EXIF (", 6) != NULL) == (i < 2) && (m.exif.len > 0) == (i == 2));
        CHECK((memmem(notes, n, "gAMA", 4) != NULL) == (i == 1));
    }
    io_meta_free(&m);
}

/* Packets and resources cut short and with bytes exchanged, fitted to every format: no access outside, no hang. */
static void test_hostile_packets(void)
{
    static const char packet[] =
        "<x:xmpmeta xmlns:x='a'><rdf:RDF xmlns:rdf='r'><rdf:Description tiff:Orientation=\"6\" "
        "xmpNote:HasExtendedXMP=\"0123456789ABCDEF0123456789ABCDEF\"/></rdf:RDF></x:xmpmeta>";
    static const uint8_t blocks[] = { '8', 'B', 'I', 'M', 4, 12, 1, 'a', 0, 0, 0, 2, 9, 9,
                                      '8', 'B', 'I', 'M', 4, 4,  0, 0,   0, 0, 0, 1, 7, 0 };
    static const qn_format rgb = { 3, 8, QN_INTERLEAVED };
    static const io_type types[] = { IO_JPEG, IO_PNG, IO_PNM };
    for (size_t cut = 0; cut < sizeof packet; cut += 3) {
        for (size_t at = 0; at < sizeof packet; at += 5) {
            for (int t = 0; t < 3; t++) {
                io_meta m = { 0 };
                io_meta_clear(&m);
                CHECK(cut == 0 || add(&m.xmp, packet, cut));
                CHECK(cut == 0 || add(&m.xmp_more, packet, cut));
                CHECK(cut == 0 || add(&m.iptc, blocks, cut < sizeof blocks ? cut : sizeof blocks));
                if (at < m.xmp.len)
                    m.xmp.data[at] = m.xmp_more.data[at] = '>';
                if (at < m.iptc.len)
                    m.iptc.data[at] = (uint8_t)(0xff - m.iptc.data[at]);
                const io_meta_change change = { 9, 9, true, true, rgb, rgb, (int)types[t] };
                CHECK(io_meta_fit(&m, &change));
                io_meta_free(&m);
            }
        }
    }
    io_meta m = { 0 };
    io_meta_clear(&m);
    for (int i = 0; i < 200000; i++)
        CHECK(add(&m.xmp, "tiff:Orientation=\"66\"", 21));
    const io_meta_change change = { 9, 9, true, true, rgb, rgb, IO_PNG };
    CHECK(io_meta_fit(&m, &change)); /* quick, though each number is made shorter */
    io_meta_free(&m);
}

/* libpng refuses a profile whose length is not what it says; that is told, and the rest is written. */
static void test_png_profile(void)
{
    for (int broken = 0; broken < 2; broken++) {
        io_meta m = { 0 }, back = { 0 };
        io_meta_clear(&m);
        add_icc(&m.icc, 400);
        add_exif(&m.exif);
        m.icc.data[2] = (uint8_t)(m.icc.data[2] + broken);
        through(IO_PNG, &m, &back);
        CHECK_EQ_INT(back.icc.len, broken ? 0 : 400);
        CHECK(back.exif.len > 0);
        CHECK(broken == (m.notes.len > 0 && memmem(m.notes.data, m.notes.len, "colour profile", 14) != NULL));
        io_meta_free(&m);
        io_meta_free(&back);
    }
}

static void test_md5(void)
{
    char hex[33];
    qn_md5_hex("abc", 3, hex);
    CHECK_EQ_STR(hex, "900150983CD24FB0D6963F7D28E17F72");
    qn_md5_hex("12345678901234567890123456789012345678901234567890123456789012345678901234567890", 80, hex);
    CHECK_EQ_STR(hex, "57EDF4A22BE3C955AC49DA2E2107B67A");
    qn_md5_hex(NULL, 0, hex);
    CHECK_EQ_STR(hex, "D41D8CD98F00B204E9800998ECF8427E");
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
    test_thumbnail();
    test_missing_pieces();
    test_second_packet();
    test_long_xmp();
    test_xmp_numbers();
    test_iptc();
    test_notes();
    test_png_profile();
    test_hostile_packets();
    test_md5();
    test_orientation_samples();
    return check_summary();
}
