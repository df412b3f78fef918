/* What a PNG holds besides its pixels: read, carried, remarked on, refused where it is too much. */
#include "png_builder.h"

static const io_limits strict = { 0 };
static const uint8_t two_rows[6] = { 0, 10, 20, 0, 30, 40 }; /* 2x2, gray of 8 bits */

static void put_pixels(qn_bytes *file)
{
    put_packed(file, "IDAT", "", 0, two_rows, sizeof two_rows);
}

/* Decodes; the pixels are checked where it works. */
static bool decode(const qn_bytes *file, const io_limits *limits, io_meta *meta, bool *damaged, qn_error *err)
{
    qn_image out;
    io_info info;
    *err = (qn_error){ 0 };
    const bool ok = decode_picture(file->data, file->len, limits, &out, &info, meta, damaged, err);
    const uint8_t *p = out.plane[0].data;
    CHECK(!ok || (p[0] == 10 && p[1] == 20 && p[out.plane[0].stride] == 30 && p[out.plane[0].stride + 1] == 40));
    free(out.plane[0].data);
    return ok;
}

static bool has_line(const qn_bytes *lines, const char *text)
{
    for (size_t at = 0; at < lines->len; at += strlen((const char *)lines->data + at) + 1)
        if (strstr((const char *)lines->data + at, text))
            return true;
    return false;
}

static bool has_note(const io_meta *meta, const char *text)
{
    return has_line(&meta->notes, text) || has_line(&meta->losses, text);
}

static bool text_is(const io_meta *meta, const char *want, size_t len)
{
    return meta->text.len == len && memcmp(meta->text.data, want, len) == 0;
}

/* Each kind of text, before the pixels and behind them. */
static void test_texts(void)
{
    static const uint8_t words[] = "K\xc3\xa4se", packet[] = "<x:xmpmeta/>";
    for (int late = 0; late < 2; late++) {
        io_meta meta = { 0 };
        qn_bytes file = { 0 };
        qn_error err;
        bool damaged;
        begin_png(&file, 2, 2, 8, 0);
        if (late)
            put_pixels(&file);
        put_chunk(&file, "tEXt", "Title\0K\xe4se", 10);
        put_packed(&file, "zTXt", "Author\0", 8, (const uint8_t *)"Ada", 3);
        put_chunk(&file, "iTXt", "Source\0\0\0de\0Quelle\0K\xc3\xa4se", 24);
        put_packed(&file, "iTXt", "Comment\0\1\0\0", 12, words, sizeof words - 1);
        put_packed(&file, "iTXt", "XML:com.adobe.xmp\0\1\0\0", 22, packet, sizeof packet - 1);
        put_chunk(&file, "tEXt", "Empty", 6);
        put_chunk(&file, "tEXt", "no end", 6);
        put_chunk(&file, "eXIf", "II*\0\10\0\0\0\0\0", 10);
        if (!late)
            put_pixels(&file);
        put_chunk(&file, "IEND", NULL, 0);
        CHECK(decode(&file, &strict, &meta, &damaged, &err) && !damaged);
        static const char want[] = "Title\0K\xc3\xa4se\0"
                                   "Author\0Ada\0"
                                   "Source\0K\xc3\xa4se\0"
                                   "Comment\0K\xc3\xa4se\0"
                                   "Empty\0";
        CHECK(text_is(&meta, want, sizeof want));
        CHECK(meta.xmp.len == sizeof packet - 1 && memcmp(meta.xmp.data, packet, meta.xmp.len) == 0);
        CHECK(meta.exif.len == 10);
        CHECK(has_note(&meta, "without a proper keyword"));
        io_meta_free(&meta);
        qn_bytes_free(&file);
    }
}

/* EXIF, XMP and IPTC as older programs put them into text: hexadecimal, under a line of their own. Orientation 6. */
static const char raw_exif[] = "\nexif\n      32\n457869660000" /* "Exif", NUL, NUL */
                               "49492a0008000000\n0100120103000100000006000000\n00000000\n";
static const char raw_xmp[] = "\ngeneric profile\n 5 \n3c782f3e0a\n", raw_iptc[] = "\nIPTC profile\n 5\n1c02000000\n";

static void test_raw_profiles(void)
{
    for (int chunk = 0; chunk < 3; chunk++) { /* no eXIf, one behind the text, one before it */
        io_meta meta = { 0 };
        qn_bytes file = { 0 };
        qn_error err;
        bool damaged;
        begin_png(&file, 2, 2, 8, 0);
        if (chunk == 2)
            put_chunk(&file, "eXIf", "II*\0\10\0\0\0\0\0", 10);
        put_packed(&file, "zTXt", "Raw profile type exif\0", 23, (const uint8_t *)raw_exif, sizeof raw_exif - 1);
        if (chunk == 1)
            put_chunk(&file, "eXIf", "II*\0\10\0\0\0\0\0", 10);
        put_packed(&file, "zTXt", "Raw profile type xmp\0", 22, (const uint8_t *)raw_xmp, sizeof raw_xmp - 1);
        put_packed(&file, "zTXt", "Raw profile type 8bim\0", 23, (const uint8_t *)raw_iptc, sizeof raw_iptc - 1);
        put_packed(&file, "zTXt", "Raw profile type iptc\0", 23, (const uint8_t *)raw_iptc, sizeof raw_iptc - 1);
        put_chunk(&file, "tEXt", "Raw profile type exif\0no hex", 28);
        put_chunk(&file, "tEXt", "Raw profile type other\0\nx\n 1\n00\n", 32);
        put_pixels(&file);
        put_chunk(&file, "IEND", NULL, 0);
        CHECK(decode(&file, &strict, &meta, &damaged, &err) && !damaged);
        CHECK_EQ_INT(meta.exif.len, chunk ? 10 : 26);
        CHECK_EQ_INT(meta.orientation, chunk ? 1 : 6);
        CHECK(meta.xmp.len == 5 && memcmp(meta.xmp.data, "<x/>\n", 5) == 0);
        CHECK(meta.iptc.len == 18 && memcmp(meta.iptc.data, "8BIM\4\4", 6) == 0);
        CHECK(has_note(&meta, "'Raw profile type iptc' left out") &&
              has_note(&meta, "'Raw profile type exif' left out") == (chunk == 2));
        static const char want[] = "Raw profile type exif\0no hex\0Raw profile type other\0\nx\n 1\n00\n";
        CHECK(text_is(&meta, want, sizeof want));
        io_meta_free(&meta);
        qn_bytes_free(&file);
    }
}

/* vips puts XMP into zTXt, under the key that it has in iTXt. */
static void test_packed_xmp(void)
{
    io_meta meta = { 0 };
    qn_bytes file = { 0 };
    qn_error err;
    bool damaged;
    begin_png(&file, 2, 2, 8, 0);
    put_packed(&file, "zTXt", "XML:com.adobe.xmp\0", 19, (const uint8_t *)"<x/>", 4);
    put_pixels(&file);
    put_chunk(&file, "IEND", NULL, 0);
    CHECK(decode(&file, &strict, &meta, &damaged, &err) && meta.text.len == 0);
    CHECK(meta.xmp.len == 4 && memcmp(meta.xmp.data, "<x/>", 4) == 0);
    io_meta_free(&meta);
    qn_bytes_free(&file);
}

/* IHDR comes first. Behind a chunk that libpng hands over raw it would be read, but its size not be checked. */
static void test_late_header(void)
{
    static const char types[][5] = { "tEXt", "prIv", "gAMA" };
    for (int i = 0; i < 3; i++) {
        io_meta meta = { 0 };
        qn_bytes file = { 0 }, first = { 0 };
        qn_error err;
        bool damaged;
        begin_png(&file, 2, 2, 8, 0);
        CHECK(qn_bytes_append(&first, file.data, 8));
        put_chunk(&first, types[i], "a\0b", 4);
        CHECK(qn_bytes_append(&first, file.data + 8, file.len - 8));
        put_pixels(&first);
        put_chunk(&first, "IEND", NULL, 0);
        CHECK(!decode(&first, &strict, &meta, &damaged, &err) && err.code == QN_INPUT && strstr(err.text, "IHDR"));
        io_meta_free(&meta);
        qn_bytes_free(&file);
        qn_bytes_free(&first);
    }
}

/* An animation is read as its still picture; that, and what no output carries, is said. */
static void test_left_out(void)
{
    static const uint8_t frames[8] = { 0, 0, 0, 3 }, control[26] = { 0 }, time[7] = { 7, 234, 11, 23 };
    io_meta meta = { 0 };
    qn_bytes file = { 0 };
    qn_error err;
    bool damaged;
    begin_png(&file, 2, 2, 8, 0);
    put_chunk(&file, "acTL", frames, 8);
    put_chunk(&file, "fcTL", control, 26);
    put_chunk(&file, "bKGD", time, 2);
    put_chunk(&file, "prIv", "a", 1);
    put_chunk(&file, "prIv", "b", 1);
    put_pixels(&file);
    put_chunk(&file, "fcTL", control, 26);
    put_chunk(&file, "fdAT", control, 26);
    put_chunk(&file, "tIME", time, 7);
    put_chunk(&file, "IEND", NULL, 0);
    CHECK(decode(&file, &strict, &meta, &damaged, &err) && !damaged);
    CHECK(has_note(&meta, "an animation of 3 frames"));
    CHECK(has_note(&meta, "chunks left out: bKGD, prIv") && !has_note(&meta, "prIv, prIv"));
    CHECK(has_note(&meta, "chunks left out: tIME") && !has_note(&meta, "fdAT"));
    io_meta_free(&meta);
    qn_bytes_free(&file);
}

/* gAMA and cHRM go from PNG to PNG, and are remarked on where a JPEG is written. */
static void test_chroma(void)
{
    static const uint8_t gamma[4] = { 0, 0, 0xd6, 0xd8 }; /* 0.55 */
    uint8_t chroma[32] = { 0 };
    static const unsigned of_prophoto[8] = { 34567, 35850, 73470, 26530, 15960, 84040, 3660, 10 };
    for (int i = 0; i < 8; i++) {
        chroma[4 * i + 1] = (uint8_t)(of_prophoto[i] >> 16);
        chroma[4 * i + 2] = (uint8_t)(of_prophoto[i] >> 8);
        chroma[4 * i + 3] = (uint8_t)of_prophoto[i];
    }
    io_meta meta = { 0 };
    qn_bytes file = { 0 };
    qn_error err;
    bool damaged;
    begin_png(&file, 2, 2, 8, 0);
    put_chunk(&file, "gAMA", gamma, 4);
    put_chunk(&file, "cHRM", chroma, 32);
    put_pixels(&file);
    put_chunk(&file, "IEND", NULL, 0);
    CHECK(decode(&file, &strict, &meta, &damaged, &err));
    CHECK(meta.has_chroma && meta.gamma > 0.5499 && meta.gamma < 0.5501);
    const qn_image in = make_picture(2, 2, 3, 8);
    const io_encode_options options = { .type = IO_PNG, .compression = -1 };
    CHECK(io_encode(&in, &meta, &options, &file, &err));
    bool found = false;
    for (size_t i = 0; i + 36 <= file.len; i++)
        found = found || (memcmp(file.data + i, "cHRM", 4) == 0 && memcmp(file.data + i + 4, chroma, 32) == 0);
    CHECK(found);
    const io_meta_change to_jpeg = { 2, 2, false, false, in.format, in.format, IO_JPEG };
    CHECK(io_meta_fit(&meta, &to_jpeg) && has_note(&meta, "cHRM"));
    io_meta_keep(&meta, IO_META_TEXT);
    CHECK(!meta.has_chroma);
    free(in.plane[0].data);
    io_meta_free(&meta);
    qn_bytes_free(&file);
}

/* Text that does not inflate is damage: an error, or left out. */
static void test_damaged_text(void)
{
    static const io_limits keep = { .keep_truncated = true };
    static const char *const kinds[] = { "zTXt", "iTXt", "iTXt" };
    static const char *const bodies[] = { "k\0\0nonsense", "k\0\1\0\0\0nonsense", "k\0\1\0no" };
    static const size_t lengths[] = { 11, 14, 6 };
    for (int i = 0; i < 3; i++) {
        io_meta meta = { 0 };
        qn_bytes file = { 0 };
        qn_error err;
        bool damaged;
        begin_png(&file, 2, 2, 8, 0);
        put_chunk(&file, kinds[i], bodies[i], lengths[i]);
        put_chunk(&file, "tEXt", "b\0v", 3);
        put_pixels(&file);
        put_chunk(&file, "IEND", NULL, 0);
        CHECK(!decode(&file, &strict, &meta, &damaged, &err) && err.code == QN_INPUT);
        CHECK_MSG(strstr(err.text, "'k'"), "%s", err.text);
        CHECK(decode(&file, &keep, &meta, &damaged, &err) && damaged && text_is(&meta, "b\0v", 4));
        io_meta_free(&meta);
        qn_bytes_free(&file);
    }
}

/* A chunk `times` times, before or behind the pixels: too much by itself, and allowed without a limit. */
static void check_limited(const char *what, const qn_bytes *chunk, int times, bool late)
{
    static const io_limits none = { .max_meta = UINT64_MAX };
    io_meta meta = { 0 };
    qn_bytes file = { 0 };
    qn_error err;
    bool damaged;
    begin_png(&file, 2, 2, 8, 0);
    if (late)
        put_pixels(&file);
    for (int i = 0; i < times; i++)
        CHECK(qn_bytes_append(&file, chunk->data, chunk->len));
    if (!late)
        put_pixels(&file);
    put_chunk(&file, "IEND", NULL, 0);
    CHECK_MSG(!decode(&file, &strict, &meta, &damaged, &err), "%s", what);
    CHECK_MSG(err.code == QN_LIMIT && strstr(err.text, "--max-meta"), "%s: %s", what, err.text);
    CHECK_MSG(meta.text.len + meta.icc.len + meta.exif.len <= 17 << 20, "%s", what);
    CHECK_MSG(decode(&file, &none, &meta, &damaged, &err) && !damaged, "%s: %s", what, err.text);
    io_meta_free(&meta);
    qn_bytes_free(&file);
}

static void test_limits(void)
{
    enum { BIG = 20 << 20, PART = 6 << 20 };
    uint8_t *plain = malloc(BIG);
    qn_bytes chunk = { 0 }, icc = { 0 };
    memset(plain, 'a', BIG);
    for (int late = 0; late < 2; late++) {
        chunk.len = 0;
        put_packed(&chunk, "zTXt", "k\0", 3, plain, BIG);
        check_limited("zTXt", &chunk, 1, late);
        chunk.len = 0;
        put_packed(&chunk, "iTXt", "k\0\1\0\0", 6, plain, PART); /* each is allowed, together they are not */
        check_limited("iTXt", &chunk, 3, late);
        chunk.len = 0;
        put_chunk(&chunk, "tEXt", "k\0v", 3);
        check_limited("many texts", &chunk, 1100, late);
        chunk.len = 0;
        memset(plain, 0, BIG);
        put_packed(&chunk, "zTXt", "k\0", 3, plain, BIG); /* its text ends at once, and it is inflated all the same */
        check_limited("zeros", &chunk, 1, late);
        memset(plain, 'a', BIG);
    }
    add_icc(&icc, BIG);
    memcpy(icc.data + 16, "GRAY", 4);
    chunk.len = 0;
    put_packed(&chunk, "iCCP", "k\0", 3, icc.data, BIG);
    check_limited("iCCP", &chunk, 1, false);
    chunk.len = 0;
    put_chunk(&chunk, "eXIf", plain, BIG);
    check_limited("eXIf", &chunk, 1, false);
    free(plain);
    qn_bytes_free(&icc);
    qn_bytes_free(&chunk);
}

/* What no output is given may be as long as it likes: a frame of an animation, a program's own data. */
static void test_long_others(void)
{
    enum { BIG = 17 << 20 };
    static const char *const names[] = { "fdAT", "prIv", "sPLT" };
    uint8_t *plain = calloc(1, BIG);
    for (int i = 0; i < 3; i++)
        for (int late = 0; late < 2; late++) {
            io_meta meta = { 0 };
            qn_bytes file = { 0 };
            qn_error err;
            bool damaged;
            begin_png(&file, 2, 2, 8, 0);
            if (late)
                put_pixels(&file);
            put_chunk(&file, names[i], plain, BIG);
            if (!late)
                put_pixels(&file);
            put_chunk(&file, "IEND", NULL, 0);
            CHECK_MSG(decode(&file, &strict, &meta, &damaged, &err) && !damaged, "%s: %s", names[i], err.text);
            CHECK_MSG(has_note(&meta, names[i]) == (i > 0), "%s", names[i]);
            io_meta_free(&meta);
            qn_bytes_free(&file);
        }
    free(plain);
}

typedef struct pieces {
    const qn_bytes *file;
    size_t at;
} pieces;

static bool next_piece(void *user, const uint8_t **data, size_t *len, qn_error *err)
{
    pieces *p = user;
    (void)err;
    *data = p->file->data + p->at;
    *len = p->file->len - p->at < 512 ? p->file->len - p->at : 512;
    p->at += *len;
    return true;
}

static bool look_at(void *user, uint64_t offset, void *to, size_t *len)
{
    const pieces *p = user;
    const size_t left = offset < p->file->len ? p->file->len - (size_t)offset : 0;
    *len = *len < left ? *len : left;
    memcpy(to, p->file->data + offset, *len);
    return true;
}

/* What stands behind the pixels is known before them, from a file in memory and from one in pieces, and once. */
static void test_behind(void)
{
    static const uint8_t exif[] = { 'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0 };
    static const char xmp[] = "XML:com.adobe.xmp\0\0\0\0\0<x/>";
    static const uint8_t much[20000];
    uint8_t out[256];
    qn_bytes file = { 0 };
    io_meta meta = { 0 };
    for (int way = 0; way < 4; way++) { /* in memory; with a broken text; in pieces; with a long chunk, too */
        io_decoder *dec = NULL;
        io_info info;
        qn_error err = { 0 };
        bool damaged = false;
        begin_png(&file, 2, 2, 8, 0);
        put_packed(&file, "IDAT", "", 0, two_rows, sizeof two_rows);
        put_chunk(&file, "eXIf", exif, sizeof exif);
        put_chunk(&file, "tEXt", "Title\0hello", 11);
        if (way == 3) /* longer than a look at the file */
            put_chunk(&file, "prIv", much, sizeof much);
        put_chunk(&file, "iTXt", xmp, sizeof xmp - 1);
        put_chunk(&file, "IEND", NULL, 0);
        if (way == 1)
            file.data[file.len - 20] ^= 1; /* of the XMP */
        pieces p = { &file, 0 };
        const uint8_t *first = file.data;
        size_t len = file.len;
        const io_more more = { next_piece, &p, file.len, look_at };
        const io_limits limits = { .more = way >= 2 ? &more : NULL };
        CHECK(way < 2 || next_piece(&p, &first, &len, &err));
        CHECK(io_decoder_open(&dec, first, len, &limits, &info, &meta, &err));
        CHECK(meta.orientation == 6 && meta.exif.len == sizeof exif);
        CHECK(way == 1 || (meta.xmp.len == 4 && meta.text.len == 12));
        CHECK(io_decode(dec, out, 128, &damaged, &err) == (way != 1));
        CHECK(way == 1 || (meta.xmp.len == 4 && meta.text.len == 12));
        io_decoder_free(&dec);
    }
    io_meta_free(&meta);
    qn_bytes_free(&file);
}

/* Compressed data that goes on behind the last row is not inflated to its end. */
static void test_more_pixels(void)
{
    enum { MORE = 64 << 20 };
    uint8_t *plain = calloc(1, MORE), out[256];
    qn_bytes file = { 0 };
    io_meta meta = { 0 };
    io_decoder *dec = NULL;
    io_info info;
    qn_error err = { 0 };
    bool damaged = false;
    memcpy(plain, two_rows, sizeof two_rows);
    begin_png(&file, 2, 2, 8, 0);
    put_packed(&file, "IDAT", "", 0, plain, MORE);
    put_chunk(&file, "IEND", NULL, 0);
    pieces p = { &file, 0 };
    const uint8_t *first;
    size_t len;
    CHECK(next_piece(&p, &first, &len, &err));
    const io_more more = { next_piece, &p, file.len, NULL };
    const io_limits limits = { .more = &more };
    CHECK(io_decoder_open(&dec, first, len, &limits, &info, &meta, &err));
    CHECK(!io_decode(dec, out, 128, &damaged, &err) && err.code == QN_INPUT);
    CHECK_MSG(p.at < 40000 && file.len > 200000, "%zu of %zu bytes read", p.at, file.len);
    io_decoder_free(&dec);
    io_meta_free(&meta);
    qn_bytes_free(&file);
    free(plain);
}

int main(void)
{
    test_texts();
    test_raw_profiles();
    test_packed_xmp();
    test_late_header();
    test_left_out();
    test_chroma();
    test_damaged_text();
    test_limits();
    test_long_others();
    test_more_pixels();
    test_behind();
    return check_summary();
}
