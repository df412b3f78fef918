/* A few checks, no framework. A failed one prints its place and values, is counted, and the test goes on. main() ends
 * with `return check_summary();`. Safe from several threads. */
#ifndef QUERN_TESTS_CHECK_H
#define QUERN_TESTS_CHECK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Weak: one pair for a program, whichever of its files check. */
__attribute__((weak)) atomic_int check_done;
__attribute__((weak)) atomic_int check_failed;

static inline bool check_count(bool ok)
{
    atomic_fetch_add(&check_done, 1);
    if (!ok) {
        atomic_fetch_add(&check_failed, 1);
    }
    return ok;
}

static inline bool check_true(bool ok, const char *file, int line, const char *what)
{
    if (!ok) {
        fprintf(stderr, "%s:%d: failed: %s\n", file, line, what);
    }
    return check_count(ok);
}

static inline bool check_int(long long got, long long want, const char *file, int line, const char *what)
{
    if (got != want) {
        fprintf(stderr, "%s:%d: %s is %lld, should be %lld\n", file, line, what, got, want);
    }
    return check_count(got == want);
}

static inline bool check_str(const char *got, const char *want, const char *file, int line, const char *what)
{
    bool ok = got != NULL && want != NULL ? strcmp(got, want) == 0 : got == want;
    if (!ok) {
        fprintf(stderr, "%s:%d: %s is\n    \"%s\", should be\n    \"%s\"\n", file, line, what,
                got != NULL ? got : "(NULL)", want != NULL ? want : "(NULL)");
    }
    return check_count(ok);
}

static inline int check_summary(void)
{
    int done = atomic_load(&check_done), failed = atomic_load(&check_failed);
    printf("%d checks, %d failed\n", done, failed);
    return failed > 0 || done == 0 ? 1 : 0;
}

/* Each gives true where it held, so that a test can stop at what the rest of it stands on. */
#define CHECK(expression)       check_true((expression), __FILE__, __LINE__, #expression)
#define CHECK_EQ_INT(got, want) check_int((long long)(got), (long long)(want), __FILE__, __LINE__, #got)
#define CHECK_EQ_STR(got, want) check_str((got), (want), __FILE__, __LINE__, #got)
#define CHECK_MSG(expression, ...)                                                                                     \
    do {                                                                                                               \
        if (!check_true((expression), __FILE__, __LINE__, #expression)) {                                              \
            fputs("    ", stderr);                                                                                     \
            fprintf(stderr, __VA_ARGS__);                                                                              \
            fputc('\n', stderr);                                                                                       \
        }                                                                                                              \
    } while (0)

#endif
