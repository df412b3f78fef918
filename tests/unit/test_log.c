/* qn_log: levels, escaping, whole lines from several threads. */
#include "check.h"
#include "log.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

/* All that stands in the file, NUL-terminated; the caller's to free(). */
static char *contents(FILE *f)
{
    long size = fseek(f, 0, SEEK_END) == 0 ? ftell(f) : 0;
    char *s = calloc(1, (size_t)size + 1);
    rewind(f);
    if (s != NULL && fread(s, 1, (size_t)size, f) != (size_t)size) {
        s[0] = '\0';
    }
    return s;
}

static void test_levels(void)
{
    FILE *f = tmpfile();
    qn_log *log = qn_log_create(fileno(f), QN_LOG_WARN);
    CHECK(qn_log_on(log, QN_LOG_ERROR) && qn_log_on(log, QN_LOG_WARN) && !qn_log_on(log, QN_LOG_NOTE));
    qn_logf(log, QN_LOG_ERROR, "%s: bad", "a\nb\x1b.png");
    qn_logf(log, QN_LOG_NOTE, "dropped");
    qn_log_line(log, QN_LOG_WARN, "3 of 4");
    qn_log_line(log, QN_LOG_VERBOSE, "dropped");
    char *text = contents(f);
    CHECK_EQ_STR(text, "quern: a\\nb\\x1b.png: bad\n3 of 4\n");
    free(text);
    qn_log_free(&log);
    CHECK(log == NULL);
    qn_log_free(&log);
    fclose(f);
}

static void test_null_and_closed(void)
{
    CHECK(!qn_log_on(NULL, QN_LOG_ERROR));
    qn_logf(NULL, QN_LOG_ERROR, "x");
    qn_log_line(NULL, QN_LOG_ERROR, "x");
    qn_log_free(NULL);
    qn_log *log = qn_log_create(-1, QN_LOG_VERBOSE); /* nobody reads: no crash, no hang */
    qn_logf(log, QN_LOG_ERROR, "x");
    qn_log_free(&log);
}

enum { THREADS = 6, LINES = 400, LENGTH = 300 };

typedef struct speaker {
    qn_log *log;
    char letter;
} speaker;

static void *speak(void *arg)
{
    const speaker *s = arg;
    char text[LENGTH + 1];
    memset(text, s->letter, LENGTH);
    text[LENGTH] = '\0';
    for (int i = 0; i < LINES; i++) {
        qn_logf(s->log, QN_LOG_NOTE, "%s", text);
    }
    return NULL;
}

static void test_threads(void)
{
    FILE *f = tmpfile();
    qn_log *log = qn_log_create(fileno(f), QN_LOG_NOTE);
    speaker s[THREADS];
    pthread_t thread[THREADS];
    for (int i = 0; i < THREADS; i++) {
        s[i] = (speaker){ log, (char)('a' + i) };
        pthread_create(&thread[i], NULL, speak, &s[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(thread[i], NULL);
    }
    char *text = contents(f), *rest = text;
    int lines = 0, torn = 0;
    for (char *line; (line = strsep(&rest, "\n")) != NULL && rest != NULL; lines++) {
        const char *body = line + strlen("quern: ");
        bool whole = strlen(line) == strlen("quern: ") + LENGTH && strncmp(line, "quern: ", 7) == 0 &&
                     strspn(body, (char[]){ body[0], '\0' }) == LENGTH;
        torn += !whole;
    }
    CHECK_EQ_INT(lines, THREADS * LINES);
    CHECK_EQ_INT(torn, 0);
    free(text);
    qn_log_free(&log);
    fclose(f);
}

int main(void)
{
    test_levels();
    test_null_and_closed();
    test_threads();
    return check_summary();
}
