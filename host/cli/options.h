/* argv as settings: a table of options, and one loop that knows none of them by name. */
#ifndef QUERN_CLI_OPTIONS_H
#define QUERN_CLI_OPTIONS_H

#include "pipeline.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct cli_texts {
    const char **item; /* the array is owned, the texts are argv's */
    size_t n, cap;
} cli_texts;

/* From an -f to the next one behind an -o. */
typedef struct cli_branch {
    size_t first_chain, n_chains; /* of cli_options.chains */
    const char *output;           /* -o; NULL: none */
    pipe_settings run;            /* what is said about its outputs; the rest is the run's */
} cli_branch;

typedef struct cli_options {
    pipe_settings run; /* what options say about it; chain, target, device, stop and log are set later */
    cli_texts chains;  /* every -f */
    cli_texts inputs;
    const char *output; /* -o; NULL: none */
    cli_branch branch[PIPE_MAX_BRANCHES];
    size_t n_branches;    /* 0: one, which is all of this */
    size_t branch_begins; /* while argv is read: first chain of the branch */
    pipe_settings common; /* what stood before the first -f */
    bool in_place;
    io_walk_options walk;
    const char *files_from;
    bool nul_separated;
    const char *device;
    bool no_fuse;
    bool overwrite, skip_existing, update;
    bool quiet, verbose, json;
    const char *stats, *trace; /* files to write; NULL: none */
    bool explain, dry_run, self_test, list_devices, list_filters, version, help;
    const char *help_topic; /* --help FILTER; NULL: none */
} cli_options;

typedef enum cli_option_kind {
    CLI_FLAG,    /* the bool at `offset` becomes true */
    CLI_TEXT,    /* the const char * at `offset` becomes the value */
    CLI_CALL,    /* `set` is handed the value */
    CLI_OPTIONAL /* the bool at `offset` becomes true; a value that follows, if any, goes to `set` */
} cli_option_kind;

typedef struct cli_option {
    char short_name;   /* 0: none */
    const char *name;  /* without dashes; NULL: only the short one */
    const char *value; /* what the value is called in the help; NULL: takes none */
    cli_option_kind kind;
    size_t offset;
    bool (*set)(cli_options *o, const char *value, qn_error *err);
    const char *help;
} cli_option;

/* The table, in the order of the help. An entry with neither name begins a section; its `help` is the title. */
const cli_option *cli_option_table(size_t *n);

/* Defaults, then argv. Texts stay argv's. Errors: QN_USAGE (one line), QN_NOMEM. On --help or --version the rest of
 * argv is not looked at. */
bool cli_options_parse(cli_options *o, int argc, char *const *argv, qn_error *err);
void cli_options_free(cli_options *o); /* works on half-parsed ones */

/* Ends the branch that is being read; the next one begins with what was said before the first -f. */
bool cli_branch_end(cli_options *o, qn_error *err);
/* How many branches there are, and the options as branch `k` sees them. The copy owns nothing. */
size_t cli_branches(const cli_options *o);
void cli_branch_options(const cli_options *o, size_t k, cli_options *out);

bool cli_texts_add(cli_texts *texts, const char *text, qn_error *err);

#endif
