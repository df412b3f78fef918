/* JPEG in, through libjpeg-turbo.
 *
 * libjpeg reports errors through a callback that must not return. guarded() is the only function with a setjmp; it
 * has no local that changes, and everything the steps change lives in the jpeg_decoder on the heap. */
#include "codec_table.h"
#include "icc.h"
#include "jpeg_common.h"

#include <inttypes.h>
#include <stdio.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

enum {
    SCANS_MAX = 500,        /* a progressive picture of photographs has 10 or so ... */
    SCANS_MIN = 25,         /* ... and each costs a pass over all blocks, */
    VISITS_MAX = 500000000, /* of which there may be this many, some seconds of work */
    MARKERS_MAX = 4000,     /* libjpeg goes through all of them for each further one */
    ROWS_AT_ONCE = 64       /* pointers handed to libjpeg; it fills as many as one row of blocks gives */
};

typedef struct jpeg_decoder {
    io_decoder head;
    struct jpeg_decompress_struct j;
    struct jpeg_error_mgr errors;
    struct jpeg_source_mgr source;
    struct jpeg_progress_mgr progress;
    jmp_buf escape;
    bool created;
    uint32_t scans_max, segments; /* segments: that libjpeg has kept */
    uint64_t meta_left;           /* bytes that --max-meta still allows */
    uint64_t given;               /* bytes of the file that libjpeg has got or has before it */
    io_limits limits;
    io_info info;
    io_meta *meta;
    bool ended_early, damage;
    uint8_t *dst;
    size_t stride;
    uint32_t rows_wanted; /* by io_jpeg_decode_rows(), which is at dst */
    bool started, lost;   /* lost: what follows cannot be read; gray stands for it */
    JSAMPARRAY ink;       /* rows of a CMYK picture */
    io_icc *inks;         /* from the inks of a profile to sRGB; or NULL */
    qn_error *err;        /* of the call that is running */
} jpeg_decoder;

static jpeg_decoder *decoder_of(j_common_ptr j)
{
    return j->client_data;
}

static void on_error(j_common_ptr j)
{
    jpeg_decoder *d = decoder_of(j);
    char text[JMSG_LENGTH_MAX];
    const int code = j->err->msg_code;
    if (code == JERR_OUT_OF_MEMORY) {
        (void)qn_fail(d->err, QN_NOMEM, "out of memory while reading a JPEG");
    } else if (d->ended_early) {
        (void)qn_fail(d->err, QN_INPUT, "the picture ends early (truncated)");
    } else if (code == JERR_BAD_PRECISION) {
        (void)qn_fail(d->err, QN_INPUT, "a JPEG of %d bits a sample is not read (8 bits only)", j->err->msg_parm.i[0]);
    } else if (code == JERR_SOF_UNSUPPORTED) {
        const int sof = j->err->msg_parm.i[0] - 0xc0;
        const bool lossless = sof == 3 || sof == 7 || sof == 11 || sof == 15;
        (void)qn_fail(d->err, QN_INPUT, "a %s JPEG (SOF%d) is not read (baseline, extended and progressive are)",
                      lossless ? "lossless" : "hierarchical or reserved", sof);
    } else if (code == JERR_IMAGE_TOO_BIG) {
        (void)qn_fail(d->err, QN_LIMIT, "JPEG with a side of more than %d pixels", JPEG_SIDE_MAX);
    } else {
        j->err->format_message(j, text);
        (void)qn_fail(d->err, QN_INPUT, "damaged JPEG: %s", text);
    }
    longjmp(d->escape, 1);
}

/* Three warnings are about headers that say something odd while every pixel is there. */
static bool is_harmless(int code)
{
    return code == JWRN_JFIF_MAJOR || code == JWRN_ADOBE_XFORM || code == JWRN_NOT_SEQUENTIAL;
}

/* libjpeg tells of each segment before it keeps it, in a list that it goes through for every further one. */
static void count_segment(jpeg_decoder *d, int marker, int bytes)
{
    const bool whole =
        marker == JPEG_APP0 + 1 || marker == JPEG_APP0 + 2 || marker == JPEG_APP0 + 13 || marker == JPEG_COM;
    const uint64_t limit = io_max_meta(&d->limits);
    if (limit == UINT64_MAX)
        return;
    if (++d->segments > MARKERS_MAX)
        (void)qn_fail(d->err, QN_LIMIT, "JPEG with more than %d segments of metadata (--max-meta 0 allows them)",
                      MARKERS_MAX);
    else if (whole && (uint64_t)bytes > d->meta_left)
        (void)io_fail_meta(limit, d->err);
    else if (whole)
        d->meta_left -= (uint64_t)bytes;
    if (d->err->code != QN_OK)
        longjmp(d->escape, 1);
}

static void on_message(j_common_ptr j, int level)
{
    jpeg_decoder *d = decoder_of(j);
    if (level >= 0) { /* traces */
        if (j->err->msg_code == JTRC_MISC_MARKER)
            count_segment(d, j->err->msg_parm.i[0], j->err->msg_parm.i[1]);
        return;
    }
    if (is_harmless(j->err->msg_code)) {
        char text[JMSG_LENGTH_MAX];
        j->err->format_message(j, text);
        io_meta_note(d->meta, "%s", text);
        return;
    }
    j->err->num_warnings++;
    if (!d->limits.keep_truncated)
        on_error(j);
    d->damage = true;
}

static void on_output(j_common_ptr j)
{
    (void)j; /* codecs print nothing */
}

static void too_many_scans(jpeg_decoder *d)
{
    (void)qn_fail(d->err, QN_LIMIT, "JPEG of %ux%u pixels with more than %u scans (--max-scans)", d->j.image_width,
                  d->j.image_height, d->scans_max);
    longjmp(d->escape, 1);
}

static void on_progress(j_common_ptr j)
{
    jpeg_decoder *d = decoder_of(j);
    if ((unsigned)d->j.input_scan_number > d->scans_max)
        too_many_scans(d);
}

static void init_source(j_decompress_ptr j)
{
    (void)j;
}

/* The file is over and more is wanted: libjpeg is given an end marker, and the warning makes it an error unless
 * truncated pictures are to be kept. */
static boolean fill_source(j_decompress_ptr j)
{
    static const JOCTET end[2] = { 0xff, JPEG_EOI };
    jpeg_decoder *d = decoder_of((j_common_ptr)j);
    const io_more *more = d->limits.more;
    if (more && !d->ended_early) {
        if (!more->next(more->user, &j->src->next_input_byte, &j->src->bytes_in_buffer, d->err))
            longjmp(d->escape, 1);
        d->given += j->src->bytes_in_buffer;
        if (j->src->bytes_in_buffer)
            return TRUE;
    }
    d->ended_early = true;
    j->src->next_input_byte = end;
    j->src->bytes_in_buffer = sizeof end;
    WARNMS(j, JWRN_JPEG_EOF);
    return TRUE;
}

static void skip_source(j_decompress_ptr j, long n)
{
    jpeg_decoder *d = decoder_of((j_common_ptr)j);
    if (n <= 0)
        return;
    while ((size_t)n > j->src->bytes_in_buffer) {
        n -= (long)j->src->bytes_in_buffer;
        (void)fill_source(j);
        if (d->ended_early)
            return;
    }
    j->src->next_input_byte += n;
    j->src->bytes_in_buffer -= (size_t)n;
}

static void end_source(j_decompress_ptr j)
{
    (void)j;
}

static bool guarded(jpeg_decoder *d, void (*step)(jpeg_decoder *), qn_error *err)
{
    d->err = err;
    if (setjmp(d->escape))
        return false;
    step(d);
    return true;
}

static io_subsampling subsampling_of(const struct jpeg_decompress_struct *j)
{
    if (j->num_components < 3 || j->jpeg_color_space == JCS_RGB)
        return j->num_components < 3 ? IO_SUB_KEEP : IO_SUB_444;
    const jpeg_component_info *c = j->comp_info;
    if (c[1].h_samp_factor != c[2].h_samp_factor || c[1].v_samp_factor != c[2].v_samp_factor ||
        c[0].h_samp_factor % c[1].h_samp_factor != 0 || c[0].v_samp_factor % c[1].v_samp_factor != 0)
        return IO_SUB_OTHER;
    switch (c[0].h_samp_factor / c[1].h_samp_factor * 10 + c[0].v_samp_factor / c[1].v_samp_factor) {
    case 11: return IO_SUB_444;
    case 21: return IO_SUB_422;
    case 22: return IO_SUB_420;
    case 12: return IO_SUB_440;
    case 41: return IO_SUB_411;
    default: return IO_SUB_OTHER;
    }
}

static void choose_colors(jpeg_decoder *d)
{
    struct jpeg_decompress_struct *j = &d->j;
    d->info.format = (qn_format){ .channels = 3, .depth = 8, .layout = QN_INTERLEAVED };
    switch (j->jpeg_color_space) {
    case JCS_GRAYSCALE:
        j->out_color_space = JCS_GRAYSCALE;
        d->info.format.channels = 1;
        break;
    case JCS_YCbCr:
    case JCS_RGB: j->out_color_space = JCS_RGB; break;
    case JCS_CMYK:
    case JCS_YCCK:
        j->out_color_space = JCS_CMYK;
        d->info.inks = true;
        break;
    default:
        (void)qn_fail(d->err, QN_INPUT, "a JPEG of %d components of unknown meaning is not read (1, 3 or 4 are)",
                      j->num_components);
        longjmp(d->escape, 1);
    }
}

static uint64_t count_blocks(const struct jpeg_decompress_struct *j)
{
    uint64_t blocks = 0;
    for (int c = 0; c < j->num_components; c++)
        blocks += (uint64_t)j->comp_info[c].width_in_blocks * j->comp_info[c].height_in_blocks;
    return blocks > 0 ? blocks : 1;
}

/* Huffman coding spends at least one bit on each block, so a file that is too short for its size is known to be
 * truncated here, before the caller allocates the pixels. */
static void check_length(jpeg_decoder *d, size_t len)
{
    if (d->limits.keep_truncated || d->j.arith_code)
        return;
    const uint64_t blocks = count_blocks(&d->j);
    if (blocks / 8 <= len)
        return;
    (void)qn_fail(d->err, QN_INPUT, "the picture ends early (truncated): %ux%u pixels do not fit into %zu bytes",
                  d->j.image_width, d->j.image_height, len);
    longjmp(d->escape, 1);
}

/* How often FF DA begins a scan; bytes of pixels hold none. *ff: the last byte before these was an FF; then, of these.
 */
static uint32_t count_scans(const JOCTET *p, size_t len, bool *ff)
{
    const JOCTET *const end = p + len;
    uint32_t n = *ff && len > 0 && p[0] == 0xda;
    *ff = len > 0 && end[-1] == 0xff;
    while (end - p >= 2 && (p = memchr(p, 0xff, (size_t)(end - p) - 1)))
        n += *++p == 0xda;
    return n;
}

/* Scans are counted before any is decoded, as far as the file can be looked at: a small one can ask for hours of work.
 */
static void check_scans(jpeg_decoder *d)
{
    enum { BLOCK = 16 << 10 };
    d->scans_max = d->limits.max_scans;
    if (d->scans_max == 0) {
        const uint64_t most = VISITS_MAX / count_blocks(&d->j);
        d->scans_max = most > SCANS_MAX ? SCANS_MAX : most < SCANS_MIN ? SCANS_MIN : (uint32_t)most;
    }
    if (!d->info.whole_picture)
        return;
    const io_more *more = d->limits.more;
    bool ff = false;
    uint64_t at = d->given;
    uint32_t scans = 1 + count_scans(d->source.next_input_byte, d->source.bytes_in_buffer, &ff);
    while (scans <= d->scans_max && more && more->at) {
        JOCTET block[BLOCK];
        size_t n = sizeof block;
        if (!more->at(more->user, at, block, &n) || n == 0)
            break;
        scans += count_scans(block, n, &ff);
        at += n;
    }
    if (scans > d->scans_max)
        too_many_scans(d);
}

/* Inks become RGB through their profile where that can be, else by the plain formula. In both 255 is no ink, as
 * Adobe's programs store them; djpeg, Pillow, ImageMagick and libvips ask for no marker there, and nor do we. */
static void choose_inks(jpeg_decoder *d)
{
    if (io_icc_speaks_of(&d->meta->icc, 4))
        d->inks = io_icc_create(d->meta, d->info.format, true);
    io_meta_loss(d->meta, "four inks (%s, inverted%s) became RGB by %s",
                 d->j.jpeg_color_space == JCS_YCCK ? "YCCK" : "CMYK",
                 d->j.saw_Adobe_marker ? "" : " though no Adobe marker says so",
                 d->inks                 ? "their profile"
                 : d->meta->icc.len == 0 ? "the plain formula: there is no profile"
                 : io_has_profiles()     ? "the plain formula: their profile cannot be used"
                                         : "the plain formula: quern was built without lcms2, which reads profiles");
    d->meta->icc.len = 0; /* it speaks of the inks, and would be wrong for RGB */
    d->meta->srgb = d->inks != NULL;
}

static void read_header(jpeg_decoder *d)
{
    const size_t len = d->limits.more ? d->limits.more->size : d->source.bytes_in_buffer;
    jpeg_create_decompress(&d->j);
    d->created = true;
    d->j.src = &d->source;
    d->j.progress = &d->progress;
    jpeg_save_markers(&d->j, JPEG_APP0 + 1, 0xffff);
    jpeg_save_markers(&d->j, JPEG_APP0 + 2, 0xffff);
    jpeg_save_markers(&d->j, JPEG_APP0 + 13, 0xffff);
    jpeg_save_markers(&d->j, JPEG_COM, 0xffff);
    for (int n = 3; n <= 15; n++) /* what is left out is told by name; libjpeg itself looks into 0 and 14 */
        if (n != 13 && n != 14)
            jpeg_save_markers(&d->j, JPEG_APP0 + n, 16);
    (void)jpeg_read_header(&d->j, TRUE);
    if (!io_check_size(d->j.image_width, d->j.image_height, &d->limits, d->err))
        longjmp(d->escape, 1);
    d->info.width = d->j.image_width;
    d->info.height = d->j.image_height;
    d->info.whole_picture = jpeg_has_multiple_scans(&d->j) != FALSE;
    if (d->info.whole_picture)
        d->info.decoder_bytes = count_blocks(&d->j) * sizeof(JBLOCK);
    d->info.subsampling = subsampling_of(&d->j);
    choose_colors(d);
    check_length(d, len);
    check_scans(d);
    if (!jpeg_take_metadata(&d->j, d->meta)) {
        (void)qn_fail(d->err, QN_NOMEM, "out of memory while reading a JPEG");
        longjmp(d->escape, 1);
    }
    if (d->j.out_color_space == JCS_CMYK)
        choose_inks(d);
}

bool io_jpeg_open(io_decoder **dec, const uint8_t *data, size_t len, const io_limits *limits, io_info *info,
                  io_meta *meta, qn_error *err)
{
    jpeg_decoder *d = calloc(1, sizeof *d);
    if (!d)
        return qn_fail(err, QN_NOMEM, "out of memory while reading a JPEG");
    d->limits = *limits;
    d->meta_left = io_max_meta(limits);
    d->given = len;
    d->info = *info;
    d->meta = meta;
    d->j.err = jpeg_std_error(&d->errors);
    d->j.client_data = d;
    d->errors.error_exit = on_error;
    d->errors.emit_message = on_message;
    d->errors.output_message = on_output;
    d->progress.progress_monitor = on_progress;
    d->source = (struct jpeg_source_mgr){ .next_input_byte = data,
                                          .bytes_in_buffer = len,
                                          .init_source = init_source,
                                          .fill_input_buffer = fill_source,
                                          .skip_input_data = skip_source,
                                          .resync_to_restart = jpeg_resync_to_restart,
                                          .term_source = end_source };
    if (!guarded(d, read_header, err)) {
        io_jpeg_free(&d->head);
        return false;
    }
    *info = d->info;
    *dec = &d->head;
    return true;
}

/* libjpeg has smaller inverse transforms, which leave the high frequencies out: for luma and chroma alike. */
void io_jpeg_shrink(io_decoder *dec, unsigned by, io_info *info)
{
    jpeg_decoder *d = (jpeg_decoder *)(void *)dec;
    d->j.scale_num = 1;
    d->j.scale_denom = by;
    jpeg_calc_output_dimensions(&d->j); /* cannot fail behind jpeg_read_header() */
    info->width = d->info.width = d->j.output_width;
    info->height = d->info.height = d->j.output_height;
}

/* Straight into the caller's rows. */
static void read_rows(jpeg_decoder *d)
{
    JSAMPROW rows[ROWS_AT_ONCE];
    while (d->j.output_scanline < d->j.output_height) {
        const JDIMENSION first = d->j.output_scanline;
        const JDIMENSION left = d->j.output_height - first;
        const JDIMENSION n = left < ROWS_AT_ONCE ? left : ROWS_AT_ONCE;
        for (JDIMENSION i = 0; i < n; i++)
            rows[i] = d->dst + (size_t)(first + i) * d->stride;
        (void)jpeg_read_scanlines(&d->j, rows, n);
    }
}

static uint8_t times_255(unsigned a, unsigned b)
{
    return (uint8_t)((a * b + 127) / 255);
}

/* The plain formula, without a profile: R = (1 - C)(1 - K) and so on. */
static void cmyk_to_rgb(const JSAMPLE *in, uint8_t *out, size_t pixels)
{
    for (size_t x = 0; x < pixels; x++, in += 4, out += 3)
        for (int c = 0; c < 3; c++)
            out[c] = times_255(in[c], in[3]);
}

static void inks_to_rgb(const jpeg_decoder *d, const JSAMPLE *in, uint8_t *out)
{
    if (d->inks)
        io_icc_convert(d->inks, in, out, d->j.output_width);
    else
        cmyk_to_rgb(in, out, d->j.output_width);
}

static void read_cmyk_rows(jpeg_decoder *d)
{
    const JDIMENSION width = d->j.output_width;
    JSAMPARRAY rows = d->j.mem->alloc_sarray((j_common_ptr)&d->j, JPOOL_IMAGE, width * 4, 4);
    while (d->j.output_scanline < d->j.output_height) {
        const JDIMENSION first = d->j.output_scanline;
        const JDIMENSION n = jpeg_read_scanlines(&d->j, rows, 4);
        for (JDIMENSION i = 0; i < n; i++)
            inks_to_rgb(d, rows[i], d->dst + (size_t)(first + i) * d->stride);
    }
}

static void start_rows(jpeg_decoder *d)
{
    (void)jpeg_start_decompress(&d->j);
    if (d->j.out_color_space == JCS_CMYK)
        d->ink = d->j.mem->alloc_sarray((j_common_ptr)&d->j, JPOOL_IMAGE, d->j.output_width * 4, 4);
    d->started = true;
}

static void read_some_rows(jpeg_decoder *d)
{
    if (!d->started)
        start_rows(d);
    while (d->rows_wanted > 0) {
        JSAMPROW rows[ROWS_AT_ONCE];
        JDIMENSION n = d->rows_wanted < ROWS_AT_ONCE ? d->rows_wanted : ROWS_AT_ONCE;
        for (JDIMENSION i = 0; i < n; i++)
            rows[i] = d->dst + (size_t)i * d->stride;
        n = d->ink ? jpeg_read_scanlines(&d->j, d->ink, n < 4 ? n : 4) : jpeg_read_scanlines(&d->j, rows, n);
        for (JDIMENSION i = 0; d->ink && i < n; i++)
            inks_to_rgb(d, d->ink[i], rows[i]);
        d->dst += (size_t)n * d->stride;
        d->rows_wanted -= n;
    }
    if (d->j.output_scanline == d->j.output_height)
        (void)jpeg_finish_decompress(&d->j);
}

bool io_jpeg_decode_rows(io_decoder *dec, void *dst, size_t stride, uint32_t n, bool *damaged, qn_error *err)
{
    jpeg_decoder *d = (jpeg_decoder *)(void *)dec;
    qn_error cause = { 0 };
    d->dst = dst;
    d->stride = stride;
    d->rows_wanted = n;
    if (!d->lost && !guarded(d, read_some_rows, &cause)) {
        if (cause.code != QN_INPUT || !d->limits.keep_truncated || d->j.output_scanline == 0)
            return qn_fail(err, cause.code, "%s", cause.text);
        d->lost = d->damage = true;
    }
    if (d->lost) {
        io_info rest = d->info;
        rest.height = d->rows_wanted;
        io_fill_gray(&rest, d->dst, stride, 0);
    }
    *damaged = *damaged || d->damage;
    return true;
}

static void read_picture(jpeg_decoder *d)
{
    (void)jpeg_start_decompress(&d->j);
    if (d->j.out_color_space == JCS_CMYK)
        read_cmyk_rows(d);
    else
        read_rows(d);
    (void)jpeg_finish_decompress(&d->j);
}

/* Coefficients that a truncated file never gave are zero in libjpeg, which is mid-gray; rows that it never came to,
 * because the damage was fatal, are made so here. */
bool io_jpeg_decode(io_decoder *dec, void *dst, size_t stride, bool *damaged, qn_error *err)
{
    jpeg_decoder *d = (jpeg_decoder *)(void *)dec;
    d->dst = dst;
    d->stride = stride;
    qn_error cause = { 0 };
    if (!guarded(d, read_picture, &cause)) {
        const JDIMENSION done = d->j.output_scanline;
        if (cause.code != QN_INPUT || !d->limits.keep_truncated || done == 0)
            return qn_fail(err, cause.code, "%s", cause.text);
        io_fill_gray(&d->info, dst, stride, done);
        d->damage = true;
    }
    *damaged = d->damage;
    return true;
}

void io_jpeg_free(io_decoder *dec)
{
    jpeg_decoder *d = (jpeg_decoder *)(void *)dec;
    /* Before jpeg_create_decompress() there is nothing; a create that failed half-way leaves j.mem NULL or whole. */
    if (d->created || d->j.mem)
        jpeg_destroy_decompress(&d->j);
    io_icc_free(&d->inks);
    free(d);
}
