/* Private to host/io: what a picture format implements. codec.c holds the table and looks formats up in it. */
#ifndef QUERN_IO_CODEC_TABLE_H
#define QUERN_IO_CODEC_TABLE_H

#include "codec.h"

typedef struct io_codec {
    const char *name;
    /* Sets *dec to an object whose first member is a struct io_decoder, or fails and leaves nothing behind. */
    bool (*open)(io_decoder **dec, const uint8_t *data, size_t len, const io_limits *limits, io_info *info,
                 io_meta *meta, qn_error *err);
    bool (*decode)(io_decoder *dec, void *dst, size_t stride, bool *damaged, qn_error *err);
    void (*free)(io_decoder *dec);
    void (*shrink)(io_decoder *dec, unsigned by, io_info *info); /* NULL: it cannot */
    bool (*encode)(const qn_image *image, const io_meta *meta, const io_encode_options *options, qn_bytes *out,
                   qn_error *err);
    /* row by row; NULL where the format has no such way */
    bool (*decode_rows)(io_decoder *dec, void *dst, size_t stride, uint32_t n, bool *damaged, qn_error *err);
    io_encoder *(*encoder_open)(const qn_image *image, const io_meta *meta, const io_encode_options *options,
                                qn_bytes *out, qn_error *err);
    bool (*encoder_rows)(io_encoder *enc, const void *rows, size_t stride, uint32_t n, qn_error *err);
    bool (*encoder_finish)(io_encoder *enc, const io_meta *late, qn_error *err);
    void (*encoder_free)(io_encoder *enc);
} io_codec;

/* The head of every decoder. */
struct io_decoder {
    const io_codec *codec;
    struct io_icc *to_srgb; /* what the rows go through; or NULL. codec.c's */
    uint32_t width, height;
};

struct io_encoder {
    const io_codec *codec;
};

bool io_png_decode_rows(io_decoder *dec, void *dst, size_t stride, uint32_t n, bool *damaged, qn_error *err);
io_encoder *io_png_encoder_open(const qn_image *image, const io_meta *meta, const io_encode_options *options,
                                qn_bytes *out, qn_error *err);
bool io_png_encoder_rows(io_encoder *enc, const void *rows, size_t stride, uint32_t n, qn_error *err);
bool io_png_encoder_finish(io_encoder *enc, const io_meta *late, qn_error *err);
void io_png_encoder_free(io_encoder *enc);

bool io_jpeg_decode_rows(io_decoder *dec, void *dst, size_t stride, uint32_t n, bool *damaged, qn_error *err);
io_encoder *io_jpeg_encoder_open(const qn_image *image, const io_meta *meta, const io_encode_options *options,
                                 qn_bytes *out, qn_error *err);
bool io_jpeg_encoder_rows(io_encoder *enc, const void *rows, size_t stride, uint32_t n, qn_error *err);
bool io_jpeg_encoder_finish(io_encoder *enc, const io_meta *late, qn_error *err);
void io_jpeg_encoder_free(io_encoder *enc);

bool io_pnm_decode_rows(io_decoder *dec, void *dst, size_t stride, uint32_t n, bool *damaged, qn_error *err);
io_encoder *io_pnm_encoder_open(const qn_image *image, const io_meta *meta, const io_encode_options *options,
                                qn_bytes *out, qn_error *err);
bool io_pnm_encoder_rows(io_encoder *enc, const void *rows, size_t stride, uint32_t n, qn_error *err);
bool io_pnm_encoder_finish(io_encoder *enc, const io_meta *late, qn_error *err);
void io_pnm_encoder_free(io_encoder *enc);

bool io_png_open(io_decoder **dec, const uint8_t *data, size_t len, const io_limits *limits, io_info *info,
                 io_meta *meta, qn_error *err);
bool io_png_decode(io_decoder *dec, void *dst, size_t stride, bool *damaged, qn_error *err);
void io_png_free(io_decoder *dec);
bool io_png_encode(const qn_image *image, const io_meta *meta, const io_encode_options *options, qn_bytes *out,
                   qn_error *err);

bool io_jpeg_open(io_decoder **dec, const uint8_t *data, size_t len, const io_limits *limits, io_info *info,
                  io_meta *meta, qn_error *err);
void io_jpeg_shrink(io_decoder *dec, unsigned by, io_info *info);
bool io_jpeg_decode(io_decoder *dec, void *dst, size_t stride, bool *damaged, qn_error *err);
void io_jpeg_free(io_decoder *dec);
bool io_jpeg_encode(const qn_image *image, const io_meta *meta, const io_encode_options *options, qn_bytes *out,
                    qn_error *err);

bool io_pnm_open(io_decoder **dec, const uint8_t *data, size_t len, const io_limits *limits, io_info *info,
                 io_meta *meta, qn_error *err);
bool io_pnm_decode(io_decoder *dec, void *dst, size_t stride, bool *damaged, qn_error *err);
void io_pnm_free(io_decoder *dec);
bool io_pnm_encode(const qn_image *image, const io_meta *meta, const io_encode_options *options, qn_bytes *out,
                   qn_error *err);

bool io_pfm_open(io_decoder **dec, const uint8_t *data, size_t len, const io_limits *limits, io_info *info,
                 io_meta *meta, qn_error *err);
bool io_pfm_decode(io_decoder *dec, void *dst, size_t stride, bool *damaged, qn_error *err);
void io_pfm_free(io_decoder *dec);
bool io_pfm_encode(const qn_image *image, const io_meta *meta, const io_encode_options *options, qn_bytes *out,
                   qn_error *err);

/* Refuses an empty picture (QN_INPUT) and one beyond limits->max_pixels (QN_LIMIT). To be called before anything is
 * allocated by the size of the picture. */
bool io_check_size(uint64_t width, uint64_t height, const io_limits *limits, qn_error *err);

/* What limits->max_meta comes to: bytes, UINT64_MAX: any. And the error of a picture that has more. */
uint64_t io_max_meta(const io_limits *limits);
bool io_fail_meta(uint64_t limit, qn_error *err);

/* Rows [from, height) become mid-gray, alpha opaque: what was never decoded of a damaged picture. */
void io_fill_gray(const io_info *info, void *dst, size_t stride, uint32_t from);

/* Metadata text as UTF-8. The value ends at its first NUL, and bytes that are not UTF-8 are taken for Latin-1. */
bool io_meta_add_text(io_meta *meta, const char *key, const char *value, size_t value_len);

/* Latin-1 to UTF-8, appended; stops at a NUL. */
bool io_append_latin1(qn_bytes *out, const char *text, size_t len);
bool io_is_utf8(const char *text, size_t len);

#endif
