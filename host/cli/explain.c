#include "explain.h"

#include "cli.h"
#include "probe.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- --explain ---- */

static void add_kind(qn_strbuf *out, const cli_probe *p)
{
    static const char *const layout[] = { "", "gray", "gray+alpha", "RGB", "RGBA" };
    sb_addf(out, "\n%s, %s, %ux%u", layout[p->input.format.channels], qn_depth_name(p->input.format.depth),
            p->info.width, p->info.height);
    if (p->input.orientation > 1)
        sb_addf(out, ", orientation %d", p->input.orientation);
}

/* Of host memory, that such a picture takes: its pixels, its result where that is no smaller, the decoder's own. */
static unsigned long long megabytes(const cli_probe *p, const flt_sized *sized)
{
    const uint64_t in = sized->extent[0].bytes, out = sized->extent[1].bytes;
    const uint64_t pixels = !sized->output_may_overlap_input ? in + out : in > out ? in : out;
    return (pixels + p->info.decoder_bytes + 999999) / 1000000;
}

static bool explain_kind(const cli_options *o, const flt_chain *chain, const cli_probe *probe, const char *name,
                         flt_device_class device, qn_strbuf *out, qn_error *err)
{
    const flt_options options = { .device = device, .fuse = o->run.fuse, .linear = o->run.linear };
    flt_sized sized = { 0 };
    flt_plan *plan = flt_plan_create(chain, &probe->input, &options, err);
    const flt_banding banding = pipe_banding(o->run.band_rows, device);
    bool ok = plan && cli_probe_size(plan, probe, o, &sized, err) && flt_plan_band(plan, &banding, &sized, err);
    if (ok) {
        add_kind(out, probe);
        if (name) {
            sb_add(out, ", such as ");
            sb_add_visible(out, name);
        }
        sb_addf(out, " -> %ux%u\n", sized.out_width, sized.out_height);
        if (probe->info.whole_picture)
            sb_addf(out, "%s: decoded whole, since it does not hold its rows in order: %llu MB that count for --mem\n",
                    probe->info.type == IO_PNG ? "interlaced" : "progressive", megabytes(probe, &sized));
        flt_plan_explain(plan, &sized, out);
        if (o->verbose)
            sb_addf(out, "\n%s\n", plan->text);
    }
    flt_sized_free(&sized);
    flt_plan_free(&plan);
    return ok;
}

static bool same_kind(const flt_input *a, const flt_input *b)
{
    return a->format.channels == b->format.channels && a->format.depth == b->format.depth &&
           a->format.layout == b->format.layout && a->orientation == b->orientation;
}

/* A kind is explained once, with the first picture of it. */
static bool is_new(flt_input *seen, size_t *n, size_t room, const flt_input *input)
{
    for (size_t i = 0; i < *n; i++) {
        if (same_kind(&seen[i], input))
            return false;
    }
    if (*n < room)
        seen[(*n)++] = *input;
    return true;
}

int cli_explain(const cli_options *o, const flt_chain *chain, const io_inputs *list, flt_device_class device,
                qn_log *log, qn_strbuf *out)
{
    enum { KINDS = 96 /* 4 channel counts, 3 depths, 8 orientations */ };
    flt_input seen[KINDS];
    size_t n_seen = 0, explained = 0;
    int code = CLI_DONE;
    flt_chain_print(chain, out);
    sb_addf(out, "\nfor a %s\n", device == FLT_DEV_CPU ? "CPU" : "GPU");
    for (size_t i = 0; i < list->n; i++) {
        const io_input *input = &list->item[i];
        cli_probe probe;
        bool picture = false;
        qn_error err = { 0 };
        if (strcmp(input->path, "-") == 0)
            continue;
        bool ok = cli_probe_file(input->path, o, &probe, &picture, &err);
        if (!ok && !picture && !input->named)
            continue;
        if (ok && !is_new(seen, &n_seen, KINDS, &probe.input))
            continue;
        explained++;
        if (ok && explain_kind(o, chain, &probe, input->path, device, out, &err))
            continue;
        qn_logf(log, QN_LOG_ERROR, "%s: %s", input->path, err.text);
        code = CLI_FAILED;
    }
    if (explained == 0) {
        const qn_format rgb = { .channels = 3, .depth = 8, .layout = QN_INTERLEAVED };
        const cli_probe probe = { .info = { .width = 4000, .height = 3000, .format = rgb },
                                  .input = { .format = rgb, .orientation = 1 } };
        qn_error err = { 0 };
        if (!explain_kind(o, chain, &probe, NULL, device, out, &err)) {
            qn_logf(log, QN_LOG_ERROR, "%s", err.text);
            code = err.code == QN_USAGE ? CLI_USAGE : CLI_FAILED;
        }
    }
    return code;
}

/* ---- --dry-run ---- */

static const char *extension_for(const cli_options *o, const cli_probe *probe, qn_format result)
{
    const io_type type = o->run.to != IO_NONE ? o->run.to : probe->info.type;
    if (type == IO_PNM && o->run.to_pnm_kind == 0)
        return result.channels <= 2 ? "pgm" : "ppm";
    return cli_extension(type, o->run.to_pnm_kind);
}

/* The output's name, as the run would choose it. */
static bool name_output(const cli_options *o, const flt_chain *chain, const io_inputs *list, size_t index,
                        const cli_probe *probe, qn_strbuf *name, qn_error *err)
{
    const flt_options options = { .device = FLT_DEV_CPU, .fuse = true, .linear = o->run.linear };
    flt_sized sized = { 0 };
    bool needs_size = false;
    flt_plan *plan = flt_plan_create(chain, &probe->input, &options, err);
    bool ok = plan && cli_probe_size(plan, probe, o, &sized, err);
    if (ok) {
        const io_name_parts parts = { .input = &list->item[index],
                                      .index = index + 1,
                                      .ext = extension_for(o, probe, plan->output),
                                      .w = sized.out_width,
                                      .h = sized.out_height };
        ok = io_target_name(&o->run.target, &parts, name, &needs_size, err);
    }
    flt_sized_free(&sized);
    flt_plan_free(&plan);
    return ok;
}

/* What would become of an output that is there already; NULL: nothing is. */
static const char *existing(const cli_options *o, const char *path, bool *fails)
{
    struct stat st;
    if (o->in_place || strcmp(path, "-") == 0 || stat(path, &st) != 0)
        return NULL;
    switch (o->run.exists) {
    case PIPE_EXISTS_FAIL: *fails = true; return "fails, exists already";
    case PIPE_EXISTS_OVERWRITE: return "replaced";
    case PIPE_EXISTS_SKIP: return "skipped, exists already";
    case PIPE_EXISTS_UPDATE: return "replaced if older than the input";
    }
    return NULL;
}

int cli_dry_run(const cli_options *o, const flt_chain *chain, const io_inputs *list, qn_log *log, qn_strbuf *out)
{
    qn_strbuf name = { 0 };
    int code = CLI_DONE;
    for (size_t i = 0; i < list->n; i++) {
        const io_input *input = &list->item[i];
        cli_probe probe;
        bool picture = true, fails = false;
        qn_error err = { 0 };
        if (strcmp(input->path, "-") == 0) {
            sb_addf(out, "- -> %s\n", o->output);
            continue;
        }
        const bool ok = cli_probe_file(input->path, o, &probe, &picture, &err) &&
                        name_output(o, chain, list, i, &probe, &name, &err);
        if (!ok && (picture || input->named)) {
            qn_logf(log, QN_LOG_ERROR, "%s: %s", input->path, err.text);
            code = CLI_FAILED;
            continue;
        }
        sb_add_visible(out, input->path);
        if (!ok) {
            sb_add(out, ": skipped, not a picture\n");
            continue;
        }
        const char *note = existing(o, sb_str(&name), &fails);
        sb_add(out, " -> ");
        sb_add_visible(out, sb_str(&name));
        sb_addf(out, note ? " (%s)\n" : "\n", note);
        code = fails ? CLI_FAILED : code;
    }
    sb_free(&name);
    return code;
}
