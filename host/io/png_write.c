/* PNG out. As in png_read.c, the one setjmp stands in guarded(), and what changes lives in a struct that the caller of
 * guarded() owns and passes by address. */
#include "codec_table.h"
#include "png_blocks.h"
#include "png_form.h"

#include <math.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>

typedef struct png_encoder {
    io_encoder head;
    png_structp png;
    png_infop pnginfo;
    const qn_image *image; /* as the next two: while the header is being written */
    const io_meta *meta;   /* may be NULL */
    const io_encode_options *options;
    const uint8_t *rows; /* to be written next */
    size_t stride;
    uint32_t n_rows;
    io_png_form form;
    uint8_t *row; /* in that form */
    io_png_blocks *blocks;
    qn_bytes *out;
    bool no_memory;
    qn_error *err;
} png_encoder;

static void on_error(png_structp png, png_const_charp message)
{
    png_encoder *e = png_get_error_ptr(png);
    if (e->no_memory)
        (void)qn_fail(e->err, QN_NOMEM, "out of memory while writing a PNG");
    else
        (void)qn_fail(e->err, QN_INTERNAL, "writing a PNG: %s", message);
    png_longjmp(png, 1);
}

/* Warnings are about metadata that libpng leaves out, such as an RGB profile on a gray picture. */
static void on_warning(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message;
}

static png_voidp allocate(png_structp png, png_alloc_size_t size)
{
    png_encoder *e = png_get_mem_ptr(png);
    void *p = malloc(size);
    e->no_memory |= p == NULL;
    return p;
}

static void release(png_structp png, png_voidp p)
{
    (void)png;
    free(p);
}

static void no_memory(png_encoder *e)
{
    e->no_memory = true;
    png_error(e->png, "out of memory");
}

static void write_bytes(png_structp png, png_bytep data, size_t n)
{
    png_encoder *e = png_get_io_ptr(png);
    if (!qn_bytes_append(e->out, data, n))
        no_memory(e);
}

static void flush_bytes(png_structp png)
{
    (void)png;
}

static bool guarded(png_encoder *e, void (*step)(png_encoder *))
{
    if (setjmp(png_jmpbuf(e->png)))
        return false;
    step(e);
    return true;
}

static bool is_ascii(const char *s)
{
    for (; *s; s++) {
        if ((unsigned char)*s >= 0x80)
            return false;
    }
    return true;
}

/* PNG's rule: 1 to 79 printable characters, no space at an end and no two in a row. Others are left out. */
static bool is_keyword(const char *key)
{
    const size_t len = strlen(key);
    if (len < 1 || len > 79 || key[0] == ' ' || key[len - 1] == ' ' || strstr(key, "  "))
        return false;
    for (size_t i = 0; i < len; i++) {
        if (key[i] < 32 || key[i] > 126)
            return false;
    }
    return true;
}

static void add_metadata(png_encoder *e)
{
    const io_meta *m = e->meta;
    /* sRGB, gAMA and cHRM beside a profile would be a second opinion about the same thing. */
    if (m->icc.len > 0 && m->icc.len <= PNG_UINT_31_MAX)
        png_set_iCCP(e->png, e->pnginfo, "icc", PNG_COMPRESSION_TYPE_BASE, m->icc.data, (png_uint_32)m->icc.len);
    else if (m->srgb)
        png_set_sRGB(e->png, e->pnginfo, m->intent);
    const bool said = m->icc.len > 0 || m->srgb;
    const double *c = m->chroma;
    if (m->gamma > 0 && !said)
        png_set_gAMA(e->png, e->pnginfo, m->gamma);
    if (m->has_chroma && !said)
        png_set_cHRM(e->png, e->pnginfo, c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7]);
    if (m->exif.len > 0 && m->exif.len <= PNG_UINT_31_MAX)
        png_set_eXIf_1(e->png, e->pnginfo, (png_uint_32)m->exif.len, m->exif.data);
    if (m->dpi_x > 0 && m->dpi_y > 0 && m->dpi_x < 1e7 && m->dpi_y < 1e7)
        png_set_pHYs(e->png, e->pnginfo, (png_uint_32)lrint(m->dpi_x / 0.0254), (png_uint_32)lrint(m->dpi_y / 0.0254),
                     PNG_RESOLUTION_METER);
}

static bool write_idat(void *user, const uint8_t *data, size_t len)
{
    static const png_byte name[5] = "IDAT";
    png_encoder *e = user;
    png_write_chunk(e->png, name, data, len); /* its errors do not come back here */
    return true;
}

/* As chunks: libpng would copy each text, and the list of them at every few. */
static void write_text(png_encoder *e, const char *key, const uint8_t *value, size_t len, bool utf8)
{
    static const png_byte latin1[5] = "tEXt", international[5] = "iTXt";
    const size_t key_len = strlen(key), gap = utf8 ? 5 : 1; /* flags, language, translation */
    uint8_t *chunk = png_malloc(e->png, key_len + gap + len);
    memset(chunk, 0, key_len + gap);
    memcpy(chunk, key, key_len);
    if (len)
        memcpy(chunk + key_len + gap, value, len);
    png_write_chunk(e->png, utf8 ? international : latin1, chunk, key_len + gap + len);
    png_free(e->png, chunk);
}

static void write_texts(png_encoder *e)
{
    const qn_bytes *t = &e->meta->text;
    for (size_t at = 0; at < t->len;) {
        const char *key = (const char *)t->data + at, *value = key + strlen(key) + 1;
        at += strlen(key) + 1;
        if (at >= t->len)
            break;
        at += strlen(value) + 1;
        if (is_keyword(key))
            write_text(e, key, (const uint8_t *)value, strlen(value), !is_ascii(value));
    }
}

static void write_end(png_encoder *e)
{
    static const png_byte end[5] = "IEND", exif[5] = "eXIf";
    if (!io_png_blocks_finish(e->blocks))
        no_memory(e);
    if (e->meta)
        write_texts(e);
    if (e->meta && e->meta->exif.len > 0 && e->meta->exif.len <= PNG_UINT_31_MAX)
        png_write_chunk(e->png, exif, e->meta->exif.data, e->meta->exif.len);
    png_write_chunk(e->png, end, NULL, 0);
}

static void set_palette(png_encoder *e)
{
    const io_png_form *f = &e->form;
    png_color color[IO_PNG_COLORS];
    png_byte alpha[IO_PNG_COLORS];
    for (unsigned i = 0; i < f->n_colors; i++) {
        color[i] = (png_color){ f->color[i][0], f->color[i][1], f->color[i][2] };
        alpha[i] = f->color[i][3];
    }
    png_set_PLTE(e->png, e->pnginfo, color, (int)f->n_colors);
    if (f->n_transparent)
        png_set_tRNS(e->png, e->pnginfo, alpha, (int)f->n_transparent, NULL);
}

static void write_header(png_encoder *e)
{
    const qn_image *image = e->image;
    const io_png_form *f = &e->form;
    png_set_write_fn(e->png, e, write_bytes, flush_bytes);
    png_set_benign_errors(e->png, 1);
    png_set_user_limits(e->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_IHDR(e->png, e->pnginfo, image->width, image->height, f->depth, f->color_type, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    if (f->n_colors)
        set_palette(e);
    if (e->meta)
        add_metadata(e);
    if (e->no_memory) /* libpng only warns and leaves the metadata out */
        no_memory(e);
    png_write_info(e->png, e->pnginfo);
    if (e->meta) {
        const qn_bytes *xmp = &e->meta->xmp;
        write_texts(e);
        if (xmp->len > 0 && !memchr(xmp->data, '\0', xmp->len)) /* a NUL cannot stand in a text chunk */
            write_text(e, "XML:com.adobe.xmp", xmp->data, xmp->len, true);
    }
    const io_png_rows rows = { .bytes = f->row_bytes,
                               .step = f->step,
                               .wide = f->depth == 16,
                               .swap = f->depth == 16 && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
                               .filtered = f->depth >= 8 && !f->n_colors,
                               .level = e->options->compression,
                               .threads = e->options->threads };
    e->blocks = io_png_blocks_create(&rows, write_idat, e);
    if (!e->blocks)
        no_memory(e);
}

static void write_rows(png_encoder *e)
{
    for (uint32_t y = 0; y < e->n_rows; y++)
        if (!io_png_blocks_row(e->blocks, e->rows + (size_t)y * e->stride))
            no_memory(e);
}

static png_encoder *open_form(const qn_image *image, const io_png_form *form, const io_meta *meta,
                              const io_encode_options *options, qn_bytes *out, qn_error *err)
{
    if (image->width > PNG_UINT_31_MAX || image->height > PNG_UINT_31_MAX || image->width == 0 || image->height == 0) {
        qn_fail(err, QN_LIMIT, "PNG holds 1 to 2147483647 pixels a side; this one is %ux%u", image->width,
                image->height);
        return NULL;
    }
    png_encoder *e = calloc(1, sizeof *e);
    if (!e) {
        qn_fail(err, QN_NOMEM, "out of memory while writing a PNG");
        return NULL;
    }
    e->image = image;
    e->form = *form;
    e->meta = meta;
    e->options = options;
    e->out = out;
    e->err = err;
    e->png = png_create_write_struct_2(PNG_LIBPNG_VER_STRING, e, on_error, on_warning, e, allocate, release);
    e->pnginfo = e->png ? png_create_info_struct(e->png) : NULL;
    if (e->pnginfo && guarded(e, write_header))
        return e;
    if (!e->pnginfo)
        qn_fail(err, QN_NOMEM, "out of memory while writing a PNG");
    io_png_encoder_free(&e->head);
    return NULL;
}

io_encoder *io_png_encoder_open(const qn_image *image, const io_meta *meta, const io_encode_options *options,
                                qn_bytes *out, qn_error *err)
{
    const io_png_form plain = io_png_plain_form(image);
    png_encoder *e = open_form(image, &plain, meta, options, out, err);
    return e ? &e->head : NULL;
}

bool io_png_encoder_rows(io_encoder *enc, const void *rows, size_t stride, uint32_t n, qn_error *err)
{
    png_encoder *e = (png_encoder *)(void *)enc;
    e->err = err;
    e->rows = rows;
    e->stride = stride;
    e->n_rows = n;
    return guarded(e, write_rows);
}

bool io_png_encoder_finish(io_encoder *enc, const io_meta *late, qn_error *err)
{
    png_encoder *e = (png_encoder *)(void *)enc;
    e->meta = late;
    e->err = err;
    return guarded(e, write_end);
}

void io_png_encoder_free(io_encoder *enc)
{
    png_encoder *e = (png_encoder *)(void *)enc;
    io_png_blocks_free(&e->blocks);
    free(e->row);
    if (e->png)
        png_destroy_write_struct(&e->png, &e->pnginfo);
    free(e);
}

/* Rows go through the form one by one. */
static void write_in_form(png_encoder *e)
{
    e->row = malloc(e->form.row_bytes);
    bool ok = e->row != NULL;
    for (uint32_t y = 0; ok && y < e->image->height; y++) {
        io_png_form_row(&e->form, e->image, y, e->row);
        ok = io_png_blocks_row(e->blocks, e->row);
    }
    if (!ok)
        no_memory(e);
    e->meta = NULL;
    write_end(e);
}

/* The smallest of the exact forms: which one that is only compression tells. */
static bool encode_smallest(const qn_image *image, const io_meta *meta, const io_encode_options *options, qn_bytes *out,
                            qn_error *err)
{
    io_png_form form[2];
    const unsigned n = io_png_find_forms(image, meta && meta->icc.len > 0, form);
    bool ok = n > 0 || qn_fail(err, QN_NOMEM, "out of memory while writing a PNG");
    qn_bytes other = { 0 };
    for (unsigned i = 0; i < n && ok; i++) {
        qn_bytes *to = i ? &other : out;
        png_encoder *e = open_form(image, &form[i], meta, options, to, err);
        ok = e && guarded(e, write_in_form);
        if (e)
            io_png_encoder_free(&e->head);
        if (ok && i && other.len < out->len) {
            out->len = 0;
            ok = qn_bytes_append(out, other.data, other.len);
        }
    }
    qn_bytes_free(&other);
    return ok;
}

bool io_png_encode(const qn_image *image, const io_meta *meta, const io_encode_options *options, qn_bytes *out,
                   qn_error *err)
{
    if (options->optimize)
        return encode_smallest(image, meta, options, out, err);
    io_encoder *enc = io_png_encoder_open(image, meta, options, out, err);
    const bool ok = enc && io_png_encoder_rows(enc, image->plane[0].data, image->plane[0].stride, image->height, err) &&
                    io_png_encoder_finish(enc, NULL, err);
    if (enc)
        io_png_encoder_free(enc);
    return ok;
}
