/* The pipeline with real pictures and a fake device that inverts them: order, memory, errors, retries, stopping. */
#include "check.h"
#include "fake_device.h"
#include "runs.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void test_all_right(bool sync, bool overlap)
{
    pipe_settings s = settings();
    io_inputs in = { .n = 0 };
    seen got = { .n = 0 };
    s.sync = sync;
    fake.overlap = overlap;
    fake.delay_us = sync ? 0 : 300;
    add_pictures(&in, MAX);
    CHECK_MSG(run(&s, &in, &got, NULL), "run failed");
    CHECK_MSG(got.ok == MAX, "%zu ok", got.ok);
    CHECK_MSG(sync ? fake.most_in_flight == 1 : fake.most_in_flight == 2, "%d in flight", fake.most_in_flight);
    for (unsigned i = 0; i < MAX; i++)
        CHECK_MSG(output_right(i), "picture %u", i);
}

static void test_errors_in_the_middle(void)
{
    pipe_settings s = settings();
    io_inputs in = { .n = 0 };
    seen got = { .n = 0 };
    add_pictures(&in, 60);
    picture_write(in.item[7].path, 7, 40, 40, 100); /* ends early */
    picture_write(in.item[9].path, 9, 13, 9, 0);    /* the chain refuses it */
    unlink(in.item[20].path);
    FILE *f = fopen(in.item[30].path, "wb");
    fputs("hello", f);
    fclose(f);
    f = fopen(in.item[31].path, "wb");
    fputs("hello", f);
    fclose(f);
    in.item[31].named = false;
    char blocked[512];
    snprintf(blocked, sizeof blocked, "%s/out/p041.ppm", dir);
    f = fopen(blocked, "wb");
    fclose(f);
    CHECK_MSG(run(&s, &in, &got, NULL), "run failed");
    CHECK_MSG(got.ok == 54 && got.skipped == 1 && got.failed == 5, "%zu %zu %zu", got.ok, got.skipped, got.failed);
    CHECK_MSG(got.error[7].code == QN_INPUT, "%s", got.error[7].text);
    CHECK_MSG(got.error[9].code == QN_USAGE && strstr(got.error[9].text, "13 columns"), "%s", got.error[9].text);
    CHECK_MSG(got.error[20].code == QN_IO || got.error[20].code == QN_INPUT, "%s", got.error[20].text);
    CHECK_MSG(got.error[30].code == QN_INPUT && strstr(got.error[30].text, "not a PNG"), "%s", got.error[30].text);
    CHECK_MSG(got.status[31] == PIPE_SKIPPED, "%s", got.error[31].text);
    CHECK_MSG(got.error[41].code == QN_EXISTS, "%s", got.error[41].text);
    for (unsigned i = 0; i < 60; i++)
        CHECK_MSG(output_right(i) == (got.status[i] == PIPE_OK), "picture %u", i);
}

static void test_memory(bool overlap, bool sync)
{
    pipe_settings s = settings();
    io_inputs in = { .n = 0 };
    seen got = { .n = 0 };
    add_pictures(&in, 120);
    s.memory = 120000; /* the largest need about 90,000, or 180,000 apart: then they come in bands */
    s.sync = sync;
    fake.overlap = overlap;
    fake.delay_us = 200;
    CHECK_MSG(run(&s, &in, &got, NULL), "run failed");
    CHECK_MSG(fake.peak <= 120000 + 8192, "%zu bytes held", (size_t)fake.peak);
    CHECK_MSG(got.failed == 0, "%zu failed", got.failed);
    CHECK_MSG(overlap ? fake.streams == 0 : fake.streams > 0, "%d in bands", fake.streams);
    for (unsigned i = 0; i < 120; i++) {
        CHECK_MSG(output_right(i) == (got.status[i] == PIPE_OK), "picture %u", i);
    }
    s.memory = 1;
    s.exists = PIPE_EXISTS_OVERWRITE;
    add_pictures(&in, 5);
    CHECK_MSG(run(&s, &in, &got, NULL), "run failed");
    CHECK_MSG(got.failed == 5, "%zu failed", got.failed);
    for (unsigned i = 0; i < 5; i++)
        CHECK_MSG(got.error[i].code == QN_LIMIT && strstr(got.error[i].text, "--mem"), "%s", got.error[i].text);
}

static void test_fail_fast(bool sync)
{
    pipe_settings s = settings();
    io_inputs in = { .n = 0 };
    seen got = { .n = 0 };
    s.fail_fast = true;
    s.sync = sync;
    fake.delay_us = 500;
    add_pictures(&in, MAX);
    unlink(in.item[20].path);
    CHECK_MSG(run(&s, &in, &got, NULL), "run failed");
    CHECK_MSG(got.failed > MAX / 2 && got.ok >= 20, "%zu ok, %zu failed", got.ok, got.failed);
    CHECK_MSG(got.error[MAX - 1].code == QN_CANCELLED && strstr(got.error[MAX - 1].text, "--fail-fast"), "%s",
              got.error[MAX - 1].text);
    for (unsigned i = 0; i < MAX; i++)
        CHECK_MSG(output_right(i) == (got.status[i] == PIPE_OK), "picture %u", i);
}

static void test_stop(bool sync)
{
    pipe_settings s = settings();
    io_inputs in = { .n = 0 };
    _Atomic int stop = 0;
    seen got = { .stop = &stop, .stop_after = 30 };
    s.stop = &stop;
    s.sync = sync;
    add_pictures(&in, MAX);
    CHECK_MSG(!run(&s, &in, &got, NULL), "a stopped run counts as done");
    CHECK_MSG(got.ok >= 30 && got.failed > 0, "%zu ok, %zu failed", got.ok, got.failed);
    CHECK_MSG(got.error[MAX - 1].code == QN_CANCELLED, "%s", got.error[MAX - 1].text);
    for (unsigned i = 0; i < MAX; i++) {
        CHECK_MSG(output_right(i) == (got.status[i] == PIPE_OK), "picture %u", i);
        CHECK_MSG(output_exists(i) == (got.status[i] == PIPE_OK), "picture %u", i);
    }
}

/* A device that fails once costs nothing; one that is lost costs all pictures from there on, each by its name. */
static void test_device(bool overlap, bool for_good, bool on_submit)
{
    for (int at = 1; at <= 12; at++) {
        pipe_settings s = settings();
        io_inputs in = { .n = 0 };
        seen got = { .n = 0 };
        fake.overlap = overlap;
        fake.for_good = for_good;
        *(on_submit ? &fake.fail_submit : &fake.fail_finish) = at;
        add_pictures(&in, 10);
        CHECK_MSG(run(&s, &in, &got, NULL), "run failed");
        CHECK_MSG(for_good ? got.ok == (size_t)(at > 10 ? 10 : at - 1) : got.ok == 10, "%zu ok, the %dth failed",
                  got.ok, at);
        for (unsigned i = 0; i < 10; i++) {
            CHECK_MSG(output_right(i) == (got.status[i] == PIPE_OK), "picture %u", i);
            CHECK_MSG(output_exists(i) == (got.status[i] == PIPE_OK), "picture %u", i);
            CHECK_MSG(got.status[i] == PIPE_OK || got.error[i].code == QN_DEVICE, "%s", got.error[i].text);
        }
    }
}

static void test_build_fails(void)
{
    pipe_settings s = settings();
    io_inputs in = { .n = 0 };
    seen got = { .n = 0 };
    fake.fail_build = 1;
    fake.for_good = true;
    add_pictures(&in, 10);
    CHECK_MSG(run(&s, &in, &got, NULL), "run failed");
    CHECK_MSG(got.failed == 10 && got.error[3].code == QN_DEVICE && fake.builds == 2, "%zu failed, %d builds",
              got.failed, fake.builds);
}

/* Another device takes what the first fails at: whole pictures whatever it fails at, streamed ones unless chunks have
 * been taken. */
static void test_spare(bool sync, bool overlap, bool streamed, int what)
{
    static const gpu_device two[] = { { .name = "first", .type = "gpu", .score = 10 },
                                      { .name = "not usable", .type = "gpu", .index = 1, .score = GPU_SCORE_UNUSABLE },
                                      { .name = "second", .type = "cpu", .index = 2, .score = 1 } };
    gpu_device list[3];
    memcpy(list, two, sizeof list);
    const gpu_devices devices = { .item = list, .n = 3 };
    pipe_settings s = settings();
    io_inputs in = { .n = 0 };
    seen got = { .n = 0 };
    s.device = &list[0];
    s.devices = &devices;
    s.sync = sync;
    list[0].max_alloc = streamed ? 20000 : 0;
    fake.overlap = overlap;
    fake.for_good = true;
    *(what == 0 ? &fake.fail_submit : what == 1 ? &fake.fail_build : &fake.fail_finish) = what == 1 ? 1 : 4;
    add_pictures(&in, 20);
    CHECK_MSG(run(&s, &in, &got, NULL), "run failed");
    CHECK_MSG(got.failed == 0 && got.ok == 20, "%zu failed: %s", got.failed, got.error[10].text);
    CHECK_MSG(fake.spare >= 16, "%d on the other device", fake.spare);
    CHECK_MSG(!streamed || fake.streams > 0, "%d in bands", fake.streams); /* whole ones are tried in bands, too */
    for (unsigned i = 0; i < 20; i++)
        CHECK_MSG(output_right(i), "picture %u", i);
}

/* Pictures that flow beside one another: all right, and right or failed by name when the device fails one of them. */
static void test_flows(bool on_submit, bool for_good, int at)
{
    pipe_settings s = settings();
    io_inputs in = { .n = 0 };
    seen got = { .n = 0 };
    fake.for_good = for_good;
    *(on_submit ? &fake.fail_submit : &fake.fail_finish) = at;
    add_pictures(&in, at ? 12 : MAX);
    const size_t n = in.n;
    setenv("QUERN_FLOW_BYTES", "1", 1);
    CHECK_MSG(run(&s, &in, &got, NULL), "run failed");
    CHECK_MSG(fake.most_in_flight == 0 && (at || fake.streams == (int)n), "%d in bands", (int)fake.streams);
    CHECK_MSG(for_good ? got.ok < n : got.ok == n, "%zu of %zu ok, the %dth failed", got.ok, n, at);
    for (unsigned i = 0; i < n; i++) {
        CHECK_MSG(output_right(i) == (got.status[i] == PIPE_OK), "picture %u", i);
        CHECK_MSG(output_exists(i) == (got.status[i] == PIPE_OK), "picture %u", i);
        CHECK_MSG(got.status[i] == PIPE_OK || got.error[i].code == QN_DEVICE, "%s", got.error[i].text);
    }
}

static void test_all_flows(void)
{
    test_flows(false, false, 0);
    for (int at = 1; at <= 24; at += at < 6 ? 1 : 5)
        for (int i = 0; i < 4; i++)
            if (!(i & 1) || at <= 12)
                test_flows(i & 1, i & 2, at);
    test_errors_in_the_middle();
    test_fail_fast(false);
    test_stop(false);
    test_spare(false, false, false, 0);
    test_spare(false, false, false, 1);
    test_spare(false, false, false, 2);
    unsetenv("QUERN_FLOW_BYTES");
}

static void test_names(void)
{
    pipe_settings s = settings();
    io_inputs in = { .n = 0 };
    seen got = { .n = 0 };
    char text[400];
    snprintf(text, sizeof text, "%s/out/{w}x{h}.ppm", dir);
    s.target = (io_target){ IO_TO_TEMPLATE, text };
    for (unsigned i = 0; i < 40; i++) {
        char name[32];
        snprintf(name, sizeof name, "s%02u.ppm", i);
        add(&in, name, true);
        picture_write(in.item[i].path, i, 20 + i % 10, 16, 0);
    }
    CHECK_MSG(run(&s, &in, &got, NULL), "run failed");
    CHECK_MSG(got.ok == 10 && got.failed == 30, "%zu ok, %zu failed", got.ok, got.failed);
    for (unsigned i = 0; i < 10; i++) {
        snprintf(text, sizeof text, "%s/out/%ux16.ppm", dir, 20 + i);
        CHECK_MSG(picture_right(text, i, 20 + i, 16), "the first of its size, %u, is not the one that was written", i);
    }
}

static void test_skip_existing(pipe_exists exists, size_t ok, size_t skipped)
{
    pipe_settings s = settings();
    io_inputs in = { .n = 0 };
    seen got = { .n = 0 };
    add_pictures(&in, 50);
    for (unsigned i = 0; i < 50; i += 2) {
        char path[512];
        snprintf(path, sizeof path, "%s/out/p%03u.ppm", dir, i);
        picture_write(path, i, 3, 3, 0);
    }
    s.exists = exists;
    CHECK_MSG(run(&s, &in, &got, NULL), "run failed");
    CHECK_MSG(got.ok == ok && got.skipped == skipped, "%zu ok, %zu skipped", got.ok, got.skipped);
}

static void test_depth(bool overlap)
{
    pipe_settings s = settings();
    io_inputs in = { .n = 0 };
    seen got = { .n = 0 };
    fake.overlap = overlap;
    s.depth = 16;
    add_pictures(&in, 20);
    CHECK_MSG(run(&s, &in, &got, NULL) && got.ok == 20, "%zu ok", got.ok);
    for (unsigned i = 0; i < 20; i++) {
        char path[512];
        unsigned w, h;
        picture_size(i, &w, &h);
        snprintf(path, sizeof path, "%s/out/p%03u.ppm", dir, i);
        FILE *f = fopen(path, "rb");
        unsigned fw = 0, fh = 0;
        bool ok = f && fscanf(f, "P6 %u %u 65535", &fw, &fh) == 2 && fgetc(f) == '\n' && fw == w && fh == h;
        for (unsigned k = 0; ok && k < w * h * 3; k++) {
            int v = picture_sample(i, k) ^ 255;
            ok = fgetc(f) == v && fgetc(f) == v;
        }
        CHECK_MSG(ok, "picture %u", i);
        if (f)
            fclose(f);
    }
}

/* Standard output gets the files one after another in the inputs' order. */
static void test_stdout(void)
{
    pipe_settings s = settings();
    io_inputs in = { .n = 0 };
    seen got = { .n = 0 };
    char path[400];
    s.target = (io_target){ IO_TO_STDOUT, "-" };
    s.to = IO_PNM;
    fake.delay_us = 200;
    add_pictures(&in, 80);
    picture_write(in.item[11].path, 11, 40, 40, 100);
    snprintf(path, sizeof path, "%s/out/all", dir);
    fflush(stdout);
    int kept = dup(STDOUT_FILENO);
    if (!freopen(path, "wb", stdout))
        abort();
    bool ok = run(&s, &in, &got, NULL);
    fflush(stdout);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    CHECK_MSG(ok && got.ok == 79, "%zu ok", got.ok);
    FILE *f = fopen(path, "rb");
    for (unsigned i = 0; i < 80; i++) {
        unsigned w, h, fw = 0, fh = 0;
        if (i == 11)
            continue;
        picture_size(i, &w, &h);
        bool same = fscanf(f, "P6 %u %u 255", &fw, &fh) == 2 && fgetc(f) == '\n' && fw == w && fh == h;
        for (unsigned k = 0; same && k < w * h * 3; k++)
            same = fgetc(f) == (picture_sample(i, k) ^ 255);
        CHECK_MSG(same, "picture %u is not the next on standard output", i);
        if (!same)
            break;
    }
    fclose(f);
}

/* A second picture that cannot be read ends the run before any input is begun. */
static void test_second_picture(void)
{
    static const flt_row row = { .name = "over", .param = { { .name = "file", .type = FLT_FILE } } };
    char path[400];
    pipe_settings s = settings();
    io_inputs in = { .n = 0 };
    add_pictures(&in, 5);
    for (int i = 0; i < 4; i++) {
        static const char *const names[] = { "missing.png", "in/p001.ppm", "short.ppm", "@base" };
        qn_error err = { 0 };
        seen got = { .n = 0 };
        snprintf(path, sizeof path, "%s/short.ppm", dir);
        picture_write(path, 1, 20, 20, 10);
        snprintf(path, sizeof path, "%s%s%s", i == 3 ? "" : dir, i == 3 ? "" : "/", names[i]);
        flt_stage stage = { .row = &row, .value = { { .text = path } }, .origin = "-f", .line = 1, .column = 12 };
        flt_chain with = { .stage = &stage, .n = 1 };
        s.chain = &with;
        s.exists = PIPE_EXISTS_OVERWRITE;
        bool ok = pipe_run(&s, &in, see, &got, NULL, NULL, &err);
        CHECK_MSG(ok == (i % 2 == 1), "%s: %s", path, err.text);
        CHECK_MSG(got.n == (ok ? 5 : 0), "%zu inputs begun", got.n);
        CHECK_MSG(ok || (err.code == QN_USAGE && strstr(err.text, "-f:1:12: over: ") && strstr(err.text, path)), "%s",
                  err.text);
    }
    io_inputs_free(&in);
}

/* Writes the report and the trace of one run for test_trace.py. */
#define BRANCHES 3

static bool branch_right(unsigned branch, unsigned i)
{
    char path[512];
    unsigned w, h;
    picture_size(i, &w, &h);
    snprintf(path, sizeof path, "%s/out/%u/p%03u.ppm", dir, branch, i);
    return picture_right(path, i, w, h);
}

/* Branches share what was decoded; what is wrong with one of them is its own affair. */
static void test_branches(bool sync, bool overlap, uint64_t memory, int fail_submit)
{
    enum { N = 100 };
    pipe_settings s = settings(), branch[BRANCHES];
    io_inputs in = { .n = 0 };
    seen got = { .n = 0 };
    char name[BRANCHES][400];
    s.sync = sync;
    s.memory = memory;
    fake.overlap = overlap;
    fake.delay_us = sync ? 0 : 200;
    fake.fail_submit = fail_submit;
    for (unsigned k = 0; k < BRANCHES; k++) {
        branch[k] = s;
        snprintf(name[k], sizeof name[k], "%s/out/%u/", dir, k);
        branch[k].target = (io_target){ IO_TO_DIR, name[k] };
    }
    s.branch = branch;
    s.n_branches = BRANCHES;
    add_pictures(&in, N);
    picture_write(in.item[7].path, 7, 40, 40, 100); /* ends early */
    unlink(in.item[20].path);
    for (unsigned k = 0; k < 2; k++) { /* an output that exists: of the first branch, of another */
        char there[3000];
        snprintf(there, sizeof there, "mkdir -p '%s' && touch '%sp%03u.ppm'", name[k], name[k], 40 + k);
        CHECK(system(there) == 0);
    }
    CHECK_MSG(run(&s, &in, &got, NULL), "run failed");
    CHECK_MSG(!memory || fake.peak <= memory + 8192, "%zu bytes held", (size_t)fake.peak);
    if (!memory) /* one for all branches */
        CHECK_EQ_INT(fake.uploads, N - 2);
    for (unsigned i = 0; i < N; i++)
        for (unsigned k = 0; k < BRANCHES; k++) {
            const size_t at = i * BRANCHES + k;
            const bool bad = i == 7 || i == 20 || (i == 40 && k == 0) || (i == 41 && k == 1);
            const bool ok = got.status[at] == PIPE_OK;
            CHECK_MSG(ok != bad || (!ok && got.error[at].code == QN_LIMIT && memory), "picture %u, branch %u: %s", i, k,
                      got.error[at].text);
            CHECK_MSG(branch_right(k, i) == ok, "picture %u, branch %u", i, k);
        }
}

/* A file of many pictures between files of one: each is told and written for itself, the last one ends early. */
static void test_several(bool sync, unsigned branches, uint64_t memory)
{
    enum { BEFORE = 3, MANY = 90 };
    pipe_settings s = settings(), branch[2];
    io_inputs in = { .n = 0 };
    seen got = { .in_order = true, .branches = branches };
    char path[600], command[2000], name[2][400];
    qn_error err = { 0 };
    s.sync = sync;
    s.memory = memory;
    fake.delay_us = sync ? 0 : 100;
    add_pictures(&in, BEFORE);
    add(&in, "many.ppm", true);
    for (unsigned i = 0; i < MANY; i++) {
        unsigned w, h;
        picture_size(i, &w, &h);
        snprintf(path, sizeof path, "%s/part", dir);
        picture_write(path, i, w, h, i + 1 == MANY);
        snprintf(command, sizeof command, "cat '%s' >> '%s'", path, in.item[BEFORE].path);
        CHECK(system(command) == 0);
    }
    add(&in, "missing.ppm", true);
    for (unsigned k = 0; k < 2; k++) {
        branch[k] = s;
        snprintf(name[k], sizeof name[k], "%s/out/%u/", dir, k);
        branch[k].target = (io_target){ IO_TO_DIR, name[k] };
    }
    s = branch[0];
    s.branch = branch;
    s.n_branches = branches > 1 ? branches : 0;
    CHECK_MSG(pipe_run(&s, &in, see, &got, NULL, NULL, &err), "%s", err.text);
    CHECK(got.in_order && got.n == (BEFORE + MANY + 1) * branches && got.failed == 2 * branches);
    CHECK(fake.blocks == 0 && fake.held == 0 && fake.in_flight == 0);
    for (unsigned i = 0; i < MANY * branches; i++) {
        unsigned w, h, part = i / branches;
        picture_size(part, &w, &h);
        snprintf(path, sizeof path, part ? "%smany-%u.ppm" : "%smany.ppm", name[i % branches], part + 1);
        CHECK_MSG(picture_right(path, part, w, h) == (part + 1 < MANY), "picture %u", part);
    }
    io_inputs_free(&in);
}

static void write_reports(const char *folder, bool sync)
{
    pipe_settings s = settings();
    io_inputs in = { .n = 0 };
    seen got = { .n = 0 };
    qn_error err = { 0 };
    qn_strbuf json = { 0 };
    char path[400];
    s.collect_times = s.trace = true;
    s.sync = sync;
    fake.delay_us = 200;
    add_pictures(&in, 60);
    pipe_stats *stats = pipe_stats_create();
    pipe_stats_set_version(stats, "1.2.3");
    CHECK_MSG(run(&s, &in, &got, stats) && got.ok == 60, "%zu ok", got.ok);
    pipe_stats_write_json(stats, &json);
    snprintf(path, sizeof path, "%s/stats-%s.json", folder, sync ? "sync" : "overlapped");
    FILE *f = fopen(path, "wb");
    fputs(sb_str(&json), f);
    fclose(f);
    snprintf(path, sizeof path, "%s/trace-%s.json", folder, sync ? "sync" : "overlapped");
    f = fopen(path, "wb");
    CHECK_MSG(pipe_trace_write(stats, fileno(f), &err), "%s", err.text);
    fclose(f);
    sb_free(&json);
    pipe_stats_free(&stats);
}

int main(int argc, char **argv)
{
    const char *base = getenv("TMPDIR");
    snprintf(dir, sizeof dir, "%s/quern-pipeline-XXXXXX", base && strlen(base) < 200 ? base : "/tmp");
    if (!mkdtemp(dir))
        return 1;
    if (argc > 2 && !strcmp(argv[1], "--reports")) {
        write_reports(argv[2], false);
        write_reports(argv[2], true);
    } else {
        for (int i = 0; i < 4; i++)
            test_all_right(i & 1, i & 2);
        test_errors_in_the_middle();
        for (int i = 0; i < 4; i++)
            test_memory(i & 1, i & 2);
        test_fail_fast(false);
        test_fail_fast(true);
        test_stop(false);
        test_stop(true);
        for (int i = 0; i < 8; i++)
            test_device(i & 1, i & 2, i & 4);
        test_build_fails();
        for (int i = 0; i < 24; i++)
            if (!(i & 4) || i / 8 < 2)
                test_spare(i & 1, i & 2, i & 4, i / 8);
        test_all_flows();
        test_names();
        test_skip_existing(PIPE_EXISTS_SKIP, 25, 25);
        test_skip_existing(PIPE_EXISTS_FAIL, 25, 0);
        test_skip_existing(PIPE_EXISTS_UPDATE, 25, 25);
        test_skip_existing(PIPE_EXISTS_OVERWRITE, 50, 0);
        test_depth(false);
        test_depth(true);
        test_stdout();
        test_second_picture();
        for (int i = 0; i < 8; i++)
            test_several(i & 1, i & 2 ? 2 : 1, i & 4 ? 300000 : 0);
        for (int i = 0; i < 8; i++)
            test_branches(i & 1, i & 2, i & 4 ? 150000 : 0, i & 4 ? 0 : 5);
    }
    char command[400];
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    return system(command) != 0 || check_summary();
}
