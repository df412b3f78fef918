/* The device's worker: the one thread that makes OpenCL calls, but for those of flows. It keeps the slots full,
 * finishes the oldest picture first, and gives a picture that the device failed on a second try once nothing else is in
 * flight: then in smaller bands, then on another device. */
#include "clock.h"
#include "held.h"
#include "spare.h"

#include <stdlib.h>

typedef struct flight {
    pipe_job *job;
    gpu_ticket ticket;
} flight;

struct pipe_device {
    pipe_run_state *run;
    pipe_lane *lane;
    unsigned slots; /* that are used: one less once the device has failed at two pictures */
    unsigned failures;
    flight *flight; /* oldest first, n_flights of `slots` */
    size_t n_flights;
    pipe_job **done; /* ended, oldest first; room for all slots and one that never took off */
    size_t n_done;
};

pipe_device *pipe_device_create(pipe_run_state *run, qn_error *err)
{
    pipe_device *d = calloc(1, sizeof *d);
    if (!d) {
        qn_fail(err, QN_NOMEM, "out of memory");
        return NULL;
    }
    d->run = run;
    d->lane = pipe_lane_worker(run->stats);
    d->slots = run->gpu ? gpu_slots_free(run->gpu) : 0;
    if (!d->slots)
        d->slots = 1;
    d->flight = calloc(d->slots, sizeof *d->flight);
    d->done = calloc((size_t)d->slots + 1, sizeof(pipe_job *));
    if (!d->flight || !d->done) {
        pipe_device_free(&d);
        qn_fail(err, QN_NOMEM, "out of memory");
        return NULL;
    }
    return d;
}

void pipe_device_free(pipe_device **device)
{
    if (!device || !*device)
        return;
    free((*device)->flight);
    free((*device)->done);
    free(*device);
    *device = NULL;
}

bool pipe_device_busy(const pipe_device *d)
{
    return d->n_flights || d->n_done;
}

bool pipe_device_full(const pipe_device *d)
{
    return d->n_done || d->n_flights == d->slots;
}

static void end(pipe_device *d, pipe_job *job, bool ok)
{
    if (!ok)
        job->status = PIPE_FAILED;
    d->done[d->n_done++] = job;
}

static bool build_once(pipe_device *d, pipe_plan *plan)
{
    gpu *g = d->run->gpu;
    qn_error_clear(&plan->program_error);
    plan->program = gpu_program_get(g, plan->plan, &plan->program_error);
    if (plan->program && !pipe_files_upload(d->run->files, g, plan->plan, plan->program, &plan->program_error))
        plan->program = NULL;
    return plan->program != NULL;
}

void pipe_device_build(pipe_device *d, pipe_plan *plan)
{
    if (plan->tried || !plan->plan)
        return;
    plan->tried = true;
    uint64_t start = qn_now_ns();
    if (!build_once(d, plan)) {
        qn_logf(d->run->s->log, QN_LOG_VERBOSE, "trying again: %s", plan->program_error.text);
        (void)build_once(d, plan);
    }
    pipe_lane_since(d->lane, PIPE_BUILD, PIPE_NO_PICTURE, start);
}

static bool submit(pipe_device *d, pipe_job *job, gpu_ticket *ticket)
{
    uint64_t start = qn_now_ns();
    const bool shared = d->run->n_branches > 1 && !job->apart; /* all branches use the same pixels */
    bool ok = gpu_submit(d->run->gpu, job->plan->program, &job->sized, pipe_pixels(job), pipe_computed(job),
                         shared ? (uint64_t)job->ordinal + 1 : 0, ticket, &job->error);
    pipe_lane_since(d->lane, PIPE_SUBMIT, (uint32_t)job->ordinal, start);
    return ok;
}

static double milliseconds(gpu_span span)
{
    return span.end_ns > span.start_ns ? (double)(span.end_ns - span.start_ns) / 1e6 : 0;
}

static bool finish(pipe_device *d, pipe_job *job, gpu_ticket ticket)
{
    gpu_times times = { .pass = NULL };
    uint64_t start = qn_now_ns();
    bool ok = gpu_finish(d->run->gpu, ticket, &times, &job->error);
    pipe_lane_since(d->lane, PIPE_WAIT, (uint32_t)job->ordinal, start);
    if (ok) {
        pipe_stats_device(d->run->stats, job->plan->plan, &job->sized, &times, (uint32_t)job->ordinal);
        job->device_ms += milliseconds(times.upload) + milliseconds(times.kernels) + milliseconds(times.download);
    }
    return ok;
}

/* Alone on the device, from the file's bytes again where the first try may have written over the pixels. */
static bool redo(pipe_device *d, pipe_job *job)
{
    gpu_ticket ticket;
    qn_logf(d->run->s->log, QN_LOG_WARN, "%s: trying again: %s", pipe_job_name(d->run, job), job->error.text);
    if (!pipe_may_go_on(d->run, NULL))
        return false; /* keeps the device's error, the first cause */
    qn_error_clear(&job->error);
    if (job->overlaid && !pipe_decode_again(d->run, d->lane, job))
        return false;
    return (submit(d, job, &ticket) && finish(d, job, ticket)) ||
           (job->error.code == QN_DEVICE && pipe_held_run(d->run, d->lane, job)) ||
           pipe_spare_run(d->run, d->lane, job);
}

/* Finishes all that is in flight; then what failed there, and `failed`, are done again. */
static void settle(pipe_device *d, pipe_job *failed)
{
    size_t n_failed = 0;
    if (++d->failures > 1 && d->slots > 1) {
        d->slots--;
        qn_logf(d->run->s->log, QN_LOG_VERBOSE, "%u picture%s at a time on the device from here on", d->slots,
                d->slots == 1 ? "" : "s");
    }
    for (size_t i = 0; i < d->n_flights; i++) {
        if (finish(d, d->flight[i].job, d->flight[i].ticket))
            end(d, d->flight[i].job, true);
        else
            d->flight[n_failed++].job = d->flight[i].job;
    }
    d->n_flights = 0;
    pthread_mutex_lock(&d->run->trouble);
    for (size_t i = 0; i < n_failed; i++)
        end(d, d->flight[i].job, redo(d, d->flight[i].job));
    end(d, failed, redo(d, failed));
    pthread_mutex_unlock(&d->run->trouble);
}

void pipe_device_put(pipe_device *d, pipe_job *job)
{
    pipe_device_build(d, job->plan);
    if (!pipe_pool_take_out(d->run->pool, job, &job->error)) {
        end(d, job, false);
        return;
    }
    if (!job->plan->program) {
        job->error = job->plan->program_error;
        pthread_mutex_lock(&d->run->trouble);
        end(d, job, pipe_spare_run(d->run, d->lane, job));
        pthread_mutex_unlock(&d->run->trouble);
        return;
    }
    if (!pipe_may_go_on(d->run, &job->error)) {
        end(d, job, false);
        return;
    }
    gpu_ticket ticket;
    if (submit(d, job, &ticket))
        d->flight[d->n_flights++] = (flight){ job, ticket };
    else
        settle(d, job);
}

static pipe_job *take(pipe_device *d)
{
    if (!d->n_done && d->n_flights) {
        flight oldest = d->flight[0];
        d->n_flights--;
        for (size_t i = 0; i < d->n_flights; i++)
            d->flight[i] = d->flight[i + 1];
        if (finish(d, oldest.job, oldest.ticket))
            return oldest.job;
        settle(d, oldest.job);
    }
    if (!d->n_done)
        return NULL;
    pipe_job *job = d->done[0];
    d->n_done--;
    for (size_t i = 0; i < d->n_done; i++)
        d->done[i] = d->done[i + 1];
    return job;
}

pipe_job *pipe_device_take(pipe_device *d)
{
    pipe_job *job = take(d);
    if (job && job->status == PIPE_OK)
        pipe_pool_computed(d->run->pool, job);
    return job;
}
