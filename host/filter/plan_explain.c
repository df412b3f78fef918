/* What --explain prints of a plan. */
#include "codegen.h"

#include <stdio.h>

static void add_bytes(qn_strbuf *out, uint64_t bytes)
{
    if (bytes < 10000)
        sb_addf(out, "%llu B", (unsigned long long)bytes);
    else if (bytes < 10000000)
        sb_addf(out, "%llu kB", (unsigned long long)((bytes + 500) / 1000));
    else
        sb_addf(out, "%llu.%llu MB", (unsigned long long)(bytes / 1000000), (unsigned long long)(bytes / 100000 % 10));
}

static void add_surface(qn_strbuf *out, const flt_plan *p, unsigned i, const flt_sized *sized)
{
    static const char *const storage[] = { "u8", "u16", "f32", "u32" };
    static const char *const role[] = { "picture", "result", "temporary", "second picture" };
    const flt_surface *s = &p->surface[i];
    if (s->role == FLT_ROLE_TEMP)
        sb_addf(out, "t%u", i);
    else
        sb_add(out, role[s->role]);
    if (s->channels == 1 && sized && sized->extent[i].height == 1 && s->role == FLT_ROLE_TEMP)
        sb_addf(out, " (table of %u)", sized->extent[i].width);
    else if (sized)
        sb_addf(out, " (%ux%u %ux %s%s)", sized->extent[i].width, sized->extent[i].height, s->channels,
                storage[s->storage], sized->extent[i].rows < sized->extent[i].height ? ", a ring of rows" : "");
    else
        sb_addf(out, " (%ux %s)", s->channels, storage[s->storage]);
}

static void add_held(qn_strbuf *out, const flt_plan *p, const flt_sized *sized)
{
    unsigned n = 0;
    for (unsigned i = 0; i < p->n_surfaces; i++) {
        if (!flt_out_of_order(p, sized, i))
            continue;
        sb_add(out, n++ ? ", " : "not read in order, so held whole: ");
        add_surface(out, p, i, NULL);
        sb_add(out, " of ");
        add_bytes(out, (uint64_t)sized->extent[i].stride * sized->extent[i].height);
    }
    if (n)
        sb_addf(out, "; %s\n",
                p->recipe->device == FLT_DEV_CPU
                    ? "in a temporary file where --mem, or a quarter of the memory, is less"
                    : "the device must have room for that");
}

void flt_plan_explain(const flt_plan *p, const flt_sized *sized, qn_strbuf *out)
{
    uint64_t read = 0, written = 0;
    for (size_t i = 0; i < p->n_passes; i++) {
        const flt_pass *pass = &p->pass[i];
        if (sb_str(&pass->note)[0])
            sb_addf(out, "    -- a new pass: %s\n", sb_str(&pass->note));
        sb_addf(out, "pass %zu  %s\n    ", i + 1, pass->name);
        for (unsigned k = 0; k < pass->n_buffers; k++) {
            sb_add(out, k == 0 ? "" : k + 1 == pass->n_buffers ? " -> " : ", ");
            add_surface(out, p, pass->buffer[k], sized);
        }
        if (sized) {
            sb_add(out, "\n    reads ");
            add_bytes(out, sized->launch[i].bytes_read);
            sb_add(out, ", writes ");
            add_bytes(out, sized->launch[i].bytes_written);
            read += sized->launch[i].bytes_read;
            written += sized->launch[i].bytes_written;
        }
        sb_add(out, "\n");
    }
    if (sized && sized->n_bands > 1) {
        size_t bytes = 0;
        for (size_t i = 0; i < sized->n_pools; i++)
            bytes += sized->pool_bytes[i];
        sb_addf(out, "%zu bands of the result; temporaries take ", sized->n_bands);
        add_bytes(out, bytes);
        sb_add(out, "\n");
    }
    if (sized)
        add_held(out, p, sized);
    sb_addf(out, "%zu pass%s", p->n_passes, p->n_passes == 1 ? "" : "es");
    if (sized) {
        sb_add(out, ", reads ");
        add_bytes(out, read);
        sb_add(out, ", writes ");
        add_bytes(out, written);
    }
    sb_addf(out, "; result %s, %s\n", (const char *[]){ "", "gray", "gray+alpha", "RGB", "RGBA" }[p->output.channels],
            qn_depth_name(p->output.depth));
}
