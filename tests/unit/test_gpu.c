/* host/gpu on a real device, through a plan filled in by hand. */
#include "check.h"
#include "clock.h"
#include "gpu_priv.h" /* rows_per_launch has no setting yet */
#include "gpu_small_plan.h"

#include <dirent.h>
#include <pthread.h>
#include <unistd.h>

typedef struct bench {
    gpu_devices devices;
    const gpu_device *device;
    char cache[64];
} bench;

static gpu *open_with(const bench *b, gpu_transfer transfer, unsigned slots, bool cache)
{
    qn_error err = { .code = QN_OK };
    gpu_settings settings = {
        .slots = slots, .transfer = transfer, .cache = cache, .cache_dir = b->cache, .profile = true
    };
    gpu *g = gpu_open(b->device, &settings, &err);
    CHECK_MSG(g, "%s", err.text);
    return g;
}

/* One picture through a free slot. in == NULL: none. */
static bool one(gpu *g, gpu_program *p, uint32_t w, uint32_t h, gpu_host *in, gpu_host *out, unsigned seed)
{
    qn_error err = { .code = QN_OK };
    small_sized s;
    small_plan_size(&s, w, h);
    size_t need = s.extent[0].bytes > s.extent[1].bytes ? s.extent[0].bytes : s.extent[1].bytes;
    if (!gpu_host_reserve(in, need, &err) || !gpu_host_reserve(out, need, &err))
        return CHECK_EQ_STR(err.text, "");
    CHECK_EQ_INT((uintptr_t)gpu_host_data(in) % 4096, 0);
    small_fill(gpu_host_data(in), s.extent[0].bytes, seed);
    gpu_ticket t;
    gpu_times times;
    if (!gpu_submit(g, p, &s.sized, in, out, 0, &t, &err) || !gpu_finish(g, t, &times, &err))
        return CHECK_EQ_STR(err.text, "");
    uint64_t now = qn_now_ns();
    CHECK(times.n_passes == 3 && times.pass);
    CHECK(times.kernels.end_ns >= times.kernels.start_ns);
    CHECK_MSG(times.kernels.end_ns <= now + 2000000 && times.kernels.end_ns + 2000000000u > now,
              "ended %lld ns from now", (long long)(times.kernels.end_ns - now));
    for (size_t i = 0; i + 1 < times.n_passes && times.pass; i++)
        CHECK(times.pass[i].end_ns <= times.pass[i + 1].start_ns);
    return CHECK(small_right(gpu_host_data(out), &s, seed));
}

static void sizes(const bench *b, gpu_transfer transfer)
{
    static const uint32_t size[][2] = { { 1, 1 },   { 7, 3 },   { 8, 4 },      { 9, 5 },
                                        { 640, 1 }, { 1, 333 }, { 1000, 700 }, { 33, 17 } };
    gpu *g = open_with(b, transfer, 2, false);
    if (!g)
        return;
    CHECK_EQ_INT(gpu_is_shared(g), transfer == GPU_TRANSFER_SHARED);
    qn_error err = { .code = QN_OK };
    small_plan plan;
    small_plan_init(&plan, SMALL_TEXT);
    gpu_program *p = gpu_program_get(g, &plan.plan, &err);
    CHECK_MSG(p, "%s", err.text);
    gpu_host *in = gpu_host_create(g), *out = gpu_host_create(g);
    for (unsigned i = 0; p && i < sizeof size / sizeof size[0]; i++) {
        CHECK(one(g, p, size[i][0], size[i][1], in, out, i));
        CHECK(one(g, p, size[i][0], size[i][1], out, in, i + 100)); /* blocks change places */
        CHECK(one(g, p, size[i][0], size[i][1], in, in, i + 200));  /* the result over the input */
    }
    gpu_counters c;
    gpu_counters_read(g, &c);
    CHECK_EQ_INT(c.builds, 1);
    CHECK(c.peak_bytes >= 2 * 705 * 1000);
    gpu_host_free(&in);
    gpu_host_free(&out);
    gpu_close(&g);
    CHECK(!g);
}

/* All slots filled, finished oldest first, many times; blocks grow on other threads' account in between. */
static void in_flight(const bench *b, gpu_transfer transfer)
{
    enum { SLOTS = 3, PICTURES = 40 };
    gpu *g = open_with(b, transfer, SLOTS, false);
    if (!g)
        return;
    qn_error err = { .code = QN_OK };
    small_plan plan;
    small_plan_init(&plan, SMALL_TEXT);
    gpu_program *p = gpu_program_get(g, &plan.plan, &err);
    gpu_host *in[SLOTS], *out[SLOTS];
    gpu_ticket ticket[SLOTS];
    small_sized s[SLOTS];
    for (int i = 0; i < SLOTS; i++) {
        in[i] = gpu_host_create(g);
        out[i] = gpu_host_create(g);
    }
    for (unsigned i = 0; p && i < PICTURES + SLOTS; i++) {
        unsigned k = i % SLOTS;
        if (i >= SLOTS) {
            CHECK(gpu_finish(g, ticket[k], NULL, &err));
            CHECK(gpu_ready(g, ticket[k]));
            CHECK(small_right(gpu_host_data(out[k]), &s[k], i - SLOTS));
        }
        if (i < PICTURES) {
            small_plan_size(&s[k], 40 + i * 7, 30 + i * 3);
            CHECK(gpu_host_reserve(in[k], s[k].extent[0].bytes, &err) &&
                  gpu_host_reserve(out[k], s[k].extent[1].bytes, &err));
            small_fill(gpu_host_data(in[k]), s[k].extent[0].bytes, i);
            CHECK(gpu_submit(g, p, &s[k].sized, in[k], out[k], 0, &ticket[k], &err));
        }
    }
    CHECK_EQ_STR(err.text, "");
    CHECK_EQ_INT(gpu_slots_free(g), SLOTS);
    for (int i = 0; i < SLOTS; i++) {
        gpu_host_free(&in[i]);
        gpu_host_free(&out[i]);
    }
    gpu_close(&g);
}

/* Pictures of three branches each, two at a time on their way: a number is written up once, and what a slot still reads
 * is never written over. The host's pixels change behind the first upload: it would be seen if they were taken again.
 */
static void branches(const bench *b)
{
    enum { SLOTS = 2, BRANCHES = 3, PICTURES = 5, JOBS = BRANCHES * PICTURES };
    qn_error err = { .code = QN_OK };
    gpu *g = open_with(b, GPU_TRANSFER_COPIED, SLOTS, false);
    if (!g)
        return;
    small_plan plan;
    small_plan_init(&plan, SMALL_TEXT);
    gpu_program *p = gpu_program_get(g, &plan.plan, &err);
    gpu_host *in[SLOTS] = { gpu_host_create(g), gpu_host_create(g) }, *out[SLOTS];
    gpu_ticket ticket[SLOTS];
    small_sized s[SLOTS];
    for (int i = 0; i < SLOTS; i++)
        out[i] = gpu_host_create(g);
    for (unsigned i = 0; p && i < JOBS + SLOTS; i++) {
        const unsigned k = i % SLOTS, picture = i / BRANCHES;
        if (i >= SLOTS) {
            const unsigned last = (i - SLOTS) / BRANCHES;
            CHECK(gpu_finish(g, ticket[k], NULL, &err));
            CHECK_MSG(small_right(gpu_host_data(out[k]), &s[k], last), "branch %u", i - SLOTS);
            if (i - SLOTS == last * BRANCHES) /* its upload has ended */
                small_fill(gpu_host_data(in[last % 2]), s[k].extent[0].bytes, 99);
        }
        if (i >= JOBS)
            continue;
        small_plan_size(&s[k], 60 + picture * 7, 30);
        CHECK(gpu_host_reserve(in[picture % 2], 8192, &err) && gpu_host_reserve(out[k], 8192, &err));
        CHECK(s[k].extent[0].bytes <= 8192 && s[k].extent[1].bytes <= 8192);
        if (i % BRANCHES == 0)
            small_fill(gpu_host_data(in[picture % 2]), s[k].extent[0].bytes, picture);
        CHECK(gpu_submit(g, p, &s[k].sized, in[picture % 2], out[k], picture + 1, &ticket[k], &err));
    }
    CHECK_EQ_STR(err.text, "");
    CHECK(one(g, p, 60, 30, in[0], out[0], 7)); /* without a number: written up */
    for (int i = 0; i < SLOTS; i++) {
        gpu_host_free(&in[i]);
        gpu_host_free(&out[i]);
    }
    gpu_close(&g);
}

typedef struct grower {
    gpu *g;
    bool ok;
} grower;

static void *grow(void *arg)
{
    grower *w = arg;
    qn_error err = { .code = QN_OK };
    gpu_host *h = gpu_host_create(w->g);
    w->ok = h != NULL;
    for (size_t n = 1; w->ok && n < 40; n++) {
        uint8_t *data = gpu_host_reserve(h, n * 5000, &err);
        w->ok = data != NULL;
        if (data)
            data[0] = data[n * 5000 - 1] = 1;
    }
    gpu_host_free(&h);
    return NULL;
}

/* Decode threads reserve while the worker works. */
static void threads(const bench *b, gpu_transfer transfer)
{
    gpu *g = open_with(b, transfer, 2, false);
    if (!g)
        return;
    qn_error err = { .code = QN_OK };
    small_plan plan;
    small_plan_init(&plan, SMALL_TEXT);
    gpu_program *p = gpu_program_get(g, &plan.plan, &err);
    gpu_host *in = gpu_host_create(g), *out = gpu_host_create(g);
    pthread_t thread[3];
    grower w[3];
    for (int i = 0; i < 3; i++) {
        w[i] = (grower){ .g = g };
        CHECK_EQ_INT(pthread_create(&thread[i], NULL, grow, &w[i]), 0);
    }
    for (unsigned i = 0; p && i < 20; i++)
        CHECK(one(g, p, 50 + i, 50, in, out, i));
    for (int i = 0; i < 3; i++) {
        pthread_join(thread[i], NULL);
        CHECK(w[i].ok);
    }
    gpu_host_free(&in);
    gpu_host_free(&out);
    gpu_close(&g);
}

static gpu_counters run_once(const bench *b, double *get_s)
{
    gpu_counters c = { .builds = 0 };
    gpu *g = open_with(b, GPU_TRANSFER_AUTO, 1, true);
    if (!g)
        return c;
    qn_error err = { .code = QN_OK };
    small_plan plan, other;
    small_plan_init(&plan, SMALL_TEXT);
    small_plan_init(&other, SMALL_TEXT);
    uint64_t start = qn_now_ns();
    gpu_program *p = gpu_program_get(g, &plan.plan, &err);
    CHECK_MSG(p, "%s", err.text);
    CHECK(gpu_program_get(g, &plan.plan, &err) == p);
    CHECK(gpu_program_get(g, &other.plan, &err) != NULL); /* the same text is built once */
    gpu_host *h = gpu_host_create(g);
    CHECK(p && one(g, p, 100, 100, h, h, 1));
    *get_s = (double)(qn_now_ns() - start) * 1e-9;
    gpu_counters_read(g, &c);
    gpu_host_free(&h);
    gpu_close(&g);
    return c;
}

static void clear_cache(const bench *b)
{
    DIR *dir = opendir(b->cache);
    for (struct dirent *e; dir && (e = readdir(dir));) {
        char path[400];
        snprintf(path, sizeof path, "%s/%s", b->cache, e->d_name);
        if (e->d_name[0] != '.')
            unlink(path);
    }
    if (dir)
        closedir(dir);
}

/* Every entry cut to half. */
static void damage_cache(const bench *b)
{
    DIR *dir = opendir(b->cache);
    for (struct dirent *e; dir && (e = readdir(dir));) {
        char path[400];
        snprintf(path, sizeof path, "%s/%s", b->cache, e->d_name);
        if (e->d_name[0] != '.')
            CHECK_EQ_INT(truncate(path, 1000), 0);
    }
    if (dir)
        closedir(dir);
}

static void disk(const bench *b)
{
    double cold, warm, again;
    clear_cache(b);
    gpu_counters c = run_once(b, &cold);
    CHECK_EQ_INT(c.builds, 1);
    CHECK_EQ_INT(c.disk_hits, 0);
    CHECK_EQ_INT(c.memory_hits, 2);
    for (int i = 0; i < 2; i++) {
        c = run_once(b, &warm);
        CHECK_EQ_INT(c.builds, 0);
        CHECK_EQ_INT(c.disk_hits, 1);
    }
    damage_cache(b);
    c = run_once(b, &again);
    CHECK_EQ_INT(c.builds, 1);
    c = run_once(b, &again);
    CHECK_EQ_INT(c.disk_hits, 1);
    printf("program and first picture: %.1f ms built, %.1f ms from disk\n", cold * 1e3, warm * 1e3);
}

/* A pass in several launches gives what one launch gives. */
static void bands(const bench *b)
{
    gpu *g = open_with(b, GPU_TRANSFER_AUTO, 1, false);
    if (!g)
        return;
    qn_error err = { .code = QN_OK };
    small_plan plan;
    small_plan_init(&plan, SMALL_TEXT);
    gpu_program *p = gpu_program_get(g, &plan.plan, &err);
    gpu_host *in = gpu_host_create(g), *out = gpu_host_create(g);
    for (uint32_t rows = 1; p && rows < 12; rows++) {
        g->rows_per_launch = rows;
        CHECK(one(g, p, 33, 41, in, out, rows));
    }
    gpu_host_free(&in);
    gpu_host_free(&out);
    gpu_close(&g);
}

/* Second pictures: two plans of one text, each with a file of its own. */
static void files(const bench *b, gpu_transfer transfer)
{
    static const char *const path[1] = { "second" };
    gpu *g = open_with(b, transfer, 1, false);
    if (!g)
        return;
    qn_error err = { .code = QN_OK };
    small_plan plan[2];
    small_sized s;
    uint8_t second[2][40];
    gpu_program *p[2];
    gpu_host *in = gpu_host_create(g), *out = gpu_host_create(g);
    small_plan_size(&s, 8, 4);
    s.sized.n_launches = 1;
    s.sized.n_extents = 3;
    for (int i = 0; i < 2; i++) {
        small_plan_init(&plan[i],
                        "__kernel void add(__global const uchar *in, __global const uchar *f, __global uchar *out,"
                        " __global const int *U, int u0, int y0, int y1)\n"
                        "{ int x = get_global_id(0), y = get_global_id(1);"
                        " out[y * U[3] + x] = in[y * U[2] + x] + f[y * 10 + x]; }");
        snprintf(plan[i].pass[0].kernel, sizeof plan[i].pass[0].kernel, "add");
        plan[i].pass[0].n_buffers = 3;
        memcpy(plan[i].pass[0].buffer, (const unsigned[3]){ 0, 2, 1 }, 3 * sizeof(unsigned));
        plan[i].surface[2] = (flt_surface){ .role = FLT_ROLE_FILE, .storage = FLT_U8, .channels = 1, .file = 0 };
        plan[i].plan.n_passes = 1;
        plan[i].plan.n_surfaces = 3;
        plan[i].plan.file = (const char **)(uintptr_t)path;
        plan[i].plan.n_files = 1;
        small_fill(second[i], sizeof second[i], 77u + (unsigned)i);
        qn_image image = {
            .width = 8, .height = 4, .format = { 1, 8, QN_INTERLEAVED }, .plane = { { second[i], 10 } }
        };
        p[i] = gpu_program_get(g, &plan[i].plan, &err);
        CHECK_MSG(p[i], "%s", err.text);
        CHECK(p[i] && !gpu_program_file(g, p[i], 1, &image, NULL));
        CHECK(p[i] && gpu_program_file(g, p[i], 0, &image, &err));
    }
    uint8_t *from = gpu_host_reserve(in, s.extent[0].bytes, &err), *to = gpu_host_reserve(out, s.extent[1].bytes, &err);
    for (int i = 0; i < 4 && from && to && p[0] && p[1]; i++) {
        gpu_ticket t;
        small_fill(from, s.extent[0].bytes, 5);
        CHECK(gpu_submit(g, p[i % 2], &s.sized, in, out, 0, &t, &err) && gpu_finish(g, t, NULL, &err));
        bool right = true;
        for (size_t y = 0; y < 4; y++)
            for (size_t x = 0; x < 8; x++)
                right &= to[y * s.extent[1].stride + x] ==
                         (uint8_t)(from[y * s.extent[0].stride + x] + second[i % 2][y * 10 + x]);
        CHECK(right);
    }
    CHECK_EQ_STR(err.text, "");
    gpu_counters c;
    gpu_counters_read(g, &c);
    CHECK_EQ_INT(c.builds, 1);
    gpu_host_free(&in);
    gpu_host_free(&out);
    gpu_close(&g);
}

static void errors(const bench *b)
{
    gpu *g = open_with(b, GPU_TRANSFER_AUTO, 1, false);
    if (!g)
        return;
    qn_error err = { .code = QN_OK };
    small_plan plan;
    small_plan_init(&plan, "__kernel void widen(int a) { nonsense(a); }");
    CHECK(!gpu_program_get(g, &plan.plan, &err));
    CHECK_EQ_INT(err.code, QN_DEVICE);
    CHECK_MSG(strstr(err.text, "nonsense") && !strchr(err.text, '\n'), "%s", err.text);
    qn_error_clear(&err);

    small_plan missing;
    small_plan_init(&missing, "__kernel void other(__global int *a) { a[0] = 1; }");
    CHECK(!gpu_program_get(g, &missing.plan, &err));
    CHECK_MSG(strstr(err.text, "widen"), "%s", err.text);
    qn_error_clear(&err);

    small_plan good;
    small_sized s;
    small_plan_init(&good, SMALL_TEXT);
    gpu_program *p = gpu_program_get(g, &good.plan, &err);
    gpu_host *in = gpu_host_create(g), *out = gpu_host_create(g);
    small_plan_size(&s, 64, 64);
    gpu_ticket t;
    CHECK(!gpu_submit(g, p, &s.sized, in, out, 0, &t, &err)); /* nothing reserved */
    CHECK_EQ_INT(err.code, QN_INTERNAL);
    qn_error_clear(&err);
    CHECK(one(g, p, 64, 64, in, out, 3));
    s.launch[1].local[0] = 1 << 14; /* far beyond any device's work-groups: fails after the first pass is enqueued */
    s.launch[1].local[1] = 1 << 8;
    CHECK(!gpu_submit(g, p, &s.sized, in, out, 0, &t, &err));
    CHECK_EQ_INT(err.code, QN_DEVICE);
    CHECK_MSG(strstr(err.text, "count") && strstr(err.text, "work-groups"), "%s", err.text);
    CHECK_EQ_INT(gpu_slots_free(g), 1);
    CHECK(one(g, p, 64, 64, in, out, 4)); /* and the next one is right */
    gpu_host_free(&in);
    gpu_host_free(&out);
    gpu_close(&g);
}

int main(void)
{
    bench b = { .cache = "/tmp/quern-test-XXXXXX" };
    qn_error err = { .code = QN_OK };
    CHECK(mkdtemp(b.cache) != NULL);
    CHECK(gpu_devices_list(&b.devices, &err));
    const char *spec = getenv("QUERN_TEST_DEVICE"); /* as -d */
    b.device = gpu_device_choose(&b.devices, spec ? spec : "auto", NULL, &err);
    if (!b.device) {
        fprintf(stderr, "skipped: %s\n", err.text);
        gpu_devices_free(&b.devices);
        rmdir(b.cache);
        return 77;
    }
    for (int i = 0; i < 2; i++) {
        gpu_transfer transfer = i ? GPU_TRANSFER_COPIED : GPU_TRANSFER_SHARED;
        if (transfer == GPU_TRANSFER_SHARED && !b.device->shared_memory)
            continue;
        sizes(&b, transfer);
        in_flight(&b, transfer);
        threads(&b, transfer);
        files(&b, transfer);
    }
    branches(&b);
    bands(&b);
    disk(&b);
    errors(&b);
    clear_cache(&b);
    rmdir(b.cache);
    gpu_devices_free(&b.devices);
    return check_summary();
}
