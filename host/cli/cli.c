#include "cli.h"

#include "options.h"
#include "run.h"
#include "signals.h"
#include "usage.h"

#include <unistd.h>

/* What needs the table of filters only; no device, no file. */
static int tell_about_itself(const cli_options *o, qn_error *err)
{
    qn_strbuf out = { 0 };
    bool ok = true;
    if (o->version)
        cli_version(&out);
    else if (o->list_filters && o->json)
        flt_list_json(&out);
    else if (o->list_filters)
        flt_list(&out);
    else if (o->help_topic)
        ok = cli_usage_filter(o->help_topic, &out, err);
    else
        cli_usage(&out);
    ok = ok && cli_print(&out, err);
    sb_free(&out);
    return ok ? CLI_DONE : err->code == QN_USAGE ? CLI_USAGE : CLI_FAILED;
}

static int run_options(cli_options *o, qn_log *log, qn_error *err)
{
    if (o->help || o->version || o->list_filters)
        return tell_about_itself(o, err);
    if (o->list_devices)
        return cli_list_devices(o->json, err);
    return cli_run(o, log, err);
}

int cli_main(int argc, char **argv)
{
    cli_options options;
    qn_error err = { 0 };
    cli_signals_begin();
    int code = CLI_USAGE;
    const bool parsed = cli_options_parse(&options, argc, argv, &err);
    const qn_level level = options.quiet ? QN_LOG_ERROR : options.verbose ? QN_LOG_VERBOSE : QN_LOG_NOTE;
    qn_log *log = qn_log_create(STDERR_FILENO, level);
    if (argc <= 1) {
        qn_strbuf usage = { 0 };
        qn_error ignored = { 0 };
        cli_usage_short(&usage);
        io_write_fd(STDERR_FILENO, sb_str(&usage), usage.len, &ignored);
        sb_free(&usage);
    } else if (parsed) {
        code = run_options(&options, log, &err);
    } else if (err.code != QN_USAGE) {
        code = CLI_FAILED;
    }
    if (err.code != QN_OK)
        qn_logf(log, QN_LOG_ERROR, "%s", err.text);
    qn_log_free(&log);
    cli_options_free(&options);
    return code;
}
