/* Pictures on a device with memory of its own: each is written up once, for however many branches it serves. */
#include "gpu_priv.h"

static void forget(gpu_upload *u)
{
    if (u->ready)
        clReleaseEvent(u->ready);
    u->ready = NULL;
    u->picture = 0;
}

static gpu_upload *find(gpu *g, uint64_t picture, size_t bytes)
{
    for (unsigned i = 0; picture && i < g->n_slots; i++)
        if (g->upload[i].picture == picture && g->upload[i].bytes == bytes)
            return &g->upload[i];
    return NULL;
}

/* There are as many as slots, and each slot in flight uses one. */
static gpu_upload *oldest_idle(gpu *g)
{
    gpu_upload *idle = NULL;
    for (unsigned i = 0; i < g->n_slots; i++) {
        gpu_upload *u = &g->upload[i];
        if (!u->users && (!idle || u->turn < idle->turn))
            idle = u;
    }
    return idle;
}

bool gpu_upload_take(gpu *g, gpu_slot *s, uint64_t picture, size_t bytes, size_t room, cl_event *after, qn_error *err)
{
    gpu_upload *u = find(g, picture, bytes);
    const bool there = u != NULL;
    if (!there && !(u = oldest_idle(g)))
        return qn_fail(err, QN_INTERNAL, "gpu_submit: no place for the picture");
    s->upload = u;
    u->users++;
    u->turn = ++g->upload_turns;
    if (there) {
        *after = s->n_commands ? s->command[s->n_commands - 1].event : u->ready; /* its queue is in order */
        return true;
    }
    forget(u);
    cl_event *event = gpu_buffer_grow(g, &u->buffer, room, err) ? gpu_slot_event(s, err) : NULL;
    if (!event || !cl_check(clEnqueueWriteBuffer(g->up, u->buffer.mem, CL_FALSE, 0, bytes, s->in_host->block->data, 0,
                                                 NULL, event),
                            "clEnqueueWriteBuffer", err))
        return false;
    *after = *event;
    gpu_slot_keep(s, GPU_UPLOAD, 0);
    if (!picture)
        return true;
    if (!cl_check(clRetainEvent(*after), "clRetainEvent", err))
        return false;
    u->ready = *after;
    u->picture = picture;
    u->bytes = bytes;
    return true;
}

void gpu_upload_leave(gpu_slot *s, bool ok)
{
    if (!s->upload)
        return;
    s->upload->users--;
    if (!ok)
        forget(s->upload);
    s->upload = NULL;
}

void gpu_uploads_drop(gpu *g)
{
    for (unsigned i = 0; g->upload && i < g->n_slots; i++)
        if (!g->upload[i].users) {
            forget(&g->upload[i]);
            gpu_buffer_release(g, &g->upload[i].buffer);
        }
}
