#include "usage.h"

#include "options.h"

#include <string.h>

enum { HELP_COLUMN = 30 };

void cli_usage_short(qn_strbuf *out)
{
    sb_add(out, "usage: quern -f CHAIN [options] INPUT... -o OUTPUT\n"
                "       quern --help shows all options, quern --list-filters the filters\n");
}

static void add_option(const cli_option *option, qn_strbuf *out)
{
    const size_t begin = out->len;
    if (option->short_name)
        sb_addf(out, "  -%c%s", option->short_name, option->name ? ", " : "");
    else
        sb_add(out, "      ");
    if (option->name)
        sb_addf(out, "--%s", option->name);
    if (option->value)
        sb_addf(out, " %s", option->value);
    size_t width = out->len - begin;
    if (width + 2 > HELP_COLUMN) {
        sb_addc(out, '\n');
        width = 0;
    }
    sb_addf(out, "%*s%s\n", (int)(HELP_COLUMN - width), "", option->help);
}

void cli_usage(qn_strbuf *out)
{
    size_t n = 0;
    const cli_option *option = cli_option_table(&n);
    sb_add(
        out,
        "quern: filters pictures (PNG, JPEG, PNM) through OpenCL, whole folders at a time\n\n"
        "usage: quern -f CHAIN [options] INPUT... -o OUTPUT\n"
        "  quern -f 'resize 1600x1600 fit=inside | unsharp 0.8' photos/ -r -o out/\n"
        "  quern photos/ -f 'resize 1600x' -o large/ -f 'resize 300x' -o small/ --to jpg\n"
        "  INPUT: files, directories, - for standard input, which may hold one picture behind another\n"
        "  Each -o ends a branch; an -f behind it begins the next one, from the decoded picture. What --to to --meta\n"
        "  say holds for the branch in which it stands (before the first -f: for all).\n");
    for (size_t i = 0; i < n; i++) {
        if (!option[i].name && !option[i].short_name)
            sb_addf(out, "\n%s\n", option[i].help);
        else
            add_option(&option[i], out);
    }
    sb_add(out, "\nExit codes: 0 all done, 1 some inputs failed, 2 usage error, 3 no usable OpenCL device\n");
}

void cli_version(qn_strbuf *out)
{
    sb_add(out, "quern " QUERN_VERSION "\n");
}

bool cli_usage_filter(const char *name, qn_strbuf *out, qn_error *err)
{
    const flt_row *row = flt_find(name, strlen(name));
    if (row) {
        flt_help(row, out);
        return true;
    }
    const char *near = flt_nearest(name, strlen(name));
    if (near)
        return qn_fail(err, QN_USAGE, "--help: unknown filter '%.60s' (did you mean '%s'?)", name, near);
    return qn_fail(err, QN_USAGE, "--help: unknown filter '%.60s' (--list-filters shows all)", name);
}
