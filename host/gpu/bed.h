/* Private to bed.c and stream.c: what a picture flows through in bands. */
#ifndef QUERN_GPU_BED_H
#define QUERN_GPU_BED_H

#include "gpu_priv.h"

/* Commands are waited for in this many groups, in turn: while one is under way the next is filled. */
#define GPU_GROUPS 2

struct gpu_bed {
    cl_command_queue queue; /* in order: a ring's rows are never written over before they have been read */
    gpu_buffer in, out;     /* rings of the picture's rows and the result's */
    gpu_scratch scratch;
    gpu_slot group[GPU_GROUPS]; /* commands of one band; [0] holds the uniforms too */
    gpu_bed *next;              /* among the idle ones */
};

/* Rows in a buffer: row y lies at y % rows * stride + at. */
typedef struct gpu_ring {
    cl_mem mem;
    size_t stride; /* bytes */
    uint32_t rows;
    size_t at;
} gpu_ring;

/* Rows [y, y + n) up (GPU_UPLOAD) or down, among the group's commands; `host` holds just them, and stays until these
 * have been waited for. QN_DEVICE, QN_NOMEM. */
bool gpu_ring_copy(gpu_bed *bed, size_t group, gpu_stage stage, const gpu_ring *ring, uint8_t *host, uint32_t y,
                   uint32_t n, qn_error *err);

/* ---- surfaces that lie in files (windows.c) ---- */

/* Those that are windowed. One thread, the stream's. */
typedef struct gpu_windows gpu_windows;

/* bed and sized must stay. QN_IO, QN_NOMEM. */
gpu_windows *gpu_windows_open(gpu *g, gpu_bed *bed, const flt_plan *plan, const flt_sized *sized, qn_error *err);
/* After the last command. Takes an empty one. */
void gpu_windows_close(gpu_windows **windows);
/* Whether the picture is one of them; */
bool gpu_windows_take_picture(const gpu_windows *w);
/* then its rows, of its extent's stride, in pieces of one height. QN_IO, QN_NOMEM. */
bool gpu_windows_write(gpu_windows *w, const uint8_t *rows, uint32_t y, uint32_t n, qn_error *err);
/* Before a band's steps: its windows, from the files; after them: what it made, down. The last band of its group has
 * been waited for. QN_IO, QN_DEVICE, QN_NOMEM. */
bool gpu_windows_send(gpu_windows *w, const gpu_picture *picture, size_t band, qn_error *err);
bool gpu_windows_fetch(gpu_windows *w, const gpu_picture *picture, size_t band, qn_error *err);
/* A group's band has been waited for: what it made goes into the file. QN_IO, QN_NOMEM. */
bool gpu_windows_store(gpu_windows *w, size_t group, qn_error *err);

/* One that no other stream uses. QN_DEVICE, QN_NOMEM. Any thread, as below. */
gpu_bed *gpu_bed_take(gpu *g, qn_error *err);
/* Nothing of it is under way. !again: its memory is not worth keeping, or its state not known. */
void gpu_bed_leave(gpu *g, gpu_bed *bed, bool again);

#endif
