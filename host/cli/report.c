#include "report.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool cli_report_begin(cli_report *r, qn_log *log, bool json, size_t inputs, qn_error *err)
{
    *r = (cli_report){ .log = log, .json = json, .n = inputs };
    r->picture = calloc(inputs + 1, sizeof *r->picture);
    return r->picture || qn_fail(err, QN_NOMEM, "out of memory for the report");
}

void cli_report_free(cli_report *r)
{
    if (!r)
        return;
    free(r->picture);
    r->picture = NULL;
    sb_free(&r->line);
}

/* One write for a line, so that a reader never sees half of one. */
static void write_line(cli_report *r)
{
    qn_error err = { 0 };
    if (r->stdout_failed || !sb_ok(&r->line) || io_write_fd(STDOUT_FILENO, sb_str(&r->line), r->line.len, &err))
        return;
    r->stdout_failed = true;
    qn_logf(r->log, QN_LOG_ERROR, "standard output: %s", err.text);
}

static void add_text(qn_strbuf *out, const char *key, const char *text)
{
    sb_addf(out, ",\"%s\":", key);
    if (text)
        sb_add_json(out, text);
    else
        sb_add(out, "null");
}

static void add_milliseconds(qn_strbuf *out, const pipe_result *p)
{
    const struct {
        const char *name;
        double ms;
    } stage[] = { { "read", p->read_ms },
                  { "decode", p->decode_ms },
                  { "device", p->device_ms },
                  { "encode", p->encode_ms },
                  { "write", p->write_ms } };
    sb_add(out, ",\"milliseconds\":{");
    for (size_t i = 0; i < sizeof stage / sizeof stage[0]; i++) {
        sb_addf(out, "%s\"%s\":", i ? "," : "", stage[i].name);
        sb_addf(out, "%.3f", stage[i].ms);
    }
    sb_addc(out, '}');
}

static void write_json(cli_report *r, const pipe_result *p)
{
    static const char *const status[] = { [PIPE_OK] = "ok", [PIPE_SKIPPED] = "skipped", [PIPE_FAILED] = "failed" };
    qn_strbuf *out = &r->line;
    const bool failed = p->status != PIPE_OK;
    sb_clear(out);
    sb_add(out, "{\"input\":");
    sb_add_json(out, p->input);
    add_text(out, "output", p->output);
    sb_addf(out, ",\"status\":\"%s\"", p->status == PIPE_OK && p->damaged ? "damaged" : status[p->status]);
    add_text(out, "error", failed ? p->error.text : NULL);
    add_text(out, "error_kind", failed ? qn_code_name(p->error.code) : NULL);
    sb_addf(out, ",\"damaged\":%s", p->damaged ? "true" : "false");
    sb_addf(out, ",\"width\":%u,\"height\":%u,\"output_width\":%u,\"output_height\":%u", p->width, p->height,
            p->out_width, p->out_height);
    add_milliseconds(out, p);
    sb_add(out, "}\n");
    write_line(r);
}

void cli_report_result(void *user, const pipe_result *p)
{
    cli_report *r = user;
    if (p->index < r->n)
        r->picture[p->index] = p->status != PIPE_SKIPPED || p->error.code != QN_INPUT;
    if (p->status == PIPE_FAILED)
        qn_logf(r->log, QN_LOG_ERROR, "%s: %s", p->input, p->error.text);
    else if (p->status == PIPE_SKIPPED)
        qn_logf(r->log, QN_LOG_VERBOSE, "%s: skipped: %s", p->input, p->error.text);
    else if (p->damaged)
        qn_logf(r->log, QN_LOG_WARN, "%s: is damaged; what could be read of it was kept", p->input);
    if (p->status == PIPE_OK)
        qn_logf(r->log, QN_LOG_VERBOSE, "%s -> %s (%ux%u)", p->input, p->output ? p->output : "-", p->out_width,
                p->out_height);
    if (r->json)
        write_json(r, p);
}

void cli_report_unreached(cli_report *r, const io_inputs *list)
{
    for (size_t i = 0; i < list->failures; i++) {
        const pipe_result p = {
            .index = r->n, .input = list->failure_path[i], .status = PIPE_FAILED, .error = list->failure[i]
        };
        cli_report_result(r, &p);
    }
}

size_t cli_report_empty(cli_report *r, const cli_inputs *inputs)
{
    size_t empty = 0;
    for (size_t d = 0; d < inputs->n_directories; d++) {
        bool any = false;
        for (size_t i = inputs->directory[d].first; i < inputs->directory[d].end; i++)
            any |= r->picture[i];
        if (any)
            continue;
        qn_logf(r->log, QN_LOG_ERROR, "%s: no PNG, JPEG or PNM pictures in it", inputs->directory[d].name);
        empty++;
    }
    return empty;
}

/* Three digits that mean something: 136, 13.6, 1.36. */
static void add_short(qn_strbuf *out, double v)
{
    sb_addf(out, v >= 99.95 ? "%.0f" : v >= 9.995 ? "%.1f" : "%.2f", v);
}

static const char *device_name(const gpu_device *device)
{
    return strcmp(device->platform_name, "Portable Computing Language") == 0 ? "PoCL" : device->name;
}

void cli_report_summary(const pipe_summary *sum, const gpu_device *device, qn_strbuf *out)
{
    sb_addf(out, "%zu ok, %zu skipped, %zu failed", sum->ok, sum->skipped, sum->failed);
    if (sum->damaged)
        sb_addf(out, ", %zu damaged", sum->damaged);
    if (!device)
        return;
    const double megapixels = (double)sum->pixels / 1e6;
    sb_add(out, " · ");
    add_short(out, megapixels);
    sb_add(out, " MP in ");
    add_short(out, sum->wall_s);
    sb_add(out, " s (");
    add_short(out, sum->wall_s > 0 ? megapixels / sum->wall_s : 0);
    sb_addf(out, " MP/s) · %s %s · device busy %.0f %%", device_name(device), device->type, 100 * sum->device_busy);
}
