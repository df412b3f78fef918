#include "codec_table.h"
#include "icc.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

static const io_codec codecs[] = {
    [IO_PNG] = { .name = "PNG",
                 .open = io_png_open,
                 .decode = io_png_decode,
                 .free = io_png_free,
                 .encode = io_png_encode,
                 .decode_rows = io_png_decode_rows,
                 .encoder_open = io_png_encoder_open,
                 .encoder_rows = io_png_encoder_rows,
                 .encoder_finish = io_png_encoder_finish,
                 .encoder_free = io_png_encoder_free },
    [IO_JPEG] = { .name = "JPEG",
                  .open = io_jpeg_open,
                  .decode = io_jpeg_decode,
                  .free = io_jpeg_free,
                  .shrink = io_jpeg_shrink,
                  .encode = io_jpeg_encode,
                  .decode_rows = io_jpeg_decode_rows,
                  .encoder_open = io_jpeg_encoder_open,
                  .encoder_rows = io_jpeg_encoder_rows,
                  .encoder_finish = io_jpeg_encoder_finish,
                  .encoder_free = io_jpeg_encoder_free },
    [IO_PNM] = { .name = "PNM",
                 .open = io_pnm_open,
                 .decode = io_pnm_decode,
                 .free = io_pnm_free,
                 .encode = io_pnm_encode,
                 .decode_rows = io_pnm_decode_rows,
                 .encoder_open = io_pnm_encoder_open,
                 .encoder_rows = io_pnm_encoder_rows,
                 .encoder_finish = io_pnm_encoder_finish,
                 .encoder_free = io_pnm_encoder_free },
    [IO_PAM] = { .name = "PAM",
                 .open = io_pnm_open,
                 .decode = io_pnm_decode,
                 .free = io_pnm_free,
                 .encode = io_pnm_encode,
                 .decode_rows = io_pnm_decode_rows,
                 .encoder_open = io_pnm_encoder_open,
                 .encoder_rows = io_pnm_encoder_rows,
                 .encoder_finish = io_pnm_encoder_finish,
                 .encoder_free = io_pnm_encoder_free },
    [IO_PFM] = { .name = "PFM",
                 .open = io_pfm_open,
                 .decode = io_pfm_decode,
                 .free = io_pfm_free,
                 .encode = io_pfm_encode },
};

static const io_codec *codec_of(io_type type)
{
    switch (type) {
    case IO_PNG:
    case IO_JPEG:
    case IO_PNM:
    case IO_PAM:
    case IO_PFM: return &codecs[type];
    case IO_NONE: break;
    }
    return NULL;
}

/* "P5" alone would also match text that begins so; a header goes on with white space and then a number or comment. */
static bool begins_header(const uint8_t *data, size_t len, const char *kinds)
{
    if (len < 4 || data[0] != 'P' || data[1] == 0 || !strchr(kinds, data[1]))
        return false;
    if (!isspace(data[2]))
        return data[2] == '#' && data[1] <= '6';
    size_t i = 3;
    while (i < len && isspace(data[i]))
        i++;
    return i < len && (data[i] == '#' || isdigit(data[i]));
}

io_type io_sniff(const uint8_t *data, size_t len)
{
    static const uint8_t png[8] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n' };
    if (len >= 4 && memcmp(data, png, 4) == 0)
        return IO_PNG; /* the other four bytes tell a text-mode transfer, which the decoder reports */
    if (len >= 2 && data[0] == 0xff && data[1] == 0xd8)
        return IO_JPEG;
    if (begins_header(data, len, "123456"))
        return IO_PNM;
    if (begins_header(data, len, "Ff"))
        return IO_PFM;
    if (len >= 3 && data[0] == 'P' && data[1] == '7' && data[2] == '\n')
        return IO_PAM;
    return IO_NONE;
}

const char *io_type_name(io_type type)
{
    const io_codec *codec = codec_of(type);
    return codec ? codec->name : "unknown";
}

bool io_decoder_open(io_decoder **dec, const uint8_t *data, size_t len, const io_limits *limits, io_info *info,
                     io_meta *meta, qn_error *err)
{
    *dec = NULL;
    *info = (io_info){ 0 };
    io_meta_clear(meta);
    if (len == 0)
        return qn_fail(err, QN_INPUT, "the file is empty");
    const io_type type = io_sniff(data, len);
    const io_codec *codec = codec_of(type);
    if (!codec)
        return qn_fail(err, QN_INPUT, "not a picture that quern reads (PNG, JPEG, PNM, PAM or PFM)");
    info->type = type;
    if (!codec->open(dec, data, len, limits, info, meta, err))
        return false;
    (*dec)->codec = codec;
    (*dec)->width = info->full_width = info->width;
    (*dec)->height = info->full_height = info->height;
    info->recoloured = limits->to_srgb && (info->inks || io_icc_is_own(meta, info->format));
    if (!limits->to_srgb || io_icc_to_srgb(meta, info->format, &(*dec)->to_srgb, err))
        return true;
    io_decoder_free(dec);
    return false;
}

bool io_decoder_shrink(io_decoder *dec, unsigned by, io_info *info)
{
    if (!dec->codec->shrink)
        return false;
    dec->codec->shrink(dec, by, info);
    dec->width = info->width;
    dec->height = info->height;
    return true;
}

static void to_srgb(const io_decoder *dec, void *dst, size_t stride, uint32_t n)
{
    for (uint32_t y = 0; dec->to_srgb && y < n; y++) {
        uint8_t *row = (uint8_t *)dst + y * stride;
        io_icc_convert(dec->to_srgb, row, row, dec->width);
    }
}

bool io_decode(io_decoder *dec, void *dst, size_t stride, bool *damaged, qn_error *err)
{
    *damaged = false;
    if (!dec->codec->decode(dec, dst, stride, damaged, err))
        return false;
    to_srgb(dec, dst, stride, dec->height);
    return true;
}

bool io_reads_rows(const io_info *info)
{
    const io_codec *codec = codec_of(info->type);
    return codec && codec->decode_rows && !info->whole_picture;
}

bool io_reads_pieces(io_type type)
{
    return type == IO_PNG || type == IO_JPEG;
}

bool io_decode_rows(io_decoder *dec, void *dst, size_t stride, uint32_t n, bool *damaged, qn_error *err)
{
    if (!dec->codec->decode_rows(dec, dst, stride, n, damaged, err))
        return false;
    to_srgb(dec, dst, stride, n);
    return true;
}

void io_decoder_free(io_decoder **dec)
{
    if (!dec || !*dec)
        return;
    io_icc_free(&(*dec)->to_srgb);
    (*dec)->codec->free(*dec);
    *dec = NULL;
}

bool io_can_hold(io_type type, int pnm_kind, qn_format from, qn_format *to)
{
    *to = from;
    to->layout = QN_INTERLEAVED;
    const bool color = from.channels >= 3;
    if (to->depth == 32)
        to->depth = 16;
    switch (type) {
    case IO_JPEG:
        to->depth = 8;
        to->channels = color ? 3 : 1;
        break;
    case IO_PFM:
        to->depth = 32;
        to->channels = color ? 3 : 1;
        break;
    case IO_PNM: to->channels = pnm_kind == 5 ? 1 : pnm_kind == 6 ? 3 : color ? 3 : 1; break;
    case IO_PNG:
    case IO_PAM:
    case IO_NONE: break;
    }
    return to->channels == from.channels && to->depth == from.depth && to->layout == from.layout;
}

bool io_writes_rows(const io_encode_options *options)
{
    const io_codec *codec = codec_of(options->type);
    if (options->type == IO_JPEG && (options->progressive || options->optimize))
        return false; /* both look at all coefficients first */
    if (options->type == IO_PNG && options->optimize)
        return false; /* all pixels are looked at first */
    return codec && codec->encoder_open;
}

io_encoder *io_encoder_open(const qn_image *image, const io_meta *meta, const io_encode_options *options, qn_bytes *out,
                            qn_error *err)
{
    const io_codec *codec = codec_of(options->type);
    qn_format to;
    if (!io_writes_rows(options) || !io_can_hold(options->type, options->pnm_kind, image->format, &to)) {
        qn_fail(err, QN_INTERNAL, "%s cannot be written row by row", io_type_name(options->type));
        return NULL;
    }
    out->len = 0;
    io_encoder *enc = codec->encoder_open(image, meta, options, out, err);
    if (enc)
        enc->codec = codec;
    return enc;
}

bool io_encoder_rows(io_encoder *enc, const void *rows, size_t stride, uint32_t n, qn_error *err)
{
    return enc->codec->encoder_rows(enc, rows, stride, n, err);
}

bool io_encoder_finish(io_encoder *enc, const io_meta *late, qn_error *err)
{
    return enc->codec->encoder_finish(enc, late, err);
}

void io_encoder_free(io_encoder **enc)
{
    if (!enc || !*enc)
        return;
    (*enc)->codec->encoder_free(*enc);
    *enc = NULL;
}

bool io_encode(const qn_image *image, const io_meta *meta, const io_encode_options *options, qn_bytes *out,
               qn_error *err)
{
    const io_codec *codec = codec_of(options->type);
    qn_format to;
    if (!codec)
        return qn_fail(err, QN_INTERNAL, "no output type was chosen");
    if (!io_can_hold(options->type, options->pnm_kind, image->format, &to))
        return qn_fail(err, QN_INTERNAL, "%s cannot hold %d channels of %d bits", codec->name, image->format.channels,
                       image->format.depth);
    out->len = 0;
    return codec->encode(image, meta, options, out, err);
}

bool io_check_size(uint64_t width, uint64_t height, const io_limits *limits, qn_error *err)
{
    if (width == 0 || height == 0 || width > INT32_MAX || height > INT32_MAX)
        return qn_fail(err, QN_INPUT, "%" PRIu64 "x%" PRIu64 " pixels is no size of a picture", width, height);
    if (limits->max_pixels != 0 && width * height > limits->max_pixels)
        return qn_fail(err, QN_LIMIT, "%" PRIu64 "x%" PRIu64 " pixels, more than --max-pixels allows (%" PRIu64 ")",
                       width, height, limits->max_pixels);
    return true;
}

uint64_t io_max_meta(const io_limits *limits)
{
    return limits->max_meta ? limits->max_meta : (uint64_t)16 << 20;
}

bool io_fail_meta(uint64_t limit, qn_error *err)
{
    return qn_fail(err, QN_LIMIT,
                   "the metadata (text, EXIF, profile) takes more than --max-meta allows (%" PRIu64 " bytes)", limit);
}

void io_fill_gray(const io_info *info, void *dst, size_t stride, uint32_t from)
{
    const unsigned channels = info->format.channels;
    const bool alpha = channels == 2 || channels == 4;
    for (uint32_t y = from; y < info->height; y++) {
        uint8_t *row = (uint8_t *)dst + (size_t)y * stride;
        const size_t samples = (size_t)info->width * channels;
        if (info->format.depth == 32) {
            float *real = (float *)(void *)row;
            for (size_t i = 0; i < samples; i++)
                real[i] = alpha && i % channels == channels - 1 ? 1.0f : 0.5f;
        } else if (info->format.depth == 16) {
            uint16_t *wide = (uint16_t *)(void *)row;
            for (size_t i = 0; i < samples; i++)
                wide[i] = alpha && i % channels == channels - 1 ? 0xffff : 0x8080;
        } else {
            memset(row, 128, samples);
            for (size_t i = channels - 1; alpha && i < samples; i += channels)
                row[i] = 255;
        }
    }
}
