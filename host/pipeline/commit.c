/* Ends of pictures, put back into input order: reports, the sums of the summary, and standard output.
 *
 * A ring of results, not of pixels, as long as the window between the oldest picture under way and the newest begun.
 * Whoever finds the oldest one done becomes the one that reports, until there is a gap; others only leave their
 * result and go on. */
#include "run.h"

#include "clock.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct entry {
    bool done;
    pipe_job *job; /* standard output: its bytes are still to be written; else NULL */
    pipe_result result;
    qn_strbuf output, name;
    qn_bytes notes, losses; /* io_meta's */
} entry;

struct pipe_commits {
    pipe_run_state *run;
    pthread_mutex_t lock;
    pthread_cond_t window_moved;
    entry *ring;
    size_t window;
    size_t head, next; /* oldest result not yet reported; next one to begin */
    bool reporting;    /* some thread is at it */
    pipe_report report;
    void *user;
    pipe_summary sum;
    size_t counted;     /* the picture whose pixels were counted last, plus one */
    atomic_bool failed; /* a picture, that is */
    atomic_bool closed; /* standard output takes nothing any more */
};

pipe_commits *pipe_commits_create(pipe_run_state *run, size_t window, pipe_report report, void *user, qn_error *err)
{
    pipe_commits *c = calloc(1, sizeof *c);
    entry *ring = c ? calloc(window, sizeof *ring) : NULL;
    if (!ring) {
        free(c);
        qn_fail(err, QN_NOMEM, "out of memory");
        return NULL;
    }
    c->run = run;
    c->ring = ring;
    c->window = window;
    c->report = report;
    c->user = user;
    atomic_init(&c->failed, false);
    atomic_init(&c->closed, false);
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->window_moved, NULL);
    return c;
}

void pipe_commits_free(pipe_commits **commits)
{
    if (!commits || !*commits)
        return;
    pipe_commits *c = *commits;
    for (size_t i = 0; i < c->window; i++) {
        sb_free(&c->ring[i].output);
        sb_free(&c->ring[i].name);
        qn_bytes_free(&c->ring[i].notes);
        qn_bytes_free(&c->ring[i].losses);
    }
    free(c->ring);
    pthread_cond_destroy(&c->window_moved);
    pthread_mutex_destroy(&c->lock);
    free(c);
    *commits = NULL;
}

size_t pipe_commits_begin(pipe_commits *c)
{
    const size_t step = c->run->n_branches;
    pthread_mutex_lock(&c->lock);
    while (c->next - c->head + step > c->window)
        pthread_cond_wait(&c->window_moved, &c->lock);
    const size_t ordinal = c->next / step;
    c->next += step;
    pthread_mutex_unlock(&c->lock);
    return ordinal;
}

size_t pipe_commits_begun(pipe_commits *c)
{
    pthread_mutex_lock(&c->lock);
    const size_t begun = c->next / c->run->n_branches;
    pthread_mutex_unlock(&c->lock);
    return begun;
}

bool pipe_may_go_on(const pipe_run_state *run, qn_error *err)
{
    int signal = run->s->stop ? atomic_load(run->s->stop) : 0;
    return !signal || qn_fail(err, QN_CANCELLED, "not done: stopped by signal %d", signal);
}

bool pipe_may_begin(const pipe_commits *c, qn_error *err)
{
    if (!pipe_may_go_on(c->run, err))
        return false;
    if (c->run->s->fail_fast && atomic_load(&c->failed))
        return qn_fail(err, QN_CANCELLED, "not done: --fail-fast");
    if (atomic_load(&c->closed)) /* whoever read a stream from us has gone; it may be endless */
        return qn_fail(err, QN_CANCELLED, "not done: standard output takes no more");
    return true;
}

static void fill_result(const pipe_run_state *run, const pipe_job *job, pipe_result *r)
{
    *r = (pipe_result){ .index = job->input,
                        .ordinal = job->ordinal,
                        .part = job->part,
                        .branch = job->index % run->n_branches,
                        .input = run->inputs->item[job->input].path,
                        .status = job->status,
                        .damaged = job->damaged,
                        .error = job->error,
                        .width = job->info.full_width,
                        .height = job->info.full_height,
                        .read_ms = job->read_ms,
                        .decode_ms = job->decode_ms,
                        .device_ms = job->device_ms,
                        .encode_ms = job->encode_ms,
                        .write_ms = job->write_ms };
    if (job->status == PIPE_OK) {
        r->out_width = job->sized.out_width;
        r->out_height = job->sized.out_height;
    }
}

static void write_stdout(pipe_commits *c, pipe_lane *lane, entry *e)
{
    uint64_t start = qn_now_ns();
    pipe_result *r = &e->result;
    if (!pipe_may_go_on(c->run, &r->error)) {
        r->status = PIPE_FAILED;
    } else if (!io_write_fd(STDOUT_FILENO, e->job->encoded.data, e->job->encoded.len, &r->error)) {
        r->status = PIPE_FAILED;
        atomic_store(&c->closed, true);
    }
    uint64_t end = qn_now_ns();
    pipe_lane_add(lane, PIPE_WRITE, (uint32_t)r->ordinal, start, end);
    r->write_ms += (double)(end - start) / 1e6;
    pipe_pool_put(c->run->pool, e->job);
    e->job = NULL;
}

static void tell(const pipe_commits *c, const entry *e, const qn_bytes *lines)
{
    for (size_t at = 0; at < lines->len; at += strlen((const char *)lines->data + at) + 1)
        qn_logf(c->run->s->log, QN_LOG_VERBOSE, "%s: %s", e->result.input, (const char *)lines->data + at);
}

/* Outside the lock: nobody else touches an entry that is done, and only one thread reports at a time. */
static void report_one(pipe_commits *c, pipe_lane *lane, entry *e)
{
    pipe_result *r = &e->result;
    if (e->job)
        write_stdout(c, lane, e);
    if (r->status == PIPE_FAILED)
        atomic_store(&c->failed, true);
    if (r->status == PIPE_OK) {
        if (r->damaged)
            c->sum.damaged++;
        else
            c->sum.ok++;
        if (c->counted == 0 || c->counted - 1 != r->ordinal) /* a picture is read once for all branches */
            c->sum.pixels += (uint64_t)r->width * r->height;
        c->counted = r->ordinal + 1;
    } else if (r->status == PIPE_SKIPPED) {
        c->sum.skipped++;
    } else {
        c->sum.failed++;
    }
    r->output = e->output.len ? sb_str(&e->output) : NULL;
    tell(c, e, &e->notes);
    tell(c, e, &e->losses);
    if (c->report)
        c->report(c->user, r);
}

/* No copy, no allocation. */
static void swap_texts(qn_strbuf *a, qn_strbuf *b)
{
    const qn_strbuf kept = *a;
    *a = *b;
    *b = kept;
}

static void swap_bytes(qn_bytes *a, qn_bytes *b)
{
    const qn_bytes kept = *a;
    *a = *b;
    *b = kept;
}

void pipe_commit(pipe_commits *c, pipe_lane *lane, pipe_job *job)
{
    pipe_pool_leave(c->run->pool, job);
    bool to_stdout = job->status == PIPE_OK && job->s->target.kind == IO_TO_STDOUT;
    if (job->status == PIPE_FAILED)
        atomic_store(&c->failed, true); /* at once: --fail-fast does not wait for the report's turn */
    if (to_stdout)
        pipe_pool_unreserve(c->run->pool, job);

    pthread_mutex_lock(&c->lock);
    entry *e = &c->ring[job->index % c->window];
    fill_result(c->run, job, &e->result);
    swap_texts(&e->output, &job->output);
    swap_texts(&e->name, &job->name);
    if (job->part > 1)
        e->result.input = sb_str(&e->name);
    swap_bytes(&e->notes, &job->meta.notes);
    swap_bytes(&e->losses, &job->meta.losses);
    e->job = to_stdout ? job : NULL;
    e->done = true;
    bool mine = !c->reporting;
    c->reporting = true;
    pthread_mutex_unlock(&c->lock);
    if (!to_stdout)
        pipe_pool_put(c->run->pool, job);
    if (!mine)
        return;

    pthread_mutex_lock(&c->lock);
    while (c->ring[c->head % c->window].done) {
        e = &c->ring[c->head % c->window];
        pthread_mutex_unlock(&c->lock);
        report_one(c, lane, e);
        pthread_mutex_lock(&c->lock);
        e->done = false;
        c->head++;
        pthread_cond_broadcast(&c->window_moved);
    }
    c->reporting = false;
    pthread_mutex_unlock(&c->lock);
}

void pipe_commits_summary(const pipe_commits *c, pipe_summary *summary)
{
    *summary = c->sum;
}
