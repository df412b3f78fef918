/* The device's profiling clock against ours. */
#include "clock.h"
#include "gpu_priv.h"

/* A tiny write tells when it was queued on the device's clock; our clock just before and after gives the window in
 * which that was. The narrowest window of a few tries is the answer. */
void gpu_clock_sync(gpu *g)
{
    gpu_buffer b = { .mem = NULL };
    if (!gpu_buffer_grow(g, &b, 1, NULL))
        return;
    uint64_t best = UINT64_MAX;
    for (int i = 0; i < 4; i++) {
        static const cl_uint word = 0;
        cl_event event = NULL;
        cl_ulong queued = 0;
        uint64_t before = qn_now_ns();
        cl_int rc = clEnqueueWriteBuffer(g->compute, b.mem, CL_FALSE, 0, sizeof word, &word, 0, NULL, &event);
        uint64_t after = qn_now_ns();
        if (rc != CL_SUCCESS)
            break;
        if (clWaitForEvents(1, &event) == CL_SUCCESS &&
            clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_QUEUED, sizeof queued, &queued, NULL) == CL_SUCCESS &&
            after - before < best) {
            best = after - before;
            g->clock_offset = (int64_t)(before + (after - before) / 2 - queued);
        }
        clReleaseEvent(event);
    }
    gpu_buffer_release(g, &b);
}
