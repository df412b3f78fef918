#include "record.h"

#include "clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { QUEUE_UPLOAD, QUEUE_KERNELS, QUEUE_DOWNLOAD, N_QUEUES };

static const char *const stage_names[PIPE_N_KINDS] = { "read",  "decode", "upload", "kernels", "download", "encode",
                                                       "write", "open",   "build",  "submit",  "wait" };

const char *pipe_stage_name(uint32_t stage)
{
    return stage < PIPE_N_KINDS ? stage_names[stage] : "";
}

pipe_stats *pipe_stats_create(void)
{
    pipe_stats *stats = calloc(1, sizeof *stats);
    if (stats)
        pthread_mutex_init(&stats->lock, NULL);
    return stats;
}

/* Back to the state of pipe_stats_create(), but for the version. */
static void clear(pipe_stats *stats)
{
    const char *version = stats->version;
    for (size_t i = 0; i < stats->n_lanes; i++)
        free(stats->lane[i].event);
    free(stats->lane);
    for (size_t i = 0; i < stats->n_pictures; i++)
        free(stats->picture[i]);
    free(stats->picture);
    free(stats->pass);
    free(stats->device);
    free(stats->platform);
    free(stats->driver);
    free(stats->type);
    *stats = (pipe_stats){ .lock = PTHREAD_MUTEX_INITIALIZER, .version = version };
}

void pipe_stats_free(pipe_stats **stats)
{
    if (!stats || !*stats)
        return;
    clear(*stats);
    pthread_mutex_destroy(&(*stats)->lock);
    free(*stats);
    *stats = NULL;
}

void pipe_stats_set_version(pipe_stats *stats, const char *version)
{
    stats->version = version;
}

static bool copy_text(char **to, const char *from)
{
    *to = strdup(from ? from : "");
    return *to != NULL;
}

void pipe_stats_name(pipe_stats *stats, size_t ordinal, const char *name)
{
    if (!stats->keep_names || ordinal != stats->n_pictures)
        return;
    if (stats->n_pictures == stats->cap_pictures) {
        const size_t cap = stats->cap_pictures ? stats->cap_pictures * 2 : 64;
        char **grown = realloc(stats->picture, cap * sizeof *grown);
        if (!grown)
            return;
        stats->picture = grown;
        stats->cap_pictures = cap;
    }
    stats->picture[stats->n_pictures++] = strdup(name);
}

static void name_lanes(pipe_stats *stats, bool sync, unsigned decode, unsigned encode)
{
    static const char *const queues[N_QUEUES] = { "upload", "kernels", "download" };
    pipe_lane *lane = stats->lane;
    if (sync) {
        snprintf((lane++)->name, sizeof lane->name, "all stages");
    } else {
        for (unsigned i = 0; i < decode; i++)
            snprintf((lane++)->name, sizeof lane->name, "decode %u", i + 1);
        for (unsigned i = 0; i < encode; i++)
            snprintf((lane++)->name, sizeof lane->name, "encode %u", i + 1);
        snprintf((lane++)->name, sizeof lane->name, "device worker");
    }
    for (unsigned i = 0; i < stats->n_flows; i++)
        snprintf((lane++)->name, sizeof lane->name, "flow %u", i + 1);
    for (int i = 0; i < N_QUEUES; i++)
        snprintf((lane++)->name, sizeof lane->name, "device: %s", queues[i]);
    for (unsigned f = 0; f < stats->n_flows; f++)
        for (int i = 0; i < N_QUEUES; i++)
            snprintf((lane++)->name, sizeof lane->name, "device, flow %u: %s", f + 1, queues[i]);
}

bool pipe_stats_begin(pipe_stats *stats, const pipe_settings *settings, unsigned decode, unsigned encode,
                      unsigned flows, qn_error *err)
{
    clear(stats);
    stats->start_ns = stats->end_ns = qn_now_ns();
    size_t threads = settings->sync ? 1 : (size_t)decode + encode + 1;
    const size_t lanes = threads + flows + (size_t)N_QUEUES * (1 + flows);
    stats->lane = calloc(lanes, sizeof *stats->lane);
    if (!stats->lane)
        return qn_fail(err, QN_NOMEM, "out of memory");
    stats->n_lanes = lanes;
    stats->n_flows = flows;
    name_lanes(stats, settings->sync, decode, encode);
    for (size_t i = 0; i < stats->n_lanes; i++)
        stats->lane[i].keep = settings->trace;
    for (size_t i = threads; i < lanes; i++)
        stats->lane[i].flow = i < threads + flows || i >= threads + flows + N_QUEUES;

    unsigned decoders = settings->sync ? 1 : decode, encoders = settings->sync ? 1 : encode;
    stats->threads[PIPE_READ] = stats->threads[PIPE_DECODE] = decoders;
    stats->threads[PIPE_ENCODE] = stats->threads[PIPE_WRITE] = encoders;
    stats->threads[PIPE_UPLOAD] = stats->threads[PIPE_KERNELS] = stats->threads[PIPE_DOWNLOAD] = 1;

    const gpu_device *d = settings->device;
    bool ok = copy_text(&stats->device, d ? d->name : NULL) &&
              copy_text(&stats->platform, d ? d->platform_name : NULL) &&
              copy_text(&stats->driver, d ? d->driver : NULL) && copy_text(&stats->type, d ? d->type : NULL);
    stats->keep_names = settings->trace;
    return ok || qn_fail(err, QN_NOMEM, "out of memory");
}

static size_t first_queue(const pipe_stats *stats, unsigned flow)
{
    return stats->n_lanes - (size_t)N_QUEUES * (1 + stats->n_flows - flow);
}

/* With --sync there is one lane in front of the queues, and all threads are it. */
static pipe_lane *thread_lane(pipe_stats *stats, size_t index)
{
    const size_t threads = first_queue(stats, 0) - stats->n_flows;
    return &stats->lane[index < threads ? index : threads - 1];
}

pipe_lane *pipe_lane_decode(pipe_stats *stats, unsigned thread)
{
    return thread_lane(stats, thread);
}

pipe_lane *pipe_lane_encode(pipe_stats *stats, unsigned thread)
{
    return thread_lane(stats, (size_t)stats->threads[PIPE_DECODE] + thread);
}

pipe_lane *pipe_lane_worker(pipe_stats *stats)
{
    return thread_lane(stats, stats->n_lanes);
}

pipe_lane *pipe_lane_flow(pipe_stats *stats, unsigned flow)
{
    return flow ? &stats->lane[first_queue(stats, 0) - stats->n_flows + flow - 1] : pipe_lane_worker(stats);
}

static bool keep_event(pipe_lane *lane, const pipe_event *event)
{
    if (lane->n == lane->cap) {
        size_t cap = lane->cap ? lane->cap * 2 : 256;
        pipe_event *grown = realloc(lane->event, cap * sizeof *grown);
        if (!grown)
            return false;
        lane->event = grown;
        lane->cap = cap;
    }
    lane->event[lane->n++] = *event;
    return true;
}

double pipe_lane_add(pipe_lane *lane, uint32_t what, uint32_t picture, uint64_t start_ns, uint64_t end_ns)
{
    if (start_ns < lane->last_end)
        start_ns = lane->last_end;
    if (end_ns <= start_ns)
        return 0;
    lane->last_end = end_ns;
    lane->busy_ns[what < PIPE_N_KINDS ? what : PIPE_KERNELS] += end_ns - start_ns;
    if (lane->keep)
        (void)keep_event(lane, &(pipe_event){ start_ns, end_ns, picture, what });
    return (double)(end_ns - start_ns) / 1e9;
}

double pipe_lane_since(pipe_lane *lane, uint32_t what, uint32_t picture, uint64_t start_ns)
{
    uint64_t end_ns = qn_now_ns();
    pipe_lane_add(lane, what, picture, start_ns, end_ns);
    return (double)(end_ns - start_ns) / 1e6;
}

/* Index of the pass of this name; a new one where it is not known. n_passes where memory ends. */
static size_t find_pass(pipe_stats *stats, const char *name)
{
    for (size_t i = 0; i < stats->n_passes; i++)
        if (!strcmp(stats->pass[i].name, name))
            return i;
    if (stats->n_passes == stats->cap_passes) {
        size_t cap = stats->cap_passes ? stats->cap_passes * 2 : 16;
        pipe_pass_stats *grown = realloc(stats->pass, cap * sizeof *grown);
        if (!grown)
            return stats->n_passes;
        stats->pass = grown;
        stats->cap_passes = cap;
    }
    pipe_pass_stats *pass = &stats->pass[stats->n_passes];
    *pass = (pipe_pass_stats){ .count = 0 };
    snprintf(pass->name, sizeof pass->name, "%s", name);
    return stats->n_passes++;
}

void pipe_stats_device(pipe_stats *stats, const flt_plan *plan, const flt_sized *sized, const gpu_times *times,
                       uint32_t picture)
{
    pipe_stats_band(stats, plan, sized, times, picture, 0, 0);
}

void pipe_stats_band(pipe_stats *stats, const flt_plan *plan, const flt_sized *sized, const gpu_times *times,
                     uint32_t picture, size_t band, unsigned flow)
{
    pipe_lane *queue = &stats->lane[first_queue(stats, flow)];
    pthread_mutex_lock(&stats->lock);
    pipe_lane *kernels = &queue[QUEUE_KERNELS];
    pipe_lane_add(&queue[QUEUE_UPLOAD], PIPE_UPLOAD, picture, times->upload.start_ns, times->upload.end_ns);
    if (!times->launch)
        pipe_lane_add(kernels, PIPE_KERNELS, picture, times->kernels.start_ns, times->kernels.end_ns);
    for (size_t i = 0; i < times->n_launches; i++) {
        const gpu_launch_span *l = &times->launch[i];
        size_t at = find_pass(stats, plan->pass[l->pass].name);
        double seconds = pipe_lane_add(kernels, PIPE_N_KINDS + (uint32_t)at, picture, l->span.start_ns, l->span.end_ns);
        if (at < stats->n_passes)
            stats->pass[at].seconds += seconds;
    }
    for (size_t i = 0; times->n_launches && band == 0 && i < plan->n_passes; i++) {
        size_t at = find_pass(stats, plan->pass[i].name);
        if (at == stats->n_passes)
            continue;
        stats->pass[at].count++;
        if (i < sized->n_launches)
            stats->pass[at].bytes += sized->launch[i].bytes_read + sized->launch[i].bytes_written;
    }
    pipe_lane_add(&queue[QUEUE_DOWNLOAD], PIPE_DOWNLOAD, picture, times->download.start_ns, times->download.end_ns);
    pthread_mutex_unlock(&stats->lock);
}

double pipe_stats_busy(const pipe_stats *stats, pipe_stage stage)
{
    uint64_t ns = 0;
    for (size_t i = 0; i < stats->n_lanes; i++)
        ns += stats->lane[i].busy_ns[stage];
    return (double)ns / 1e9;
}

double pipe_stats_device_busy(const pipe_stats *stats)
{
    const double wall = pipe_stats_wall(stats), busy = pipe_stats_busy(stats, PIPE_KERNELS);
    return wall <= 0 ? 0 : busy < wall ? busy / wall : 1;
}

double pipe_stats_wall(const pipe_stats *stats)
{
    return (double)(stats->end_ns - stats->start_ns) / 1e9;
}
