/* An OpenCL layer (OPENCL_LAYERS=.../libquern_fault_layer.so) that makes calls fail and counts objects.
 *
 *   QF_FAIL=NAME:N:CODE    the Nth call of NAME answers CODE, once; N+ : from the Nth on, as a lost device does;
 *                          N%M : the Nth, the (N+M)th and so on.
 *                          NAME "*": of all calls that can fail here. NAME "event-status": the Nth question for an
 *                          event's status answers CODE, as a command that failed on the device does.
 *   QF_MEMORY=ALL:ONE      a device with so many bytes of memory, of which a buffer may have ONE: it says so, and keeps
 *                          to it. Buffers in host memory do not count.
 *   QF_REPORT=FILE         on exit: "calls NAME N" for every call, "leaked KIND N" for what was not released.
 *
 * A layer cannot but keep its state in globals: OpenCL hands it nothing to hold on to. */
#define CL_TARGET_OPENCL_VERSION 120
#define CL_USE_DEPRECATED_OPENCL_1_1_APIS
#include <CL/cl_layer.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* it would move these back and forth */
/* clang-format off */
#define CALLS(X)                                                                                                       \
    X(clGetPlatformIDs)                                                                                                \
    X(clGetDeviceIDs)                                                                                                  \
    X(clGetDeviceInfo)                                                                                                 \
    X(clGetPlatformInfo)                                                                                               \
    X(clCreateContext) X(clCreateCommandQueue) X(clCreateBuffer) X(clCreateProgramWithSource)                          \
        X(clCreateProgramWithBinary) X(clBuildProgram) X(clGetProgramInfo) X(clCreateKernel)                           \
            X(clGetKernelWorkGroupInfo) X(clSetKernelArg) X(clEnqueueNDRangeKernel) X(clEnqueueWriteBuffer)            \
                X(clEnqueueReadBuffer) X(clEnqueueFillBuffer) X(clEnqueueMapBuffer) X(clEnqueueUnmapMemObject)         \
                    X(clFlush) X(clFinish) X(clWaitForEvents) X(clGetEventInfo) X(clGetEventProfilingInfo)
/* clang-format on */

enum {
#define X(name) CALL_##name,
    CALLS(X)
#undef X
        CALL_event_status,
    N_CALLS
};

static const char *const call_name[N_CALLS] = {
#define X(name) #name,
    CALLS(X)
#undef X
        "event-status"
};

enum { CONTEXT, QUEUE, BUFFER, PROGRAM, KERNEL, EVENT, N_KINDS };

static const char *const kind_name[N_KINDS] = { "context", "queue", "buffer", "program", "kernel", "event" };

static struct cl_icd_dispatch_copy {
    cl_icd_dispatch next, layer;
    pthread_mutex_t lock;
    unsigned long calls[N_CALLS], all;
    long objects[N_KINDS];
    char name[64];
    unsigned long nth, every; /* every 0: once */
    bool for_good;
    cl_int code;
    unsigned long long memory, memory_one, memory_used; /* memory 0: as the device has it */
} self = { .lock = PTHREAD_MUTEX_INITIALIZER };

static bool struck(unsigned long n)
{
    if (self.for_good)
        return n >= self.nth;
    return n == self.nth || (self.every && n > self.nth && (n - self.nth) % self.every == 0);
}

/* CL_SUCCESS, or what this call is to answer. */
static cl_int strike(int call)
{
    pthread_mutex_lock(&self.lock);
    unsigned long n = ++self.calls[call];
    if (call != CALL_event_status)
        self.all++;
    bool any = !strcmp(self.name, "*") && call != CALL_event_status;
    if (any)
        n = self.all;
    bool hit = (any || !strcmp(self.name, call_name[call])) && struck(n);
    pthread_mutex_unlock(&self.lock);
    return hit ? self.code : CL_SUCCESS;
}

static void count(int kind, long more)
{
    pthread_mutex_lock(&self.lock);
    self.objects[kind] += more;
    pthread_mutex_unlock(&self.lock);
}

static cl_int with_event(cl_int rc, const cl_event *event)
{
    if (rc == CL_SUCCESS && event)
        count(EVENT, 1);
    return rc;
}

/* ---- calls that answer with a code ---- */

#define SIMPLE(name, params, args)                                                                                     \
    static cl_int CL_API_CALL layer_##name params                                                                      \
    {                                                                                                                  \
        cl_int code = strike(CALL_##name);                                                                             \
        return code ? code : self.next.name args;                                                                      \
    }

SIMPLE(clGetPlatformIDs, (cl_uint n, cl_platform_id *p, cl_uint *got), (n, p, got))
SIMPLE(clGetDeviceIDs, (cl_platform_id p, cl_device_type t, cl_uint n, cl_device_id *d, cl_uint *got),
       (p, t, n, d, got))
static cl_int CL_API_CALL layer_clGetDeviceInfo(cl_device_id d, cl_device_info i, size_t n, void *v, size_t *r)
{
    cl_int code = strike(CALL_clGetDeviceInfo);
    if (code == CL_SUCCESS)
        code = self.next.clGetDeviceInfo(d, i, n, v, r);
    const bool asked = i == CL_DEVICE_GLOBAL_MEM_SIZE || i == CL_DEVICE_MAX_MEM_ALLOC_SIZE;
    if (code == CL_SUCCESS && self.memory && asked && v) {
        const cl_ulong bytes = i == CL_DEVICE_GLOBAL_MEM_SIZE ? self.memory : self.memory_one;
        memcpy(v, &bytes, sizeof bytes);
    }
    return code;
}
SIMPLE(clGetPlatformInfo, (cl_platform_id p, cl_platform_info i, size_t n, void *v, size_t *r), (p, i, n, v, r))
SIMPLE(clBuildProgram,
       (cl_program p, cl_uint n, const cl_device_id *d, const char *o, void(CL_CALLBACK *f)(cl_program, void *),
        void *u),
       (p, n, d, o, f, u))
SIMPLE(clGetProgramInfo, (cl_program p, cl_program_info i, size_t n, void *v, size_t *r), (p, i, n, v, r))
SIMPLE(clGetKernelWorkGroupInfo,
       (cl_kernel k, cl_device_id d, cl_kernel_work_group_info i, size_t n, void *v, size_t *r), (k, d, i, n, v, r))
SIMPLE(clSetKernelArg, (cl_kernel k, cl_uint i, size_t n, const void *v), (k, i, n, v))
SIMPLE(clFlush, (cl_command_queue q), (q))
SIMPLE(clFinish, (cl_command_queue q), (q))
SIMPLE(clWaitForEvents, (cl_uint n, const cl_event *e), (n, e))
SIMPLE(clGetEventProfilingInfo, (cl_event e, cl_profiling_info i, size_t n, void *v, size_t *r), (e, i, n, v, r))

static cl_int CL_API_CALL layer_clGetEventInfo(cl_event e, cl_event_info i, size_t n, void *v, size_t *r)
{
    cl_int code = strike(CALL_clGetEventInfo);
    if (code == CL_SUCCESS)
        code = self.next.clGetEventInfo(e, i, n, v, r);
    if (code == CL_SUCCESS && i == CL_EVENT_COMMAND_EXECUTION_STATUS && v) {
        cl_int status = strike(CALL_event_status);
        if (status)
            memcpy(v, &status, sizeof status);
    }
    return code;
}

/* ---- calls that make an event ---- */

#define ENQUEUE(name, params, args)                                                                                    \
    static cl_int CL_API_CALL layer_##name params                                                                      \
    {                                                                                                                  \
        cl_int code = strike(CALL_##name);                                                                             \
        return code ? code : with_event(self.next.name args, e);                                                       \
    }

ENQUEUE(clEnqueueNDRangeKernel,
        (cl_command_queue q, cl_kernel k, cl_uint d, const size_t *o, const size_t *g, const size_t *l, cl_uint n,
         const cl_event *w, cl_event *e),
        (q, k, d, o, g, l, n, w, e))
ENQUEUE(clEnqueueWriteBuffer,
        (cl_command_queue q, cl_mem m, cl_bool b, size_t o, size_t s, const void *p, cl_uint n, const cl_event *w,
         cl_event *e),
        (q, m, b, o, s, p, n, w, e))
ENQUEUE(clEnqueueReadBuffer,
        (cl_command_queue q, cl_mem m, cl_bool b, size_t o, size_t s, void *p, cl_uint n, const cl_event *w,
         cl_event *e),
        (q, m, b, o, s, p, n, w, e))
ENQUEUE(clEnqueueFillBuffer,
        (cl_command_queue q, cl_mem m, const void *p, size_t ps, size_t o, size_t s, cl_uint n, const cl_event *w,
         cl_event *e),
        (q, m, p, ps, o, s, n, w, e))
ENQUEUE(clEnqueueUnmapMemObject, (cl_command_queue q, cl_mem m, void *p, cl_uint n, const cl_event *w, cl_event *e),
        (q, m, p, n, w, e))

static void *CL_API_CALL layer_clEnqueueMapBuffer(cl_command_queue q, cl_mem m, cl_bool b, cl_map_flags f, size_t o,
                                                  size_t s, cl_uint n, const cl_event *w, cl_event *e, cl_int *rc)
{
    cl_int code = strike(CALL_clEnqueueMapBuffer);
    void *p = code ? NULL : self.next.clEnqueueMapBuffer(q, m, b, f, o, s, n, w, e, &code);
    (void)with_event(code, e);
    if (rc)
        *rc = code;
    return p;
}

/* ---- calls that make an object ---- */

#define CREATE(name, type, kind, params, args)                                                                         \
    static type CL_API_CALL layer_##name params                                                                        \
    {                                                                                                                  \
        cl_int code = strike(CALL_##name), *out = rc;                                                                  \
        type made = NULL;                                                                                              \
        if (!code) {                                                                                                   \
            rc = &code;                                                                                                \
            made = self.next.name args;                                                                                \
        }                                                                                                              \
        count(kind, made ? 1 : 0);                                                                                     \
        if (out)                                                                                                       \
            *out = code;                                                                                               \
        return made;                                                                                                   \
    }

CREATE(clCreateContext, cl_context, CONTEXT,
       (const cl_context_properties *p, cl_uint n, const cl_device_id *d,
        void(CL_CALLBACK *f)(const char *, const void *, size_t, void *), void *u, cl_int *rc),
       (p, n, d, f, u, rc))
CREATE(clCreateCommandQueue, cl_command_queue, QUEUE,
       (cl_context c, cl_device_id d, cl_command_queue_properties p, cl_int *rc), (c, d, p, rc))
/* Room for a buffer, or what the device answers. */
static cl_int take_memory(cl_mem_flags f, size_t n)
{
    cl_int code = CL_SUCCESS;
    pthread_mutex_lock(&self.lock);
    if (self.memory && n > self.memory_one)
        code = CL_INVALID_BUFFER_SIZE;
    else if (self.memory && !(f & (CL_MEM_USE_HOST_PTR | CL_MEM_ALLOC_HOST_PTR))) {
        if (self.memory_used + n > self.memory)
            code = CL_MEM_OBJECT_ALLOCATION_FAILURE;
        else
            self.memory_used += n;
    }
    pthread_mutex_unlock(&self.lock);
    return code;
}

static cl_mem CL_API_CALL layer_clCreateBuffer(cl_context c, cl_mem_flags f, size_t n, void *p, cl_int *rc)
{
    cl_int code = strike(CALL_clCreateBuffer);
    cl_mem made = NULL;
    if (!code)
        code = take_memory(f, n);
    if (!code)
        made = self.next.clCreateBuffer(c, f, n, p, &code);
    count(BUFFER, made ? 1 : 0);
    if (rc)
        *rc = code;
    return made;
}

/* Before a buffer is released: where that is the last time, its memory is free again. */
static void give_memory(cl_mem m)
{
    cl_uint references = 0;
    cl_mem_flags f = 0;
    size_t n = 0;
    if (!self.memory || self.next.clGetMemObjectInfo(m, CL_MEM_REFERENCE_COUNT, sizeof references, &references, NULL) ||
        references != 1 || self.next.clGetMemObjectInfo(m, CL_MEM_FLAGS, sizeof f, &f, NULL) ||
        self.next.clGetMemObjectInfo(m, CL_MEM_SIZE, sizeof n, &n, NULL) ||
        (f & (CL_MEM_USE_HOST_PTR | CL_MEM_ALLOC_HOST_PTR)))
        return;
    pthread_mutex_lock(&self.lock);
    self.memory_used -= n;
    pthread_mutex_unlock(&self.lock);
}

CREATE(clCreateProgramWithSource, cl_program, PROGRAM,
       (cl_context c, cl_uint n, const char **s, const size_t *l, cl_int *rc), (c, n, s, l, rc))
CREATE(clCreateProgramWithBinary, cl_program, PROGRAM,
       (cl_context c, cl_uint n, const cl_device_id *d, const size_t *l, const unsigned char **b, cl_int *st,
        cl_int *rc),
       (c, n, d, l, b, st, rc))
CREATE(clCreateKernel, cl_kernel, KERNEL, (cl_program p, const char *name, cl_int *rc), (p, name, rc))

#define OBJECT(type, name, kind)                                                                                       \
    static cl_int CL_API_CALL layer_clRetain##name(type o)                                                             \
    {                                                                                                                  \
        cl_int rc = self.next.clRetain##name(o);                                                                       \
        count(kind, rc == CL_SUCCESS ? 1 : 0);                                                                         \
        return rc;                                                                                                     \
    }                                                                                                                  \
    static cl_int CL_API_CALL layer_clRelease##name(type o)                                                            \
    {                                                                                                                  \
        if (kind == BUFFER)                                                                                            \
            give_memory((cl_mem)(void *)o);                                                                            \
        cl_int rc = self.next.clRelease##name(o);                                                                      \
        count(kind, rc == CL_SUCCESS ? -1 : 0);                                                                        \
        return rc;                                                                                                     \
    }

#define OBJECTS(X)                                                                                                     \
    X(cl_context, Context, CONTEXT)                                                                                    \
    X(cl_command_queue, CommandQueue, QUEUE)                                                                           \
    X(cl_mem, MemObject, BUFFER) X(cl_program, Program, PROGRAM) X(cl_kernel, Kernel, KERNEL) X(cl_event, Event, EVENT)
OBJECTS(OBJECT)

/* ---- the layer itself ---- */

CL_API_ENTRY cl_int CL_API_CALL clGetLayerInfo(cl_layer_info what, size_t size, void *value, size_t *size_ret)
{
    static const char name[] = "quern faults";
    cl_layer_api_version version = CL_LAYER_API_VERSION_100;
    const void *from = what == CL_LAYER_NAME ? (const void *)name : &version;
    size_t n = what == CL_LAYER_NAME ? sizeof name : sizeof version;
    if ((what != CL_LAYER_NAME && what != CL_LAYER_API_VERSION) || (value && size < n))
        return CL_INVALID_VALUE;
    if (value)
        memcpy(value, from, n);
    if (size_ret)
        *size_ret = n;
    return CL_SUCCESS;
}

static void read_orders(void)
{
    const char *order = getenv("QF_FAIL"), *memory = getenv("QF_MEMORY");
    if (memory && sscanf(memory, "%llu:%llu", &self.memory, &self.memory_one) != 2)
        fprintf(stderr, "fault layer: QF_MEMORY=%s: not ALL:ONE\n", memory);
    char plus = '\0';
    int code = 0;
    if (!order)
        return;
    if (sscanf(order, "%63[^:]:%lu+:%d", self.name, &self.nth, &code) == 3)
        plus = '+';
    else if (sscanf(order, "%63[^:]:%lu%%%lu:%d", self.name, &self.nth, &self.every, &code) == 4)
        plus = '%';
    else if (sscanf(order, "%63[^:]:%lu:%d", self.name, &self.nth, &code) != 3)
        fprintf(stderr, "fault layer: QF_FAIL=%s: not NAME:N:CODE\n", order);
    self.for_good = plus == '+';
    self.code = code;
}

CL_API_ENTRY cl_int CL_API_CALL clInitLayer(cl_uint n, const cl_icd_dispatch *target, cl_uint *n_ret,
                                            const cl_icd_dispatch **layer)
{
    size_t have = n * sizeof(void *);
    if (!target || !layer || !n_ret)
        return CL_INVALID_VALUE;
    memcpy(&self.next, target, have < sizeof self.next ? have : sizeof self.next);
    self.layer = self.next;
#define X(name) self.layer.name = layer_##name;
    CALLS(X)
#undef X
#define X(type, name, kind)                                                                                            \
    self.layer.clRetain##name = layer_clRetain##name;                                                                  \
    self.layer.clRelease##name = layer_clRelease##name;
    OBJECTS(X)
#undef X
    read_orders();
    *n_ret = (cl_uint)((have < sizeof self.next ? have : sizeof self.next) / sizeof(void *));
    *layer = &self.layer;
    return CL_SUCCESS;
}

__attribute__((destructor)) static void report(void)
{
    const char *path = getenv("QF_REPORT");
    FILE *f = path ? fopen(path, "w") : NULL;
    if (!f)
        return;
    for (int i = 0; i < N_CALLS; i++)
        fprintf(f, "calls %s %lu\n", call_name[i], self.calls[i]);
    fprintf(f, "calls * %lu\n", self.all);
    for (int i = 0; i < N_KINDS; i++)
        fprintf(f, "leaked %s %ld\n", kind_name[i], self.objects[i]);
    fclose(f);
}
