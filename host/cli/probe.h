/* What a picture is and what the chain would make of it, from its header alone: for --explain and --dry-run. */
#ifndef QUERN_CLI_PROBE_H
#define QUERN_CLI_PROBE_H

#include "options.h"
#include "sequence.h"

typedef struct cli_probe {
    io_info info;
    flt_input input; /* for flt_plan_create() */
} cli_probe;

/* Reads the file's header. Errors: QN_INPUT (*picture false: it is none at all), QN_LIMIT, QN_IO. */
bool cli_probe_file(const char *path, const cli_options *o, cli_probe *out, bool *picture, qn_error *err);

/* Whether no input gets past its header: each is no picture, too large, or damaged before its pixels. Then OpenCL,
 * whose libraries alone take more memory than such a run may, need not be opened. False also where that cannot be told
 * cheaply: many inputs. `standard` (may be NULL) is what "-" stands for, and is waited for if all others are refused.
 */
bool cli_all_refused(const cli_options *o, const io_inputs *list, io_sequence *standard);

/* Sizes the plan for this picture; second pictures' headers are read. */
bool cli_probe_size(const flt_plan *plan, const cli_probe *probe, const cli_options *o, flt_sized *sized,
                    qn_error *err);

#endif
