/* The jobs of a run, the memory that their pixels take, and the order of the inputs.
 *
 * --mem is kept by promises (blocks.h). They are made in input order, so the oldest picture always gets what the ones
 * in front of it give back, and nothing that holds memory ever waits for more: no deadlock. */
#include "blocks.h"
#include "stream.h"

#include <pthread.h>
#include <stdlib.h>

struct pipe_pool {
    pipe_run_state *run;
    pthread_mutex_t lock;
    pthread_cond_t job_free, turn_moved, memory_free;
    pipe_job *job;   /* all of them */
    pipe_job **free; /* a stack: the last used is the one whose memory is warm */
    size_t n_jobs, n_free;
    size_t turn; /* the input that may enter */
    pipe_blocks blocks;
};

static void free_job(pipe_job *job)
{
    io_decoder_free(&job->decoder);
    pipe_stream_free(&job->stream);
    io_infile_close(&job->file);
    qn_bytes_free(&job->source);
    qn_bytes_free(&job->encoded);
    io_meta_free(&job->meta);
    flt_sized_free(&job->sized);
    sb_free(&job->output);
    sb_free(&job->name);
}

pipe_pool *pipe_pool_create(pipe_run_state *run, size_t jobs, qn_error *err)
{
    pipe_pool *pool = calloc(1, sizeof *pool);
    if (!pool) {
        qn_fail(err, QN_NOMEM, "out of memory");
        return NULL;
    }
    pool->run = run;
    pool->blocks = (pipe_blocks){ .gpu = run->gpu, .budget = run->s->memory, .exact = run->n_branches > 1 };
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->job_free, NULL);
    pthread_cond_init(&pool->turn_moved, NULL);
    pthread_cond_init(&pool->memory_free, NULL);
    pool->job = calloc(jobs, sizeof *pool->job);
    pool->free = calloc(jobs, sizeof *pool->free);
    if (!pool->job || !pool->free) {
        pipe_pool_free(&pool);
        qn_fail(err, QN_NOMEM, "out of memory");
        return NULL;
    }
    pool->n_jobs = pool->n_free = jobs;
    for (size_t i = 0; i < jobs; i++)
        pool->free[i] = &pool->job[i];
    return pool;
}

void pipe_pool_free(pipe_pool **pool)
{
    if (!pool || !*pool)
        return;
    pipe_pool *p = *pool;
    for (size_t i = 0; i < p->n_jobs; i++)
        free_job(&p->job[i]);
    pipe_blocks_free(&p->blocks);
    free(p->job);
    free(p->free);
    pthread_cond_destroy(&p->memory_free);
    pthread_cond_destroy(&p->turn_moved);
    pthread_cond_destroy(&p->job_free);
    pthread_mutex_destroy(&p->lock);
    free(p);
    *pool = NULL;
}

/* Everything of the last picture but the memory. */
static void reset(pipe_job *job)
{
    job->kind = PIPE_WORK_JOB;
    job->given = false;
    job->part = 0;
    job->shrink = 1;
    job->turn_left = job->apart = job->streamed = job->flows = job->copied = job->has_stat = job->damaged =
        job->overlaid = job->claimed = false;
    job->source.len = job->encoded.len = 0;
    job->info = (io_info){ .type = IO_NONE };
    io_meta_clear(&job->meta);
    job->plan = NULL;
    job->lead = NULL;
    job->users = 0;
    job->group_bytes = 0;
    job->type = IO_NONE;
    job->status = PIPE_OK;
    qn_error_clear(&job->error);
    sb_clear(&job->output);
    job->read_ms = job->decode_ms = job->device_ms = job->encode_ms = job->write_ms = 0;
}

pipe_job *pipe_pool_take(pipe_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    while (!pool->n_free)
        pthread_cond_wait(&pool->job_free, &pool->lock);
    pipe_job *job = pool->free[--pool->n_free];
    pthread_mutex_unlock(&pool->lock);
    reset(job);
    return job;
}

/* Compressed bytes are kept for the next picture too, but one giant file must not stay for the rest of the run. */
#define KEEP_BYTES ((size_t)64 << 20)

static void give(pipe_pool *pool, pipe_block *block)
{
    pipe_block_give(&pool->blocks, block);
    pthread_cond_broadcast(&pool->memory_free);
}

/* Free for the next picture, once nobody needs the pixels any more. */
static void release(pipe_pool *pool, pipe_job *job)
{
    if (job->users > 0 && --job->users > 0)
        return;
    give(pool, &job->in);
    pool->free[pool->n_free++] = job;
    pthread_cond_signal(&pool->job_free);
}

void pipe_pool_put(pipe_pool *pool, pipe_job *job)
{
    io_decoder_free(&job->decoder);
    io_infile_close(&job->file);
    pipe_pool_decoded(pool, job);
    if (job->source.cap > KEEP_BYTES)
        qn_bytes_free(&job->source);
    if (job->encoded.cap > KEEP_BYTES)
        qn_bytes_free(&job->encoded);
    pthread_mutex_lock(&pool->lock);
    pipe_job *lead = job->lead;
    job->lead = NULL;
    give(pool, &job->out);
    release(pool, job);
    if (lead)
        release(pool, lead);
    pthread_mutex_unlock(&pool->lock);
}

void pipe_pool_share(pipe_job *lead, pipe_job *job)
{
    lead->users += lead->users ? 1 : 2;
    job->lead = lead;
}

void pipe_pool_enter(pipe_pool *pool, pipe_job *job)
{
    pthread_mutex_lock(&pool->lock);
    while (pool->turn != job->index)
        pthread_cond_wait(&pool->turn_moved, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}

void pipe_pool_leave(pipe_pool *pool, pipe_job *job)
{
    if (job->turn_left)
        return;
    job->turn_left = true;
    pthread_mutex_lock(&pool->lock);
    while (pool->turn != job->index)
        pthread_cond_wait(&pool->turn_moved, &pool->lock);
    pool->turn++;
    pthread_cond_broadcast(&pool->turn_moved);
    pthread_mutex_unlock(&pool->lock);
}

bool pipe_pool_reserve(pipe_pool *pool, pipe_job *job, size_t in_bytes, size_t out_bytes, qn_error *err)
{
    const uint64_t budget = pool->run->s->memory;
    const size_t decoding = job->lead ? 0 : (size_t)job->info.decoder_bytes; /* branches have one decoder */
    const uint64_t in = pipe_block_bytes(in_bytes), out = pipe_block_bytes(out_bytes), pixels = in + out;
    if (budget && pixels + decoding > budget)
        return qn_fail(err, QN_LIMIT, "needs %llu MB for its pixels%s, --mem allows %llu MB",
                       (unsigned long long)((pixels + decoding + 999999) / 1000000),
                       decoding ? " (progressive: for all of its coefficients, too)" : "",
                       (unsigned long long)(budget / 1000000));
    pthread_mutex_lock(&pool->lock);
    while (!pipe_blocks_promise(&pool->blocks, pixels, decoding))
        pthread_cond_wait(&pool->memory_free, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
    job->decoding = decoding;
    job->in.asked = (size_t)in;
    job->out.asked = (size_t)out;
    return true;
}

static bool take_block(pipe_pool *pool, pipe_block *block, qn_error *err)
{
    if (block->host || !block->asked)
        return true;
    pthread_mutex_lock(&pool->lock);
    const bool ok = pipe_block_take(&pool->blocks, block, err);
    pthread_mutex_unlock(&pool->lock);
    return ok && pipe_block_grow(block, err);
}

bool pipe_pool_take_in(pipe_pool *pool, pipe_job *job, qn_error *err)
{
    return take_block(pool, &job->in, err);
}

bool pipe_pool_take_out(pipe_pool *pool, pipe_job *job, qn_error *err)
{
    return take_block(pool, &job->out, err);
}

void pipe_pool_decoded(pipe_pool *pool, pipe_job *job)
{
    pthread_mutex_lock(&pool->lock);
    if (job->decoding) {
        pipe_blocks_decoded(&pool->blocks, job->decoding);
        pthread_cond_broadcast(&pool->memory_free);
    }
    job->decoding = 0;
    pthread_mutex_unlock(&pool->lock);
}

void pipe_pool_computed(pipe_pool *pool, pipe_job *job)
{
    if (job->overlaid || job->users > 0)
        return;
    pthread_mutex_lock(&pool->lock);
    give(pool, &job->in);
    pthread_mutex_unlock(&pool->lock);
}

void pipe_pool_unreserve(pipe_pool *pool, pipe_job *job)
{
    pthread_mutex_lock(&pool->lock);
    give(pool, &job->out);
    if (!job->users)
        give(pool, &job->in);
    pthread_mutex_unlock(&pool->lock);
}

size_t pipe_pool_peak(const pipe_pool *pool)
{
    return (size_t)pool->blocks.peak;
}
