/* copy DEVICE-NAME [MB]: the bandwidth of copies between two buffers of one OpenCL device, the better of the driver's
 * own copy and of a kernel that copies 16 bytes at a time, in GB/s with bytes read and bytes written counted. Median of
 * 15, by the device's own clock. It shares no code with quern: it is what quern's passes are measured against. */
#define CL_TARGET_OPENCL_VERSION 120
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <CL/cl.h>

enum { MAX_PLATFORMS = 16, MAX_DEVICES = 32, REPEATS = 15, WARM_UP = 3, RUN = 256 };

/* A work-item copies a run of RUN elements: PoCL makes long vector copies of such loops, and GPUs stay near their peak
 * with the other kernel, whose neighbours touch neighbouring elements. */
static const char *const source = "kernel void copy_runs(global const uint4 *a, global uint4 *b, uint run) {\n"
                                  "  size_t at = get_global_id(0) * run;\n"
                                  "  for (uint i = 0; i < run; i++) b[at + i] = a[at + i];\n"
                                  "}\n"
                                  "kernel void copy_each(global const uint4 *a, global uint4 *b, uint run) {\n"
                                  "  b[get_global_id(0)] = a[get_global_id(0)];\n"
                                  "}\n";

typedef struct bench {
    cl_context context;
    cl_command_queue queue;
    cl_program program;
    cl_mem from, to;
    size_t bytes;
} bench;

static cl_device_id find(const char *name)
{
    cl_platform_id platforms[MAX_PLATFORMS];
    cl_uint n_platforms = 0;
    if (clGetPlatformIDs(MAX_PLATFORMS, platforms, &n_platforms) != CL_SUCCESS)
        return NULL;
    for (cl_uint p = 0; p < n_platforms && p < MAX_PLATFORMS; p++) {
        cl_device_id devices[MAX_DEVICES];
        cl_uint n = 0;
        if (clGetDeviceIDs(platforms[p], CL_DEVICE_TYPE_ALL, MAX_DEVICES, devices, &n) != CL_SUCCESS)
            continue;
        for (cl_uint d = 0; d < n && d < MAX_DEVICES; d++) {
            char text[256] = "";
            clGetDeviceInfo(devices[d], CL_DEVICE_NAME, sizeof text - 1, text, NULL);
            if (strcmp(text, name) == 0)
                return devices[d];
        }
    }
    return NULL;
}

static bool init(bench *b, cl_device_id device, size_t bytes)
{
    cl_int e = CL_SUCCESS;
    b->bytes = bytes;
    b->context = clCreateContext(NULL, 1, &device, NULL, NULL, &e);
    if (e == CL_SUCCESS)
        b->queue = clCreateCommandQueue(b->context, device, CL_QUEUE_PROFILING_ENABLE, &e);
    if (e == CL_SUCCESS)
        b->from = clCreateBuffer(b->context, CL_MEM_READ_WRITE, bytes, NULL, &e);
    if (e == CL_SUCCESS)
        b->to = clCreateBuffer(b->context, CL_MEM_READ_WRITE, bytes, NULL, &e);
    if (e == CL_SUCCESS)
        b->program = clCreateProgramWithSource(b->context, 1, (const char **)&(const char *){ source }, NULL, &e);
    if (e == CL_SUCCESS)
        e = clBuildProgram(b->program, 1, &device, "", NULL, NULL);
    cl_uint zero = 7; /* memory that was never written may be one page many times over */
    if (e == CL_SUCCESS)
        e = clEnqueueFillBuffer(b->queue, b->from, &zero, sizeof zero, 0, bytes, 0, NULL, NULL);
    return e == CL_SUCCESS;
}

static void destroy(bench *b)
{
    if (b->program)
        clReleaseProgram(b->program);
    if (b->from)
        clReleaseMemObject(b->from);
    if (b->to)
        clReleaseMemObject(b->to);
    if (b->queue)
        clReleaseCommandQueue(b->queue);
    if (b->context)
        clReleaseContext(b->context);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Enqueues one copy: by the kernel of that name in work-items of `run` elements, or by the driver where it is NULL. */
static bool enqueue(bench *b, cl_kernel kernel, cl_uint run, cl_event *event)
{
    if (!kernel)
        return clEnqueueCopyBuffer(b->queue, b->from, b->to, 0, 0, b->bytes, 0, NULL, event) == CL_SUCCESS;
    size_t items = b->bytes / 16 / run;
    return clSetKernelArg(kernel, 0, sizeof b->from, &b->from) == CL_SUCCESS &&
           clSetKernelArg(kernel, 1, sizeof b->to, &b->to) == CL_SUCCESS &&
           clSetKernelArg(kernel, 2, sizeof run, &run) == CL_SUCCESS &&
           clEnqueueNDRangeKernel(b->queue, kernel, 1, NULL, &items, NULL, 0, NULL, event) == CL_SUCCESS;
}

/* GB/s of the median copy; 0 where the device fails. */
static double measure(bench *b, const char *name, cl_uint run)
{
    double seconds[REPEATS] = { 0 };
    cl_kernel kernel = name ? clCreateKernel(b->program, name, NULL) : NULL;
    bool ok = !name || kernel;
    for (int i = -WARM_UP; ok && i < REPEATS; i++) {
        cl_event event = NULL;
        cl_ulong begin = 0, end = 0;
        ok = enqueue(b, kernel, run, &event) && clWaitForEvents(1, &event) == CL_SUCCESS;
        if (ok) {
            clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_START, sizeof begin, &begin, NULL);
            clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_END, sizeof end, &end, NULL);
            clReleaseEvent(event);
        }
        if (i >= 0)
            seconds[i] = (double)(end - begin) * 1e-9;
    }
    if (kernel)
        clReleaseKernel(kernel);
    qsort(seconds, REPEATS, sizeof seconds[0], compare);
    double median = seconds[REPEATS / 2];
    return ok && median > 0 ? 2e-9 * (double)b->bytes / median : 0;
}

int main(int argc, char **argv)
{
    unsigned long mb = argc == 3 ? strtoul(argv[2], NULL, 10) : 64;
    if (argc < 2 || argc > 3 || mb < 1 || mb > 4096) {
        fprintf(stderr, "usage: copy DEVICE-NAME [MB]; MB is 1..4096\n");
        return 2;
    }
    cl_device_id device = find(argv[1]);
    if (!device) {
        fprintf(stderr, "copy: no OpenCL device is named '%s'\n", argv[1]);
        return 1;
    }
    bench b = { 0 };
    double best = 0;
    if (init(&b, device, mb << 20)) {
        double each[] = { measure(&b, NULL, 0), measure(&b, "copy_runs", RUN), measure(&b, "copy_each", 1) };
        for (size_t i = 0; i < sizeof each / sizeof each[0]; i++)
            best = each[i] > best ? each[i] : best;
    }
    destroy(&b);
    if (best <= 0) {
        fprintf(stderr, "copy: '%s' failed\n", argv[1]);
        return 1;
    }
    printf("%.3f\n", best);
    return 0;
}
