/* Private to the pipeline: the device that takes over what the run's own cannot do. Opened when it is first needed: the
 * best of the others, as the list ranks them. The device's worker alone uses it. */
#ifndef QUERN_PIPELINE_SPARE_H
#define QUERN_PIPELINE_SPARE_H

#include "run.h"

/* The chain's plan for the spare device. */
typedef struct pipe_spare_plan {
    const pipe_plan *of;
    flt_plan *made; /* owned; NULL: the run's own serves, the devices are of one class */
    const flt_plan *plan;
    flt_file_info *file; /* of `made`; owned */
    gpu_program *program;
    struct pipe_spare_plan *next;
} pipe_spare_plan;

/* A device for the job, of which job->error, or the plan's, says why the run's own failed: opened, with the program
 * built. NULL with *err set where there is none: the first cause, and what came of the spare. */
gpu *pipe_spare_take(pipe_run_state *run, const pipe_job *job, const pipe_spare_plan **plan, qn_error *err);
const gpu_device *pipe_spare_device(const pipe_run_state *run);
/* Sizes the job's picture for that plan. Where it is the run's own, *sized becomes job->sized; else `own` is filled. */
bool pipe_spare_size(pipe_run_state *run, pipe_job *job, const pipe_spare_plan *plan, flt_sized *own, flt_sized **sized,
                     qn_error *err);
/* A picture that is held whole, from its decoded pixels to job's block for the result. */
bool pipe_spare_run(pipe_run_state *run, pipe_lane *lane, pipe_job *job);
void pipe_spare_free(pipe_spare **spare); /* before the plans; takes NULL */

#endif
