#include "run_chain.h"

#include "hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct run_kept {
    flt_chain chain;
    flt_plan *plan;
    gpu_program *program;
    flt_sized sized;
    run_kept *next;
};

bool run_open(run_device *r, gpu_transfer transfer, qn_error *err)
{
    const char *spec = getenv("QUERN_TEST_DEVICE"), *cache = getenv("QUERN_TEST_CACHE");
    qn_strbuf note = { 0 };
    gpu_settings settings = { .slots = 2, .transfer = transfer, .cache = cache != NULL, .cache_dir = cache };
    if (!gpu_devices_list(&r->list, err))
        return false;
    r->device = gpu_device_choose(&r->list, spec ? spec : "cpu", &note, err);
    sb_free(&note);
    r->g = r->device ? gpu_open(r->device, &settings, err) : NULL;
    r->in = r->g ? gpu_host_create(r->g) : NULL;
    r->out = r->g ? gpu_host_create(r->g) : NULL;
    return r->in && r->out ? true : r->g ? qn_fail(err, QN_NOMEM, "out of memory") : false;
}

static void free_kept(run_kept *k)
{
    flt_sized_free(&k->sized);
    flt_plan_free(&k->plan);
    flt_chain_free(&k->chain);
    free(k);
}

void run_close(run_device *r)
{
    gpu_host_free(&r->in);
    gpu_host_free(&r->out);
    gpu_close(&r->g);
    while (r->kept) {
        run_kept *next = r->kept->next;
        free_kept(r->kept);
        r->kept = next;
    }
    gpu_devices_free(&r->list);
}

static const qn_image *find_file(const run_device *r, const char *name)
{
    for (unsigned i = 0; i < r->n_files; i++)
        if (!strcmp(r->file_name[i], name))
            return &r->file[i];
    return NULL;
}

static unsigned sample_of(const qn_image *im, uint32_t x, uint32_t y, unsigned k)
{
    const uint8_t *row = (const uint8_t *)im->plane[0].data + y * im->plane[0].stride;
    size_t i = (size_t)x * im->format.channels + k;
    uint16_t v;
    if (im->format.depth == 8)
        return row[i] * 257U;
    memcpy(&v, row + 2 * i, 2);
    return v;
}

/* The file's samples in another format (more channels, another depth), rows laid out as quern's. */
static qn_image as_format(const qn_image *from, qn_format format)
{
    if (from->format.depth == 32) /* a table goes as it is */
        format = from->format;
    qn_image to = { .width = from->width, .height = from->height, .format = format };
    to.plane[0].stride = qn_row_stride(from->width, format);
    uint8_t *data = calloc(from->height, to.plane[0].stride);
    bool alpha = from->format.channels == 2 || from->format.channels == 4;
    if (data && format.depth == 32)
        memcpy(data, from->plane[0].data, to.plane[0].stride);
    for (uint32_t y = 0; format.depth != 32 && data && y < to.height; y++)
        for (uint32_t x = 0; x < to.width; x++)
            for (unsigned k = 0; k < format.channels; k++) {
                bool is_alpha = (format.channels == 2 || format.channels == 4) && k + 1U == format.channels;
                unsigned from_k = is_alpha ? from->format.channels - 1U : from->format.channels < 3 ? 0 : k;
                unsigned v = is_alpha && !alpha ? 65535 : sample_of(from, x, y, from_k);
                uint8_t *row = data + y * to.plane[0].stride;
                uint16_t wide = (uint16_t)v;
                if (format.depth == 8)
                    row[(size_t)x * format.channels + k] = (uint8_t)(v / 257);
                else
                    memcpy(row + 2 * ((size_t)x * format.channels + k), &wide, 2);
            }
    to.plane[0].data = data;
    return to;
}

/* Uploads the chain's second pictures in the form that the plan's surfaces ask for, and says how large they are. */
static bool give_files(run_device *r, run_kept *k, flt_file_info *info, qn_error *err)
{
    for (size_t i = 0; i < k->plan->n_files; i++) {
        const qn_image *file = find_file(r, k->plan->file[i]);
        qn_format format = { 4, 8, QN_INTERLEAVED };
        for (size_t s = 0; s < k->plan->n_surfaces; s++)
            if (k->plan->surface[s].role == FLT_ROLE_FILE && k->plan->surface[s].file == i)
                format = (qn_format){ k->plan->surface[s].channels, k->plan->surface[s].storage == FLT_U8 ? 8 : 16,
                                      QN_INTERLEAVED };
        if (!file)
            return qn_fail(err, QN_INTERNAL, "the test knows no picture '%s'", k->plan->file[i]);
        qn_image given = as_format(file, format);
        info[i] = (flt_file_info){ given.width, given.height, given.plane[0].stride };
        bool ok = given.plane[0].data && gpu_program_file(r->g, k->program, (unsigned)i, &given, err);
        free(given.plane[0].data);
        if (!ok)
            return false;
    }
    return true;
}

static bool execute(run_device *r, run_kept *k, const qn_image *in, run_result *out, qn_error *err)
{
    const flt_extent *from = &k->sized.extent[0], *to = &k->sized.extent[1];
    uint8_t *src = gpu_host_reserve(r->in, from->bytes, err), *dst = gpu_host_reserve(r->out, to->bytes, err);
    gpu_ticket ticket;
    size_t row = (size_t)in->width * qn_pixel_bytes(in->format);
    if (!src || !dst)
        return false;
    for (uint32_t y = 0; y < in->height; y++)
        memcpy(src + y * from->stride, (const uint8_t *)in->plane[0].data + y * in->plane[0].stride, row);
    memset(dst, 0xa5, to->bytes);
    if (!gpu_submit(r->g, k->program, &k->sized, r->in, r->out, 0, &ticket, err) ||
        !gpu_finish(r->g, ticket, NULL, err))
        return false;
    *out = (run_result){ k->sized.out_width, k->sized.out_height, k->plan->output, NULL };
    row = (size_t)out->width * qn_pixel_bytes(out->format);
    uint8_t *data = malloc(row * out->height + 1);
    if (!data)
        return qn_fail(err, QN_NOMEM, "out of memory");
    dst = gpu_host_data(r->out);
    for (uint32_t y = 0; y < out->height; y++)
        memcpy(data + y * row, dst + y * to->stride, row);
    out->data = data;
    return true;
}

/* Once more in bands, of a height that chain and picture decide: the same bytes, or it fails. */
static bool in_bands(run_device *r, run_kept *k, const char *chain, const qn_image *in, const run_result *whole,
                     qn_error *err)
{
    const uint64_t h = qn_hash_str(QN_HASH_START + in->width * UINT64_C(31) + in->height, chain);
    const uint32_t rows = h % 4 == 0 ? 1 : 1 + (uint32_t)(h >> 8) % whole->height;
    const flt_banding banding = { .rows = rows };
    run_result banded = { .data = NULL };
    if (!flt_plan_band(k->plan, &banding, &k->sized, err) || !execute(r, k, in, &banded, err))
        return false;
    const size_t row = (size_t)whole->width * qn_pixel_bytes(whole->format);
    const uint8_t *a = whole->data, *b = banded.data;
    uint32_t y = 0;
    while (y < whole->height && !memcmp(a + y * row, b + y * row, row))
        y++;
    free(banded.data);
    return y == whole->height || qn_fail(err, QN_INTERNAL, "in bands of %u rows, row %u differs", rows, y);
}

/* ---- the same with rings for the picture and the result, as a large one flows ---- */

static bool run_band(gpu_stream *s, const run_kept *k, size_t b, uint32_t ahead, const uint8_t *src, uint8_t *dst,
                     uint32_t *up, qn_error *err)
{
    const flt_band *band = &k->sized.band[b];
    const flt_extent *from = &k->sized.extent[0], *to = &k->sized.extent[1];
    const uint32_t before = b ? k->sized.band[b - 1].out_rows : 0;
    if (b && band->sweep != k->sized.band[b - 1].sweep) {
        gpu_stream_rewind(s);
        *up = 0;
    }
    while (*up < band->in_rows) {
        const uint32_t left = from->height - *up, n = left < ahead ? left : ahead;
        if (!gpu_stream_upload(s, src + *up * from->stride, n, err))
            return false;
        *up += n;
    }
    return gpu_stream_run(s, err) &&
           (band->out_rows <= before ||
            gpu_stream_download(s, dst + before * to->stride, band->out_rows - before, err)) &&
           gpu_stream_next(s, err) && (!b || gpu_stream_wait(s, b - 1, NULL, err));
}

static bool all_bands(gpu_stream *s, const run_kept *k, uint32_t ahead, const uint8_t *src, uint8_t *dst, qn_error *err)
{
    uint32_t up = 0;
    for (size_t b = 0; b < k->sized.n_bands; b++)
        if (!run_band(s, k, b, ahead, src, dst, &up, err))
            return false;
    return gpu_stream_wait(s, k->sized.n_bands - 1, NULL, err);
}

static bool same_rows(const run_kept *k, const uint8_t *got, const run_result *whole, uint32_t rows, qn_error *err)
{
    const size_t row = (size_t)whole->width * qn_pixel_bytes(whole->format);
    for (uint32_t y = 0; y < whole->height; y++)
        if (memcmp(got + y * k->sized.extent[1].stride, (const uint8_t *)whole->data + y * row, row) != 0)
            return qn_fail(err, QN_INTERNAL, "streamed in bands of %u rows, row %u differs", rows, y);
    return true;
}

static bool in_stream(run_device *r, run_kept *k, const char *chain, const qn_image *in, const run_result *whole,
                      qn_error *err)
{
    const uint64_t h = qn_hash_str(QN_HASH_START + in->width * UINT64_C(131) + in->height, chain);
    const bool windows = (h >> 44) % 4 > 0; /* which are worth it for low bands */
    const uint32_t high = whole->height / (windows ? 8 : 1) + 1;
    const uint32_t rows = h % 4 == 0 ? 1 : 1 + (uint32_t)(h >> 8) % high, ahead = 1 + (uint32_t)(h >> 24) % 9;
    const flt_banding banding = { .rows = rows,
                                  .ring_input = true,
                                  .ring_output = true,
                                  .sweeps = (h >> 40) % 2,
                                  .window = windows,
                                  .ahead = ahead };
    if (!flt_plan_band(k->plan, &banding, &k->sized, err))
        return false;
    r->windowed += k->sized.n_windows > 0;
    const flt_extent *from = &k->sized.extent[0], *to = &k->sized.extent[1];
    uint8_t *src = calloc(from->height, from->stride), *dst = calloc(to->height, to->stride);
    bool ok = src && dst ? true : qn_fail(err, QN_NOMEM, "out of memory");
    for (uint32_t y = 0; ok && y < in->height; y++)
        memcpy(src + y * from->stride, (const uint8_t *)in->plane[0].data + y * in->plane[0].stride,
               (size_t)in->width * qn_pixel_bytes(in->format));
    /* now and then all of it in files */
    gpu_stream *s =
        ok ? gpu_stream_open(r->g, k->program, &k->sized, (h >> 52) % 2, (h >> 48) % 8 == 0 ? 0 : UINT64_MAX, err)
           : NULL;
    ok = s && all_bands(s, k, ahead, src, dst, err) && same_rows(k, dst, whole, rows, err);
    gpu_stream_close(&s);
    free(src);
    free(dst);
    return ok;
}

bool run_chain(run_device *r, const char *chain, const qn_image *in, int orientation, const flt_options *options,
               run_result *out, const char **step, qn_error *err)
{
    flt_input input = { .format = in->format, .orientation = orientation };
    flt_file_info info[8] = { { 0 } };
    run_kept *k = calloc(1, sizeof *k);
    if (!k)
        return qn_fail(err, QN_NOMEM, "out of memory");
    *step = "parse";
    bool ok = flt_chain_parse(&k->chain, chain, "test", err);
    if (ok) {
        *step = "plan";
        k->plan = flt_plan_create(&k->chain, &input, options, err);
        ok = k->plan != NULL;
    }
    if (ok) {
        *step = "build";
        k->program = gpu_program_get(r->g, k->plan, err);
        ok = k->program != NULL;
    }
    if (ok) {
        k->next = r->kept; /* from here on the program may hold the plan */
        r->kept = k;
        *step = "files";
        ok = give_files(r, k, info, err);
    } else {
        free_kept(k);
        return false;
    }
    if (ok) {
        *step = "size";
        ok = flt_plan_size(k->plan, in->width, in->height, qn_row_stride(in->width, in->format), info, &k->sized, err);
    }
    if (ok) {
        *step = "run";
        ok = execute(r, k, in, out, err);
    }
    if (ok) {
        *step = "bands";
        ok = in_bands(r, k, chain, in, out, err) && in_stream(r, k, chain, in, out, err);
    }
    flt_sized_free(&k->sized);
    k->sized = (flt_sized){ 0 };
    return ok;
}
