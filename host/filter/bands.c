/* Bands: the passes of a sized plan in turns, and the surfaces between them as rings of rows.
 *
 * For the rows of the result up to the end of a band, each pass is asked, from the last to the first, how many rows of
 * what it reads it needs; then, from the first to the last, each runs as far as it was asked to. A surface must hold
 * what lies between the first row that a reader will still look at and the last row written; the most that ever does,
 * rounded up to a power of two, is its ring. */
#include "bands.h"

#include <stdlib.h>
#include <string.h>

#define TILE_PIXELS 256 /* of a row, at least, where a pass takes a window for each part of it */

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

static bool add_step(cut *c, const flt_step *step)
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
    s->step[s->n_steps++] = *step;
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

/* A sweep makes it, and it stays until the last one: it must be whole before anything is taken of it. */
static bool is_kept(const cut *c, unsigned surface)
{
    return c->sweeps && !c->windowed[surface] && c->plan->surface[surface].role == FLT_ROLE_TEMP &&
           flt_out_of_order(c->plan, c->sized, surface);
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

/* Work-groups of a row that a step has: where the source is windowed, and what a part of a row takes of it is known, a
 * part about as wide as the band is high, whose window is small. */
static uint32_t groups_of(const cut *c, size_t pass)
{
    const flt_pass_recipe *r = &c->plan->recipe->pass[pass];
    const flt_launch *l = &c->sized->launch[pass];
    if (!c->windowed[r->source] || !l->tiles)
        return l->groups[0];
    return ((c->rows > TILE_PIXELS ? c->rows : TILE_PIXELS) - 1) / r->run + 1;
}

/* The steps so far become a band of their own, with windows of its own. */
static bool split_band(cut *c, flt_band *band)
{
    const flt_sized *s = c->sized;
    flt_band part = s->n_bands ? s->band[s->n_bands - 1] : (flt_band){ .sweep = c->sweep };
    const uint32_t before = part.sweep == c->sweep ? part.in_rows : 0;
    part.sweep = c->sweep;
    part.in_rows = c->want[0] > before ? c->want[0] : before;
    part.first_step = band->first_step;
    part.n_steps = s->n_steps - band->first_step;
    band->first_step = s->n_steps;
    return add_band(c, &part);
}

static bool add_steps(cut *c, size_t pass, flt_band *band)
{
    const uint32_t all = c->sized->launch[pass].groups[0], each = groups_of(c, pass);
    for (uint32_t x = 0; x < all || x == 0; x += each) {
        const flt_step step = { .pass = (uint32_t)pass,
                                .y0 = c->done[pass],
                                .y1 = c->goal[pass],
                                .x0 = x,
                                .x1 = all - x > each ? x + each : all };
        if (x && !split_band(c, band))
            return false;
        for (unsigned i = 0; i < c->plan->pass[pass].n_buffers; i++)
            touch(c, c->plan->pass[pass].buffer[i]);
        if (!add_step(c, &step))
            return false;
        if (!each)
            break;
    }
    return true;
}

static bool run_pass(cut *c, size_t pass, flt_band *band)
{
    const unsigned target = target_of(c, pass);
    const bool table = c->plan->recipe->pass[pass].rule == FLT_SIZE_TABLE;
    const uint32_t rows = table ? c->sized->extent[target].height : rows_of(c, pass, c->goal[pass]);
    if (!add_steps(c, pass, band))
        return false;
    if (target == 1)
        c->may_overlap = c->may_overlap && overlap_allowed(c, rows);
    /* what the readers have not yet done is still alive, this pass's own source included until it has run */
    const uint32_t first =
        table || is_kept(c, target) ? 0 : min_u32(first_alive(c, target), rows_of(c, pass, c->done[pass]));
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
        if (c->goal[i] > c->done[i] && !run_pass(c, i, &band))
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

/* A pass of which the result is needed as a whole; one that works in place is among those that need it. */
static bool has_own_sweep(const cut *c, size_t pass)
{
    const flt_pass_recipe *r = &c->plan->recipe->pass[pass];
    bool own = c->windowed[r->target] || is_kept(c, r->target);
    for (unsigned k = 0; k < r->n_readers; k++)
        own = own && r->reader[k].surface != r->target;
    return own || (c->sweeps && r->slices);
}

/* The passes that `driver` needs, it itself among them: what lies in a file, or was made by an earlier sweep and stays,
 * is there. */
static void activate(cut *c, size_t driver)
{
    const flt_plan *p = c->plan;
    memset(c->active, 0, p->n_passes * sizeof *c->active);
    c->active[driver] = true;
    for (size_t i = p->n_passes; i-- > 0;) {
        const bool made = is_kept(c, target_of(c, i)) && c->done[i] == c->sized->launch[i].groups[1];
        if (p->recipe->pass[i].rule != FLT_SIZE_TABLE && !made)
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

static bool run_sweeps(cut *c)
{
    const flt_plan *p = c->plan;
    size_t output = 0;
    c->sized->n_steps = c->sized->n_bands = 0;
    c->sweep = 0;
    c->sweeps = c->banding->sweeps || flt_cut_windowed(c); /* one sweep would take statistics of a whole surface */
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
        if (has_own_sweep(c, i) && !run_sweep(c, i))
            return false;
    }
    if (!run_sweep(c, output))
        return false;
    for (unsigned k = 0; k < p->recipe->pass[output].n_readers; k++)
        if (p->recipe->pass[output].reader[k].surface == 0)
            c->may_overlap = false; /* a launch would read what another of its groups has written over */
    return true;
}

bool flt_cut_run(cut *c)
{
    return run_sweeps(c) && flt_set_windows(c->plan, c->sized, c->windowed, c->err);
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
        ok = ok && (c.rows ? flt_cut_run(&c) : flt_cut_choose(&c));
        if (ok)
            (void)flt_cut_rings(&c);
    } while (ok && flt_cut_drop(&c));
    if (ok) {
        flt_cut_masks(&c);
        sized->output_may_overlap_input = c.may_overlap;
    }
    free(c.done);
    free(c.active);
    free(c.born);
    return ok;
}
