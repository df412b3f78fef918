/* What argv asks for, checked before any picture is opened. */
#ifndef QUERN_CLI_SETTINGS_H
#define QUERN_CLI_SETTINGS_H

#include "options.h"

/* Parses every -f into the chain, @FILE read. Errors: QN_USAGE with origin, line and column; QN_NOMEM. */
bool cli_chain_build(const cli_options *o, size_t branch, flt_chain *chain, qn_error *err);

/* Options that contradict each other, or that a run cannot be without; fills the rest of o->run from them (target,
 * exists, fuse). Not for --help, --version and the lists, which need nothing. Errors: QN_USAGE. */
bool cli_settings_check(cli_options *o, qn_error *err);

#endif
