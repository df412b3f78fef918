/* Private to the pipeline: pictures whose pixels nothing changes and whose type stays. They are decoded, since damage
 * is to be told as ever, and then their files are copied: to encode them anew would cost what a JPEG has left, and the
 * forms that a PNG can have. */
#ifndef QUERN_PIPELINE_COPIES_H
#define QUERN_PIPELINE_COPIES_H

#include "run.h"

/* Whether the job, whose header has been read, is such a picture. Then its output's type, format and size are set. */
bool pipe_copy_choose(pipe_job *job);
/* Decodes it to its end in a few rows of memory, with the decoder that is open. *whole: there was no damage. QN_INPUT,
 * QN_IO, QN_NOMEM, QN_CANCELLED. */
bool pipe_copy_check(const pipe_run_state *run, pipe_job *job, bool *whole, qn_error *err);
/* job->encoded becomes what will be written, of the file that `reader` (the job itself, or one that stays as it is) has
 * read whole. QN_NOMEM. */
bool pipe_copy_take(pipe_job *job, const pipe_job *reader, qn_error *err);
/* The output of a job that is copied: to its file, or into job->encoded for standard output. QN_IO, QN_EXISTS, QN_INPUT
 * (a large file was changed since it was decoded), QN_NOMEM. */
bool pipe_copy_write(pipe_run_state *run, pipe_job *job, qn_error *err);

#endif
