/* One device at work: context, queues, programs, slots and the memory that pictures are decoded into.
 *
 *   gpu_open -> gpu_program_get (once per plan) -> per picture: gpu_submit, later gpu_finish -> gpu_close
 *
 * Thread-safety: gpu_open, gpu_program_*, gpu_submit, gpu_finish, gpu_close belong to one thread, the device's worker.
 * gpu_host_* may be called by any thread, for a block that no submitted picture is using.
 */
#ifndef QUERN_GPU_GPU_H
#define QUERN_GPU_GPU_H

#include "device.h"
#include "log.h"
#include "plan.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct gpu gpu;
typedef struct gpu_host gpu_host;       /* host-visible memory of a picture */
typedef struct gpu_program gpu_program; /* a built plan */

typedef enum gpu_transfer {
    GPU_TRANSFER_AUTO,   /* by the device */
    GPU_TRANSFER_SHARED, /* kernels read and write the host blocks themselves (map, unmap; no copies) */
    GPU_TRANSFER_COPIED  /* device buffers per slot, pinned staging, three in-order queues tied by events */
} gpu_transfer;          /* QUERN_TRANSFER=shared|copied overrides AUTO */

typedef struct gpu_settings {
    unsigned slots; /* pictures in flight on the device, >= 1 */
    gpu_transfer transfer;
    bool cache;            /* program cache on disk */
    const char *cache_dir; /* NULL: $XDG_CACHE_HOME/quern, else ~/.cache/quern */
    bool profile;          /* event times per pass (--stats, --trace) */
    qn_log *log;           /* may be NULL */
} gpu_settings;

/* Context, queues and empty slots. Errors: QN_DEVICE. */
gpu *gpu_open(const gpu_device *device, const gpu_settings *settings, qn_error *err);
void gpu_close(gpu **g); /* waits for what is in flight; saves programs whose first launches are done; takes NULL */

flt_device_class gpu_class(const gpu *g); /* QUERN_DEVICE_CLASS=cpu|gpu overrides, for tests */
bool gpu_is_shared(const gpu *g);

/* ---- memory of pictures ---- */

gpu_host *gpu_host_create(gpu *g);
/* At least `bytes`, 4096-aligned, writable by the CPU; contents are not kept when it grows. NULL: out of memory. */
void *gpu_host_reserve(gpu_host *h, size_t bytes, qn_error *err);
void *gpu_host_data(const gpu_host *h);
size_t gpu_host_size(const gpu_host *h);
void gpu_host_free(gpu_host **h); /* before gpu_close() of its gpu; takes NULL */

/* ---- programs ---- */

typedef struct gpu_counters {
    uint64_t memory_hits, disk_hits, builds;
    uint64_t peak_bytes; /* most device memory that quern held */
    double build_s;
} gpu_counters;

/* The plan's program: from memory, from disk, or built. The same plan gives the same object; the same text from
 * another plan is built once but gives an object of its own, since its second pictures may be others. Owned by the gpu;
 * found by the plan's address, so the plan must live until gpu_close(). QN_DEVICE with the compiler's first message
 * lines on failure (all of it with -v). */
gpu_program *gpu_program_get(gpu *g, const flt_plan *plan, qn_error *err);

/* Second pictures: interleaved, straight alpha; uploaded once. The program (by its plan) takes files[i] as file i. */
bool gpu_program_file(gpu *g, gpu_program *p, unsigned index, const qn_image *image, qn_error *err);

/* ---- a picture ---- */

typedef struct gpu_span {
    uint64_t start_ns, end_ns;
} gpu_span; /* on qn_now_ns()'s clock; both 0: not measured */

typedef struct gpu_launch_span {
    size_t pass;
    gpu_span span;
} gpu_launch_span;

typedef struct gpu_times {
    gpu_span upload, kernels, download;
    gpu_span *pass; /* per pass of the plan, from its first launch to its last; passes in bands overlap */
    size_t n_passes;
    gpu_launch_span *launch; /* every launch, in order */
    size_t n_launches;
} gpu_times; /* the arrays are owned by the gpu until the slot's next use */

typedef struct gpu_ticket {
    unsigned slot;
} gpu_ticket;

unsigned gpu_slots_free(const gpu *g);

/* Puts one picture on its way and returns at once: upload (or unmap) of `in`, all passes, download (or map) of `out`.
 * `in` holds sized->extent[0].bytes; `out` must hold extent[1].bytes and may be == in where
 * sized->output_may_overlap_input. Neither may be touched until gpu_finish(). Needs a free slot. `sized` may be used
 * again at once. `picture`: 0, or the number of what `in` holds: a device with memory of its own need not be given it
 * once more where a recent submit of the same number, that did not fail, has brought it there; `in` must hold the same
 * each time, and the number no other picture. Errors: QN_DEVICE, QN_NOMEM; the slot is then free again and nothing is
 * in flight. */
bool gpu_submit(gpu *g, gpu_program *p, const flt_sized *sized, gpu_host *in, gpu_host *out, uint64_t picture,
                gpu_ticket *ticket, qn_error *err);
/* Waits for it; `out` then is the host's again. Every event's status is checked: an error is never a black picture.
 * `times` may be NULL. Errors: QN_DEVICE. The slot is free afterwards in any case. */
bool gpu_finish(gpu *g, gpu_ticket ticket, gpu_times *times, qn_error *err);
/* Whether gpu_finish() would not wait. */
bool gpu_ready(gpu *g, gpu_ticket ticket);

/* ---- a picture in bands, however large ---- */

typedef struct gpu_stream gpu_stream;

/* Memory for a picture that flt_plan_band() cut with rings for its own rows and its result's. Takes no slot, and has a
 * queue of its own: several streams, each in one thread, may be open beside one another and beside what is in flight.
 * `sized` must stay. `alone`: memory that lies idle is given back before it takes its own, and its own after it; only
 * in the thread that submits pictures. Else it is kept for the next stream. On a device that shares the host's memory
 * surfaces that must be whole lie in a temporary file in $TMPDIR (else /var/tmp) where all together would take more
 * than `most` bytes; on any device those do of which bands take windows. Errors: QN_DEVICE (not enough
 * memory among them), QN_IO (no such file), QN_NOMEM. */
gpu_stream *gpu_stream_open(gpu *g, gpu_program *p, const flt_sized *sized, bool alone, uint64_t most, qn_error *err);
/* For each band in turn: uploads until the rows are there that it needs (band.in_rows), run, downloads up to
 * band.out_rows, next. Nothing waits: `rows` (n rows of the extent's stride) must stay until the band is waited for.
 * Rows go into a ring: at most extent[0].rows - (rows that are still needed) may be uploaded ahead. */
bool gpu_stream_upload(gpu_stream *s, const void *rows, uint32_t n, qn_error *err);
void gpu_stream_rewind(gpu_stream *s); /* before the first upload of a band of another sweep */
bool gpu_stream_run(gpu_stream *s, qn_error *err);
bool gpu_stream_download(gpu_stream *s, void *rows, uint32_t n, qn_error *err);
bool gpu_stream_next(gpu_stream *s, qn_error *err);
/* Waits for a band. Before band b + 2 is begun, band b must have been waited for. `times` may be NULL; what it points
 * to lives until the band after next. */
bool gpu_stream_wait(gpu_stream *s, size_t band, gpu_times *times, qn_error *err);
/* Waits for what is under way. Takes NULL. */
void gpu_stream_close(gpu_stream **s);

void gpu_counters_read(const gpu *g, gpu_counters *out);

#endif
