#include "status.h"

#include "utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Makes any text one line: a newline in a file's name must not break a message in two. */
static void one_line(char *text)
{
    for (char *p = text; *p; p++) {
        if (*p == '\n' || *p == '\r') {
            *p = ' ';
        }
    }
}

static void fill(char *text, size_t size, const char *fmt, va_list ap)
{
    int n = vsnprintf(text, size, fmt, ap);
    if (n < 0) {
        text[0] = '\0';
    } else if ((size_t)n >= size) {
        text[qn_utf8_cut(text, size - 1)] = '\0';
    }
    one_line(text);
}

bool qn_fail(qn_error *err, qn_code code, const char *fmt, ...)
{
    if (err != NULL && err->code == QN_OK) {
        va_list ap;
        va_start(ap, fmt);
        fill(err->text, sizeof err->text, fmt, ap);
        va_end(ap);
        err->code = code;
    }
    return false;
}

void qn_error_prefix(qn_error *err, const char *fmt, ...)
{
    if (err == NULL || err->code == QN_OK) {
        return;
    }
    char prefix[sizeof err->text];
    va_list ap;
    va_start(ap, fmt);
    fill(prefix, sizeof prefix, fmt, ap);
    va_end(ap);

    /* The cause matters more than where it was met: a long prefix gives way, and keeps at least half of the line. */
    size_t cause = strlen(err->text), room = sizeof err->text - 1 - strlen(": ");
    size_t head = strlen(prefix), least = room / 2;
    size_t most = cause < room - least ? room - cause : least;
    if (head > most) {
        head = qn_utf8_cut(prefix, most);
    }
    if (cause > room - head) {
        cause = qn_utf8_cut(err->text, room - head);
    }
    memmove(err->text + head + 2, err->text, cause);
    memcpy(err->text, prefix, head);
    memcpy(err->text + head, ": ", 2);
    err->text[head + 2 + cause] = '\0';
}

void qn_error_clear(qn_error *err)
{
    if (err != NULL) {
        err->code = QN_OK;
        err->text[0] = '\0';
    }
}

const char *qn_code_name(qn_code code)
{
    switch (code) {
    case QN_OK: return "ok";
    case QN_USAGE: return "usage";
    case QN_INPUT: return "input";
    case QN_LIMIT: return "limit";
    case QN_IO: return "io";
    case QN_EXISTS: return "exists";
    case QN_NOMEM: return "nomem";
    case QN_DEVICE: return "device";
    case QN_NODEVICE: return "nodevice";
    case QN_CANCELLED: return "cancelled";
    case QN_INTERNAL: return "internal";
    }
    return "internal";
}
