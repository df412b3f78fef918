/* qn_error: the first cause stays, texts are one line and are cut between characters. */
#include "check.h"
#include "status.h"

static void test_first_cause_stays(void)
{
    qn_error err = { 0 };
    CHECK(!qn_fail(&err, QN_INPUT, "bad %s at byte %d", "marker", 7));
    CHECK_EQ_INT(err.code, QN_INPUT);
    CHECK_EQ_STR(err.text, "bad marker at byte 7");
    CHECK(!qn_fail(&err, QN_IO, "later"));
    CHECK_EQ_INT(err.code, QN_INPUT);
    CHECK_EQ_STR(err.text, "bad marker at byte 7");
    qn_error_clear(&err);
    CHECK_EQ_INT(err.code, QN_OK);
    CHECK_EQ_STR(err.text, "");
    CHECK(!qn_fail(&err, QN_IO, "now"));
    CHECK_EQ_STR(err.text, "now");
}

static void test_null(void)
{
    CHECK(!qn_fail(NULL, QN_IO, "x"));
    qn_error_prefix(NULL, "x");
    qn_error_clear(NULL);
}

static void test_prefix(void)
{
    qn_error err = { 0 };
    qn_error_prefix(&err, "a.png");
    CHECK_EQ_STR(err.text, ""); /* nothing failed: nothing to prefix */
    qn_fail(&err, QN_INPUT, "truncated");
    qn_error_prefix(&err, "%s", "a.png");
    CHECK_EQ_STR(err.text, "a.png: truncated");
    qn_error_prefix(&err, "dir");
    CHECK_EQ_STR(err.text, "dir: a.png: truncated");
}

static void test_one_line(void)
{
    qn_error err = { 0 };
    qn_fail(&err, QN_INPUT, "a\nb\r\nc");
    CHECK(strpbrk(err.text, "\r\n") == NULL);
    qn_error_prefix(&err, "x\ny");
    CHECK(strpbrk(err.text, "\r\n") == NULL);
}

/* True where every sequence of two bytes is whole: the texts below hold ASCII and U+00E9 only. */
static bool whole(const char *s)
{
    for (; *s; s++) {
        if ((unsigned char)*s == 0xC3) {
            if ((unsigned char)*++s != 0xA9) {
                return false;
            }
        } else if ((unsigned char)*s >= 0x80) {
            return false;
        }
    }
    return true;
}

static void test_cut(void)
{
    char accents[1201];
    for (size_t i = 0; i < 1200; i += 2) {
        accents[i] = '\xC3';
        accents[i + 1] = '\xA9';
    }
    accents[1200] = '\0';
    for (int shift = 0; shift < 2; shift++) {
        qn_error err = { 0 };
        qn_fail(&err, QN_INPUT, "%s%s", shift ? "x" : "", accents);
        CHECK(strlen(err.text) >= sizeof err.text - 2 && whole(err.text));
    }
    for (size_t cause = 1; cause < 600; cause += 7) {
        for (size_t head = 1; head < 600; head += 7) {
            qn_error err = { 0 };
            qn_fail(&err, QN_INPUT, "c%.*s", (int)(cause / 2 * 2), accents);
            qn_error_prefix(&err, "p%.*s", (int)(head / 2 * 2), accents);
            CHECK(strlen(err.text) < sizeof err.text && whole(err.text));
            CHECK(strstr(err.text, ": c") != NULL); /* the cause is never pushed out */
        }
    }
}

static void test_names(void)
{
    CHECK_EQ_STR(qn_code_name(QN_USAGE), "usage");
    CHECK_EQ_STR(qn_code_name(QN_NODEVICE), "nodevice");
    for (int code = QN_OK; code <= QN_INTERNAL; code++) {
        for (int other = QN_OK; other < code; other++) {
            CHECK(strcmp(qn_code_name((qn_code)code), qn_code_name((qn_code)other)) != 0);
        }
    }
}

int main(void)
{
    test_first_cause_stays();
    test_null();
    test_prefix();
    test_one_line();
    test_cut();
    test_names();
    return check_summary();
}
