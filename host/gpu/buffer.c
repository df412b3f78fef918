/* Buffers, and the count of the bytes in them. */
#include "gpu_priv.h"

static void count(gpu *g, size_t more, size_t less)
{
    pthread_mutex_lock(&g->lock);
    g->held += more;
    g->held -= less;
    if (g->held > g->counters.peak_bytes)
        g->counters.peak_bytes = g->held;
    pthread_mutex_unlock(&g->lock);
}

uint64_t gpu_held(gpu *g)
{
    pthread_mutex_lock(&g->lock);
    const uint64_t held = g->held;
    pthread_mutex_unlock(&g->lock);
    return held;
}

bool gpu_buffer_create(gpu *g, gpu_buffer *b, cl_mem_flags flags, size_t size, void *host, qn_error *err)
{
    if (g->max_alloc && size > g->max_alloc)
        return qn_fail(err, QN_DEVICE,
                       "a buffer of %zu MiB is needed, the device allows %zu MiB: choose another with -d",
                       (size + 1048575) >> 20, (size_t)(g->max_alloc >> 20));
    cl_int rc;
    b->mem = clCreateBuffer(g->context, flags, size, host, &rc);
    if (rc != CL_SUCCESS) {
        b->mem = NULL;
        return qn_fail(err, QN_DEVICE, "clCreateBuffer of %zu bytes: %s (%d)", size, cl_error_name(rc), (int)rc);
    }
    b->size = size;
    count(g, size, 0);
    return true;
}

bool gpu_buffer_grow(gpu *g, gpu_buffer *b, size_t size, qn_error *err)
{
    /* Whole pages: a fill may then round its size up, and sizes that differ by little share a buffer. */
    size = size ? (size + 4095) / 4096 * 4096 : 4096;
    if (b->mem && b->size >= size)
        return true;
    gpu_buffer_release(g, b);
    return gpu_buffer_create(g, b, CL_MEM_READ_WRITE, size, NULL, err);
}

void gpu_buffer_release(gpu *g, gpu_buffer *b)
{
    if (!b->mem)
        return;
    clReleaseMemObject(b->mem);
    count(g, 0, b->size);
    gpu_buffer_unmap(b);
    *b = (gpu_buffer){ .mem = NULL };
}
