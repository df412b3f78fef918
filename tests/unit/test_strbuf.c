/* qn_strbuf: sticky failure, formatting, numbers, and the two escapings over every byte and every kind of bad UTF-8. */
#include "check.h"
#include "strbuf.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

static void test_building(void)
{
    qn_strbuf sb = { 0 };
    CHECK_EQ_STR(sb_str(&sb), "");
    sb_add(&sb, "");
    CHECK_EQ_STR(sb_str(&sb), "");
    sb_add(&sb, "one");
    sb_addc(&sb, ' ');
    sb_addn(&sb, "two three", 3);
    sb_addf(&sb, " %d %s %u %zu %llu", -3, "four", 5U, (size_t)6, 7ULL);
    CHECK_EQ_STR(sb_str(&sb), "one two -3 four 5 6 7");
    CHECK_EQ_INT(sb.len, strlen(sb.s));
    CHECK(sb_ok(&sb));
    size_t cap = sb.cap;
    sb_clear(&sb);
    CHECK_EQ_STR(sb_str(&sb), "");
    CHECK(sb.cap == cap && sb.len == 0);
    sb_free(&sb);
    sb_free(&sb);
    sb_free(NULL);
    CHECK_EQ_STR(sb_str(&sb), "");
}

/* Every length around the growth steps, through both ways of adding. */
static void test_lengths(void)
{
    char text[400];
    memset(text, 'x', sizeof text);
    for (int n = 0; n < 400; n++) {
        for (int first = 0; first < 70; first += 3) {
            qn_strbuf sb = { 0 };
            sb_addn(&sb, text, (size_t)first);
            sb_addf(&sb, "%.*s", n, text);
            sb_addc(&sb, '!');
            bool ok = sb_ok(&sb) && sb.len == (size_t)(first + n + 1) && sb.s[sb.len] == '\0' && sb.len < sb.cap &&
                      strlen(sb.s) == sb.len && sb.s[sb.len - 1] == '!';
            CHECK_MSG(ok, "%d bytes behind %d", n, first);
            sb_free(&sb);
        }
    }
}

static void test_take(void)
{
    qn_strbuf sb = { 0 };
    char *s = sb_take(&sb);
    CHECK_EQ_STR(s, "");
    free(s);
    sb_add(&sb, "abc");
    s = sb_take(&sb);
    CHECK_EQ_STR(s, "abc");
    CHECK(sb.s == NULL && sb.len == 0 && sb.cap == 0);
    free(s);
}

static void test_failure(void)
{
    const size_t sizes[] = { SIZE_MAX, SIZE_MAX - 1, SIZE_MAX - 4, SIZE_MAX / 2 };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        volatile size_t huge = sizes[i];
        qn_strbuf sb = { 0 };
        sb_add(&sb, "abc");
        sb_addn(&sb, "x", huge);
        CHECK(!sb_ok(&sb));
        sb_add(&sb, "def"); /* does nothing: the error sticks */
        sb_addf(&sb, "%d", 1);
        sb_add_json(&sb, "x");
        CHECK_EQ_STR(sb_str(&sb), "abc");
        CHECK(!sb_ok(&sb));
        char *s = sb_take(&sb);
        CHECK(s == NULL);
        free(s);
        sb_free(&sb);
    }
}

typedef void (*escape_fn)(qn_strbuf *sb, const char *text);

static void check_escape(escape_fn escape, const char *text, const char *want, int line)
{
    qn_strbuf sb = { 0 };
    escape(&sb, text);
    check_str(sb_str(&sb), want, __FILE__, line, "escaped text");
    sb_free(&sb);
}

#define JSON(text, want)    check_escape(sb_add_json, (text), "\"" want "\"", __LINE__)
#define VISIBLE(text, want) check_escape(sb_add_visible, (text), (want), __LINE__)
#define BAD                 "\xEF\xBF\xBD"

static void test_every_byte(void)
{
    for (int c = 1; c < 256; c++) {
        char text[4] = { 'a', (char)c, 'b', '\0' }, json[32], seen[32];
        const char *letter = strchr("\nn\tt\rr\bb\ff", c);
        if (c == '"' || c == '\\') {
            snprintf(json, sizeof json, "\"a\\%cb\"", c);
        } else if (c < 0x20 && letter != NULL) {
            snprintf(json, sizeof json, "\"a\\%cb\"", letter[1]);
        } else if (c < 0x20 || c == 0x7F) {
            snprintf(json, sizeof json, "\"a\\u%04xb\"", (unsigned)c);
        } else {
            snprintf(json, sizeof json, "\"%s\"", c < 0x80 ? text : "a" BAD "b");
        }
        if (c == '\n' || c == '\t' || c == '\r') {
            snprintf(seen, sizeof seen, "a\\%cb", letter[1]);
        } else if (c < 0x20 || c >= 0x7F) {
            snprintf(seen, sizeof seen, "a\\x%02xb", (unsigned)c);
        } else {
            snprintf(seen, sizeof seen, "%s", text);
        }
        check_escape(sb_add_json, text, json, __LINE__);
        check_escape(sb_add_visible, text, seen, __LINE__);
    }
}

static void test_utf8(void)
{
    /* the first and the last code point of each length, and both sides of the surrogates */
    JSON("\xC2\xA0 \xDF\xBF", "\xC2\xA0 \xDF\xBF");
    JSON("\xE0\xA0\x80 \xED\x9F\xBF \xEE\x80\x80 \xEF\xBF\xBF", "\xE0\xA0\x80 \xED\x9F\xBF \xEE\x80\x80 \xEF\xBF\xBF");
    JSON("\xF0\x90\x80\x80 \xF4\x8F\xBF\xBF", "\xF0\x90\x80\x80 \xF4\x8F\xBF\xBF");
    VISIBLE("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x8D\x8E", "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x8D\x8E");

    JSON("\xC0\x80", BAD BAD);         /* overlong NUL */
    JSON("\xC1\xBF", BAD BAD);         /* overlong */
    JSON("\xE0\x9F\xBF", BAD BAD BAD); /* overlong */
    JSON("\xF0\x8F\xBF\xBF", BAD BAD BAD BAD);
    JSON("\xED\xA0\x80", BAD BAD BAD);         /* a surrogate */
    JSON("\xF4\x90\x80\x80", BAD BAD BAD BAD); /* beyond U+10FFFF */
    JSON("\xF8\x88", BAD BAD);
    JSON("\xE2\x82", BAD BAD); /* ends early */
    JSON("\xE2\x82x", BAD BAD "x");
    JSON("\x80\xC3", BAD BAD);
    VISIBLE("\xE2\x82x", "\\xe2\\x82x");
    VISIBLE("a\xFFz", "a\\xffz");
    VISIBLE("\x1b[31m", "\\x1b[31m");
    VISIBLE("\xC2\x9B"
            "31m",
            "\\xc2\\x9b31m"); /* the one-character form of ESC [ */
}

static void check_number(double v, const char *want, int line)
{
    qn_strbuf sb = { 0 };
    sb_add_number(&sb, v);
    check_str(sb_str(&sb), want, __FILE__, line, "number");
    sb_free(&sb);
}

#define NUMBER(v, want) check_number((v), (want), __LINE__)

static void test_numbers(void)
{
    NUMBER(0, "0");
    NUMBER(-0.0, "-0");
    NUMBER(1, "1");
    NUMBER(-2.5, "-2.5");
    NUMBER(0.1, "0.1");
    NUMBER(0.1 + 0.2, "0.30000000000000004");
    NUMBER(100, "100");
    NUMBER(1234567, "1234567");
    NUMBER(4294967296.0, "4294967296");
    NUMBER(1e300, "1e+300");
    NUMBER((double)NAN, "null");
    NUMBER((double)INFINITY, "null");
    NUMBER(-(double)INFINITY, "null");

    uint64_t bits = 1;
    for (int i = 0; i < 2000; i++) {
        bits = bits * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        double v;
        memcpy(&v, &bits, sizeof v);
        if (!isfinite(v)) {
            continue;
        }
        qn_strbuf sb = { 0 };
        sb_add_number(&sb, v);
        double back = strtod(sb_str(&sb), NULL);
        CHECK_MSG(memcmp(&back, &v, sizeof v) == 0, "%a became %s", v, sb_str(&sb));
        sb_free(&sb);
    }
}

int main(void)
{
    test_building();
    test_lengths();
    test_take();
    test_failure();
    test_every_byte();
    test_utf8();
    test_numbers();
    return check_summary();
}
