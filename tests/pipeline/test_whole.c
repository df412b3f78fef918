/* The pipeline with everything real below it, on whatever OpenCL device there is: the same bytes however the work is
 * spread over threads and slots, and however little memory it may take. Without a device it says so and is skipped
 * (77). */
#include "chain.h"
#include "check.h"
#include "codec.h"
#include "stats.h"

#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#define PICTURES 40
#define SKIPPED  77

static char dir[256];

typedef struct outcome {
    size_t ok, failed;
    qn_error error;
} outcome;

static void see(void *user, const pipe_result *r)
{
    outcome *o = user;
    o->ok += r->status == PIPE_OK;
    o->failed += r->status == PIPE_FAILED;
    if (r->status == PIPE_FAILED && o->error.code == QN_OK)
        o->error = r->error;
}

/* Gray, gray with alpha, RGB and RGBA in 8 and 16 bits, as PNG, PAM and JPEG, of many sizes. */
static void make_pictures(io_inputs *in)
{
    static uint8_t pixels[300 * 8 * 200];
    uint32_t random = 1;
    for (size_t i = 0; i < sizeof pixels; i++) {
        random = random * 1664525u + 1013904223u;
        pixels[i] = (uint8_t)(random >> 24);
    }
    in->item = calloc(PICTURES, sizeof *in->item);
    for (unsigned i = 0; i < PICTURES; i++) {
        static const io_type types[] = { IO_PNG, IO_PAM, IO_JPEG };
        qn_image image = { .width = 1 + i * 61 % 300,
                           .height = 1 + i * 47 % 200,
                           .format = { .channels = (uint8_t)(1 + i % 4), .depth = i & 4 ? 16 : 8 } };
        io_encode_options options = { .type = types[i % 3], .quality = 90, .compression = -1 };
        qn_format to;
        if (!io_can_hold(options.type, 0, image.format, &to))
            image.format = to;
        image.plane[0] = (qn_plane){ pixels, image.width * qn_pixel_bytes(image.format) };
        qn_bytes file = { 0 };
        qn_error err = { 0 };
        char path[400], rel[40];
        io_write_options how = { .make_dirs = true, .sync = IO_SYNC_NEVER };
        snprintf(rel, sizeof rel, "p%02u.%s", i, i % 3 == 0 ? "png" : i % 3 == 1 ? "pam" : "jpg");
        snprintf(path, sizeof path, "%s/in/%s", dir, rel);
        CHECK_MSG(io_encode(&image, NULL, &options, &file, &err) &&
                      io_write_file(path, file.data, file.len, &how, &err),
                  "%s", err.text);
        qn_bytes_free(&file);
        in->item[in->n++] = (io_input){ strdup(path), strdup(rel), true };
    }
    in->cap = in->n;
}

static bool same_file(const char *a, const char *b)
{
    qn_bytes x = { 0 }, y = { 0 };
    bool same = io_read_file(a, &x, NULL, NULL) && io_read_file(b, &y, NULL, NULL) && x.len == y.len && x.len > 0 &&
                !memcmp(x.data, y.data, x.len);
    qn_bytes_free(&x);
    qn_bytes_free(&y);
    return same;
}

/* One run into out<number>; all but the first are held against the first. */
static void run(pipe_settings s, const io_inputs *in, const char *what, unsigned number)
{
    char target[300], a[400], b[400];
    outcome got = { .ok = 0 };
    pipe_summary sum;
    qn_error err = { 0 };
    snprintf(target, sizeof target, "%s/out%u/", dir, number);
    s.target = (io_target){ IO_TO_DIR, target };
    CHECK_MSG(pipe_run(&s, in, see, &got, &sum, NULL, &err), "%s: %s", what, err.text);
    CHECK_MSG(got.ok == in->n && sum.ok == in->n, "%s: %zu ok: %s", what, got.ok, got.error.text);
    for (size_t i = 0; number && i < in->n; i++) {
        snprintf(a, sizeof a, "%s/out0/%s", dir, in->item[i].rel);
        snprintf(b, sizeof b, "%s%s", target, in->item[i].rel);
        CHECK_MSG(same_file(a, b), "%s: %s differs", what, in->item[i].rel);
    }
}

static void run_all(const gpu_device *device, const char *text, const io_inputs *in)
{
    flt_chain chain = { .n = 0 };
    qn_error err = { 0 };
    CHECK_MSG(flt_chain_parse(&chain, text, "-f", &err), "%s", err.text);
    pipe_settings s = { .chain = &chain,
                        .fuse = true,
                        .device = device,
                        .meta = IO_META_ALL,
                        .sync = true,
                        .exists = PIPE_EXISTS_OVERWRITE,
                        .fsync = IO_SYNC_NEVER,
                        .encode = { .quality = 90, .compression = -1 } };
    run(s, in, "--sync", 0);
    s.sync = false;
    run(s, in, "as it comes", 1);
    s.decode_threads = 5;
    s.encode_threads = 1;
    s.slots = 4;
    run(s, in, "5:1 threads, 4 slots", 2);
    s.slots = 1;
    s.memory = 2000000;
    run(s, in, "--mem 2M", 3);
    flt_chain_free(&chain);
}

int main(void)
{
    gpu_devices list;
    qn_error err = { 0 };
    const char *base = getenv("TMPDIR");
    if (!gpu_devices_list(&list, &err))
        return 1;
    const gpu_device *device = gpu_device_choose(&list, "auto", NULL, &err);
    if (!device) {
        printf("skipped: %s\n", err.text);
        gpu_devices_free(&list);
        return SKIPPED;
    }
    snprintf(dir, sizeof dir, "%s/quern-whole-XXXXXX", base && strlen(base) < 200 ? base : "/tmp");
    if (!mkdtemp(dir))
        return 1;
    setenv("XDG_CACHE_HOME", dir, 1); /* nothing of an earlier run's programs, nothing left behind */
    io_inputs in = { .n = 0 };
    make_pictures(&in);
    char over[800]; /* p00 is gray, p07 RGBA of 16 bits */
    snprintf(over, sizeof over, "gaussian 1 | over %s/in/p00.png | over %s/in/p07.pam opacity=50%%", dir, dir);
    run_all(device, "gaussian 1.5", &in);
    run_all(device, over, &in);
    io_inputs_free(&in);
    gpu_devices_free(&list);
    char command[400];
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    return system(command) != 0 || check_summary();
}
