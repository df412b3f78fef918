#include "blocks.h"

#include <stdlib.h>

enum { PAGE = 4096, MODEST = 128 << 20 };

uint64_t pipe_block_bytes(uint64_t bytes)
{
    return (bytes + PAGE - 1) / PAGE * PAGE;
}

static uint64_t beyond(size_t size, size_t asked)
{
    return size > asked ? size - asked : 0;
}

static void drop(pipe_blocks *b, size_t i)
{
    gpu_host *host = b->idle[i];
    b->resting -= gpu_host_size(host);
    b->idle[i] = b->idle[--b->n_idle];
    gpu_host_free(&host);
}

static bool largest(const pipe_blocks *b, size_t *at)
{
    for (size_t i = *at = 0; i < b->n_idle; i++)
        if (gpu_host_size(b->idle[i]) > gpu_host_size(b->idle[*at]))
            *at = i;
    return b->n_idle > 0;
}

/* Lets idle blocks go until `more` bytes fit. What is promised does, so that none may need to stay. */
static void make_room(pipe_blocks *b, uint64_t more)
{
    size_t i;
    while (b->budget && b->used + b->decoding + b->resting + more > b->budget && largest(b, &i))
        drop(b, i);
}

static void note_peak(pipe_blocks *b)
{
    const uint64_t all = b->used + b->decoding + b->resting;
    if (all > b->peak)
        b->peak = all;
}

bool pipe_blocks_promise(pipe_blocks *b, uint64_t bytes, uint64_t decoding)
{
    if (b->budget && b->promised + b->excess + bytes + decoding > b->budget)
        return false;
    make_room(b, decoding);
    b->promised += bytes + decoding;
    b->decoding += decoding;
    note_peak(b);
    return true;
}

void pipe_blocks_decoded(pipe_blocks *b, uint64_t decoding)
{
    b->promised -= decoding;
    b->decoding -= decoding;
}

/* The smallest idle block that is large enough, and not so large that others could not have what they are promised. */
static bool find(const pipe_blocks *b, size_t asked, size_t *at)
{
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < b->n_idle; i++) {
        const size_t size = gpu_host_size(b->idle[i]);
        const uint64_t more = beyond(size, asked);
        const bool fits = !more || !b->budget || (!b->exact && b->promised + b->excess + more <= b->budget);
        if (size >= asked && size < best && fits) {
            best = size;
            *at = i;
        }
    }
    return best != SIZE_MAX;
}

/* Where pages that nobody touches cost nothing, twice as much as is asked for: a larger picture then fits, and only
 * what it has more of is touched anew. */
static size_t capacity(const pipe_blocks *b, size_t asked)
{
    const bool free_of_charge = !b->budget && gpu_is_shared(b->gpu) && gpu_class(b->gpu) == FLT_DEV_CPU;
    return free_of_charge && asked <= MODEST ? 2 * asked : asked;
}

bool pipe_block_take(pipe_blocks *b, pipe_block *block, qn_error *err)
{
    size_t i;
    if (find(b, block->asked, &i)) {
        block->host = b->idle[i];
        block->size = gpu_host_size(block->host);
        b->resting -= block->size;
        b->idle[i] = b->idle[--b->n_idle];
    } else {
        /* one that is too small makes way: pictures have become larger */
        if (largest(b, &i) && gpu_host_size(b->idle[i]) < block->asked)
            drop(b, i);
        make_room(b, block->asked);
        block->host = gpu_host_create(b->gpu);
        if (!block->host)
            return qn_fail(err, QN_NOMEM, "out of memory");
        block->size = capacity(b, block->asked);
    }
    b->used += block->size;
    b->excess += beyond(block->size, block->asked);
    note_peak(b);
    return true;
}

bool pipe_block_grow(const pipe_block *block, qn_error *err)
{
    if (gpu_host_reserve(block->host, block->size, err))
        return true;
    if (block->size == block->asked)
        return false;
    qn_error_clear(err); /* what is only for later may be more than there is */
    return gpu_host_reserve(block->host, block->asked, err) != NULL;
}

static bool keep(pipe_blocks *b, gpu_host *host)
{
    if (b->n_idle == b->cap_idle) {
        const size_t cap = b->cap_idle ? 2 * b->cap_idle : 8;
        gpu_host **more = realloc(b->idle, cap * sizeof(gpu_host *));
        if (!more)
            return false;
        b->idle = more;
        b->cap_idle = cap;
    }
    b->idle[b->n_idle++] = host;
    b->resting += gpu_host_size(host);
    return true;
}

void pipe_block_give(pipe_blocks *b, pipe_block *block)
{
    b->promised -= block->asked;
    if (block->host) {
        b->used -= block->size;
        b->excess -= beyond(block->size, block->asked);
        if (!gpu_host_size(block->host) || !keep(b, block->host))
            gpu_host_free(&block->host);
    }
    *block = (pipe_block){ .host = NULL };
}

void pipe_blocks_free(pipe_blocks *b)
{
    while (b->n_idle)
        drop(b, b->n_idle - 1);
    free(b->idle);
    b->idle = NULL;
    b->cap_idle = 0;
}
