/* Row by row gives what whole pictures give: the same pixels in, the same bytes out; also from a file in pieces. */
#include "picture_helper.h"

typedef struct pieces {
    const uint8_t *data;
    size_t len, pos, piece;
    uint8_t *copy; /* so that the bytes before are gone */
} pieces;

static bool next_piece(void *user, const uint8_t **data, size_t *len, qn_error *err)
{
    pieces *p = user;
    (void)err;
    const size_t n = p->len - p->pos < p->piece ? p->len - p->pos : p->piece;
    free(p->copy);
    p->copy = malloc(n + 1);
    memcpy(p->copy, p->data + p->pos, n);
    p->pos += n;
    *data = p->copy;
    *len = n;
    return true;
}

static bool broken_piece(void *user, const uint8_t **data, size_t *len, qn_error *err)
{
    (void)user, (void)data, (void)len;
    return qn_fail(err, QN_IO, "the disk is gone");
}

static void encode_both(const qn_image *image, const io_encode_options *options, uint32_t step, qn_bytes *whole,
                        qn_bytes *rows)
{
    qn_bytes part = { 0 };
    qn_error err = { 0 };
    CHECK_MSG(io_encode(image, NULL, options, whole, &err), "%s", err.text);
    io_encoder *enc = io_encoder_open(image, NULL, options, &part, &err);
    CHECK_MSG(enc != NULL, "%s", err.text);
    rows->len = 0;
    for (uint32_t y = 0; enc && y < image->height; y += step) {
        const uint32_t n = image->height - y < step ? image->height - y : step;
        CHECK(io_encoder_rows(enc, (const uint8_t *)image->plane[0].data + y * image->plane[0].stride,
                              image->plane[0].stride, n, &err));
        CHECK(qn_bytes_append(rows, part.data, part.len));
        part.len = 0;
    }
    CHECK(enc && io_encoder_finish(enc, NULL, &err) && qn_bytes_append(rows, part.data, part.len));
    io_encoder_free(&enc);
    qn_bytes_free(&part);
}

/* `give` bytes at once, `step` rows at a time. */
static bool decode_rows(const qn_bytes *file, size_t give, uint32_t step, bool keep, qn_image *out, bool *damaged,
                        qn_error *err)
{
    pieces p = { .data = file->data, .len = file->len, .pos = give, .piece = give };
    const io_more more = { next_piece, &p, file->len, NULL };
    const io_limits limits = { .keep_truncated = keep, .more = give < file->len ? &more : NULL };
    uint8_t *first = malloc(give + 1);
    memcpy(first, file->data, give < file->len ? give : file->len);
    io_decoder *dec = NULL;
    io_info info;
    io_meta meta = { 0 };
    *damaged = false;
    bool ok = io_decoder_open(&dec, first, give < file->len ? give : file->len, &limits, &info, &meta, err);
    if (ok) {
        CHECK(io_reads_rows(&info));
        *out = (qn_image){ .width = info.width, .height = info.height, .format = info.format };
        out->plane[0].stride = qn_row_stride(info.width, info.format);
        out->plane[0].data = calloc(info.height, out->plane[0].stride);
    }
    for (uint32_t y = 0; ok && y < info.height; y += step) {
        const uint32_t n = info.height - y < step ? info.height - y : step;
        ok = io_decode_rows(dec, (uint8_t *)out->plane[0].data + y * out->plane[0].stride, out->plane[0].stride, n,
                            damaged, err);
    }
    io_decoder_free(&dec);
    io_meta_free(&meta);
    free(first);
    free(p.copy);
    return ok;
}

static void both_ways(io_type type, uint8_t channels, uint8_t depth, uint32_t w, uint32_t h, unsigned seed)
{
    const io_encode_options options = { .type = type, .quality = 90, .compression = -1, .subsampling = IO_SUB_420 };
    qn_image in = make_picture(w, h, channels, depth), whole, rows = { 0 };
    qn_bytes file = { 0 }, again = { 0 };
    qn_error err = { 0 };
    io_info info;
    bool damaged;
    const io_limits none = { 0 };
    encode_both(&in, &options, 1 + seed % h, &file, &again);
    CHECK_MSG(file.len == again.len && !memcmp(file.data, again.data, file.len), "%s %ux%ux%u: other bytes",
              io_type_name(type), w, h, channels);
    CHECK(decode_picture(file.data, file.len, &none, &whole, &info, NULL, &damaged, &err));
    for (size_t give = file.len; give > 40 || give == file.len; give = io_reads_pieces(type) ? give / 3 : 0) {
        CHECK_MSG(decode_rows(&file, give, 1 + (seed + (uint32_t)give) % h, false, &rows, &damaged, &err), "%s",
                  err.text);
        CHECK(!damaged && same_pixels(&whole, &rows));
        free(rows.plane[0].data);
    }
    free(in.plane[0].data);
    free(whole.plane[0].data);
    qn_bytes_free(&file);
    qn_bytes_free(&again);
}

/* A file that ends early: an error, or with keep_truncated what io_decode() makes of it. */
static void cut_short(io_type type)
{
    const io_encode_options options = { .type = type, .quality = 90, .compression = -1 };
    const io_limits keep = { .keep_truncated = true };
    qn_image in = make_picture(261, 190, 3, 8), whole, rows = { 0 };
    qn_bytes file = { 0 };
    qn_error err = { 0 };
    io_info info;
    bool damaged;
    CHECK(io_encode(&in, NULL, &options, &file, &err));
    file.len = file.len * 2 / 3;
    CHECK(!decode_rows(&file, file.len, 7, false, &rows, &damaged, &err) && err.code == QN_INPUT);
    free(rows.plane[0].data);
    rows.plane[0].data = NULL;
    qn_error_clear(&err);
    const bool in_pieces = io_reads_pieces(type);
    CHECK(!decode_rows(&file, in_pieces ? 200 : file.len, 7, false, &rows, &damaged, &err) && err.code == QN_INPUT);
    free(rows.plane[0].data);
    rows.plane[0].data = NULL;
    CHECK(decode_picture(file.data, file.len, &keep, &whole, &info, NULL, &damaged, &err) && damaged);
    qn_error_clear(&err);
    CHECK_MSG(decode_rows(&file, in_pieces ? 300 : file.len, 7, true, &rows, &damaged, &err) && damaged, "%s",
              err.text);
    CHECK(same_pixels(&whole, &rows));
    free(rows.plane[0].data);
    free(whole.plane[0].data);
    free(in.plane[0].data);
    qn_bytes_free(&file);
}

static void disk_fails(io_type type)
{
    const io_encode_options options = { .type = type, .quality = 90, .compression = -1 };
    const io_more more = { broken_piece, NULL, 1 << 20, NULL };
    const io_limits limits = { .keep_truncated = true, .more = &more };
    qn_image in = make_picture(61, 90, 3, 8);
    qn_bytes file = { 0 };
    qn_error err = { 0 };
    io_decoder *dec = NULL;
    io_info info;
    io_meta meta = { 0 };
    bool damaged = false;
    uint8_t *dst = malloc(90 * 256);
    CHECK(io_encode(&in, NULL, &options, &file, &err));
    CHECK(io_decoder_open(&dec, file.data, file.len / 2, &limits, &info, &meta, &err));
    CHECK(!io_decode_rows(dec, dst, 256, 90, &damaged, &err));
    CHECK_MSG(err.code == QN_IO && strstr(err.text, "the disk is gone"), "%s", err.text);
    io_decoder_free(&dec);
    io_meta_free(&meta);
    free(dst);
    free(in.plane[0].data);
    qn_bytes_free(&file);
}

int main(void)
{
    static const uint32_t sizes[][2] = { { 1, 1 }, { 1, 40 }, { 33, 1 }, { 129, 70 }, { 64, 33 } };
    unsigned seed = 1;
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++)
        for (uint8_t channels = 1; channels <= 4; channels++) {
            both_ways(IO_PNG, channels, 8, sizes[s][0], sizes[s][1], seed += 7);
            both_ways(IO_PNG, channels, 16, sizes[s][0], sizes[s][1], seed += 7);
            both_ways(IO_PAM, channels, 8, sizes[s][0], sizes[s][1], seed += 7);
            both_ways(IO_PAM, channels, 16, sizes[s][0], sizes[s][1], seed += 7);
            if (channels == 2 || channels == 4)
                continue;
            both_ways(IO_JPEG, channels, 8, sizes[s][0], sizes[s][1], seed += 7);
            both_ways(IO_PNM, channels, 16, sizes[s][0], sizes[s][1], seed += 7);
        }
    cut_short(IO_PNG);
    cut_short(IO_JPEG);
    cut_short(IO_PNM);
    disk_fails(IO_PNG);
    disk_fails(IO_JPEG);
    return check_summary();
}
