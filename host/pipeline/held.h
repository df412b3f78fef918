/* Private to the pipeline: a picture that is held whole, done in bands of rows, for a device that could not do it at
 * once. The device's worker alone uses it. */
#ifndef QUERN_PIPELINE_HELD_H
#define QUERN_PIPELINE_HELD_H

#include "run.h"

/* From the job's decoded pixels to its block for the result, in smaller and smaller bands, with nothing else in
 * flight. job->sized is cut for it, and afterwards as it was. False: job->error says why. */
bool pipe_held_run(pipe_run_state *run, pipe_lane *lane, pipe_job *job);

#endif
