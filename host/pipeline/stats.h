/* What a run measured: quern.stats/1 as JSON, and the same times as Chrome trace events.
 *
 * Made by the command line, filled by pipe_run(), read afterwards. Thread-safety: belongs to the run while it lasts,
 * then to the caller. */
#ifndef QUERN_PIPELINE_STATS_H
#define QUERN_PIPELINE_STATS_H

#include "pipeline.h"
#include "strbuf.h"

pipe_stats *pipe_stats_create(void);      /* NULL: out of memory */
void pipe_stats_free(pipe_stats **stats); /* takes NULL */

/* Another version for the report than the build's; `version` must outlive the stats. */
void pipe_stats_set_version(pipe_stats *stats, const char *version);

/* One JSON object (schema quern.stats/1 of the command line's contract) and a newline. */
void pipe_stats_write_json(const pipe_stats *stats, qn_strbuf *out);

/* The stages in the order of the pipeline: read, decode, upload, kernels, download, encode, write. Returns how many;
 * `out` may be NULL. */
size_t pipe_stats_stages(const pipe_stats *stats, pipe_stage_stats *out, size_t room);

/* The passes in the order in which they first ran; *n tells how many. Owned by the stats. */
const pipe_pass_stats *pipe_stats_passes(const pipe_stats *stats, size_t *n);

/* Chrome trace events as JSON: one lane per thread and per device queue (upload, kernels, download), "X" events with
 * ts and dur in microseconds, the picture's name in args. Empty lanes of events where the run did not keep them
 * (pipe_settings.trace). Errors: QN_IO, QN_NOMEM. */
bool pipe_trace_write(const pipe_stats *stats, int fd, qn_error *err);

#endif
