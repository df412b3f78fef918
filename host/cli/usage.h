/* Texts for --help and --version. Pure; no OpenCL. */
#ifndef QUERN_CLI_USAGE_H
#define QUERN_CLI_USAGE_H

#include "status.h"
#include "strbuf.h"

void cli_usage_short(qn_strbuf *out); /* two lines */
void cli_usage(qn_strbuf *out);       /* all options */
void cli_version(qn_strbuf *out);
/* QN_USAGE: no such filter; names the nearest. */
bool cli_usage_filter(const char *name, qn_strbuf *out, qn_error *err);

#endif
