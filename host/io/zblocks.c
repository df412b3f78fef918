#include "zblocks.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { BLOCK = 384 << 10, WINDOW = 32 << 10, THREADS_MAX = 32 };

typedef enum state { EMPTY, WAITING, TAKEN, DONE, FAILED } state;

typedef struct block {
    uint8_t *in; /* WINDOW bytes of the block before, then its own */
    size_t before, len, cap;
    bool last;
    uint8_t *out;
    size_t out_len, out_cap;
    uint32_t adler;
    state state;
} block;

struct io_zblocks {
    int level;
    io_zblocks_sink sink;
    void *user;
    block *item;
    size_t n, next, oldest; /* blocks there are; counters of the one being filled and of the one to be written next */
    uint32_t adler;
    bool filling, begun, broken;
    z_stream z; /* the caller's */
    bool has_z;
    pthread_mutex_t lock;
    pthread_cond_t work, done;
    bool closing;
    unsigned n_threads;
    pthread_t thread[THREADS_MAX];
};

static bool deflate_block(z_stream *z, block *b)
{
    const size_t most = deflateBound(z, (uLong)b->len) + 16;
    if (b->out_cap < most) {
        free(b->out);
        b->out_cap = 0;
        b->out = malloc(most);
        if (!b->out)
            return false;
        b->out_cap = most;
    }
    const uint8_t *own = b->in + WINDOW;
    if (deflateReset(z) != Z_OK || (b->before && deflateSetDictionary(z, own - b->before, (uInt)b->before) != Z_OK))
        return false;
    z->next_in = (Bytef *)(uintptr_t)own;
    z->avail_in = (uInt)b->len;
    z->next_out = b->out;
    z->avail_out = (uInt)b->out_cap;
    const int rc = deflate(z, b->last ? Z_FINISH : Z_SYNC_FLUSH);
    b->out_len = b->out_cap - z->avail_out;
    b->adler = (uint32_t)adler32(1, own, (uInt)b->len);
    return rc == (b->last ? Z_STREAM_END : Z_OK) && z->avail_in == 0;
}

static bool open_stream(z_stream *z, int level)
{
    memset(z, 0, sizeof *z);
    return deflateInit2(z, level, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) == Z_OK;
}

static void *work(void *arg)
{
    io_zblocks *z = arg;
    z_stream own;
    const bool ok = open_stream(&own, z->level);
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
        const bool done = ok && deflate_block(&own, b);
        pthread_mutex_lock(&z->lock);
        b->state = done ? DONE : FAILED;
        pthread_cond_broadcast(&z->done);
    }
    pthread_mutex_unlock(&z->lock);
    if (ok)
        deflateEnd(&own);
    return NULL;
}

io_zblocks *io_zblocks_create(int level, unsigned threads, io_zblocks_sink sink, void *user)
{
    io_zblocks *z = calloc(1, sizeof *z);
    if (!z)
        return NULL;
    z->level = level;
    z->sink = sink;
    z->user = user;
    z->adler = 1;
    pthread_mutex_init(&z->lock, NULL);
    pthread_cond_init(&z->work, NULL);
    pthread_cond_init(&z->done, NULL);
    threads = threads > THREADS_MAX ? THREADS_MAX : threads;
    z->n = threads > 1 ? 2 * threads : 2;
    z->item = calloc(z->n, sizeof *z->item);
    z->has_z = z->item && open_stream(&z->z, level);
    if (!z->has_z) {
        io_zblocks_free(&z);
        return NULL;
    }
    for (unsigned i = 0; threads > 1 && i < threads; i++)
        if (pthread_create(&z->thread[z->n_threads], NULL, work, z) == 0)
            z->n_threads++;
    return z;
}

/* Hands the oldest block on, which is waited for. */
static bool write_oldest(io_zblocks *z)
{
    static const uint8_t head[2] = { 0x78, 0x5e }; /* a window of 32 KB, fast */
    block *b = &z->item[z->oldest % z->n];
    if (z->n_threads) {
        pthread_mutex_lock(&z->lock);
        while (b->state == WAITING || b->state == TAKEN)
            pthread_cond_wait(&z->done, &z->lock);
        pthread_mutex_unlock(&z->lock);
    } else if (b->state == WAITING) {
        b->state = deflate_block(&z->z, b) ? DONE : FAILED;
    }
    bool ok = b->state == DONE && !z->broken && (z->begun || z->sink(z->user, head, sizeof head)) &&
              z->sink(z->user, b->out, b->out_len);
    z->begun = true;
    z->broken = z->broken || !ok;
    z->adler = (uint32_t)adler32_combine(z->adler, b->adler, (z_off_t)b->len);
    pthread_mutex_lock(&z->lock);
    b->state = EMPTY;
    z->oldest++;
    pthread_mutex_unlock(&z->lock);
    return ok;
}

static void submit(io_zblocks *z, bool last)
{
    block *b = &z->item[z->next % z->n];
    pthread_mutex_lock(&z->lock);
    b->last = last;
    b->state = WAITING;
    z->next++;
    pthread_cond_signal(&z->work);
    pthread_mutex_unlock(&z->lock);
    z->filling = false;
}

static size_t limit_for(size_t len)
{
    return len > BLOCK ? len : BLOCK;
}

/* Begins the next block, in the place of one that has been written. */
static bool begin_block(io_zblocks *z, size_t len)
{
    block *b = &z->item[z->next % z->n];
    while (z->oldest + z->n <= z->next)
        if (!write_oldest(z))
            return false;
    if (b->cap < limit_for(len)) {
        uint8_t *in = realloc(b->in, WINDOW + limit_for(len));
        if (!in)
            return false;
        b->in = in;
        b->cap = limit_for(len);
    }
    b->len = b->before = 0;
    if (z->next) { /* the dictionary; a thread may be reading the block before, as we do */
        const block *full = &z->item[(z->next - 1) % z->n];
        b->before = full->len < WINDOW ? full->len : WINDOW;
        memcpy(b->in + WINDOW - b->before, full->in + WINDOW + full->len - b->before, b->before);
    }
    z->filling = true;
    return true;
}

uint8_t *io_zblocks_room(io_zblocks *z, size_t len)
{
    if (z->filling && z->item[z->next % z->n].len + len > limit_for(len))
        submit(z, false);
    if (z->broken || (!z->filling && !begin_block(z, len))) {
        z->broken = true;
        return NULL;
    }
    block *b = &z->item[z->next % z->n];
    uint8_t *at = b->in + WINDOW + b->len;
    b->len += len;
    return at;
}

bool io_zblocks_finish(io_zblocks *z)
{
    if (z->broken || (!z->filling && !begin_block(z, 0)))
        return false;
    submit(z, true);
    while (z->oldest < z->next)
        if (!write_oldest(z))
            return false;
    const uint8_t sum[4] = { (uint8_t)(z->adler >> 24), (uint8_t)(z->adler >> 16), (uint8_t)(z->adler >> 8),
                             (uint8_t)z->adler };
    return z->sink(z->user, sum, sizeof sum);
}

void io_zblocks_free(io_zblocks **zp)
{
    if (!zp || !*zp)
        return;
    io_zblocks *z = *zp;
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
    if (z->has_z)
        deflateEnd(&z->z);
    free(z->item);
    pthread_cond_destroy(&z->done);
    pthread_cond_destroy(&z->work);
    pthread_mutex_destroy(&z->lock);
    free(z);
    *zp = NULL;
}
