/* Memory of a cut picture: rings of rows, room for windows, and what shares memory. */
#include "bands.h"

#include <string.h>

#define LAUNCH_PIXELS 131072 /* of the largest surface in a band, at least */

bool flt_cut_windowed(const cut *c)
{
    bool any = false;
    for (size_t i = 0; i < c->plan->n_surfaces; i++)
        any = any || c->windowed[i];
    return any;
}

static bool is_ring(const cut *c, size_t surface)
{
    const flt_role role = c->plan->surface[surface].role;
    return role == FLT_ROLE_TEMP || (role == FLT_ROLE_INPUT && c->banding->ring_input) ||
           (role == FLT_ROLE_OUTPUT && c->banding->ring_output);
}

static uint32_t ring_rows(uint32_t span, uint32_t height)
{
    uint32_t rows = 1;
    while (rows < span && rows <= UINT32_MAX / 2)
        rows *= 2;
    return rows >= height ? height : rows;
}

/* Surfaces of which the lives do not meet share memory: first fit over first and last step. */
static void assign_pools(cut *c)
{
    flt_sized *s = c->sized;
    const size_t n = c->plan->n_surfaces;
    memset(s->pool_bytes, 0, (c->plan->n_surfaces + 1) * sizeof *s->pool_bytes);
    s->n_pools = 0;
    for (size_t i = 0; i < n; i++) {
        s->pool[i] = 0;
        if (c->plan->surface[i].role != FLT_ROLE_TEMP || c->born[i] == SIZE_MAX)
            continue;
        unsigned pool = 0;
        for (size_t k = 0; k < i; k++)
            if (c->plan->surface[k].role == FLT_ROLE_TEMP && c->born[k] != SIZE_MAX && s->pool[k] == pool &&
                c->born[k] <= c->dead[i] && c->born[i] <= c->dead[k]) {
                pool++;
                k = (size_t)-1; /* again from the first */
            }
        s->pool[i] = pool;
        if (pool >= s->n_pools)
            s->n_pools = pool + 1;
        if (s->pool_bytes[pool] < s->extent[i].bytes)
            s->pool_bytes[pool] = s->extent[i].bytes;
    }
}

size_t flt_cut_rings(cut *c)
{
    flt_sized *s = c->sized;
    size_t bytes = 0, largest = 0;
    for (size_t i = 0; i < c->plan->n_surfaces; i++) {
        flt_extent *e = &s->extent[i];
        if (c->plan->surface[i].role == FLT_ROLE_FILE)
            continue;
        const uint32_t span = c->span[i] + (i == 0 ? c->banding->ahead : 0);
        e->rows = is_ring(c, i) ? ring_rows(span, e->height) : e->height;
        e->bytes = e->stride * e->rows;
        if (c->windowed[i]) {
            const size_t window = flt_window_bytes(c->plan, s, i), made = i ? e->bytes : 0;
            e->rows = i ? e->rows : e->height;
            e->bytes = made > window ? made : window;
            bytes += e->bytes * FLT_WINDOW_COPIES;
        }
        if (is_ring(c, i) && c->plan->surface[i].role != FLT_ROLE_TEMP)
            bytes += e->bytes;
        if (is_ring(c, i) && e->bytes > largest)
            largest = e->bytes;
    }
    assign_pools(c);
    for (size_t i = 0; i < s->n_pools; i++)
        bytes += s->pool_bytes[i];
    c->largest = largest;
    return bytes;
}

void flt_cut_masks(cut *c)
{
    flt_sized *s = c->sized;
    for (size_t p = 0; p < c->plan->n_passes; p++) {
        const flt_pass_recipe *r = &c->plan->recipe->pass[p];
        for (unsigned i = 0; i < r->n_strides; i++) {
            const flt_extent *e = &s->extent[r->stride[i].surface];
            const bool reads = e->windowed && r->stride[i].surface != r->target;
            const flt_window *w = reads ? flt_window_for(s, p, r->stride[i].surface) : NULL;
            const uint32_t rows = w ? w->rows : e->rows;
            s->uniform[s->launch[p].u0 + r->stride[i].at] =
                (int32_t)((w ? w->stride : e->stride) /
                          flt_sample_bytes(c->plan->surface[r->stride[i].surface].storage));
            s->uniform[s->launch[p].u0 + r->stride[i].at + 1] = rows && rows < e->height ? (int32_t)rows - 1 : -1;
        }
    }
}

bool flt_cut_choose(cut *c)
{
    /* smaller launches cost more than the caches save: by what the largest surface has of a row of the result */
    uint64_t pixels = 1;
    for (size_t i = 0; i < c->plan->n_surfaces; i++) {
        const flt_extent *e = &c->sized->extent[i];
        const uint64_t n = c->plan->surface[i].role == FLT_ROLE_FILE ? 0 : (uint64_t)e->width * e->height;
        pixels = n > pixels ? n : pixels;
    }
    const uint64_t enough = (uint64_t)LAUNCH_PIXELS * c->sized->extent[1].height / pixels + 1;
    const uint32_t least = enough < 8 ? 8 : enough > 64 ? 64 : (uint32_t)enough;
    const size_t room = !c->banding->room ? SIZE_MAX : flt_cut_windowed(c) ? c->banding->window : c->banding->room;
    const size_t most = c->banding->most ? c->banding->most : SIZE_MAX;
    c->rows = c->sized->extent[1].height;
    if (!flt_cut_run(c))
        return false;
    size_t bytes = flt_cut_rings(c);
    if (c->largest <= most && (bytes <= room || c->rows <= least))
        return true;
    uint32_t best = c->rows;
    size_t best_bytes = bytes, best_largest = c->largest;
    for (c->rows = ring_rows(c->rows, UINT32_MAX) / 2;
         (c->rows >= least && best_bytes > room) || (c->rows >= 1 && best_largest > most); c->rows /= 2) {
        if (!flt_cut_run(c))
            return false;
        bytes = flt_cut_rings(c);
        if (bytes < best_bytes - best_bytes / 8) {
            best = c->rows;
            best_bytes = bytes;
            best_largest = c->largest;
        }
    }
    c->rows = best;
    return flt_cut_run(c);
}

bool flt_cut_drop(cut *c)
{
    bool any = false;
    for (size_t i = 0; i < c->plan->n_surfaces; i++) {
        const flt_extent *e = &c->sized->extent[i];
        if (c->windowed[i] && e->bytes > (uint64_t)e->stride * e->height / 2) {
            c->windowed[i] = false;
            any = true;
        }
    }
    return any;
}
