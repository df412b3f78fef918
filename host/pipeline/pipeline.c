/* A run from its start to its end: what it needs is made, threads are started and joined, sums are drawn. */
#include "pipeline.h"

#include "clock.h"
#include "cpus.h"
#include "flows.h"
#include "spare.h"
#include "stream.h"

#include <pthread.h>
#include <stdlib.h>

/* One decode or encode thread. */
typedef struct worker {
    pthread_t thread;
    pipe_run_state *run;
    pipe_lane *lane;
    atomic_uint *left; /* decode threads that still run: the last one closes the device's queue */
} worker;

typedef struct crew {
    worker *worker;
    unsigned n;
    atomic_uint left;
} crew;

void pipe_hand_on(pipe_run_state *run, pipe_lane *lane, qn_queue *queue, pipe_job *job)
{
    if (qn_queue_push(queue, job))
        return;
    job->status = PIPE_FAILED;
    qn_fail(&job->error, QN_INTERNAL, "the next stage has ended");
    pipe_commit(run->commits, lane, job);
}

/* Jobs for all branches of the next input; false: there is no more. There are enough of them for every thread to hold a
 * group, and one more group. */
static bool take_group(pipe_run_state *run, pipe_lane *lane, pipe_job **group)
{
    const size_t n = run->n_branches;
    for (size_t i = 0; i < n; i++)
        group[i] = pipe_pool_take(run->pool);
    if (pipe_pictures_next(run->pictures, lane, group, n))
        return true;
    for (size_t i = 0; i < n; i++)
        pipe_pool_put(run->pool, group[i]);
    return false;
}

/* Past the device what no pixel of is changed. */
static qn_queue *next_stage(const pipe_run_state *run, const pipe_job *job)
{
    return job->copied ? run->to_encode : run->to_device;
}

/* A picture, or a branch that reads it for itself. */
static void decode_one(pipe_run_state *run, pipe_lane *lane, pipe_job *job)
{
    if (job->status != PIPE_OK || !pipe_decode(run, lane, job)) {
        pipe_commit(run->commits, lane, job);
        return;
    }
    pipe_stream *stream = job->stream; /* the job is the next stage's once it is handed on */
    pipe_hand_on(run, lane, next_stage(run, job), job);
    if (stream)
        pipe_stream_read(stream, lane);
}

static void decode_group(pipe_run_state *run, pipe_lane *lane, pipe_job **group)
{
    const size_t n = run->n_branches;
    if (n == 1 || !pipe_decode_branches(run, lane, group, n)) {
        for (size_t i = 0; i < n; i++)
            decode_one(run, lane, group[i]);
        return;
    }
    for (size_t i = 0; i < n; i++)
        if (group[i]->status != PIPE_OK) {
            pipe_commit(run->commits, lane, group[i]);
            group[i] = NULL;
        }
    /* one behind another: what one of them has brought onto the device is there for the next */
    pthread_mutex_lock(&run->handing);
    for (size_t i = 0; i < n; i++)
        if (group[i])
            pipe_hand_on(run, lane, next_stage(run, group[i]), group[i]);
    pthread_mutex_unlock(&run->handing);
}

static void *decode_thread(void *arg)
{
    worker *w = arg;
    pipe_run_state *run = w->run;
    for (;;) {
        /* a job first, then an input: every input that was begun has what it needs to go on */
        pipe_job *group[PIPE_MAX_BRANCHES];
        if (!take_group(run, w->lane, group))
            break;
        decode_group(run, w->lane, group);
    }
    if (atomic_fetch_sub(w->left, 1) == 1)
        qn_queue_close_send(run->to_device);
    return NULL;
}

static void *encode_thread(void *arg)
{
    worker *w = arg;
    void *item;
    while (qn_queue_pop(w->run->to_encode, &item)) {
        pipe_encode(w->run, w->lane, item);
        pipe_commit(w->run->commits, w->lane, item);
    }
    return NULL;
}

static void take_one(pipe_run_state *run, pipe_device *device)
{
    pipe_lane *lane = pipe_lane_worker(run->stats);
    pipe_job *job = pipe_device_take(device);
    if (job->status == PIPE_OK)
        pipe_hand_on(run, lane, run->to_encode, job);
    else
        pipe_commit(run->commits, lane, job);
}

/* A streamed picture flows beside others, or has the device to itself; and an encoder from its first rows on. */
static void stream_loop(pipe_run_state *run, pipe_device *device, pipe_job *job)
{
    pipe_lane *lane = pipe_lane_worker(run->stats);
    pipe_stream *stream = job->stream;
    pipe_device_build(device, job->plan);
    if (job->flows) {
        pipe_flows_put(run, lane, job);
        return;
    }
    while (pipe_device_busy(device))
        take_one(run, device);
    pipe_hand_on(run, lane, run->to_encode, job);
    pipe_stream_compute(stream, 0);
}

/* The calling thread's part of a threaded run. */
static void device_loop(pipe_run_state *run, pipe_device *device)
{
    for (;;) {
        void *item = NULL;
        bool busy = pipe_device_busy(device);
        if (!busy && !qn_queue_pop(run->to_device, &item))
            break;
        if (busy && (pipe_device_full(device) || !qn_queue_try_pop(run->to_device, &item))) {
            take_one(run, device);
        } else if (*(pipe_work_kind *)item == PIPE_WORK_PLAN) {
            pipe_device_build(device, item);
        } else if (((pipe_job *)item)->stream) {
            stream_loop(run, device, item);
        } else {
            pipe_device_put(device, item);
        }
    }
    pipe_flows_end(run);
    qn_queue_close_send(run->to_encode);
}

static void finish_in_line(pipe_run_state *run, pipe_device *device, pipe_lane *lane, pipe_job *job)
{
    if (job->status == PIPE_OK && job->stream) {
        pipe_device_build(device, job->plan);
        pipe_stream_run(run, lane, job);
    } else if (job->status == PIPE_OK && job->copied) {
        pipe_encode(run, lane, job);
    } else if (job->status == PIPE_OK) {
        pipe_device_put(device, job);
        job = pipe_device_take(device);
        if (job->status == PIPE_OK)
            pipe_encode(run, lane, job);
    }
    pipe_commit(run->commits, lane, job);
}

/* --sync: the same stages, one after another. */
static void run_in_line(pipe_run_state *run, pipe_device *device)
{
    pipe_lane *lane = pipe_lane_worker(run->stats);
    pipe_job *group[PIPE_MAX_BRANCHES];
    while (take_group(run, lane, group)) {
        const bool together = run->n_branches > 1 && pipe_decode_branches(run, lane, group, run->n_branches);
        for (size_t i = 0; i < run->n_branches; i++) {
            if (!together && group[i]->status == PIPE_OK)
                (void)pipe_decode(run, lane, group[i]);
            finish_in_line(run, device, lane, group[i]);
        }
    }
}

/* Starts up to `n` threads; fewer where the system refuses. False: none at all. */
static bool start_crew(crew *c, pipe_run_state *run, unsigned n, bool decode, qn_error *err)
{
    c->worker = calloc(n, sizeof *c->worker);
    if (!c->worker)
        return qn_fail(err, QN_NOMEM, "out of memory");
    atomic_init(&c->left, n);
    while (c->n < n) {
        worker *w = &c->worker[c->n];
        w->run = run;
        w->lane = decode ? pipe_lane_decode(run->stats, c->n) : pipe_lane_encode(run->stats, c->n);
        w->left = &c->left;
        if (pthread_create(&w->thread, NULL, decode ? decode_thread : encode_thread, w) != 0)
            break;
        c->n++;
    }
    unsigned missing = n - c->n;
    if (decode && missing && atomic_fetch_sub(&c->left, missing) == missing)
        qn_queue_close_send(run->to_device); /* those that run are through already */
    return c->n > 0 || qn_fail(err, QN_NOMEM, "cannot start a thread");
}

static void join_crew(crew *c)
{
    for (unsigned i = 0; i < c->n; i++)
        pthread_join(c->worker[i].thread, NULL);
    free(c->worker);
}

static bool run_overlapped(pipe_run_state *run, pipe_device *device, unsigned decode, unsigned encode, unsigned flows,
                           size_t jobs, qn_error *err)
{
    crew decoders = { .worker = NULL }, encoders = { .worker = NULL };
    /* encoders first: without one of them no picture must be begun */
    bool ok = (!flows || pipe_flows_start(run, flows, jobs, err)) && start_crew(&encoders, run, encode, false, err) &&
              start_crew(&decoders, run, decode, true, err);
    if (ok) {
        device_loop(run, device);
    } else {
        pipe_flows_end(run);
        qn_queue_close_send(run->to_encode);
    }
    join_crew(&decoders);
    join_crew(&encoders);
    return ok;
}

static unsigned at_most(size_t n, size_t inputs)
{
    size_t v = n < inputs ? n : inputs;
    return v ? (unsigned)v : 1;
}

static bool open_device(pipe_run_state *run, unsigned slots, qn_error *err)
{
    /* times are always taken: the run's last line tells how busy the device was */
    gpu_settings settings = {
        .slots = slots, .transfer = GPU_TRANSFER_AUTO, .cache = true, .profile = true, .log = run->s->log
    };
    uint64_t start = qn_now_ns();
    run->gpu = gpu_open(run->s->device, &settings, err);
    run->stats->opencl_s = (double)(qn_now_ns() - start) / 1e9;
    pipe_lane_since(pipe_lane_worker(run->stats), PIPE_OPEN, PIPE_NO_PICTURE, start);
    if (run->gpu)
        run->device_class = gpu_class(run->gpu);
    return run->gpu != NULL;
}

/* How far a picture may be ahead of the oldest one under way. */
#define WINDOW 256

static bool create_parts(pipe_run_state *run, size_t jobs, pipe_report report, void *user, qn_error *err)
{
    run->pictures = pipe_pictures_create(run, err);
    run->pool = run->pictures ? pipe_pool_create(run, jobs, err) : NULL;
    run->commits = run->pool ? pipe_commits_create(run, jobs + WINDOW, report, user, err) : NULL;
    run->plans = run->commits ? pipe_plans_create(run, err) : NULL;
    if (!run->plans)
        return false;
    run->names = pipe_names_create();
    if (!run->s->sync) {
        run->to_device = qn_queue_create(jobs + 1);
        run->to_encode = qn_queue_create(jobs);
    }
    if (!run->names || (!run->s->sync && (!run->to_device || !run->to_encode)))
        return qn_fail(err, QN_NOMEM, "out of memory");
    return true;
}

/* Takes half-built runs. Pixels go before the device, and the device before the plans that its programs point to. */
static void destroy(pipe_run_state *run)
{
    pipe_pictures_free(&run->pictures);
    pipe_pool_free(&run->pool);
    pipe_spare_free(&run->spare);
    gpu_close(&run->gpu);
    pipe_plans_free(&run->plans);
    pipe_files_free(&run->files);
    pipe_commits_free(&run->commits);
    pipe_names_free(&run->names);
    qn_queue_free(&run->to_device);
    qn_queue_free(&run->to_encode);
}

static void draw_sums(pipe_run_state *run, pipe_summary *summary)
{
    pipe_stats *stats = run->stats;
    stats->end_ns = qn_now_ns();
    stats->cpu_s = qn_cpu_s();
    stats->peak_rss = qn_peak_rss();
    stats->ok = summary->ok;
    stats->damaged = summary->damaged;
    stats->skipped = summary->skipped;
    stats->failed = summary->failed;
    stats->pixels = summary->pixels;
    summary->wall_s = pipe_stats_wall(stats);
    summary->device_busy = pipe_stats_device_busy(stats);
}

/* One for each thread and slot. Where the device is the processor itself, its cores are the codecs' too: one less
 * keeps them busy, as long as one can be read, one computed and one written at a time. More only take memory that must
 * be touched first, which costs as much as a filter does. */
static size_t pictures_in_flight(const pipe_run_state *run, unsigned decode, unsigned slots, unsigned encode)
{
    const size_t at_once = (size_t)decode + slots;
    if (run->gpu && run->device_class == FLT_DEV_CPU && gpu_is_shared(run->gpu))
        return at_once > 4 ? at_once - 1 : 3;
    return at_once + encode;
}

/* A smaller picture is in the caches as a whole; a PNG that is at hand as a whole is inflated in half the time. */
#define FLOW_BYTES ((uint64_t)8 << 20)

/* On a processor whose memory is the device's; branches share their picture's pixels, which lie there whole. */
static bool may_flow(const pipe_run_state *run)
{
    return run->gpu && run->device_class == FLT_DEV_CPU && gpu_is_shared(run->gpu) && run->n_branches == 1;
}

static void set_flow_bytes(pipe_run_state *run)
{
    const char *set = getenv("QUERN_FLOW_BYTES"); /* for tests */
    run->flow_bytes = set ? strtoull(set, NULL, 10) : FLOW_BYTES;
    run->flow_png_bytes = set ? run->flow_bytes : UINT64_MAX;
}

static bool run_all(pipe_run_state *run, pipe_report report, void *user, pipe_summary *summary, qn_error *err)
{
    const pipe_settings *s = run->s;
    const size_t n = pipe_pictures_expected(run);
    unsigned cpus = qn_cpu_count();
    unsigned decode = at_most(s->decode_threads ? s->decode_threads : cpus, n);
    unsigned encode = at_most(s->encode_threads ? s->encode_threads : cpus, n);
    run->codec_threads = s->sync || run->inputs->n >= cpus ? 1 : cpus;
    unsigned slots = s->sync ? 1 : at_most(s->slots ? s->slots : 2, n);
    unsigned flows = s->sync || n < 2 ? 0 : at_most((size_t)decode + slots, n);
    if (!pipe_stats_begin(run->stats, s, decode, encode, flows, err))
        return false;
    run->files = pipe_files_load(s, err);
    if (!run->files || (s->device && !open_device(run, slots, err)))
        return false;
    set_flow_bytes(run);
    size_t jobs = run->n_branches * (s->sync ? 1 : at_most(pictures_in_flight(run, decode, slots, encode), n));
    if (!create_parts(run, jobs, report, user, err))
        return false;
    pipe_device *device = pipe_device_create(run, err);
    if (!device)
        return false;
    bool ok = true;
    if (s->sync)
        run_in_line(run, device);
    else
        ok = run_overlapped(run, device, decode, encode, may_flow(run) ? flows : 0, jobs, err);
    pipe_device_free(&device);
    pipe_commits_summary(run->commits, summary);
    if (run->gpu)
        gpu_counters_read(run->gpu, &run->stats->counters);
    return ok && pipe_may_go_on(run, err);
}

bool pipe_run(const pipe_settings *settings, const io_inputs *inputs, pipe_report report, void *user,
              pipe_summary *summary, pipe_stats *stats, qn_error *err)
{
    pipe_stats *own = stats ? NULL : pipe_stats_create();
    pipe_summary sum = { .ok = 0 };
    bool ok = false;
    if (!stats && !own) {
        qn_fail(err, QN_NOMEM, "out of memory");
    } else {
        pipe_run_state run = { .s = settings,
                               .branch = settings->n_branches ? settings->branch : settings,
                               .n_branches = settings->n_branches ? settings->n_branches : 1,
                               .inputs = inputs,
                               .stats = stats ? stats : own };
        pthread_mutex_init(&run.handing, NULL);
        pthread_mutex_init(&run.trouble, NULL);
        ok = run_all(&run, report, user, &sum, err);
        destroy(&run);
        pthread_mutex_destroy(&run.trouble);
        pthread_mutex_destroy(&run.handing);
        draw_sums(&run, &sum);
    }
    pipe_stats_free(&own);
    if (summary)
        *summary = sum;
    return ok;
}
