#include "settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* ---- chains ---- */

enum { CHAIN_FILE_MAX = 1 << 20 }; /* bytes; a file beyond that is no chain, and may be endless */

static bool read_text_fd(int fd, const char *path, char *text, qn_error *err)
{
    size_t len = 0;
    while (len <= CHAIN_FILE_MAX) {
        ssize_t n = read(fd, text + len, CHAIN_FILE_MAX + 1 - len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return qn_fail(err, QN_USAGE, "-f @%s: %s", path, strerror(errno));
        if (n == 0)
            break;
        len += (size_t)n;
    }
    if (len > CHAIN_FILE_MAX)
        return qn_fail(err, QN_USAGE, "-f @%s: larger than 1 MiB, this is no chain", path);
    if (memchr(text, '\0', len))
        return qn_fail(err, QN_USAGE, "-f @%s: a NUL byte is in it, this is no text", path);
    text[len] = '\0';
    return true;
}

static bool parse_file(flt_chain *chain, const char *path, qn_error *err)
{
    char *text = malloc(CHAIN_FILE_MAX + 2);
    int fd = text ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    bool ok = text ? true : qn_fail(err, QN_NOMEM, "out of memory while reading a chain");
    if (ok && fd < 0)
        ok = qn_fail(err, QN_USAGE, "-f @%s: %s", path, strerror(errno));
    ok = ok && read_text_fd(fd, path, text, err) && flt_chain_parse(chain, text, path, err);
    if (fd >= 0)
        close(fd);
    free(text);
    return ok;
}

bool cli_chain_build(const cli_options *o, size_t branch, flt_chain *chain, qn_error *err)
{
    const size_t first = o->n_branches ? o->branch[branch].first_chain : 0;
    const size_t end = o->n_branches ? first + o->branch[branch].n_chains : o->chains.n;
    for (size_t i = first; i < end; i++) {
        const char *text = o->chains.item[i];
        char origin[32] = "-f";
        if (i > 0)
            snprintf(origin, sizeof origin, "-f#%zu", i + 1);
        if (!(text[0] == '@' ? parse_file(chain, text + 1, err) : flt_chain_parse(chain, text, origin, err)))
            return false;
    }
    return true;
}

/* ---- options among each other ---- */

static bool check_exists(cli_options *o, qn_error *err)
{
    if (o->overwrite + o->skip_existing + o->update > 1)
        return qn_fail(err, QN_USAGE, "only one of --overwrite, --skip-existing and --update can be meant");
    o->run.exists = o->overwrite       ? PIPE_EXISTS_OVERWRITE
                    : o->skip_existing ? PIPE_EXISTS_SKIP
                    : o->update        ? PIPE_EXISTS_UPDATE
                                       : PIPE_EXISTS_FAIL;
    return true;
}

/* -o FILE without --to: a name that ends like a type we write is a wish for that type. */
static void type_from_name(cli_options *o)
{
    static const struct {
        const char *ext;
        io_type type;
        int pnm_kind;
    } known[] = { { "png", IO_PNG, 0 }, { "jpg", IO_JPEG, 0 }, { "jpeg", IO_JPEG, 0 }, { "ppm", IO_PNM, 6 },
                  { "pgm", IO_PNM, 5 }, { "pam", IO_PAM, 0 },  { "pfm", IO_PFM, 0 } };
    const char *dot = strrchr(o->output, '.');
    for (size_t i = 0; dot && i < sizeof known / sizeof *known; i++)
        if (strcasecmp(dot + 1, known[i].ext) == 0) {
            o->run.to = known[i].type;
            o->run.to_pnm_kind = known[i].pnm_kind;
        }
}

static bool check_target(cli_options *o, qn_error *err)
{
    if (o->in_place && o->output)
        return qn_fail(err, QN_USAGE, "--in-place and -o exclude each other");
    if (o->in_place && o->run.to != IO_NONE)
        return qn_fail(err, QN_USAGE, "--in-place keeps every picture's type: --to cannot be given with it");
    if (o->in_place) {
        o->run.target = (io_target){ IO_TO_SELF, "" };
        return true;
    }
    if (!o->output)
        return o->explain || o->self_test ||
               qn_fail(err, QN_USAGE, "-o OUTPUT is missing (or --in-place, which replaces the inputs)");
    if (!io_target_parse(&o->run.target, o->output, err))
        return false;
    if (o->run.target.kind == IO_TO_FILE && o->run.to == IO_NONE)
        type_from_name(o);
    if (o->run.target.kind == IO_TO_STDOUT && (o->json || (o->stats && strcmp(o->stats, "-") == 0)))
        return qn_fail(err, QN_USAGE, "-o -: the picture and %s cannot both go to standard output",
                       o->json ? "--json" : "--stats -");
    return true;
}

static bool check_stdin(const cli_options *o, qn_error *err)
{
    size_t uses = o->files_from && strcmp(o->files_from, "-") == 0;
    bool picture = false;
    for (size_t i = 0; i < o->inputs.n; i++)
        picture |= strcmp(o->inputs.item[i], "-") == 0 && ++uses;
    if (uses > 1)
        return qn_fail(err, QN_USAGE, "standard input (-) is asked for twice");
    const io_target_kind kind = o->run.target.kind;
    if (picture && (o->output || o->in_place) && kind != IO_TO_FILE && kind != IO_TO_STDOUT &&
        !io_target_counts(&o->run.target))
        return qn_fail(err, QN_USAGE,
                       "a picture from standard input (-) has no name: give -o FILE, -o - or, for several pictures, a "
                       "template that counts, like {n:05}.{ext}");
    if (o->nul_separated && !o->files_from)
        return qn_fail(err, QN_USAGE, "-0 says how --files-from is read, which is not given");
    return true;
}

static bool check_branches(cli_options *o, qn_error *err)
{
    const char *standard = NULL;
    for (size_t k = 0; k < o->n_branches; k++) {
        cli_options one;
        cli_branch_options(o, k, &one);
        if (!check_target(&one, err) || !check_stdin(&one, err))
            return false;
        if (one.run.target.kind == IO_TO_STDOUT && standard)
            return qn_fail(err, QN_USAGE, "-o -: only one branch can go to standard output");
        if (one.run.target.kind == IO_TO_STDOUT)
            standard = one.output;
        o->branch[k].run = one.run;
    }
    return true;
}

bool cli_settings_check(cli_options *o, qn_error *err)
{
    const bool works = !o->explain && !o->self_test;
    if (o->quiet && o->verbose)
        return qn_fail(err, QN_USAGE, "-q and -v exclude each other");
    if (o->explain + o->dry_run + o->self_test > 1)
        return qn_fail(err, QN_USAGE, "only one of --explain, --dry-run and --self-test can be meant");
    if (!o->self_test && o->chains.n == 0)
        return qn_fail(err, QN_USAGE, "-f CHAIN is missing (-f '' filters nothing and only converts)");
    if (works && o->inputs.n == 0 && !o->files_from)
        return qn_fail(err, QN_USAGE, "no inputs were given: files, directories or - for standard input");
    if (o->run.limits.to_srgb && !io_has_profiles())
        return qn_fail(err, QN_USAGE, "--to-srgb: this quern was built without lcms2, which reads colour profiles");
    o->run.fuse = !o->no_fuse;
    o->run.collect_times = o->stats || o->trace;
    o->run.trace = o->trace != NULL;
    if (!check_exists(o, err))
        return false;
    if (o->n_branches == 0)
        return check_target(o, err) && check_stdin(o, err);
    return check_branches(o, err);
}
