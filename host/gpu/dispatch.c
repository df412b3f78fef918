/* Passes onto the compute queue. */
#include "clock.h"
#include "gpu_priv.h"

cl_mem gpu_surface_memory(const gpu_picture *pic, unsigned index)
{
    const flt_surface *s = &pic->program->plan->surface[index];
    const unsigned pool = pic->sized->pool ? pic->sized->pool[index] : s->pool;
    switch (s->role) {
    case FLT_ROLE_INPUT: return pic->in;
    case FLT_ROLE_OUTPUT: return pic->out;
    case FLT_ROLE_TEMP: return pool < pic->scratch->n ? pic->scratch->buffer[pool].mem : NULL;
    case FLT_ROLE_FILE: return s->file < pic->program->n_files ? pic->program->file[s->file].mem : NULL;
    }
    return NULL;
}

/* Passes that take surfaces which begin as zero are run whole, in the plan's order. */
static bool taken_before(const flt_plan *plan, size_t pass, unsigned surface)
{
    for (size_t i = 0; i < pass; i++)
        for (unsigned b = 0; b < plan->pass[i].n_buffers; b++)
            if (plan->pass[i].buffer[b] == surface)
                return true;
    return false;
}

/* The events of one dispatch: the first command waits for the upload, the rest is in order anyway. */
typedef struct stream {
    gpu *g;
    cl_command_queue queue;
    gpu_slot *slot;
    cl_event after;
    size_t pass;
    uint32_t x0, x1; /* its work-groups in x */
} stream;

static cl_uint waits(const stream *st)
{
    return st->after ? 1 : 0;
}

static bool enqueued(stream *st, cl_int rc, const char *call, qn_error *err)
{
    if (rc != CL_SUCCESS) {
        (void)cl_check(rc, call, err);
        qn_error_prefix(err, "%s", st->slot->program->plan->pass[st->pass].name);
        return false;
    }
    gpu_slot_keep(st->slot, GPU_KERNELS, st->pass);
    st->after = NULL;
    return true;
}

static bool clear(stream *st, cl_mem memory, size_t bytes, qn_error *err)
{
    static const cl_uint zero = 0;
    cl_event *event = gpu_slot_event(st->slot, err);
    if (!event)
        return false;
    bytes = (bytes + sizeof zero - 1) / sizeof zero * sizeof zero; /* buffers are whole pages */
    cl_int rc = clEnqueueFillBuffer(st->queue, memory, &zero, sizeof zero, 0, bytes, waits(st),
                                    st->after ? &st->after : NULL, event);
    return enqueued(st, rc, "clEnqueueFillBuffer", err);
}

/* Of surfaces, that a block row reads and writes. */
static double row_bytes(const flt_launch *l)
{
    const double bytes = (double)(l->bytes_read + l->bytes_written);
    return bytes > 0 && l->groups[1] ? bytes / l->groups[1] : 1;
}

static bool launch(stream *st, cl_kernel kernel, cl_uint first_arg, const flt_launch *l, uint32_t y0, uint32_t y1,
                   qn_error *err)
{
    const cl_int band[3] = { (cl_int)l->u0, (cl_int)y0, (cl_int)y1 };
    for (cl_uint i = 0; i < 3; i++)
        if (!cl_check(clSetKernelArg(kernel, first_arg + i, sizeof band[i], &band[i]), "clSetKernelArg", err))
            return false;
    size_t local[2] = { l->local[0], l->local[1] };
    const size_t offset[2] = { st->x0 * local[0], 0 };
    const size_t global[2] = { (st->x1 - st->x0) * local[0], (l->walks ? 1 : y1 - y0) * local[1] };
    cl_event *event = gpu_slot_event(st->slot, err);
    if (!event)
        return false;
    /* only a pass with tiles has an offset, and minds it: get_group_id() does not */
    cl_int rc = clEnqueueNDRangeKernel(st->queue, kernel, 2, st->x0 ? offset : NULL, global, local, waits(st),
                                       st->after ? &st->after : NULL, event);
    st->slot->command[st->slot->n_commands].bytes = (double)(y1 - y0) * row_bytes(l);
    return enqueued(st, rc, "clEnqueueNDRangeKernel", err);
}

static bool set_buffer(cl_kernel kernel, cl_uint arg, cl_mem memory, qn_error *err)
{
    if (!memory)
        return qn_fail(err, QN_INTERNAL, "a surface has no memory (argument %u)", (unsigned)arg);
    return cl_check(clSetKernelArg(kernel, arg, sizeof memory, &memory), "clSetKernelArg", err);
}

/* ---- short launches: a GPU that is kept busy by one draws no desktop meanwhile ---- */

enum {
    SLICE_NS = 20000000, /* that a launch is to take; what is expected is not what comes, and 50 ms are felt */
    FIRST_BYTES = 65536, /* of surfaces, that the first launch of a pass works on, */
    GROWTH = 8,          /* how many times more the next one does, */
    ENOUGH_NS = 1000000  /* until one takes so long: then its rate is the pass's */
};

/* Block rows that take `ns`, or have so many bytes where nothing has been measured. */
static uint32_t rows_within(double rate, double ns, double bytes, const flt_launch *l, uint32_t rows)
{
    const double n = rate > 0 ? ns / (rate * row_bytes(l)) : bytes / row_bytes(l);
    return n >= rows ? rows : n >= 1 ? (uint32_t)n : 1;
}

static uint32_t rows_at_once(const gpu *g, const gpu_program *p, size_t pass, const flt_launch *l, uint32_t rows)
{
    if (g->rows_per_launch)
        return g->rows_per_launch;
    return g->device_class == FLT_DEV_GPU ? rows_within(p->rate[pass], SLICE_NS, 0, l, rows) : rows;
}

/* The first launches of a pass, one by one and each larger, to see what it takes. *from moves behind them. Only here
 * does a dispatch wait: once for each pass of a program. */
static bool measure(stream *st, cl_kernel kernel, cl_uint arg, const flt_launch *l, uint32_t *from, uint32_t to,
                    qn_error *err)
{
    gpu *g = st->g;
    double *rate = &st->slot->program->rate[st->pass], bytes = FIRST_BYTES, took = 0;
    if (g->rows_per_launch || g->device_class != FLT_DEV_GPU || *rate > 0)
        return true;
    while (*from < to && took < ENOUGH_NS) {
        const uint32_t rows = rows_within(0, 0, bytes, l, to - *from);
        if (!cl_check(clFinish(g->up), "clFinish", err) || !cl_check(clFinish(st->queue), "clFinish", err))
            return false;
        const uint64_t start = qn_now_ns();
        if (!launch(st, kernel, arg, l, *from, *from + rows, err) || !cl_check(clFinish(st->queue), "clFinish", err))
            return false;
        took = (double)(qn_now_ns() - start);
        *rate = (took < ENOUGH_NS ? ENOUGH_NS : took) / (rows * row_bytes(l));
        *from += rows;
        bytes = took * GROWTH < SLICE_NS ? bytes * GROWTH : bytes;
    }
    return true;
}

void gpu_learn_rate(gpu_program *p, const gpu_command *c, gpu_span span)
{
    double *rate = &p->rate[c->pass];
    const double took = span.end_ns > span.start_ns ? (double)(span.end_ns - span.start_ns) : 0;
    if (c->bytes < FIRST_BYTES || *rate <= 0 || took <= 0)
        return;
    const double seen = (took < ENOUGH_NS ? ENOUGH_NS : took) / c->bytes;
    if (took < ENOUGH_NS) /* mostly what any launch takes: it only tells that the pass takes no longer than so */
        *rate = *rate < seen ? *rate : seen;
    else /* to shorter launches at once, to longer ones slowly */
        *rate = seen > *rate ? seen : *rate + (seen - *rate) / 8;
}

/* Block rows [from, to) of a pass. */
static bool run_pass(stream *st, const gpu_picture *pic, uint32_t from, uint32_t to, qn_error *err)
{
    const flt_plan *plan = pic->program->plan;
    const flt_pass *pass = &plan->pass[st->pass];
    const flt_launch *l = &pic->sized->launch[st->pass];
    cl_kernel kernel = pic->program->kernel[st->pass];
    size_t items = (size_t)l->local[0] * l->local[1];
    if (items > pic->program->max_local[st->pass])
        return qn_fail(err, QN_DEVICE,
                       "%s: work-groups of %zu needed, the device allows this kernel %zu: choose another "
                       "with -d",
                       pass->name, items, pic->program->max_local[st->pass]);
    cl_uint n = pass->n_buffers;
    for (cl_uint i = 0; i < n; i++) {
        unsigned surface = pass->buffer[i];
        cl_mem memory = gpu_surface_memory(pic, surface);
        if (!set_buffer(kernel, i, memory, err))
            return false;
        if (plan->surface[surface].clear && from == 0 && !taken_before(plan, st->pass, surface) &&
            !clear(st, memory, pic->sized->extent[surface].bytes, err))
            return false;
    }
    if (!set_buffer(kernel, n, pic->uniforms, err))
        return false;
    if (st->x0 == st->x1)
        return true;
    if (!measure(st, kernel, n + 1, l, &from, to, err))
        return false;
    const uint32_t step = rows_at_once(st->g, pic->program, st->pass, l, to - from);
    for (uint32_t y0 = from; y0 < to; y0 += step) {
        uint32_t y1 = to - y0 < step ? to : y0 + step;
        if (!launch(st, kernel, n + 1, l, y0, y1, err))
            return false;
    }
    return true;
}

static bool run_passes(stream *st, const gpu_picture *pic, qn_error *err)
{
    const flt_sized *sized = pic->sized;
    for (st->pass = 0; !sized->n_steps && st->pass < pic->program->n_passes; st->pass++) {
        st->x1 = sized->launch[st->pass].groups[0];
        if (!run_pass(st, pic, 0, sized->launch[st->pass].groups[1], err))
            return false;
    }
    for (size_t i = pic->first_step; i < pic->first_step + pic->n_steps; i++) {
        st->pass = sized->step[i].pass;
        st->x0 = sized->step[i].x0;
        st->x1 = sized->step[i].x1;
        if (!run_pass(st, pic, sized->step[i].y0, sized->step[i].y1, err))
            return false;
    }
    return cl_check(clFlush(st->queue), "clFlush", err);
}

bool gpu_dispatch(gpu *g, gpu_slot *s, const gpu_picture *pic, qn_error *err)
{
    stream st = { .g = g, .queue = pic->queue, .slot = s, .after = pic->after };
    pthread_mutex_lock(&g->args);
    const bool ok = run_passes(&st, pic, err);
    pthread_mutex_unlock(&g->args);
    return ok;
}
