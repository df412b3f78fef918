/* The device's part of a streamed picture: chunks go up, bands run, chunks come down. */
#include "stream_priv.h"

#include "clock.h"
#include "spare.h"

#include <string.h>

/* Waits for a band, and passes on the chunks that were used up to it. */
static bool settle(pipe_stream *s, gpu_stream *gs, size_t band, qn_error *err)
{
    gpu_times times = { .pass = NULL };
    pipe_job *job = s->job;
    const uint64_t start = qn_now_ns();
    if (!gpu_stream_wait(gs, band, &times, err))
        return false;
    pipe_lane_since(s->lane, PIPE_WAIT, (uint32_t)job->ordinal, start);
    pipe_stats_band(s->run->stats, s->plan, s->sized, &times, (uint32_t)job->ordinal, band, s->flow);
    for (size_t i = 0; i < times.n_launches; i++)
        job->device_ms += (double)(times.launch[i].span.end_ns - times.launch[i].span.start_ns) / 1e6;
    unsigned kept = 0;
    for (unsigned i = 0; i < s->n_in; i++) {
        if (s->pending_in[i]->band <= band)
            (void)qn_queue_push(s->in_free, s->pending_in[i]);
        else
            s->pending_in[kept++] = s->pending_in[i];
    }
    s->n_in = kept;
    kept = 0;
    for (unsigned i = 0; i < s->n_out; i++) {
        if (s->pending_out[i]->band <= band)
            (void)qn_queue_push(s->out_full, s->pending_out[i]);
        else
            s->pending_out[kept++] = s->pending_out[i];
    }
    s->n_out = kept;
    return true;
}

static bool settle_all(pipe_stream *s, gpu_stream *gs, size_t band, qn_error *err)
{
    return (band == 0 || settle(s, gs, band - 1, err)) && settle(s, gs, band, err);
}

/* The next chunk of a queue; NULL: the stream has failed. In line, it is made by the stage before (behind). */
static pipe_chunk *next_chunk(pipe_stream *s, qn_queue *queue, bool (*make)(pipe_stream *, pipe_lane *))
{
    void *item;
    while (s->in_line) {
        if (qn_queue_try_pop(queue, &item))
            return item;
        if (!make(s, s->lane))
            return NULL;
    }
    return qn_queue_pop(queue, &item) ? item : NULL;
}

static bool upload(pipe_stream *s, gpu_stream *gs, size_t band, uint32_t *uploaded, qn_error *err)
{
    const uint32_t need = s->sized->band[band].in_rows;
    while (*uploaded < need) {
        if (s->n_in == s->in_chunks && !settle_all(s, gs, band, err))
            return false;
        pipe_chunk *c = next_chunk(s, s->in_full, pipe_stream_read_chunk);
        if (c && c->sweep < s->sized->band[band].sweep) { /* rows that no band of its sweep needed */
            (void)qn_queue_push(s->in_free, c);
            continue;
        }
        if (!c || !gpu_stream_upload(gs, c->rows, c->n, err))
            return false;
        c->band = band;
        s->pending_in[s->n_in++] = c;
        *uploaded += c->n;
    }
    return true;
}

static bool download(pipe_stream *s, gpu_stream *gs, size_t band, uint32_t *downloaded, qn_error *err)
{
    const uint32_t ready = s->sized->band[band].out_rows;
    while (*downloaded < ready) {
        if (s->n_out == s->out_chunks && !settle_all(s, gs, band, err))
            return false;
        pipe_chunk *c = next_chunk(s, s->out_free, pipe_stream_write_chunk);
        if (!c)
            return false;
        c->n = ready - *downloaded < s->out_rows ? ready - *downloaded : s->out_rows;
        if (!gpu_stream_download(gs, c->rows, c->n, err))
            return false;
        c->band = band;
        s->pending_out[s->n_out++] = c;
        *downloaded += c->n;
    }
    return true;
}

static bool compute(pipe_stream *s, gpu_stream *gs, qn_error *err)
{
    uint32_t uploaded = 0, downloaded = 0;
    const size_t n = s->sized->n_bands;
    for (size_t b = 0; b < n; b++) {
        if (b && s->sized->band[b].sweep != s->sized->band[b - 1].sweep) {
            gpu_stream_rewind(gs);
            uploaded = 0;
        }
        if (!pipe_may_go_on(s->run, err) || !upload(s, gs, b, &uploaded, err) || !gpu_stream_run(gs, err) ||
            !download(s, gs, b, &downloaded, err) || !gpu_stream_next(gs, err) || (b && !settle(s, gs, b - 1, err)))
            return false;
    }
    if (!settle(s, gs, n - 1, err))
        return false;
    /* rows that the result does not need are decoded all the same: they may be damaged, metadata may follow */
    for (pipe_chunk *c; (c = next_chunk(s, s->in_full, pipe_stream_read_chunk));)
        (void)qn_queue_push(s->in_free, c);
    return true;
}

enum { DIVIDE_MOST = 256 };

/* Memory for the rings; with half as much, and half of that, where the device says no. */
static gpu_stream *open_on(pipe_stream *s, const gpu_device *device, size_t divide, qn_error *err)
{
    pipe_job *job = s->job;
    for (;;) {
        gpu_stream *gs = gpu_stream_open(s->g, s->program, s->sized, !s->flow, pipe_stream_whole_room(s->run), err);
        const bool no_file = !gs && err->code == QN_IO && !s->no_file && s->sized->n_windows;
        s->no_file = s->no_file || no_file;
        divide *= no_file ? 1 : 2;
        if (gs || (err->code != QN_DEVICE && !no_file) || divide > DIVIDE_MOST)
            return gs;
        const flt_banding banding = pipe_stream_banding(s->run, job, device, gpu_class(s->g), divide);
        qn_error again = { 0 };
        if (!flt_plan_band(s->plan, &banding, s->sized, &again))
            return NULL;
        qn_logf(s->run->s->log, QN_LOG_VERBOSE, "%s: %s: %s", pipe_job_name(s->run, job),
                no_file ? "held whole" : "smaller bands", err->text);
        qn_error_clear(err);
    }
}

/* The run's own device has failed, and no chunk has been taken yet, or it begins again. */
static gpu_stream *open_elsewhere(pipe_stream *s, qn_error *err)
{
    pipe_run_state *run = s->run;
    const pipe_spare_plan *plan;
    const qn_error first = *err;
    qn_error second = { 0 };
    gpu *g = pipe_spare_take(run, s->job, &plan, err);
    if (!g)
        return NULL;
    const gpu_device *device = pipe_spare_device(run);
    const flt_banding banding = pipe_stream_banding(run, s->job, device, gpu_class(g), 1);
    gpu_stream *gs = NULL;
    s->g = g;
    s->plan = plan->plan;
    s->program = plan->program;
    if (pipe_spare_size(run, s->job, plan, &s->own_sized, &s->sized, &second) &&
        flt_plan_band(s->plan, &banding, s->sized, &second) &&
        s->sized->band[s->sized->n_bands - 1].sweep + 1 == s->n_sweeps)
        gs = open_on(s, device, 1, &second);
    if (!gs) {
        qn_logf(run->s->log, QN_LOG_VERBOSE, "%s: %s", device->name, second.text);
        *err = first;
    }
    return gs;
}

static gpu_stream *open_stream(pipe_stream *s, qn_error *err)
{
    const pipe_plan *plan = s->job->plan;
    s->g = s->run->gpu;
    s->plan = plan->plan;
    s->program = plan->program;
    s->sized = &s->job->sized;
    if (!s->program)
        *err = plan->program_error;
    gpu_stream *gs = s->program ? open_on(s, s->run->s->device, 1, err) : NULL;
    if (gs || err->code != QN_DEVICE)
        return gs;
    pthread_mutex_lock(&s->run->trouble);
    s->troubled = true; /* until it ends: another device takes one picture at a time */
    return open_elsewhere(s, err);
}

/* ---- once more ---- */

/* Chunks of the result that are still on their way to the file; in line. */
static bool write_rest(pipe_stream *s)
{
    while (s->written < s->job->sized.out_height && pipe_stream_write_chunk(s, s->lane))
        ;
    return !s->failed;
}

/* The reader and the writer of a failed stream end by themselves. */
static void wait_for_others(pipe_stream *s)
{
    pthread_mutex_lock(&s->lock);
    while (!s->in_line && (!s->reader_done || !s->writer_done))
        pthread_cond_wait(&s->ended, &s->lock);
    pthread_mutex_unlock(&s->lock);
}

static gpu_stream *open_smaller(pipe_stream *s, size_t divide, qn_error *err)
{
    const gpu_device *device = s->run->s->device;
    const flt_banding banding = pipe_stream_banding(s->run, s->job, device, gpu_class(s->g), divide);
    return flt_plan_band(s->plan, &banding, s->sized, err) ? open_on(s, device, divide, err) : NULL;
}

/* From the first row, with smaller bands on the same device, or on the next one (divide 0). */
static bool again(pipe_stream *s, size_t divide, const qn_error *first)
{
    qn_error error = { 0 };
    gpu_stream *gs = NULL;
    if (pipe_stream_restart(s, &error) && divide) {
        qn_logf(s->run->s->log, QN_LOG_WARN, "%s: trying again in smaller bands: %s", pipe_job_name(s->run, s->job),
                first->text);
        gs = open_smaller(s, divide, &error);
    } else if (error.code == QN_OK) {
        error = *first;
        gs = open_elsewhere(s, &error);
    }
    const bool ok = gs && compute(s, gs, &error) && write_rest(s);
    gpu_stream_close(&gs);
    if (!ok)
        pipe_stream_fail(s, &error);
    return ok;
}

/* A command failed half-way. Of what the device says, its first word is told. */
static void try_again(pipe_stream *s)
{
    static const size_t divide[] = { 2, 8, 0 };
    const qn_error first = s->error;
    wait_for_others(s);
    pthread_mutex_lock(&s->run->trouble);
    s->troubled = true;
    for (size_t i = 0; i < sizeof divide / sizeof *divide; i++)
        if (s->error.code != QN_DEVICE || !pipe_may_go_on(s->run, NULL) || again(s, divide[i], &first))
            break;
    if (s->failed && s->error.code == QN_DEVICE)
        s->error = first;
}

void pipe_stream_compute(pipe_stream *s, unsigned flow)
{
    qn_error error = { 0 };
    s->flow = flow;
    s->lane = pipe_lane_flow(s->run->stats, flow);
    gpu_stream *gs = open_stream(s, &error);
    const bool opened = gs != NULL, ok = opened && compute(s, gs, &error);
    gpu_stream_close(&gs);
    if (!ok)
        pipe_stream_fail(s, &error);
    if (!ok && opened && s->g == s->run->gpu)
        try_again(s);
    if (s->troubled)
        pthread_mutex_unlock(&s->run->trouble);
    qn_queue_close_send(s->out_full);
    pipe_stream_done(s, &s->device_done);
}

void pipe_stream_run(pipe_run_state *run, pipe_lane *lane, pipe_job *job)
{
    pipe_stream *s = job->stream;
    s->in_line = true;
    pipe_stream_compute(s, 0);
    pipe_stream_done(s, &s->reader_done);
    pipe_stream_write(run, lane, job);
}
