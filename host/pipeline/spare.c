#include "spare.h"

#include "clock.h"

#include <stdlib.h>
#include <string.h>

struct pipe_spare {
    const gpu_device *device; /* NULL: there is none */
    gpu *g;
    gpu_host *in, *out;
    pipe_spare_plan *plans;
};

/* The best device below the last one that was tried: the list's order among equals. */
static const gpu_device *next_best(const gpu_devices *list, const gpu_device *first, const gpu_device *last)
{
    const gpu_device *best = NULL;
    for (size_t i = 0; list && i < list->n; i++) {
        const gpu_device *d = &list->item[i];
        const bool before = last && (d->score > last->score || (d->score == last->score && d->index <= last->index));
        if (d->score >= 0 && d != first && !before && (!best || d->score > best->score))
            best = d;
    }
    return best;
}

static gpu *open_next(pipe_run_state *run, const gpu_device **device)
{
    const gpu_settings settings = { .slots = 1, .cache = true, .profile = true, .log = run->s->log };
    for (const gpu_device *d = NULL; (d = next_best(run->s->devices, run->s->device, d));) {
        qn_error err = { 0 };
        gpu *g = gpu_open(d, &settings, &err);
        if (g) {
            *device = d;
            return g;
        }
        qn_logf(run->s->log, QN_LOG_VERBOSE, "%s: %s", d->name, err.text);
    }
    return NULL;
}

static pipe_spare *take_spare(pipe_run_state *run)
{
    if (!run->spare && (run->spare = calloc(1, sizeof *run->spare)))
        run->spare->g = open_next(run, &run->spare->device);
    return run->spare && run->spare->g ? run->spare : NULL;
}

const gpu_device *pipe_spare_device(const pipe_run_state *run)
{
    return run->spare ? run->spare->device : NULL;
}

static bool fill_plan(pipe_run_state *run, pipe_spare *spare, pipe_spare_plan *p, qn_error *err)
{
    const flt_options options = { .device = gpu_class(spare->g), .fuse = run->s->fuse, .linear = run->s->linear };
    p->plan = p->of->plan;
    if (options.device != run->device_class) {
        p->plan = p->made = flt_plan_create(p->of->s->chain, &p->of->input, &options, err);
        p->file = p->made ? pipe_files_info(run->files, p->made, err) : NULL;
        if (!p->file)
            return false;
    }
    p->program = gpu_program_get(spare->g, p->plan, err);
    return p->program && pipe_files_upload(run->files, spare->g, p->plan, p->program, err);
}

static const pipe_spare_plan *find_plan(pipe_run_state *run, pipe_spare *spare, const pipe_plan *of, qn_error *err)
{
    pipe_spare_plan *p = spare->plans;
    while (p && p->of != of)
        p = p->next;
    if (p && p->program)
        return p;
    if (p) {
        qn_fail(err, QN_DEVICE, "no program for it");
        return NULL;
    }
    p = calloc(1, sizeof *p);
    if (!p) {
        qn_fail(err, QN_NOMEM, "out of memory");
        return NULL;
    }
    p->of = of;
    p->next = spare->plans; /* also where it fails: a program may hold the plan */
    spare->plans = p;
    if (fill_plan(run, spare, p, err))
        return p;
    p->program = NULL;
    return NULL;
}

gpu *pipe_spare_take(pipe_run_state *run, const pipe_job *job, const pipe_spare_plan **plan, qn_error *err)
{
    const qn_error first = *err;
    qn_error second = { 0 };
    pipe_spare *spare = take_spare(run);
    if (!spare)
        return NULL;
    qn_error_clear(err);
    *plan = find_plan(run, spare, job->plan, &second);
    if (!*plan) {
        *err = first;
        qn_logf(run->s->log, QN_LOG_VERBOSE, "%s: %s", spare->device->name, second.text);
        return NULL;
    }
    qn_logf(run->s->log, QN_LOG_WARN, "%s: done on %s instead: %s", pipe_job_name(run, job), spare->device->name,
            first.text);
    return spare->g;
}

bool pipe_spare_size(pipe_run_state *run, pipe_job *job, const pipe_spare_plan *plan, flt_sized *own, flt_sized **sized,
                     qn_error *err)
{
    *sized = &job->sized;
    if (!plan->made)
        return true;
    *sized = own;
    qn_transfer transfer;
    if (plan->of->input.own_transfer && plan->made->uses_light) {
        if (job->stream || io_meta_transfer(&job->meta, job->info.format.channels <= 2, &transfer) != IO_LIGHT_OWN)
            return qn_fail(err, QN_DEVICE, "its colour profile is not at hand any more");
        own->transfer = &transfer;
    }
    own->shrunk = job->sized.shrunk;
    own->whole = job->sized.whole;
    const bool ok = flt_plan_size(plan->made, job->info.width, job->info.height,
                                  qn_row_stride(job->info.width, job->info.format), plan->file, own, err);
    own->transfer = NULL;
    if (!ok)
        return false;
    const flt_extent *a = own->extent, *b = job->sized.extent;
    if (a[0].stride != b[0].stride || a[1].stride != b[1].stride || a[1].height != b[1].height)
        return qn_fail(err, QN_INTERNAL, "another device's plan lays the rows out in another way");
    const flt_banding banding = pipe_banding(run->s->band_rows, gpu_class(run->spare->g));
    return job->stream || (!banding.rows && !banding.room) || flt_plan_band(plan->made, &banding, own, err);
}

/* The pixels once more where the first device may have written over them. */
static bool load(pipe_run_state *run, pipe_lane *lane, pipe_job *job, gpu_host *to, size_t bytes, qn_error *err)
{
    if (job->overlaid && !pipe_decode_again(run, lane, job)) {
        *err = job->error;
        return false;
    }
    void *data = gpu_host_reserve(to, bytes, err);
    if (data)
        memcpy(data, gpu_host_data(pipe_pixels(job)),
               qn_row_stride(job->info.width, job->info.format) * job->info.height);
    return data != NULL;
}

static bool compute(pipe_run_state *run, pipe_lane *lane, pipe_job *job, const pipe_spare_plan *plan,
                    const flt_sized *sized, qn_error *err)
{
    pipe_spare *s = run->spare;
    gpu_ticket ticket;
    gpu_times times = { .pass = NULL };
    s->in = s->in ? s->in : gpu_host_create(s->g);
    s->out = s->out ? s->out : gpu_host_create(s->g);
    if (!s->in || !s->out)
        return qn_fail(err, QN_NOMEM, "out of memory");
    if (!load(run, lane, job, s->in, sized->extent[0].bytes, err) ||
        !gpu_host_reserve(s->out, sized->extent[1].bytes, err) ||
        !gpu_submit(s->g, plan->program, sized, s->in, s->out, 0, &ticket, err) ||
        !gpu_finish(s->g, ticket, &times, err))
        return false;
    pipe_stats_device(run->stats, plan->plan, sized, &times, (uint32_t)job->ordinal);
    memcpy(gpu_host_data(pipe_computed(job)), gpu_host_data(s->out), sized->extent[1].stride * sized->extent[1].height);
    return true;
}

bool pipe_spare_run(pipe_run_state *run, pipe_lane *lane, pipe_job *job)
{
    const pipe_spare_plan *plan;
    qn_error first = job->error, second = { 0 };
    flt_sized own = { .transfer = NULL }, *sized;
    const uint64_t start = qn_now_ns();
    if (!pipe_may_go_on(run, NULL) || !pipe_spare_take(run, job, &plan, &job->error))
        return false;
    const bool ok =
        pipe_spare_size(run, job, plan, &own, &sized, &second) && compute(run, lane, job, plan, sized, &second);
    flt_sized_free(&own);
    pipe_lane_since(lane, PIPE_WAIT, (uint32_t)job->ordinal, start);
    job->error = ok ? (qn_error){ 0 } : first;
    if (!ok)
        qn_logf(run->s->log, QN_LOG_VERBOSE, "%s: %s", run->spare->device->name, second.text);
    return ok;
}

void pipe_spare_free(pipe_spare **spare)
{
    if (!spare || !*spare)
        return;
    pipe_spare *s = *spare;
    gpu_host_free(&s->in);
    gpu_host_free(&s->out);
    gpu_close(&s->g);
    for (pipe_spare_plan *p = s->plans, *next; p; p = next) {
        next = p->next;
        flt_plan_free(&p->made);
        free(p->file);
        free(p);
    }
    free(s);
    *spare = NULL;
}
