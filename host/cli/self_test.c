#include "self_test.h"

#include "bytes.h"
#include "lut_file.h"
#include "run.h"
#include "signals.h"

#include <stdlib.h>
#include <string.h>

enum { WAYS = 4, FORMATS = 2 };

/* One program's run; plans live as long as the gpu, which keeps what was built from them. */
typedef struct test_bench {
    gpu *device;
    gpu_host *in, *out;
    flt_sized sized;
    uint64_t max_alloc; /* bytes that the device allows a buffer */
    flt_plan **plan;
    size_t n_plans, cap_plans;
    flt_chain *chain; /* one per filter; the plans point into them */
    size_t n_chains;
    qn_bytes first; /* the result of the first way, rows without padding */
    qn_bytes now;
} test_bench;

static uint32_t mix_bits(uint32_t x)
{
    x ^= x >> 16;
    x *= 0x7feb352du;
    x ^= x >> 15;
    x *= 0x846ca68bu;
    return x ^ x >> 16;
}

/* Slopes with noise on them, different in every channel. */
static void paint(const qn_image *image)
{
    const unsigned channels = image->format.channels;
    for (uint32_t y = 0; y < image->height; y++) {
        uint8_t *row = (uint8_t *)image->plane[0].data + y * image->plane[0].stride;
        for (uint32_t i = 0; i < image->width * channels; i++) {
            const uint32_t c = i % channels, x = i / channels;
            const uint32_t slope = (c & 1 ? y * 60000 / image->height : x * 60000 / image->width);
            const uint16_t v = (uint16_t)(slope + (mix_bits(x * 4099 + y * 31 + c * 65537) & 4095));
            if (image->format.depth == 16)
                memcpy(row + i * 2, &v, sizeof v);
            else
                row[i] = (uint8_t)(v >> 8);
        }
    }
}

static flt_plan *make_plan(test_bench *b, const flt_chain *chain, const flt_input *input, unsigned way, qn_error *err)
{
    const flt_options options = { .device = way & 1 ? FLT_DEV_GPU : FLT_DEV_CPU, .fuse = !(way & 2) };
    if (b->n_plans == b->cap_plans) {
        size_t cap = b->cap_plans ? b->cap_plans * 2 : 64;
        flt_plan **grown = realloc(b->plan, cap * sizeof *grown);
        if (!grown) {
            qn_fail(err, QN_NOMEM, "out of memory");
            return NULL;
        }
        b->plan = grown;
        b->cap_plans = cap;
    }
    flt_plan *plan = flt_plan_create(chain, input, &options, err);
    if (plan)
        b->plan[b->n_plans++] = plan;
    return plan;
}

/* The plan's second pictures: a painted one for each, whatever file the example names. */
static bool give_files(test_bench *b, const flt_plan *plan, gpu_program *program, flt_file_info *info, qn_error *err)
{
    for (size_t s = 0; s < plan->n_surfaces; s++) {
        const flt_surface *surface = &plan->surface[s];
        if (surface->role != FLT_ROLE_FILE)
            continue;
        qn_image image = { .width = 40, .height = 30 };
        if (surface->content != FLT_FILE_PICTURE) {
            const bool given = flt_lut_identity(surface->content, 9, &image, err) &&
                               (!program || gpu_program_file(b->device, program, surface->file, &image, err));
            info[surface->file] = (flt_file_info){ image.width, image.height, image.plane[0].stride };
            free(image.plane[0].data);
            if (!given)
                return false;
            continue;
        }
        const qn_format format = { .channels = surface->channels, .depth = surface->storage == FLT_U8 ? 8 : 16 };
        image.format = format;
        image.plane[0].stride = qn_row_stride(image.width, format);
        image.plane[0].data = malloc(image.plane[0].stride * image.height);
        if (!image.plane[0].data)
            return qn_fail(err, QN_NOMEM, "out of memory");
        paint(&image);
        info[surface->file] = (flt_file_info){ image.width, image.height, image.plane[0].stride };
        const bool ok = !program || gpu_program_file(b->device, program, surface->file, &image, err);
        free(image.plane[0].data);
        if (!ok)
            return false;
    }
    return true;
}

/* Rows without padding, so that two results compare as bytes. */
static bool collect(test_bench *b, const flt_plan *plan, qn_bytes *to, qn_error *err)
{
    const flt_extent *e = &b->sized.extent[1];
    const size_t row = b->sized.out_width * qn_pixel_bytes(plan->output);
    to->len = 0;
    for (uint32_t y = 0; y < b->sized.out_height; y++) {
        if (!qn_bytes_append(to, (const uint8_t *)gpu_host_data(b->out) + y * e->stride, row))
            return qn_fail(err, QN_NOMEM, "out of memory");
    }
    return true;
}

static bool run_way(test_bench *b, const flt_chain *chain, const flt_input *input, unsigned way, uint32_t w, uint32_t h,
                    flt_plan **used, qn_error *err)
{
    enum { FILES = 16 };
    flt_file_info files[FILES] = { { 0 } };
    const qn_format format = input->format;
    qn_image image = { .width = w, .height = h, .format = format };
    gpu_ticket ticket;
    flt_plan *plan = *used = make_plan(b, chain, input, way, err);
    if (!plan || plan->n_files > FILES)
        return qn_fail(err, QN_INTERNAL, "more second pictures than the self-test has");
    image.plane[0].stride = qn_row_stride(w, format);
    const flt_banding banding = { .most = b->max_alloc < SIZE_MAX ? (size_t)b->max_alloc : 0 };
    if (!give_files(b, plan, NULL, files, err) ||
        !flt_plan_size(plan, w, h, image.plane[0].stride, files, &b->sized, err) ||
        !flt_plan_band(plan, &banding, &b->sized, err))
        return false;
    gpu_program *program = gpu_program_get(b->device, plan, err);
    if (!program || !give_files(b, plan, program, files, err))
        return false;
    image.plane[0].data = gpu_host_reserve(b->in, b->sized.extent[0].bytes, err);
    if (!image.plane[0].data || !gpu_host_reserve(b->out, b->sized.extent[1].bytes, err))
        return false;
    paint(&image);
    return gpu_submit(b->device, program, &b->sized, b->in, b->out, 0, &ticket, err) &&
           gpu_finish(b->device, ticket, NULL, err) && collect(b, plan, way ? &b->now : &b->first, err);
}

/* The largest difference between two samples. */
static unsigned difference(const qn_bytes *a, const qn_bytes *b, unsigned depth)
{
    unsigned worst = 0;
    if (a->len != b->len || a->len == 0)
        return 65536;
    for (size_t i = 0; i < a->len; i += depth / 8) {
        uint16_t va = a->data[i], vb = b->data[i];
        if (depth == 16) {
            memcpy(&va, a->data + i, sizeof va);
            memcpy(&vb, b->data + i, sizeof vb);
        }
        unsigned d = va > vb ? (unsigned)(va - vb) : (unsigned)(vb - va);
        worst = d > worst ? d : worst;
    }
    return worst;
}

/* All ways for one format. False with err->code QN_OK: they differ, *worst tells how much. */
static bool test_format(test_bench *b, const flt_chain *chain, qn_format format, unsigned *worst, qn_error *err)
{
    const flt_input input = { .format = format, .orientation = 1 };
    uint32_t w = 97, h = 61;
    flt_plan *plan = NULL;
    for (unsigned way = 0; way < WAYS; way++) {
        bool ok = run_way(b, chain, &input, way, w, h, &plan, err);
        if (!ok && way == 0 && err->code == QN_USAGE && w == 97) { /* a crop that needs a larger picture */
            qn_error_clear(err);
            w = 1283;
            h = 967;
            ok = run_way(b, chain, &input, way, w, h, &plan, err);
        }
        if (!ok)
            return false;
        const unsigned d = way ? difference(&b->first, &b->now, plan->output.depth) : 0;
        *worst = d > *worst ? d : *worst;
    }
    return *worst <= (plan->output.depth == 16 ? 4 : 1);
}

/* A filter alone has nothing to be fused with: it gets a point filter on either side, the first of the table that
 * treats all channels alike. */
static const char *neighbour(void)
{
    size_t n = 0;
    const flt_row *const *row = flt_rows(&n);
    for (size_t i = 0; i < n; i++) {
        if (row[i]->cls == FLT_POINT && row[i]->colour == FLT_PER_CHANNEL && row[i]->example)
            return row[i]->example;
    }
    return NULL;
}

static bool parse_example(const flt_row *row, flt_chain *chain, qn_error *err)
{
    const char *example = row->example ? row->example : row->name, *beside = neighbour();
    return (!beside || flt_chain_parse(chain, beside, "example", err)) &&
           flt_chain_parse(chain, example, "example", err) &&
           (!beside || flt_chain_parse(chain, beside, "example", err));
}

static bool test_row(test_bench *b, const flt_row *row, flt_chain *chain, qn_strbuf *out)
{
    static const qn_format format[FORMATS] = { { .channels = 3, .depth = 8 }, { .channels = 4, .depth = 16 } };
    qn_error err = { 0 };
    unsigned worst[FORMATS] = { 0 };
    bool ok = parse_example(row, chain, &err);
    for (unsigned i = 0; i < FORMATS && ok; i++)
        ok = test_format(b, chain, format[i], &worst[i], &err);
    sb_addf(out, "%-20s %s", row->name, ok ? "ok" : err.code == QN_OK ? "DIFFERS" : "FAILED");
    if (err.code != QN_OK)
        sb_addf(out, ": %s\n", err.text);
    else
        sb_addf(out, ", at most %u of 255, %u of 65535\n", worst[0], worst[1]);
    return ok;
}

static void bench_free(test_bench *b)
{
    gpu_host_free(&b->in);
    gpu_host_free(&b->out);
    gpu_close(&b->device);
    for (size_t i = 0; i < b->n_plans; i++)
        flt_plan_free(&b->plan[i]);
    free(b->plan);
    for (size_t i = 0; b->chain && i < b->n_chains; i++)
        flt_chain_free(&b->chain[i]);
    free(b->chain);
    flt_sized_free(&b->sized);
    qn_bytes_free(&b->first);
    qn_bytes_free(&b->now);
}

static bool test_rows(test_bench *b, qn_error *err)
{
    qn_strbuf line = { 0 };
    bool all = true;
    const flt_row *const *row = flt_rows(&b->n_chains);
    b->chain = calloc(b->n_chains, sizeof *b->chain);
    if (!b->chain)
        return qn_fail(err, QN_NOMEM, "out of memory");
    for (size_t i = 0; i < b->n_chains && err->code == QN_OK; i++) {
        if (atomic_load(cli_signal_flag()))
            qn_fail(err, QN_CANCELLED, "stopped by signal %d", atomic_load(cli_signal_flag()));
        sb_clear(&line);
        all &= err->code == QN_OK && test_row(b, row[i], &b->chain[i], &line);
        cli_print(&line, err);
    }
    sb_free(&line);
    return all;
}

bool cli_self_test(const gpu_device *device, qn_log *log, qn_error *err)
{
    const gpu_settings settings = { .slots = 1, .cache = true, .log = log };
    test_bench b = { .max_alloc = device->max_alloc };
    bool all = true;
    b.device = gpu_open(device, &settings, err);
    if (b.device) {
        b.in = gpu_host_create(b.device);
        b.out = gpu_host_create(b.device);
    }
    if (b.device && (!b.in || !b.out))
        qn_fail(err, QN_NOMEM, "out of memory");
    if (err->code == QN_OK)
        all = test_rows(&b, err);
    bench_free(&b);
    return all && err->code == QN_OK;
}
