#include "strbuf.h"

#include "utf8.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for `more` bytes and the NUL. */
static bool make_room(qn_strbuf *sb, size_t more)
{
    if (sb->failed) {
        return false;
    }
    if (more < sb->cap - sb->len) {
        return true;
    }
    if (more >= SIZE_MAX - sb->len) {
        sb->failed = true;
        return false;
    }
    size_t need = sb->len + more + 1, cap = sb->cap + sb->cap / 2;
    if (cap < need) {
        cap = need < 64 ? 64 : need; /* also where the sum wrapped around */
    }
    char *s = realloc(sb->s, cap);
    if (s == NULL) {
        sb->failed = true;
        return false;
    }
    sb->s = s;
    sb->cap = cap;
    return true;
}

void sb_addn(qn_strbuf *sb, const char *text, size_t n)
{
    if (make_room(sb, n)) {
        if (n > 0) {
            memcpy(sb->s + sb->len, text, n);
        }
        sb->len += n;
        sb->s[sb->len] = '\0';
    }
}

void sb_add(qn_strbuf *sb, const char *text)
{
    sb_addn(sb, text, strlen(text));
}

void sb_addc(qn_strbuf *sb, char c)
{
    sb_addn(sb, &c, 1);
}

void sb_addv(qn_strbuf *sb, const char *fmt, va_list ap)
{
    if (!make_room(sb, 0)) {
        return;
    }
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(sb->s + sb->len, sb->cap - sb->len, fmt, ap);
    if (n >= 0 && (size_t)n >= sb->cap - sb->len) {
        sb->s[sb->len] = '\0';
        n = make_room(sb, (size_t)n) ? vsnprintf(sb->s + sb->len, sb->cap - sb->len, fmt, again) : -1;
    }
    va_end(again);
    if (n < 0) {
        sb->failed = true;
        sb->s[sb->len] = '\0';
    } else {
        sb->len += (size_t)n;
    }
}

void sb_addf(qn_strbuf *sb, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    sb_addv(sb, fmt, ap);
    va_end(ap);
}

/* The letter after the backslash, for those control bytes that have one; 0: none. */
static char short_escape(char c)
{
    switch (c) {
    case '\n': return 'n';
    case '\t': return 't';
    case '\r': return 'r';
    case '\b': return 'b';
    case '\f': return 'f';
    default: return '\0';
    }
}

static bool is_control(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7F;
}

void sb_add_json(qn_strbuf *sb, const char *text)
{
    size_t left = strlen(text);
    sb_addc(sb, '"');
    while (left > 0) {
        size_t n = qn_utf8_len(text, left);
        if (n == 0) {
            sb_add(sb, "\xEF\xBF\xBD");
            n = 1;
        } else if (*text == '"' || *text == '\\') {
            sb_addc(sb, '\\');
            sb_addc(sb, *text);
        } else if (short_escape(*text) != '\0') {
            sb_addc(sb, '\\');
            sb_addc(sb, short_escape(*text));
        } else if (is_control(*text)) {
            sb_addf(sb, "\\u%04x", (unsigned)(unsigned char)*text);
        } else {
            sb_addn(sb, text, n);
        }
        text += n;
        left -= n;
    }
    sb_addc(sb, '"');
}

void sb_add_visible(qn_strbuf *sb, const char *text)
{
    size_t left = strlen(text);
    while (left > 0) {
        size_t n = qn_utf8_len(text, left);
        if (n == 1 && (*text == '\n' || *text == '\t' || *text == '\r')) {
            sb_addc(sb, '\\');
            sb_addc(sb, short_escape(*text));
        } else if (n == 0 || is_control(*text)) {
            sb_addf(sb, "\\x%02x", (unsigned)(unsigned char)*text);
            n = 1;
        } else if (n == 2 && text[0] == '\xC2' && (unsigned char)text[1] < 0xA0) {
            /* U+0080 to U+009F: control characters too, which some terminals obey. */
            sb_addf(sb, "\\x%02x\\x%02x", 0xC2U, (unsigned)(unsigned char)text[1]);
        } else {
            sb_addn(sb, text, n);
        }
        text += n;
        left -= n;
    }
}

void sb_add_number(qn_strbuf *sb, double v)
{
    if (!isfinite(v)) {
        sb_add(sb, "null");
        return;
    }
    /* 17 digits always read back as the same double; most values need fewer. Reading back here uses the locale that
     * printing used, and its decimal point, whatever it is, becomes '.' afterwards. */
    char text[64];
    bool plain = fabs(v) < 1e15 && floor(v) == v; /* "100", which %g would make "1e+02" */
    for (int digits = 1; !plain && digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, v);
        if (strtod(text, NULL) == v) { /* exact on purpose */
            break;
        }
    }
    if (plain) {
        snprintf(text, sizeof text, "%.0f", v);
    }
    char *from = text, *to = text;
    bool in_point = false;
    while (*from != '\0') {
        if ((*from >= '0' && *from <= '9') || *from == '-' || *from == '+' || *from == 'e') {
            *to++ = *from;
            in_point = false;
        } else if (!in_point) {
            *to++ = '.';
            in_point = true; /* a decimal point of more than one byte is one point */
        }
        from++;
    }
    sb_addn(sb, text, (size_t)(to - text));
}

bool sb_ok(const qn_strbuf *sb)
{
    return !sb->failed;
}

const char *sb_str(const qn_strbuf *sb)
{
    return sb->s != NULL ? sb->s : "";
}

char *sb_take(qn_strbuf *sb)
{
    char *s = NULL;
    if (make_room(sb, 0)) {
        sb->s[sb->len] = '\0';
        s = sb->s;
        sb->s = NULL;
    }
    sb_free(sb);
    return s;
}

void sb_clear(qn_strbuf *sb)
{
    sb->len = 0;
    sb->failed = false;
    if (sb->s != NULL) {
        sb->s[0] = '\0';
    }
}

void sb_free(qn_strbuf *sb)
{
    if (sb != NULL) {
        free(sb->s);
        *sb = (qn_strbuf){ 0 };
    }
}
