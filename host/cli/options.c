#include "options.h"

#include "nearest.h"

#include <stdlib.h>
#include <string.h>

bool cli_texts_add(cli_texts *texts, const char *text, qn_error *err)
{
    if (texts->n == texts->cap) {
        size_t cap = texts->cap ? texts->cap * 2 : 8;
        const char **grown = realloc(texts->item, cap * sizeof *grown);
        if (!grown)
            return qn_fail(err, QN_NOMEM, "out of memory while reading the command line");
        texts->item = grown;
        texts->cap = cap;
    }
    texts->item[texts->n++] = text;
    return true;
}

/* What an output is, as far as options say it. */
static void take_output_settings(pipe_settings *to, const pipe_settings *from)
{
    to->target = from->target;
    to->to = from->to;
    to->to_pnm_kind = from->to_pnm_kind;
    to->encode = from->encode;
    to->copies = from->copies;
    to->depth = from->depth;
    to->meta = from->meta;
}

bool cli_branch_end(cli_options *o, qn_error *err)
{
    if (o->n_branches == PIPE_MAX_BRANCHES)
        return qn_fail(err, QN_USAGE, "more than %d branches (-f ... -o ...)", PIPE_MAX_BRANCHES);
    cli_branch *b = &o->branch[o->n_branches++];
    *b = (cli_branch){
        .first_chain = o->branch_begins, .n_chains = o->chains.n - o->branch_begins, .output = o->output, .run = o->run
    };
    o->branch_begins = o->chains.n;
    o->output = NULL;
    take_output_settings(&o->run, &o->common);
    return true;
}

size_t cli_branches(const cli_options *o)
{
    return o->n_branches ? o->n_branches : 1;
}

void cli_branch_options(const cli_options *o, size_t k, cli_options *out)
{
    *out = *o;
    if (o->n_branches == 0)
        return;
    out->output = o->branch[k].output;
    take_output_settings(&out->run, &o->branch[k].run);
}

void cli_options_free(cli_options *o)
{
    if (!o)
        return;
    free(o->chains.item);
    free(o->inputs.item);
    o->chains = o->inputs = (cli_texts){ 0 };
}

static void set_defaults(cli_options *o)
{
    *o = (cli_options){ .device = "auto" };
    o->run.fuse = true;
    o->run.limits.max_pixels = 1u << 30;
    o->run.meta = IO_META_ALL;
    o->run.fsync = IO_SYNC_REPLACE;
    o->run.copies = 1u << IO_PNG | 1u << IO_JPEG | 1u << IO_PFM;
    o->run.encode.quality = 90;
    o->run.encode.compression = -1;
    o->run.encode.restart_large = true;
    for (int i = 0; i < 3; i++)
        o->run.encode.background[i] = 1; /* alpha is flattened onto white */
}

static const cli_option *find_short(char c)
{
    size_t n = 0;
    const cli_option *option = cli_option_table(&n);
    for (size_t i = 0; i < n; i++) {
        if (option[i].short_name == c)
            return &option[i];
    }
    return NULL;
}

static const cli_option *find_long(const char *name, size_t len)
{
    size_t n = 0;
    const cli_option *option = cli_option_table(&n);
    for (size_t i = 0; i < n; i++) {
        if (option[i].name && strlen(option[i].name) == len && memcmp(option[i].name, name, len) == 0)
            return &option[i];
    }
    return NULL;
}

static bool unknown_long(const char *name, size_t len, qn_error *err)
{
    size_t n = 0;
    const cli_option *option = cli_option_table(&n);
    flt_nearest_search near = { .word = name, .len = len };
    for (size_t i = 0; i < n; i++) {
        if (option[i].name)
            flt_nearest_offer(&near, option[i].name, strlen(option[i].name));
    }
    const int shown = (int)(len < 60 ? len : 60);
    if (near.best)
        return qn_fail(err, QN_USAGE, "unknown option '--%.*s' (did you mean '--%s'?)", shown, name, near.best);
    return qn_fail(err, QN_USAGE, "unknown option '--%.*s' (--help shows all)", shown, name);
}

static bool apply(cli_options *o, const cli_option *option, const char *value, qn_error *err)
{
    void *at = (char *)o + option->offset;
    switch (option->kind) {
    case CLI_FLAG: *(bool *)at = true; return true;
    case CLI_TEXT: *(const char **)at = value; return true;
    case CLI_CALL: return option->set(o, value, err);
    case CLI_OPTIONAL: *(bool *)at = true; return !value || option->set(o, value, err);
    }
    return true;
}

/* Where parsing stands. */
typedef struct scan {
    cli_options *o;
    int argc, at;
    char *const *argv;
    qn_error *err;
} scan;

/* The option's value: attached, or the next word of argv. */
static bool take_value(scan *s, const cli_option *option, const char *attached, const char *shown)
{
    const char *value = attached;
    const char *next = s->at + 1 < s->argc ? s->argv[s->at + 1] : NULL;
    if (!value && option->kind == CLI_OPTIONAL) {
        if (next && next[0] != '-')
            value = s->argv[++s->at];
    } else if (!value) {
        if (!next)
            return qn_fail(s->err, QN_USAGE, "%s needs a value: %s %s", shown, shown, option->value);
        value = s->argv[++s->at];
    }
    return apply(s->o, option, value, s->err);
}

static bool read_long(scan *s)
{
    const char *name = s->argv[s->at] + 2;
    const size_t len = strcspn(name, "=");
    const char *attached = name[len] == '=' ? name + len + 1 : NULL;
    const cli_option *option = find_long(name, len);
    char shown[64] = "--";
    if (!option)
        return unknown_long(name, len, s->err);
    strncat(shown, option->name, sizeof shown - 3);
    if (option->value)
        return take_value(s, option, attached, shown);
    if (attached)
        return qn_fail(s->err, QN_USAGE, "%s takes no value", shown);
    return apply(s->o, option, NULL, s->err);
}

/* -r, -rL, -dcpu, -d cpu */
static bool read_short(scan *s)
{
    for (const char *c = s->argv[s->at] + 1; *c; c++) {
        const cli_option *option = find_short(*c);
        if (!option)
            return qn_fail(s->err, QN_USAGE, "unknown option '-%c' (--help shows all)", *c);
        const char shown[3] = { '-', *c, '\0' };
        if (option->value)
            return take_value(s, option, c[1] ? c + 1 : NULL, shown);
        if (!apply(s->o, option, NULL, s->err))
            return false;
    }
    return true;
}

bool cli_options_parse(cli_options *o, int argc, char *const *argv, qn_error *err)
{
    scan s = { .o = o, .argc = argc, .at = 1, .argv = argv, .err = err };
    bool options_end = false;
    set_defaults(o);
    for (; s.at < argc && !o->help && !o->version; s.at++) {
        const char *arg = argv[s.at];
        bool ok = true;
        if (options_end || arg[0] != '-' || arg[1] == '\0')
            ok = cli_texts_add(&o->inputs, arg, err);
        else if (arg[1] != '-')
            ok = read_short(&s);
        else if (arg[2] == '\0')
            options_end = true;
        else
            ok = read_long(&s);
        if (!ok)
            return false;
    }
    if (o->n_branches == 0 || o->help || o->version)
        return true;
    if (!o->output)
        return qn_fail(err, QN_USAGE, "-f %.60s: this begins a branch (it follows an -o), which ends without an -o",
                       o->chains.item[o->branch_begins]);
    return cli_branch_end(o, err);
}
