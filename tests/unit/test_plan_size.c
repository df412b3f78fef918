/* A plan for one picture's size: extents, launches, uniforms, and what must be refused. */
#include "plan_helper.h"

#include <math.h>

/* ---- sizes ---- */

/* width x height in, width x height out; by hand. Rounded to the nearest, at least 1. */
static const struct {
    const char *chain;
    uint32_t w, h, out_w, out_h;
} sizes[] = {
    { "gamma 2", 1, 1, 1, 1 },
    { "gaussian 20", 3, 2, 3, 2 },
    { "resize 800x600", 1000, 500, 800, 600 },
    { "resize 800x", 1000, 500, 800, 400 },
    { "resize x600", 1000, 500, 1200, 600 },
    { "resize 50%", 1000, 500, 500, 250 },
    { "resize 50%x25%", 1000, 500, 500, 125 },
    { "resize 150%", 1000, 500, 1500, 750 },
    { "resize 50%", 3, 3, 2, 2 },
    { "resize 10x", 1000, 1, 10, 1 },
    { "resize x10", 1, 1000, 1, 10 },
    { "resize 1%", 10, 10, 1, 1 },
    { "resize 1x1", 4000, 3000, 1, 1 },
    { "resize 300x300 fit=fill", 1000, 500, 300, 300 },
    { "resize 300x300 fit=inside", 1000, 500, 300, 150 },
    { "resize 300x300 fit=inside", 500, 1000, 150, 300 },
    { "resize 300x300 fit=outside", 1000, 500, 600, 300 },
    { "resize 300x300 fit=outside", 500, 1000, 300, 600 },
    { "resize 300x300 fit=cover", 1000, 500, 300, 300 },
    { "resize 300x300 fit=cover", 10, 5, 300, 300 },
    { "resize 200x100 fit=inside", 1000, 500, 200, 100 },
    { "resize 3000x3000 fit=inside", 1000, 500, 3000, 1500 },
    { "resize 1600x1600 fit=inside", 6016, 4016, 1600, 1068 },
    { "resize 1600x1600 fit=inside", 4016, 6016, 1068, 1600 },
    { "resize 1600x1600 fit=inside", 5000, 2, 1600, 1 },
    { "resize 300x fit=inside", 1000, 500, 300, 150 },
    { "resize 2000x only-shrink=1", 1000, 500, 1000, 500 },
    { "resize 1000x only-shrink=1", 1000, 500, 1000, 500 },
    { "resize 200x only-shrink=1", 1000, 500, 200, 100 },
    { "resize 200% only-shrink=1", 1000, 500, 1000, 500 },
    { "resize 50% only-shrink=1", 1000, 500, 500, 250 },
    { "resize 1200x100 fit=inside only-shrink=1", 1000, 500, 200, 100 },
    { "resize 1200x1200 fit=inside only-shrink=1", 1000, 500, 1000, 500 },
    { "resize 300x300 fit=cover only-shrink=1", 1000, 500, 300, 300 },
    { "resize 300x300 fit=cover only-shrink=1", 200, 100, 200, 100 },
    { "crop 400x200+7+9 | resize 50%", 1000, 500, 200, 100 },
    { "rotate 90 | resize 100x", 1000, 500, 100, 200 },
    { "resize 50% | resize 50%", 1000, 500, 250, 125 },
    { "resize 50% | rotate 90 | crop 10x20+0+0", 1000, 500, 10, 20 },
    { "crop 1000x500+0+0", 1000, 500, 1000, 500 },
    { "crop 1x1+999+499", 1000, 500, 1, 1 },
    { "rotate 90 | crop 500x1000+0+0", 1000, 500, 500, 1000 },
    { "rotate 180 | flip | flop", 1000, 500, 1000, 500 },
    { "rotate 270", 7, 3, 3, 7 },
    { "stretch | otsu | equalize", 640, 480, 640, 480 },
    { "over logo.png at=center", 20, 10, 20, 10 },
};

static void result_sizes(void)
{
    flt_sized s = { 0 };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const made_for f = { .chain = sizes[i].chain };
        qn_error err = { .code = QN_OK };
        made m = must_make(&f);
        if (m.plan) {
            CHECK_MSG(size_it(&m, &f, sizes[i].w, sizes[i].h, &s, &err), "'%s': %s", f.chain, err.text);
            CHECK_MSG(s.out_width == sizes[i].out_w && s.out_height == sizes[i].out_h,
                      "'%s' of %ux%u gives %ux%u, should be %ux%u", f.chain, sizes[i].w, sizes[i].h, s.out_width,
                      s.out_height, sizes[i].out_w, sizes[i].out_h);
        }
        unmake(&m);
    }
    for (int orientation = 1; orientation <= 8; orientation++) {
        const made_for f = { .chain = "sepia", .orientation = orientation };
        made m = must_make(&f);
        CHECK(m.plan && size_it(&m, &f, 7, 3, &s, NULL));
        CHECK_EQ_INT(s.in_width, 7);
        CHECK_EQ_INT(s.out_width, orientation >= 5 ? 3 : 7);
        CHECK_EQ_INT(s.out_height, orientation >= 5 ? 7 : 3);
        unmake(&m);
    }
    flt_sized_free(&s);
    flt_sized_free(&s);
}

/* ---- what holds for every size ---- */

static void check_extents(const made *m, const made_for *f, const flt_sized *s)
{
    static const size_t bytes_of[] = { 1, 2, 4, 4 };
    const flt_plan *p = m->plan;
    bool right = s->n_extents == p->n_surfaces && s->n_launches == p->n_passes && s->n_pools == p->n_pools &&
                 s->extent[0].width == s->in_width && s->extent[0].height == s->in_height &&
                 s->extent[1].width == s->out_width && s->extent[1].height == s->out_height &&
                 s->extent[1].stride == qn_row_stride(s->out_width, p->output);
    for (size_t i = 0; i < p->n_surfaces; i++) {
        const flt_surface *x = &p->surface[i];
        const flt_extent *e = &s->extent[i];
        const size_t sample = bytes_of[x->storage];
        right = right && e->width && e->height && e->stride >= (size_t)e->width * x->channels * sample &&
                e->stride % sample == 0 && e->bytes == e->stride * e->height;
        if (x->role == FLT_ROLE_TEMP)
            right = right && e->stride % 64 == 0 && (e->stride % 4096 != 0 || x->storage == FLT_U32) &&
                    s->pool_bytes[x->pool] >= e->bytes;
    }
    CHECK_MSG(right, "'%s' of %ux%u: the extents", f->chain, s->in_width, s->in_height);
}

static bool is_table(const flt_pass *pass)
{
    return strstr(pass->name, ".histogram") || strstr(pass->name, ".table");
}

/* Groups times block covers the target, and no group has nothing to do; the ranges of uniforms follow one another. */
static void check_launches(const made *m, const made_for *f, const flt_sized *s)
{
    const flt_plan *p = m->plan;
    for (size_t i = 0; i < p->n_passes; i++) {
        const flt_launch *l = &s->launch[i];
        const flt_extent *e = &s->extent[p->pass[i].buffer[p->pass[i].n_buffers - 1]];
        const uint64_t run = (uint64_t)pass_define(p, i, "RUN"), rows = (uint64_t)pass_define(p, i, "ROWS");
        bool right = l->local[0] == (f->device == FLT_DEV_CPU ? 1 : 128) && l->local[1] == 1;
        right = right && l->u0 < s->n_uniforms && (i == 0 || l->u0 > s->launch[i - 1].u0);
        right = right && l->bytes_read > 0 && l->bytes_written > 0;
        if (!is_table(&p->pass[i]))
            right = right && run >= 1 && rows >= 1 && l->groups[0] * run >= e->width &&
                    (l->groups[0] - 1) * run < e->width && l->groups[1] * rows >= e->height &&
                    (l->groups[1] - 1) * rows < e->height;
        else
            right = right && l->groups[0] >= 1 && (l->walks ? l->groups[1] >= 1 : l->groups[1] == 1);
        CHECK_MSG(right, "'%s' of %ux%u: the launch of pass %zu", f->chain, s->in_width, s->in_height, i);
        CHECK_EQ_INT(member(p, s, i, "ow"), e->width);
        CHECK_EQ_INT(member(p, s, i, "oh"), e->height);
        static const int bytes_of[] = { 1, 2, 4, 4 };
        const unsigned target = p->pass[i].buffer[p->pass[i].n_buffers - 1];
        CHECK_EQ_INT(member(p, s, i, "so"), e->stride / (size_t)bytes_of[p->surface[target].storage]);
        const unsigned first = p->pass[i].buffer[0];
        if (p->pass[i].n_buffers > 1 && member_at(p, s, i, "s0") >= 0)
            CHECK_EQ_INT(member(p, s, i, "s0"), s->extent[first].stride / (size_t)bytes_of[p->surface[first].storage]);
    }
}

static bool same_sized(const flt_sized *a, const flt_sized *b)
{
    return a->out_width == b->out_width && a->out_height == b->out_height && a->n_extents == b->n_extents &&
           a->n_launches == b->n_launches && a->n_pools == b->n_pools && a->n_uniforms == b->n_uniforms &&
           memcmp(a->extent, b->extent, a->n_extents * sizeof *a->extent) == 0 &&
           memcmp(a->launch, b->launch, a->n_launches * sizeof *a->launch) == 0 &&
           memcmp(a->pool_bytes, b->pool_bytes, a->n_pools * sizeof *a->pool_bytes) == 0 &&
           memcmp(a->uniform, b->uniform, a->n_uniforms * sizeof *a->uniform) == 0;
}

/* Every filter alone and behind a stencil, at sizes around the blocks' edges; one flt_sized serves all of them and
 * holds what a fresh one does. */
static void every_filter(void)
{
    static const uint32_t dims[][2] = { { 1, 1 },   { 1, 300 },  { 300, 1 },  { 127, 8 },
                                        { 128, 9 }, { 129, 64 }, { 1025, 7 }, { 1024, 1024 } };
    size_t n;
    const flt_row *const *row = flt_rows(&n);
    flt_sized reused = { 0 };
    for (size_t i = 0; i < n; i++)
        for (int v = 0; v < 8; v++) {
            char chain[256];
            const char *example = strcmp(row[i]->name, "crop") == 0 ? "crop 1x1+0+0" : row[i]->example;
            snprintf(chain, sizeof chain, "%s%s", v % 4 < 2 ? "" : "unsharp 3 mix=50% | resize 70% | ", example);
            const made_for f = { .chain = chain,
                                 .channels = (uint8_t)(v % 4 + 1),
                                 .depth = v < 4 ? 8 : 16,
                                 .device = v % 2 ? FLT_DEV_GPU : FLT_DEV_CPU };
            made m = must_make(&f);
            for (size_t k = 0; m.plan && k < sizeof dims / sizeof dims[0]; k++) {
                flt_sized fresh = { 0 };
                qn_error err = { .code = QN_OK };
                CHECK_MSG(size_it(&m, &f, dims[k][0], dims[k][1], &reused, &err), "'%s': %s", chain, err.text);
                CHECK(size_it(&m, &f, dims[k][0], dims[k][1], &fresh, &err));
                CHECK_MSG(same_sized(&reused, &fresh), "'%s' of %ux%u", chain, dims[k][0], dims[k][1]);
                check_extents(&m, &f, &reused);
                check_launches(&m, &f, &reused);
                flt_sized_free(&fresh);
            }
            unmake(&m);
        }
    flt_sized_free(&reused);
}

/* ---- uniforms ---- */

static void gaussian_weights(void)
{
    static const double sigmas[] = { 0.2, 0.5, 1.0, 1.7, 2.0, 8.0, 33.3, 500.0 };
    flt_sized s = { 0 };
    for (size_t i = 0; i < sizeof sigmas / sizeof sigmas[0]; i++) {
        char chain[64];
        snprintf(chain, sizeof chain, "gaussian %g", sigmas[i]);
        const made_for f = { .chain = chain, .channels = 2 }; /* with alpha: float weights */
        made m = must_make(&f);
        if (!m.plan || !CHECK(size_it(&m, &f, 100, 50, &s, NULL)))
            abort();
        /* a small radius is rounded up to even, with weights of 0 */
        const int own = (int)(4.0 * sigmas[i] + 0.5), want = own <= 16 ? (own + 1) / 2 * 2 : own;
        for (size_t pass = 0; pass < m.plan->n_passes; pass++) {
            const int r = member(m.plan, &s, pass, "r"), taps = member(m.plan, &s, pass, "taps");
            if (!CHECK_EQ_INT(r, want) || !CHECK(taps > 0 && (size_t)taps + 2 * (size_t)r + 1 <= s.n_uniforms))
                break;
            CHECK(pass_define(m.plan, pass, "R") >= r);
            double norm = 0.0, sum = 0.0;
            unsigned wrong = 0;
            for (int k = own; k >= -own; k--)
                norm += exp(-0.5 * (k / sigmas[i]) * (k / sigmas[i]));
            for (int k = -r; k <= r; k++) {
                const float got = as_float(s.uniform[taps + r + k]);
                const bool inside = k >= -own && k <= own;
                const float w = inside ? (float)(exp(-0.5 * (k / sigmas[i]) * (k / sigmas[i])) / norm) : 0.0f;
                wrong += got < nextafterf(w, 0.0f) || got > nextafterf(w, 2.0f);
                wrong += as_float(s.uniform[taps + r + k]) != as_float(s.uniform[taps + r - k]);
                sum += (double)got;
            }
            CHECK_EQ_INT(wrong, 0);
            CHECK_MSG(fabs(sum - 1.0) < 1e-7, "sigma %g: the weights sum to %.9f", sigmas[i], sum);
        }
        unmake(&m);
    }
    flt_sized_free(&s);
}

/* Fixed point (8 bits, no alpha, no epilogue, a CPU): whole weights that sum to 65536, or they would overflow. */
static void fixed_weights(void)
{
    static const double sigmas[] = { 0.3, 0.5, 1.0, 2.0, 2.7, 3.4 };
    flt_sized s = { 0 };
    for (size_t i = 0; i < sizeof sigmas / sizeof sigmas[0]; i++) {
        char chain[64];
        snprintf(chain, sizeof chain, "gaussian %g", sigmas[i]);
        const made_for f = { .chain = chain };
        made m = must_make(&f);
        if (!m.plan || !CHECK(size_it(&m, &f, 100, 50, &s, NULL)))
            abort();
        const int r = member(m.plan, &s, 0, "r"), taps = member(m.plan, &s, 0, "taps");
        CHECK_EQ_INT(r, (int)(4.0 * sigmas[i] + 0.5));
        int sum = 0, products = 0;
        double weights = 1.0;
        for (int k = 1; k <= r; k++)
            weights += 2.0 * exp(-k * k / (2.0 * sigmas[i] * sigmas[i]));
        for (int k = 0; k <= r; k++) { /* the middle's, then those of pairs */
            const int w = s.uniform[taps + k];
            const double exact = (k ? 2.0 : 1.0) * 65536.0 * exp(-k * k / (2.0 * sigmas[i] * sigmas[i])) / weights;
            CHECK(w >= 0 && w <= 65535 && fabs(w - exact) <= (k ? 0.5 : 0.5 * r) + 1e-6);
            sum += w;
            products += w > 0;
        }
        CHECK_EQ_INT(sum, 65536);
        CHECK_EQ_INT(member(m.plan, &s, 0, "bias"), products / 2);
        unmake(&m);
    }
    flt_sized_free(&s);
}

/* A wide one by fewer rows: pairs' weights, halved between groups, come to half of 65536, the blends to 128 / 120 of
 * it; the rows that a row needs lie within what there is. */
static void decimated_weights(void)
{
    static const double sigmas[] = { 3.5, 5.3, 7.0, 13.9, 25.0 };
    flt_sized s = { 0 };
    for (size_t i = 0; i < sizeof sigmas / sizeof sigmas[0]; i++) {
        char chain[64];
        snprintf(chain, sizeof chain, "gaussian %g", sigmas[i]);
        const made_for f = { .chain = chain };
        made m = must_make(&f);
        if (!m.plan || !CHECK(size_it(&m, &f, 100, 50, &s, NULL)) || !CHECK(m.plan->n_passes == 2))
            abort();
        const int r = member(m.plan, &s, 0, "r"), step = member(m.plan, &s, 0, "step");
        const int32_t *w = s.uniform + member(m.plan, &s, 0, "taps"), *group = w + r + 1;
        CHECK_EQ_INT(r, (int)(4.0 * sigmas[i] + 0.5));
        CHECK(step >= 2 && step <= sigmas[i] / 1.75);
        int64_t whole = 0; /* a weight of group g counts 2^g 32nds */
        for (int k = r, g = 0; k >= 0; k--) {
            while (k <= group[2 * g])
                g++;
            whole += (int64_t)w[k] << g;
        }
        CHECK(whole <= 32768 << 5 && whole > (32768 << 5) - 16); /* the middle's weight counts 16 */
        for (int p = 0; p < step; p++) {
            const int32_t *u = s.uniform + member(m.plan, &s, 1, "up") + 4 * p;
            CHECK_EQ_INT(u[0] + u[1] + u[2] + u[3], 69905);
        }
        for (uint32_t y = 0; y < 50; y++) {
            const int32_t *t = s.uniform + member(m.plan, &s, 1, "table") + 3 * y;
            CHECK(t[0] >= 0 && t[1] > 0 && (uint32_t)(t[0] + t[1]) <= s.extent[2].height);
        }
        unmake(&m);
    }
    flt_sized_free(&s);
}

/* Row (or column) `i` of a resize's table: first input and number of taps; the weights' offset in U. */
static const int32_t *table_row(const flt_plan *p, const flt_sized *s, size_t pass, uint32_t i)
{
    return s->uniform + member(p, s, pass, "table") + 3 * (size_t)i;
}

static void check_table(const flt_plan *p, const flt_sized *s, size_t pass, uint32_t in, uint32_t out, const char *what)
{
    const int32_t table = member(p, s, pass, "table");
    bool inside = table >= 0 && (size_t)table + 3 * (size_t)out <= s->n_uniforms, summed = true, ordered = true;
    int32_t before = 0;
    for (uint32_t i = 0; inside && i < out; i++) {
        const int32_t *t = table_row(p, s, pass, i);
        inside = t[0] >= 0 && t[1] >= 1 && (int64_t)t[0] + t[1] <= in && t[2] >= 0 &&
                 (size_t)table + (size_t)t[2] + (size_t)t[1] <= s->n_uniforms;
        ordered = ordered && t[0] >= before;
        before = t[0];
        double sum = 0.0;
        for (int32_t k = 0; inside && k < t[1]; k++)
            sum += (double)as_float(s->uniform[table + t[2] + k]);
        summed = summed && fabs(sum - 1.0) < 1e-6;
    }
    CHECK_MSG(inside, "%s: taps outside the picture or the table", what);
    CHECK_MSG(ordered, "%s: the taps go back", what);
    CHECK_MSG(summed, "%s: weights that do not sum to 1", what);
}

static void resample_weights(void)
{
    static const char *const kernels[] = { "nearest", "box",      "triangle", "catrom",   "mitchell",
                                           "bspline", "lanczos2", "lanczos3", "lanczos4", "area" };
    static const uint32_t to[][2] = { { 1, 1 }, { 31, 17 }, { 100, 50 }, { 101, 49 }, { 777, 333 } };
    flt_sized s = { 0 };
    for (size_t k = 0; k < sizeof kernels / sizeof kernels[0]; k++)
        for (size_t i = 0; i < sizeof to / sizeof to[0]; i++)
            for (int cover = 0; cover < 2; cover++) {
                char chain[96];
                snprintf(chain, sizeof chain, "resize %ux%u filter=%s fit=%s", to[i][0], to[i][1], kernels[k],
                         cover ? "cover" : "fill");
                const made_for f = { .chain = chain, .device = FLT_DEV_GPU };
                made m = must_make(&f);
                if (!m.plan || !CHECK(size_it(&m, &f, 100, 50, &s, NULL)))
                    abort();
                check_table(m.plan, &s, 0, 50, to[i][1], chain);
                check_table(m.plan, &s, 1, 100, to[i][0], chain);
                unmake(&m);
            }
    flt_sized_free(&s);
}

/* Weights that anyone can work out. */
static void known_weights(void)
{
    flt_sized s = { 0 };
    made_for f = { .chain = "resize 2x3 filter=area", .device = FLT_DEV_GPU };
    made m = must_make(&f);
    CHECK(size_it(&m, &f, 3, 6, &s, NULL));
    const int32_t table = member(m.plan, &s, 1, "table");
    static const double thirds[2][2] = { { 2.0 / 3, 1.0 / 3 }, { 1.0 / 3, 2.0 / 3 } };
    for (uint32_t i = 0; i < 2; i++) {
        const int32_t *t = table_row(m.plan, &s, 1, i);
        CHECK_EQ_INT(t[0], i);
        CHECK_EQ_INT(t[1], 2);
        for (int k = 0; k < 2; k++)
            CHECK(fabs((double)as_float(s.uniform[table + t[2] + k]) - thirds[i][k]) < 1e-7);
    }
    for (uint32_t i = 0; i < 3; i++) {
        CHECK_EQ_INT(table_row(m.plan, &s, 0, i)[0], 2 * i);
        CHECK_EQ_INT(table_row(m.plan, &s, 0, i)[1], 2);
    }
    unmake(&m);
    /* half-pixel centres: 1 pixel to 2 of them and the neighbours' quarters */
    f.chain = "resize 8x8 filter=triangle";
    m = must_make(&f);
    CHECK(size_it(&m, &f, 4, 4, &s, NULL));
    const int32_t *t = table_row(m.plan, &s, 1, 3);
    const int32_t *w = s.uniform + member(m.plan, &s, 1, "table") + t[2];
    CHECK_EQ_INT(t[0], 1);
    CHECK_EQ_INT(t[1], 2);
    CHECK(as_float(w[0]) == 0.75f && as_float(w[1]) == 0.25f);
    unmake(&m);
    /* cover keeps the middle: 1000x500 to 200x100, of which columns 50 to 149 */
    f.chain = "resize 100x100 fit=cover filter=area";
    m = must_make(&f);
    CHECK(size_it(&m, &f, 1000, 500, &s, NULL));
    CHECK_EQ_INT(table_row(m.plan, &s, 1, 0)[0], 250);
    CHECK_EQ_INT(table_row(m.plan, &s, 1, 0)[1], 5);
    CHECK_EQ_INT(table_row(m.plan, &s, 1, 99)[0], 745);
    CHECK_EQ_INT(table_row(m.plan, &s, 0, 0)[0], 0);
    unmake(&m);
    /* what would grow stays, pixel by pixel, whatever the kernel */
    f.chain = "resize 200% only-shrink=1 filter=mitchell";
    m = must_make(&f);
    CHECK(size_it(&m, &f, 9, 5, &s, NULL));
    for (uint32_t i = 0; i < 9; i++)
        CHECK(table_row(m.plan, &s, 1, i)[0] == (int32_t)i && table_row(m.plan, &s, 1, i)[1] == 1);
    unmake(&m);
    flt_sized_free(&s);
}

/* One pass, 8 bits: weights by tap say what the table of columns says, in 65536ths that sum to a whole. Returns the
 * step between columns. */
static int32_t check_shrink(const flt_plan *p, const flt_sized *s, uint32_t columns, const char *what)
{
    const int32_t *t = s->uniform + member(p, s, 0, "columns"), *share = s->uniform + member(p, s, 0, "weights");
    const int32_t *base = s->uniform + member(p, s, 0, "bases");
    const int32_t run = member(p, s, 0, "run"), step = member(p, s, 0, "step"), taps = member(p, s, 0, "taps");
    bool whole = true, same = true;
    for (uint32_t x = 0; x < columns; x++) {
        int32_t sum = 0, shared = 0;
        for (int32_t k = 0; k < t[3 * x + 1]; k++)
            sum += t[t[3 * x + 2] + k];
        for (int32_t k = 0; step && k < taps; k++) {
            const int32_t from = base[x / (uint32_t)run] + step * (int32_t)(x % (uint32_t)run) + k - t[3 * x];
            const int32_t w = share[(uint32_t)k * columns + x];
            same = same && w == (from >= 0 && from < t[3 * x + 1] ? t[t[3 * x + 2] + from] : 0);
            shared += w;
        }
        whole = whole && sum == 65536 && (!step || shared == sum);
    }
    CHECK_MSG(whole, "%s: weights that do not sum to 65536", what);
    CHECK_MSG(same, "%s: weights by tap that are not the table's", what);
    return step;
}

static void shrink_runs(void)
{
    static const struct {
        const char *chain;
        uint32_t w, columns;
        int32_t step;
    } of[] = {
        { "resize 50% filter=area", 9001, 4500, 2 },    { "resize 50% filter=triangle", 9000, 4500, 2 },
        { "resize 33.33% filter=box", 6000, 2000, 3 },  { "resize 25% filter=area", 4001, 1000, 4 },
        { "resize 71% filter=area", 100, 71, 0 },       { "resize 10% filter=box", 1000, 100, 0 },
        { "resize 200% filter=triangle", 100, 200, 0 }, { "resize 48% filter=area", 9000, 4320, 0 },
    };
    flt_sized s = { 0 };
    for (size_t i = 0; i < sizeof of / sizeof of[0]; i++) {
        const made_for f = { .chain = of[i].chain };
        made m = must_make(&f);
        if (!m.plan || !CHECK(size_it(&m, &f, of[i].w, 50, &s, NULL)))
            abort();
        CHECK_EQ_INT(s.out_width, of[i].columns);
        CHECK_EQ_INT(check_shrink(m.plan, &s, of[i].columns, of[i].chain), of[i].step);
        unmake(&m);
    }
    flt_sized_free(&s);
}

/* Where a pixel of the result comes from: vx, vy, and the matrix where the orientation is a uniform. */
static void view_offsets(void)
{
    static const struct {
        const char *chain;
        int vx, vy; /* of 100x50 */
    } table[] = {
        { "crop 10x10+3+4", 3, 4 },
        { "crop 50x30+10+5 | crop 10x10+3+4", 13, 9 },
        { "flip", 0, 49 },
        { "flop", 99, 0 },
        { "flip | crop 10x10+3+4", 3, 45 },
        { "crop 10x10+3+4 | flip", 3, 13 },
        { "rotate 90", 0, 49 },
        { "rotate 180", 99, 49 },
        { "rotate 270", 99, 0 },
        { "rotate 90 | rotate 270", 0, 0 },
        { "rotate 90 | crop 10x10+3+4", 4, 46 },
        { "crop 64x32+20+10 | resize 50%", 20, 10 },
    };
    flt_sized s = { 0 };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const made_for f = { .chain = table[i].chain };
        made m = must_make(&f);
        CHECK(m.plan && size_it(&m, &f, 100, 50, &s, NULL));
        const int vx = member(m.plan, &s, 0, "vx"), vy = member(m.plan, &s, 0, "vy");
        CHECK_MSG(vx == table[i].vx && vy == table[i].vy, "'%s': %d, %d", f.chain, vx, vy);
        unmake(&m);
    }
    /* EXIF: where the result's pixel (0, 0), its right and its lower neighbour lie in the picture as decoded */
    static const int at[9][6] = { { 0 },
                                  { 0 },
                                  { 99, 0, -1, 0, 0, 1 },
                                  { 99, 49, -1, 0, 0, -1 },
                                  { 0, 49, 1, 0, 0, -1 },
                                  { 0, 0, 0, 1, 1, 0 },
                                  { 0, 49, 0, 1, -1, 0 },
                                  { 99, 49, 0, -1, -1, 0 },
                                  { 99, 0, 0, -1, 1, 0 } };
    static const char *const name[6] = { "vx", "vy", "vxx", "vxy", "vyx", "vyy" };
    for (int o = 2; o <= 8; o++) {
        const made_for f = { .chain = "sepia", .orientation = o };
        made m = must_make(&f);
        CHECK(m.plan && size_it(&m, &f, 100, 50, &s, NULL));
        for (int k = 0; k < 6; k++)
            CHECK_MSG(member(m.plan, &s, 0, name[k]) == at[o][k], "orientation %d: %s", o, name[k]);
        unmake(&m);
    }
    flt_sized_free(&s);
}

/* ---- what must be refused ---- */

static void refused(const made_for *f, uint32_t w, uint32_t h, qn_code code, const char *text)
{
    flt_sized s = { 0 };
    qn_error err = { .code = QN_OK };
    made m = must_make(f);
    if (m.plan) {
        CHECK_MSG(!flt_plan_size(m.plan, w, h, (size_t)w * 8, logo, &s, &err), "'%s' of %ux%u", f->chain, w, h);
        CHECK_EQ_INT(err.code, code);
        if (text)
            CHECK_EQ_STR(err.text, text);
        /* and a picture that fits goes through the same flt_sized afterwards */
        if (w > 1000)
            CHECK(size_it(&m, f, 300, 200, &s, NULL));
    }
    flt_sized_free(&s);
    unmake(&m);
}

static void refusals(void)
{
    static const char *const outside[] = { "10x10+95+0", "10x10+0+45", "101x1+0+0", "1x51+0+0",
                                           "10x10-1+0",  "10x10+0-1",  "1x1+100+0", "1x1+0+50" };
    for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++) {
        char chain[96], text[256];
        snprintf(chain, sizeof chain, "gamma 2 | crop %s", outside[i]);
        snprintf(text, sizeof text, "-f:1:11: crop: %s lies outside the picture of 100x50", outside[i]);
        refused(&(made_for){ .chain = chain }, 100, 50, QN_USAGE, text);
    }
    refused(&(made_for){ .chain = "rotate 90 | crop 100x50+0+0" }, 100, 50, QN_USAGE,
            "-f:1:13: crop: 100x50+0+0 lies outside the picture of 50x100");
    refused(&(made_for){ .chain = "resize 50% | crop 100x50+0+0" }, 100, 50, QN_USAGE,
            "-f:1:14: crop: 100x50+0+0 lies outside the picture of 50x25");
    refused(&(made_for){ .chain = "crop 10x10+2147483647+0" }, 100, 50, QN_USAGE, NULL);
    refused(&(made_for){ .chain = "crop 2147483647x1+1+0" }, 100, 50, QN_USAGE, NULL);
    refused(&(made_for){ .chain = "gamma 2" }, 0, 50, QN_USAGE, NULL);
    refused(&(made_for){ .chain = "gamma 2" }, 100, 0, QN_USAGE, NULL);
    static const char *const chains[] = { "gamma 2", "median 1",   "gaussian 2", "unsharp 1",
                                          "stretch", "resize 50%", "rotate 90" };
    static const uint32_t huge[] = { 1u << 30, 1u << 31, (1u << 31) + 1, UINT32_MAX };
    for (size_t i = 0; i < sizeof chains / sizeof chains[0]; i++)
        for (size_t k = 0; k < sizeof huge / sizeof huge[0]; k++) {
            const made_for f = { .chain = chains[i], .channels = 4, .depth = 16 };
            refused(&f, huge[k], 1, QN_LIMIT, NULL);
            refused(&f, 1, huge[k], QN_LIMIT, NULL);
            refused(&f, huge[k], huge[k], QN_LIMIT, NULL);
        }
    /* the picture itself is small enough, what becomes of it is not */
    refused(&(made_for){ .chain = "gaussian 2", .channels = 4, .device = FLT_DEV_GPU }, 1u << 27, 2, QN_LIMIT, NULL);
    refused(&(made_for){ .chain = "resize 1000%" }, 100000000, 1, QN_LIMIT, NULL);
    refused(&(made_for){ .chain = "rotate 90" }, 1, 1000000000, QN_LIMIT, NULL);
}

int main(void)
{
    result_sizes();
    every_filter();
    gaussian_weights();
    fixed_weights();
    decimated_weights();
    resample_weights();
    shrink_runs();
    known_weights();
    view_offsets();
    refusals();
    return check_summary();
}
