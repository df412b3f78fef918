/* What the files of host/gpu share. Not for other folders. */
#ifndef QUERN_GPU_PRIV_H
#define QUERN_GPU_PRIV_H

#include "cl_check.h"
#include "gpu.h"
#include "program_cache.h"

#include <pthread.h>
#include <stdatomic.h>

/* ---- buffers (buffer.c) ---- */

typedef struct gpu_buffer {
    cl_mem mem; /* NULL: none */
    size_t size;
    void *map; /* of a file, beneath it (disk.c); else NULL */
} gpu_buffer;

/* Bytes in buffers. Any thread. */
uint64_t gpu_held(gpu *g);
/* A fresh buffer, counted in the gpu's memory. `host` is NULL or memory to wrap. Any thread. */
bool gpu_buffer_create(gpu *g, gpu_buffer *b, cl_mem_flags flags, size_t size, void *host, qn_error *err);
/* At least `size` bytes on the device; contents are lost when it grows. What is enqueued keeps the old one alive. */
bool gpu_buffer_grow(gpu *g, gpu_buffer *b, size_t size, qn_error *err);
/* Takes an empty one. One on the disk must not be in use any more. */
void gpu_buffer_release(gpu *g, gpu_buffer *b);

/* ---- a buffer in a file (disk.c) ---- */

/* Instead of what it was: `size` bytes of a mapped file without a name, for a device that shares the host's memory.
 * QN_IO: the folder is full or cannot be written to. */
bool gpu_buffer_on_disk(gpu *g, gpu_buffer *b, size_t size, qn_error *err);
void gpu_buffer_unmap(gpu_buffer *b); /* gpu_buffer_release() does */
/* Its pages leave this process's memory, and come back as they are touched; also while commands use them. */
void gpu_buffer_let_go(const gpu_buffer *b);
/* Says so at -v. */
void gpu_tell_disk(const gpu *g, uint64_t bytes);
/* Bytes of files that are in this process's memory; 0: nobody knows. */
uint64_t gpu_mapped_bytes(void);

/* An open file without a name, whose blocks are there already: a disk that is full later on would be a signal where it
 * is mapped. -1: QN_IO. */
int gpu_temporary_file(uint64_t size, qn_error *err);

/* ---- a picture in a file (spill.c) ---- */

/* A picture that is written row by row and read window by window, however tall these are: its columns lie in blocks,
 * so that a window is a few long runs of bytes, and no memory is mapped that would count as this process's. One
 * thread. */
typedef struct gpu_spill gpu_spill;

/* For `height` rows of `row_bytes`, in blocks of `block_bytes` of a row. QN_IO, QN_NOMEM. */
gpu_spill *gpu_spill_create(size_t row_bytes, uint32_t height, size_t block_bytes, qn_error *err);
/* Rows [y, y + n): pieces one behind another, all of one height but for the last. QN_IO, QN_NOMEM. */
bool gpu_spill_write(gpu_spill *s, const uint8_t *rows, size_t stride, uint32_t y, uint32_t n, qn_error *err);
/* Bytes [x0, x1) of rows [y0, y1) to rows of `stride` bytes; x0 is a multiple of a block, x1 one or a row's end. */
bool gpu_spill_read(gpu_spill *s, size_t x0, size_t x1, uint32_t y0, uint32_t y1, uint8_t *to, size_t stride,
                    qn_error *err);
void gpu_spill_free(gpu_spill **s); /* takes NULL */

/* ---- host memory (host.c) ---- */

/* One piece of memory behind a gpu_host. Shared mode: our own memory, wrapped by the worker at its first submit; once
 * wrapped it is mapped whenever no picture is in flight. Copied mode: pinned by OpenCL and mapped for good. */
typedef struct gpu_block {
    void *data; /* aligned to 4096 */
    size_t size;
    gpu_buffer buffer;
    void *mapping; /* what clEnqueueMapBuffer returned; NULL: not mapped */
    bool own;      /* data came from the allocator */
    struct gpu_block *next;
} gpu_block;

struct gpu_host {
    gpu *g;
    gpu_block *block; /* NULL: nothing reserved yet */
};

/* Worker only. */
bool gpu_block_wrap(gpu *g, gpu_block *block, qn_error *err);
bool gpu_block_unmap(gpu *g, gpu_block *block, cl_event *event, qn_error *err);
bool gpu_block_map(gpu *g, gpu_block *block, cl_event *event, qn_error *err);
void gpu_block_unwrap(gpu *g, gpu_block *block); /* forgets the cl_mem, keeps the memory; not in flight */
void gpu_blocks_drain(gpu *g);                   /* frees what other threads have handed over */

/* ---- programs (program.c) ---- */

/* A text, built. Several plans may have the same text. */
typedef struct gpu_build {
    char *text;
    uint64_t key;
    cl_program program;
    bool from_disk;
    atomic_bool launched; /* a picture went through it without an error */
    struct gpu_build *next;
} gpu_build;

struct gpu_program {
    const flt_plan *plan;
    size_t n_passes, n_files; /* the plan's: needed when it may be gone */
    gpu_build *build;
    cl_kernel *kernel; /* per pass */
    size_t *max_local; /* per pass: CL_KERNEL_WORK_GROUP_SIZE */
    double *rate;      /* per pass, on a GPU: nanoseconds for a byte of its surfaces, as measured; 0: not yet */
    gpu_buffer *file;  /* per file of the plan */
    struct gpu_program *next;
};

void gpu_programs_save(gpu *g);
void gpu_programs_free(gpu *g);

/* ---- slots (slot.c) ---- */

typedef enum gpu_stage { GPU_UPLOAD, GPU_KERNELS, GPU_DOWNLOAD } gpu_stage;

typedef struct gpu_command {
    cl_event event;
    gpu_stage stage;
    size_t pass;  /* GPU_KERNELS: which one */
    double bytes; /* GPU_KERNELS: of surfaces, about; 0: not a kernel */
} gpu_command;

/* A picture in the device's own memory (upload.c). */
typedef struct gpu_upload {
    gpu_buffer buffer;
    uint64_t picture; /* its number; 0: nothing that another submit could use */
    size_t bytes;     /* of it */
    cl_event ready;   /* it is there; NULL: picture is 0 */
    unsigned users;   /* slots in flight */
    uint64_t turn;    /* when it was taken last */
} gpu_upload;

typedef struct gpu_slot {
    bool busy;
    cl_command_queue queue; /* of its own (a stream's); else NULL, and its commands are on the device's queues */
    gpu_program *program;
    gpu_host *in_host, *out_host;
    gpu_upload *upload; /* copied mode: the picture; else NULL */
    gpu_buffer out;     /* copied mode */
    gpu_buffer uniforms;
    int32_t *uniform; /* what `uniforms` holds; also the source of its upload, so it stays while in flight */
    size_t n_uniforms, cap_uniforms;
    gpu_command *command; /* all that was enqueued for the picture, in order */
    size_t n_commands, cap_commands;
    gpu_span *pass; /* results of the last gpu_finish() */
    size_t cap_passes;
    gpu_launch_span *launch;
    size_t cap_launches;
} gpu_slot;

/* Where the next enqueue puts its event; NULL (and QN_NOMEM) where there is no room. The entry counts only after
 * gpu_slot_keep(). */
cl_event *gpu_slot_event(gpu_slot *s, qn_error *err);
void gpu_slot_keep(gpu_slot *s, gpu_stage stage, size_t pass);
/* Waits for all commands, failed ones included. False: one of them failed. */
bool gpu_slot_wait(gpu *g, gpu_slot *s, qn_error *err);
/* After a wait: releases the events and frees the slot. Where the picture failed, its blocks are wrapped anew next
 * time: who knows what state their mappings are in. */
void gpu_slot_end(gpu *g, gpu_slot *s, bool ok);
void gpu_slot_free(gpu *g, gpu_slot *s);
void gpu_slot_forget(gpu_slot *s); /* releases the events; after a wait */
void gpu_slot_times(const gpu *g, gpu_slot *s, gpu_times *times);

/* ---- pictures in the device's own memory (upload.c) ---- */

/* The slot's picture, written up unless it is there already. `bytes` of the slot's in_host; the buffer has `room`.
 * `after`: what tells when it can be read, and all that the slot has enqueued so far on the upload queue. */
bool gpu_upload_take(gpu *g, gpu_slot *s, uint64_t picture, size_t bytes, size_t room, cl_event *after, qn_error *err);
void gpu_upload_leave(gpu_slot *s, bool ok); /* nothing of the slot is in flight any more; !ok: nobody is to use it */
void gpu_uploads_drop(gpu *g);               /* releases what no slot uses */

/* ---- what a picture and a stream share (submit.c) ---- */

/* Temporaries, one buffer per pool of a plan. They belong to a queue, not to a picture: the queue is in order, so the
 * next picture's passes begin when the last one's are done with them. */
typedef struct gpu_scratch {
    gpu_buffer *buffer;
    unsigned n;
} gpu_scratch;

/* Releases buffers of idle slots, of idle streams, and the temporaries. False: there were none. */
bool gpu_give_back(gpu *g);
bool gpu_scratch_slots(gpu_scratch *scratch, const flt_sized *sized, qn_error *err); /* room for as many, of any size */
void gpu_scratch_release(gpu *g, gpu_scratch *scratch); /* the buffers; what is enqueued keeps them alive */
/* The uniforms onto a queue, unless the slot holds just these. */
bool gpu_send_uniforms(gpu *g, cl_command_queue queue, gpu_slot *s, const flt_sized *sized, qn_error *err);

/* ---- passes (dispatch.c) ---- */

/* What the kernels of one picture take: everything is in place, nothing is owned. */
typedef struct gpu_picture {
    gpu_program *program;
    const flt_sized *sized;
    cl_command_queue queue;
    const gpu_scratch *scratch; /* that belongs to it */
    cl_mem in, out, uniforms;
    cl_event after;             /* NULL, or what the first command on the compute queue waits for */
    size_t first_step, n_steps; /* of sized->step */
} gpu_picture;

/* On a GPU passes are cut into launches of some 20 ms, by what earlier ones took; there, one thread. Else any thread.
 */
bool gpu_dispatch(gpu *g, gpu_slot *s, const gpu_picture *picture, qn_error *err);

/* Where a surface of it lies; NULL: nowhere. */
cl_mem gpu_surface_memory(const gpu_picture *picture, unsigned surface);

/* What a launch took goes into the pass's rate. */
void gpu_learn_rate(gpu_program *p, const gpu_command *c, gpu_span span);

/* ---- a stream's bed (bed.c) ---- */

/* What pictures flow through, one after another: rings, temporaries and a queue. */
typedef struct gpu_bed gpu_bed;
/* Those that no stream uses. False: there were none. Any thread. */
bool gpu_beds_free(gpu *g);

/* ---- the device ---- */

struct gpu {
    cl_device_id device;
    cl_platform_id platform;
    cl_context context;
    cl_command_queue up, compute, down; /* shared mode: all three are one queue */
    cl_command_queue mapping; /* under `lock`: maps pinned memory for any thread, unmaps what is handed over */
    flt_device_class device_class;
    bool shared, profile;
    bool pinned; /* copied mode: the host's blocks are pinned by OpenCL */
    uint64_t max_alloc;
    int64_t clock_offset;     /* qn_now_ns() - device's clock */
    uint32_t rows_per_launch; /* block rows of one launch; 0: a pass is one launch */
    char *options;            /* of the compiler */
    qn_log *log;

    gpu_slot *slot;
    gpu_upload *upload; /* n_slots */
    uint64_t upload_turns;
    unsigned n_slots;
    gpu_scratch scratch; /* of the compute queue */

    gpu_build *builds;
    gpu_program *programs;
    gpu_cache *cache; /* NULL: none */
    gpu_counters counters;

    pthread_mutex_t lock; /* guards held, counters.peak_bytes, retired, beds and the mapping queue */
    uint64_t held;        /* bytes in buffers */
    gpu_block *retired;   /* handed over by other threads, for the worker to free */
    gpu_bed *beds;        /* of streams that have ended; for the next ones */
    pthread_mutex_t args; /* a kernel's arguments are set and it is enqueued by one thread at a time */
};

bool gpu_make_queue(gpu *g, cl_command_queue *queue, qn_error *err);

/* device's profiling clock -> qn_now_ns() (clock_sync.c) */
void gpu_clock_sync(gpu *g);

#endif
