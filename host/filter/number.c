/* The grammar is checked here, so that strtod() sees plain decimals only; the program never sets a locale. */
#include "number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST = 64 };

static size_t digits(const char *s, size_t len, size_t at)
{
    size_t from = at;
    while (at < len && s[at] >= '0' && s[at] <= '9')
        at++;
    return at - from;
}

static size_t sign_at(const char *s, size_t len, size_t at)
{
    return at < len && (s[at] == '+' || s[at] == '-');
}

static size_t number_length(const char *s, size_t len)
{
    size_t at = sign_at(s, len, 0);
    size_t whole = digits(s, len, at);
    at += whole;
    size_t fraction = 0;
    if (at < len && s[at] == '.') {
        fraction = digits(s, len, at + 1);
        if (whole + fraction > 0)
            at += 1 + fraction;
    }
    if (whole + fraction == 0)
        return 0;
    if (at < len && (s[at] == 'e' || s[at] == 'E')) {
        size_t exponent = at + 1 + sign_at(s, len, at + 1);
        size_t n = digits(s, len, exponent);
        if (n > 0) /* else the e begins a unit ("0.7ev") */
            at = exponent + n;
    }
    return at;
}

bool flt_read_number(const char *s, size_t len, double *value, size_t *used)
{
    char copy[LONGEST + 1];
    size_t n = number_length(s, len);
    *used = n;
    if (n == 0 || n > LONGEST)
        return false;
    memcpy(copy, s, n);
    copy[n] = '\0';
    *value = strtod(copy, NULL);
    return isfinite(*value);
}

bool flt_read_int(const char *s, size_t len, bool sign, int32_t *value, size_t *used)
{
    size_t at = sign ? sign_at(s, len, 0) : 0;
    size_t n = digits(s, len, at);
    *used = at + n;
    int64_t v = 0;
    for (size_t i = at; i < at + n; i++) {
        v = v * 10 + (s[i] - '0');
        if (v > INT32_MAX)
            return false;
    }
    *value = (int32_t)(at && s[0] == '-' ? -v : v);
    return n > 0;
}

void flt_print_number(qn_strbuf *out, double value)
{
    char text[40];
    if (value == 0)
        value = 0; /* no "-0" */
    if (fabs(value) < 1e15 && value == trunc(value)) {
        sb_addf(out, "%.0f", value); /* 500, not 5e+02 */
        return;
    }
    for (int precision = 1; precision <= 17; precision++) {
        snprintf(text, sizeof text, "%.*g", precision, value);
        if (strtod(text, NULL) == value)
            break;
    }
    sb_add(out, text);
}
