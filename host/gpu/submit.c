/* One picture on its way: upload, passes, download. */
#include "gpu_priv.h"

#include <stdlib.h>
#include <string.h>

static bool fits(const gpu_program *p, const flt_sized *sized, const gpu_host *in, const gpu_host *out, qn_error *err)
{
    const flt_plan *plan = p->plan;
    if (sized->n_extents != plan->n_surfaces || sized->n_launches != plan->n_passes ||
        (!sized->n_steps && sized->n_pools < plan->n_pools))
        return qn_fail(err, QN_INTERNAL, "gpu_submit: sized for another plan");
    if (!in->block || !out->block || in->block->size < sized->extent[0].bytes ||
        out->block->size < sized->extent[1].bytes)
        return qn_fail(err, QN_INTERNAL, "gpu_submit: host memory too small");
    if (in == out && !sized->output_may_overlap_input)
        return qn_fail(err, QN_INTERNAL, "gpu_submit: this plan needs a block of its own for the result");
    return true;
}

bool gpu_scratch_slots(gpu_scratch *scratch, const flt_sized *sized, qn_error *err)
{
    const unsigned n_pools = (unsigned)sized->n_pools;
    if (n_pools > scratch->n) {
        gpu_buffer *more = realloc(scratch->buffer, n_pools * sizeof *more);
        if (!more)
            return qn_fail(err, QN_NOMEM, "out of memory");
        memset(more + scratch->n, 0, (n_pools - scratch->n) * sizeof *more);
        scratch->buffer = more;
        scratch->n = n_pools;
    }
    return true;
}

void gpu_scratch_release(gpu *g, gpu_scratch *scratch)
{
    for (unsigned i = 0; i < scratch->n; i++)
        gpu_buffer_release(g, &scratch->buffer[i]);
}

static bool grow_scratch(gpu *g, const flt_sized *sized, qn_error *err)
{
    if (!gpu_scratch_slots(&g->scratch, sized, err))
        return false;
    for (unsigned i = 0; i < (unsigned)sized->n_pools; i++)
        if (!gpu_buffer_grow(g, &g->scratch.buffer[i], sized->pool_bytes[i], err))
            return false;
    return true;
}

static bool write_up(cl_command_queue queue, gpu_slot *s, cl_mem to, const void *from, size_t bytes, qn_error *err)
{
    cl_event *event = gpu_slot_event(s, err);
    if (!event || !cl_check(clEnqueueWriteBuffer(queue, to, CL_FALSE, 0, bytes, from, 0, NULL, event),
                            "clEnqueueWriteBuffer", err))
        return false;
    gpu_slot_keep(s, GPU_UPLOAD, 0);
    return true;
}

/* Only where they differ from the slot's last picture: pictures of one size follow one another. */
bool gpu_send_uniforms(gpu *g, cl_command_queue queue, gpu_slot *s, const flt_sized *sized, qn_error *err)
{
    size_t n = sized->n_uniforms, bytes = n * sizeof *sized->uniform;
    if (!s->uniforms.mem || s->uniforms.size < bytes)
        s->n_uniforms = 0;
    if (!gpu_buffer_grow(g, &s->uniforms, bytes, err))
        return false;
    if (!n || (n == s->n_uniforms && !memcmp(s->uniform, sized->uniform, bytes)))
        return true;
    s->n_uniforms = 0;
    if (n > s->cap_uniforms) {
        int32_t *more = realloc(s->uniform, bytes);
        if (!more)
            return qn_fail(err, QN_NOMEM, "out of memory");
        s->uniform = more;
        s->cap_uniforms = n;
    }
    memcpy(s->uniform, sized->uniform, bytes);
    if (!write_up(queue, s, s->uniforms.mem, s->uniform, bytes, err))
        return false;
    s->n_uniforms = n;
    return true;
}

/* ---- shared memory: the host's blocks are the device's buffers ---- */

static bool take_block(gpu *g, gpu_slot *s, gpu_block *b, qn_error *err)
{
    if (!gpu_block_wrap(g, b, err))
        return false;
    if (!b->mapping)
        return true; /* wrapped just now */
    cl_event *event = gpu_slot_event(s, err);
    if (!event || !gpu_block_unmap(g, b, event, err))
        return false;
    gpu_slot_keep(s, GPU_UPLOAD, 0);
    return true;
}

static bool give_block(gpu *g, gpu_slot *s, gpu_block *b, qn_error *err)
{
    cl_event *event = gpu_slot_event(s, err);
    if (!event)
        return false;
    bool ok = gpu_block_map(g, b, event, err);
    if (*event)
        gpu_slot_keep(s, GPU_DOWNLOAD, 0);
    return ok;
}

static bool submit_shared(gpu *g, gpu_slot *s, const flt_sized *sized, qn_error *err)
{
    gpu_block *in = s->in_host->block, *out = s->out_host->block;
    if (!take_block(g, s, in, err) || (out != in && !take_block(g, s, out, err)) ||
        !gpu_send_uniforms(g, g->up, s, sized, err))
        return false;
    gpu_picture picture = { .program = s->program,
                            .sized = sized,
                            .queue = g->compute,
                            .scratch = &g->scratch,
                            .in = in->buffer.mem,
                            .out = out->buffer.mem,
                            .uniforms = s->uniforms.mem,
                            .n_steps = sized->n_steps };
    if (!gpu_dispatch(g, s, &picture, err))
        return false;
    if ((out != in && !give_block(g, s, in, err)) || !give_block(g, s, out, err))
        return false;
    return cl_check(clFlush(g->compute), "clFlush", err);
}

/* ---- memory of its own: three queues, tied by events ---- */

static bool submit_copied(gpu *g, gpu_slot *s, const flt_sized *sized, uint64_t number, qn_error *err)
{
    size_t in_bytes = sized->extent[0].bytes, out_bytes = sized->extent[1].bytes;
    bool one = s->in_host == s->out_host;
    cl_event there;
    if ((!one && !gpu_buffer_grow(g, &s->out, out_bytes, err)) || !gpu_send_uniforms(g, g->up, s, sized, err) ||
        !gpu_upload_take(g, s, one ? 0 : number, in_bytes, one && out_bytes > in_bytes ? out_bytes : in_bytes, &there,
                         err) ||
        !cl_check(clFlush(g->up), "clFlush", err))
        return false;
    gpu_picture picture = { .program = s->program,
                            .sized = sized,
                            .queue = g->compute,
                            .scratch = &g->scratch,
                            .in = s->upload->buffer.mem,
                            .out = one ? s->upload->buffer.mem : s->out.mem,
                            .uniforms = s->uniforms.mem,
                            .n_steps = sized->n_steps,
                            .after = there };
    if (!gpu_dispatch(g, s, &picture, err))
        return false;
    cl_event *event = gpu_slot_event(s, err);
    if (!event)
        return false;
    cl_event last = s->command[s->n_commands - 1].event;
    if (!cl_check(clEnqueueReadBuffer(g->down, picture.out, CL_FALSE, 0, out_bytes, s->out_host->block->data, 1, &last,
                                      event),
                  "clEnqueueReadBuffer", err))
        return false;
    gpu_slot_keep(s, GPU_DOWNLOAD, 0);
    return cl_check(clFlush(g->down), "clFlush", err);
}

static bool submit(gpu *g, gpu_slot *s, const flt_sized *sized, uint64_t number, qn_error *err)
{
    return grow_scratch(g, sized, err) &&
           (g->shared ? submit_shared(g, s, sized, err) : submit_copied(g, s, sized, number, err));
}

/* What did get onto a queue may be using the blocks, and may wait for a flush. */
static void wait_and_forget(gpu *g, gpu_slot *s)
{
    clFlush(g->up);
    clFlush(g->compute);
    clFlush(g->down);
    (void)gpu_slot_wait(g, s, NULL);
    gpu_upload_leave(s, false);
    gpu_slot_forget(s);
}

bool gpu_give_back(gpu *g)
{
    const uint64_t before = gpu_held(g);
    for (unsigned i = 0; i < g->n_slots; i++)
        if (!g->slot[i].busy)
            gpu_buffer_release(g, &g->slot[i].out);
    gpu_uploads_drop(g);
    gpu_scratch_release(g, &g->scratch);
    return gpu_beds_free(g) || gpu_held(g) != before;
}

/* Passes are on their way: where the result lies over the picture, that may be gone. */
static bool computes(const gpu_slot *s)
{
    for (size_t i = 0; i < s->n_commands; i++)
        if (s->command[i].stage == GPU_KERNELS)
            return true;
    return false;
}

bool gpu_submit(gpu *g, gpu_program *p, const flt_sized *sized, gpu_host *in, gpu_host *out, uint64_t picture,
                gpu_ticket *ticket, qn_error *err)
{
    gpu_blocks_drain(g);
    if (!fits(p, sized, in, out, err))
        return false;
    unsigned i = 0;
    while (i < g->n_slots && g->slot[i].busy)
        i++;
    if (i == g->n_slots)
        return qn_fail(err, QN_INTERNAL, "gpu_submit: no free slot");
    gpu_slot *s = &g->slot[i];
    s->busy = true;
    s->program = p;
    s->in_host = in;
    s->out_host = out;
    qn_error first = { 0 };
    bool ok = submit(g, s, sized, picture, &first);
    if (!ok && first.code == QN_DEVICE && gpu_give_back(g) && !(in == out && computes(s))) {
        /* what lies idle may be what was missing */
        wait_and_forget(g, s);
        ok = submit(g, s, sized, picture, err);
    } else if (!ok) {
        *err = first;
    }
    if (!ok) {
        wait_and_forget(g, s);
        gpu_slot_end(g, s, false);
        return false;
    }
    ticket->slot = i;
    return true;
}
