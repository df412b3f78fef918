/* The last stage: from the device's result to a whole file. */
#include "clock.h"
#include "convert.h"
#include "copies.h"
#include "stream.h"

#include <string.h>

qn_format pipe_output_format(const pipe_settings *s, io_type type, qn_format result)
{
    qn_format format = result, held;
    if (s->depth)
        format.depth = (uint8_t)s->depth;
    return io_can_hold(type, s->to_pnm_kind, format, &held) ? format : held;
}

uint8_t pipe_output_depth(const pipe_settings *s, io_type type, qn_format input)
{
    const qn_format stored = pipe_output_format(s, type, input);
    return stored.channels == input.channels || stored.depth == 32 ? stored.depth : 0;
}

/* The result as it will be stored; converted in place where that differs from what the device wrote. */
static qn_image stored_image(const pipe_settings *s, const pipe_job *job)
{
    const flt_sized *sized = &job->sized;
    qn_image image = { .width = sized->out_width, .height = sized->out_height, .format = job->plan->plan->output };
    image.plane[0].data = gpu_host_data(pipe_computed(job));
    image.plane[0].stride = sized->extent[1].stride;
    qn_image to = image;
    to.format = job->format;
    size_t stride = qn_row_stride(image.width, job->format);
    if (qn_pixel_bytes(to.format) > qn_pixel_bytes(image.format) && stride > to.plane[0].stride)
        to.plane[0].stride = stride;
    if (memcmp(&to.format, &image.format, sizeof to.format) != 0)
        pipe_convert(&image, &to, s->encode.background);
    return to;
}

bool pipe_fit_metadata(const pipe_settings *s, const pipe_job *job, io_meta *meta, qn_error *err)
{
    io_meta_keep(meta, s->meta);
    const io_meta_change change = { .width = job->sized.out_width,
                                    .height = job->sized.out_height,
                                    .upright = !s->no_orient,
                                    .repainted = s->chain->n > 0 || (!s->no_orient && meta->orientation != 1),
                                    .before = job->info.format,
                                    .after = job->format,
                                    .type = (int)job->type };
    return io_meta_fit(meta, &change) || qn_fail(err, QN_NOMEM, "out of memory");
}

void pipe_encode_options(const pipe_run_state *run, const pipe_job *job, io_encode_options *options)
{
    const pipe_settings *s = job->s;
    *options = s->encode;
    options->type = job->type;
    options->threads = atomic_load(&run->several) ? 1 : run->codec_threads;
    options->pnm_kind = s->to_pnm_kind;
    options->source_subsampling = job->info.type == IO_JPEG ? job->info.subsampling : IO_SUB_KEEP;
}

void pipe_write_options(const pipe_run_state *run, const pipe_job *job, io_write_options *options)
{
    const pipe_settings *s = job->s;
    const bool itself =
        s->target.kind == IO_TO_SELF && !strcmp(sb_str(&job->output), run->inputs->item[job->input].path);
    *options =
        (io_write_options){ .replace = itself || s->exists == PIPE_EXISTS_OVERWRITE || s->exists == PIPE_EXISTS_UPDATE,
                            .make_dirs = s->target.kind == IO_TO_DIR || s->target.kind == IO_TO_TEMPLATE,
                            .sync = s->fsync,
                            .like = job->has_stat ? &job->stat : NULL,
                            .keep_times = s->keep_times && job->has_stat };
}

static bool write_output(pipe_run_state *run, pipe_job *job)
{
    io_write_options options;
    pipe_write_options(run, job, &options);
    return io_write_file(sb_str(&job->output), job->encoded.data, job->encoded.len, &options, &job->error);
}

void pipe_encode(pipe_run_state *run, pipe_lane *lane, pipe_job *job)
{
    const pipe_settings *s = job->s;
    if (job->stream) {
        pipe_stream_write(run, lane, job);
        return;
    }
    bool ok = pipe_may_go_on(run, &job->error);
    if (ok && job->copied) {
        uint64_t start = qn_now_ns();
        ok = pipe_copy_write(run, job, &job->error);
        job->write_ms += pipe_lane_since(lane, PIPE_WRITE, (uint32_t)job->ordinal, start);
    } else if (ok) {
        uint64_t start = qn_now_ns();
        qn_image image = stored_image(s, job);
        io_encode_options options;
        pipe_encode_options(run, job, &options);
        ok = pipe_fit_metadata(s, job, &job->meta, &job->error) &&
             io_encode(&image, s->meta ? &job->meta : NULL, &options, &job->encoded, &job->error);
        job->encode_ms += pipe_lane_since(lane, PIPE_ENCODE, (uint32_t)job->ordinal, start);
    }
    ok = ok && pipe_may_go_on(run, &job->error);
    if (ok && !job->copied && s->target.kind != IO_TO_STDOUT) {
        uint64_t start = qn_now_ns();
        ok = write_output(run, job);
        job->write_ms += pipe_lane_since(lane, PIPE_WRITE, (uint32_t)job->ordinal, start);
    }
    if (!ok)
        job->status = job->error.code == QN_EXISTS && s->exists == PIPE_EXISTS_SKIP ? PIPE_SKIPPED : PIPE_FAILED;
}
