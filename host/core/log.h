/* Messages to the person: stderr only, whole lines, one at a time whichever thread speaks.
 *
 * There is no global: a qn_log is made by the command line and handed down. Thread-safe. */
#ifndef QUERN_CORE_LOG_H
#define QUERN_CORE_LOG_H

#include <stdbool.h>

typedef enum qn_level { QN_LOG_ERROR, QN_LOG_WARN, QN_LOG_NOTE, QN_LOG_VERBOSE } qn_level;

typedef struct qn_log qn_log;

qn_log *qn_log_create(int fd, qn_level max);       /* lines above max are dropped; NULL: out of memory */
void qn_log_free(qn_log **log);                    /* takes NULL */
bool qn_log_on(const qn_log *log, qn_level level); /* NULL log: false */

/* Prints "quern: text\n" with control bytes made visible. A NULL log drops it. */
void qn_logf(qn_log *log, qn_level level, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The line as it is, no prefix (the last line of a run). */
void qn_log_line(qn_log *log, qn_level level, const char *text);

#endif
