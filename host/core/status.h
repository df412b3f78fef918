/* Errors as values: every fallible call of quern fills one of these and returns false.
 *
 * Thread-safety: a qn_error belongs to its caller; nothing here is shared.
 */
#ifndef QUERN_CORE_STATUS_H
#define QUERN_CORE_STATUS_H

#include <stdbool.h>

typedef enum qn_code {
    QN_OK = 0,
    QN_USAGE,     /* the command line or a chain is wrong: exit 2, nothing was touched */
    QN_INPUT,     /* a picture is broken or of a kind that is not read */
    QN_LIMIT,     /* a picture is beyond a limit; the text names the option that lifts it */
    QN_IO,        /* the file system or a pipe said no */
    QN_EXISTS,    /* the output is there already */
    QN_NOMEM,     /* out of memory on the host */
    QN_DEVICE,    /* an OpenCL call failed */
    QN_NODEVICE,  /* no usable OpenCL device: exit 3 */
    QN_CANCELLED, /* the run was stopped before this picture */
    QN_INTERNAL   /* a broken promise inside quern */
} qn_code;

typedef struct qn_error {
    qn_code code;
    char text[480]; /* one line, no newline, no trailing full stop; cut on a UTF-8 boundary */
} qn_error;

/* Fills *err (which may be NULL) and returns false, so that `return qn_fail(...)` reads as it should.
 * A later failure never overwrites an earlier one: the first cause is the one that is told. */
bool qn_fail(qn_error *err, qn_code code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Puts "prefix: " before the text, e.g. the name of the picture. */
void qn_error_prefix(qn_error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Back to QN_OK and an empty text. */
void qn_error_clear(qn_error *err);

/* "usage", "input", ... for --json; never NULL. */
const char *qn_code_name(qn_code code);

#endif
