/* --self-test: every filter of the table on the device, in several ways that must agree. */
#ifndef QUERN_CLI_SELF_TEST_H
#define QUERN_CLI_SELF_TEST_H

#include "gpu.h"

/* Runs each filter's example on small pictures, as text for CPUs and for GPUs, fused and unfused, and compares. A
 * line per filter goes to standard output as it ends (programs that are not in the cache yet take seconds each). False
 * with err->code QN_OK: filters differ; QN_CANCELLED: a signal came; else the device could not be used. */
bool cli_self_test(const gpu_device *device, qn_log *log, qn_error *err);

#endif
