/* Which rows of its source a row of a moved picture takes, for bands: pad, extend, small turns and shears need but a
 * window of them. */
#include "codegen.h"
#include "geometry.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void flt_inside(flt_border border, double lo, double hi, uint32_t n, uint32_t *first, uint32_t *end)
{
    const double top = n - 1.0;
    double from = lo, to = hi;
    if (lo < 0 || hi > top) {
        switch (border) {
        case FLT_CONSTANT:
        case FLT_CLAMP: break; /* the edge, or nothing */
        case FLT_MIRROR:
        case FLT_REFLECT: /* of either kind: to the row */
            if (hi < 0 && lo >= -top) {
                from = -hi - 1, to = -lo;
                break;
            }
            if (lo > top && hi <= 2 * top) {
                from = 2 * top - hi, to = 2 * top - lo + 1;
                break;
            }
            if (lo < 0)
                from = 0, to = fmax(to, -lo);
            if (hi > top)
                from = fmin(from, 2 * top - hi), to = top;
            if (lo < -top || hi > 2 * top)
                from = 0, to = top; /* there and back again */
            break;
        case FLT_WRAP: {
            const double before = floor(lo / n) * n;
            from = hi - before > top ? 0 : lo - before;
            to = hi - before > top ? top : hi - before;
            break;
        }
        }
    }
    *first = (uint32_t)fmin(fmax(from, 0), top);
    *end = (uint32_t)fmin(fmax(to, 0), top) + 1;
}

bool flt_fill_spans(const flt_pass_recipe *r, const flt_fill *f, flt_launch *launch)
{
    flt_sized *s = f->sized;
    const size_t n = f->out.h, at = s->n_spans;
    if (at + n > s->cap_spans) {
        flt_row_span *more = realloc(s->span, (at + n) * sizeof *more);
        if (!more)
            return qn_fail(f->err, QN_NOMEM, "out of memory");
        s->span = more;
        s->cap_spans = at + n;
    }
    flt_row_span *span = s->span + at;
    s->n_spans += n;
    launch->span_at = at;
    flt_slope slope = { .step = 1 };
    r->span(f, &slope);
    launch->tiles = slope.tiles;
    launch->taps = slope.taps;
    memcpy(launch->tile, slope.m, sizeof launch->tile);
    for (size_t y = 0; y < n; y++)
        flt_inside(flt_outside(f->stage), floor(slope.step * (double)y + slope.low),
                   ceil(slope.step * (double)y + slope.high), f->in.h, &span[y].first, &span[y].end);
    for (size_t y = 1; y < n; y++) /* by this row and those before */
        span[y].end = span[y].end < span[y - 1].end ? span[y - 1].end : span[y].end;
    for (size_t y = n; y-- > 1;) /* by the one before and those behind */
        span[y - 1].first = span[y - 1].first > span[y].first ? span[y].first : span[y - 1].first;
    return true;
}
