#include "stream_priv.h"

#include "clock.h"
#include "convert.h"
#include "memory.h"

#include <stdlib.h>
#include <string.h>

enum {
    CHUNKS_LEAST = 4,      /* where --mem is tight */
    CHUNK_BYTES = 1 << 20, /* of rows, at most */
    BLOCK_ROWS = 16        /* a JPEG is decoded in rows of blocks: chunks are whole ones */
};
/* A picture alone in its run is streamed from here on. On a CPU the smaller ones gain too, but for PNG: what is at hand
 * as a whole is inflated in half the time. */
#define ALONE_BYTES     ((uint64_t)16 << 20)
#define ALONE_CPU_BYTES ((uint64_t)4 << 20)
#define LARGE_BYTES     ((uint64_t)384 << 20) /* no picture is held whole beyond this */
/* Of rings. While a band is computed the next is decoded and the last one encoded: bands must be many, also of a small
 * picture, since nothing overlaps the first and the last. On a CPU smaller ones fit the caches, too, as long as each
 * core gets its share of a launch; a GPU wants launches that fill it. */
#define UNIT_ROOM   ((size_t)2 << 20)
#define CPU_ROOM    ((size_t)16 << 20)
#define GPU_ROOM    ((size_t)128 << 20)
#define WINDOW_ROOM ((size_t)64 << 20) /* of these and windows, with all that is on the way to or from a file */
#define CPU_HOLD    ((uint64_t)64 << 20)
#define PARTS       8 /* of a picture and its result, at least */
/* Beside others. Of more, the rings of all that flow drive one another out of the caches: those of one picture that is
 * held whole are fewer. */
#define FLOW_PASSES 3

/* ---- choosing ---- */

/* What it may have of --mem; 0: there is no limit. */
static uint64_t memory_of(const pipe_run_state *run, const pipe_job *job)
{
    return run->s->memory / (job->flows ? run->n_flows : 1);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* That rings may have, as far as the kind of device decides it. */
static size_t class_room(const gpu_device *d, flt_device_class device_class, uint64_t picture)
{
    if (device_class != FLT_DEV_CPU)
        return GPU_ROOM;
    const size_t part = picture / PARTS > UNIT_ROOM / 2 ? (size_t)(picture / PARTS) : UNIT_ROOM / 2;
    return least(least(d && d->units ? d->units * UNIT_ROOM : CPU_ROOM, CPU_ROOM), part);
}

/* Also where it is a ring already. */
static uint64_t all_bytes(const flt_extent *e)
{
    return (uint64_t)e->stride * e->height;
}

/* On either side. */
static unsigned chunk_count(const pipe_run_state *run, const pipe_job *job, size_t stride)
{
    const uint64_t share = memory_of(run, job) / 4;
    return share && share < (uint64_t)PIPE_CHUNKS * BLOCK_ROWS * stride ? CHUNKS_LEAST : PIPE_CHUNKS;
}

static uint32_t chunk_rows(const pipe_run_state *run, const pipe_job *job, size_t stride, uint32_t height)
{
    const uint64_t share = memory_of(run, job) / (4 * chunk_count(run, job, stride)),
                   most = run->s->device ? run->s->device->max_alloc / 8 : 0; /* the ring holds one beside its bands */
    uint64_t bytes =
        least(CHUNK_BYTES, class_room(run->s->device, run->device_class, 2 * (uint64_t)stride * height) / 8);
    bytes = share && share < bytes ? share : bytes;
    bytes = most && most < bytes ? most : bytes;
    uint32_t rows = (uint32_t)(bytes / stride);
    rows = rows < BLOCK_ROWS ? BLOCK_ROWS : rows / BLOCK_ROWS * BLOCK_ROWS;
    return rows < height ? rows : height;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Bytes from a row of the result to the next, in whichever form is larger. */
static size_t out_stride(const pipe_job *job)
{
    return larger(job->sized.extent[1].stride, qn_row_stride(job->sized.out_width, job->format));
}

static bool can_stream(const pipe_run_state *run, const pipe_job *job)
{
    io_encode_options options;
    pipe_encode_options(run, job, &options);
    return io_reads_rows(&job->info) && io_writes_rows(&options);
}

/* Of the surfaces between passes that are no rings, whatever the bands. */
static uint64_t whole_bytes(const pipe_job *job)
{
    const flt_plan *plan = job->plan->plan;
    uint64_t bytes = 0;
    for (size_t i = 0; i < plan->n_surfaces; i++)
        if (plan->surface[i].role == FLT_ROLE_TEMP && flt_out_of_order(plan, &job->sized, i))
            bytes += job->sized.extent[i].bytes;
    return bytes;
}

/* Neither the host nor the device should hold it whole. */
static bool too_large(const pipe_run_state *run, const pipe_job *job)
{
    const uint64_t in = job->sized.extent[0].bytes, out = job->sized.extent[1].bytes;
    const uint64_t held = job->sized.output_may_overlap_input ? larger(in, out) : in + out;
    const gpu_device *d = run->s->device;
    if (held > LARGE_BYTES || (run->s->memory && held + whole_bytes(job) > run->s->memory))
        return true;
    if (!d || !d->max_alloc)
        return false;
    bool large = in > d->max_alloc || out > d->max_alloc || (d->memory && held > d->memory / 2);
    for (size_t i = 0; i < job->sized.n_pools; i++)
        large = large || job->sized.pool_bytes[i] > d->max_alloc;
    return large;
}

uint64_t pipe_stream_whole_room(const pipe_run_state *run)
{
    return run->s->memory ? run->s->memory : qn_memory_size() / 4;
}

/* That surfaces may take as a whole whose rows are taken out of order. On a CPU windows are faster than a large
 * surface: they stay in the caches. */
static uint64_t hold_bytes(uint64_t memory, const gpu_device *d, flt_device_class device_class)
{
    const uint64_t most = device_class == FLT_DEV_CPU ? CPU_HOLD : LARGE_BYTES;
    const uint64_t hold = memory && memory / 2 < most ? memory / 2 : most;
    return d && d->memory && hold > d->memory / 2 ? d->memory / 2 : hold;
}

flt_banding pipe_stream_banding(const pipe_run_state *run, const pipe_job *job, const gpu_device *d,
                                flt_device_class device_class, size_t divide)
{
    const uint64_t memory = memory_of(run, job);
    size_t room = class_room(d, device_class, all_bytes(&job->sized.extent[0]) + all_bytes(&job->sized.extent[1]));
    if (d && d->memory && room > d->memory / 4)
        room = (size_t)d->memory / 4;
    size_t window = larger(room, WINDOW_ROOM);
    if (memory && room > memory / 2)
        room = (size_t)memory / 2;
    if (memory && window > memory / 2)
        window = (size_t)memory / 2;
    if (job->stream && job->stream->no_file)
        window = 0;
    const size_t most = d && d->max_alloc < SIZE_MAX ? (size_t)d->max_alloc : 0;
    const uint32_t rows = run->s->band_rows;
    return (flt_banding){ .rows = rows > divide ? rows / (uint32_t)divide
                                  : rows        ? 1
                                                : 0,
                          .room = room / divide,
                          .most = most / divide,
                          .ring_input = true,
                          .ring_output = true,
                          .sweeps = job->sweeps,
                          .window = window / divide,
                          .hold = hold_bytes(memory, d, device_class) / divide,
                          .ahead = chunk_rows(run, job, job->sized.extent[0].stride, job->info.height) };
}

bool pipe_stream_choose(pipe_run_state *run, pipe_job *job, bool *streamed, qn_error *err)
{
    const uint64_t from = run->device_class == FLT_DEV_CPU && job->info.type != IO_PNG ? ALONE_CPU_BYTES : ALONE_BYTES;
    const bool large = too_large(run, job), alone = run->inputs->n == 1 && run->n_branches == 1 && job->part <= 1 &&
                                                    job->sized.extent[0].bytes > from;
    const uint64_t flows_from = job->info.type == IO_PNG ? run->flow_png_bytes : run->flow_bytes;
    job->flows = run->n_flows && !large && !alone && job->sized.extent[0].bytes >= flows_from &&
                 job->plan->plan->n_passes <= FLOW_PASSES && flt_one_sweep(job->plan->plan, &job->sized);
    *streamed = (alone || large || job->flows) && can_stream(run, job);
    job->sweeps = large; /* to decode twice costs more than memory that is there */
    const flt_banding banding = pipe_stream_banding(run, job, run->s->device, run->device_class, 1);
    return !*streamed || flt_plan_band(job->plan->plan, &banding, &job->sized, err);
}

bool pipe_stream_apart(const pipe_run_state *run, const pipe_job *job)
{
    const uint64_t bytes = (uint64_t)qn_row_stride(job->info.width, job->info.format) * job->info.height;
    const uint64_t limit = run->s->memory, all = bytes * (1 + run->n_branches); /* results as large as the picture */
    return io_reads_rows(&job->info) && (bytes > LARGE_BYTES || (limit && all > limit));
}

void pipe_stream_bytes(const pipe_run_state *run, const pipe_job *job, size_t *in, size_t *out)
{
    const size_t in_row = job->sized.extent[0].stride, out_row = out_stride(job);
    *in = chunk_count(run, job, in_row) * chunk_rows(run, job, in_row, job->info.height) * in_row;
    *out = chunk_count(run, job, out_row) * chunk_rows(run, job, out_row, job->sized.out_height) * out_row;
}

/* ---- life ---- */

static void free_queues(pipe_stream *s)
{
    qn_queue_free(&s->in_free);
    qn_queue_free(&s->in_full);
    qn_queue_free(&s->out_free);
    qn_queue_free(&s->out_full);
}

/* All of them free. Nobody is waiting. */
static bool lay_out_chunks(pipe_stream *s, qn_error *err)
{
    const pipe_job *job = s->job;
    qn_queue **queue[] = { &s->in_free, &s->in_full, &s->out_free, &s->out_full };
    free_queues(s);
    for (size_t i = 0; i < sizeof queue / sizeof *queue; i++)
        if (!(*queue[i] = qn_queue_create(PIPE_CHUNKS)))
            return qn_fail(err, QN_NOMEM, "out of memory");
    for (size_t i = 0; i < s->in_chunks; i++) {
        s->in[i].rows = (uint8_t *)gpu_host_data(job->in.host) + i * s->in_rows * job->sized.extent[0].stride;
        (void)qn_queue_push(s->in_free, &s->in[i]);
    }
    for (size_t i = 0; i < s->out_chunks; i++) {
        s->out[i].rows = (uint8_t *)gpu_host_data(job->out.host) + i * s->out_rows * out_stride(job);
        (void)qn_queue_push(s->out_free, &s->out[i]);
    }
    s->n_in = s->n_out = 0;
    return true;
}

bool pipe_stream_create(pipe_run_state *run, pipe_job *job, qn_error *err)
{
    pipe_stream *s = calloc(1, sizeof *s);
    if (!s)
        return qn_fail(err, QN_NOMEM, "out of memory");
    job->stream = s;
    s->run = run;
    s->job = job;
    s->n_sweeps = job->sized.band[job->sized.n_bands - 1].sweep + 1;
    s->in_rows = chunk_rows(run, job, job->sized.extent[0].stride, job->info.height);
    s->out_rows = chunk_rows(run, job, out_stride(job), job->sized.out_height);
    s->in_chunks = chunk_count(run, job, job->sized.extent[0].stride);
    s->out_chunks = chunk_count(run, job, out_stride(job));
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->ended, NULL);
    s->meta = job->meta;
    job->meta = (io_meta){ .orientation = 1 };
    if (!pipe_fit_metadata(job->s, job, &s->meta, err) || !lay_out_chunks(s, err)) {
        pipe_stream_free(&job->stream);
        return false;
    }
    return true;
}

void pipe_stream_free(pipe_stream **stream)
{
    if (!stream || !*stream)
        return;
    pipe_stream *s = *stream;
    free_queues(s);
    io_encoder_free(&s->encoder);
    io_outfile_free(&s->file);
    qn_bytes_free(&s->bytes);
    io_meta_free(&s->meta);
    io_meta_free(&s->again);
    pthread_cond_destroy(&s->ended);
    pthread_mutex_destroy(&s->lock);
    flt_sized_free(&s->own_sized);
    free(s);
    *stream = NULL;
}

void pipe_stream_fail(pipe_stream *s, const qn_error *error)
{
    pthread_mutex_lock(&s->lock);
    if (!s->failed)
        s->error = *error;
    s->failed = true;
    pthread_mutex_unlock(&s->lock);
    qn_queue *queue[] = { s->in_free, s->in_full, s->out_free, s->out_full };
    for (size_t i = 0; i < sizeof queue / sizeof *queue; i++) {
        qn_queue_close_send(queue[i]);
        qn_queue_close_receive(queue[i]);
    }
}

void pipe_stream_done(pipe_stream *s, bool *which)
{
    pthread_mutex_lock(&s->lock);
    *which = true;
    pthread_cond_broadcast(&s->ended);
    pthread_mutex_unlock(&s->lock);
}

/* ---- reading ---- */

/* The picture once more from its first row. What stands in front of the pixels has been seen; `meta` gets it again. */
static bool open_again(pipe_stream *s, io_meta *meta, qn_error *err)
{
    pipe_job *job = s->job;
    io_info info;
    io_decoder_free(&job->decoder);
    io_meta_clear(meta);
    bool ok = true;
    if (job->file) {
        struct stat st;
        io_infile_close(&job->file);
        job->file = io_infile_open(s->run->inputs->item[job->input].path, &job->source, &st, err);
        ok = job->file != NULL;
    }
    io_limits limits = s->run->s->limits;
    limits.more = job->file ? io_infile_more(job->file) : NULL;
    ok = ok && io_decoder_open(&job->decoder, job->source.data, job->source.len, &limits, &info, meta, err);
    if (ok && job->shrink > 1)
        (void)io_decoder_shrink(job->decoder, job->shrink, &info);
    if (ok && (info.width != job->info.width || info.height != job->info.height ||
               memcmp(&info.format, &job->info.format, sizeof info.format) != 0))
        ok = qn_fail(err, QN_INPUT, "the file was changed while it was being read");
    s->read = 0;
    return ok;
}

static bool rewind_picture(pipe_stream *s, qn_error *err)
{
    s->sweep++;
    return open_again(s, &s->again, err);
}

bool pipe_stream_restart(pipe_stream *s, qn_error *err)
{
    pipe_job *job = s->job;
    const bool ok = open_again(s, &job->meta, err);
    io_meta_clear(&job->meta); /* from here on it gets what stands behind the pixels */
    io_encoder_free(&s->encoder);
    io_outfile_free(&s->file);
    s->bytes.len = job->encoded.len = 0;
    s->sweep = s->written = 0;
    job->damaged = s->failed = false;
    qn_error_clear(&s->error);
    s->in_line = true;
    return ok && lay_out_chunks(s, err);
}

bool pipe_stream_read_chunk(pipe_stream *s, pipe_lane *lane)
{
    pipe_job *job = s->job;
    void *item;
    qn_error error = { 0 };
    if ((s->read == job->info.height && s->sweep + 1 == s->n_sweeps) || !qn_queue_pop(s->in_free, &item))
        return false;
    pipe_chunk *c = item;
    if (s->read == job->info.height && !rewind_picture(s, &error)) {
        pipe_stream_fail(s, &error);
        return false;
    }
    c->sweep = s->sweep;
    const uint32_t left = job->info.height - s->read;
    c->n = left < s->in_rows ? left : s->in_rows;
    const uint64_t start = qn_now_ns();
    const bool ok = pipe_may_go_on(s->run, &error) &&
                    io_decode_rows(job->decoder, c->rows, job->sized.extent[0].stride, c->n, &job->damaged, &error);
    job->decode_ms += pipe_lane_since(lane, PIPE_DECODE, (uint32_t)job->ordinal, start);
    if (!ok)
        pipe_stream_fail(s, &error);
    s->read += c->n;
    return ok && qn_queue_push(s->in_full, c);
}

void pipe_stream_read(pipe_stream *s, pipe_lane *lane)
{
    while (pipe_stream_read_chunk(s, lane))
        ;
    qn_queue_close_send(s->in_full);
    pipe_stream_done(s, &s->reader_done);
}

/* ---- writing ---- */

static bool open_output(pipe_stream *s, qn_error *err)
{
    pipe_job *job = s->job;
    const qn_image shape = { .width = job->sized.out_width, .height = job->sized.out_height, .format = job->format };
    io_encode_options options;
    pipe_encode_options(s->run, job, &options);
    if (job->s->target.kind != IO_TO_STDOUT) {
        io_write_options how;
        pipe_write_options(s->run, job, &how);
        s->file = io_outfile_open(sb_str(&job->output), &how, err);
        if (!s->file)
            return false;
    }
    s->encoder = io_encoder_open(&shape, job->s->meta ? &s->meta : NULL, &options, &s->bytes, err);
    return s->encoder != NULL;
}

static bool flush(pipe_stream *s, pipe_lane *lane, qn_error *err)
{
    const uint64_t start = qn_now_ns();
    bool ok = s->file ? io_outfile_write(s->file, s->bytes.data, s->bytes.len, err)
                      : qn_bytes_append(&s->job->encoded, s->bytes.data, s->bytes.len) ||
                            qn_fail(err, QN_NOMEM, "out of memory");
    s->bytes.len = 0;
    s->job->write_ms += pipe_lane_since(lane, PIPE_WRITE, (uint32_t)s->job->ordinal, start);
    return ok;
}

static bool encode_chunk(pipe_stream *s, pipe_lane *lane, const pipe_chunk *c, qn_error *err)
{
    pipe_job *job = s->job;
    const uint64_t start = qn_now_ns();
    if (!pipe_may_go_on(s->run, err) || (!s->encoder && !open_output(s, err)))
        return false;
    qn_image from = { .width = job->sized.out_width, .height = c->n, .format = job->plan->plan->output };
    from.plane[0] = (qn_plane){ c->rows, job->sized.extent[1].stride };
    qn_image to = from;
    to.format = job->format;
    if (qn_pixel_bytes(to.format) > qn_pixel_bytes(from.format))
        to.plane[0].stride = out_stride(job);
    if (memcmp(&to.format, &from.format, sizeof to.format) != 0)
        pipe_convert(&from, &to, job->s->encode.background);
    const bool ok = io_encoder_rows(s->encoder, c->rows, to.plane[0].stride, c->n, err);
    s->written += c->n;
    job->encode_ms += pipe_lane_since(lane, PIPE_ENCODE, (uint32_t)job->ordinal, start);
    return ok && flush(s, lane, err);
}

bool pipe_stream_write_chunk(pipe_stream *s, pipe_lane *lane)
{
    void *item;
    qn_error error = { 0 };
    if (s->written == s->job->sized.out_height || !qn_queue_pop(s->out_full, &item))
        return false;
    if (!encode_chunk(s, lane, item, &error)) {
        pipe_stream_fail(s, &error);
        return false;
    }
    return qn_queue_push(s->out_free, item);
}

/* The decoder has seen what stands behind the pixels. */
static bool finish_output(pipe_stream *s, qn_error *err)
{
    pipe_job *job = s->job;
    io_meta *late = &job->meta;
    if (!pipe_fit_metadata(job->s, job, late, err))
        return false;
    if (job->type != IO_PNG && (late->text.len || late->exif.len || late->xmp.len))
        qn_logf(s->run->s->log, QN_LOG_VERBOSE, "%s: metadata behind the pixels is not carried into a %s",
                pipe_job_name(s->run, job), io_type_name(job->type));
    return io_encoder_finish(s->encoder, job->s->meta ? late : NULL, err);
}

static void end(pipe_run_state *run, pipe_lane *lane, pipe_job *job)
{
    pipe_stream *s = job->stream;
    pipe_stream_done(s, &s->writer_done);
    pthread_mutex_lock(&s->lock);
    while (!s->reader_done || !s->device_done)
        pthread_cond_wait(&s->ended, &s->lock);
    pthread_mutex_unlock(&s->lock);
    bool ok = !s->failed && pipe_may_go_on(run, &s->error);
    const uint64_t start = qn_now_ns();
    ok = ok && finish_output(s, &s->error) && flush(s, lane, &s->error) &&
         (!s->file || io_outfile_finish(s->file, &s->error));
    job->write_ms += pipe_lane_since(lane, PIPE_WRITE, (uint32_t)job->ordinal, start);
    if (!ok) {
        job->error = s->error;
        job->status = job->error.code == QN_EXISTS && job->s->exists == PIPE_EXISTS_SKIP ? PIPE_SKIPPED : PIPE_FAILED;
    }
    io_decoder_free(&job->decoder);
    /* told when it is reported */
    (void)qn_bytes_append(&job->meta.notes, s->meta.notes.data, s->meta.notes.len);
    (void)qn_bytes_append(&job->meta.losses, s->meta.losses.data, s->meta.losses.len);
    pipe_stream_free(&job->stream);
}

void pipe_stream_write(pipe_run_state *run, pipe_lane *lane, pipe_job *job)
{
    while (pipe_stream_write_chunk(job->stream, lane))
        ;
    end(run, lane, job);
}
