/* The inputs of a run: walked, counted, and their outputs checked against them and each other. */
#ifndef QUERN_CLI_INPUTS_H
#define QUERN_CLI_INPUTS_H

#include "options.h"

/* A directory of the command line and the inputs that came from it. */
typedef struct cli_directory {
    const char *name;  /* argv's */
    size_t first, end; /* of list.item */
} cli_directory;

typedef struct cli_inputs {
    io_inputs list;
    cli_directory *directory;
    size_t n_directories;
} cli_inputs;

/* Errors: QN_USAGE (the list of --files-from cannot be read), QN_NOMEM. Inputs that cannot be reached are noted in
 * list.failure. */
bool cli_inputs_collect(cli_inputs *inputs, const cli_options *o, qn_error *err);
void cli_inputs_free(cli_inputs *inputs);

/* One output file for several inputs, collisions, reports that would overwrite an input. QN_USAGE, QN_NOMEM. */
bool cli_inputs_check(const cli_inputs *inputs, const cli_options *o, qn_error *err);

/* The extension that --to asks for; NULL: it depends on the picture. */
const char *cli_extension(io_type type, int pnm_kind);

#endif
