/* A slot: what one picture in flight holds, and how it ends. */
#include "gpu_priv.h"

#include <stdlib.h>
#include <string.h>

cl_event *gpu_slot_event(gpu_slot *s, qn_error *err)
{
    if (s->n_commands == s->cap_commands) {
        size_t cap = s->cap_commands ? 2 * s->cap_commands : 32;
        gpu_command *more = realloc(s->command, cap * sizeof *more);
        if (!more) {
            qn_fail(err, QN_NOMEM, "out of memory");
            return NULL;
        }
        s->command = more;
        s->cap_commands = cap;
    }
    s->command[s->n_commands] = (gpu_command){ .event = NULL };
    return &s->command[s->n_commands].event;
}

void gpu_slot_keep(gpu_slot *s, gpu_stage stage, size_t pass)
{
    s->command[s->n_commands].stage = stage;
    s->command[s->n_commands].pass = pass;
    s->n_commands++;
}

static const char *stage_name(const gpu_slot *s, const gpu_command *c)
{
    if (c->stage == GPU_UPLOAD)
        return "upload";
    if (c->stage == GPU_DOWNLOAD)
        return "download";
    return s->program->plan->pass[c->pass].name;
}

/* Where events cannot be waited for, the queues can: no memory may go while the device might still write to it. */
static void wait_for_queues(gpu *g, cl_command_queue own)
{
    if (own) {
        clFinish(own);
        return;
    }
    clFinish(g->up);
    clFinish(g->compute);
    clFinish(g->down);
}

bool gpu_slot_wait(gpu *g, gpu_slot *s, qn_error *err)
{
    bool ok = true;
    for (size_t i = 0; i < s->n_commands; i++) {
        const gpu_command *c = &s->command[i];
        cl_int status = CL_COMPLETE, rc = clWaitForEvents(1, &c->event);
        if (rc == CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST)
            rc = CL_SUCCESS; /* its own status says more */
        if (rc != CL_SUCCESS)
            wait_for_queues(g, s->queue);
        if (rc == CL_SUCCESS)
            rc = clGetEventInfo(c->event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof status, &status, NULL);
        if (rc == CL_SUCCESS && status < 0)
            rc = status;
        if (rc != CL_SUCCESS && ok)
            ok = qn_fail(err, QN_DEVICE, "%s failed on the device: %s (%d)", stage_name(s, c), cl_error_name(rc),
                         (int)rc);
    }
    return ok;
}

void gpu_slot_forget(gpu_slot *s)
{
    for (size_t i = 0; i < s->n_commands; i++)
        clReleaseEvent(s->command[i].event);
    s->n_commands = 0;
}

void gpu_slot_end(gpu *g, gpu_slot *s, bool ok)
{
    gpu_upload_leave(s, ok);
    gpu_slot_forget(s);
    if (!ok) {
        s->n_uniforms = 0; /* the upload may not have happened */
        gpu_host *host[2] = { s->in_host, s->out_host };
        for (int i = 0; i < 2 && g->shared; i++)
            if (host[i] && host[i]->block)
                gpu_block_unwrap(g, host[i]->block);
    }
    s->in_host = s->out_host = NULL;
    s->program = NULL;
    s->busy = false;
}

void gpu_slot_free(gpu *g, gpu_slot *s)
{
    gpu_buffer_release(g, &s->out);
    gpu_buffer_release(g, &s->uniforms);
    free(s->uniform);
    free(s->command);
    free(s->pass);
    free(s->launch);
    memset(s, 0, sizeof *s);
}

/* ---- times ---- */

static gpu_span span_of(const gpu *g, cl_event event)
{
    cl_ulong start = 0, end = 0;
    if (clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_START, sizeof start, &start, NULL) != CL_SUCCESS ||
        clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_END, sizeof end, &end, NULL) != CL_SUCCESS || end < start)
        return (gpu_span){ .start_ns = 0 };
    return (gpu_span){ .start_ns = start + (uint64_t)g->clock_offset, .end_ns = end + (uint64_t)g->clock_offset };
}

static void join(gpu_span *all, gpu_span one)
{
    if (!one.end_ns)
        return;
    if (!all->end_ns || one.start_ns < all->start_ns)
        all->start_ns = one.start_ns;
    if (one.end_ns > all->end_ns)
        all->end_ns = one.end_ns;
}

void gpu_slot_times(const gpu *g, gpu_slot *s, gpu_times *times)
{
    *times = (gpu_times){ .pass = NULL };
    size_t n = s->program->n_passes;
    if (!g->profile)
        return;
    if (n > s->cap_passes) {
        gpu_span *more = realloc(s->pass, n * sizeof *more);
        if (!more)
            return; /* only statistics */
        s->pass = more;
        s->cap_passes = n;
    }
    if (s->n_commands > s->cap_launches) {
        gpu_launch_span *more = realloc(s->launch, s->n_commands * sizeof *more);
        if (!more)
            return;
        s->launch = more;
        s->cap_launches = s->n_commands;
    }
    if (n)
        memset(s->pass, 0, n * sizeof *s->pass);
    for (size_t i = 0; i < s->n_commands; i++) {
        const gpu_command *c = &s->command[i];
        gpu_span span = span_of(g, c->event);
        join(c->stage == GPU_UPLOAD    ? &times->upload
             : c->stage == GPU_KERNELS ? &times->kernels
                                       : &times->download,
             span);
        if (c->stage != GPU_KERNELS)
            continue;
        join(&s->pass[c->pass], span);
        gpu_learn_rate(s->program, c, span);
        s->launch[times->n_launches++] = (gpu_launch_span){ c->pass, span };
    }
    times->launch = s->launch;
    times->pass = s->pass;
    times->n_passes = n;
}

/* ---- the public half ---- */

unsigned gpu_slots_free(const gpu *g)
{
    unsigned n = 0;
    for (unsigned i = 0; i < g->n_slots; i++)
        n += !g->slot[i].busy;
    return n;
}

bool gpu_ready(gpu *g, gpu_ticket ticket)
{
    const gpu_slot *s = ticket.slot < g->n_slots ? &g->slot[ticket.slot] : NULL;
    if (!s || !s->busy || !s->n_commands)
        return true;
    /* The last command ends last: all queues are in order, and the later ones wait for the earlier ones. */
    cl_int status = CL_COMPLETE;
    cl_int rc = clGetEventInfo(s->command[s->n_commands - 1].event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof status,
                               &status, NULL);
    return rc != CL_SUCCESS || status <= CL_COMPLETE;
}

bool gpu_finish(gpu *g, gpu_ticket ticket, gpu_times *times, qn_error *err)
{
    if (times)
        *times = (gpu_times){ .pass = NULL };
    gpu_slot *s = ticket.slot < g->n_slots ? &g->slot[ticket.slot] : NULL;
    if (!s || !s->busy)
        return qn_fail(err, QN_INTERNAL, "gpu_finish: no picture in slot %u", ticket.slot);
    bool ok = gpu_slot_wait(g, s, err);
    if (ok) {
        s->program->build->launched = true;
        if (times)
            gpu_slot_times(g, s, times);
    }
    gpu_slot_end(g, s, ok);
    gpu_blocks_drain(g);
    return ok;
}
