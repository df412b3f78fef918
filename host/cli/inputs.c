#include "inputs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_directory(const char *path)
{
    struct stat st;
    return strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool add_list(cli_inputs *inputs, const cli_options *o, qn_error *err)
{
    const bool standard = strcmp(o->files_from, "-") == 0;
    int fd = standard ? STDIN_FILENO : open(o->files_from, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return qn_fail(err, QN_USAGE, "--files-from %s: %s", o->files_from, strerror(errno));
    bool ok = io_inputs_add_list(&inputs->list, fd, o->nul_separated, &o->walk, err);
    if (!standard)
        close(fd);
    if (!ok && err->code != QN_NOMEM) {
        err->code = QN_USAGE;
        qn_error_prefix(err, "--files-from %s", o->files_from);
    }
    return ok;
}

bool cli_inputs_collect(cli_inputs *inputs, const cli_options *o, qn_error *err)
{
    io_inputs *list = &inputs->list;
    inputs->directory = calloc(o->inputs.n + 1, sizeof *inputs->directory);
    if (!inputs->directory)
        return qn_fail(err, QN_NOMEM, "out of memory while reading the inputs");
    for (size_t i = 0; i < o->inputs.n; i++) {
        const char *name = o->inputs.item[i];
        const size_t first = list->n, failures = list->failures;
        if (!io_inputs_add(list, name, &o->walk, err))
            return false;
        if (list->failures == failures && is_directory(name))
            inputs->directory[inputs->n_directories++] = (cli_directory){ name, first, list->n };
    }
    return !o->files_from || add_list(inputs, o, err);
}

void cli_inputs_free(cli_inputs *inputs)
{
    if (!inputs)
        return;
    io_inputs_free(&inputs->list);
    free(inputs->directory);
    inputs->directory = NULL;
}

const char *cli_extension(io_type type, int pnm_kind)
{
    switch (type) {
    case IO_PNG: return "png";
    case IO_JPEG: return "jpg";
    case IO_PAM: return "pam";
    case IO_PFM: return "pfm";
    case IO_PNM: return pnm_kind == 5 ? "pgm" : pnm_kind == 6 ? "ppm" : NULL;
    case IO_NONE: break;
    }
    return NULL;
}

/* The outputs' names as far as they are known before the work; one that depends on a size is NULL. */
static bool name_outputs(const io_inputs *list, const cli_options *o, char **names, qn_error *err)
{
    qn_strbuf name = { 0 };
    bool ok = true;
    for (size_t i = 0; i < list->n && ok; i++) {
        bool needs_size = false;
        io_name_parts parts = { .input = &list->item[i],
                                .index = i + 1,
                                .ext = cli_extension(o->run.to, o->run.to_pnm_kind) };
        ok = io_target_name(&o->run.target, &parts, &name, &needs_size, err);
        if (!ok || needs_size)
            continue;
        names[i] = strdup(sb_str(&name));
        ok = names[i] || qn_fail(err, QN_NOMEM, "out of memory while naming outputs");
    }
    sb_free(&name);
    return ok;
}

/* A report's file must not be one of the inputs. */
static bool check_report(const io_inputs *list, const char *option, const char *path, qn_error *err)
{
    struct stat report, input;
    if (!path || strcmp(path, "-") == 0 || stat(path, &report) != 0)
        return true;
    if (S_ISDIR(report.st_mode))
        return qn_fail(err, QN_USAGE, "%s %s: this is a directory", option, path);
    for (size_t i = 0; i < list->n; i++) {
        if (strcmp(list->item[i].path, "-") != 0 && stat(list->item[i].path, &input) == 0 &&
            input.st_dev == report.st_dev && input.st_ino == report.st_ino)
            return qn_fail(err, QN_USAGE, "%s %s: this is an input, and would be overwritten", option, path);
    }
    return true;
}

/* Whether the outputs of a branch can be as many as the inputs. */
static bool check_target(const cli_inputs *inputs, const io_target *target, qn_error *err)
{
    const io_inputs *list = &inputs->list;
    if (target->kind == IO_TO_FILE && inputs->n_directories > 0) /* one picture today, two tomorrow */
        return qn_fail(err, QN_USAGE,
                       "-o %s is one file, and %s a directory: end it with / for a directory, or use a "
                       "template like {stem}.{ext}",
                       target->text, inputs->directory[0].name);
    if (target->kind == IO_TO_FILE && list->n > 1)
        return qn_fail(err, QN_USAGE,
                       "-o %s is one file for %zu inputs: end it with / for a directory, or use a "
                       "template like {stem}.{ext}",
                       target->text, list->n);
    return target->kind != IO_TO_STDOUT || list->n <= 1 ||
           qn_fail(err, QN_USAGE, "-o - takes one picture, and there are %zu inputs", list->n);
}

/* The outputs of all branches among each other: as if there were an input for each. */
static bool check_names(const io_inputs *list, const cli_options *o, qn_error *err)
{
    const size_t branches = cli_branches(o), n = branches * list->n;
    char **names = calloc(n + 1, sizeof *names);
    io_inputs all = { .item = calloc(n + 1, sizeof *all.item), .n = n };
    bool ok = (names && all.item) || qn_fail(err, QN_NOMEM, "out of memory while naming outputs");
    for (size_t k = 0; k < branches && ok; k++) {
        cli_options one;
        cli_branch_options(o, k, &one);
        if (list->n)
            memcpy(all.item + k * list->n, list->item, list->n * sizeof *all.item);
        ok = name_outputs(list, &one, names + k * list->n, err);
    }
    ok = ok && io_check_collisions(&all, names, o->in_place, err);
    for (size_t i = 0; names && i < n; i++)
        free(names[i]);
    free(names);
    free(all.item);
    return ok;
}

bool cli_inputs_check(const cli_inputs *inputs, const cli_options *o, qn_error *err)
{
    const io_inputs *list = &inputs->list;
    for (size_t k = 0; k < cli_branches(o); k++) {
        cli_options one;
        cli_branch_options(o, k, &one);
        if (!check_target(inputs, &one.run.target, err))
            return false;
    }
    return check_report(list, "--stats", o->stats, err) && check_report(list, "--trace", o->trace, err) &&
           check_names(list, o, err);
}
