/* The first stage: from an input's name to its pixels in memory that the device can take. */
#include "clock.h"
#include "copies.h"
#include "stream.h"

#include <string.h>
#include <unistd.h>

/* What is known of the output before the input is opened: a picture that need not be done is not even read. */
static bool check_name(pipe_run_state *run, pipe_job *job)
{
    pipe_name_state state;
    if (!pipe_output_name(run, job, false, &state, &job->error))
        return false;
    pipe_exists exists = job->s->exists;
    bool likely = state == PIPE_NAME_LIKELY && (exists == PIPE_EXISTS_SKIP || exists == PIPE_EXISTS_UPDATE);
    return (state != PIPE_NAME_FINAL && !likely) || pipe_output_allowed(run, job);
}

/* Files from here on are read piece by piece where their picture can be. Without a device only headers are read, which
 * are known to be refused. */
#define PIECES_FROM ((uint64_t)64 << 20)

static bool read_file(const pipe_run_state *run, pipe_job *job, const char *path)
{
    return io_read_picture(path, run->gpu ? PIECES_FROM : 0, &job->source, &job->file, &job->stat, &job->error);
}

static bool read_input(pipe_run_state *run, pipe_lane *lane, pipe_job *job)
{
    const io_input *input = &run->inputs->item[job->input];
    if (!job->given) {
        uint64_t start = qn_now_ns();
        job->has_stat = read_file(run, job, input->path);
        job->read_ms += pipe_lane_since(lane, PIPE_READ, (uint32_t)job->ordinal, start);
        if (!job->has_stat)
            return false;
    }
    if (io_sniff(job->source.data, job->source.len) != IO_NONE)
        return true;
    if (!input->named)
        job->status = PIPE_SKIPPED;
    return qn_fail(&job->error, QN_INPUT, input->named ? "not a PNG, JPEG, PNM, PAM or PFM picture" : "not a picture");
}

static bool open_decoder(const pipe_run_state *run, pipe_job *job)
{
    io_limits limits = run->s->limits;
    limits.more = job->file ? io_infile_more(job->file) : NULL;
    limits.scratch = run->s->memory ? NULL : &job->encoded; /* which is empty until the picture is encoded */
    return io_decoder_open(&job->decoder, job->source.data, job->source.len, &limits, &job->info, &job->meta,
                           &job->error) &&
           (job->shrink == 1 || io_decoder_shrink(job->decoder, job->shrink, &job->info));
}

/* --shrink-on-load: before the plan is sized. Branches have one decoder and a chain each: they see the whole picture.
 */
static void shrink(const pipe_run_state *run, pipe_job *job, int orientation)
{
    const bool turned = orientation >= 5;
    const flt_dims upright = { turned ? job->info.height : job->info.width,
                               turned ? job->info.width : job->info.height };
    job->sized.shrunk = NULL;
    if (!job->s->shrink_on_load || run->n_branches > 1)
        return;
    const unsigned by = flt_shrink_on_load(job->s->chain, upright);
    if (by == 1 || !io_decoder_shrink(job->decoder, by, &job->info))
        return;
    job->shrink = by;
    job->sized.shrunk = job->s->chain->stage;
    job->sized.whole = upright;
    qn_logf(run->s->log, QN_LOG_VERBOSE, "%s: decoded at 1/%u", pipe_job_name(run, job), by);
}

/* Once a run: what is transparent will not be. */
static void tell_flat(pipe_run_state *run, const pipe_job *job)
{
    const bool before = job->plan->plan->output.channels % 2 == 0, after = job->format.channels % 2 == 0;
    if (before && !after && !atomic_exchange(&run->told_flat, true))
        qn_logf(run->s->log, QN_LOG_NOTE, "%s: alpha is laid over the background (--background), since %s holds none",
                pipe_job_name(run, job), io_type_name(job->type));
}

/* What follows from the header: the plan, the sizes, the output's type and format. */
static bool prepare(pipe_run_state *run, pipe_job *job)
{
    const pipe_settings *s = job->s;
    if (!run->gpu)
        return qn_fail(&job->error, QN_INPUT, "the file was changed while it was being read");
    job->type = s->to != IO_NONE ? s->to : job->info.type;
    qn_transfer transfer;
    const io_light light = io_meta_transfer(&job->meta, job->info.format.channels <= 2, &transfer);
    flt_input input = { .format = job->info.format,
                        .orientation = s->no_orient ? 1 : job->meta.orientation,
                        .out_depth = pipe_output_depth(s, job->type, job->info.format),
                        .own_transfer = light == IO_LIGHT_OWN };
    bool made;
    job->plan = pipe_plans_get(run->plans, s, &input, &made, &job->error);
    if (!job->plan)
        return false;
    if (!job->plan->plan) {
        job->error = job->plan->error;
        return false;
    }
    if (made && run->to_device) /* the build begins while this picture is being decoded */
        (void)qn_queue_push(run->to_device, job->plan);
    if (light == IO_LIGHT_UNKNOWN && job->plan->plan->uses_light)
        io_meta_note(&job->meta, "the colour profile has no curves that can be used: linear light goes by sRGB");
    job->sized.transfer = light == IO_LIGHT_OWN ? &transfer : NULL;
    shrink(run, job, input.orientation);
    if (!flt_plan_size(job->plan->plan, job->info.width, job->info.height,
                       qn_row_stride(job->info.width, job->info.format), job->plan->file, &job->sized, &job->error))
        return false;
    job->sized.transfer = NULL;
    job->format = pipe_output_format(s, job->type, job->plan->plan->output);
    tell_flat(run, job);
    bool streamed = false;
    if ((run->n_branches == 1 || job->apart) && !pipe_stream_choose(run, job, &streamed, &job->error))
        return false;
    job->streamed = streamed;
    const flt_banding banding = pipe_banding(s->band_rows, run->device_class);
    return streamed || (!banding.rows && !banding.room) ||
           flt_plan_band(job->plan->plan, &banding, &job->sized, &job->error);
}

/* On a CPU a band's temporaries stay in the caches, and are few: pages that nobody touched cost more than the rest. A
 * GPU has bandwidth to spare and wants large launches. */
#define CPU_ROOM ((size_t)8 << 20)

flt_banding pipe_banding(uint32_t band_rows, flt_device_class device_class)
{
    return (flt_banding){ .rows = band_rows, .room = device_class == FLT_DEV_CPU ? CPU_ROOM : 0 };
}

static size_t max_size(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Branches of one picture hold their memory together: waiting for one another would be for ever. */
static bool fits_memory(const pipe_run_state *run, pipe_job *job, uint64_t bytes)
{
    pipe_job *lead = job->lead ? job->lead : job;
    lead->group_bytes += bytes;
    return !run->s->memory || run->n_branches == 1 || lead->group_bytes <= run->s->memory ||
           qn_fail(&job->error, QN_LIMIT, "needs %llu MB for the pixels of its branches, --mem allows %llu MB",
                   (unsigned long long)((lead->group_bytes + 999999) / 1000000),
                   (unsigned long long)(run->s->memory / 1000000));
}

static bool reserve_pixels(pipe_run_state *run, pipe_job *job)
{
    const flt_plan *plan = job->plan->plan;
    const flt_sized *sized = &job->sized;
    if (job->streamed) {
        size_t in_bytes, out_bytes;
        pipe_stream_bytes(run, job, &in_bytes, &out_bytes);
        job->overlaid = false;
        return pipe_pool_reserve(run->pool, job, in_bytes, out_bytes, &job->error);
    }
    size_t in = max_size(sized->extent[0].bytes, qn_row_stride(job->info.width, job->info.format) * job->info.height);
    /* the host's conversion is done in place, so the block holds whichever form is larger */
    size_t stored = max_size(qn_row_stride(sized->out_width, job->format), sized->extent[1].stride);
    size_t out = sized->extent[1].bytes;
    if (qn_pixel_bytes(job->format) > qn_pixel_bytes(plan->output))
        out = max_size(out, stored * sized->out_height);
    job->overlaid = sized->output_may_overlap_input && run->n_branches == 1;
    if (job->overlaid) {
        in = max_size(in, out);
        out = 0;
    }
    if (job->lead)
        in = 0;
    if (!fits_memory(run, job,
                     pipe_block_bytes(in) + pipe_block_bytes(out) + (job->lead ? 0 : job->info.decoder_bytes)))
        return false;
    return pipe_pool_reserve(run->pool, job, in, out, &job->error);
}

/* Where the order of the inputs decides: who gets a name, and who gets memory first. */
static bool in_turn(pipe_run_state *run, pipe_job *job)
{
    pipe_name_state state;
    bool ok = pipe_output_name(run, job, true, &state, &job->error);
    pipe_pool_enter(run->pool, job);
    if (ok && job->s->target.kind != IO_TO_STDOUT)
        ok = pipe_names_claim(run->names, sb_str(&job->output), &job->error) && pipe_output_allowed(run, job);
    ok = ok && pipe_may_go_on(run, &job->error) && (job->copied || reserve_pixels(run, job));
    pipe_pool_leave(run->pool, job);
    return ok;
}

/* A picture that must be held whole is read whole. */
static bool fetch_rest(pipe_run_state *run, pipe_job *job)
{
    if (!job->file)
        return true;
    io_decoder_free(&job->decoder);
    io_infile_close(&job->file);
    return io_read_file(run->inputs->item[job->input].path, &job->source, &job->stat, &job->error) &&
           open_decoder(run, job);
}

static bool decode_pixels(pipe_job *job, const gpu_host *to)
{
    void *pixels = gpu_host_data(to);
    bool ok =
        io_decode(job->decoder, pixels, qn_row_stride(job->info.width, job->info.format), &job->damaged, &job->error);
    io_decoder_free(&job->decoder);
    return ok;
}

/* From the beginning again. */
static bool reopen(const pipe_run_state *run, pipe_job *job)
{
    io_decoder_free(&job->decoder);
    if (job->file) {
        io_infile_close(&job->file);
        job->file = io_infile_open(run->inputs->item[job->input].path, &job->source, &job->stat, &job->error);
        if (!job->file)
            return false;
    }
    return open_decoder(run, job);
}

/* A picture that can be copied is decoded here, where a few rows are enough for that, and then has no plan. */
static bool open_or_check(pipe_run_state *run, pipe_job *job, bool *copy)
{
    if (!open_decoder(run, job))
        return false;
    *copy = pipe_copy_choose(job);
    if (*copy && io_reads_rows(&job->info)) {
        if (!pipe_copy_check(run, job, &job->copied, &job->error) || (!job->copied && !reopen(run, job)))
            return false;
        *copy = job->copied;
    }
    return job->copied || prepare(run, job);
}

bool pipe_decode(pipe_run_state *run, pipe_lane *lane, pipe_job *job)
{
    bool copy = false;
    bool ok = job->error.code == QN_OK && pipe_may_begin(run->commits, &job->error) && check_name(run, job) &&
              read_input(run, lane, job);
    if (ok) {
        uint64_t start = qn_now_ns();
        ok = open_or_check(run, job, &copy);
        job->decode_ms += pipe_lane_since(lane, PIPE_DECODE, (uint32_t)job->ordinal, start);
        ok = ok && in_turn(run, job);
        start = qn_now_ns();
        if (ok && job->streamed)
            return (pipe_pool_take_in(run->pool, job, &job->error) && pipe_pool_take_out(run->pool, job, &job->error) &&
                    pipe_stream_create(run, job, &job->error)) ||
                   (job->status = PIPE_FAILED, false);
        if (ok && !job->copied) {
            ok = fetch_rest(run, job) && pipe_pool_take_in(run->pool, job, &job->error) &&
                 decode_pixels(job, job->in.host);
            pipe_pool_decoded(run->pool, job);
            job->copied = ok && copy && !job->damaged;
        }
        job->decode_ms += pipe_lane_since(lane, PIPE_DECODE, (uint32_t)job->ordinal, start);
    }
    if (!ok && job->status == PIPE_OK)
        job->status = PIPE_FAILED;
    io_decoder_free(&job->decoder);
    return ok;
}

bool pipe_decode_again(pipe_run_state *run, pipe_lane *lane, pipe_job *job)
{
    uint64_t start = qn_now_ns();
    bool ok = open_decoder(run, job) && decode_pixels(job, job->in.host);
    io_decoder_free(&job->decoder);
    job->decode_ms += pipe_lane_since(lane, PIPE_DECODE, (uint32_t)job->ordinal, start);
    return ok;
}

/* ---- branches ---- */

gpu_host *pipe_computed(const pipe_job *job)
{
    return job->overlaid ? job->in.host : job->out.host;
}

gpu_host *pipe_pixels(const pipe_job *job)
{
    return job->lead ? job->lead->in.host : job->in.host;
}

static void fail_as(pipe_job *job, const pipe_job *other, pipe_status status)
{
    if (job != other)
        job->error = other->error;
    job->status = status;
}

/* A job's own header and metadata, of the file that `reader` has read. */
static bool open_header(const pipe_run_state *run, pipe_job *job, pipe_job *reader)
{
    if (job == reader)
        return job->decoder || open_decoder(run, job);
    const io_limits limits = run->s->limits;
    const bool ok = io_decoder_open(&job->decoder, reader->source.data, reader->source.len, &limits, &job->info,
                                    &job->meta, &job->error);
    io_decoder_free(&job->decoder);
    job->stat = reader->stat;
    job->has_stat = reader->has_stat;
    return ok;
}

/* A picture of a stream has been read into its first job. */
static void hand_over(pipe_job *from, pipe_job *to)
{
    const qn_bytes kept = to->source;
    to->source = from->source;
    from->source = kept;
    to->given = true;
    to->stat = from->stat;
    to->has_stat = from->has_stat;
}

/* Whether each branch goes by itself; if so, none has begun yet. A header that cannot be read is told later. */
static bool go_apart(const pipe_run_state *run, pipe_job *reader, pipe_job *const *job, size_t n)
{
    qn_error unread = { 0 };
    if (!reader || reader->given || reader->status != PIPE_OK)
        return false;
    const bool known = open_decoder(run, reader), apart = known && pipe_stream_apart(run, reader);
    if (!known)
        reader->error = unread;
    if (!apart)
        return false;
    io_decoder_free(&reader->decoder);
    io_infile_close(&reader->file);
    io_meta_clear(&reader->meta);
    reader->source.len = 0;
    for (size_t i = 0; i < n; i++)
        job[i]->apart = true;
    return true;
}

/* The first branch that wants the picture reads it; the first that gets as far as memory holds the pixels. */
bool pipe_decode_branches(pipe_run_state *run, pipe_lane *lane, pipe_job *const *job, size_t n)
{
    pipe_job *reader = NULL, *lead = NULL;
    for (size_t i = 0; i < n; i++) {
        if (job[i]->error.code != QN_OK || !pipe_may_begin(run->commits, &job[i]->error) || !check_name(run, job[i])) {
            if (job[i]->status == PIPE_OK)
                job[i]->status = PIPE_FAILED;
        } else if (!reader) {
            reader = job[i];
        }
    }
    if (reader && reader != job[0] && job[0]->given)
        hand_over(job[0], reader);
    if (reader && !read_input(run, lane, reader)) {
        const pipe_status status = reader->status == PIPE_OK ? PIPE_FAILED : reader->status;
        reader->status = PIPE_OK;
        for (size_t i = 0; i < n; i++)
            if (job[i]->status == PIPE_OK)
                fail_as(job[i], reader, status);
    }
    if (go_apart(run, reader, job, n))
        return false;
    if (reader && reader->status == PIPE_OK && !fetch_rest(run, reader)) {
        for (size_t i = 0; i < n; i++)
            if (job[i]->status == PIPE_OK)
                fail_as(job[i], reader, PIPE_FAILED);
    }
    for (size_t i = 0; i < n; i++) {
        pipe_job *j = job[i];
        uint64_t start = qn_now_ns();
        if (j->status == PIPE_OK) {
            bool ok = open_header(run, j, reader) && prepare(run, j);
            j->decode_ms += pipe_lane_since(lane, PIPE_DECODE, (uint32_t)j->input, start);
            if (ok && lead)
                pipe_pool_share(lead, j);
            ok = ok && in_turn(run, j);
            if (!ok && j->status == PIPE_OK)
                j->status = PIPE_FAILED;
            if (ok && !lead)
                lead = j;
        }
        pipe_pool_leave(run->pool, j);
    }
    if (lead) {
        uint64_t start = qn_now_ns();
        const bool ok = pipe_pool_take_in(run->pool, lead, &reader->error) && decode_pixels(reader, lead->in.host);
        for (size_t i = 0; i < n; i++)
            pipe_pool_decoded(run->pool, job[i]);
        reader->decode_ms += pipe_lane_since(lane, PIPE_DECODE, (uint32_t)reader->ordinal, start);
        for (size_t i = 0; i < n; i++) {
            if (job[i]->status != PIPE_OK)
                continue;
            job[i]->damaged = reader->damaged;
            job[i]->copied = ok && !reader->damaged && pipe_copy_choose(job[i]);
            if (!ok)
                fail_as(job[i], reader, PIPE_FAILED);
            else if (job[i]->copied && !pipe_copy_take(job[i], reader, &job[i]->error))
                job[i]->status = PIPE_FAILED;
        }
    }
    if (reader)
        io_decoder_free(&reader->decoder);
    return true;
}
