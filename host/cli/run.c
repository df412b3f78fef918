#include "run.h"

#include "cli.h"
#include "explain.h"
#include "inputs.h"
#include "masks.h"
#include "probe.h"
#include "report.h"
#include "self_test.h"
#include "settings.h"
#include "signals.h"
#include "stats.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What a run holds; freed in one place. */
typedef struct session {
    cli_options *o;
    qn_log *log;
    flt_chain chain[PIPE_MAX_BRANCHES];        /* one for each branch */
    pipe_settings settings[PIPE_MAX_BRANCHES]; /* the same */
    cli_inputs inputs;
    gpu_devices devices;
    const gpu_device *device;
    cli_report report;
    io_sequence *standard; /* standard input, where it is one of the inputs */
    pipe_stats *stats;
    pipe_summary sum;
} session;

static void session_free(session *s)
{
    pipe_stats_free(&s->stats);
    io_sequence_free(&s->standard);
    cli_report_free(&s->report);
    gpu_devices_free(&s->devices);
    cli_inputs_free(&s->inputs);
    for (size_t k = 0; k < cli_branches(s->o); k++)
        flt_chain_free(&s->chain[k]);
}

/* The exit code for an error of the whole run. */
static int code_of(const qn_error *err)
{
    const int signal_number = atomic_load(cli_signal_flag());
    if (err->code == QN_CANCELLED && signal_number)
        return CLI_BY_SIGNAL + signal_number;
    switch (err->code) {
    case QN_OK: return CLI_DONE;
    case QN_USAGE: return CLI_USAGE;
    case QN_NODEVICE: return CLI_NO_DEVICE;
    default: return CLI_FAILED;
    }
}

bool cli_print(const qn_strbuf *text, qn_error *err)
{
    if (!sb_ok(text))
        return qn_fail(err, QN_NOMEM, "out of memory");
    if (io_write_fd(STDOUT_FILENO, sb_str(text), text->len, err))
        return true;
    qn_error_prefix(err, "standard output");
    return false;
}

int cli_list_devices(bool json, qn_error *err)
{
    gpu_devices list = { 0 };
    qn_strbuf out = { 0 };
    bool ok = gpu_devices_list(&list, err);
    if (ok && json)
        gpu_devices_print_json(&list, &out);
    else if (ok)
        gpu_devices_print(&list, &out);
    ok = ok && cli_print(&out, err);
    sb_clear(&out);
    if (ok && list.n == 0) /* whoever chooses says what to install */
        (void)gpu_device_choose(&list, "auto", &out, err);
    sb_free(&out);
    gpu_devices_free(&list);
    return code_of(err);
}

static bool choose_device(session *s, qn_error *err)
{
    qn_strbuf note = { 0 };
    if (gpu_devices_list(&s->devices, err))
        s->device = gpu_device_choose(&s->devices, s->o->device, &note, err);
    if (note.len > 0)
        qn_logf(s->log, QN_LOG_NOTE, "%s", sb_str(&note));
    if (s->device)
        qn_logf(s->log, QN_LOG_VERBOSE, "device %u: %s (%s)", s->device->index, s->device->name,
                s->device->platform_name);
    sb_free(&note);
    return s->device != NULL;
}

/* ---- actions that process nothing ---- */

/* Without a usable device --explain tells what a CPU would do. */
static bool explain_class(session *s, flt_device_class *cls, qn_error *err)
{
    const char *forced = getenv("QUERN_DEVICE_CLASS");
    qn_error none = { 0 };
    if (!choose_device(s, &none) && none.code != QN_NODEVICE)
        return qn_fail(err, none.code, "%s", none.text);
    *cls = s->device && strcmp(s->device->type, "cpu") != 0 ? FLT_DEV_GPU : FLT_DEV_CPU;
    if (forced && (strcmp(forced, "cpu") == 0 || strcmp(forced, "gpu") == 0))
        *cls = forced[0] == 'c' ? FLT_DEV_CPU : FLT_DEV_GPU;
    return true;
}

static int tell_only(session *s, qn_error *err)
{
    qn_strbuf out = { 0 };
    flt_device_class cls = FLT_DEV_CPU;
    int code = CLI_DONE;
    const bool explain = !s->o->dry_run, ready = !explain || explain_class(s, &cls, err);
    for (size_t k = 0; k < cli_branches(s->o) && ready; k++) {
        cli_options one;
        cli_branch_options(s->o, k, &one);
        if (explain && s->o->n_branches)
            sb_addf(&out, "%sbranch %zu, -o %s\n", k ? "\n" : "", k + 1, one.output);
        const int this = explain ? cli_explain(&one, &s->chain[k], &s->inputs.list, cls, s->log, &out)
                                 : cli_dry_run(&one, &s->chain[k], &s->inputs.list, s->log, &out);
        code = this != CLI_DONE ? this : code;
    }
    if (err->code == QN_OK)
        cli_print(&out, err);
    sb_free(&out);
    return err->code != QN_OK ? code_of(err) : s->inputs.list.failures && code == CLI_DONE ? CLI_FAILED : code;
}

static int self_test(session *s, qn_error *err)
{
    const bool same = choose_device(s, err) && cli_self_test(s->device, s->log, err);
    return err->code != QN_OK ? code_of(err) : same ? CLI_DONE : CLI_FAILED;
}

/* ---- the run ---- */

static bool write_stats(session *s, qn_error *err)
{
    const char *path = s->o->stats;
    const io_write_options options = { .replace = true, .sync = IO_SYNC_NEVER };
    qn_strbuf out = { 0 };
    if (!path)
        return true;
    pipe_stats_write_json(s->stats, &out);
    bool ok = sb_ok(&out) || qn_fail(err, QN_NOMEM, "out of memory");
    if (ok)
        ok = strcmp(path, "-") == 0 ? cli_print(&out, err) : io_write_file(path, sb_str(&out), out.len, &options, err);
    if (!ok)
        qn_error_prefix(err, "--stats %s", path);
    sb_free(&out);
    return ok;
}

static bool write_trace(session *s, qn_error *err)
{
    const char *path = s->o->trace;
    if (!path)
        return true;
    const bool standard = strcmp(path, "-") == 0;
    int fd = standard ? STDOUT_FILENO : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    bool ok = fd >= 0 || qn_fail(err, QN_IO, "%s", strerror(errno));
    ok = ok && pipe_trace_write(s->stats, fd, err);
    if (fd >= 0 && !standard && close(fd) != 0 && ok)
        ok = qn_fail(err, QN_IO, "%s", strerror(errno));
    if (!ok)
        qn_error_prefix(err, "--trace %s", path);
    return ok;
}

/* Reports that cannot be written are told, and the run counts as failed; the pictures are there. */
static bool write_reports(session *s)
{
    qn_error stats = { 0 }, trace = { 0 };
    if (!write_stats(s, &stats))
        qn_logf(s->log, QN_LOG_ERROR, "%s", stats.text);
    if (!write_trace(s, &trace))
        qn_logf(s->log, QN_LOG_ERROR, "%s", trace.text);
    return stats.code == QN_OK && trace.code == QN_OK;
}

/* Opened before OpenCL is, so that what it holds can be refused without. */
static bool open_standard(session *s, qn_error *err)
{
    const io_inputs *list = &s->inputs.list;
    for (size_t i = 0; i < list->n && !s->standard; i++) {
        if (strcmp(list->item[i].path, "-") != 0)
            continue;
        s->standard = io_sequence_open(STDIN_FILENO, &s->o->run.limits, cli_signal_flag(), err);
        if (!s->standard)
            return false;
    }
    return true;
}

static bool run_pictures(session *s, qn_error *err)
{
    pipe_settings *run = &s->o->run;
    if (!open_standard(s, err))
        return false;
    if (!cli_all_refused(s->o, &s->inputs.list, s->standard) && !choose_device(s, err))
        return false;
    run->chain = &s->chain[0];
    run->device = s->device;
    run->devices = &s->devices;
    run->standard = s->standard;
    run->stop = cli_signal_flag();
    run->log = s->log;
    for (size_t k = 0; k < s->o->n_branches; k++) {
        cli_options one;
        cli_branch_options(s->o, k, &one);
        s->settings[k] = one.run;
        s->settings[k].chain = &s->chain[k];
    }
    if (s->o->n_branches) {
        *run = s->settings[0];
        run->branch = s->settings;
        run->n_branches = s->o->n_branches;
    }
    if (run->collect_times) {
        s->stats = pipe_stats_create();
        if (!s->stats)
            return qn_fail(err, QN_NOMEM, "out of memory");
        pipe_stats_set_version(s->stats, QUERN_VERSION);
    }
    return pipe_run(run, &s->inputs.list, cli_report_result, &s->report, &s->sum, s->stats, err);
}

static int process(session *s, qn_error *err)
{
    const io_inputs *list = &s->inputs.list;
    if (!cli_report_begin(&s->report, s->log, s->o->json, list->n, err))
        return code_of(err);
    cli_report_unreached(&s->report, list);
    const bool ok = list->n == 0 || run_pictures(s, err);
    if (!ok && !s->device && err->code == QN_NODEVICE)
        return code_of(err);
    const bool reports = !s->stats || write_reports(s);
    size_t empty = 0;
    if (ok)
        empty = cli_report_empty(&s->report, &s->inputs);
    s->sum.skipped += list->skipped;
    s->sum.failed += list->failures;
    if (ok || err->code == QN_CANCELLED) {
        qn_strbuf line = { 0 };
        cli_report_summary(&s->sum, s->device, &line);
        qn_log_line(s->log, QN_LOG_NOTE, sb_str(&line));
        sb_free(&line);
    }
    if (!ok)
        return code_of(err);
    return s->sum.failed || s->sum.damaged || empty || !reports || s->report.stdout_failed ? CLI_FAILED : CLI_DONE;
}

int cli_run(cli_options *o, qn_log *log, qn_error *err)
{
    session s = { .o = o, .log = log };
    int code = CLI_USAGE;
    bool chains = cli_settings_check(o, err);
    for (size_t k = 0; k < cli_branches(o) && chains; k++)
        chains = cli_chain_build(o, k, &s.chain[k], err);
    if (!chains)
        code = code_of(err);
    else if (o->self_test)
        code = self_test(&s, err);
    else if (!cli_inputs_collect(&s.inputs, o, err) || (!o->explain && !cli_inputs_check(&s.inputs, o, err)))
        code = code_of(err);
    else if (!o->explain && !cli_masks_check(o, s.chain, &s.inputs.list, err))
        code = code_of(err);
    else if (atomic_load(cli_signal_flag()))
        code = CLI_BY_SIGNAL + atomic_load(cli_signal_flag());
    else if (o->explain || o->dry_run) {
        for (size_t i = 0; i < s.inputs.list.failures; i++)
            qn_logf(log, QN_LOG_ERROR, "%s: %s", s.inputs.list.failure_path[i], s.inputs.list.failure[i].text);
        code = tell_only(&s, err);
    } else
        code = process(&s, err);
    session_free(&s);
    return code;
}
