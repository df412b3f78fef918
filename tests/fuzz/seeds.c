#include "seeds.h"

#include "lut_file.h"
#include "outfile.h"
#include "png_builder.h"

#include <jpeglib.h>
#include <stdlib.h>
#include <string.h>

static qn_bytes *add(fuzz_seeds *s)
{
    qn_bytes *grown = realloc(s->item, (s->n + 1) * sizeof *grown);
    if (!grown)
        abort();
    s->item = grown;
    s->item[s->n] = (qn_bytes){ 0 };
    return &s->item[s->n++];
}

static void add_text(fuzz_seeds *s, const char *text)
{
    CHECK(qn_bytes_append(add(s), text, strlen(text)));
}

static void fill_meta(io_meta *m)
{
    static const char text[] = "Comment\0first\0Author\0K\0Title\0a longer one, which is said twice: a longer one";
    static const char xmp[] = "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/"
                              "22-rdf-syntax-ns#\"><rdf:Description rdf:about=\"\" "
                              "xmlns:tiff=\"http://ns.adobe.com/tiff/1.0/\" tiff:Orientation=\"6\" "
                              "tiff:ImageWidth='33'/></rdf:RDF></x:xmpmeta>";
    static const char iptc[] = "8BIM\4\4\0\0\0\0\0\x0a\x1c\2\5\0\5Title8BIM\4\x0c\0\0\0\0\0\2xx";
    io_meta_clear(m);
    add_exif(&m->exif);
    add_icc(&m->icc, 400);
    CHECK(qn_bytes_append(&m->text, text, sizeof text) && qn_bytes_append(&m->xmp, xmp, sizeof xmp - 1) &&
          qn_bytes_append(&m->iptc, iptc, sizeof iptc - 1));
    m->dpi_x = m->dpi_y = 300;
    m->orientation = 6;
}

static void add_encoded(fuzz_seeds *s, const qn_image *image, const io_encode_options *options, const io_meta *meta)
{
    qn_format to;
    qn_error err = { 0 };
    if (io_can_hold(options->type, options->pnm_kind, image->format, &to))
        CHECK_MSG(io_encode(image, meta, options, add(s), &err), "%s", err.text);
}

static void add_all_types(fuzz_seeds *s)
{
    static const io_encode_options options[] = {
        { .type = IO_PNG, .compression = -1 },
        { .type = IO_PNG, .compression = 0 },
        { .type = IO_PNG, .compression = 9, .optimize = true },
        { .type = IO_PNM },
        { .type = IO_PAM },
        { .type = IO_JPEG, .quality = 90, .subsampling = IO_SUB_420 },
        { .type = IO_JPEG, .quality = 60, .subsampling = IO_SUB_444, .progressive = true, .restart_rows = 1 },
        { .type = IO_JPEG, .quality = 95, .subsampling = IO_SUB_411, .optimize = true, .restart_rows = 2 },
    };
    io_meta meta = { 0 };
    for (unsigned i = 0; i < 8 * sizeof options / sizeof *options; i++) {
        const uint8_t channels = (uint8_t)(1 + i % 4), depth = i / 4 % 2 ? 16 : 8;
        qn_image image = make_picture(37, 21, channels, depth);
        fill_meta(&meta);
        if (channels <= 2)
            memcpy(meta.icc.data + 16, "GRAY", 4);
        add_encoded(s, &image, &options[i / 8], i % 3 ? &meta : NULL);
        free(image.plane[0].data);
    }
    io_meta_free(&meta);
    for (uint8_t channels = 1; channels <= 3; channels = (uint8_t)(channels + 2)) {
        const io_encode_options pfm = { .type = IO_PFM };
        float pixel[5 * 9 * 3];
        const qn_image image = { 9, 5, { channels, 32, QN_INTERLEAVED }, { { pixel, 9 * channels * sizeof *pixel } } };
        for (size_t i = 0; i < sizeof pixel / sizeof *pixel; i++)
            pixel[i] = (float)i / 50.0f - 0.5f;
        add_encoded(s, &image, &pfm, NULL);
    }
}

/* Bytes of an interlaced picture's seven passes, a filter's byte before each row. */
static size_t interlaced_bytes(size_t w, size_t h, size_t pixel_bits)
{
    static const uint8_t pass[7][4] = { { 0, 0, 8, 8 }, { 4, 0, 8, 8 }, { 0, 4, 4, 8 }, { 2, 0, 4, 4 },
                                        { 0, 2, 2, 4 }, { 1, 0, 2, 2 }, { 0, 1, 1, 2 } };
    size_t sum = 0;
    for (int i = 0; i < 7; i++) {
        const size_t columns = (w - pass[i][0] + pass[i][2] - 1) / pass[i][2];
        const size_t rows = (h - pass[i][1] + pass[i][3] - 1) / pass[i][3];
        sum += columns ? rows * (1 + (columns * pixel_bits + 7) / 8) : 0;
    }
    return sum;
}

/* PNG of few bits, of a palette, interlaced, with the chunks that quern does not write. */
static void add_odd_pngs(fuzz_seeds *s)
{
    static const uint8_t kind[][3] = { { 1, 3, 0 }, { 2, 3, 0 }, { 4, 3, 1 }, { 8, 3, 0 },  { 1, 0, 0 },
                                       { 2, 0, 1 }, { 4, 0, 0 }, { 8, 2, 1 }, { 16, 6, 1 }, { 16, 4, 0 } };
    uint8_t rows[4000];
    uint32_t state = 11;
    for (size_t i = 0; i < sizeof kind / sizeof *kind; i++) {
        for (size_t k = 0; k < sizeof rows; k++)
            rows[k] = (uint8_t)noise(&state);
        const uint8_t depth = kind[i][0], color = kind[i][1], channels = (uint8_t[]){ 1, 0, 3, 1, 2, 0, 4 }[color];
        const size_t row = 1 + ((size_t)13 * channels * depth + 7) / 8;
        qn_bytes *b = add(s);
        begin_png(b, 13, 9, depth, color);
        if (kind[i][2]) { /* interlaced: IHDR's last byte before its sum */
            b->data[28] = 1;
            const uint32_t crc = (uint32_t)crc32(0, b->data + 12, 17);
            for (int k = 0; k < 4; k++)
                b->data[29 + k] = (uint8_t)(crc >> (24 - 8 * k));
        }
        for (size_t y = 0; y < sizeof rows / row; y++)
            rows[y * row] = (uint8_t)(kind[i][2] ? 0 : y % 5);
        put_chunk(b, "gAMA", "\0\0\xb1\x8f", 4);
        put_chunk(b, "acTL", "\0\0\0\2\0\0\0", 8);
        put_chunk(b, "pHYs", "\0\0\x0b\x13\0\0\x0b\x13\1", 9);
        put_chunk(b, "tIME", "\x07\xe4\1\2\3\4\5", 7);
        if (color == 3) {
            put_chunk(b, "PLTE", rows, 3u << depth);
            put_chunk(b, "tRNS", rows, 1u << depth >> 1);
        } else if (color == 0 || color == 2) {
            put_chunk(b, "tRNS", "\0\1\0\2\0\3", 2 * channels);
        }
        put_packed(b, "zTXt", "Title\0", 7, (const uint8_t *)"a text in a chunk a text in a chunk", 35);
        put_chunk(b, "iTXt", "Comment\0\0\0de\0K\0hello", 19);
        if (kind[i][2]) /* zeros are pixels and filters too, wherever these stand */
            memset(rows, 0, sizeof rows);
        put_packed(b, "IDAT", "", 0, rows, kind[i][2] ? interlaced_bytes(13, 9, (size_t)depth * channels) : row * 9);
        put_chunk(b, "tEXt", "Late\0behind", 11);
        put_chunk(b, "IEND", "", 0);
    }
}

/* JPEG of kinds that quern does not write: four inks, arithmetic coding, odd samplings. */
static void add_odd_jpegs(fuzz_seeds *s)
{
    static const struct {
        J_COLOR_SPACE in, stored;
        int n, h, v;
        bool arithmetic, progressive;
    } kind[] = {
        { JCS_CMYK, JCS_CMYK, 4, 1, 1, false, false }, { JCS_CMYK, JCS_YCCK, 4, 2, 2, false, true },
        { JCS_RGB, JCS_YCbCr, 3, 2, 2, true, false },  { JCS_RGB, JCS_YCbCr, 3, 1, 2, true, true },
        { JCS_RGB, JCS_RGB, 3, 1, 1, false, false },   { JCS_RGB, JCS_YCbCr, 3, 4, 1, false, false },
        { JCS_RGB, JCS_YCbCr, 3, 3, 1, false, true },  { JCS_GRAYSCALE, JCS_GRAYSCALE, 1, 2, 2, true, false }
    };
    for (size_t i = 0; i < sizeof kind / sizeof *kind; i++) {
        struct jpeg_error_mgr jerr;
        struct jpeg_compress_struct j = { .err = jpeg_std_error(&jerr) };
        unsigned char *data = NULL;
        unsigned long len = 0;
        qn_image image = make_picture(35, 18, (uint8_t)kind[i].n, 8);
        jpeg_create_compress(&j);
        jpeg_mem_dest(&j, &data, &len);
        j.image_width = 35;
        j.image_height = 18;
        j.input_components = kind[i].n;
        j.in_color_space = kind[i].in;
        jpeg_set_defaults(&j);
        jpeg_set_colorspace(&j, kind[i].stored);
        j.comp_info[0].h_samp_factor = kind[i].h;
        j.comp_info[0].v_samp_factor = kind[i].v;
        j.arith_code = kind[i].arithmetic;
        j.restart_interval = i % 2 ? 3 : 0;
        if (kind[i].progressive)
            jpeg_simple_progression(&j);
        jpeg_start_compress(&j, TRUE);
        while (j.next_scanline < j.image_height) {
            JSAMPROW row = (uint8_t *)image.plane[0].data + j.next_scanline * image.plane[0].stride;
            jpeg_write_scanlines(&j, &row, 1);
        }
        jpeg_finish_compress(&j);
        jpeg_destroy_compress(&j);
        CHECK(qn_bytes_append(add(s), data, len));
        free(data);
        free(image.plane[0].data);
    }
}

static void add_texts(fuzz_seeds *s)
{
    add_text(s, "P1 # plain bits\n7 3\n0101010 1010101\n0 1 0 1 0 1 0\n");
    add_text(s, "P2\n# comment\n3 2 # another\n200\n1 2 3\n200 5\t6\n");
    add_text(s, "P3 2 2 65535 1 2 3 4 5 6 65535 8 9 10 11 12\n");
    add_text(s, "P4\n9 2\n\1\2\3\4");
    add_text(s, "P5 3 2 1000\n\1\2\1\2\1\2\1\2\1\2\1\2");
    add_text(s, "P7\nWIDTH 2\nHEIGHT 2\nDEPTH 1\nMAXVAL 1\nTUPLTYPE BLACKANDWHITE\nENDHDR\n\1\1\1\1");
    add_text(s, "P7\n# c\nHEIGHT 1\nWIDTH 2\nMAXVAL 255\nDEPTH 4\nTUPLTYPE RGB_ALPHA\nENDHDR\nabcdefgh");
    add_text(s, "TITLE \"cube\"\nLUT_3D_SIZE 2\nDOMAIN_MIN 0 0 0\nDOMAIN_MAX 1 1 1\n0 0 0\n1 0 0\n0 1 0\n1 1 0\n0 0 1\n"
                "1 0 1\n0 1 1\n1 1 1\n");
    add_text(s, "# curve\nLUT_1D_SIZE 3\n0 0 0\n.5 .25 1e-1\n1 1 1\n");
}

void fuzz_seeds_make(fuzz_seeds *s)
{
    add_all_types(s);
    add_odd_pngs(s);
    add_odd_jpegs(s);
    add_texts(s);
}

bool fuzz_seeds_add_file(fuzz_seeds *s, const char *path)
{
    qn_error err = { 0 };
    return io_read_file(path, add(s), NULL, &err);
}

void fuzz_seeds_free(fuzz_seeds *s)
{
    for (size_t i = 0; i < s->n; i++)
        qn_bytes_free(&s->item[i]);
    free(s->item);
    *s = (fuzz_seeds){ 0 };
}
