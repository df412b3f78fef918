/* Opening and closing a device. */
#define _GNU_SOURCE
#include "gpu_priv.h"

#include <stdlib.h>
#include <string.h>

static bool env_is(const char *name, const char *value)
{
    const char *s = getenv(name);
    return s && !strcmp(s, value);
}

static flt_device_class class_of(const gpu_device *device)
{
    if (env_is("QUERN_DEVICE_CLASS", "cpu"))
        return FLT_DEV_CPU;
    if (env_is("QUERN_DEVICE_CLASS", "gpu"))
        return FLT_DEV_GPU;
    return !strcmp(device->type, "cpu") ? FLT_DEV_CPU : FLT_DEV_GPU;
}

bool gpu_make_queue(gpu *g, cl_command_queue *queue, qn_error *err)
{
    cl_int rc;
    *queue = clCreateCommandQueue(g->context, g->device, g->profile ? CL_QUEUE_PROFILING_ENABLE : 0, &rc);
    if (rc != CL_SUCCESS)
        *queue = NULL;
    return cl_check(rc, "clCreateCommandQueue", err);
}

static bool make_options(gpu *g, qn_error *err)
{
    cl_device_fp_config fp = 0;
    bool exact = clGetDeviceInfo(g->device, CL_DEVICE_SINGLE_FP_CONFIG, sizeof fp, &fp, NULL) == CL_SUCCESS &&
                 (fp & CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT);
    g->options = strdup(exact ? "-cl-std=CL1.2 -cl-fp32-correctly-rounded-divide-sqrt" : "-cl-std=CL1.2");
    return g->options || qn_fail(err, QN_NOMEM, "out of memory");
}

/* Whether wrapped memory is mapped where it lies, as OpenCL promises: without that there is nothing to share. */
static bool maps_in_place(gpu *g)
{
    enum { SIZE = 4096 };
    void *memory = NULL;
    bool same = false;
    gpu_buffer b = { .mem = NULL };
    if (posix_memalign(&memory, SIZE, SIZE))
        return false;
    if (gpu_buffer_create(g, &b, CL_MEM_READ_WRITE | CL_MEM_USE_HOST_PTR, SIZE, memory, NULL)) {
        cl_int rc;
        void *p =
            clEnqueueMapBuffer(g->compute, b.mem, CL_TRUE, CL_MAP_READ | CL_MAP_WRITE, 0, SIZE, 0, NULL, NULL, &rc);
        if (rc == CL_SUCCESS) {
            same = p == memory;
            if (clEnqueueUnmapMemObject(g->compute, b.mem, p, 0, NULL, NULL) == CL_SUCCESS)
                clFinish(g->compute);
        }
    }
    gpu_buffer_release(g, &b);
    free(memory);
    return same;
}

static bool choose_transfer(gpu *g, const gpu_device *device, gpu_transfer wanted, qn_error *err)
{
    if (wanted == GPU_TRANSFER_AUTO) {
        if (env_is("QUERN_TRANSFER", "shared"))
            wanted = GPU_TRANSFER_SHARED;
        else if (env_is("QUERN_TRANSFER", "copied"))
            wanted = GPU_TRANSFER_COPIED;
        else
            wanted = device->shared_memory ? GPU_TRANSFER_SHARED : GPU_TRANSFER_COPIED;
    }
    g->shared = wanted == GPU_TRANSFER_SHARED && maps_in_place(g);
    if (wanted == GPU_TRANSFER_SHARED && !g->shared)
        qn_logf(g->log, QN_LOG_VERBOSE, "%s: host memory is not mapped in place, pictures are copied", device->name);
    /* Pinning makes buffers on the decode threads. Oclgrind keeps them in a list without a lock, and copies plain
     * memory just as well. */
    g->pinned = !g->shared && !strcasestr(device->platform_name, "oclgrind");
    if (g->shared) {
        g->up = g->down = g->compute;
        return true;
    }
    return gpu_make_queue(g, &g->up, err) && gpu_make_queue(g, &g->down, err);
}

gpu *gpu_open(const gpu_device *device, const gpu_settings *settings, qn_error *err)
{
    gpu *g = calloc(1, sizeof *g);
    if (!g) {
        qn_fail(err, QN_NOMEM, "out of memory");
        return NULL;
    }
    pthread_mutex_init(&g->lock, NULL);
    pthread_mutex_init(&g->args, NULL);
    g->device = device->device_id;
    g->platform = device->platform_id;
    g->log = settings->log;
    g->profile = settings->profile;
    g->max_alloc = device->max_alloc;
    g->device_class = class_of(device);
    g->n_slots = settings->slots ? settings->slots : 1;
    g->slot = calloc(g->n_slots, sizeof *g->slot);
    g->upload = calloc(g->n_slots, sizeof *g->upload);
    if (!g->slot || !g->upload) {
        qn_fail(err, QN_NOMEM, "out of memory");
        goto error;
    }
    cl_context_properties properties[] = { CL_CONTEXT_PLATFORM, (cl_context_properties)g->platform, 0 };
    cl_int rc;
    g->context = clCreateContext(properties, 1, &g->device, NULL, NULL, &rc);
    if (rc != CL_SUCCESS) {
        g->context = NULL;
        (void)cl_check(rc, "clCreateContext", err);
        goto error;
    }
    if (!make_options(g, err) || !gpu_make_queue(g, &g->compute, err) || !gpu_make_queue(g, &g->mapping, err) ||
        !choose_transfer(g, device, settings->transfer, err))
        goto error;
    if (g->profile)
        gpu_clock_sync(g);
    if (settings->cache)
        g->cache = gpu_cache_open(settings->cache_dir, NULL, g->log);
    return g;
error:
    qn_error_prefix(err, "%s", device->name);
    gpu_close(&g);
    return NULL;
}

static void release_queue(cl_command_queue queue)
{
    if (queue)
        clReleaseCommandQueue(queue);
}

void gpu_close(gpu **gp)
{
    if (!gp || !*gp)
        return;
    gpu *g = *gp;
    for (unsigned i = 0; g->slot && i < g->n_slots; i++)
        if (g->slot[i].busy)
            (void)gpu_finish(g, (gpu_ticket){ i }, NULL, NULL);
    gpu_programs_save(g);
    gpu_blocks_drain(g);
    gpu_programs_free(g);
    for (unsigned i = 0; g->slot && i < g->n_slots; i++)
        gpu_slot_free(g, &g->slot[i]);
    gpu_uploads_drop(g);
    (void)gpu_beds_free(g);
    gpu_scratch_release(g, &g->scratch);
    if (g->up != g->compute)
        release_queue(g->up);
    if (g->down != g->compute)
        release_queue(g->down);
    release_queue(g->compute);
    release_queue(g->mapping);
    if (g->context)
        clReleaseContext(g->context);
    gpu_cache_close(&g->cache);
    pthread_mutex_destroy(&g->lock);
    pthread_mutex_destroy(&g->args);
    free(g->scratch.buffer);
    free(g->upload);
    free(g->slot);
    free(g->options);
    free(g);
    *gp = NULL;
}

flt_device_class gpu_class(const gpu *g)
{
    return g->device_class;
}

bool gpu_is_shared(const gpu *g)
{
    return g->shared;
}

void gpu_counters_read(const gpu *g, gpu_counters *out)
{
    pthread_mutex_t *lock = (pthread_mutex_t *)&g->lock;
    pthread_mutex_lock(lock);
    *out = g->counters;
    pthread_mutex_unlock(lock);
}
