/* Picture formats: one vtable each, told apart by content, never by name.
 *
 * A codec touches nothing but what it is handed: the bytes of the file, the caller's pixel buffer, the caller's
 * metadata. It opens no file, allocates no pixels, knows no OpenCL, prints nothing; so it can be moved into a process
 * of its own later. Thread-safety: a decoder belongs to one thread at a time; different decoders are independent.
 */
#ifndef QUERN_IO_CODEC_H
#define QUERN_IO_CODEC_H

#include "bytes.h"
#include "image.h"
#include "metadata.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum io_type {
    IO_NONE = 0,
    IO_PNG,
    IO_JPEG,
    IO_PNM /* P1..P6 */,
    IO_PAM /* P7 */,
    IO_PFM /* PF, Pf */
} io_type;

typedef enum io_subsampling {
    IO_SUB_KEEP = 0,
    IO_SUB_420,
    IO_SUB_422,
    IO_SUB_444,
    IO_SUB_440,
    IO_SUB_411,
    IO_SUB_OTHER
} io_subsampling;

/* What the header says, before a pixel is decoded. */
typedef struct io_info {
    io_type type;
    uint32_t width, height;     /* as stored: orientation is not applied */
    qn_format format;           /* what io_decode() will write: palettes are expanded, tRNS becomes alpha, 1/2/4 bits
                                 * become 8, 16 stays 16, float stays float */
    io_subsampling subsampling; /* JPEG only */
    bool inks;                  /* CMYK or YCCK: the format is what they become */
    bool recoloured;            /* limits->to_srgb has changed what its colours mean */
    bool whole_picture;         /* interlaced or progressive: cannot be read row by row */
    uint64_t decoder_bytes;     /* that the decoder holds beside the pixels: coefficients of a progressive JPEG */
    uint32_t full_width, full_height; /* the same as width and height but after io_decoder_shrink() */
} io_info;

/* A file that is read piece by piece: io_decoder_open() is given its first bytes, the codec asks for more. `next` sets
 * *data and *len to the bytes that follow (they stay until it is called again); *len 0 is the end of the file. The
 * bytes before them are not looked at again. Errors: QN_IO. `at` looks at up to *len bytes anywhere in the file, and
 * sets *len to how many there were; false: they cannot be read. NULL: there is no such way. */
typedef struct io_more {
    bool (*next)(void *user, const uint8_t **data, size_t *len, qn_error *err);
    void *user;
    uint64_t size; /* bytes of the whole file */
    bool (*at)(void *user, uint64_t offset, void *to, size_t *len);
} io_more;

typedef struct io_limits {
    uint64_t max_pixels; /* 0: none */
    uint64_t max_meta;   /* bytes of metadata, a PNG's inflated; 0: 16 MB; UINT64_MAX: none */
    uint32_t max_scans;  /* of a progressive JPEG; 0: 500, and fewer of a large picture; UINT32_MAX: none */
    qn_bytes *scratch;   /* room that grows as large as a whole PNG inflated, which is then read faster; NULL: none */
    const io_more *more; /* the file goes on behind the bytes that are given; NULL: they are all of it */
    bool keep_truncated; /* a picture that ends early: keep what there is, gray for the rest */
    bool to_srgb; /* pixels go from their profile (or gAMA chunk) to sRGB, and lose it; needs io_has_profiles() */
} io_limits;

/* Whether quern was built with lcms2. */
bool io_has_profiles(void);

typedef struct io_decoder io_decoder;

io_type io_sniff(const uint8_t *data, size_t len); /* IO_NONE: no picture that quern reads */
const char *io_type_name(io_type type);            /* "PNG", "JPEG", "PNM", "PAM", "PFM" */

/* Reads the header and the metadata that precedes the pixels. `data` must stay until io_decoder_free(). `meta` is the
 * caller's: cleared and filled here (memory is reused from picture to picture); metadata that stands behind the
 * pixels (PNG text after IDAT) is added by io_decode(). Errors: QN_INPUT, QN_LIMIT, QN_NOMEM. */
bool io_decoder_open(io_decoder **dec, const uint8_t *data, size_t len, const io_limits *limits, io_info *info,
                     io_meta *meta, qn_error *err);
/* From here on the picture is 1/by (2, 4 or 8) of its size a side, rounded up, as the codec can make it while it
 * decodes: other pixels than those of the whole picture, in less time. *info follows. Before a row is decoded. False:
 * the format has no such way, and nothing has changed. */
bool io_decoder_shrink(io_decoder *dec, unsigned by, io_info *info);
/* Whether io_decode_rows() reads such a picture. */
bool io_reads_rows(const io_info *info);
/* The next `n` rows into `dst`; the picture's last row ends it, checksums and all. Instead of io_decode(). *damaged is
 * set, and gray rows are given, where limits->keep_truncated lets that be. Errors: QN_INPUT, QN_IO, QN_NOMEM. */
bool io_decode_rows(io_decoder *dec, void *dst, size_t stride, uint32_t n, bool *damaged, qn_error *err);
/* Whether limits->more is understood. */
bool io_reads_pieces(io_type type);
/* Decodes all rows into `dst` (info->height rows of `stride` bytes, stride >= width * pixel bytes).
 * *damaged is set where limits->keep_truncated let a broken picture through. Errors: QN_INPUT, QN_NOMEM. */
bool io_decode(io_decoder *dec, void *dst, size_t stride, bool *damaged, qn_error *err);
void io_decoder_free(io_decoder **dec); /* takes NULL and half-opened ones */

typedef struct io_encode_options {
    io_type type;
    int pnm_kind;               /* for IO_PNM: 0 by channels, 5 (pgm) or 6 (ppm) forced */
    int quality;                /* JPEG 1..100 */
    io_subsampling subsampling; /* JPEG; IO_SUB_KEEP: source_subsampling where it can be written, else 4:2:0 */
    io_subsampling source_subsampling;
    bool progressive;      /* JPEG */
    bool optimize;         /* smaller and slower: JPEG's own tables; of PNG the smallest form that is exact */
    unsigned restart_rows; /* JPEG: rows of blocks between restart markers, up to 65535; 0: none */
    bool restart_large;    /* JPEG without restart_rows: a large picture has markers all the same */
    int compression;       /* PNG 0..9, -1: quern's default */
    unsigned threads;      /* how many compress one picture; the bytes are the same */
    float background[3];   /* 0..1: what alpha is flattened onto where the format has none */
} io_encode_options;

/* Whether `type` can hold this format as it is; if not, *to is the nearest it can hold (JPEG: 8 bits, no alpha; PFM:
 * float, no alpha; the others: 16 bits of float), which is what the caller must hand to io_encode(). */
bool io_can_hold(io_type type, int pnm_kind, qn_format from, qn_format *to);

/* ---- the same row by row, with the same bytes ---- */

typedef struct io_encoder io_encoder;
bool io_writes_rows(const io_encode_options *options);
/* image->plane is not looked at. Bytes gather in `out`, which the caller may empty (len = 0) between any two calls.
 * options and what they point to are copied or used at once; `out` must stay. Errors as io_encode(). */
io_encoder *io_encoder_open(const qn_image *image, const io_meta *meta, const io_encode_options *options, qn_bytes *out,
                            qn_error *err);
bool io_encoder_rows(io_encoder *enc, const void *rows, size_t stride, uint32_t n, qn_error *err);
/* After the last row. `late` may be NULL: of it, the text that the input held behind its pixels is written too, where
 * the format has a place for it. */
bool io_encoder_finish(io_encoder *enc, const io_meta *late, qn_error *err);
void io_encoder_free(io_encoder **enc); /* takes NULL */

/* The whole file into `out` (its length is set; its memory is kept from picture to picture). `meta` may be NULL:
 * none is written. No time stamps: same pixels and options, same bytes. Errors: QN_NOMEM, QN_LIMIT, QN_INTERNAL. */
bool io_encode(const qn_image *image, const io_meta *meta, const io_encode_options *options, qn_bytes *out,
               qn_error *err);

#endif
