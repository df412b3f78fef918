/* A run: pictures through decode pool, device slots and encode pool, all at once; committed in order.
 *
 *   walk -> [decode pool] -> slot: upload, kernels, download -> [encode pool] -> commit in order -> report
 *
 * Errors ride with their picture. --sync is the same code with one thread and one slot. */
#ifndef QUERN_PIPELINE_PIPELINE_H
#define QUERN_PIPELINE_PIPELINE_H

#include "chain.h"
#include "codec.h"
#include "device.h"
#include "log.h"
#include "naming.h"
#include "outfile.h"
#include "sequence.h"
#include "status.h"
#include "walk.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum pipe_exists { PIPE_EXISTS_FAIL, PIPE_EXISTS_OVERWRITE, PIPE_EXISTS_SKIP, PIPE_EXISTS_UPDATE } pipe_exists;

#define PIPE_MAX_BRANCHES 32

typedef struct pipe_settings {
    const flt_chain *chain;
    bool linear, fuse;          /* --linear; !--no-fuse */
    const gpu_device *device;   /* NULL: no picture will get past its header; one that does all the same fails */
    const gpu_devices *devices; /* the others take over what it fails at; NULL: none does */
    unsigned decode_threads, encode_threads; /* 0: from the cores */
    unsigned slots;                          /* 0: 2 */
    uint32_t band_rows;                      /* --band-rows: rows of the result in a band; 0: chosen */
    uint64_t memory; /* --mem: bytes of pixels in flight on the host; 0: no ceiling but the pools' size */
    bool sync;
    bool fail_fast;
    io_limits limits;
    io_sequence *standard; /* standard input, which stays the caller's; NULL: it is opened when its turn comes */
    bool no_orient;
    bool shrink_on_load; /* a JPEG before a resize to less than half is decoded smaller; not with branches */
    unsigned meta;       /* io_meta_kind mask */
    /* output */
    io_target target;
    io_type to; /* IO_NONE: as the input */
    int to_pnm_kind;
    io_encode_options encode; /* type, source_subsampling are set per picture */
    unsigned copies; /* bits 1 << io_type: where no pixel changes, such a file's data are copied, not encoded again */
    int depth;       /* 8, 16, 0: keep */
    pipe_exists exists;
    io_sync fsync;
    bool keep_times;
    /* reports */
    bool collect_times; /* --stats or --trace */
    bool trace;
    /* branches: settings that differ from these in chain, target and what concerns the encoding; the first is these
     * again. 0: there is one, these. At most PIPE_MAX_BRANCHES. */
    const struct pipe_settings *branch;
    size_t n_branches;
    const volatile _Atomic int *stop; /* a signal's number once one came; NULL: never */
    qn_log *log;
} pipe_settings;

/* How pictures are cut into bands on such a device, unless --band-rows says otherwise. */
flt_banding pipe_banding(uint32_t band_rows, flt_device_class device_class);

typedef enum pipe_status { PIPE_OK, PIPE_SKIPPED, PIPE_FAILED } pipe_status;

/* One per picture and branch, delivered in input order, from one thread at a time. */
typedef struct pipe_result {
    size_t index;   /* of inputs->item */
    size_t ordinal; /* of the picture in the run: inputs may hold several */
    size_t part;    /* which one of its input, from 1; 0: of an input that is one picture */
    size_t branch;
    const char *input, *output; /* output may be NULL */
    pipe_status status;
    bool damaged;
    qn_error error;         /* PIPE_FAILED: the reason; PIPE_SKIPPED: why */
    uint32_t width, height; /* as read; 0: not known */
    uint32_t out_width, out_height;
    double read_ms, decode_ms, device_ms, encode_ms, write_ms;
} pipe_result;

typedef void (*pipe_report)(void *user, const pipe_result *result);

typedef struct pipe_stage_stats {
    const char *name;
    double busy_s;
    unsigned threads;
} pipe_stage_stats;
typedef struct pipe_pass_stats {
    char name[96];
    uint64_t count;
    double seconds;
    uint64_t bytes;
} pipe_pass_stats;

typedef struct pipe_stats pipe_stats; /* stats.h; with the trace's events */

typedef struct pipe_summary {
    size_t ok, skipped, failed;
    size_t damaged; /* written, but of a source that ends early (--truncated keep); none of the others */
    uint64_t pixels;
    double wall_s, device_busy;
} pipe_summary;

/* Bits that the device rounds the result to, for flt_input: those that are stored, so that they are rounded once. 0:
 * as the input's, where the host has to mix samples (alpha laid over the background, gray made) before. */
uint8_t pipe_output_depth(const pipe_settings *s, io_type type, qn_format input);

/* Runs it all. False only for what concerns the whole run: QN_NODEVICE, QN_DEVICE at start, QN_NOMEM, QN_CANCELLED
 * (a signal; pictures not finished are reported as failed with QN_CANCELLED). `stats` may be NULL. */
bool pipe_run(const pipe_settings *settings, const io_inputs *inputs, pipe_report report, void *user,
              pipe_summary *summary, pipe_stats *stats, qn_error *err);

#endif
