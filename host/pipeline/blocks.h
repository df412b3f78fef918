/* Private to the pool: the memory that pixels lie in, and how much of it a run may have.
 *
 * A picture is promised room for its pixels and its result before it is decoded, and takes a block for each of them
 * when it needs it: the picture's own is another's once the device is through with it, so that a run touches one
 * block for every picture in flight and one more, not two. Blocks that lie idle are kept, since the first touch of a
 * page costs as much as a filter does.
 *
 * Not thread-safe: the pool's lock is held around every call but pipe_block_grow(). */
#ifndef QUERN_PIPELINE_BLOCKS_H
#define QUERN_PIPELINE_BLOCKS_H

#include "gpu.h"

typedef struct pipe_blocks {
    gpu *gpu;
    uint64_t budget; /* bytes; 0: no limit */
    bool exact;      /* with a budget no block is larger than what is asked: who waits for more holds some */
    gpu_host **idle; /* n_idle of cap_idle */
    size_t n_idle, cap_idle;
    uint64_t promised; /* to pictures on their way */
    uint64_t decoding; /* of that, what is no block: decoders' own */
    uint64_t used;     /* sizes of the blocks that have been taken */
    uint64_t excess;   /* of that, more than was asked for */
    uint64_t resting;  /* sizes of the idle ones */
    uint64_t peak;
} pipe_blocks;

/* What a block for this many bytes takes: whole pages. */
uint64_t pipe_block_bytes(uint64_t bytes);

/* What a picture holds. All zero: nothing. */
typedef struct pipe_block {
    gpu_host *host; /* NULL: not taken */
    size_t asked;   /* bytes, whole pages; promised from the beginning on, taken or not */
    size_t size;    /* of what was taken */
} pipe_block;

/* False: later, once others have given something back. `decoding` is freed by pipe_blocks_decoded(). */
bool pipe_blocks_promise(pipe_blocks *b, uint64_t bytes, uint64_t decoding);
void pipe_blocks_decoded(pipe_blocks *b, uint64_t decoding);
/* A block for what was promised: idle, or still to be made by pipe_block_grow(). False: QN_NOMEM. */
bool pipe_block_take(pipe_blocks *b, pipe_block *block, qn_error *err);
/* Without the lock: its memory is there, at block->host. */
bool pipe_block_grow(const pipe_block *block, qn_error *err);
/* The block, if it was taken, is idle, and its promise ends. */
void pipe_block_give(pipe_blocks *b, pipe_block *block);
void pipe_blocks_free(pipe_blocks *b); /* the idle ones */

#endif
