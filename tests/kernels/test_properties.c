/* What holds for every chain: one result, whatever the fusion, the text of the kernels and the transfer.
 *
 *     test_properties [chains|bands|orientation|large|statistics|wide|builds|all] [N] [SEED]
 *
 * Exit 0, 1 on a difference, 77 where there is no device. */
#include "compare.h"
#include "files.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { P_FUSION, P_TEXT, P_TRANSFER, P_REFERENCE, P_PAIRS };
static const char *const pair_name[P_PAIRS] = { "fused == unfused", "cpu text == gpu text", "copied == shared",
                                                "fused == reference" };

typedef struct bench {
    run_device shared, copied;
    test_files files;
    cmp_pool pool[P_PAIRS][2]; /* 8, 16 bits */
    unsigned chains, refused, failed, shown;
} bench;

static void say(bench *b, const char *chain, const qn_image *im, const char *what)
{
    b->failed++;
    if (b->shown++ < 20)
        printf("  %s: %s  [%ux%u, %u channels, %u bits]\n", what, chain, im->width, im->height, im->format.channels,
               im->format.depth);
}

/* What cannot be compared in a chain of this depth: differences of a rounding become a whole level further on. */
static bool fit_for_chains(const flt_row *row, unsigned at)
{
    static const char *const never[] = { "equalize",     "otsu",  "stretch", "crop", "posterize", "gamma",
                                         "autocontrast", "lut3d", "lut1d",   "hald", "blend",     "alpha" };
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        if (!strcmp(row->name, never[i]))
            return at == 0;
    return true;
}

/* any: what cannot be compared with a reference too. */
static void random_chain(rng *r, bool any, unsigned channels, uint32_t w, uint32_t h, qn_strbuf *out)
{
    size_t n;
    const flt_row *const *row = flt_rows(&n);
    unsigned stages = 2 + rng_below(r, 3);
    for (unsigned i = 0; i < stages; i++) {
        const flt_row *pick = row[rng_below(r, (uint32_t)n)];
        while (!any && !fit_for_chains(pick, i))
            pick = row[rng_below(r, (uint32_t)n)];
        if (i)
            sb_add(out, " | ");
        rng shape = { .state = rng_next(r), .turn = rng_next(r) }, value = { .state = rng_next(r) };
        gen_stage(&shape, &value, pick, w, h, out);
        /* keys only where the number of channels is still known */
        gen_keys(&shape, &value, pick, i ? 1 : channels, i > 0 || rng_below(r, 2) == 0, w, h, out);
        if (i > 0 && pick->cls != FLT_GEOMETRY && pick->cls != FLT_CONTROL && rng_below(r, 2))
            sb_addf(out, " mix=%.3f", rng_range(r, 0.05, 0.95));
    }
}

static char worst_class(const flt_chain *chain)
{
    char worst = 'A'; /* one rounding between stages is enough for that */
    for (size_t i = 0; i < chain->n; i++)
        if (chain->stage[i].row->tolerance[0] != 'E' && chain->stage[i].row->tolerance[0] > worst)
            worst = chain->stage[i].row->tolerance[0];
    return worst;
}

static bool run(bench *b, run_device *r, const char *text, const qn_image *im, int orientation, flt_device_class device,
                bool fuse, run_result *out)
{
    flt_options options = { .device = device, .fuse = fuse };
    const char *step = "";
    qn_error err = { 0 };
    if (run_chain(r, text, im, orientation, &options, out, &step, &err))
        return true;
    char line[640];
    snprintf(line, sizeof line, "%s: %s", step, err.text);
    say(b, text, im, line);
    return false;
}

static bool same_bytes(const run_result *a, const run_result *b)
{
    return a->width == b->width && a->height == b->height && !memcmp(&a->format, &b->format, sizeof a->format) &&
           !memcmp(a->data, b->data, (size_t)a->width * a->height * qn_pixel_bytes(a->format));
}

static void compare_pair(bench *b, int pair, const char *text, const qn_image *im, const run_result *x,
                         const run_result *y, const ref_image *want)
{
    cmp_first first = { 0 };
    cmp_pool one = { 0 }, *all = &b->pool[pair][im->format.depth == 16];
    double limit = im->format.depth == 16 ? 4 : 1;
    bool form = y ? cmp_results(&one, x, y, want, &first) : cmp_reference(&one, x, want, im->format.depth, 0, &first);
    all->cases++, all->samples += one.samples, all->differing += one.differing, all->skipped += one.skipped;
    all->largest = one.largest > all->largest ? one.largest : all->largest;
    if (form && one.largest <= limit)
        return;
    char line[200];
    snprintf(line, sizeof line, "%s fails, off by %.4g at %d,%d,%d: %g, %g", pair_name[pair], first.largest, first.x,
             first.y, first.k, first.got, first.want);
    say(b, text, im, line);
}

static void one_chain(bench *b, const char *text, const qn_image *im)
{
    flt_chain chain = { 0 };
    qn_error err = { 0 };
    run_result fused = { 0 }, again = { 0 }, unfused = { 0 }, gpu_text = { 0 }, copied = { 0 };
    b->chains++;
    if (!flt_chain_parse(&chain, text, "test", &err)) {
        say(b, text, im, err.text);
        flt_chain_free(&chain);
        return;
    }
    ref_image want = ref_load(im);
    ref_files files = test_files_for_ref(&b->files);
    bool can = ref_chain(&chain, &want, im->format.depth, &files);
    if (can && worst_class(&chain) <= 'B' && run(b, &b->shared, text, im, 1, FLT_DEV_CPU, true, &fused)) {
        compare_pair(b, P_REFERENCE, text, im, &fused, NULL, &want);
        if (run(b, &b->shared, text, im, 1, FLT_DEV_CPU, true, &again) && !same_bytes(&fused, &again))
            say(b, text, im, "a second run gives other bytes");
        if (run(b, &b->copied, text, im, 1, FLT_DEV_CPU, true, &copied)) {
            compare_pair(b, P_TRANSFER, text, im, &fused, &copied, NULL);
            if (!same_bytes(&fused, &copied))
                say(b, text, im, "copied transfer gives other bytes");
        }
        if (run(b, &b->shared, text, im, 1, FLT_DEV_CPU, false, &unfused))
            compare_pair(b, P_FUSION, text, im, &fused, &unfused, &want);
        if (run(b, &b->shared, text, im, 1, FLT_DEV_GPU, true, &gpu_text))
            compare_pair(b, P_TEXT, text, im, &fused, &gpu_text, &want);
    }
    free(fused.data), free(again.data), free(unfused.data), free(gpu_text.data), free(copied.data);
    ref_free(&want);
    flt_chain_free(&chain);
}

static void test_chains(bench *b, unsigned n, uint32_t seed)
{
    for (unsigned i = 0; i < n; i++) {
        rng r = { .state = seed * UINT64_C(7919) + i };
        unsigned channels = 1 + rng_below(&r, 4), depth = rng_below(&r, 3) ? 8 : 16;
        uint32_t w = 30 + rng_below(&r, 60), h = 30 + rng_below(&r, 40);
        qn_strbuf text = { 0 };
        random_chain(&r, false, channels, w, h, &text);
        qn_image im = pic_make(i % 2 ? PIC_STRUCTURE : PIC_NOISE, w, h, channels, depth, i);
        one_chain(b, sb_str(&text), &im);
        free(im.plane[0].data);
        sb_free(&text);
    }
    for (int p = 0; p < P_PAIRS; p++)
        for (int d = 0; d < 2; d++) {
            const cmp_pool *pool = &b->pool[p][d];
            bool ok = cmp_within(pool, 'B', d ? 16 : 8);
            printf("%-22s %2d bits: %3u chains, largest %8.4g, differing %7.4f %%, left out %5.2f %%  %s\n",
                   pair_name[p], d ? 16 : 8, pool->cases, pool->largest, cmp_share(pool),
                   100.0 * (double)pool->skipped / (double)(pool->samples + pool->skipped + 1), ok ? "ok" : "BEYOND");
            b->failed += !ok;
        }
}

/* Pictures of which the rows are taken as columns, or from the last on: large enough for the device to hold windows. */
static void test_windows(bench *b)
{
    static const struct {
        const char *chain;
        unsigned channels, depth;
        int orientation;
    } turned[] = {
        { "rotate 90", 3, 8, 1 },
        { "rotate 270 | gaussian 1.5 | saturation 1.3", 3, 8, 1 },
        { "transpose | resize 60% | sepia 0.3", 4, 16, 1 },
        { "transverse | median 1", 1, 8, 1 },
        { "crop 300x120+11+7 | rotate 90 | dilate 3", 1, 16, 1 },
        { "flip | unsharp 1", 3, 8, 1 },
        { "rotate 180 | pad 700x500", 2, 8, 1 },
        { "gamma 1.2 | rotate 90 | shear 3deg 0deg", 3, 8, 1 },
        { "", 3, 8, 5 },
        { "box 3", 4, 8, 6 },
        { "", 1, 16, 7 },
        { "resize 200%", 3, 8, 8 },
        { "gaussian 1.5 | rotate 90", 3, 8, 1 },
        { "gaussian 1 | flip | sobel", 4, 16, 1 },
        { "rotate 90 | median 1 | transpose | unsharp 1", 1, 8, 1 },
        { "box 2 | equalize | rotate 270", 3, 8, 1 },
        { "median 1 | save b | rotate 90 | gaussian 1 | rotate 270 | blend @b multiply", 3, 8, 1 },
        { "gaussian 1 | rotate 90 | otsu", 2, 8, 6 },
        { "rotate 30 | sepia 0.2", 3, 8, 1 },
        { "median 1 | rotate 100 interp=bicubic expand=0 border=mirror", 4, 16, 1 },
        { "flop | rotate 45 interp=nearest | median 1", 1, 8, 3 },
        { "affine 0.3,1.1,12,-0.9,0.4,180 border=clamp", 3, 8, 6 },
        { "box 2 | shear 12 30 | rotate 90", 2, 8, 1 },
    };
    const unsigned before = b->shared.windowed + b->copied.windowed;
    for (size_t t = 0; t < sizeof turned / sizeof *turned; t++) {
        qn_image im = pic_make(PIC_STRUCTURE, 515, 217, turned[t].channels, turned[t].depth, (uint32_t)t);
        run_result got = { 0 };
        (void)run(b, t % 2 ? &b->copied : &b->shared, turned[t].chain, &im, turned[t].orientation,
                  t % 3 ? FLT_DEV_CPU : FLT_DEV_GPU, true, &got);
        free(got.data), free(im.plane[0].data);
    }
    const unsigned windowed = b->shared.windowed + b->copied.windowed - before;
    printf("%u of %zu in windows\n", windowed, sizeof turned / sizeof *turned);
    if (windowed < 16) /* others have bands too high for that, or are to be whole */
        b->failed++;
}

/* Chains of all filters: run_chain() does each whole, in bands and streamed, and compares the bytes. Stages that the
 * size which others left does not suit are refused; most are not. */
static void test_bands(bench *b, unsigned n, uint32_t seed)
{
    for (unsigned i = 0; i < n; i++) {
        rng r = { .state = seed * UINT64_C(104729) + i };
        const unsigned channels = 1 + rng_below(&r, 4), depth = rng_below(&r, 3) ? 8 : 16;
        const uint32_t w = 1 + rng_below(&r, 70), h = 1 + rng_below(&r, 90);
        flt_options options = { .device = rng_below(&r, 4) ? FLT_DEV_CPU : FLT_DEV_GPU, .fuse = rng_below(&r, 4) > 0 };
        const int orientation = rng_below(&r, 3) ? 1 : 1 + (int)rng_below(&r, 8);
        qn_strbuf text = { 0 };
        random_chain(&r, true, channels, w, h, &text);
        qn_image im = pic_make(i % 2 ? PIC_STRUCTURE : PIC_NOISE, w, h, channels, depth, i);
        run_result got = { 0 };
        const char *step = "";
        qn_error err = { 0 };
        b->chains++;
        if (!run_chain(&b->shared, sb_str(&text), &im, orientation, &options, &got, &step, &err)) {
            char line[640];
            snprintf(line, sizeof line, "%s: %s", step, err.text);
            if (err.code == QN_USAGE || err.code == QN_LIMIT)
                b->refused++;
            else
                say(b, sb_str(&text), &im, line);
        }
        free(got.data), free(im.plane[0].data);
        sb_free(&text);
    }
    printf("%u chains refused\n", b->refused);
    if (b->refused > n / 2)
        b->failed++;
}

/* Every bit, also of colours that cannot be seen. */
static bool is_exactly(const run_result *got, const ref_image *want, unsigned depth)
{
    const double max = depth == 8 ? 255 : 65535;
    size_t n = (size_t)want->w * (size_t)want->h * (size_t)want->c, i = 0;
    if ((int)got->width != want->w || (int)got->height != want->h || got->format.channels != want->c)
        return false;
    while (i < n && cmp_sample(got, i) == rint(want->p[i] * max))
        i++;
    return i == n;
}

static void test_orientation(bench *b)
{
    static const char *const chain[] = { "", "gaussian 1.5", "crop 9x5+2+1", "resize 20x30 filter=triangle" };
    for (size_t t = 0; t < sizeof chain / sizeof *chain; t++)
        for (int o = 1; o <= 8; o++) {
            flt_chain parsed = { 0 };
            qn_error err = { 0 };
            run_result got = { 0 };
            qn_image im = pic_make(PIC_NOISE, 37, 23, 1 + (unsigned)o % 4, o % 2 ? 8 : 16, (uint32_t)o);
            ref_image loaded = ref_load(&im), want = ref_orient(&loaded, o);
            bool ok = flt_chain_parse(&parsed, chain[t], "test", &err) &&
                      (t == 0 || ref_chain(&parsed, &want, im.format.depth, NULL));
            cmp_pool pool = { 0 };
            cmp_first first = { 0 };
            ok = ok && run(b, &b->shared, chain[t], &im, o, t % 2 ? FLT_DEV_GPU : FLT_DEV_CPU, true, &got) &&
                 (t == 0 ? is_exactly(&got, &want, im.format.depth)
                         : cmp_reference(&pool, &got, &want, im.format.depth, 0, &first) &&
                               (t == 2 ? pool.differing == 0 : pool.largest <= 1));
            if (!ok) {
                char line[96];
                snprintf(line, sizeof line, "orientation %d, off by %g", o, pool.largest);
                say(b, chain[t], &im, line);
            }
            free(got.data), free(im.plane[0].data);
            ref_free(&loaded), ref_free(&want), flt_chain_free(&parsed);
        }
}

/* Radii that no tile holds, most of them larger than the picture: the two texts take different ways, and agree. */
static void test_large(bench *b)
{
    static const struct {
        const char *chain;
        unsigned channels, depth;
    } large[] = {
        { "median 26", 4, 8 },
        { "median 30 border=mirror mix=50%", 3, 16 },
        { "invert | bilateral 20 0.2 border=constant,#ff800080 | gamma 2", 4, 8 },
        { "flop | bilateral 15 0.1 roi=9x9+3+3", 4, 16 },
        { "gaussian 300 border=reflect", 4, 8 },
        { "dilate 300 shape=disk", 4, 8 },
        { "blackhat 150 shape=ellipse", 3, 16 },
        { "adaptive-threshold 8 0 luma=601 border=constant,#e4e035", 3, 8 },
    };
    for (size_t t = 0; t < sizeof large / sizeof *large; t++) {
        qn_image im = pic_make(PIC_NOISE, 29, 17, large[t].channels, large[t].depth, (uint32_t)t);
        run_result one = { 0 }, other = { 0 };
        cmp_pool pool = { 0 };
        cmp_first first = { 0 };
        bool ok = run(b, &b->shared, large[t].chain, &im, 1, FLT_DEV_CPU, true, &one) &&
                  run(b, &b->shared, large[t].chain, &im, 1, FLT_DEV_GPU, true, &other) &&
                  cmp_results(&pool, &one, &other, NULL, &first) && cmp_within(&pool, 'B', (int)large[t].depth);
        if (!ok) {
            char line[96];
            snprintf(line, sizeof line, "the two texts differ by %g", pool.largest);
            say(b, large[t].chain, &im, line);
        }
        free(one.data), free(other.data), free(im.plane[0].data);
    }
}

/* Operations that go by the picture's size, in front of statistics or of what makes another size: fused into the pass
 * that counts, whose result is a table, or that moves pixels, they see the picture's size all the same. */
static void test_statistics(bench *b)
{
    static const char *const chain[] = { "clahe 2 tx=2 ty=3 | equalize",
                                         "vignette 0.8 | otsu",
                                         "vignette 0.7 | stretch",
                                         "composite second.png at=southeast | autocontrast",
                                         "vignette 0.6 | pad 90x80 border=mirror",
                                         "clahe 2 tx=2 ty=3 | extend 9",
                                         "composite second.png at=southeast tile=1 | rotate 30",
                                         "rotate 30 background=red | opacity 50%",
                                         "blackhat 0 | composite second.png atop tile=1",
                                         "tophat 1 | composite second.png dst-atop",
                                         "noise gaussian 0.2 | sepia roi=20x20+5+5",
                                         "noise uniform 0.2 | sepia mix=0.4",
                                         "exposure 2ev | exposure -2ev", /* a table of what no byte holds */
                                         "levels 20% 80% | gaussian 1.5", /* and of what a tile is filled with */
                                         "gamma 2 | unsharp 1",
                                         "saturation 2 | hue 30 | resize 50%" };
    for (size_t t = 0; t < sizeof chain / sizeof *chain; t++) {
        qn_image im = pic_make(PIC_STRUCTURE, 67, 41, t % 2 ? 3 : 1, 8, (uint32_t)t);
        run_result fused = { 0 }, apart = { 0 };
        cmp_pool pool = { 0 };
        cmp_first first = { 0 };
        bool ok = run(b, &b->shared, chain[t], &im, 1, FLT_DEV_CPU, true, &fused) &&
                  run(b, &b->shared, chain[t], &im, 1, FLT_DEV_CPU, false, &apart) &&
                  cmp_results(&pool, &fused, &apart, NULL, &first) && cmp_within(&pool, 'B', 8);
        if (!ok) {
            char line[96];
            snprintf(line, sizeof line, "fused and unfused differ by %g", pool.largest);
            say(b, chain[t], &im, line);
        }
        free(fused.data), free(apart.data), free(im.plane[0].data);
    }
}

/* Wide Gaussians of 8-bit pictures, which a CPU makes from fewer rows: against the definition, every kind of picture
 * for itself, since errors of fixed point lie in what samples have in common. */
static void test_wide(bench *b)
{
    static const char *const chain[] = { "gaussian 3.6", "gaussian 5 border=reflect", "gaussian 9.3 border=wrap",
                                         "gaussian 14 border=mirror", "gaussian 24" };
    static const uint32_t size[][2] = { { 151, 97 }, { 300, 61 }, { 110, 131 } };
    for (size_t t = 0; t < sizeof chain / sizeof *chain; t++)
        for (int kind = 0; kind < PIC_KINDS; kind++) {
            if (kind == PIC_CHECKER)
                continue; /* all of it is 127.5, a tie */
            const unsigned i = (unsigned)t + (unsigned)kind;
            qn_image im = pic_make(kind, size[i % 3][0], size[i % 3][1], i % 2 ? 1 : 3, 8, i);
            ref_image want = ref_load(&im);
            flt_chain parsed = { 0 };
            qn_error err = { 0 };
            run_result got = { 0 };
            cmp_pool pool = { 0 };
            cmp_first first = { 0 };
            bool ok = flt_chain_parse(&parsed, chain[t], "test", &err) && ref_chain(&parsed, &want, 8, NULL) &&
                      run(b, &b->shared, chain[t], &im, 1, FLT_DEV_CPU, true, &got) &&
                      cmp_reference(&pool, &got, &want, 8, 0, &first) && cmp_within(&pool, 'A', 8);
            if (!ok) {
                char line[96];
                snprintf(line, sizeof line, "%s: off by %g, %.2f %% differ", pic_name[kind], pool.largest,
                         cmp_share(&pool));
                say(b, chain[t], &im, line);
            }
            free(got.data), free(im.plane[0].data);
            ref_free(&want), flt_chain_free(&parsed);
        }
}

static uint64_t builds(const run_device *r)
{
    gpu_counters c;
    gpu_counters_read(r->g, &c);
    return c.builds + c.disk_hits;
}

/* Runs it and says whether a program had to be built (or fetched) for it. */
static bool builds_something(bench *b, const char *text, uint32_t w, uint32_t h)
{
    uint64_t before = builds(&b->shared);
    qn_image im = pic_make(PIC_NOISE, w, h, 3, 8, 1);
    run_result got = { 0 };
    run(b, &b->shared, text, &im, 1, FLT_DEV_CPU, true, &got);
    free(got.data), free(im.plane[0].data);
    return builds(&b->shared) != before;
}

static void test_builds(bench *b)
{
    const qn_image none = { .format = { 3, 8, QN_INTERLEAVED } };
    static const char *const chain[] = { "gaussian 2 | gamma 1.7", "resize 40x30 | unsharp 1", "equalize",
                                         "sobel | invert", "resize 50% | median 1" };
    for (size_t t = 0; t < sizeof chain / sizeof *chain; t++) {
        builds_something(b, chain[t], 64, 48);
        for (uint32_t i = 1; i <= 12; i++)
            if (builds_something(b, chain[t], 7 + i * 13, 5 + i * 29 % 77))
                say(b, chain[t], &none, "another size builds a program");
    }
    builds_something(b, "gaussian 2", 64, 48);
    for (int i = 0; i < 10; i++) {
        char text[64];
        snprintf(text, sizeof text, "gaussian %.3f", 1.9 + 0.02 * i); /* a radius of 8 throughout */
        if (builds_something(b, text, 64, 48))
            say(b, text, &none, "another sigma builds a program");
    }
    builds_something(b, "gamma 2 | exposure 1", 64, 48);
    if (builds_something(b, "gamma 1.3 | exposure -0.4", 64, 48))
        say(b, "gamma | exposure", &none, "another strength builds a program");
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "all";
    unsigned n = argc > 2 ? (unsigned)atoi(argv[2]) : 60;
    uint32_t seed = argc > 3 ? (uint32_t)atoi(argv[3]) : 1;
    bench b = { 0 };
    qn_error err = { 0 };
    test_files_make(&b.files);
    test_files_give(&b.files, &b.shared);
    test_files_give(&b.files, &b.copied);
    bool ok = run_open(&b.shared, GPU_TRANSFER_AUTO, &err) && run_open(&b.copied, GPU_TRANSFER_COPIED, &err), all;
    if (!ok)
        fprintf(stderr, "%s\n", err.text);
    all = !strcmp(what, "all");
    if (ok && (all || !strcmp(what, "chains")))
        test_chains(&b, n, seed);
    if (ok && (all || !strcmp(what, "bands")))
        test_windows(&b), test_bands(&b, n, seed);
    if (ok && (all || !strcmp(what, "orientation")))
        test_orientation(&b);
    if (ok && (all || !strcmp(what, "large")))
        test_large(&b);
    if (ok && (all || !strcmp(what, "statistics")))
        test_statistics(&b);
    if (ok && (all || !strcmp(what, "wide")))
        test_wide(&b);
    if (ok && (all || !strcmp(what, "builds")))
        test_builds(&b);
    if (ok)
        printf("%s: %u chains, %u failures\n", what, b.chains, b.failed);
    run_close(&b.shared);
    run_close(&b.copied);
    test_files_free(&b.files);
    return ok ? (b.failed ? 1 : 0) : err.code == QN_NODEVICE ? 77 : 1;
}
