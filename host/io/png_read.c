/* PNG in, through libpng's row interface.
 *
 * libpng reports errors by longjmp. That is kept in one place: guarded() is the only function with a setjmp, it has no
 * local that changes, and everything the steps change lives in the png_decoder on the heap. */
#include "big_endian.h"
#include "codec_table.h"
#include "extent.h"
#include "png_behind.h"
#include "png_chunks.h"
#include "png_whole.h"

#include <inttypes.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>

/* Bytes that metadata may take, and that libpng may hold besides it. More compressed data from the last row on than
 * TRAIL_MAX, and two rows, is no end of a stream: libpng would inflate all of it. What libpng reads at a time is lost
 * where the file ends within it: PIECE_TO_KEEP, where that matters. */
enum { HELD_MAX = 8 << 20, TRAIL_MAX = 16 << 10, PIECE_TO_KEEP = 16 };

/* Pixels need not take more bytes packed than these, and so many times their own, however often an encoder flushes. */
enum { PACKED_MIN = 64 << 10, PACKED_FACTOR = 8 };

typedef struct png_decoder {
    io_decoder head;
    png_structp png;
    png_infop pnginfo;
    const uint8_t *data; /* all of the file, or the piece of it that is at hand */
    size_t len, pos;
    uint64_t size; /* bytes of the file */
    io_limits limits;
    io_info info;
    io_meta *meta;
    io_png_chunks chunks;
    size_t held, held_max;                         /* bytes that libpng has from us, and may have */
    bool ending;                                   /* the last row is being read, or has been */
    size_t trail, trail_max;                       /* bytes of IDAT that were read since, and may be */
    bool no_memory, over_limit, ended_early, told; /* told: err says it already */
    int passes;
    bool transformed;   /* pixels are not stored as they are given */
    io_png_whole table; /* how they are, as far as a table says it; its first members are filled in later */
    uint8_t *dst;
    size_t stride;
    uint32_t rows_done;   /* rows of the last pass that are whole */
    uint32_t rows_wanted; /* by io_png_decode_rows() */
    bool lost;            /* what follows cannot be read; gray stands for it */
    bool damage;          /* a warning that means damage was let through */
    qn_error *err;        /* of the call that is running */
} png_decoder;

typedef struct allocation {
    size_t size;
    max_align_t payload[];
} allocation;

#define IDAT 0x49444154u

/* libpng's memory is counted. */
static png_voidp allocate(png_structp png, png_alloc_size_t size)
{
    png_decoder *d = png_get_mem_ptr(png);
    if (size > d->held_max - d->held) {
        d->over_limit = true;
        return NULL;
    }
    allocation *a = size <= SIZE_MAX - sizeof *a ? malloc(sizeof *a + size) : NULL;
    if (!a) {
        d->no_memory = true;
        return NULL;
    }
    a->size = size;
    d->held += size;
    return a->payload;
}

static void release(png_structp png, png_voidp p)
{
    if (!p)
        return;
    png_decoder *d = png_get_mem_ptr(png);
    allocation *a = (allocation *)(void *)((char *)p - offsetof(allocation, payload));
    d->held -= a->size;
    free(a);
}

static void on_error(png_structp png, png_const_charp message)
{
    png_decoder *d = png_get_error_ptr(png);
    /* what libpng says of chunks, and of profiles, that are longer than it may hold */
    const bool long_chunk = !strstr(message, "IDAT") && strstr(message, "too large");
    if (d->no_memory)
        (void)qn_fail(d->err, QN_NOMEM, "out of memory while reading a PNG");
    else if (d->over_limit || long_chunk)
        (void)io_png_count_meta(&d->chunks, UINT64_MAX, d->err);
    else if (d->ended_early)
        (void)qn_fail(d->err, QN_INPUT, "the picture ends early (truncated)");
    else if (!d->told)
        (void)qn_fail(d->err, QN_INPUT, "damaged PNG: %s", message);
    png_longjmp(png, 1);
}

/* Warnings of libpng are of two sorts: metadata that it leaves out because it is odd, which harms no pixel, and data
 * that is not what was written. The second sort is an error unless damage was asked to be kept. */
static bool means_damage(const char *message)
{
    return strncmp(message, "IDAT:", 5) == 0 || strstr(message, "CRC error") || strstr(message, "image data") ||
           strstr(message, "ompressed data") || strstr(message, "incorrect data check");
}

static void on_warning(png_structp png, png_const_charp message)
{
    png_decoder *d = png_get_error_ptr(png);
    const bool long_chunk = strstr(message, "exceeds application limits") || strstr(message, "exceeds memory limits");
    const uint32_t type = png_get_io_chunk_type(png);
    if ((long_chunk || strstr(message, "too large")) && !io_png_is_carried(type)) {
        io_png_leave_out(&d->chunks, type); /* libpng passes over it */
        return;
    }
    d->over_limit |= !d->no_memory && (strstr(message, "insufficient memory") || long_chunk);
    if (d->over_limit || d->no_memory)
        png_error(png, message);
    if (!means_damage(message)) {
        io_png_pass_on(&d->chunks, message);
        return;
    }
    if (!d->limits.keep_truncated)
        png_error(png, message);
    d->damage = true;
}

static int take_chunk(png_structp png, png_unknown_chunkp chunk)
{
    png_decoder *d = png_get_user_chunk_ptr(png);
    if (!io_png_take_chunk(&d->chunks, chunk->name, chunk->data, chunk->size, d->err)) {
        d->told = true;
        png_error(png, "");
    }
    return 1;
}

static void read_bytes(png_structp png, png_bytep to, size_t n)
{
    png_decoder *d = png_get_io_ptr(png);
    if (d->ending && png_get_io_chunk_type(png) == IDAT && (d->trail += n) > d->trail_max)
        png_error(png, "IDAT: Too much image data");
    while (n > d->len - d->pos) {
        const size_t part = d->len - d->pos;
        memcpy(to, d->data + d->pos, part);
        to += part;
        n -= part;
        d->pos = d->len;
        if (!d->limits.more || !d->limits.more->next(d->limits.more->user, &d->data, &d->len, d->err) || !d->len) {
            d->ended_early = true; /* where reading failed, that error stands */
            png_error(png, "truncated");
        }
        d->pos = 0;
    }
    memcpy(to, d->data + d->pos, n);
    d->pos += n;
}

static bool guarded(png_decoder *d, void (*step)(png_decoder *), qn_error *err)
{
    d->err = err;
    if (setjmp(png_jmpbuf(d->png)))
        return false;
    step(d);
    return true;
}

static void take_profile(png_decoder *d)
{
    png_charp name;
    png_bytep icc;
    png_uint_32 len = 0;
    int compression, intent = 0;
    if (png_get_iCCP(d->png, d->pnginfo, &name, &compression, &icc, &len) == PNG_INFO_iCCP && len > 0) {
        d->told = !io_png_count_meta(&d->chunks, len, d->err);
        if (d->told)
            png_error(d->png, "");
        d->no_memory |= !qn_bytes_append(&d->meta->icc, icc, len);
    }
    d->meta->srgb = png_get_sRGB(d->png, d->pnginfo, &intent) == PNG_INFO_sRGB;
    d->meta->intent = d->meta->srgb && intent >= 0 && intent <= 3 ? intent : 0;
    double gamma = 0, *c = d->meta->chroma;
    if (png_get_gAMA(d->png, d->pnginfo, &gamma) == PNG_INFO_gAMA)
        d->meta->gamma = gamma;
    d->meta->has_chroma =
        png_get_cHRM(d->png, d->pnginfo, &c[0], &c[1], &c[2], &c[3], &c[4], &c[5], &c[6], &c[7]) == PNG_INFO_cHRM;
}

static void take_metadata(png_decoder *d)
{
    png_uint_32 x, y;
    int unit;
    take_profile(d);
    if (png_get_pHYs(d->png, d->pnginfo, &x, &y, &unit) == PNG_INFO_pHYs) {
        if (unit == PNG_RESOLUTION_METER) {
            d->meta->dpi_x = x * 0.0254;
            d->meta->dpi_y = y * 0.0254;
        } else if (x != y) {
            io_meta_loss(d->meta, "pixels of %" PRIu32 " to %" PRIu32 " (pHYs): taken for square", x, y);
        }
    }
    io_png_tell_left_out(&d->chunks);
    if (d->no_memory)
        png_error(d->png, "out of memory");
}

/* What the numbers of a palette, or of gray of at most 8 bits, stand for. None: other pixels that are transformed. */
static void make_table(png_decoder *d, int color, int depth, bool trns)
{
    io_png_whole *t = &d->table;
    png_colorp palette = NULL;
    png_bytep alpha = NULL;
    png_color_16p key = NULL;
    int n = 0, n_alpha = 0;
    if (trns)
        png_get_tRNS(d->png, d->pnginfo, &alpha, &n_alpha, &key);
    if (color == PNG_COLOR_TYPE_PALETTE && png_get_PLTE(d->png, d->pnginfo, &palette, &n) == PNG_INFO_PLTE && n <= 256)
        for (int i = 0; i < n; i++) {
            const uint8_t c[4] = { palette[i].red, palette[i].green, palette[i].blue,
                                   alpha && i < n_alpha ? alpha[i] : 255 };
            memcpy(t->color[i], c, 4);
        }
    const int levels = color == PNG_COLOR_TYPE_GRAY && depth <= 8 && (key || !trns) ? 1 << depth : 0;
    for (int i = 0; i < levels; i++) {
        t->color[i][0] = (uint8_t)(i * 255 / (levels - 1));
        t->color[i][1] = key && i == (key->gray & (levels - 1)) ? 0 : 255;
    }
    t->n_colors = (unsigned)(n > levels ? n : levels);
    t->bits = t->n_colors ? (unsigned)depth : 0;
}

/* Everything that is not 8 or 16 bits of gray, gray and alpha, RGB or RGBA is made so by libpng on the way. */
static void set_transforms(png_decoder *d)
{
    const int color = png_get_color_type(d->png, d->pnginfo);
    const int depth = png_get_bit_depth(d->png, d->pnginfo);
    const bool trns = png_get_valid(d->png, d->pnginfo, PNG_INFO_tRNS) != 0;
    if (color == PNG_COLOR_TYPE_PALETTE)
        png_set_palette_to_rgb(d->png);
    else if (color == PNG_COLOR_TYPE_GRAY && depth < 8)
        png_set_expand_gray_1_2_4_to_8(d->png);
    if (trns)
        png_set_tRNS_to_alpha(d->png);
    d->transformed = trns || color == PNG_COLOR_TYPE_PALETTE || depth < 8;
    if (d->transformed)
        make_table(d, color, depth, trns);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (depth == 16)
        png_set_swap(d->png);
#endif
    d->passes = png_set_interlace_handling(d->png);
}

/* What libpng is told before it reads; it may allocate. */
static void set_up(png_decoder *d)
{
    png_set_read_fn(d->png, d, read_bytes);
    png_set_user_limits(d->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_chunk_malloc_max(d->png,
                             d->chunks.limit < PNG_UINT_31_MAX ? (png_alloc_size_t)d->chunks.limit : PNG_UINT_31_MAX);
    png_set_keep_unknown_chunks(d->png, PNG_HANDLE_CHUNK_NEVER, io_png_raw_chunks, IO_PNG_RAW_CHUNKS);
    png_set_read_user_chunk_fn(d->png, d, take_chunk);
    png_set_option(d->png, PNG_SKIP_sRGB_CHECK_PROFILE, PNG_OPTION_ON); /* two checksums over each profile */
    if (d->limits.keep_truncated) { /* up to the last byte there is, whatever its checksum says */
        png_set_compression_buffer_size(d->png, PIECE_TO_KEEP);
        png_set_crc_action(d->png, PNG_CRC_WARN_USE, PNG_CRC_WARN_USE);
    }
}

/* Bytes that the picture may take in the file. */
static uint64_t packed_max(const png_decoder *d)
{
    const uint64_t row = (uint64_t)d->info.width * qn_pixel_bytes(d->info.format);
    return d->limits.keep_truncated ? UINT64_MAX : io_extent_of_rows(PACKED_MIN, PACKED_FACTOR * row, d->info.height);
}

static void read_header(png_decoder *d)
{
    set_up(d);
    png_read_info(d->png, d->pnginfo);
    set_transforms(d);
    png_read_update_info(d->png, d->pnginfo);
    d->info.width = png_get_image_width(d->png, d->pnginfo);
    d->info.height = png_get_image_height(d->png, d->pnginfo);
    d->info.format = (qn_format){ .channels = png_get_channels(d->png, d->pnginfo),
                                  .depth = png_get_bit_depth(d->png, d->pnginfo),
                                  .layout = QN_INTERLEAVED };
    d->info.whole_picture = d->passes > 1;
    d->trail_max = TRAIL_MAX + 2 * png_get_rowbytes(d->png, d->pnginfo);
    if (png_get_rowbytes(d->png, d->pnginfo) != d->info.width * qn_pixel_bytes(d->info.format))
        png_error(d->png, "rows are of an unexpected length");
    take_metadata(d);
    bool behind = false;
    if (!io_png_take_behind(&d->chunks, d->data, d->len, d->limits.more, packed_max(d), &behind, d->err)) {
        d->told = true;
        png_error(d->png, "");
    }
    d->chunks.behind = behind;
}

/* IHDR is the first chunk, at a fixed place: its size is checked before libpng allocates anything. (libpng itself reads
 * chunks before it that it hands over raw, so that a size that comes later would get past this.) Deflate
 * shrinks at most 1032 to 1, so a file that is too short for its size is known to be truncated here, before the
 * caller allocates the pixels. (Adam7 only adds to the bytes that are compared.) */
static bool check_header(png_decoder *d, qn_error *err)
{
    if (d->len < 29)
        return true; /* libpng says that it ends early */
    if (memcmp(d->data + 12, "IHDR", 4) != 0)
        return qn_fail(err, QN_INPUT, "damaged PNG: its first chunk is not IHDR");
    const uint64_t w = io_big_endian(d->data + 16), h = io_big_endian(d->data + 20);
    const uint8_t depth = d->data[24], color = d->data[25];
    if (!io_check_size(w, h, &d->limits, err))
        return false;
    const unsigned samples = color == 2 ? 3 : color == 4 ? 2 : color == 6 ? 4 : 1;
    const uint64_t bits = depth <= 16 ? (uint64_t)samples * depth : 1;
    const uint64_t raw_row = 1 + w * bits / 8;
    if (!d->limits.keep_truncated && raw_row > (d->size * 1032 + 4096) / h)
        return qn_fail(err, QN_INPUT,
                       "the picture ends early (truncated): %" PRIu64 "x%" PRIu64 " pixels do not fit into %" PRIu64
                       " bytes",
                       w, h, d->size);
    d->held_max += 64 * (size_t)w; /* libpng's row buffers: two rows of at most 8 bytes a pixel, and their guards */
    return true;
}

bool io_png_open(io_decoder **dec, const uint8_t *data, size_t len, const io_limits *limits, io_info *info,
                 io_meta *meta, qn_error *err)
{
    png_decoder *d = calloc(1, sizeof *d);
    if (!d)
        return qn_fail(err, QN_NOMEM, "out of memory while reading a PNG");
    d->data = data;
    d->len = len;
    d->size = limits->more ? limits->more->size : len;
    d->limits = *limits;
    d->info = *info;
    d->meta = meta;
    d->err = err;
    const uint64_t most = io_max_meta(limits);
    d->chunks = (io_png_chunks){ .meta = meta, .limit = most, .left = most, .keep = limits->keep_truncated };
    d->held_max = most < SIZE_MAX / 4 ? 2 * (size_t)most + HELD_MAX : SIZE_MAX / 2; /* a chunk as read and inflated */
    if (!check_header(d, err)) {
        io_png_free(&d->head);
        return false;
    }
    d->png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, d, on_error, on_warning, d, allocate, release);
    d->pnginfo = d->png ? png_create_info_struct(d->png) : NULL;
    if (!d->pnginfo) {
        io_png_free(&d->head);
        return qn_fail(err, QN_NOMEM, "out of memory while reading a PNG");
    }
    if (!guarded(d, read_header, err)) {
        io_png_free(&d->head);
        return false;
    }
    *info = d->info;
    *dec = &d->head;
    return true;
}

static void read_rows(png_decoder *d)
{
    for (int pass = 0; pass < d->passes; pass++) {
        for (d->rows_done = 0; d->rows_done < d->info.height; d->rows_done++) {
            d->ending = pass == d->passes - 1 && d->rows_done == d->info.height - 1;
            png_read_row(d->png, d->dst + (size_t)d->rows_done * d->stride, NULL);
        }
    }
}

/* To IEND: the checksum of the pixels stands there, and text may. */
static void read_end(png_decoder *d)
{
    d->ending = true;
    png_read_end(d->png, d->pnginfo);
    io_png_tell_left_out(&d->chunks);
}

/* At once, where the file is in memory and its pixels need no more than the order of bytes or a table. */
static bool decode_whole(png_decoder *d, void *dst, size_t stride, qn_error *err)
{
    const io_limits *l = &d->limits;
    if (!l->scratch || l->more || d->passes > 1 || (d->transformed && !d->table.bits) || d->pos < 8)
        return false;
    io_png_whole *whole = &d->table;
    whole->data = d->data;
    whole->len = d->len;
    whole->idat = d->pos - 8; /* libpng has read its length and name */
    whole->width = d->info.width;
    whole->height = d->info.height;
    whole->channels = d->info.format.channels;
    whole->depth = d->info.format.depth;
    l->scratch->len = 0;
    return io_png_read_whole(whole, l->scratch, dst, stride, &d->chunks, err);
}

bool io_png_decode(io_decoder *dec, void *dst, size_t stride, bool *damaged, qn_error *err)
{
    png_decoder *d = (png_decoder *)(void *)dec;
    d->dst = dst;
    d->stride = stride;
    qn_error cause = { 0 };
    if (decode_whole(d, dst, stride, &cause)) {
        *damaged = d->damage || d->chunks.damaged;
        return true;
    }
    if (cause.code != QN_OK)
        return qn_fail(err, cause.code, "%s", cause.text);
    /* An interlaced picture is filled in seven passes: what is missing of it lies everywhere. */
    if (d->limits.keep_truncated && d->passes > 1)
        io_fill_gray(&d->info, dst, stride, 0);
    const bool rows = guarded(d, read_rows, &cause);
    const bool whole = rows && guarded(d, read_end, &cause);
    if (!whole) {
        if (cause.code != QN_INPUT || !d->limits.keep_truncated)
            return qn_fail(err, cause.code, "%s", cause.text);
        if (!rows && d->passes == 1)
            io_fill_gray(&d->info, dst, stride, d->rows_done);
        *damaged = true;
    }
    if (d->damage || d->chunks.damaged)
        *damaged = true;
    return true;
}

static void read_some_rows(png_decoder *d)
{
    for (; d->rows_wanted > 0; d->rows_wanted--, d->rows_done++) {
        d->ending = d->rows_done == d->info.height - 1;
        png_read_row(d->png, d->dst, NULL);
        d->dst += d->stride;
    }
}

bool io_png_decode_rows(io_decoder *dec, void *dst, size_t stride, uint32_t n, bool *damaged, qn_error *err)
{
    png_decoder *d = (png_decoder *)(void *)dec;
    qn_error cause = { 0 };
    d->dst = dst;
    d->stride = stride;
    d->rows_wanted = n;
    const bool last = d->rows_done + (uint64_t)n >= d->info.height;
    if (!d->lost && (!guarded(d, read_some_rows, &cause) || (last && !guarded(d, read_end, &cause)))) {
        if (cause.code != QN_INPUT || !d->limits.keep_truncated)
            return qn_fail(err, cause.code, "%s", cause.text);
        d->lost = true;
    }
    if (d->lost) {
        io_info rest = d->info;
        rest.height = d->rows_wanted;
        io_fill_gray(&rest, d->dst, stride, 0);
        d->rows_done += d->rows_wanted;
    }
    *damaged = *damaged || d->lost || d->damage || d->chunks.damaged;
    return true;
}

void io_png_free(io_decoder *dec)
{
    png_decoder *d = (png_decoder *)(void *)dec;
    if (d->png)
        png_destroy_read_struct(&d->png, &d->pnginfo, NULL);
    free(d);
}
