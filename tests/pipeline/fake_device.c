#include "fake_device.h"

#include "clock.h"
#include "gpu.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

fake_device fake;

#define BAND_ROWS 7

/* ---- planner ---- */

flt_plan *flt_plan_create(const flt_chain *chain, const flt_input *input, const flt_options *options, qn_error *err)
{
    (void)chain, (void)options, (void)err;
    flt_plan *plan = calloc(1, sizeof *plan);
    plan->pass = calloc(1, sizeof *plan->pass);
    plan->n_passes = 1;
    strcpy(plan->pass[0].name, "invert");
    plan->output = input->format;
    plan->output_may_overlap_input = fake.overlap;
    return plan;
}

void flt_plan_free(flt_plan **plan)
{
    if (*plan)
        free((*plan)->pass);
    free(*plan);
    *plan = NULL;
}

bool flt_plan_size(const flt_plan *plan, uint32_t w, uint32_t h, size_t in_stride, const flt_file_info *files,
                   flt_sized *sized, qn_error *err)
{
    (void)files;
    if (w == 13)
        return qn_fail(err, QN_USAGE, "no pictures of 13 columns");
    if (!sized->extent)
        sized->extent = calloc(2, sizeof *sized->extent);
    if (!sized->launch)
        sized->launch = calloc(1, sizeof *sized->launch);
    size_t stride = qn_row_stride(w, plan->output);
    sized->in_width = sized->out_width = w;
    sized->in_height = sized->out_height = h;
    sized->extent[0] = (flt_extent){ w, h, in_stride, in_stride * h, h, false };
    sized->extent[1] = (flt_extent){ w, h, stride, stride * h, h, false };
    sized->output_may_overlap_input = plan->output_may_overlap_input;
    sized->n_extents = 2;
    sized->n_launches = 1;
    sized->launch[0].bytes_read = sized->launch[0].bytes_written = (uint64_t)w * h;
    return true;
}

unsigned flt_shrink_on_load(const flt_chain *chain, flt_dims upright)
{
    (void)chain, (void)upright;
    return 1;
}

bool flt_out_of_order(const flt_plan *plan, const flt_sized *sized, size_t surface)
{
    (void)plan, (void)sized, (void)surface;
    return false;
}

bool flt_one_sweep(const flt_plan *plan, const flt_sized *sized)
{
    (void)plan, (void)sized;
    return true;
}

bool flt_plan_band(const flt_plan *plan, const flt_banding *banding, flt_sized *sized, qn_error *err)
{
    (void)plan, (void)banding, (void)err;
    const uint32_t height = sized->in_height;
    const size_t n = (height + BAND_ROWS - 1) / BAND_ROWS;
    free(sized->band);
    sized->band = calloc(n, sizeof *sized->band);
    sized->n_bands = n;
    for (size_t i = 0; i < n; i++)
        sized->band[i].in_rows = sized->band[i].out_rows = i + 1 < n ? (uint32_t)(i + 1) * BAND_ROWS : height;
    return true;
}

void flt_sized_free(flt_sized *sized)
{
    free(sized->extent);
    free(sized->launch);
    free(sized->band);
    *sized = (flt_sized){ 0 };
}

const char *flt_stage_file(const flt_stage *stage, size_t i, flt_named_file *what)
{
    *what = (flt_named_file){ FLT_FILE_PICTURE, { stage->line, stage->column } };
    return i == 0 ? stage->value[0].text : NULL;
}

/* ---- device ---- */

#define SLOTS 8

typedef struct flight {
    bool used;
    const flt_sized *sized;
    flt_extent from, to;
    gpu_host *in, *out;
} flight;

struct gpu {
    bool second; /* not the device number 0: it never fails, and is of another class */
    gpu_settings settings;
    flight flight[SLOTS];
    uint64_t there[2]; /* pictures, the last one first */
    gpu_span pass;
    gpu_launch_span launch;
    uint64_t last;
};
struct gpu_host {
    void *data;
    size_t size;
};
struct gpu_program {
    int unused;
};

static gpu_program program;

gpu *gpu_open(const gpu_device *device, const gpu_settings *settings, qn_error *err)
{
    (void)err;
    gpu *g = calloc(1, sizeof *g);
    g->settings = *settings;
    g->second = device->index != 0;
    if (!g->second)
        fake.slots = settings->slots;
    return g;
}

void gpu_close(gpu **g)
{
    free(*g);
    *g = NULL;
}

flt_device_class gpu_class(const gpu *g)
{
    return g->second ? FLT_DEV_GPU : FLT_DEV_CPU;
}

bool gpu_is_shared(const gpu *g)
{
    return !g->second;
}

gpu_host *gpu_host_create(gpu *g)
{
    (void)g;
    atomic_fetch_add(&fake.blocks, 1);
    return calloc(1, sizeof(gpu_host));
}

void *gpu_host_reserve(gpu_host *h, size_t bytes, qn_error *err)
{
    if (h->size >= bytes)
        return h->data;
    bytes = (bytes + 4095) / 4096 * 4096;
    free(h->data);
    h->data = aligned_alloc(4096, bytes);
    if (!h->data) {
        qn_fail(err, QN_NOMEM, "out of memory");
        return NULL;
    }
    size_t held = atomic_fetch_add(&fake.held, bytes - h->size) + bytes - h->size;
    size_t peak = atomic_load(&fake.peak);
    while (held > peak && !atomic_compare_exchange_weak(&fake.peak, &peak, held))
        ;
    h->size = bytes;
    return h->data;
}

void *gpu_host_data(const gpu_host *h)
{
    return h->data;
}
size_t gpu_host_size(const gpu_host *h)
{
    return h->size;
}

void gpu_host_free(gpu_host **h)
{
    if (!*h)
        return;
    atomic_fetch_sub(&fake.held, (*h)->size);
    atomic_fetch_sub(&fake.blocks, 1);
    free((*h)->data);
    free(*h);
    *h = NULL;
}

static bool fails(const gpu *g, int count, int at)
{
    return !g->second && at && (count == at || (fake.for_good && count > at));
}

gpu_program *gpu_program_get(gpu *g, const flt_plan *plan, qn_error *err)
{
    (void)plan;
    if (!fails(g, atomic_fetch_add(&fake.builds, 1) + 1, fake.fail_build))
        return &program;
    qn_fail(err, QN_DEVICE, "clBuildProgram: CL_BUILD_PROGRAM_FAILURE");
    return NULL;
}

bool gpu_program_file(gpu *g, gpu_program *p, unsigned index, const qn_image *image, qn_error *err)
{
    (void)g, (void)p, (void)index, (void)image, (void)err;
    return true;
}

unsigned gpu_slots_free(const gpu *g)
{
    unsigned used = 0;
    for (unsigned i = 0; i < SLOTS; i++)
        used += g->flight[i].used;
    return g->settings.slots - used;
}

/* As a device with memory of its own has it that keeps two pictures. */
static void bring_up(gpu *g, uint64_t picture)
{
    if (picture && picture == g->there[0])
        return;
    fake.uploads += !picture || picture != g->there[1];
    g->there[1] = g->there[0];
    g->there[0] = picture;
}

bool gpu_submit(gpu *g, gpu_program *p, const flt_sized *sized, gpu_host *in, gpu_host *out, uint64_t picture,
                gpu_ticket *ticket, qn_error *err)
{
    (void)p;
    if (!gpu_slots_free(g))
        return qn_fail(err, QN_INTERNAL, "no free slot");
    if (in->size < sized->extent[0].bytes || out->size < sized->extent[1].bytes)
        return qn_fail(err, QN_INTERNAL, "a block is too small");
    if (fails(g, atomic_fetch_add(&fake.submits, 1) + 1, fake.fail_submit))
        return qn_fail(err, QN_DEVICE, "clEnqueueNDRangeKernel: CL_OUT_OF_RESOURCES");
    bring_up(g, picture);
    unsigned slot = 0;
    while (g->flight[slot].used)
        slot++;
    g->flight[slot] = (flight){ true, sized, sized->extent[0], sized->extent[1], in, out };
    ticket->slot = slot;
    fake.spare += g->second;
    if (++fake.in_flight > fake.most_in_flight)
        fake.most_in_flight = fake.in_flight;
    return true;
}

bool gpu_finish(gpu *g, gpu_ticket ticket, gpu_times *times, qn_error *err)
{
    flight *f = &g->flight[ticket.slot];
    uint64_t start = qn_now_ns();
    f->used = false;
    fake.in_flight--;
    if (fake.delay_us)
        usleep(fake.delay_us);
    /* the work is done even where the device then fails: a second try on the same pixels would undo it */
    const uint8_t *from = f->in->data;
    uint8_t *to = f->out->data;
    for (size_t i = 0; i < f->to.bytes; i++)
        to[i] = (uint8_t)~from[i];
    if (fails(g, atomic_fetch_add(&fake.finishes, 1) + 1, fake.fail_finish))
        return qn_fail(err, QN_DEVICE, "clWaitForEvents: CL_DEVICE_NOT_AVAILABLE");
    g->pass = (gpu_span){ start, qn_now_ns() };
    g->launch = (gpu_launch_span){ 0, g->pass };
    if (times)
        *times =
            (gpu_times){ .kernels = g->pass, .pass = &g->pass, .n_passes = 1, .launch = &g->launch, .n_launches = 1 };
    return true;
}

bool gpu_ready(gpu *g, gpu_ticket ticket)
{
    (void)g, (void)ticket;
    return true;
}

void gpu_counters_read(const gpu *g, gpu_counters *out)
{
    (void)g;
    *out = (gpu_counters){ .builds = (uint64_t)fake.builds };
}

/* ---- streams ---- */

/* Whole pictures on the "device", whose memory does not count. What is to be downloaded is, as on a queue, only there
 * once its band has been waited for. */
struct gpu_stream {
    const gpu *g;
    size_t stride;
    uint8_t *pixels;
    uint32_t uploaded, downloaded;
    size_t band;
    struct {
        uint8_t *to;
        uint32_t n;
        size_t band;
    } wanted[64];
    unsigned n_wanted;
};

gpu_stream *gpu_stream_open(gpu *g, gpu_program *p, const flt_sized *sized, bool alone, uint64_t most, qn_error *err)
{
    (void)alone, (void)most, (void)p;
    if (fails(g, atomic_fetch_add(&fake.submits, 1) + 1, fake.fail_submit)) {
        qn_fail(err, QN_DEVICE, "clCreateBuffer: CL_MEM_OBJECT_ALLOCATION_FAILURE");
        return NULL;
    }
    gpu_stream *s = calloc(1, sizeof *s);
    s->g = g;
    fake.spare += g->second;
    s->stride = sized->extent[0].stride;
    s->pixels = malloc(s->stride * sized->in_height);
    fake.streams++;
    return s;
}

bool gpu_stream_upload(gpu_stream *s, const void *rows, uint32_t n, qn_error *err)
{
    (void)err;
    memcpy(s->pixels + s->uploaded * s->stride, rows, n * s->stride);
    s->uploaded += n;
    return true;
}

void gpu_stream_rewind(gpu_stream *s)
{
    s->uploaded = 0;
}

bool gpu_stream_run(gpu_stream *s, qn_error *err)
{
    (void)s, (void)err;
    return true;
}

bool gpu_stream_download(gpu_stream *s, void *rows, uint32_t n, qn_error *err)
{
    if (s->n_wanted == sizeof s->wanted / sizeof *s->wanted)
        return qn_fail(err, QN_INTERNAL, "too many downloads in flight");
    s->wanted[s->n_wanted].to = rows;
    s->wanted[s->n_wanted].n = n;
    s->wanted[s->n_wanted++].band = s->band;
    return true;
}

bool gpu_stream_next(gpu_stream *s, qn_error *err)
{
    (void)err;
    s->band++;
    return true;
}

bool gpu_stream_wait(gpu_stream *s, size_t band, gpu_times *times, qn_error *err)
{
    if (fails(s->g, atomic_fetch_add(&fake.finishes, 1) + 1, fake.fail_finish))
        return qn_fail(err, QN_DEVICE, "clWaitForEvents: CL_DEVICE_NOT_AVAILABLE");
    unsigned done = 0;
    for (; done < s->n_wanted && s->wanted[done].band <= band; done++) {
        const size_t bytes = s->wanted[done].n * s->stride;
        const uint8_t *from = s->pixels + s->downloaded * s->stride;
        for (size_t i = 0; i < bytes; i++)
            s->wanted[done].to[i] = (uint8_t)~from[i];
        s->downloaded += s->wanted[done].n;
    }
    s->n_wanted -= done;
    memmove(s->wanted, s->wanted + done, s->n_wanted * sizeof *s->wanted);
    *times = (gpu_times){ .pass = NULL };
    return true;
}

void gpu_stream_close(gpu_stream **s)
{
    if (*s)
        free((*s)->pixels);
    free(*s);
    *s = NULL;
}
