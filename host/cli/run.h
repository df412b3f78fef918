/* One run of the program's work: inputs, device, pipeline, reports. */
#ifndef QUERN_CLI_RUN_H
#define QUERN_CLI_RUN_H

#include "options.h"

/* The options are parsed; help, version and the list of filters are dealt with. Returns an exit code; what went wrong
 * with the whole run is in *err for the caller to tell, what went wrong with inputs has been told. */
int cli_run(cli_options *o, qn_log *log, qn_error *err);

/* --list-devices. */
int cli_list_devices(bool json, qn_error *err);

/* Text to standard output. QN_IO. */
bool cli_print(const qn_strbuf *text, qn_error *err);

#endif
