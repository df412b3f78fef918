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

/* One that no other stream uses. QN_DEVICE, QN_NOMEM. Any thread, as below. */
gpu_bed *gpu_bed_take(gpu *g, qn_error *err);
/* Nothing of it is under way. !again: its memory is not worth keeping, or its state not known. */
void gpu_bed_leave(gpu *g, gpu_bed *bed, bool again);

#endif
