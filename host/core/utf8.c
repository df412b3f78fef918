#include "utf8.h"

#include <stdbool.h>

static bool is_tail(unsigned char c)
{
    return (c & 0xC0U) == 0x80U;
}

size_t qn_utf8_len(const char *s, size_t n)
{
    const unsigned char *u = (const unsigned char *)s;
    if (n == 0) {
        return 0;
    }
    if (u[0] < 0x80) {
        return 1;
    }
    if (u[0] < 0xC2 || u[0] > 0xF4) {
        return 0;
    }
    size_t len = u[0] < 0xE0 ? 2 : u[0] < 0xF0 ? 3 : 4;
    if (n < len) {
        return 0;
    }
    for (size_t i = 1; i < len; i++) {
        if (!is_tail(u[i])) {
            return 0;
        }
    }
    /* The second byte rules out overlong forms, surrogates and what lies beyond U+10FFFF. */
    if ((u[0] == 0xE0 && u[1] < 0xA0) || (u[0] == 0xED && u[1] > 0x9F) || (u[0] == 0xF0 && u[1] < 0x90) ||
        (u[0] == 0xF4 && u[1] > 0x8F)) {
        return 0;
    }
    return len;
}

size_t qn_utf8_cut(const char *s, size_t n)
{
    /* A sequence that reaches over the end begins at most three bytes before it. */
    for (size_t back = 1; back <= 3 && back <= n; back++) {
        unsigned char c = (unsigned char)s[n - back];
        if (is_tail(c)) {
            continue;
        }
        size_t len = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : c >= 0xC0 ? 2 : 1;
        return len > back ? n - back : n;
    }
    return n;
}
