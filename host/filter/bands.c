/* Bands: the passes of a sized plan in turns, and the surfaces between them as rings of rows.
 *
 * For the rows of the result up to the end of a band, each pass is asked, from the last to the first, how many rows of
 * what it reads it needs; then, from the first to the last, each runs as far as it was asked to. A surface must hold
 * what lies between the first row that a reader will still look at and the last row written; the most that ever does,
 * rounded up to a power of two, is its ring. */
#include "codegen.h"

#include <stdlib.h>
#include <string.h>

#define LAUNCH_PIXELS 131072 /* of the largest surface in a band, at least */

typedef struct cut {
    const flt_plan *plan;
    flt_sized *sized;
    const flt_banding *banding;
    uint32_t rows;   /* of the result in a band */
    bool *active;    /* per pass: has a part in this sweep */
    bool *windowed;  /* per surface: it goes into a file, and bands take windows of it */
    bool picture;    /* has been read, up to this sweep */
    uint32_t *start; /* per pass: block rows that are never needed */
    uint32_t sweep;
    uint32_t *done;   /* per pass: block rows that ran (or are never needed) */
    uint32_t *goal;   /* per pass: block rows that are to run in this band */
    uint32_t *want;   /* per surface: rows that are needed in this band */
    uint32_t *span;   /* per surface: most rows alive */
    size_t *born;     /* per surface: first step that touches it */
    size_t *dead;     /* per surface: last one */
    size_t largest;   /* bytes of a ring */
    bool may_overlap; /* the result may lie where the picture lies */
    qn_error *err;
} cut;

static uint32_t min_u32(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static unsigned target_of(const cut *c, size_t pass)
{
    return c->plan->recipe->pass[pass].target;
}

/* Rows that a pass works through: those of its target, or of the picture that it counts. */
static uint32_t height_of(const cut *c, size_t pass)
{
    const flt_pass_recipe *r = &c->plan->recipe->pass[pass];
    return r->slices ? (uint32_t)c->sized->uniform[c->sized->launch[pass].u0 + (uint32_t)r->at_h]
                     : c->sized->extent[r->target].height;
}

/* Rows that a pass has done after `blocks` block rows. */
static uint32_t rows_of(const cut *c, size_t pass, uint32_t blocks)
{
    const uint32_t height = height_of(c, pass);
    if (blocks >= c->sized->launch[pass].groups[1])
        return height;
    return min_u32(blocks * c->plan->recipe->pass[pass].rows, height);
}

static uint32_t blocks_of(const cut *c, size_t pass, uint32_t rows)
{
    const uint32_t per_block = c->plan->recipe->pass[pass].rows, all = c->sized->launch[pass].groups[1];
    if (rows == 0)
        return 0;
    return c->plan->recipe->pass[pass].slices || rows >= height_of(c, pass) ? all
                                                                            : min_u32((rows - 1) / per_block + 1, all);
}

/* ---- what a reader needs ---- */

/* How a row y of a pass's result shows up in the surface: row y + *shift, unless rows are turned or turned round. */
static bool in_order(const flt_sized *sized, size_t pass, const flt_reader *r, int64_t *shift)
{
    const int32_t *v = sized->launch[pass].view_y;
    *shift = r->viewed ? v[0] : 0;
    return r->reach != FLT_REACH_WHOLE && (!r->viewed || (v[1] == 0 && v[2] == 1));
}

bool flt_out_of_order(const flt_plan *p, const flt_sized *sized, size_t surface)
{
    bool is = false;
    for (size_t i = 0; i < p->n_passes; i++) {
        const flt_pass_recipe *q = &p->recipe->pass[i];
        if (q->target == surface && q->rule == FLT_SIZE_TABLE)
            return false;
        for (unsigned k = 0; k < q->n_readers; k++) {
            const flt_reader *r = &q->reader[k];
            int64_t shift;
            if (r->surface == surface)
                is = is || !in_order(sized, i, r, &shift) ||
                     (r->reach == FLT_REACH_SPANS &&
                      sized->span[sized->launch[i].span_at].end == sized->extent[surface].height);
        }
    }
    return is && p->surface[surface].role != FLT_ROLE_FILE;
}

bool flt_one_sweep(const flt_plan *p, const flt_sized *sized)
{
    for (size_t i = 0; i < p->n_passes; i++)
        if (p->recipe->pass[i].slices)
            return false;
    for (size_t i = 0; i < p->n_surfaces; i++)
        if (flt_out_of_order(p, sized, i))
            return false;
    return true;
}

static const int32_t *table_row(const cut *c, size_t pass, uint32_t y)
{
    const int32_t *u = c->sized->uniform;
    return u + u[c->sized->launch[pass].u0 + (uint32_t)c->plan->recipe->pass[pass].at_table] + 3 * (size_t)y;
}

static const flt_row_span *span_row(const cut *c, size_t pass, uint32_t y)
{
    return c->sized->span + c->sized->launch[pass].span_at + y;
}

static uint32_t clamp_row(int64_t y, uint32_t height)
{
    return y < 0 ? 0 : y > height ? height : (uint32_t)y;
}

/* First row that rows y and later of the pass's result need. */
static uint32_t first_needed(const cut *c, size_t pass, const flt_reader *r, uint32_t y)
{
    const uint32_t height = c->sized->extent[r->surface].height;
    int64_t shift;
    if (y >= height_of(c, pass))
        return height;
    if (!in_order(c->sized, pass, r, &shift))
        return 0;
    if (r->reach == FLT_REACH_TABLE)
        return clamp_row(shift + table_row(c, pass, y)[0], height);
    if (r->reach == FLT_REACH_SPANS)
        return clamp_row(shift + span_row(c, pass, y)->first, height);
    return clamp_row(shift + y - r->radius, height);
}

/* One past the last row that rows before y need. */
static uint32_t last_needed(const cut *c, size_t pass, const flt_reader *r, uint32_t y)
{
    const uint32_t height = c->sized->extent[r->surface].height;
    int64_t shift;
    if (y == 0)
        return 0;
    if (!in_order(c->sized, pass, r, &shift))
        return height;
    if (r->reach == FLT_REACH_TABLE) {
        const int32_t *t = table_row(c, pass, y - 1);
        return clamp_row(shift + t[0] + t[1], height);
    }
    if (r->reach == FLT_REACH_SPANS)
        return clamp_row(shift + span_row(c, pass, y - 1)->end, height);
    return clamp_row(shift + (int64_t)y + r->radius, height);
}

/* First row of a surface that passes from `from` on will still read. */
static uint32_t first_alive(const cut *c, unsigned surface)
{
    uint32_t first = c->sized->extent[surface].height;
    for (size_t p = 0; p < c->plan->n_passes; p++) {
        const flt_pass_recipe *q = &c->plan->recipe->pass[p];
        for (unsigned i = 0; c->active[p] && i < q->n_readers; i++)
            if (q->reader[i].surface == surface)
                first = min_u32(first, first_needed(c, p, &q->reader[i], rows_of(c, p, c->done[p])));
    }
    return first;
}

/* ---- the steps ---- */

static bool add_step(cut *c, size_t pass, uint32_t y0, uint32_t y1)
{
    flt_sized *s = c->sized;
    if (s->n_steps == s->cap_steps) {
        const size_t cap = s->cap_steps ? 2 * s->cap_steps : 64;
        flt_step *more = realloc(s->step, cap * sizeof *more);
        if (!more)
            return qn_fail(c->err, QN_NOMEM, "out of memory");
        s->step = more;
        s->cap_steps = cap;
    }
    s->step[s->n_steps++] = (flt_step){ (uint32_t)pass, y0, y1 };
    return true;
}

static bool add_band(cut *c, const flt_band *band)
{
    flt_sized *s = c->sized;
    if (s->n_bands == s->cap_bands) {
        const size_t cap = s->cap_bands ? 2 * s->cap_bands : 64;
        flt_band *more = realloc(s->band, cap * sizeof *more);
        if (!more)
            return qn_fail(c->err, QN_NOMEM, "out of memory");
        s->band = more;
        s->cap_bands = cap;
    }
    s->band[s->n_bands++] = *band;
    return true;
}

static void touch(cut *c, unsigned surface)
{
    if (c->born[surface] == SIZE_MAX)
        c->born[surface] = c->sized->n_steps;
    c->dead[surface] = c->sized->n_steps;
}

/* Writing rows of the result over the picture: all that lies there has been read. */
static bool overlap_allowed(const cut *c, uint32_t rows_written)
{
    const flt_extent *in = &c->sized->extent[0], *out = &c->sized->extent[1];
    const uint32_t alive = first_alive(c, 0);
    return alive == in->height || (uint64_t)rows_written * out->stride <= (uint64_t)alive * in->stride;
}

static bool run_pass(cut *c, size_t pass)
{
    const flt_pass *p = &c->plan->pass[pass];
    const unsigned target = target_of(c, pass);
    const bool table = c->plan->recipe->pass[pass].rule == FLT_SIZE_TABLE;
    const uint32_t rows = table ? c->sized->extent[target].height : rows_of(c, pass, c->goal[pass]);
    for (unsigned i = 0; i < p->n_buffers; i++)
        touch(c, p->buffer[i]);
    if (!add_step(c, pass, c->done[pass], c->goal[pass]))
        return false;
    if (target == 1)
        c->may_overlap = c->may_overlap && overlap_allowed(c, rows);
    /* what the readers have not yet done is still alive, this pass's own source included until it has run */
    const uint32_t first = table ? 0 : min_u32(first_alive(c, target), rows_of(c, pass, c->done[pass]));
    if (c->span[target] < rows - first)
        c->span[target] = rows - first;
    c->done[pass] = c->goal[pass];
    return true;
}

/* Rows that no row of the result needs are not made: above what a crop leaves. */
static void skip_unneeded(cut *c)
{
    const flt_plan *p = c->plan;
    for (size_t i = 0; i < p->n_surfaces; i++)
        c->want[i] = c->sized->extent[i].height;
    c->want[1] = 0;
    for (size_t i = p->n_passes; i-- > 0;) {
        const flt_pass_recipe *r = &p->recipe->pass[i];
        if (c->windowed[r->target])
            c->want[r->target] = 0; /* a file has all rows */
        c->start[i] = min_u32(c->want[r->target] / r->rows, c->sized->launch[i].groups[1] - 1);
        for (unsigned k = 0; k < r->n_readers; k++)
            c->want[r->reader[k].surface] =
                min_u32(c->want[r->reader[k].surface], first_needed(c, i, &r->reader[k], rows_of(c, i, c->start[i])));
    }
}

/* How far each pass has to go so that `driver` gets to `blocks`. */
static void set_goals(cut *c, size_t driver, uint32_t blocks)
{
    const flt_plan *p = c->plan;
    memset(c->want, 0, p->n_surfaces * sizeof *c->want);
    for (size_t i = p->n_passes; i-- > 0;) {
        const flt_pass_recipe *r = &p->recipe->pass[i];
        const uint32_t goal = i == driver ? blocks : c->active[i] ? blocks_of(c, i, c->want[r->target]) : 0;
        c->goal[i] = goal > c->done[i] ? goal : c->done[i];
        for (unsigned k = 0; k < r->n_readers && c->goal[i] > c->done[i]; k++) {
            const uint32_t need = last_needed(c, i, &r->reader[k], rows_of(c, i, c->goal[i]));
            uint32_t *want = &c->want[r->reader[k].surface];
            *want = need > *want ? need : *want;
        }
    }
}

static bool run_band(cut *c, size_t driver, uint32_t blocks)
{
    const flt_plan *p = c->plan;
    flt_band band = { .first_step = c->sized->n_steps, .sweep = c->sweep };
    set_goals(c, driver, blocks);
    const uint32_t alive = first_alive(c, 0);
    if (!c->windowed[0] && c->want[0] > alive && c->span[0] < c->want[0] - alive)
        c->span[0] = c->want[0] - alive;
    for (size_t i = 0; i < p->n_passes; i++)
        if (c->goal[i] > c->done[i] && !run_pass(c, i))
            return false;
    band.n_steps = c->sized->n_steps - band.first_step;
    band.in_rows = c->want[0];
    band.in_free = first_alive(c, 0);
    const flt_band *last = c->sized->n_bands ? &c->sized->band[c->sized->n_bands - 1] : NULL;
    if (last && last->sweep == band.sweep && band.in_rows < last->in_rows)
        band.in_rows = last->in_rows;
    const unsigned target = target_of(c, driver);
    const uint32_t done = rows_of(c, driver, c->done[driver]); /* whole blocks: it may be more than was asked for */
    uint32_t before = 0;
    if (target == 1) {
        before = last ? last->out_rows : 0;
        band.out_rows = done;
    } else if (c->windowed[target]) {
        before = last && last->made == target ? last->made_rows : 0;
        band.made = target;
        band.made_rows = done;
    }
    if ((target == 1 || band.made) && c->span[target] < done - before)
        c->span[target] = done - before;
    return add_band(c, &band);
}

/* The passes that `driver` needs, it itself among them: what lies in a file, or in a table that an earlier sweep made,
 * is there. */
static void activate(cut *c, size_t driver)
{
    const flt_plan *p = c->plan;
    memset(c->active, 0, p->n_passes * sizeof *c->active);
    c->active[driver] = true;
    for (size_t i = p->n_passes; i-- > 0;) {
        if (p->recipe->pass[i].rule != FLT_SIZE_TABLE)
            c->done[i] = c->start[i];
        for (size_t k = i + 1; k < p->n_passes && !c->windowed[target_of(c, i)]; k++)
            for (unsigned q = 0; c->active[k] && q < p->recipe->pass[k].n_readers; q++)
                c->active[i] = c->active[i] || p->recipe->pass[k].reader[q].surface == target_of(c, i);
        if (c->active[i] && c->done[i] == c->sized->launch[i].groups[1])
            c->active[i] = false;
    }
}

/* The picture comes once more where its rows were read before, and are to be read again. */
static void count_sweep(cut *c)
{
    bool reads = false;
    for (size_t i = 0; i < c->plan->n_passes; i++)
        for (unsigned k = 0; c->active[i] && k < c->plan->recipe->pass[i].n_readers; k++)
            reads = reads || c->plan->recipe->pass[i].reader[k].surface == 0;
    if (reads && c->picture && !c->windowed[0])
        c->sweep++;
    c->picture = c->picture || reads;
}

/* All that `driver` needs, and it itself, from the picture's first row to its last. */
static bool run_sweep(cut *c, size_t driver)
{
    const flt_plan *p = c->plan;
    const uint32_t height = height_of(c, driver), all = c->sized->launch[driver].groups[1];
    activate(c, driver);
    count_sweep(c);
    for (uint32_t y = rows_of(c, driver, c->done[driver]); y < height;) {
        const uint32_t end = height - y > c->rows ? y + c->rows : height;
        const uint32_t per_block = p->recipe->pass[driver].rows;
        if (!run_band(c, driver, end == height ? all : (end - 1) / per_block + 1))
            return false;
        y = rows_of(c, driver, c->done[driver]);
    }
    return true;
}

static bool any_windowed(const cut *c)
{
    bool any = false;
    for (size_t i = 0; i < c->plan->n_surfaces; i++)
        any = any || c->windowed[i];
    return any;
}

static bool run_sweeps(cut *c)
{
    const flt_plan *p = c->plan;
    const bool sweeps = c->banding->sweeps || any_windowed(c); /* one sweep would take statistics of a whole surface */
    size_t output = 0;
    c->sized->n_steps = c->sized->n_bands = 0;
    c->sweep = 0;
    c->picture = false;
    c->may_overlap = true;
    memset(c->span, 0, p->n_surfaces * sizeof *c->span);
    memset(c->done, 0, p->n_passes * sizeof *c->done);
    for (size_t i = 0; i < p->n_surfaces; i++)
        c->born[i] = SIZE_MAX;
    skip_unneeded(c);
    for (size_t i = 0; i < p->n_passes; i++) {
        if (target_of(c, i) == 1)
            output = i;
        if (((sweeps && p->recipe->pass[i].slices) || c->windowed[target_of(c, i)]) && !run_sweep(c, i))
            return false;
    }
    if (!run_sweep(c, output))
        return false;
    for (unsigned k = 0; k < p->recipe->pass[output].n_readers; k++)
        if (p->recipe->pass[output].reader[k].surface == 0)
            c->may_overlap = false; /* a launch would read what another of its groups has written over */
    return true;
}

static bool run_all(cut *c)
{
    return run_sweeps(c) && flt_set_windows(c->plan, c->sized, c->windowed, c->err);
}

/* ---- memory ---- */

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

/* Rings from spans; returns the bytes of all that is one, or windows. */
static size_t set_rings(cut *c)
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

static void set_masks(cut *c)
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

/* The most rows with which the rings keep to the room; where none do, those from which on fewer save little. */
static bool choose_rows(cut *c)
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
    const size_t room = !c->banding->room ? SIZE_MAX : any_windowed(c) ? c->banding->window : c->banding->room;
    const size_t most = c->banding->most ? c->banding->most : SIZE_MAX;
    c->rows = c->sized->extent[1].height;
    if (!run_all(c))
        return false;
    size_t bytes = set_rings(c);
    if (c->largest <= most && (bytes <= room || c->rows <= least))
        return true;
    uint32_t best = c->rows;
    size_t best_bytes = bytes, best_largest = c->largest;
    for (c->rows = ring_rows(c->rows, UINT32_MAX) / 2;
         (c->rows >= least && best_bytes > room) || (c->rows >= 1 && best_largest > most); c->rows /= 2) {
        if (!run_all(c))
            return false;
        bytes = set_rings(c);
        if (bytes < best_bytes - best_bytes / 8) {
            best = c->rows;
            best_bytes = bytes;
            best_largest = c->largest;
        }
    }
    c->rows = best;
    return run_all(c);
}

/* Surfaces whose windows would save little are held whole after all. False: there are none. */
static bool drop_windows(cut *c)
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

static bool prepare(cut *c)
{
    flt_sized *s = c->sized;
    const size_t passes = c->plan->n_passes + 1, surfaces = c->plan->n_surfaces + 1;
    c->done = calloc(3 * passes + 2 * surfaces, sizeof *c->done);
    c->active = calloc(passes + surfaces, sizeof *c->active);
    c->born = calloc(2 * surfaces, sizeof *c->born);
    unsigned *pool = realloc(s->pool, surfaces * sizeof *pool);
    if (pool)
        s->pool = pool;
    size_t *bytes = realloc(s->pool_bytes, surfaces * sizeof *bytes);
    if (bytes)
        s->pool_bytes = bytes;
    if (!c->done || !c->active || !c->born || !pool || !bytes)
        return qn_fail(c->err, QN_NOMEM, "out of memory");
    c->goal = c->done + passes;
    c->start = c->goal + passes;
    c->want = c->start + passes;
    c->span = c->want + surfaces;
    c->dead = c->born + surfaces;
    c->windowed = c->active + passes;
    flt_choose_windows(c->plan, s, c->banding, c->windowed);
    return true;
}

bool flt_plan_band(const flt_plan *plan, const flt_banding *banding, flt_sized *sized, qn_error *err)
{
    cut c = { .plan = plan, .sized = sized, .banding = banding, .rows = banding->rows, .err = err };
    bool ok = prepare(&c);
    do {
        c.rows = banding->rows;
        ok = ok && (c.rows ? run_all(&c) : choose_rows(&c));
        if (ok)
            (void)set_rings(&c);
    } while (ok && drop_windows(&c));
    if (ok) {
        set_masks(&c);
        sized->output_may_overlap_input = c.may_overlap;
    }
    free(c.done);
    free(c.active);
    free(c.born);
    return ok;
}
