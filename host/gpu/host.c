/* Memory that pictures are decoded into and encoded from. */
#define _GNU_SOURCE
#include "gpu_priv.h"

#include <stdlib.h>
#include <sys/mman.h>

enum { PAGE = 4096, HUGE = 2 << 20 };

static size_t round_up(size_t n, size_t to)
{
    return (n + to - 1) / to * to;
}

/* Large blocks ask for huge pages: the first touch of a 15 MP picture is 11,000 page faults otherwise. */
static void *allocate(size_t *size)
{
    bool large = *size >= 2 * (size_t)HUGE;
    *size = round_up(*size, PAGE);
    void *data = NULL;
    if (posix_memalign(&data, large ? HUGE : PAGE, *size))
        return NULL;
    if (large)
        (void)madvise(data, *size, MADV_HUGEPAGE);
    return data;
}

static bool take_own(gpu_block *b, size_t bytes)
{
    b->data = allocate(&bytes);
    b->size = bytes;
    b->own = true;
    return b->data != NULL;
}

/* Pinned staging. Decode threads come here, so the one map is made on a queue of its own, under the lock: the worker's
 * queues stay the worker's. */
static bool take_pinned(gpu *g, gpu_block *b, size_t bytes)
{
    size_t size = round_up(bytes, PAGE) + PAGE; /* drivers align to pages or not: we do it */
    if (!gpu_buffer_create(g, &b->buffer, CL_MEM_READ_WRITE | CL_MEM_ALLOC_HOST_PTR, size, NULL, NULL))
        return false;
    cl_int rc;
    pthread_mutex_lock(&g->lock);
    b->mapping =
        clEnqueueMapBuffer(g->mapping, b->buffer.mem, CL_TRUE, CL_MAP_READ | CL_MAP_WRITE, 0, size, 0, NULL, NULL, &rc);
    pthread_mutex_unlock(&g->lock);
    if (rc != CL_SUCCESS || !b->mapping) {
        b->mapping = NULL;
        gpu_buffer_release(g, &b->buffer);
        return false;
    }
    uintptr_t at = ((uintptr_t)b->mapping + PAGE - 1) / PAGE * PAGE;
    b->data = (char *)b->mapping + (at - (uintptr_t)b->mapping);
    b->size = round_up(bytes, PAGE);
    return true;
}

/* On the queue of its own: the picture is long done, and the pictures in flight need not be waited for. */
static void unmap_now(gpu *g, gpu_block *b)
{
    if (!b->mapping || !b->buffer.mem)
        return;
    pthread_mutex_lock(&g->lock);
    if (clEnqueueUnmapMemObject(g->mapping, b->buffer.mem, b->mapping, 0, NULL, NULL) == CL_SUCCESS)
        clFinish(g->mapping);
    pthread_mutex_unlock(&g->lock);
    b->mapping = NULL;
}

static void block_free(gpu *g, gpu_block *b)
{
    unmap_now(g, b);
    gpu_buffer_release(g, &b->buffer);
    if (b->own)
        free(b->data);
    free(b);
}

/* Memory that OpenCL knows is the worker's to free; what it has never seen goes at once. */
static void hand_over(gpu *g, gpu_block *b)
{
    if (!b)
        return;
    if (!b->buffer.mem) {
        block_free(g, b);
        return;
    }
    pthread_mutex_lock(&g->lock);
    b->next = g->retired;
    g->retired = b;
    pthread_mutex_unlock(&g->lock);
}

void gpu_blocks_drain(gpu *g)
{
    pthread_mutex_lock(&g->lock);
    gpu_block *list = g->retired;
    g->retired = NULL;
    pthread_mutex_unlock(&g->lock);
    while (list) {
        gpu_block *next = list->next;
        block_free(g, list);
        list = next;
    }
}

bool gpu_block_wrap(gpu *g, gpu_block *b, qn_error *err)
{
    if (b->buffer.mem)
        return true;
    return gpu_buffer_create(g, &b->buffer, CL_MEM_READ_WRITE | CL_MEM_USE_HOST_PTR, b->size, b->data, err);
}

bool gpu_block_unmap(gpu *g, gpu_block *b, cl_event *event, qn_error *err)
{
    cl_int rc = clEnqueueUnmapMemObject(g->compute, b->buffer.mem, b->mapping, 0, NULL, event);
    if (rc == CL_SUCCESS)
        b->mapping = NULL;
    return cl_check(rc, "clEnqueueUnmapMemObject", err);
}

/* For reading and writing: what was decoded is needed again if the picture must be done a second time. */
bool gpu_block_map(gpu *g, gpu_block *b, cl_event *event, qn_error *err)
{
    cl_int rc;
    void *p = clEnqueueMapBuffer(g->compute, b->buffer.mem, CL_FALSE, CL_MAP_READ | CL_MAP_WRITE, 0, b->size, 0, NULL,
                                 event, &rc);
    if (rc == CL_SUCCESS)
        b->mapping = p;
    if (rc == CL_SUCCESS && p != b->data) /* gpu_open() has tried it: a driver that changes its mind is broken */
        return qn_fail(err, QN_DEVICE, "the driver maps host memory elsewhere: try QUERN_TRANSFER=copied");
    return cl_check(rc, "clEnqueueMapBuffer", err);
}

void gpu_block_unwrap(gpu *g, gpu_block *b)
{
    unmap_now(g, b);
    gpu_buffer_release(g, &b->buffer);
}

gpu_host *gpu_host_create(gpu *g)
{
    gpu_host *h = calloc(1, sizeof *h);
    if (h)
        h->g = g;
    return h;
}

void *gpu_host_reserve(gpu_host *h, size_t bytes, qn_error *err)
{
    if (h->block && h->block->size >= bytes)
        return h->block->data;
    hand_over(h->g, h->block);
    h->block = NULL;
    gpu_block *b = calloc(1, sizeof *b);
    bool fits = bytes <= SIZE_MAX - 2 * PAGE;
    /* Pinned memory is scarce and only a matter of speed: plain memory does as well. */
    if (!b || !fits || !((h->g->pinned && take_pinned(h->g, b, bytes ? bytes : 1)) || take_own(b, bytes ? bytes : 1))) {
        free(b);
        qn_fail(err, QN_NOMEM, "out of memory: %zu MiB for a picture", bytes >> 20);
        return NULL;
    }
    h->block = b;
    return b->data;
}

void *gpu_host_data(const gpu_host *h)
{
    return h && h->block ? h->block->data : NULL;
}

size_t gpu_host_size(const gpu_host *h)
{
    return h && h->block ? h->block->size : 0;
}

void gpu_host_free(gpu_host **h)
{
    if (!h || !*h)
        return;
    hand_over((*h)->g, (*h)->block);
    free(*h);
    *h = NULL;
}
