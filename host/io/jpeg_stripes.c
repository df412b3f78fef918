#include "jpeg_stripes.h"

#include "jpeg_common.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <jerror.h>

enum {
    THREADS_MAX = 32,
    STRIPE = 1 << 20,       /* bytes of samples, about: a marker costs 2 bytes and a new start of the DC values */
    STRIPE_LEAST = 1 << 16, /* what the caller asks for may be too little for a thread, */
    STRIPE_MOST = 8 << 20,  /* or more than should be held several times */
    INTERVAL_MAX = 65535,   /* MCUs, what DRI can say */
    PIXELS_LEAST = 8 << 20, /* of a picture that gets markers unasked */
    THREADS_WORTH = 3,      /* two cores are busy with decoding, filtering and one encoder: 5 to 8 % slower with more */
    STRIPES_LEAST = 4,      /* below, threads are not worth their start */
    END_OF_IMAGE = 2        /* bytes of the marker */
};

typedef enum state { EMPTY, WAITING, TAKEN, DONE, FAILED } state;

typedef struct stripe {
    uint8_t *rows;
    uint32_t n_rows;
    qn_bytes out; /* entropy-coded data */
    state state;
    qn_error error;
} stripe;

/* What one thread works with: a compressor that writes stripes as if each were a picture, without tables. */
typedef struct tool {
    const io_jpeg_stripes *of;
    struct jpeg_compress_struct j;
    struct jpeg_error_mgr errors;
    struct jpeg_destination_mgr destination;
    jmp_buf escape;
    stripe *item;
    size_t head; /* bytes in front of the data */
} tool;

struct io_jpeg_stripes {
    qn_image shape;
    io_encode_options options;
    uint32_t rows_each;
    size_t row_bytes;
    stripe *item;
    size_t n, next, oldest; /* stripes there are; counters of the one being filled and of the one to be written next */
    bool filling, broken;
    tool own; /* the caller's, where no thread could be started */
    pthread_mutex_t lock;
    pthread_cond_t work, done;
    bool closing;
    unsigned n_threads;
    pthread_t thread[THREADS_MAX];
};

/* ---- one stripe ---- */

static void on_error(j_common_ptr j)
{
    tool *t = j->client_data;
    char text[JMSG_LENGTH_MAX];
    if (j->err->msg_code == JERR_OUT_OF_MEMORY) {
        (void)qn_fail(&t->item->error, QN_NOMEM, "out of memory while writing a JPEG");
    } else {
        j->err->format_message(j, text);
        (void)qn_fail(&t->item->error, QN_INTERNAL, "writing a JPEG: %s", text);
    }
    longjmp(t->escape, 1);
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

static void aim(tool *t)
{
    t->destination.next_output_byte = t->item->out.data + t->item->out.len;
    t->destination.free_in_buffer = t->item->out.cap - t->item->out.len;
}

static void count_bytes(j_compress_ptr j)
{
    tool *t = j->client_data;
    t->item->out.len = t->item->out.cap - t->destination.free_in_buffer;
}

static void init_destination(j_compress_ptr j)
{
    aim(j->client_data);
}

/* libjpeg calls this when the buffer is full to its last byte. */
static boolean grow_destination(j_compress_ptr j)
{
    tool *t = j->client_data;
    qn_bytes *out = &t->item->out;
    out->len = out->cap;
    if (out->cap > SIZE_MAX / 2 || !qn_bytes_reserve(out, out->cap * 2))
        ERREXIT1(j, JERR_OUT_OF_MEMORY, 0);
    aim(t);
    return TRUE;
}

static void tool_init(tool *t, const io_jpeg_stripes *z)
{
    t->of = z;
    t->j.err = jpeg_std_error(&t->errors);
    t->j.client_data = t;
    t->errors.error_exit = on_error;
    t->errors.emit_message = on_message;
    t->errors.output_message = on_output;
    t->destination.init_destination = init_destination;
    t->destination.empty_output_buffer = grow_destination;
    t->destination.term_destination = count_bytes;
}

static void tool_free(tool *t)
{
    if (t->j.mem)
        jpeg_destroy_compress(&t->j);
}

static void write_stripe(tool *t)
{
    const io_jpeg_stripes *z = t->of;
    if (!t->j.mem) {
        jpeg_create_compress(&t->j);
        t->j.dest = &t->destination;
        jpeg_set_up(&t->j, &z->shape, &z->options, 0);
        t->j.write_JFIF_header = FALSE;
        t->j.write_Adobe_marker = FALSE;
    }
    t->j.image_height = t->item->n_rows;
    jpeg_suppress_tables(&t->j, TRUE);
    jpeg_start_compress(&t->j, FALSE);
    (void)jpeg_write_scanlines(&t->j, NULL, 0); /* writes what stands in front of the data */
    count_bytes(&t->j);
    t->head = t->item->out.len;
    for (uint32_t y = 0; y < t->item->n_rows; y++) {
        JSAMPROW row = t->item->rows + y * z->row_bytes;
        (void)jpeg_write_scanlines(&t->j, &row, 1);
    }
    jpeg_finish_compress(&t->j);
}

static bool compress_stripe(tool *t, stripe *s)
{
    t->item = s;
    s->out.len = 0;
    if (!qn_bytes_reserve(&s->out, STRIPE / 4))
        return qn_fail(&s->error, QN_NOMEM, "out of memory while writing a JPEG");
    if (setjmp(t->escape)) {
        tool_free(t); /* the next stripe begins with a new one */
        return false;
    }
    write_stripe(t);
    s->out.len -= t->head + END_OF_IMAGE;
    memmove(s->out.data, s->out.data + t->head, s->out.len);
    return true;
}

static void *work(void *arg)
{
    io_jpeg_stripes *z = arg;
    tool own = { .of = NULL };
    tool_init(&own, z);
    pthread_mutex_lock(&z->lock);
    for (;;) {
        stripe *s = NULL;
        for (size_t i = z->oldest; i < z->next && !s; i++)
            if (z->item[i % z->n].state == WAITING)
                s = &z->item[i % z->n];
        if (!s && z->closing)
            break;
        if (!s) {
            pthread_cond_wait(&z->work, &z->lock);
            continue;
        }
        s->state = TAKEN;
        pthread_mutex_unlock(&z->lock);
        const bool ok = compress_stripe(&own, s);
        pthread_mutex_lock(&z->lock);
        s->state = ok ? DONE : FAILED;
        pthread_cond_broadcast(&z->done);
    }
    pthread_mutex_unlock(&z->lock);
    tool_free(&own);
    return NULL;
}

/* ---- choosing ---- */

/* Pixels of an MCU. One component is not interleaved: its MCU is a block. */
static void mcu_size(const qn_image *image, const io_encode_options *options, uint32_t *width, uint32_t *height)
{
    int h = 1, v = 1;
    if (image->format.channels != 1)
        jpeg_sampling(options, &h, &v);
    *width = (uint32_t)h * DCTSIZE;
    *height = (uint32_t)v * DCTSIZE;
}

unsigned io_jpeg_restart_rows(const qn_image *image, const io_encode_options *options)
{
    if (options->restart_rows || !options->restart_large || options->progressive || options->optimize ||
        (uint64_t)image->width * image->height < PIXELS_LEAST)
        return options->restart_rows;
    uint32_t w, h;
    mcu_size(image, options, &w, &h);
    const uint32_t across = (image->width + w - 1) / w;
    const size_t bytes = (size_t)image->width * image->format.channels * h;
    const unsigned by_bytes = (unsigned)(STRIPE / bytes), most = INTERVAL_MAX / across;
    const unsigned rows = by_bytes < most ? by_bytes : most;
    return rows ? rows : 1;
}

bool io_jpeg_wants_stripes(const qn_image *image, const io_encode_options *options)
{
    const unsigned rows = io_jpeg_restart_rows(image, options);
    if (options->threads < THREADS_WORTH || rows == 0 || options->progressive || options->optimize)
        return false;
    uint32_t w, h;
    mcu_size(image, options, &w, &h);
    const uint64_t across = (image->width + w - 1) / w, high = (uint64_t)rows * h;
    const uint64_t bytes = high * image->width * image->format.channels;
    return rows * across <= INTERVAL_MAX && high * STRIPES_LEAST <= image->height && bytes >= STRIPE_LEAST &&
           bytes <= STRIPE_MOST;
}

/* ---- life ---- */

io_jpeg_stripes *io_jpeg_stripes_create(const qn_image *image, const io_encode_options *options)
{
    io_jpeg_stripes *z = calloc(1, sizeof *z);
    if (!z)
        return NULL;
    uint32_t w, h;
    mcu_size(image, options, &w, &h);
    z->shape = *image;
    z->options = *options;
    z->rows_each = io_jpeg_restart_rows(image, options) * h;
    z->row_bytes = (size_t)image->width * image->format.channels;
    tool_init(&z->own, z);
    pthread_mutex_init(&z->lock, NULL);
    pthread_cond_init(&z->work, NULL);
    pthread_cond_init(&z->done, NULL);
    const unsigned threads = options->threads > THREADS_MAX ? THREADS_MAX : options->threads;
    z->n = threads > 1 ? 2 * threads : 1;
    z->item = calloc(z->n, sizeof *z->item);
    for (unsigned i = 0; z->item && threads > 1 && i < threads; i++)
        if (pthread_create(&z->thread[z->n_threads], NULL, work, z) == 0)
            z->n_threads++;
    if (!z->item)
        io_jpeg_stripes_free(&z);
    return z;
}

void io_jpeg_stripes_free(io_jpeg_stripes **zp)
{
    if (!zp || !*zp)
        return;
    io_jpeg_stripes *z = *zp;
    pthread_mutex_lock(&z->lock);
    z->closing = true;
    pthread_cond_broadcast(&z->work);
    pthread_mutex_unlock(&z->lock);
    for (unsigned i = 0; i < z->n_threads; i++)
        pthread_join(z->thread[i], NULL);
    for (size_t i = 0; z->item && i < z->n; i++) {
        free(z->item[i].rows);
        qn_bytes_free(&z->item[i].out);
    }
    tool_free(&z->own);
    free(z->item);
    pthread_cond_destroy(&z->done);
    pthread_cond_destroy(&z->work);
    pthread_mutex_destroy(&z->lock);
    free(z);
    *zp = NULL;
}

/* ---- in order ---- */

/* Hands the oldest stripe on, which is waited for, behind the marker that ends the one before it. */
static bool write_oldest(io_jpeg_stripes *z, qn_bytes *out, qn_error *err)
{
    stripe *s = &z->item[z->oldest % z->n];
    if (z->n_threads) {
        pthread_mutex_lock(&z->lock);
        while (s->state == WAITING || s->state == TAKEN)
            pthread_cond_wait(&z->done, &z->lock);
        pthread_mutex_unlock(&z->lock);
    } else if (s->state == WAITING) {
        s->state = compress_stripe(&z->own, s) ? DONE : FAILED;
    }
    const uint8_t marker[2] = { 0xff, (uint8_t)(JPEG_RST0 + (z->oldest - 1) % 8) };
    bool ok = s->state == DONE;
    if (!ok)
        *err = s->error;
    else
        ok = ((z->oldest == 0 || qn_bytes_append(out, marker, sizeof marker)) &&
              qn_bytes_append(out, s->out.data, s->out.len)) ||
             qn_fail(err, QN_NOMEM, "out of memory while writing a JPEG");
    z->broken = z->broken || !ok;
    pthread_mutex_lock(&z->lock);
    s->state = EMPTY;
    z->oldest++;
    pthread_mutex_unlock(&z->lock);
    return ok;
}

static void submit(io_jpeg_stripes *z)
{
    pthread_mutex_lock(&z->lock);
    z->item[z->next % z->n].state = WAITING;
    z->next++;
    pthread_cond_signal(&z->work);
    pthread_mutex_unlock(&z->lock);
    z->filling = false;
}

/* Begins the next stripe, in the place of one that has been written. */
static bool begin_stripe(io_jpeg_stripes *z, qn_bytes *out, qn_error *err)
{
    stripe *s = &z->item[z->next % z->n];
    while (z->oldest + z->n <= z->next)
        if (!write_oldest(z, out, err))
            return false;
    if (!s->rows)
        s->rows = malloc(z->rows_each * z->row_bytes);
    if (!s->rows)
        return qn_fail(err, QN_NOMEM, "out of memory while writing a JPEG");
    s->n_rows = 0;
    z->filling = true;
    return true;
}

bool io_jpeg_stripes_row(io_jpeg_stripes *z, const void *row, qn_bytes *out, qn_error *err)
{
    if (z->broken)
        return qn_fail(err, QN_INTERNAL, "writing a JPEG: it failed before");
    if (!z->filling && !begin_stripe(z, out, err)) {
        z->broken = true;
        return false;
    }
    stripe *s = &z->item[z->next % z->n];
    memcpy(s->rows + s->n_rows++ * z->row_bytes, row, z->row_bytes);
    if (s->n_rows == z->rows_each)
        submit(z);
    return true;
}

bool io_jpeg_stripes_finish(io_jpeg_stripes *z, qn_bytes *out, qn_error *err)
{
    static const uint8_t end[END_OF_IMAGE] = { 0xff, JPEG_EOI };
    if (z->broken)
        return qn_fail(err, QN_INTERNAL, "writing a JPEG: it failed before");
    if (z->filling)
        submit(z);
    while (z->oldest < z->next)
        if (!write_oldest(z, out, err))
            return false;
    return qn_bytes_append(out, end, sizeof end) || qn_fail(err, QN_NOMEM, "out of memory while writing a JPEG");
}
