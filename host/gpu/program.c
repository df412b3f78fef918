/* Programs: from this process, from disk, or from the compiler. */
#define _GNU_SOURCE
#include "clock.h"
#include "gpu_priv.h"

#include <stdlib.h>
#include <string.h>

/* ---- key of an entry on disk ---- */

static void add_part(qn_bytes *key, char *text, bool *ok)
{
    *ok = *ok && text && qn_bytes_append(key, text, strlen(text) + 1); /* with its NUL: parts don't run together */
    free(text);
}

/* All that the binary depends on: a driver's update must never meet an old binary. */
static bool cache_key(const gpu *g, const char *text, qn_bytes *key)
{
    bool ok = true;
    add_part(key, cl_platform_text(g->platform, CL_PLATFORM_NAME), &ok);
    add_part(key, cl_platform_text(g->platform, CL_PLATFORM_VERSION), &ok);
    add_part(key, cl_device_text(g->device, CL_DEVICE_NAME), &ok);
    add_part(key, cl_device_text(g->device, CL_DEVICE_VERSION), &ok);
    add_part(key, cl_device_text(g->device, CL_DRIVER_VERSION), &ok);
    add_part(key, strdup(g->options), &ok);
    add_part(key, strdup(text), &ok);
    return ok;
}

/* ---- building ---- */

static void say_log(qn_log *log, char *text)
{
    for (char *save = NULL, *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
        qn_logf(log, QN_LOG_VERBOSE, "compiler: %s", line);
}

/* The first lines that say something, as one. */
static void fail_with_log(gpu *g, cl_program program, cl_int rc, qn_error *err)
{
    size_t size = 0;
    char *log = NULL;
    if (clGetProgramBuildInfo(program, g->device, CL_PROGRAM_BUILD_LOG, 0, NULL, &size) == CL_SUCCESS)
        log = calloc(1, size + 1);
    if (log && clGetProgramBuildInfo(program, g->device, CL_PROGRAM_BUILD_LOG, size, log, NULL) != CL_SUCCESS)
        log[0] = '\0';
    char first[320] = "";
    size_t used = 0, n = 0;
    for (const char *p = log; p && *p && n < 3;) {
        size_t len = strcspn(p, "\r\n");
        if (len && used + 4 < sizeof first) {
            size_t room = sizeof first - used - 4, take = len < room ? len : room;
            memcpy(first + used, n ? "; " : ": ", 2);
            memcpy(first + used + 2, p, take);
            used += take + 2;
            first[used] = '\0';
            n++;
        }
        p += len;
        p += strspn(p, "\r\n");
    }
    qn_fail(err, QN_DEVICE, "the device's compiler failed: %s (%d)%s", cl_error_name(rc), (int)rc, first);
    if (log && qn_log_on(g->log, QN_LOG_VERBOSE))
        say_log(g->log, log);
    free(log);
}

static cl_program from_source(gpu *g, const char *text, qn_error *err)
{
    cl_int rc;
    cl_program program = clCreateProgramWithSource(g->context, 1, &text, NULL, &rc);
    if (!cl_check(rc, "clCreateProgramWithSource", err))
        return NULL;
    rc = clBuildProgram(program, 1, &g->device, g->options, NULL, NULL);
    if (rc != CL_SUCCESS) {
        fail_with_log(g, program, rc, err);
        clReleaseProgram(program);
        return NULL;
    }
    return program;
}

/* NULL: not there, or there and refused by the driver (then removed). */
static cl_program from_disk(gpu *g, const qn_bytes *key)
{
    qn_bytes binary = { .data = NULL };
    cl_program program = NULL;
    if (gpu_cache_get(g->cache, key->data, key->len, &binary)) {
        const unsigned char *data = binary.data;
        cl_int status = CL_SUCCESS, rc;
        program = clCreateProgramWithBinary(g->context, 1, &g->device, &binary.len, &data, &status, &rc);
        if (rc != CL_SUCCESS)
            program = NULL;
        if (program &&
            (status != CL_SUCCESS || clBuildProgram(program, 1, &g->device, g->options, NULL, NULL) != CL_SUCCESS)) {
            clReleaseProgram(program);
            program = NULL;
        }
        if (!program) {
            qn_logf(g->log, QN_LOG_VERBOSE, "program cache: the driver refuses an entry: removed");
            gpu_cache_remove(g->cache, key->data, key->len);
        }
    }
    qn_bytes_free(&binary);
    return program;
}

static void build_free(gpu_build *b)
{
    if (!b)
        return;
    if (b->program)
        clReleaseProgram(b->program);
    free(b->text);
    free(b);
}

static gpu_build *build_find(gpu *g, const flt_plan *plan)
{
    for (gpu_build *b = g->builds; b; b = b->next)
        if (b->key == plan->key && !strcmp(b->text, plan->text))
            return b;
    return NULL;
}

static gpu_build *build_create(gpu *g, const flt_plan *plan, bool disk, qn_error *err)
{
    uint64_t start = qn_now_ns();
    qn_bytes key = { .data = NULL };
    gpu_build *b = calloc(1, sizeof *b);
    if (!b || !(b->text = strdup(plan->text))) {
        qn_fail(err, QN_NOMEM, "out of memory");
        goto error;
    }
    b->key = plan->key;
    if (disk && g->cache && cache_key(g, b->text, &key))
        b->program = from_disk(g, &key);
    b->from_disk = b->program != NULL;
    if (!b->program)
        b->program = from_source(g, b->text, err);
    if (!b->program)
        goto error;
    g->counters.disk_hits += b->from_disk;
    g->counters.builds += !b->from_disk;
    g->counters.build_s += (double)(qn_now_ns() - start) * 1e-9;
    b->next = g->builds;
    g->builds = b;
    qn_bytes_free(&key);
    return b;
error:
    qn_bytes_free(&key);
    build_free(b);
    return NULL;
}

/* ---- programs ---- */

static void program_free(gpu *g, gpu_program *p)
{
    if (!p)
        return;
    for (size_t i = 0; p->kernel && i < p->n_passes; i++)
        if (p->kernel[i])
            clReleaseKernel(p->kernel[i]);
    for (size_t i = 0; p->file && i < p->n_files; i++)
        gpu_buffer_release(g, &p->file[i]);
    free(p->kernel);
    free(p->max_local);
    free(p->rate);
    free(p->file);
    free(p);
}

static bool make_kernels(gpu *g, gpu_program *p, qn_error *err)
{
    for (size_t i = 0; i < p->plan->n_passes; i++) {
        cl_int rc;
        p->kernel[i] = clCreateKernel(p->build->program, p->plan->pass[i].kernel, &rc);
        if (rc != CL_SUCCESS) {
            p->kernel[i] = NULL;
            return qn_fail(err, QN_DEVICE, "clCreateKernel(%s): %s (%d)", p->plan->pass[i].kernel, cl_error_name(rc),
                           (int)rc);
        }
        rc = clGetKernelWorkGroupInfo(p->kernel[i], g->device, CL_KERNEL_WORK_GROUP_SIZE, sizeof p->max_local[i],
                                      &p->max_local[i], NULL);
        if (!cl_check(rc, "clGetKernelWorkGroupInfo", err))
            return false;
    }
    return true;
}

static gpu_program *program_create(gpu *g, const flt_plan *plan, gpu_build *build, qn_error *err)
{
    gpu_program *p = calloc(1, sizeof *p);
    if (p) {
        p->plan = plan;
        p->n_passes = plan->n_passes;
        p->n_files = plan->n_files;
        p->build = build;
        p->kernel = calloc(plan->n_passes + 1, sizeof(cl_kernel));
        p->max_local = calloc(plan->n_passes + 1, sizeof *p->max_local);
        p->rate = calloc(plan->n_passes + 1, sizeof *p->rate);
        p->file = calloc(plan->n_files + 1, sizeof *p->file);
    }
    if (!p || !p->kernel || !p->max_local || !p->rate || !p->file)
        qn_fail(err, QN_NOMEM, "out of memory");
    else if (make_kernels(g, p, err))
        return p;
    program_free(g, p);
    return NULL;
}

gpu_program *gpu_program_get(gpu *g, const flt_plan *plan, qn_error *err)
{
    for (gpu_program *p = g->programs; p; p = p->next)
        if (p->plan == plan) {
            g->counters.memory_hits++;
            return p;
        }
    gpu_build *build = build_find(g, plan);
    if (build)
        g->counters.memory_hits++;
    else
        build = build_create(g, plan, true, err);
    if (!build)
        return NULL;
    /* A binary that the driver took and that still has no such kernels: the text decides. */
    gpu_program *p = program_create(g, plan, build, build->from_disk ? NULL : err);
    if (!p && build->from_disk) {
        build = build_create(g, plan, false, err); /* found before the other from now on */
        p = build ? program_create(g, plan, build, err) : NULL;
    }
    if (!p)
        return NULL;
    p->next = g->programs;
    g->programs = p;
    return p;
}

bool gpu_program_file(gpu *g, gpu_program *p, unsigned index, const qn_image *image, qn_error *err)
{
    if (index >= p->plan->n_files || image->format.layout != QN_INTERLEAVED)
        return qn_fail(err, QN_INTERNAL, "gpu_program_file: no such file, or not interleaved");
    size_t bytes = image->plane[0].stride * image->height;
    if (!gpu_buffer_grow(g, &p->file[index], bytes, err))
        return false;
    /* Blocking, once per run: the caller may drop the pixels, and all queues see it. */
    cl_int rc = clEnqueueWriteBuffer(g->up, p->file[index].mem, CL_TRUE, 0, bytes, image->plane[0].data, 0, NULL, NULL);
    if (rc != CL_SUCCESS)
        gpu_buffer_release(g, &p->file[index]);
    return cl_check(rc, "clEnqueueWriteBuffer", err);
}

static void save(gpu *g, const gpu_build *b)
{
    size_t size = 0;
    qn_bytes binary = { .data = NULL }, key = { .data = NULL };
    if (clGetProgramInfo(b->program, CL_PROGRAM_BINARY_SIZES, sizeof size, &size, NULL) == CL_SUCCESS && size &&
        qn_bytes_reserve(&binary, size)) {
        unsigned char *data = binary.data;
        if (clGetProgramInfo(b->program, CL_PROGRAM_BINARIES, sizeof data, &data, NULL) == CL_SUCCESS &&
            cache_key(g, b->text, &key))
            (void)gpu_cache_put(g->cache, key.data, key.len, binary.data, size);
    }
    qn_bytes_free(&binary);
    qn_bytes_free(&key);
}

void gpu_programs_save(gpu *g)
{
    for (const gpu_build *b = g->builds; g->cache && b; b = b->next)
        if (b->launched && !b->from_disk)
            save(g, b);
}

void gpu_programs_free(gpu *g)
{
    while (g->programs) {
        gpu_program *next = g->programs->next;
        program_free(g, g->programs);
        g->programs = next;
    }
    while (g->builds) {
        gpu_build *next = g->builds->next;
        build_free(g->builds);
        g->builds = next;
    }
}
