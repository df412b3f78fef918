/* Windows: the parts of a surface that a band needs, where rows are taken as columns or from the last to the first, so
 * that no run of rows would do. */
#include "codegen.h"
#include "geometry.h"

#include <math.h>
#include <stdlib.h>

static int64_t at_least(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t at_most(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static size_t pixel_bytes(const flt_plan *plan, size_t surface)
{
    return plan->surface[surface].channels * flt_sample_bytes(plan->surface[surface].storage);
}

/* ---- which surfaces ---- */

/* One pass makes it, others read it, and of each block row it can be told what that takes. */
static bool can_be_windowed(const flt_plan *plan, size_t surface)
{
    unsigned makers = 0;
    for (size_t i = 0; i < plan->n_passes; i++) {
        const flt_pass_recipe *q = &plan->recipe->pass[i];
        makers += q->target == surface;
        for (unsigned k = 0; k < q->n_readers; k++)
            if (q->reader[k].surface == surface && (q->reader[k].reach == FLT_REACH_WHOLE || q->target == surface))
                return false;
    }
    return makers == (surface == 0 ? 0 : 1);
}

/* Rows of a surface that a warp needs for a row of its result, which takes a slant through them; 0: none does. */
static uint32_t rows_spanned(const flt_plan *plan, const flt_sized *s, size_t surface)
{
    uint32_t most = 0;
    for (size_t i = 0; i < plan->n_passes; i++) {
        const flt_pass_recipe *q = &plan->recipe->pass[i];
        const flt_row_span *span = s->span + s->launch[i].span_at;
        for (uint32_t y = 0; q->source == surface && s->launch[i].tiles && y < s->extent[q->target].height; y++)
            most = span[y].end - span[y].first > most ? span[y].end - span[y].first : most;
    }
    return most;
}

void flt_choose_windows(const flt_plan *plan, const flt_sized *s, const flt_banding *banding, bool *windowed)
{
    uint64_t all = 0, largest = 0;
    for (size_t i = 0; i < plan->n_surfaces && banding->window && banding->ring_input; i++) {
        const bool whole = flt_out_of_order(plan, s, i);
        const uint64_t bytes = (uint64_t)s->extent[i].stride * (whole ? s->extent[i].height : rows_spanned(plan, s, i));
        windowed[i] = bytes > (whole ? 0 : banding->hold / 8) && can_be_windowed(plan, i);
        all += bytes;
        largest = bytes > largest ? bytes : largest;
    }
    if (all <= banding->hold && (!banding->most || largest <= banding->most))
        for (size_t i = 0; i < plan->n_surfaces; i++)
            windowed[i] = false;
}

/* ---- what a band takes ---- */

/* Rows [*lo, *hi) of what a pass sees of the surface, for its block rows [y0, y1). False: none. */
static bool rows_seen(const flt_plan *plan, const flt_sized *s, const flt_step *step, const flt_reader *r, int64_t *lo,
                      int64_t *hi)
{
    const flt_pass_recipe *q = &plan->recipe->pass[step->pass];
    const flt_launch *l = &s->launch[step->pass];
    const int64_t seen = s->uniform[l->u0 + (uint32_t)q->at_h], height = q->slices ? seen : s->extent[q->target].height;
    const int64_t first = (int64_t)step->y0 * q->rows, end = at_most((int64_t)step->y1 * q->rows, height);
    if (first >= end)
        return false;
    if (r->reach == FLT_REACH_TABLE) {
        const int32_t *t = s->uniform + s->uniform[l->u0 + (uint32_t)q->at_table];
        *lo = t[3 * first];
        *hi = t[3 * (end - 1)] + t[3 * (end - 1) + 1];
    } else if (r->reach == FLT_REACH_SPANS) {
        *lo = s->span[l->span_at + (size_t)first].first;
        *hi = s->span[l->span_at + (size_t)end - 1].end;
    } else {
        *lo = first - r->radius;
        *hi = end + r->radius;
    }
    *lo = at_least(*lo, 0);
    *hi = at_most(*hi, r->viewed ? seen : s->extent[r->surface].height);
    return *lo < *hi;
}

/* Columns [*lo, *hi) of what a step with tiles sees, and rows [*top, *bottom). */
static void tile_seen(const flt_plan *plan, const flt_sized *s, const flt_step *step, flt_window *seen)
{
    const flt_pass_recipe *q = &plan->recipe->pass[step->pass];
    const flt_launch *l = &s->launch[step->pass];
    const flt_extent *out = &s->extent[q->target];
    const int32_t *u = s->uniform + l->u0;
    const double x0 = (double)step->x0 * q->run, x1 = (double)at_most((int64_t)step->x1 * q->run, out->width) - 1;
    const double y0 = (double)step->y0 * q->rows, y1 = (double)at_most((int64_t)step->y1 * q->rows, out->height) - 1;
    double low[2], high[2];
    for (int i = 0; i < 2; i++) {
        const double *m = l->tile + 3 * i;
        low[i] = floor(fmin(m[0] * x0, m[0] * x1) + fmin(m[1] * y0, m[1] * y1) + m[2] - l->taps);
        high[i] = ceil(fmax(m[0] * x0, m[0] * x1) + fmax(m[1] * y0, m[1] * y1) + m[2] + l->taps);
    }
    const flt_border outside = flt_outside(q->stage);
    flt_inside(outside, low[0], high[0], (uint32_t)u[q->at_w], &seen->x0, &seen->x1);
    flt_inside(outside, low[1], high[1], (uint32_t)u[q->at_h], &seen->y0, &seen->y1);
}

/* What a reader takes of what its pass sees of the surface. False: nothing. */
static bool part_seen(const flt_plan *plan, const flt_sized *s, const flt_step *step, const flt_reader *r,
                      flt_window *seen)
{
    const flt_pass_recipe *q = &plan->recipe->pass[step->pass];
    const flt_launch *l = &s->launch[step->pass];
    int64_t lo, hi;
    if (r->reach == FLT_REACH_SPANS && l->tiles) {
        tile_seen(plan, s, step, seen);
        return true;
    }
    if (!rows_seen(plan, s, step, r, &lo, &hi))
        return false;
    const uint32_t width = r->viewed ? (uint32_t)s->uniform[l->u0 + (uint32_t)q->at_w] : s->extent[r->surface].width;
    *seen = (flt_window){ .x1 = width, .y0 = (uint32_t)lo, .y1 = (uint32_t)hi };
    return true;
}

/* Numbers [*first, *end), below n, that a view shows as the columns and rows of a part. */
static void through(const int32_t view[3], const flt_window *seen, uint32_t n, uint32_t *first, uint32_t *end)
{
    const int64_t left = (int64_t)view[1] * seen->x0, right = (int64_t)view[1] * ((int64_t)seen->x1 - 1);
    const int64_t top = (int64_t)view[2] * seen->y0, bottom = (int64_t)view[2] * ((int64_t)seen->y1 - 1);
    const int64_t a = view[0] + at_most(left, right) + at_most(top, bottom);
    const int64_t b = view[0] + at_least(left, right) + at_least(top, bottom) + 1;
    *first = (uint32_t)at_most(at_least(a, 0), n);
    *end = (uint32_t)at_most(at_least(b, 0), n);
}

/* The window grows to what the reader takes of its surface. */
static void add_reader(const flt_plan *plan, const flt_sized *s, const flt_step *step, const flt_reader *r,
                       flt_window *w)
{
    static const int32_t same_x[] = { 0, 1, 0 }, same_y[] = { 0, 0, 1 };
    const flt_extent *e = &s->extent[r->surface];
    const flt_launch *l = &s->launch[step->pass];
    flt_window part = { .surface = r->surface }, seen;
    if (!part_seen(plan, s, step, r, &seen))
        return;
    through(r->viewed ? l->view_x : same_x, &seen, e->width, &part.x0, &part.x1);
    through(r->viewed ? l->view_y : same_y, &seen, e->height, &part.y0, &part.y1);
    part.x0 -= part.x0 % FLT_WINDOW_COLUMNS;
    part.x1 = (uint32_t)at_most(((int64_t)part.x1 + FLT_WINDOW_COLUMNS - 1) / FLT_WINDOW_COLUMNS * FLT_WINDOW_COLUMNS,
                                e->width);
    if (w->x0 < w->x1) {
        part.x0 = w->x0 < part.x0 ? w->x0 : part.x0;
        part.x1 = w->x1 > part.x1 ? w->x1 : part.x1;
        part.y0 = w->y0 < part.y0 ? w->y0 : part.y0;
        part.y1 = w->y1 > part.y1 ? w->y1 : part.y1;
    }
    *w = part;
}

static flt_window window_of(const flt_plan *plan, const flt_sized *s, const flt_band *band, unsigned surface)
{
    flt_window w = { .surface = surface };
    for (size_t i = band->first_step; i < band->first_step + band->n_steps; i++) {
        const flt_pass_recipe *q = &plan->recipe->pass[s->step[i].pass];
        for (unsigned k = 0; k < q->n_readers; k++)
            if (q->reader[k].surface == surface)
                add_reader(plan, s, &s->step[i], &q->reader[k], &w);
    }
    return w;
}

static bool add_window(flt_sized *s, flt_band *band, const flt_window *w, qn_error *err)
{
    if (s->n_windows == s->cap_windows) {
        const size_t cap = s->cap_windows ? 2 * s->cap_windows : 64;
        flt_window *more = realloc(s->window, cap * sizeof *more);
        if (!more)
            return qn_fail(err, QN_NOMEM, "out of memory");
        s->window = more;
        s->cap_windows = cap;
    }
    s->window[s->n_windows++] = *w;
    band->n_windows++;
    return true;
}

/* ---- how they lie in memory ---- */

static bool reads(const flt_plan *plan, size_t pass, size_t surface)
{
    const flt_pass_recipe *q = &plan->recipe->pass[pass];
    for (unsigned k = 0; k < q->n_readers; k++)
        if (q->reader[k].surface == surface)
            return true;
    return false;
}

/* A pass's strides are the same in all bands: those that read the surface in one band are of one kind, whose number is
 * its first pass. kind[] is per pass; returns the band's. */
static size_t kind_of(const flt_plan *plan, const flt_sized *s, const flt_band *band, size_t surface, size_t *kind)
{
    size_t first = SIZE_MAX;
    for (size_t i = 0; i < band->n_steps; i++) {
        const size_t pass = s->step[band->first_step + i].pass;
        if (!reads(plan, pass, surface))
            continue;
        const size_t other = kind[pass];
        first = first == SIZE_MAX ? other : first;
        for (size_t p = 0; p < plan->n_passes && other != first; p++)
            kind[p] = kind[p] == other ? first : kind[p];
    }
    return first;
}

/* The largest of the windows of a kind fits, wherever it lies. */
static void set_layout(const flt_plan *plan, flt_sized *s, size_t surface, const size_t *band_kind, size_t kind)
{
    const flt_extent *e = &s->extent[surface];
    uint32_t columns = 0, high = 0, rows = 1;
    for (size_t i = 0; i < s->n_windows; i++) {
        const flt_window *w = &s->window[i];
        if (w->surface != surface || band_kind[i] != kind)
            continue;
        columns = w->x1 - w->x0 > columns ? w->x1 - w->x0 : columns;
        high = w->y1 - w->y0 > high ? w->y1 - w->y0 : high;
    }
    while (rows < high && rows < e->height)
        rows *= 2;
    rows = rows < e->height ? rows : e->height;
    size_t stride = (columns * pixel_bytes(plan, surface) + 63) & ~(size_t)63;
    stride += stride % 4096 == 0 ? 64 : 0; /* rows below one another share no cache set */
    for (size_t i = 0; i < s->n_windows; i++)
        if (s->window[i].surface == surface && band_kind[i] == kind) {
            s->window[i].rows = rows;
            s->window[i].stride = stride;
        }
}

static bool set_layouts(const flt_plan *plan, flt_sized *s, size_t surface, qn_error *err)
{
    size_t *kind = malloc((plan->n_passes + s->n_windows + 1) * sizeof *kind), *of = kind + plan->n_passes;
    if (!kind)
        return qn_fail(err, QN_NOMEM, "out of memory");
    for (size_t p = 0; p < plan->n_passes; p++)
        kind[p] = p;
    for (int turn = 0; turn < 2; turn++) /* in the second one nothing is joined any more */
        for (size_t b = 0; b < s->n_bands; b++) {
            const flt_band *band = &s->band[b];
            const size_t it = kind_of(plan, s, band, surface, kind);
            for (size_t i = band->first_window; i < band->first_window + band->n_windows; i++)
                of[i] = it;
        }
    for (size_t p = 0; p < plan->n_passes; p++)
        set_layout(plan, s, surface, of, p);
    free(kind);
    return true;
}

const flt_window *flt_window_for(const flt_sized *s, size_t pass, size_t surface)
{
    for (size_t b = 0; b < s->n_bands; b++) {
        const flt_band *band = &s->band[b];
        bool runs = false;
        for (size_t i = 0; i < band->n_steps; i++)
            runs = runs || s->step[band->first_step + i].pass == pass;
        for (size_t i = band->first_window; runs && i < band->first_window + band->n_windows; i++)
            if (s->window[i].surface == surface)
                return &s->window[i];
    }
    return NULL;
}

size_t flt_window_bytes(const flt_plan *plan, const flt_sized *s, size_t surface)
{
    size_t most = 0;
    for (size_t i = 0; i < s->n_windows; i++)
        if (s->window[i].surface == surface && s->window[i].stride * s->window[i].rows > most)
            most = s->window[i].stride * s->window[i].rows;
    /* the last window lies furthest behind, by less than a row of the surface */
    return most + s->extent[surface].width * pixel_bytes(plan, surface) + 64;
}

bool flt_set_windows(const flt_plan *plan, flt_sized *s, const bool *windowed, qn_error *err)
{
    s->n_windows = 0;
    for (size_t b = 0; b < s->n_bands; b++) {
        s->band[b].first_window = s->n_windows;
        s->band[b].n_windows = 0;
        for (size_t i = 0; i < plan->n_surfaces; i++) {
            const flt_window w =
                windowed[i] ? window_of(plan, s, &s->band[b], (unsigned)i) : (flt_window){ .surface = 0 };
            if (w.x0 < w.x1 && !add_window(s, &s->band[b], &w, err))
                return false;
        }
    }
    for (size_t i = 0; i < plan->n_surfaces; i++) {
        s->extent[i].windowed = windowed[i];
        if (windowed[i] && !set_layouts(plan, s, i, err))
            return false;
    }
    return true;
}
