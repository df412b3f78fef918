#include "png_blocks.h"

#include "deflate_seam.h"
#include "png_filter.h"

#include <libdeflate.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* A block forgets what stands before it: that costs about 1 % at 64 KB and nothing to speak of at 256. */
enum { BLOCK = 256 << 10, THREADS_MAX = 32, HEAD = 2, TAIL = 4, DEFAULT_LEVEL = 1, SAMPLE = 32 << 10 };

typedef enum state { EMPTY, WAITING, TAKEN, DONE, FAILED } state;

typedef struct block {
    uint8_t *in; /* the row above, then `rows` rows */
    size_t rows;
    bool last;
    uint8_t *out; /* HEAD bytes of room, the stream, TAIL bytes of room */
    size_t out_len, out_cap;
    uint32_t adler;
    state state;
} block;

/* What one thread works with. */
typedef struct tool {
    struct libdeflate_compressor *deflate, *quick; /* quick: of level 1, or NULL */
    z_stream *runs;                                /* the way of choose_runs(), or NULL */
    uint8_t *filtered, *other;
} tool;

struct io_png_blocks {
    io_png_rows rows;
    size_t rows_each; /* of a block */
    io_png_sink sink;
    void *user;
    block *item;
    size_t n, next, oldest; /* blocks there are; counters of the one being filled and of the one to be written next */
    uint32_t adler;
    uint8_t *above; /* the last row of the block before */
    bool filling, begun, broken;
    tool own; /* the caller's, where no thread could be started */
    pthread_mutex_t lock;
    pthread_cond_t work, done;
    bool closing;
    unsigned n_threads;
    pthread_t thread[THREADS_MAX];
};

static void tool_free(tool *t)
{
    if (t->deflate)
        libdeflate_free_compressor(t->deflate);
    if (t->quick)
        libdeflate_free_compressor(t->quick);
    if (t->runs)
        (void)deflateEnd(t->runs);
    free(t->runs);
    free(t->filtered);
    free(t->other);
    *t = (tool){ 0 };
}

/* zlib's streams of nothing but codes for bytes and for runs of the same byte. */
static z_stream *create_runs(void)
{
    z_stream *runs = calloc(1, sizeof *runs);
    if (runs && deflateInit2(runs, 1, Z_DEFLATED, -MAX_WBITS, MAX_MEM_LEVEL, Z_RLE) == Z_OK)
        return runs;
    free(runs);
    return NULL;
}

/* libdeflate's levels: 1 is several times as fast as zlib's at a smaller file, from 10 on it searches for the best.
 * Samples of 16 bits are half noise: short matches, which its middle levels like, cost more than they bring there, and
 * level 1 is often smaller (a photo: 12.6 MB against 13.0 at 6). So both are tried. Photos of 8 bits are noise as well
 * once they are filtered, and runs alone are often shorter than any matches (a gray one: 4.26 MB against 4.55 at the
 * highest level): there a sample tells what a block is given to. */
static bool tool_create(const io_png_blocks *z, tool *t)
{
    *t = (tool){ 0 };
    static const int8_t levels[10] = { 0, 1, 2, 3, 4, 5, 6, 8, 9, 12 };
    t->deflate = libdeflate_alloc_compressor(levels[z->rows.level]);
    t->filtered = malloc(z->rows_each * (1 + z->rows.bytes));
    const bool twice = z->rows.wide && z->rows.level > 1;
    t->quick = twice ? libdeflate_alloc_compressor(1) : NULL;
    const bool both = !z->rows.wide && z->rows.filtered && z->rows.level > 1;
    t->runs = both ? create_runs() : NULL;
    t->other = twice ? malloc(z->rows_each * (1 + z->rows.bytes)) : both ? malloc(2 * SAMPLE) : NULL;
    if (t->deflate && t->filtered && (!twice || (t->quick && t->other)) && (!both || (t->runs && t->other)))
        return true;
    tool_free(t);
    return false;
}

static void swap_bytes(uint8_t *p, size_t n)
{
    for (size_t i = 0; i + 1 < n; i += 2) {
        const uint8_t first = p[i];
        p[i] = p[i + 1];
        p[i + 1] = first;
    }
}

/* Bytes at `to`; 0: there is no room for them. */
static size_t deflate_runs(z_stream *runs, uint8_t *from, size_t len, uint8_t *to, size_t room, int flush)
{
    runs->next_in = from;
    runs->avail_in = (uInt)len;
    runs->next_out = to;
    runs->avail_out = (uInt)room;
    const int end = deflate(runs, flush);
    const size_t n =
        end == (flush == Z_FINISH ? Z_STREAM_END : Z_OK) && runs->avail_out > 0 ? room - runs->avail_out : 0;
    (void)deflateReset(runs);
    return n;
}

/* Whether runs alone are shorter, by a piece from the middle. */
static bool choose_runs(const tool *t, size_t len)
{
    const size_t n = len < 2 * SAMPLE ? len : SAMPLE;
    uint8_t *from = t->filtered + (len - n) / 2;
    const size_t runs = deflate_runs(t->runs, from, n, t->other, 2 * SAMPLE, Z_FINISH);
    return runs && !libdeflate_deflate_compress(t->deflate, from, n, t->other, runs);
}

/* The stream at b->out + HEAD; *open: another may follow it. */
static void deflate_rows(const tool *t, size_t len, block *b, bool *open)
{
    uint8_t *to = b->out + HEAD;
    *open = false;
    if (t->runs && choose_runs(t, len)) {
        b->out_len = deflate_runs(t->runs, t->filtered, len, to, b->out_cap, b->last ? Z_FINISH : Z_SYNC_FLUSH);
        *open = true;
        if (b->out_len)
            return;
    }
    *open = false;
    if (!t->quick) {
        b->out_len = libdeflate_deflate_compress(t->deflate, t->filtered, len, to, b->out_cap);
        return;
    }
    b->out_len = libdeflate_deflate_compress(t->quick, t->filtered, len, to, b->out_cap);
    const size_t most = b->out_len < len ? b->out_len : len;
    const size_t shorter = libdeflate_deflate_compress(t->deflate, t->filtered, len, t->other, most);
    if (shorter) { /* 0: it does not fit */
        memcpy(to, t->other, shorter);
        b->out_len = shorter;
    }
}

static bool compress_block(const io_png_blocks *z, const tool *t, block *b)
{
    const size_t n = z->rows.bytes, len = b->rows * (1 + n);
    const size_t most = libdeflate_deflate_compress_bound(t->deflate, len);
    if (b->out_cap < most) {
        free(b->out);
        b->out_cap = 0;
        b->out = malloc(HEAD + most + IO_SEAM_BYTES + TAIL);
        if (!b->out)
            return false;
        b->out_cap = most;
    }
    if (z->rows.swap)
        swap_bytes(b->in, (1 + b->rows) * n);
    for (size_t y = 0; y < b->rows; y++) {
        const uint8_t *above = b->in + y * n, *row = above + n;
        uint8_t *to = t->filtered + y * (1 + n);
        const unsigned filter = z->rows.filtered ? io_png_choose_filter(row, above, n, z->rows.step) : 0;
        *to++ = (uint8_t)filter;
        io_png_filter(filter, row, above, n, z->rows.step, to);
    }
    b->adler = libdeflate_adler32(1, t->filtered, len);
    bool open;
    deflate_rows(t, len, b, &open);
    if (b->out_len && !b->last && !open)
        b->out_len = io_deflate_open_end(b->out + HEAD, b->out_len);
    return b->out_len > 0;
}

static void *work(void *arg)
{
    io_png_blocks *z = arg;
    tool own;
    const bool ok = tool_create(z, &own);
    pthread_mutex_lock(&z->lock);
    for (;;) {
        block *b = NULL;
        for (size_t i = z->oldest; i < z->next && !b; i++)
            if (z->item[i % z->n].state == WAITING)
                b = &z->item[i % z->n];
        if (!b && z->closing)
            break;
        if (!b) {
            pthread_cond_wait(&z->work, &z->lock);
            continue;
        }
        b->state = TAKEN;
        pthread_mutex_unlock(&z->lock);
        const bool done = ok && compress_block(z, &own, b);
        pthread_mutex_lock(&z->lock);
        b->state = done ? DONE : FAILED;
        pthread_cond_broadcast(&z->done);
    }
    pthread_mutex_unlock(&z->lock);
    if (ok)
        tool_free(&own);
    return NULL;
}

io_png_blocks *io_png_blocks_create(const io_png_rows *rows, io_png_sink sink, void *user)
{
    io_png_blocks *z = calloc(1, sizeof *z);
    if (!z)
        return NULL;
    z->rows = *rows;
    z->rows.level = rows->level < 0 ? DEFAULT_LEVEL : rows->level > 9 ? 9 : rows->level;
    z->rows.filtered = rows->filtered && z->rows.level > 0;
    z->rows_each = BLOCK / (1 + rows->bytes) + 1;
    z->sink = sink;
    z->user = user;
    z->adler = 1;
    pthread_mutex_init(&z->lock, NULL);
    pthread_cond_init(&z->work, NULL);
    pthread_cond_init(&z->done, NULL);
    const unsigned threads = rows->threads > THREADS_MAX ? THREADS_MAX : rows->threads;
    z->n = threads > 1 ? 2 * threads : 1;
    z->item = calloc(z->n, sizeof *z->item);
    z->above = calloc(1, rows->bytes);
    for (unsigned i = 0; z->item && z->above && threads > 1 && i < threads; i++)
        if (pthread_create(&z->thread[z->n_threads], NULL, work, z) == 0)
            z->n_threads++;
    if (!z->item || !z->above || (!z->n_threads && !tool_create(z, &z->own)))
        io_png_blocks_free(&z);
    return z;
}

/* Its bytes, with zlib's head (RFC 1950: a window of 32 KB, and how hard the level tries) before the first and the
 * checksum behind the last. */
static bool write_block(io_png_blocks *z, block *b)
{
    static const uint8_t how_hard[10] = { 0x01, 0x01, 0x5e, 0x5e, 0x5e, 0x5e, 0x9c, 0xda, 0xda, 0xda };
    uint8_t *from = b->out + HEAD;
    size_t len = b->out_len;
    if (!z->begun) {
        from -= HEAD;
        len += HEAD;
        from[0] = 0x78;
        from[1] = how_hard[z->rows.level];
        z->begun = true;
    }
    z->adler = (uint32_t)adler32_combine(z->adler, b->adler, (z_off_t)(b->rows * (1 + z->rows.bytes)));
    for (unsigned i = 0; b->last && i < TAIL; i++)
        from[len++] = (uint8_t)(z->adler >> (24 - 8 * i));
    return z->sink(z->user, from, len);
}

/* Hands the oldest block on, which is waited for. */
static bool write_oldest(io_png_blocks *z)
{
    block *b = &z->item[z->oldest % z->n];
    if (z->n_threads) {
        pthread_mutex_lock(&z->lock);
        while (b->state == WAITING || b->state == TAKEN)
            pthread_cond_wait(&z->done, &z->lock);
        pthread_mutex_unlock(&z->lock);
    } else if (b->state == WAITING) {
        b->state = compress_block(z, &z->own, b) ? DONE : FAILED;
    }
    const bool ok = b->state == DONE && !z->broken && write_block(z, b);
    z->broken = z->broken || !ok;
    pthread_mutex_lock(&z->lock);
    b->state = EMPTY;
    z->oldest++;
    pthread_mutex_unlock(&z->lock);
    return ok;
}

static void submit(io_png_blocks *z, bool last)
{
    block *b = &z->item[z->next % z->n];
    memcpy(z->above, b->in + b->rows * z->rows.bytes, z->rows.bytes);
    pthread_mutex_lock(&z->lock);
    b->last = last;
    b->state = WAITING;
    z->next++;
    pthread_cond_signal(&z->work);
    pthread_mutex_unlock(&z->lock);
    z->filling = false;
}

/* Begins the next block, in the place of one that has been written. */
static bool begin_block(io_png_blocks *z)
{
    block *b = &z->item[z->next % z->n];
    while (z->oldest + z->n <= z->next)
        if (!write_oldest(z))
            return false;
    if (!b->in)
        b->in = malloc((1 + z->rows_each) * z->rows.bytes);
    if (!b->in)
        return false;
    memcpy(b->in, z->above, z->rows.bytes);
    b->rows = 0;
    z->filling = true;
    return true;
}

bool io_png_blocks_row(io_png_blocks *z, const void *row)
{
    if (z->filling && z->item[z->next % z->n].rows == z->rows_each)
        submit(z, false);
    if (z->broken || (!z->filling && !begin_block(z))) {
        z->broken = true;
        return false;
    }
    block *b = &z->item[z->next % z->n];
    b->rows++;
    memcpy(b->in + b->rows * z->rows.bytes, row, z->rows.bytes);
    return true;
}

bool io_png_blocks_finish(io_png_blocks *z)
{
    if (z->broken || (!z->filling && !begin_block(z)))
        return false;
    submit(z, true);
    while (z->oldest < z->next)
        if (!write_oldest(z))
            return false;
    return true;
}

void io_png_blocks_free(io_png_blocks **zp)
{
    if (!zp || !*zp)
        return;
    io_png_blocks *z = *zp;
    pthread_mutex_lock(&z->lock);
    z->closing = true;
    pthread_cond_broadcast(&z->work);
    pthread_mutex_unlock(&z->lock);
    for (unsigned i = 0; i < z->n_threads; i++)
        pthread_join(z->thread[i], NULL);
    for (size_t i = 0; z->item && i < z->n; i++) {
        free(z->item[i].in);
        free(z->item[i].out);
    }
    tool_free(&z->own);
    free(z->item);
    free(z->above);
    pthread_cond_destroy(&z->done);
    pthread_cond_destroy(&z->work);
    pthread_mutex_destroy(&z->lock);
    free(z);
    *zp = NULL;
}
