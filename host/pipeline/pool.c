/* The jobs of a run, the memory that their pixels take, and the order of the inputs.
 *
 * --mem is kept by counting what jobs *hold*, in flight or not. A job that is not in flight (reserved) may lose its
 * pixels to one that needs the room. Memory is given out in input order, so the oldest picture always gets what the
 * ones in front of it give back, and nothing that holds memory ever waits for more: no deadlock. */
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
    uint64_t held, peak;
};

static void free_pixels(pipe_job *job)
{
    gpu_host_free(&job->in);
    gpu_host_free(&job->out);
}

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
    free_pixels(job);
}

pipe_pool *pipe_pool_create(pipe_run_state *run, size_t jobs, qn_error *err)
{
    pipe_pool *pool = calloc(1, sizeof *pool);
    if (!pool) {
        qn_fail(err, QN_NOMEM, "out of memory");
        return NULL;
    }
    pool->run = run;
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
    job->turn_left = job->apart = job->streamed = job->copied = job->has_stat = job->damaged = job->overlaid =
        job->claimed = false;
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

/* Free for the next picture, once nobody needs the pixels any more. */
static void release(pipe_pool *pool, pipe_job *job)
{
    if (job->users > 0 && --job->users > 0)
        return;
    job->reserved = false;
    pool->free[pool->n_free++] = job;
    pthread_cond_signal(&pool->job_free);
    pthread_cond_broadcast(&pool->memory_free);
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

static void trim(pipe_pool *pool, pipe_job *job)
{
    free_pixels(job);
    pool->held -= job->held;
    job->held = job->decoding = 0;
}

/* Whether `job` may hold `bytes`; takes pixels from jobs that are not in flight where that makes room. */
static bool make_room(pipe_pool *pool, pipe_job *job, uint64_t bytes, uint64_t budget)
{
    for (size_t i = 0; i < pool->n_jobs && pool->held - job->held + bytes > budget; i++)
        if (&pool->job[i] != job && !pool->job[i].reserved && pool->job[i].held)
            trim(pool, &pool->job[i]);
    return pool->held - job->held + bytes <= budget;
}

static bool grow(pipe_pool *pool, gpu_host **block, size_t bytes, qn_error *err)
{
    if (!bytes)
        return true;
    if (!*block)
        *block = gpu_host_create(pool->run->gpu);
    if (!*block)
        return qn_fail(err, QN_NOMEM, "out of memory");
    return gpu_host_reserve(*block, bytes, err) != NULL;
}

static size_t size_of(const gpu_host *block)
{
    return block ? gpu_host_size(block) : 0;
}

/* Counts what the job will hold, or waits until it may. */
static void account(pipe_pool *pool, pipe_job *job, size_t in_bytes, size_t out_bytes, size_t decoding)
{
    uint64_t budget = pool->run->s->memory;
    uint64_t need = (uint64_t)in_bytes + out_bytes + decoding;
    pthread_mutex_lock(&pool->lock);
    if (budget) {
        /* memory of the last picture that this one would not use counts against the others: let it go */
        if (job->held > need && job->held > budget / pool->n_jobs)
            trim(pool, job);
        while (!make_room(pool, job, need > job->held ? need : job->held, budget)) {
            if (job->held > need)
                trim(pool, job);
            else
                pthread_cond_wait(&pool->memory_free, &pool->lock);
        }
        /* blocks grow one by one: start afresh rather than hold the old one beside the new */
        if (job->held && (size_of(job->in) < in_bytes || size_of(job->out) < out_bytes))
            trim(pool, job);
    }
    if (need > job->held) {
        pool->held += need - job->held;
        job->held = need;
    }
    job->reserved = true;
    pthread_mutex_unlock(&pool->lock);
}

bool pipe_pool_reserve(pipe_pool *pool, pipe_job *job, size_t in_bytes, size_t out_bytes, qn_error *err)
{
    uint64_t budget = pool->run->s->memory;
    const size_t decoding = job->lead ? 0 : (size_t)job->info.decoder_bytes; /* branches have one decoder */
    const uint64_t need = (uint64_t)in_bytes + out_bytes + decoding;
    if (budget && need > budget)
        return qn_fail(err, QN_LIMIT, "needs %llu MB for its pixels%s, --mem allows %llu MB",
                       (unsigned long long)((need + 999999) / 1000000),
                       decoding ? " (progressive: for all of its coefficients, too)" : "",
                       (unsigned long long)(budget / 1000000));
    account(pool, job, in_bytes, out_bytes, decoding);
    bool ok = grow(pool, &job->in, in_bytes, err) && grow(pool, &job->out, out_bytes, err);

    pthread_mutex_lock(&pool->lock);
    pool->held -= job->held;
    job->decoding = decoding;
    job->held = size_of(job->in) + size_of(job->out) + decoding;
    pool->held += job->held;
    if (pool->held > pool->peak)
        pool->peak = pool->held;
    job->reserved = ok;
    pthread_mutex_unlock(&pool->lock);
    return ok;
}

void pipe_pool_decoded(pipe_pool *pool, pipe_job *job)
{
    pthread_mutex_lock(&pool->lock);
    if (job->decoding) {
        pool->held -= job->decoding;
        job->held -= job->decoding;
        pthread_cond_broadcast(&pool->memory_free);
    }
    job->decoding = 0;
    pthread_mutex_unlock(&pool->lock);
}

void pipe_pool_unreserve(pipe_pool *pool, pipe_job *job)
{
    pthread_mutex_lock(&pool->lock);
    job->reserved = job->users > 0;
    pthread_cond_broadcast(&pool->memory_free);
    pthread_mutex_unlock(&pool->lock);
}

size_t pipe_pool_peak(const pipe_pool *pool)
{
    return (size_t)pool->peak;
}
