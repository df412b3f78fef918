/* JPEG out. libjpeg writes straight into the caller's qn_bytes, which keeps its memory from picture to picture. The
 * one setjmp stands in guarded(); what changes lives in a struct that its caller owns and passes by address. */
#include "codec_table.h"
#include "jpeg_common.h"
#include "jpeg_stripes.h"

#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

enum { ROWS_AT_ONCE = 64 };

typedef struct jpeg_encoder {
    io_encoder head;
    struct jpeg_compress_struct j;
    struct jpeg_error_mgr errors;
    struct jpeg_destination_mgr destination;
    jmp_buf escape;
    const qn_image *image; /* as the next two: while the header is being written */
    const io_meta *meta;   /* may be NULL */
    const io_encode_options *options;
    const uint8_t *rows; /* to be written next */
    size_t stride;
    uint32_t n_rows;
    io_jpeg_stripes *stripes; /* NULL: one thread, libjpeg, writes all */
    qn_bytes *out;            /* between calls, out->len bytes of it; while libjpeg writes, its own count is ahead */
    qn_error *err;
} jpeg_encoder;

static void on_error(j_common_ptr j)
{
    jpeg_encoder *e = j->client_data;
    char text[JMSG_LENGTH_MAX];
    if (j->err->msg_code == JERR_OUT_OF_MEMORY) {
        (void)qn_fail(e->err, QN_NOMEM, "out of memory while writing a JPEG");
    } else {
        j->err->format_message(j, text);
        (void)qn_fail(e->err, QN_INTERNAL, "writing a JPEG: %s", text);
    }
    longjmp(e->escape, 1);
}

static void on_message(j_common_ptr j, int level)
{
    (void)j;
    (void)level;
}

static void on_output(j_common_ptr j)
{
    (void)j;
}

/* libjpeg goes on where the bytes end; the caller may have taken them since. */
static void aim(jpeg_encoder *e)
{
    e->j.dest->next_output_byte = e->out->data + e->out->len;
    e->j.dest->free_in_buffer = e->out->cap - e->out->len;
}

static void init_destination(j_compress_ptr j)
{
    aim(j->client_data);
}

/* libjpeg calls this when the buffer is full to its last byte. */
static boolean grow_destination(j_compress_ptr j)
{
    jpeg_encoder *e = j->client_data;
    const size_t used = e->out->cap;
    e->out->len = used; /* what is there stays */
    if (used > SIZE_MAX / 2 || !qn_bytes_reserve(e->out, used * 2))
        ERREXIT1(j, JERR_OUT_OF_MEMORY, 0);
    aim(e);
    return TRUE;
}

static void end_destination(j_compress_ptr j)
{
    jpeg_encoder *e = j->client_data;
    e->out->len = e->out->cap - j->dest->free_in_buffer;
}

static bool guarded(jpeg_encoder *e, void (*step)(jpeg_encoder *))
{
    if (setjmp(e->escape))
        return false;
    step(e);
    return true;
}

void jpeg_sampling(const io_encode_options *options, int *h, int *v)
{
    io_subsampling s = options->subsampling;
    if (s == IO_SUB_KEEP)
        s = options->source_subsampling;
    *h = *v = 2;
    switch (s) {
    case IO_SUB_444: *h = *v = 1; break;
    case IO_SUB_422: *v = 1; break;
    case IO_SUB_440: *h = 1; break;
    case IO_SUB_411:
        *h = 4;
        *v = 1;
        break;
    case IO_SUB_KEEP:
    case IO_SUB_420:
    case IO_SUB_OTHER: break;
    }
}

void jpeg_set_up(struct jpeg_compress_struct *j, const qn_image *image, const io_encode_options *options,
                 unsigned restart_rows)
{
    const bool gray = image->format.channels == 1;
    j->image_width = image->width;
    j->image_height = image->height;
    j->input_components = image->format.channels;
    j->in_color_space = gray ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(j);
    jpeg_set_quality(j, options->quality, TRUE);
    if (!gray)
        jpeg_sampling(options, &j->comp_info[0].h_samp_factor, &j->comp_info[0].v_samp_factor);
    if (options->progressive)
        jpeg_simple_progression(j);
    j->optimize_coding = options->optimize || options->progressive;
    j->restart_in_rows = (int)restart_rows;
}

static void write_header(jpeg_encoder *e)
{
    jpeg_create_compress(&e->j);
    e->j.dest = &e->destination;
    jpeg_set_up(&e->j, e->image, e->options, io_jpeg_restart_rows(e->image, e->options));
    if (e->meta)
        jpeg_put_density(&e->j, e->meta);
    jpeg_start_compress(&e->j, TRUE);
    if (e->meta)
        jpeg_put_metadata(&e->j, e->meta);
    if (e->stripes)
        (void)jpeg_write_scanlines(&e->j, NULL, 0); /* the rest of the header */
    end_destination(&e->j);
}

static void write_rows(jpeg_encoder *e)
{
    JSAMPROW rows[ROWS_AT_ONCE];
    aim(e);
    for (uint32_t done = 0; done < e->n_rows;) {
        const JDIMENSION left = e->n_rows - done, n = left < ROWS_AT_ONCE ? left : ROWS_AT_ONCE;
        for (JDIMENSION i = 0; i < n; i++)
            rows[i] = (JSAMPROW)(uintptr_t)e->rows + (size_t)(done + i) * e->stride;
        done += jpeg_write_scanlines(&e->j, rows, n);
    }
    end_destination(&e->j);
}

static void write_end(jpeg_encoder *e)
{
    aim(e);
    jpeg_finish_compress(&e->j);
}

io_encoder *io_jpeg_encoder_open(const qn_image *image, const io_meta *meta, const io_encode_options *options,
                                 qn_bytes *out, qn_error *err)
{
    if (image->width > JPEG_SIDE_MAX || image->height > JPEG_SIDE_MAX || image->width == 0 || image->height == 0) {
        qn_fail(err, QN_LIMIT, "JPEG holds 1 to %d pixels a side; this one is %ux%u (PNG holds it)", JPEG_SIDE_MAX,
                image->width, image->height);
        return NULL;
    }
    if (options->quality < 1 || options->quality > 100) {
        qn_fail(err, QN_INTERNAL, "JPEG quality %d is not in 1..100", options->quality);
        return NULL;
    }
    jpeg_encoder *e = calloc(1, sizeof *e);
    if (!e || !qn_bytes_reserve(out, 64u << 10)) {
        free(e);
        qn_fail(err, QN_NOMEM, "out of memory while writing a JPEG");
        return NULL;
    }
    e->image = image;
    e->meta = meta;
    e->options = options;
    e->out = out;
    e->err = err;
    e->j.err = jpeg_std_error(&e->errors);
    e->j.client_data = e;
    e->errors.error_exit = on_error;
    e->errors.emit_message = on_message;
    e->errors.output_message = on_output;
    e->destination.init_destination = init_destination;
    e->destination.empty_output_buffer = grow_destination;
    e->destination.term_destination = end_destination;
    const bool parallel = io_jpeg_wants_stripes(image, options);
    e->stripes = parallel ? io_jpeg_stripes_create(image, options) : NULL;
    if (parallel && !e->stripes)
        qn_fail(err, QN_NOMEM, "out of memory while writing a JPEG");
    else if (guarded(e, write_header))
        return &e->head;
    io_jpeg_encoder_free(&e->head);
    return NULL;
}

bool io_jpeg_encoder_rows(io_encoder *enc, const void *rows, size_t stride, uint32_t n, qn_error *err)
{
    jpeg_encoder *e = (jpeg_encoder *)(void *)enc;
    e->err = err;
    e->rows = rows;
    e->stride = stride;
    e->n_rows = n;
    for (uint32_t y = 0; e->stripes && y < n; y++)
        if (!io_jpeg_stripes_row(e->stripes, e->rows + y * stride, e->out, err))
            return false;
    return e->stripes || guarded(e, write_rows);
}

bool io_jpeg_encoder_finish(io_encoder *enc, const io_meta *late, qn_error *err)
{
    (void)late; /* markers stand before the pixels */
    jpeg_encoder *e = (jpeg_encoder *)(void *)enc;
    e->err = err;
    return e->stripes ? io_jpeg_stripes_finish(e->stripes, e->out, err) : guarded(e, write_end);
}

void io_jpeg_encoder_free(io_encoder *enc)
{
    jpeg_encoder *e = (jpeg_encoder *)(void *)enc;
    io_jpeg_stripes_free(&e->stripes);
    if (e->j.mem)
        jpeg_destroy_compress(&e->j);
    free(e);
}

bool io_jpeg_encode(const qn_image *image, const io_meta *meta, const io_encode_options *options, qn_bytes *out,
                    qn_error *err)
{
    /* A third of a byte a pixel is a common photograph at quality 90; more is grown into. */
    const size_t guess = (size_t)image->width * image->height / 3 + (64u << 10);
    if (image->width <= JPEG_SIDE_MAX && image->height <= JPEG_SIDE_MAX && !qn_bytes_reserve(out, guess))
        return qn_fail(err, QN_NOMEM, "out of memory while writing a JPEG");
    io_encoder *enc = io_jpeg_encoder_open(image, meta, options, out, err);
    const bool ok = enc &&
                    io_jpeg_encoder_rows(enc, image->plane[0].data, image->plane[0].stride, image->height, err) &&
                    io_jpeg_encoder_finish(enc, NULL, err);
    if (enc)
        io_jpeg_encoder_free(enc);
    if (!ok)
        out->len = 0;
    return ok;
}
