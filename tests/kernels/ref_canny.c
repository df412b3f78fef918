/* Reference of Canny's edges: whole numbers, and hysteresis by a stack. */
#include "ref.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct grid {
    int w, h;
    long long *dx, *dy, *steep; /* owned */
} grid;

static long long *numbers(const grid *g)
{
    long long *p = calloc((size_t)g->w * (size_t)g->h, sizeof *p);
    if (!p)
        abort();
    return p;
}

/* Level of channel k at a pixel, which may lie outside; values that may round either way are moved by `nudge`. */
static long long level(const ref_call *call, const ref_image *in, int x, int y, int k, double nudge)
{
    int sx = ref_border(x, in->w, call->stage->border), sy = ref_border(y, in->h, call->stage->border);
    double v = sx < 0 || sy < 0 ? call->constant[k] : ref_at(in, sx, sy)[k], t = fmin(fmax(v, 0), 1) * 255;
    return (long long)(fabs(t - floor(t) - 0.5) <= call->eps * 255 ? rint(t + nudge) : rint(t));
}

static void derive(const ref_call *call, const ref_image *in, int k, double nudge, grid *g)
{
    static const int weight[3] = { 1, 2, 1 };
    bool squares = ref_is(call->stage, "norm", "l2");
    for (int y = 0; y < g->h; y++)
        for (int x = 0; x < g->w; x++) {
            long long dx = 0, dy = 0;
            for (int i = -1; i <= 1; i++) {
                dx +=
                    weight[i + 1] * (level(call, in, x + 1, y + i, k, nudge) - level(call, in, x - 1, y + i, k, nudge));
                dy +=
                    weight[i + 1] * (level(call, in, x + i, y + 1, k, nudge) - level(call, in, x + i, y - 1, k, nudge));
            }
            g->dx[y * g->w + x] = dx;
            g->dy[y * g->w + x] = dy;
            g->steep[y * g->w + x] = squares ? dx * dx + dy * dy : llabs(dx) + llabs(dy);
        }
}

static long long steep(const grid *g, int x, int y)
{
    return x < 0 || y < 0 || x >= g->w || y >= g->h ? 0 : g->steep[y * g->w + x];
}

/* Steepest across the edge; of two that are equal along an axis the left or upper one. */
static bool is_crest(const grid *g, int x, int y)
{
    long long dx = g->dx[y * g->w + x], dy = g->dy[y * g->w + x], s = steep(g, x, y);
    long long ay = llabs(dy) << 15, flat = llabs(dx) * 13573;
    if (ay < flat)
        return s > steep(g, x - 1, y) && s >= steep(g, x + 1, y);
    if (ay > flat + (llabs(dx) << 16))
        return s > steep(g, x, y - 1) && s >= steep(g, x, y + 1);
    int side = (dx < 0) != (dy < 0) ? -1 : 1;
    return s > steep(g, x - side, y - 1) && s > steep(g, x + side, y + 1);
}

static double threshold(const ref_call *call, const char *name)
{
    double t = 255 * flt_num(call->stage, name);
    t = fabs(t - rint(t)) < 1e-6 ? rint(t) : t;
    return floor(ref_is(call->stage, "norm", "l2") ? t * t : t);
}

/* 1 where there is an edge; the caller's to free(). */
static uint8_t *edges(const ref_call *call, const ref_image *in, int k, double nudge)
{
    grid g = { .w = in->w, .h = in->h };
    g.dx = numbers(&g), g.dy = numbers(&g), g.steep = numbers(&g);
    derive(call, in, k, nudge, &g);
    double low = threshold(call, "low"), high = threshold(call, "high");
    size_t n = (size_t)g.w * (size_t)g.h, depth = 0;
    uint8_t *kind = calloc(n, 1); /* 1: candidate, 2: edge */
    int *stack = malloc(n * sizeof *stack);
    if (!kind || !stack)
        abort();
    for (int y = 0; y < g.h; y++)
        for (int x = 0; x < g.w; x++) {
            int at = y * g.w + x;
            if ((double)g.steep[at] <= low || !is_crest(&g, x, y))
                continue;
            kind[at] = (double)g.steep[at] > high ? 2 : 1;
            if (kind[at] == 2)
                stack[depth++] = at;
        }
    while (depth > 0) {
        int at = stack[--depth];
        for (int y = at / g.w - 1; y <= at / g.w + 1; y++)
            for (int x = at % g.w - 1; x <= at % g.w + 1; x++)
                if (x >= 0 && y >= 0 && x < g.w && y < g.h && kind[y * g.w + x] == 1) {
                    kind[y * g.w + x] = 2;
                    stack[depth++] = y * g.w + x;
                }
    }
    for (size_t i = 0; i < n; i++)
        kind[i] = kind[i] == 2;
    free(g.dx), free(g.dy), free(g.steep), free(stack);
    return kind;
}

bool ref_canny(const ref_call *call, const ref_image *in, ref_image *out)
{
    *out = ref_new(in->w, in->h, in->c);
    for (int k = 0; k < in->c; k++) {
        uint8_t *low = edges(call, in, k, -0.01), *high = edges(call, in, k, 0.01);
        for (int y = 0; y < in->h; y++)
            for (int x = 0; x < in->w; x++) {
                ref_at(out, x, y)[k] = low[y * in->w + x];
                if (k == 0 && low[y * in->w + x] != high[y * in->w + x])
                    ref_mark(out, x, y);
            }
        free(low), free(high);
    }
    return true;
}
