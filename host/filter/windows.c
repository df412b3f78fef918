/* Windows: the part of the picture that a band needs, where rows are taken as columns or from the last to the first, so
 * that no run of rows would do. */
#include "codegen.h"

static int64_t at_least(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t at_most(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Rows [*lo, *hi) of what a pass sees of the surface, for its block rows [y0, y1). False: any of them. */
static bool rows_seen(const flt_plan *plan, const flt_sized *s, const flt_step *step, const flt_reader *r, int64_t *lo,
                      int64_t *hi)
{
    const flt_pass_recipe *q = &plan->recipe->pass[step->pass];
    const flt_launch *l = &s->launch[step->pass];
    const int64_t height = s->extent[q->target].height, first = (int64_t)step->y0 * q->rows;
    const int64_t end = at_most((int64_t)step->y1 * q->rows, height);
    if (r->reach == FLT_REACH_WHOLE || q->slices || q->rule == FLT_SIZE_TABLE || first >= end)
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
    *hi = at_most(*hi, s->uniform[l->u0 + (uint32_t)q->at_h]);
    return *lo < *hi;
}

/* Numbers [lo, hi) seen from `at`, `step` by `step`, among [0, n). */
static void through(int32_t at, int32_t step, int64_t lo, int64_t hi, uint32_t n, uint32_t *first, uint32_t *end)
{
    const int64_t a = at + step * lo, b = at + step * (hi - 1);
    *first = (uint32_t)at_most(at_least(at_most(a, b), 0), n);
    *end = (uint32_t)at_most(at_least(at_least(a, b) + 1, 0), n);
}

/* The window grows to what the reader takes of the picture. False: that is not known. */
static bool add_reader(const flt_plan *plan, const flt_sized *s, const flt_step *step, const flt_reader *r,
                       flt_window *w)
{
    static const int32_t as_it_is[] = { 0, 0, 1 };
    const flt_extent *e = &s->extent[0];
    const flt_launch *l = &s->launch[step->pass];
    const int32_t *x = l->view_x, *y = r->viewed ? l->view_y : as_it_is;
    flt_window part = { 0, e->width, 0, e->height };
    int64_t lo, hi;
    if (!rows_seen(plan, s, step, r, &lo, &hi))
        return false;
    if (y[1])
        through(x[0], x[2], lo, hi, e->width, &part.x0, &part.x1);
    else
        through(y[0], y[2], lo, hi, e->height, &part.y0, &part.y1);
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
    return true;
}

static bool set_window(const flt_plan *plan, const flt_sized *s, flt_band *band)
{
    band->window = (flt_window){ 0 };
    for (size_t i = band->first_step; i < band->first_step + band->n_steps; i++) {
        const flt_pass_recipe *q = &plan->recipe->pass[s->step[i].pass];
        for (unsigned k = 0; k < q->n_readers; k++)
            if (q->reader[k].surface == 0 && !add_reader(plan, s, &s->step[i], &q->reader[k], &band->window))
                return false;
    }
    return true;
}

void flt_set_windows(const flt_plan *plan, flt_sized *s)
{
    const flt_surface *f = &plan->surface[0];
    flt_extent *e = &s->extent[0];
    const size_t pixel = f->channels * flt_sample_bytes(f->storage);
    uint32_t columns = 0, high = 0, rows = 1;
    if (!flt_out_of_order(plan, s, 0))
        return;
    for (size_t i = 0; i < s->n_bands; i++) {
        const flt_window *w = &s->band[i].window;
        if (!set_window(plan, s, &s->band[i]))
            return;
        columns = w->x1 - w->x0 > columns ? w->x1 - w->x0 : columns;
        high = w->y1 - w->y0 > high ? w->y1 - w->y0 : high;
    }
    while (rows < high && rows < e->height)
        rows *= 2;
    rows = rows < e->height ? rows : e->height;
    size_t stride = (columns * pixel + 63) & ~(size_t)63;
    stride += stride % 4096 == 0 ? 64 : 0; /* rows below one another share no cache set */
    /* the last window lies furthest behind, by less than a row of the picture */
    const size_t bytes = stride * rows + e->width * pixel + 64;
    if (columns == 0 || bytes > e->bytes / 2)
        return;
    s->window_stride = stride;
    e->rows = rows;
    e->bytes = bytes;
}
