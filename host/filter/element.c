#include "element.h"

#include "rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool flt_element_is_list(const flt_stage *s)
{
    return flt_arg(s, "element")->n > 0;
}

static bool list_sides(const flt_stage *s, int *w, int *h, qn_error *err)
{
    const flt_value *list = flt_arg(s, "element");
    const flt_size *size = &flt_arg(s, "size")->size;
    if (size->w > 0 || size->h > 0) {
        *w = (int)size->w;
        *h = (int)size->h;
        if (size->w_factor || size->h_factor || *w < 1 || *h < 1 || *w != size->w || *h != size->h)
            return flt_blame(err, s, "size", "size must be two whole numbers, as in 5x3");
    } else {
        *w = *h = (int)lround(sqrt((double)list->n));
        if ((size_t)*w * (size_t)*h != list->n)
            return flt_blame(err, s, "element", "the element has %zu numbers, which is no square: say size=WxH",
                             list->n);
    }
    if (*w % 2 == 0 || *h % 2 == 0 || *w > FLT_ELEMENT_SIDE || *h > FLT_ELEMENT_SIDE)
        return flt_blame(err, s, "size|element", "the element is %dx%d: its sides must be odd, and at most %d", *w, *h,
                         FLT_ELEMENT_SIDE);
    if ((size_t)*w * (size_t)*h != list->n)
        return flt_blame(err, s, "size", "the element has %zu numbers, and size=%dx%d needs %d", list->n, *w, *h,
                         *w * *h);
    return true;
}

bool flt_element_check(const flt_stage *s, qn_error *err)
{
    const flt_value *list = flt_arg(s, "element");
    const double n = flt_num(s, "iterations");
    int w, h;
    if (!flt_element_is_list(s)) {
        const double r = flt_num(s, "radius") * n;
        if (flt_arg(s, "size")->given)
            return flt_blame(err, s, "size", "size belongs to element=, a list of 0 and 1");
        return r <= FLT_ELEMENT_MAX ? true
                                    : flt_blame(err, s, "radius|iterations",
                                                "radius x iterations = %.0f; up to %d is allowed", r, FLT_ELEMENT_MAX);
    }
    if (flt_arg(s, "radius")->given || flt_arg(s, "shape")->given)
        return flt_blame(err, s, "radius|shape", "element= says it all: leave out radius and shape");
    if (!list_sides(s, &w, &h, err))
        return false;
    size_t ones = 0;
    for (size_t i = 0; i < list->n; i++) {
        if (list->list[i] != 0.0 && list->list[i] != 1.0)
            return flt_blame(err, s, "element", "element: %g is neither 0 nor 1", list->list[i]);
        ones += list->list[i] == 1.0;
    }
    if (ones == 0)
        return flt_blame(err, s, "element", "the element is empty: it has no 1");
    return n <= 16 ? true : flt_blame(err, s, "iterations", "iterations = %.0f; up to 16 are allowed with element=", n);
}

int flt_element_reach(const flt_stage *s)
{
    int w = 1, h = 1;
    qn_error ignored = { 0 };
    const int n = (int)flt_num(s, "iterations");
    if (!flt_element_is_list(s))
        return (int)flt_num(s, "radius") * n;
    list_sides(s, &w, &h, &ignored);
    return (w > h ? w : h) / 2 * n;
}

typedef enum shape_kind { RECT, CROSS, DISK, DIAMOND, ELLIPSE } shape_kind; /* FLT_ELEMENT_SHAPES */

/* Half-width of row dy of a shape, -1 where it has none. */
static int shape_row(shape_kind shape, int r, int dy)
{
    const int y = dy < 0 ? -dy : dy;
    if (y > r)
        return -1;
    switch (shape) {
    case CROSS: return y == 0 ? r : 0;
    case DISK: return (int)floor(sqrt((double)r * r - (double)y * y) + 1e-9);
    case DIAMOND: return r - y;
    case ELLIPSE: return r == 0 ? 0 : (int)rint(r * sqrt(1.0 - (double)y * y / ((double)r * r)));
    default: return r;
    }
}

/* Doing it n times is doing it once with the shape added to itself n times: all shapes are symmetric and have one run
 * in each row, so a row of the sum is the widest way to reach it. `half`: 2 r n + 1 half-widths. */
static void add_up(shape_kind shape, int r, int n, int *half, int *next)
{
    const int total = r * n;
    for (int dy = -total; dy <= total; dy++)
        half[dy + total] = dy == 0 ? 0 : -1;
    for (int i = 0; i < n; i++) {
        for (int dy = -total; dy <= total; dy++) {
            next[dy + total] = -1;
            for (int k = -r; k <= r; k++) {
                const int w = shape_row(shape, r, k), from = dy - k;
                if (w < 0 || from < -total || from > total || half[from + total] < 0)
                    continue;
                if (half[from + total] + w > next[dy + total])
                    next[dy + total] = half[from + total] + w;
            }
        }
        memcpy(half, next, (2 * (size_t)total + 1) * sizeof *half);
    }
}

static bool make_shape(const flt_stage *s, flt_element *e)
{
    const int r = (int)flt_num(s, "radius"), n = (int)flt_num(s, "iterations"), total = r * n;
    int half[2 * FLT_ELEMENT_MAX + 1], next[2 * FLT_ELEMENT_MAX + 1];
    e->rx = e->ry = total;
    e->run = calloc(2 * (size_t)total + 1, sizeof *e->run);
    if (!e->run)
        return false;
    add_up((shape_kind)flt_num(s, "shape"), r, n, half, next);
    for (int dy = -total; dy <= total; dy++)
        if (half[dy + total] >= 0)
            e->run[e->n++] = (flt_run){ dy, -half[dy + total], half[dy + total] };
    return true;
}

static bool make_list(const flt_stage *s, bool turned, flt_element *e)
{
    const flt_value *list = flt_arg(s, "element");
    int w, h;
    qn_error ignored = { 0 };
    if (!list_sides(s, &w, &h, &ignored))
        return false;
    e->rx = w / 2;
    e->ry = h / 2;
    e->run = calloc(list->n, sizeof *e->run);
    if (!e->run)
        return false;
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            const size_t at = (size_t)(y * w + x), i = turned ? list->n - 1 - at : at;
            if (list->list[i] == 0.0)
                continue;
            flt_run *last = e->n ? &e->run[e->n - 1] : NULL;
            if (last && last->dy == y - e->ry && last->x1 == x - e->rx - 1)
                last->x1++;
            else
                e->run[e->n++] = (flt_run){ y - e->ry, x - e->rx, x - e->rx };
        }
    return true;
}

bool flt_element_make(const flt_stage *s, bool turned, flt_element *e)
{
    *e = (flt_element){ 0 };
    return flt_element_is_list(s) ? make_list(s, turned, e) : make_shape(s, e);
}

void flt_element_free(flt_element *e)
{
    free(e->run);
    *e = (flt_element){ 0 };
}

static int level_of(const flt_run *r)
{
    int k = 0;
    while ((2 << k) <= r->x1 - r->x0 + 1)
        k++;
    return k;
}

size_t flt_element_ints(const flt_element *e)
{
    return 3 + 2 * (size_t)e->ry + 2 + 3 * e->n;
}

void flt_element_table(const flt_element *e, int32_t *u)
{
    const int rows = 2 * e->ry + 1;
    int32_t at = 3 + rows + 1;
    size_t i = 0;
    u[0] = e->rx;
    u[1] = e->ry;
    u[2] = 0;
    for (int row = 0; row < rows; row++) {
        u[3 + row] = at;
        for (; i < e->n && e->run[i].dy + e->ry == row; i++, at += 3) {
            const int k = level_of(&e->run[i]);
            u[2] = k > u[2] ? k : u[2];
            u[at] = k;
            u[at + 1] = e->run[i].x0;
            u[at + 2] = e->run[i].x1 - (1 << k) + 1;
        }
    }
    u[3 + rows] = at;
}
