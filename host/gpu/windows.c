/* Surfaces of a stream that lie in files: what the device makes of one goes down and into its file, and each band's
 * windows of it come from there and go up. The picture, where it is one of them, comes from the host instead. */
#include "bed.h"

#include <stdlib.h>

typedef struct windowed {
    unsigned surface;
    size_t pixel; /* bytes */
    gpu_spill *spill;
    struct {
        uint8_t *memory; /* windows on their way up, or rows on their way down */
        uint32_t y, n;   /* rows that are not in the file yet */
    } group[GPU_GROUPS];
} windowed;

struct gpu_windows {
    gpu *g;
    const flt_sized *sized;
    gpu_bed *bed;
    windowed *item;
    size_t n;
};

static bool open_item(gpu_windows *w, windowed *item, const flt_plan *plan, unsigned surface, qn_error *err)
{
    const flt_surface *f = &plan->surface[surface];
    const flt_extent *e = &w->sized->extent[surface];
    item->surface = surface;
    item->pixel = f->channels * flt_sample_bytes(f->storage);
    gpu_tell_disk(w->g, (uint64_t)e->height * e->width * item->pixel);
    item->spill = gpu_spill_create(e->width * item->pixel, e->height, FLT_WINDOW_COLUMNS * item->pixel, err);
    for (size_t i = 0; item->spill && i < GPU_GROUPS; i++)
        if (!(item->group[i].memory = malloc(e->bytes)))
            return qn_fail(err, QN_NOMEM, "out of memory");
    return item->spill != NULL;
}

gpu_windows *gpu_windows_open(gpu *g, gpu_bed *bed, const flt_plan *plan, const flt_sized *sized, qn_error *err)
{
    gpu_windows *w = calloc(1, sizeof *w);
    windowed *item = calloc(plan->n_surfaces, sizeof *item);
    if (!w || !item) {
        free(w);
        free(item);
        qn_fail(err, QN_NOMEM, "out of memory");
        return NULL;
    }
    *w = (gpu_windows){ .g = g, .sized = sized, .bed = bed, .item = item };
    for (unsigned i = 0; i < plan->n_surfaces; i++)
        if (sized->extent[i].windowed && !open_item(w, &item[w->n++], plan, i, err)) {
            gpu_windows_close(&w);
            return NULL;
        }
    return w;
}

void gpu_windows_close(gpu_windows **windows)
{
    gpu_windows *w = *windows;
    if (!w)
        return;
    for (size_t i = 0; i < w->n; i++) {
        gpu_spill_free(&w->item[i].spill);
        for (size_t k = 0; k < GPU_GROUPS; k++)
            free(w->item[i].group[k].memory);
    }
    free(w->item);
    free(w);
    *windows = NULL;
}

static windowed *find(const gpu_windows *w, unsigned surface)
{
    for (size_t i = 0; i < w->n; i++)
        if (w->item[i].surface == surface)
            return &w->item[i];
    return NULL;
}

bool gpu_windows_take_picture(const gpu_windows *w)
{
    return find(w, 0) != NULL;
}

bool gpu_windows_write(gpu_windows *w, const uint8_t *rows, uint32_t y, uint32_t n, qn_error *err)
{
    return gpu_spill_write(find(w, 0)->spill, rows, w->sized->extent[0].stride, y, n, err);
}

bool gpu_windows_store(gpu_windows *w, size_t group, qn_error *err)
{
    for (size_t i = 0; i < w->n; i++) {
        windowed *item = &w->item[i];
        const uint32_t n = item->group[group].n;
        item->group[group].n = 0;
        if (n && !gpu_spill_write(item->spill, item->group[group].memory, w->sized->extent[item->surface].stride,
                                  item->group[group].y, n, err))
            return false;
    }
    return true;
}

/* What earlier bands made of a surface is in its file. */
static bool settle(gpu_windows *w, const windowed *item, qn_error *err)
{
    for (size_t k = 0; k < GPU_GROUPS; k++)
        if (item->group[k].n && !(gpu_slot_wait(w->g, &w->bed->group[k], err) && gpu_windows_store(w, k, err)))
            return false;
    return true;
}

bool gpu_windows_send(gpu_windows *w, const gpu_picture *picture, size_t band, qn_error *err)
{
    const flt_band *b = &w->sized->band[band];
    const size_t group = band % GPU_GROUPS;
    for (size_t i = b->first_window; i < b->first_window + b->n_windows; i++) {
        const flt_window *v = &w->sized->window[i];
        windowed *item = find(w, v->surface);
        const size_t x0 = v->x0 * item->pixel;
        const gpu_ring ring = { gpu_surface_memory(picture, v->surface), v->stride, v->rows, x0 };
        if (!settle(w, item, err) ||
            !gpu_spill_read(item->spill, x0, v->x1 * item->pixel, v->y0, v->y1, item->group[group].memory, v->stride,
                            err) ||
            !gpu_ring_copy(w->bed, group, GPU_UPLOAD, &ring, item->group[group].memory, v->y0, v->y1 - v->y0, err))
            return false;
    }
    return true;
}

bool gpu_windows_fetch(gpu_windows *w, const gpu_picture *picture, size_t band, qn_error *err)
{
    const flt_band *b = &w->sized->band[band];
    const size_t group = band % GPU_GROUPS;
    if (!b->made)
        return true;
    const flt_extent *e = &w->sized->extent[b->made];
    windowed *item = find(w, b->made);
    const uint32_t y = band && b[-1].made == b->made ? b[-1].made_rows : 0, n = b->made_rows - y;
    const gpu_ring ring = { gpu_surface_memory(picture, b->made), e->stride, e->rows, 0 };
    item->group[group].y = y;
    item->group[group].n = n;
    return gpu_ring_copy(w->bed, group, GPU_DOWNLOAD, &ring, item->group[group].memory, y, n, err);
}
