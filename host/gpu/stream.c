/* A picture in bands: rows go up, steps run and rows come down. */
#include "bed.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

struct gpu_stream {
    gpu *g;
    gpu_program *program;
    const flt_sized *sized;
    gpu_bed *bed;
    uint32_t uploaded;   /* rows of the picture */
    uint32_t downloaded; /* rows of the result */
    size_t next;         /* band */
    bool alone;
    bool failed;
    gpu_windows *windows;  /* surfaces that lie in files */
    bool on_disk;          /* some of its buffers */
    uint64_t most, mapped; /* bytes that it may keep in memory; of files in memory before it */
    pthread_t trimmer;     /* where some are, and it could be started */
    bool trimmed;
    atomic_bool ended;
};

bool gpu_ring_copy(gpu_bed *bed, size_t group, gpu_stage stage, const gpu_ring *ring, uint8_t *host, uint32_t y,
                   uint32_t n, qn_error *err)
{
    const bool up = stage == GPU_UPLOAD;
    for (uint32_t done = 0; done < n;) {
        /* where the ring's row numbers wrap, a run of rows is two runs */
        const uint32_t first = (y + done) % ring->rows, left = ring->rows - first;
        const uint32_t run = n - done < left ? n - done : left;
        const size_t at = first * ring->stride + ring->at, bytes = run * ring->stride;
        cl_event *event = gpu_slot_event(&bed->group[group], err);
        if (!event)
            return false;
        uint8_t *memory = host + (size_t)done * ring->stride;
        const cl_int rc = up ? clEnqueueWriteBuffer(bed->queue, ring->mem, CL_FALSE, at, bytes, memory, 0, NULL, event)
                             : clEnqueueReadBuffer(bed->queue, ring->mem, CL_FALSE, at, bytes, memory, 0, NULL, event);
        if (rc != CL_SUCCESS)
            return cl_check(rc, up ? "clEnqueueWriteBuffer" : "clEnqueueReadBuffer", err);
        gpu_slot_keep(&bed->group[group], stage, 0);
        done += run;
    }
    return true;
}

/* Rows [y, y + n) between the picture's ring or the result's, and host memory that holds just them. */
static bool copy_rows(gpu_stream *s, gpu_stage stage, uint8_t *host, uint32_t y, uint32_t n, qn_error *err)
{
    const bool up = stage == GPU_UPLOAD;
    const flt_extent *e = &s->sized->extent[up ? 0 : 1];
    const gpu_ring ring = { up ? s->bed->in.mem : s->bed->out.mem, e->stride, e->rows, 0 };
    return gpu_ring_copy(s->bed, s->next % GPU_GROUPS, stage, &ring, host, y, n, err);
}

static gpu_slot *group_of(gpu_stream *s, size_t band)
{
    return &s->bed->group[band % GPU_GROUPS];
}

void gpu_tell_disk(const gpu *g, uint64_t bytes)
{
    if (g->log)
        qn_logf(g->log, QN_LOG_VERBOSE, "%llu MB of the picture go to a temporary file",
                (unsigned long long)(bytes + 999999) / 1000000);
}

/* A buffer of its size, in memory or, where it is one of those that memory has no room for, in a file. */
static bool grow(gpu_stream *s, gpu_buffer *b, size_t bytes, uint64_t most, qn_error *err)
{
    gpu *g = s->g;
    if (bytes <= most)
        return gpu_buffer_grow(g, b, bytes, err);
    s->on_disk = true;
    gpu_tell_disk(g, bytes);
    return gpu_buffer_on_disk(g, b, bytes, err);
}

static bool take_memory(gpu_stream *s, uint64_t most, qn_error *err)
{
    enum { SHARE = 8 }; /* rings are small, and many */
    gpu *g = s->g;
    gpu_bed *bed = s->bed;
    const flt_sized *sized = s->sized;
    uint64_t all = sized->extent[0].bytes + sized->extent[1].bytes;
    for (size_t i = 0; i < sized->n_pools; i++)
        all += sized->pool_bytes[i];
    const uint64_t each = g->shared && all > most ? most / SHARE : UINT64_MAX;
    if (!gpu_scratch_slots(&bed->scratch, sized, err))
        return false;
    for (size_t i = 0; i < sized->n_pools; i++)
        if (!grow(s, &bed->scratch.buffer[i], sized->pool_bytes[i], each, err))
            return false;
    return grow(s, &bed->in, sized->extent[0].bytes, each, err) &&
           grow(s, &bed->out, sized->extent[1].bytes, each, err);
}

/* A mapped file that the system has room for stays in memory, and is counted as this process's: a turn touches a page,
 * and those around it, in every row. So what came in is let go again and again; a thread of its own, since the worker
 * waits for many things. */
static void *trim(void *argument)
{
    gpu_stream *s = argument;
    const struct timespec turn = { .tv_nsec = 5000000 };
    while (!atomic_load(&s->ended)) {
        (void)nanosleep(&turn, NULL);
        if (gpu_mapped_bytes() < s->mapped + s->most / 4)
            continue;
        gpu_buffer_let_go(&s->bed->in);
        gpu_buffer_let_go(&s->bed->out);
        for (unsigned i = 0; i < s->bed->scratch.n; i++)
            gpu_buffer_let_go(&s->bed->scratch.buffer[i]);
    }
    return NULL;
}

/* After the last command. */
static void end_trimming(gpu_stream *s)
{
    atomic_store(&s->ended, true);
    if (s->trimmed)
        (void)pthread_join(s->trimmer, NULL);
}

gpu_stream *gpu_stream_open(gpu *g, gpu_program *program, const flt_sized *sized, bool alone, uint64_t most,
                            qn_error *err)
{
    gpu_stream *s = calloc(1, sizeof *s);
    if (!s) {
        qn_fail(err, QN_NOMEM, "out of memory");
        return NULL;
    }
    s->g = g;
    s->program = program;
    s->sized = sized;
    s->alone = alone;
    s->most = most;
    s->mapped = gpu_mapped_bytes();
    if (alone) {
        gpu_blocks_drain(g);
        (void)gpu_give_back(g);
    }
    s->bed = gpu_bed_take(g, err);
    for (size_t i = 0; s->bed && i < GPU_GROUPS; i++)
        s->bed->group[i].program = program;
    if (s->bed)
        s->windows = gpu_windows_open(g, s->bed, program->plan, sized, err);
    if (!s->windows || !take_memory(s, most, err) ||
        !gpu_send_uniforms(g, s->bed->queue, &s->bed->group[0], sized, err)) {
        s->failed = true;
        gpu_stream_close(&s);
    } else if (s->on_disk) {
        s->trimmed = pthread_create(&s->trimmer, NULL, trim, s) == 0;
    }
    return s;
}

bool gpu_stream_upload(gpu_stream *s, const void *rows, uint32_t n, qn_error *err)
{
    /* OpenCL takes the source of a write as const; the helper serves both directions */
    if (gpu_windows_take_picture(s->windows)
            ? !gpu_windows_write(s->windows, rows, s->uploaded, n, err)
            : !copy_rows(s, GPU_UPLOAD, (uint8_t *)(uintptr_t)rows, s->uploaded, n, err))
        return false;
    s->uploaded += n;
    return true;
}

void gpu_stream_rewind(gpu_stream *s)
{
    s->uploaded = 0;
}

bool gpu_stream_run(gpu_stream *s, qn_error *err)
{
    const flt_band *band = &s->sized->band[s->next];
    gpu_picture picture = { .program = s->program,
                            .sized = s->sized,
                            .queue = s->bed->queue,
                            .scratch = &s->bed->scratch,
                            .in = s->bed->in.mem,
                            .out = s->bed->out.mem,
                            .uniforms = s->bed->group[0].uniforms.mem,
                            .first_step = band->first_step,
                            .n_steps = band->n_steps };
    return gpu_windows_send(s->windows, &picture, s->next, err) &&
           gpu_dispatch(s->g, group_of(s, s->next), &picture, err) &&
           gpu_windows_fetch(s->windows, &picture, s->next, err);
}

bool gpu_stream_download(gpu_stream *s, void *rows, uint32_t n, qn_error *err)
{
    if (!copy_rows(s, GPU_DOWNLOAD, rows, s->downloaded, n, err))
        return false;
    s->downloaded += n;
    return true;
}

bool gpu_stream_next(gpu_stream *s, qn_error *err)
{
    s->next++;
    return cl_check(clFlush(s->bed->queue), "clFlush", err);
}

bool gpu_stream_wait(gpu_stream *s, size_t band, gpu_times *times, qn_error *err)
{
    gpu_slot *group = group_of(s, band);
    const bool ok = gpu_slot_wait(s->g, group, err) && gpu_windows_store(s->windows, band % GPU_GROUPS, err);
    if (ok && times)
        gpu_slot_times(s->g, group, times);
    gpu_slot_forget(group);
    if (ok)
        s->program->build->launched = true;
    s->failed = s->failed || !ok;
    return ok;
}

void gpu_stream_close(gpu_stream **stream)
{
    if (!stream || !*stream)
        return;
    gpu_stream *s = *stream;
    bool ok = !s->failed && s->next == s->sized->n_bands;
    if (s->bed)
        clFlush(s->bed->queue);
    for (size_t i = 0; s->bed && i < GPU_GROUPS; i++) {
        ok = gpu_slot_wait(s->g, &s->bed->group[i], NULL) && ok;
        gpu_slot_forget(&s->bed->group[i]);
    }
    end_trimming(s);
    if (s->bed)
        gpu_bed_leave(s->g, s->bed, ok && !s->alone && !s->on_disk);
    gpu_windows_close(&s->windows);
    free(s);
    *stream = NULL;
}
