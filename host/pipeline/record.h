/* Private to the pipeline: where the times of a run are put down while it lasts.
 *
 * Every thread has a lane of its own, so recording takes no lock; so have the device's three queues, which the device's
 * worker fills, and those of every flow, which its thread fills. A lane's events never overlap: each starts where the
 * one before has ended, or later. */
#ifndef QUERN_PIPELINE_RECORD_H
#define QUERN_PIPELINE_RECORD_H

#include "gpu.h"
#include "stats.h"

#include <pthread.h>

typedef enum pipe_stage {
    PIPE_READ,
    PIPE_DECODE,
    PIPE_UPLOAD,
    PIPE_KERNELS,
    PIPE_DOWNLOAD,
    PIPE_ENCODE,
    PIPE_WRITE,
    PIPE_N_STAGES,
    /* in the trace only */
    PIPE_OPEN = PIPE_N_STAGES,
    PIPE_BUILD,
    PIPE_SUBMIT,
    PIPE_WAIT,
    PIPE_N_KINDS
} pipe_stage;

#define PIPE_NO_PICTURE UINT32_MAX

typedef struct pipe_event {
    uint64_t start_ns, end_ns;
    uint32_t picture; /* its ordinal in the run; PIPE_NO_PICTURE */
    uint32_t what;    /* pipe_stage, or PIPE_N_KINDS + index of a pass */
} pipe_event;

typedef struct pipe_lane {
    char name[32];
    uint64_t busy_ns[PIPE_N_KINDS];
    uint64_t last_end;
    bool keep; /* events too */
    bool flow; /* there may be none: then the trace does not name it */
    pipe_event *event;
    size_t n, cap;
} pipe_lane;

struct pipe_stats {
    pthread_mutex_t lock; /* guards the passes while the run lasts */
    const char *version;
    char *device, *platform, *driver, *type; /* owned */
    /* decode threads, encode threads, device worker (--sync: one for all), flows, then the three queues of the worker
     * and of each flow */
    pipe_lane *lane;
    size_t n_lanes;
    unsigned n_flows;
    unsigned threads[PIPE_N_STAGES];
    pipe_pass_stats *pass;
    size_t n_passes, cap_passes;
    char **picture; /* names for the trace; owned; NULL where no events are kept, or there was no memory */
    size_t n_pictures, cap_pictures;
    bool keep_names;
    uint64_t start_ns, end_ns;
    double cpu_s, opencl_s;
    uint64_t peak_rss;
    gpu_counters counters;
    size_t ok, skipped, failed, damaged;
    uint64_t pixels;
};

/* Lanes for a run of `decode` and `encode` threads, and `flows` at most; sync: one lane for all stages. Clears what an
 * earlier run left. */
bool pipe_stats_begin(pipe_stats *stats, const pipe_settings *settings, unsigned decode, unsigned encode,
                      unsigned flows, qn_error *err);
/* What a picture is called in the trace; pictures in order, one thread at a time. Without memory it has no name. */
void pipe_stats_name(pipe_stats *stats, size_t ordinal, const char *name);

pipe_lane *pipe_lane_decode(pipe_stats *stats, unsigned thread);
pipe_lane *pipe_lane_encode(pipe_stats *stats, unsigned thread);
pipe_lane *pipe_lane_worker(pipe_stats *stats);
pipe_lane *pipe_lane_flow(pipe_stats *stats, unsigned flow); /* from 1; 0: the worker */

/* One span of work. Overlap with the span before it is cut off its start. Returns the seconds that were counted. A
 * lane that cannot grow drops the event, not its time. */
double pipe_lane_add(pipe_lane *lane, uint32_t what, uint32_t picture, uint64_t start_ns, uint64_t end_ns);

/* The same from start_ns until now; returns the milliseconds that passed. */
double pipe_lane_since(pipe_lane *lane, uint32_t what, uint32_t picture, uint64_t start_ns);

/* The device's spans of one picture; passes are counted by name. */
void pipe_stats_device(pipe_stats *stats, const flt_plan *plan, const flt_sized *sized, const gpu_times *times,
                       uint32_t picture);

/* The same of a part of it that was waited for on its own; `band` 0 counts the picture. `flow` as in pipe_lane_flow(),
 * whose thread calls. */
void pipe_stats_band(pipe_stats *stats, const flt_plan *plan, const flt_sized *sized, const gpu_times *times,
                     uint32_t picture, size_t band, unsigned flow);

double pipe_stats_busy(const pipe_stats *stats, pipe_stage stage); /* seconds, over all lanes */
double pipe_stats_device_busy(const pipe_stats *stats); /* of the run's time, at most 1: flows may share the device */
double pipe_stats_wall(const pipe_stats *stats);
const char *pipe_stage_name(uint32_t stage);

#endif
