/* A string that is put together piece by piece. Errors stick: after the first failed allocation every call does
 * nothing, and the one check is sb_ok() at the end. */
#ifndef QUERN_CORE_STRBUF_H
#define QUERN_CORE_STRBUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct qn_strbuf {
    char *s; /* NUL-terminated once anything was added; NULL before */
    size_t len, cap;
    bool failed;
} qn_strbuf;

void sb_add(qn_strbuf *sb, const char *text);
void sb_addn(qn_strbuf *sb, const char *text, size_t n);
void sb_addc(qn_strbuf *sb, char c);
void sb_addf(qn_strbuf *sb, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void sb_addv(qn_strbuf *sb, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
/* As a JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD, control bytes are escaped. */
void sb_add_json(qn_strbuf *sb, const char *text);
/* For a terminal: control bytes and bytes that are not UTF-8 as \n, \t, \x1b, ...; everything else as it is. */
void sb_add_visible(qn_strbuf *sb, const char *text);
/* A number for JSON, independent of the locale; NaN and infinities become null. */
void sb_add_number(qn_strbuf *sb, double v);

bool sb_ok(const qn_strbuf *sb);
const char *sb_str(const qn_strbuf *sb); /* never NULL */
char *sb_take(qn_strbuf *sb);            /* the string, now the caller's to free(); NULL if it failed */
void sb_clear(qn_strbuf *sb);            /* length 0, memory kept, an earlier failure forgotten */
void sb_free(qn_strbuf *sb);

#endif
