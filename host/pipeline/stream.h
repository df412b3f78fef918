/* Private to the pipeline: one picture that flows in chunks of rows, because it is alone in the run or too large to be
 * held; on a processor, also beside others (flows.h). The thread that decodes, the device's worker or the flow's
 * thread, and the thread that encodes work on it at the same time:
 *
 *   pipe_stream_read -> chunks of the picture -> pipe_stream_compute -> chunks of the result -> pipe_stream_write
 *
 * Whoever fails first puts the error down, and the others stop. The writer waits for the other two, then it alone
 * holds the job again. With --sync the one thread of the run computes, and reads and writes a chunk when it needs to.
 */
#ifndef QUERN_PIPELINE_STREAM_H
#define QUERN_PIPELINE_STREAM_H

#include "run.h"

/* Whether the job, whose header has been read and plan sized, is to be streamed; then job->sized is cut into bands for
 * it. False with *err set: an error. */
bool pipe_stream_choose(pipe_run_state *run, pipe_job *job, bool *streamed, qn_error *err);
/* Whether the branches of a picture, whose header the job has read, had better flow one after another. */
bool pipe_stream_apart(const pipe_run_state *run, const pipe_job *job);
/* Bytes of host memory that its chunks take. */
void pipe_stream_bytes(const pipe_run_state *run, const pipe_job *job, size_t *in, size_t *out);
/* After the memory has been reserved: the job gets a stream. */
bool pipe_stream_create(pipe_run_state *run, pipe_job *job, qn_error *err);
/* In the decoding thread, after the job has been handed on. */
void pipe_stream_read(pipe_stream *stream, pipe_lane *lane);
/* In the device's worker (0), or the thread of this flow (from 1). */
void pipe_stream_compute(pipe_stream *stream, unsigned flow);
/* In an encoding thread: until the file is there or the picture has failed; the job's status says which. Frees the
 * stream. */
void pipe_stream_write(pipe_run_state *run, pipe_lane *lane, pipe_job *job);
/* All three in one thread. */
void pipe_stream_run(pipe_run_state *run, pipe_lane *lane, pipe_job *job);
void pipe_stream_free(pipe_stream **stream); /* takes NULL */

#endif
