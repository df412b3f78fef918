#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "log.h"

#include "strbuf.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct qn_log {
    pthread_mutex_t lock;
    qn_strbuf line; /* under the lock, kept from line to line */
    int fd;
    qn_level max;
};

qn_log *qn_log_create(int fd, qn_level max)
{
    qn_log *log = calloc(1, sizeof *log);
    if (log == NULL) {
        return NULL;
    }
    if (pthread_mutex_init(&log->lock, NULL) != 0) {
        free(log);
        return NULL;
    }
    log->fd = fd;
    log->max = max;
    return log;
}

void qn_log_free(qn_log **log)
{
    if (log == NULL || *log == NULL) {
        return;
    }
    sb_free(&(*log)->line);
    pthread_mutex_destroy(&(*log)->lock);
    free(*log);
    *log = NULL;
}

bool qn_log_on(const qn_log *log, qn_level level)
{
    return log != NULL && level <= log->max;
}

/* There is nobody to tell that messages cannot be written: the rest of the line is dropped. */
static void write_all(int fd, const char *s, size_t n)
{
    while (n > 0) {
        ssize_t did = write(fd, s, n);
        if (did < 0 && errno == EINTR) {
            continue;
        }
        if (did <= 0) {
            return;
        }
        s += did;
        n -= (size_t)did;
    }
}

/* One write for the whole line, newline included, so that lines of other processes do not cut into it. */
static void put_line(qn_log *log, const char *prefix, const char *text)
{
    int saved = errno;
    pthread_mutex_lock(&log->lock);
    sb_clear(&log->line);
    sb_add(&log->line, prefix);
    sb_add_visible(&log->line, text);
    sb_addc(&log->line, '\n');
    if (sb_ok(&log->line)) {
        write_all(log->fd, log->line.s, log->line.len);
    } else {
        static const char poor[] = "quern: out of memory\n";
        write_all(log->fd, poor, sizeof poor - 1);
    }
    pthread_mutex_unlock(&log->lock);
    errno = saved;
}

void qn_logf(qn_log *log, qn_level level, const char *fmt, ...)
{
    if (!qn_log_on(log, level)) {
        return;
    }
    qn_strbuf text = { 0 };
    va_list ap;
    va_start(ap, fmt);
    sb_addv(&text, fmt, ap);
    va_end(ap);
    put_line(log, "quern: ", sb_ok(&text) ? sb_str(&text) : "out of memory");
    sb_free(&text);
}

void qn_log_line(qn_log *log, qn_level level, const char *text)
{
    if (qn_log_on(log, level)) {
        put_line(log, "", text);
    }
}
