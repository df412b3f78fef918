/* --explain and --dry-run: what would be done. Nothing is processed, nothing is written but to standard output. */
#ifndef QUERN_CLI_EXPLAIN_H
#define QUERN_CLI_EXPLAIN_H

#include "inputs.h"
#include "options.h"

/* The chain in full, then the plan for every kind of picture among the inputs (without inputs: 8-bit RGB of 4000 x
 * 3000); with -v the kernels' text too. Returns an exit code. */
int cli_explain(const cli_options *o, const flt_chain *chain, const io_inputs *list, flt_device_class device,
                qn_log *log, qn_strbuf *out);

/* "INPUT -> OUTPUT" for each input, or why not. Returns an exit code: CLI_FAILED where an input would fail. */
int cli_dry_run(const cli_options *o, const flt_chain *chain, const io_inputs *list, qn_log *log, qn_strbuf *out);

#endif
