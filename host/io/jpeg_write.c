/* JPEG out. libjpeg writes straight into the caller's qn_bytes, which keeps its memory from picture to picture. The
 * one setjmp stands in guarded(); what changes lives in a struct that its caller owns and passes by address. */
#include "codec_table.h"
#include "jpeg_common.h"

#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

enum { ROWS_AT_ONCE = 64 };

typedef struct jpeg_encoder {
    struct jpeg_compress_struct j;
    struct jpeg_error_mgr errors;
    struct jpeg_destination_mgr destination;
    jmp_buf escape;
    const qn_image *image;
    const io_meta *meta; /* may be NULL */
    const io_encode_options *options;
    qn_bytes *out;
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

static void init_destination(j_compress_ptr j)
{
    jpeg_encoder *e = j->client_data;
    j->dest->next_output_byte = e->out->data;
    j->dest->free_in_buffer = e->out->cap;
}

/* libjpeg calls this when the buffer is full to its last byte. */
static boolean grow_destination(j_compress_ptr j)
{
    jpeg_encoder *e = j->client_data;
    const size_t used = e->out->cap;
    e->out->len = used; /* what is there stays */
    if (used > SIZE_MAX / 2 || !qn_bytes_reserve(e->out, used * 2))
        ERREXIT1(j, JERR_OUT_OF_MEMORY, 0);
    j->dest->next_output_byte = e->out->data + used;
    j->dest->free_in_buffer = e->out->cap - used;
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

static void set_subsampling(jpeg_encoder *e)
{
    io_subsampling s = e->options->subsampling;
    if (s == IO_SUB_KEEP)
        s = e->options->source_subsampling;
    int h = 2, v = 2;
    switch (s) {
    case IO_SUB_444: h = v = 1; break;
    case IO_SUB_422: v = 1; break;
    case IO_SUB_440: h = 1; break;
    case IO_SUB_411:
        h = 4;
        v = 1;
        break;
    case IO_SUB_KEEP:
    case IO_SUB_420:
    case IO_SUB_OTHER: break;
    }
    e->j.comp_info[0].h_samp_factor = h;
    e->j.comp_info[0].v_samp_factor = v;
}

static void set_parameters(jpeg_encoder *e)
{
    const qn_image *image = e->image;
    const bool gray = image->format.channels == 1;
    e->j.image_width = image->width;
    e->j.image_height = image->height;
    e->j.input_components = image->format.channels;
    e->j.in_color_space = gray ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&e->j);
    jpeg_set_quality(&e->j, e->options->quality, TRUE);
    if (!gray)
        set_subsampling(e);
    if (e->options->progressive)
        jpeg_simple_progression(&e->j);
    e->j.optimize_coding = e->options->optimize || e->options->progressive;
    if (e->meta)
        jpeg_put_density(&e->j, e->meta);
}

static void write_rows(jpeg_encoder *e)
{
    JSAMPROW rows[ROWS_AT_ONCE];
    const qn_plane *plane = &e->image->plane[0];
    while (e->j.next_scanline < e->j.image_height) {
        const JDIMENSION first = e->j.next_scanline;
        const JDIMENSION left = e->j.image_height - first;
        const JDIMENSION n = left < ROWS_AT_ONCE ? left : ROWS_AT_ONCE;
        for (JDIMENSION i = 0; i < n; i++)
            rows[i] = (JSAMPROW)plane->data + (size_t)(first + i) * plane->stride;
        (void)jpeg_write_scanlines(&e->j, rows, n);
    }
}

static void write_picture(jpeg_encoder *e)
{
    jpeg_create_compress(&e->j);
    e->j.dest = &e->destination;
    set_parameters(e);
    jpeg_start_compress(&e->j, TRUE);
    if (e->meta)
        jpeg_put_metadata(&e->j, e->meta);
    write_rows(e);
    jpeg_finish_compress(&e->j);
}

bool io_jpeg_encode(const qn_image *image, const io_meta *meta, const io_encode_options *options, qn_bytes *out,
                    qn_error *err)
{
    if (image->width > JPEG_SIDE_MAX || image->height > JPEG_SIDE_MAX || image->width == 0 || image->height == 0)
        return qn_fail(err, QN_LIMIT, "JPEG holds 1 to %d pixels a side; this one is %ux%u (PNG holds it)",
                       JPEG_SIDE_MAX, image->width, image->height);
    if (options->quality < 1 || options->quality > 100)
        return qn_fail(err, QN_INTERNAL, "JPEG quality %d is not in 1..100", options->quality);
    /* A third of a byte a pixel is a common photograph at quality 90; more is grown into. */
    const size_t guess = (size_t)image->width * image->height / 3 + (64u << 10);
    if (!qn_bytes_reserve(out, guess))
        return qn_fail(err, QN_NOMEM, "out of memory while writing a JPEG");
    jpeg_encoder e = { .image = image, .meta = meta, .options = options, .out = out, .err = err };
    e.j.err = jpeg_std_error(&e.errors);
    e.j.client_data = &e;
    e.errors.error_exit = on_error;
    e.errors.emit_message = on_message;
    e.errors.output_message = on_output;
    e.destination.init_destination = init_destination;
    e.destination.empty_output_buffer = grow_destination;
    e.destination.term_destination = end_destination;
    const bool ok = guarded(&e, write_picture);
    if (e.j.mem)
        jpeg_destroy_compress(&e.j);
    if (!ok)
        out->len = 0;
    return ok;
}
