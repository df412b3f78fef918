/* Private to the pipeline: pictures that flow in chunks of rows (stream.h) several at a time. */
#ifndef QUERN_PIPELINE_FLOWS_H
#define QUERN_PIPELINE_FLOWS_H

#include "run.h"

/* Starts up to `most` threads, fewer where the system refuses: run->n_flows tells, before anything is decoded. `jobs`:
 * how many there are. QN_NOMEM; pipe_flows_end() in any case. */
bool pipe_flows_start(pipe_run_state *run, unsigned most, size_t jobs, qn_error *err);
/* A streamed job with its program, from the device's worker to the next thread that is free. */
void pipe_flows_put(pipe_run_state *run, pipe_lane *lane, pipe_job *job);
/* Waits for what flows. Nothing may be put any more. */
void pipe_flows_end(pipe_run_state *run);

#endif
