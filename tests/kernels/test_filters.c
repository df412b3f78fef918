/* One filter against its reference, over channels, depths, sizes, borders, stage keys, values and device classes.
 *
 *     test_filters FILTER|all [--configs N] [--floats N] [--values N] [--seed S] [-v] [--table] [--keys]
 *
 * --table prints the results alone, as a table in Markdown. --keys: every value of every stage key in turn, and all of
 * them together, in place of random ones; what the parser says of those that it refuses is printed.
 *
 * A configuration fixes what a built program depends on (channels, depth, choices, keys, device class); inside it the
 * pictures, sizes and values vary. Exit 0 within class, 1 not, 77 where there is no device. */
#include "compare.h"
#include "files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint32_t sizes[][2] = { { 31, 7 },   { 1, 1 }, { 1, 13 },    { 17, 1 },  { 53, 37 },
                                     { 127, 61 }, { 2, 3 }, { 257, 129 }, { 64, 32 }, { 33, 97 } };
static const uint32_t file_size[] = { 29, 23 };
#define N_SIZES (sizeof sizes / sizeof *sizes)

typedef struct settings {
    unsigned configs, floats, values;
    uint32_t seed;
    bool verbose, table, keys;
    const test_files *files;
} settings;

typedef struct config {
    unsigned channels, depth, number;
    uint64_t shape;
    bool plain, fuse;
    flt_device_class device;
} config;

enum { POOL_EXACT_8, POOL_EXACT_16, POOL_EXACT_FLOAT, POOL_8, POOL_16, POOL_FLOAT, POOLS };
static const char *const pool_name[POOLS] = { "exact/8", "exact/16", "exact/f", "8 bit", "16 bit", "float" };
static const int pool_depth[POOLS] = { 8, 16, 32, 8, 16, 32 };

typedef struct totals {
    cmp_pool pool[POOLS];
    unsigned cases, refused, wrong, shown;
    char cls;
} totals;

/* Class E speaks of whole levels: what scales or mixes them is held to A. */
static bool stays_exact(const flt_chain *chain, const qn_image *im)
{
    const flt_stage *s = &chain->stage[chain->n - 1];
    bool alpha = im->format.channels % 2 == 0, moves = s->row->cls == FLT_GEOMETRY && strcmp(s->row->tolerance, "A");
    bool point = s->row->cls == FLT_POINT || s->row->cls == FLT_REDUCE;
    bool mixes = im->format.channels >= 3 && !strcmp(s->row->name, "equalize") && ref_is(s, "mode", "luma");
    return s->mix == 1 && !s->mask && !s->linear && s->channels != FLT_CH_LUMA && !mixes && (!alpha || moves || point);
}

static void say(totals *t, const config *c, const char *chain, const qn_image *im, const char *what)
{
    if (t->shown++ < 12)
        printf("  %s: %s  [%ux%u, %u channels, %u bits, %s text, %s]\n", what, chain, im->width, im->height,
               c->channels, c->depth, c->device == FLT_DEV_CPU ? "cpu" : "gpu", c->fuse ? "fused" : "unfused");
}

static void judge(totals *t, const config *c, const char *text, const flt_chain *chain, const qn_image *im,
                  const run_result *got, const ref_image *want, const settings *set)
{
    bool whole = t->cls == 'E' || ref_is(&chain->stage[chain->n - 1], "mode", "pil"),
         exact = whole && stays_exact(chain, im);
    double slack = !exact ? 0 : c->depth == 8 ? 1e-4 : 0.02; /* what float can say of a tie */
    unsigned p = (exact ? POOL_EXACT_8 + 0U : POOL_8) + (c->depth == 8 ? 0 : c->depth == 16 ? 1 : 2);
    cmp_first first = { 0 };
    char line[160];
    if (!cmp_reference(&t->pool[p], got, want, (int)c->depth, slack, &first)) {
        snprintf(line, sizeof line, "is %ux%ux%u, should be %dx%dx%d", got->width, got->height, got->format.channels,
                 want->w, want->h, want->c);
        say(t, c, text, im, line);
        t->wrong++;
    } else if (first.largest > (exact ? 0 : 1) || (set->verbose && first.largest > 0)) {
        snprintf(line, sizeof line, "off by %.3g at %d,%d,%d: is %g, should be %.3f", first.largest, first.x, first.y,
                 first.k, first.got, first.want);
        say(t, c, text, im, line);
    }
}

static void one_case(run_device *r, totals *t, const config *c, const char *text, const qn_image *im,
                     const settings *set)
{
    flt_chain chain = { 0 };
    qn_error err = { 0 }, run_err = { 0 };
    flt_options options = { .device = c->device, .fuse = c->fuse };
    run_result got = { 0 };
    const char *step = "";
    t->cases++;
    if (!flt_chain_parse(&chain, text, "test", &err)) {
        say(t, c, text, im, err.text);
        t->wrong++;
        flt_chain_free(&chain);
        return;
    }
    ref_image want = ref_load(im);
    ref_files files = test_files_for_ref(set->files);
    bool can = ref_chain(&chain, &want, (int)c->depth, &files);
    bool ran = run_chain(r, text, im, 1, &options, &got, &step, &run_err);
    if (can && ran)
        judge(t, c, text, &chain, im, &got, &want, set);
    else if (can != ran) {
        char line[640];
        snprintf(line, sizeof line, ran ? "should have been refused" : "%s: %s", step, run_err.text);
        say(t, c, text, im, line);
        t->refused++;
    }
    free(got.data);
    ref_free(&want);
    flt_chain_free(&chain);
}

/* Large windows cost the reference their area for every pixel. */
static bool too_slow(const char *text, const uint32_t *size)
{
    const char *radius = strstr(text, "radius=");
    long n = radius ? atol(radius + 7) : 1;
    bool window = !strncmp(text, "median", 6) || strstr(text, "iterations=");
    return window && (2 * n + 1) * (2 * n + 1) * (long)(size[0] * size[1]) > 700000;
}

/* In some configurations the picture itself is the second picture, or a mask is there: itself, or the file, which is
 * of its size then. */
static bool with_mask(const flt_row *row, const config *c)
{
    return !c->plain && (row->cls != FLT_GEOMETRY || row->keeps_size) && row->cls != FLT_CONTROL &&
           c->number % 5 >= 2 && c->number % 5 <= 3;
}

static void gen_text(const flt_row *row, const config *c, rng *value, const uint32_t *size, qn_strbuf *text)
{
    rng shape = { c->shape, c->number };
    qn_strbuf one = { 0 };
    gen_stage(&shape, value, row, size[0], size[1], &one);
    gen_keys(&shape, value, row, c->channels, c->plain, size[0], size[1], &one);
    const char *file = row->cls == FLT_COMPOSE && c->number % 3 == 1 ? strstr(sb_str(&one), GEN_FILE) : NULL;
    const bool mask = with_mask(row, c) && gen_keeps_size(row, sb_str(&one)), own = mask && c->number % 5 == 2;
    if (file || own)
        sb_add(text, "save self | ");
    if (file) {
        sb_addn(text, sb_str(&one), (size_t)(file - sb_str(&one)));
        sb_add(text, "@self");
        sb_add(text, file + strlen(GEN_FILE));
    } else {
        sb_add(text, sb_str(&one));
    }
    if (mask)
        sb_addf(text, " mask=%s", own ? "@self" : GEN_FILE);
    sb_free(&one);
}

static void one_config(run_device *r, const flt_row *row, totals *t, const config *c, const settings *set)
{
    rng value = { .state = c->shape ^ 0x5bd1e995 };
    for (unsigned v = 0; v < set->values; v++) {
        const bool own_size = with_mask(row, c) && c->number % 5 == 3;
        const uint32_t *size = own_size ? file_size : sizes[(v * 3 + c->number) % N_SIZES];
        int kind = (int)((v + c->number) % 3 == 0 ? PIC_NOISE : rng_below(&value, PIC_KINDS));
        qn_strbuf text = { 0 };
        gen_text(row, c, &value, size, &text);
        if (sb_ok(&text) && !too_slow(sb_str(&text), size)) {
            qn_image im = pic_make(kind, size[0], size[1], c->channels, c->depth, v + c->number * 100);
            one_case(r, t, c, sb_str(&text), &im, set);
            free(im.plane[0].data);
        }
        sb_free(&text);
    }
}

/* Channels and depths in turn, so that 8 configurations have them all; keys from the third round on. */
static config config_of(unsigned i, uint32_t seed)
{
    rng r = { .state = seed * UINT64_C(1000003) + i };
    config c = { .channels = 1 + i % 4, .depth = (i / 4) % 2 ? 16 : 8, .number = i, .plain = i < 8 };
    c.device = (i + i / 4) % 2 ? FLT_DEV_GPU : FLT_DEV_CPU;
    c.fuse = rng_below(&r, 4) != 0;
    c.shape = ((uint64_t)rng_next(&r) << 32) | rng_next(&r);
    return c;
}

static const char *const every_key[] = {
    "border=clamp",
    "border=mirror",
    "border=reflect",
    "border=wrap",
    "border=constant",
    "border=constant,#c0402080",
    "channels=rgb",
    "channels=a",
    "channels=rgba",
    "channels=r",
    "channels=g",
    "channels=b",
    "channels=luma",
    "linear=1",
    "mix=37%",
    "roi=9x7+5+3",
    "roi=20x20-6-4",
    "roi=5x5+100+0",
    "mask=" GEN_FILE,
    "mask=@self",
    "border=wrap channels=r mix=60% roi=20x15+3+2 mask=" GEN_FILE,
    "linear=1 channels=luma mix=60% mask=@self",
};

/* One key, with two values of the filter's own parameters on pictures of one format. */
static void one_key(run_device *r, const flt_row *row, totals *t, const config *c, const char *key, const settings *set)
{
    rng value = { .state = c->shape ^ 0x5bd1e995 };
    for (unsigned v = 0; v < 2; v++) {
        rng shape = { c->shape, c->number };
        qn_strbuf text = { 0 };
        qn_error err = { 0 };
        flt_chain chain = { 0 };
        if (strstr(key, "@self"))
            sb_add(&text, "save self | ");
        gen_stage(&shape, &value, row, file_size[0], file_size[1], &text);
        sb_addf(&text, " %s", key);
        qn_image im = pic_make(v ? PIC_NOISE : PIC_STRUCTURE, file_size[0], file_size[1], c->channels, c->depth, v);
        if (flt_chain_parse(&chain, sb_str(&text), "test", &err))
            one_case(r, t, c, sb_str(&text), &im, set);
        else if (c->number % 2 == 0 && v == 0)
            printf("  refused: %s: %s\n", sb_str(&text), err.text);
        flt_chain_free(&chain);
        free(im.plane[0].data);
        sb_free(&text);
    }
}

static void each_key(run_device *r, const flt_row *row, totals *t, const settings *set)
{
    for (unsigned i = 0; i < 2 * sizeof every_key / sizeof *every_key; i++) {
        config c = config_of(i, set->seed);
        c.channels = i % 2 ? 4 - i / 2 % 2 : 1 + i / 2 % 2; /* one of gray, and one of RGB */
        c.depth = (i / 2 + i) % 2 ? 8 : 16;
        one_key(r, row, t, &c, every_key[i / 2], set);
    }
}

/* Behind those, of a picture in float. */
static config float_config_of(unsigned i, uint32_t seed)
{
    config c = config_of(i, seed);
    c.channels = i % 2 ? 1 : 3;
    c.depth = 32;
    return c;
}

/* A line for what is exact, and one for what is rounded: cases, largest difference and share, at 8 and at 16 bits. */
static bool report_table(const flt_row *row, const totals *t)
{
    bool ok = t->wrong == 0 && t->refused == 0;
    for (unsigned p = 0; p < POOLS; p += 3) {
        const cmp_pool *narrow = &t->pool[p], *wide = &t->pool[p + 1];
        const char cls = p < POOL_8 ? 'E' : t->cls == 'E' ? 'A' : t->cls;
        const bool within = cmp_within(narrow, cls, 8) && cmp_within(wide, cls, 16);
        ok = ok && within;
        if (narrow->cases + wide->cases)
            printf("| %s | %c | %u | %.3g | %.4f | %u | %.3g | %.4f |%s\n", row->name, cls, narrow->cases,
                   narrow->largest, cmp_share(narrow), wide->cases, wide->largest, cmp_share(wide),
                   within ? "" : " **beyond its class**");
    }
    fflush(stdout);
    return ok;
}

static bool report(const flt_row *row, const totals *t, const gpu_counters *counters)
{
    bool ok = t->wrong == 0 && t->refused == 0;
    for (unsigned p = 0; p < POOLS; p++) {
        const cmp_pool *pool = &t->pool[p];
        if (!pool->cases)
            continue;
        char cls = p < POOL_8 ? 'E' : t->cls == 'E' ? 'A' : t->cls;
        bool within = cmp_within(pool, cls, pool_depth[p]);
        ok = ok && within;
        printf("%-20s %c  %-8s %5u cases  largest %7.3g  differing %7.4f %%  left out %5.2f %%  %s\n", row->name, cls,
               pool_name[p], pool->cases, pool->largest, cmp_share(pool),
               100.0 * (double)pool->skipped / (double)(pool->samples + pool->skipped + 1), within ? "ok" : "BEYOND");
    }
    printf("%-20s %u cases, %u refused, %u of a wrong form; %llu built (%.1f s), %llu from disk: %s\n", row->name,
           t->cases, t->refused, t->wrong, (unsigned long long)counters->builds, counters->build_s,
           (unsigned long long)counters->disk_hits, ok ? "ok" : "FAILED");
    fflush(stdout);
    return ok;
}

/* The words of the parameter that has the most. */
static unsigned most_choices(const flt_row *row)
{
    unsigned most = 0;
    for (size_t i = 0; i < flt_param_count(row); i++) {
        unsigned n = 0;
        for (const char *s = row->param[i].choices; s; s = strchr(s, '|') ? strchr(s, '|') + 1 : NULL)
            n++;
        most = n > most ? n : most;
    }
    return most;
}

static bool test_row(run_device *r, const flt_row *row, const settings *set)
{
    totals t = { .cls = row->tolerance[0] };
    gpu_counters before, after;
    gpu_counters_read(r->g, &before);
    if (!ref_find(row->name)) {
        printf("%s has no reference\n", row->name);
        return false;
    }
    if (set->keys)
        each_key(r, row, &t, set);
    for (unsigned i = 0; !set->keys && (i < set->configs || i < 2 * most_choices(row)); i++) {
        config c = config_of(i, set->seed);
        one_config(r, row, &t, &c, set);
    }
    for (unsigned i = 0; !set->keys && i < set->floats; i++) {
        config c = float_config_of(set->configs + i, set->seed);
        one_config(r, row, &t, &c, set);
    }
    gpu_counters_read(r->g, &after);
    after.builds -= before.builds, after.disk_hits -= before.disk_hits, after.build_s -= before.build_s;
    return set->table ? report_table(row, &t) : report(row, &t, &after);
}

static bool options(int argc, char **argv, settings *set)
{
    for (int i = 2; i < argc; i++) {
        bool more = i + 1 < argc;
        if (!strcmp(argv[i], "-v"))
            set->verbose = true;
        else if (!strcmp(argv[i], "--table"))
            set->table = true;
        else if (!strcmp(argv[i], "--keys"))
            set->keys = true;
        else if (more && !strcmp(argv[i], "--configs"))
            set->configs = (unsigned)atoi(argv[++i]);
        else if (more && !strcmp(argv[i], "--floats"))
            set->floats = (unsigned)atoi(argv[++i]);
        else if (more && !strcmp(argv[i], "--values"))
            set->values = (unsigned)atoi(argv[++i]);
        else if (more && !strcmp(argv[i], "--seed"))
            set->seed = (uint32_t)atoi(argv[++i]);
        else
            return false;
    }
    return argc > 1;
}

int main(int argc, char **argv)
{
    settings set = { .configs = 20, .floats = 2, .values = 10, .seed = 1 };
    run_device r = { 0 };
    qn_error err = { 0 };
    if (!options(argc, argv, &set)) {
        fprintf(stderr,
                "usage: test_filters FILTER|all [--configs N] [--floats N] [--values N] [--seed S] [-v] [--table] "
                "[--keys]\n");
        return 2;
    }
    test_files files;
    test_files_make(&files);
    set.files = &files;
    test_files_give(&files, &r);
    bool ok = run_open(&r, GPU_TRANSFER_AUTO, &err);
    if (!ok) {
        fprintf(stderr, "%s\n", err.text);
        run_close(&r);
        test_files_free(&files);
        return err.code == QN_NODEVICE ? 77 : 1;
    }
    if (set.table)
        printf("| filter | class | 8 bit: cases | largest | differing, %% | 16 bit: cases | largest | differing, %% |\n"
               "|---|---|---|---|---|---|---|---|\n");
    size_t n;
    const flt_row *const *row = flt_rows(&n);
    bool found = false;
    for (size_t i = 0; i < n; i++)
        if (!strcmp(argv[1], "all") || !strcmp(argv[1], row[i]->name)) {
            found = true;
            ok = test_row(&r, row[i], &set) && ok;
        }
    if (!found)
        fprintf(stderr, "no filter '%s'\n", argv[1]);
    run_close(&r);
    test_files_free(&files);
    return ok && found ? 0 : 1;
}
