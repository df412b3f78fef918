/* What a run tells: a line for each failure, JSON objects as pictures end, the last line. */
#ifndef QUERN_CLI_REPORT_H
#define QUERN_CLI_REPORT_H

#include "inputs.h"
#include "options.h"

typedef struct cli_report {
    qn_log *log;
    bool json;
    bool *picture; /* per input: it was one, whatever became of it */
    size_t n;
    bool stdout_failed; /* standard output is closed or full */
    qn_strbuf line;     /* under one thread at a time, as pipe_report promises */
} cli_report;

bool cli_report_begin(cli_report *r, qn_log *log, bool json, size_t inputs, qn_error *err);
void cli_report_free(cli_report *r);

/* A pipe_report: user is the cli_report. */
void cli_report_result(void *user, const pipe_result *result);
/* Inputs that could not be reached at all. */
void cli_report_unreached(cli_report *r, const io_inputs *list);
/* Names the directories that held no picture; returns how many. */
size_t cli_report_empty(cli_report *r, const cli_inputs *inputs);

/* "18 ok, 0 skipped, 0 failed · 136 MP in 1.02 s (133 MP/s) · PoCL cpu · device busy 41 %"; without a device it ends
 * after the counts. */
void cli_report_summary(const pipe_summary *sum, const gpu_device *device, qn_strbuf *out);

#endif
