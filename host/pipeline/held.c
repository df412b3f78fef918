#include "held.h"

#include "clock.h"
#include "memory.h"

/* Rows go up as bands need them, and come down as they are done. A result that is put over the picture must not get
 * ahead of what has gone up. */
static bool compute(pipe_run_state *run, pipe_job *job, gpu_stream *gs, qn_error *err)
{
    const flt_sized *sized = &job->sized;
    const size_t in_stride = sized->extent[0].stride, out_stride = sized->extent[1].stride;
    const uint8_t *in = gpu_host_data(pipe_pixels(job));
    uint8_t *out = gpu_host_data(pipe_computed(job));
    uint32_t up = 0, down = 0;
    for (size_t b = 0; b < sized->n_bands; b++) {
        const flt_band *band = &sized->band[b];
        gpu_times times = { .pass = NULL };
        if (b && band->sweep != band[-1].sweep) {
            gpu_stream_rewind(gs);
            up = 0;
        }
        if (job->overlaid && (uint64_t)band->out_rows * out_stride > (uint64_t)band->in_rows * in_stride)
            return qn_fail(err, QN_DEVICE, "the result does not fit over the picture");
        if (band->in_rows > up && !gpu_stream_upload(gs, in + up * in_stride, band->in_rows - up, err))
            return false;
        up = band->in_rows > up ? band->in_rows : up;
        if (!gpu_stream_run(gs, err) ||
            (band->out_rows > down && !gpu_stream_download(gs, out + down * out_stride, band->out_rows - down, err)) ||
            !gpu_stream_next(gs, err) || !gpu_stream_wait(gs, b, &times, err) || !pipe_may_go_on(run, err))
            return false;
        down = band->out_rows > down ? band->out_rows : down;
        pipe_stats_band(run->stats, job->plan->plan, sized, &times, (uint32_t)job->ordinal, b, 0);
    }
    return true;
}

static bool attempt(pipe_run_state *run, pipe_job *job, size_t room, qn_error *err)
{
    const gpu_device *d = run->s->device;
    const flt_banding banding = { .rows = run->s->band_rows,
                                  .room = room,
                                  .most = d && d->max_alloc < SIZE_MAX ? (size_t)d->max_alloc : 0,
                                  .ring_input = true,
                                  .ring_output = true,
                                  .sweeps = true };
    if (!flt_plan_band(job->plan->plan, &banding, &job->sized, err))
        return false;
    gpu_stream *gs = gpu_stream_open(run->gpu, job->plan->program, &job->sized, true, qn_memory_size() / 4, err);
    const bool ok = gs && compute(run, job, gs, err);
    gpu_stream_close(&gs);
    return ok;
}

bool pipe_held_run(pipe_run_state *run, pipe_lane *lane, pipe_job *job)
{
    static const size_t room[] = { (size_t)64 << 20, (size_t)16 << 20, (size_t)4 << 20 };
    const qn_error first = job->error;
    const flt_banding before = pipe_banding(run->s->band_rows, run->device_class);
    qn_error error = { 0 };
    bool ok = false;
    for (size_t i = 0; i < sizeof room / sizeof *room && !ok && error.code != QN_CANCELLED; i++) {
        qn_error_clear(&error);
        qn_error_clear(&job->error);
        const uint64_t start = qn_now_ns();
        if (job->overlaid && !pipe_decode_again(run, lane, job))
            break;
        ok = attempt(run, job, room[i], &error);
        pipe_lane_since(lane, PIPE_WAIT, (uint32_t)job->ordinal, start);
        if (!ok)
            qn_logf(run->s->log, QN_LOG_VERBOSE, "%s: in bands of %zu MB: %s", pipe_job_name(run, job), room[i] >> 20,
                    error.text);
    }
    qn_error cut = { 0 };
    const bool back = flt_plan_band(job->plan->plan, &before, &job->sized, &cut);
    job->error = ok && back ? (qn_error){ 0 } : ok ? cut : first;
    return ok && back;
}
