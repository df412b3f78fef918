#include "runs.h"

#include "check.h"
#include "fake_device.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char dir[256];

void see(void *user, const pipe_result *r)
{
    seen *s = user;
    const size_t at = r->ordinal * s->branches + r->branch;
    if (at != s->n)
        s->in_order = false;
    s->status[at] = r->status;
    s->error[at] = r->error;
    s->n++;
    s->ok += r->status == PIPE_OK;
    s->skipped += r->status == PIPE_SKIPPED;
    s->failed += r->status == PIPE_FAILED;
    if (s->stop && s->n == s->stop_after)
        atomic_store(s->stop, 15);
}

void add(io_inputs *in, const char *name, bool named)
{
    in->item = realloc(in->item, (in->n + 1) * sizeof *in->item);
    char path[512];
    snprintf(path, sizeof path, "%s/in/%s", dir, name);
    in->item[in->n++] = (io_input){ strdup(path), strdup(name), named };
    in->cap = in->n;
}

void add_pictures(io_inputs *in, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        char name[64];
        unsigned w, h;
        snprintf(name, sizeof name, "p%03u.ppm", i);
        picture_size(i, &w, &h);
        add(in, name, true);
        picture_write(in->item[in->n - 1].path, i, w, h, 0);
    }
}

bool output_right(unsigned i)
{
    char path[512];
    unsigned w, h;
    picture_size(i, &w, &h);
    snprintf(path, sizeof path, "%s/out/p%03u.ppm", dir, i);
    return picture_right(path, i, w, h);
}

bool output_exists(unsigned i)
{
    char path[512];
    snprintf(path, sizeof path, "%s/out/p%03u.ppm", dir, i);
    return access(path, F_OK) == 0;
}

static char target[300];
const gpu_device device = { .name = "fake \"cpu\"", .platform_name = "C", .driver = "1", .type = "cpu" };
const flt_chain chain = { .n = 0 };

pipe_settings settings(void)
{
    char command[1200];
    fake = (fake_device){ .slots = 0 };
    snprintf(command, sizeof command, "rm -rf '%s/in' '%s/out' && mkdir '%s/in' '%s/out'", dir, dir, dir, dir);
    if (system(command) != 0)
        abort();
    snprintf(target, sizeof target, "%s/out/", dir);
    return (pipe_settings){ .chain = &chain,
                            .fuse = true,
                            .device = &device,
                            .decode_threads = 3,
                            .encode_threads = 3,
                            .meta = IO_META_ALL,
                            .target = { IO_TO_DIR, target },
                            .encode = { .quality = 90, .compression = -1 } };
}

bool run(const pipe_settings *s, io_inputs *in, seen *out, pipe_stats *stats)
{
    qn_error err = { 0 };
    pipe_summary sum;
    const size_t branches = s->n_branches ? s->n_branches : 1;
    *out = (seen){ .in_order = true, .branches = branches, .stop = out->stop, .stop_after = out->stop_after };
    bool ok = pipe_run(s, in, see, out, &sum, stats, &err);
    CHECK_MSG(ok || err.code != QN_OK, "a failure without a reason");
    CHECK_MSG(out->n == in->n * branches, "%zu of %zu reported", out->n, in->n * branches);
    CHECK_MSG(out->in_order, "reports out of order");
    CHECK_MSG(sum.ok == out->ok && sum.skipped == out->skipped && sum.failed == out->failed, "sums differ");
    CHECK_MSG(fake.blocks == 0 && fake.held == 0, "%d blocks left", (int)fake.blocks);
    CHECK_MSG(fake.in_flight == 0, "%d pictures in flight at the end", fake.in_flight);
    io_inputs_free(in);
    *in = (io_inputs){ .n = 0 };
    return ok;
}
