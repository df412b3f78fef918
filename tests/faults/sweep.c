/* Runs a program under the fault layer, again and again, with another OpenCL call failing each time.
 *
 *   sweep [--full] LAYER PROGRAM [ARG...]
 *
 * The program must end by itself within 20 s, with 0 or 1, never by a signal; with 1 it must have said why in one line;
 * and all OpenCL objects must be released. Without --full: every call fails with CL_OUT_OF_RESOURCES, once and from
 * then on; the other codes only at the first call of each kind. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_CALLS = 64, TIME_LIMIT_S = 20, TEXT = 4096 };

typedef struct call {
    char name[64];
    unsigned long n;
} call;

typedef struct sweep {
    const char *layer;
    char **command;
    char report[64], errors[64];
    call calls[MAX_CALLS];
    size_t n_calls;
    unsigned runs, bad;
    bool leaked;
} sweep;

static int run(const sweep *s, const char *order)
{
    unlink(s->report);
    pid_t child = fork();
    if (child == 0) {
        int fd = open(s->errors, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        if (fd >= 0)
            dup2(fd, 2);
        setenv("OPENCL_LAYERS", s->layer, 1);
        setenv("QF_REPORT", s->report, 1);
        if (order)
            setenv("QF_FAIL", order, 1);
        alarm(TIME_LIMIT_S);
        execv(s->command[0], s->command);
        _exit(127);
    }
    int status = -1;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    return status;
}

/* What the layer counted; the calls only from the first, undisturbed run. */
static bool read_report(sweep *s, bool keep)
{
    FILE *f = fopen(s->report, "r");
    char line[128], name[64];
    long n;
    if (!f)
        return false;
    s->leaked = false;
    while (fgets(line, sizeof line, f)) {
        if (sscanf(line, "leaked %63s %ld", name, &n) == 2)
            s->leaked |= n != 0;
        else if (keep && s->n_calls < MAX_CALLS && sscanf(line, "calls %63s %ld", name, &n) == 2 && n > 0) {
            call *c = &s->calls[s->n_calls++];
            memcpy(c->name, name, sizeof c->name);
            c->n = (unsigned long)n;
        }
    }
    fclose(f);
    return true;
}

static size_t read_errors(const sweep *s, char *text)
{
    int fd = open(s->errors, O_RDONLY);
    ssize_t n = fd >= 0 ? read(fd, text, TEXT - 1) : -1;
    if (fd >= 0)
        close(fd);
    text[n > 0 ? n : 0] = '\0';
    return strlen(text);
}

static void check(sweep *s, const char *order)
{
    char text[TEXT];
    int status = run(s, order);
    bool reported = read_report(s, false);
    size_t len = read_errors(s, text);
    const char *fault = NULL;
    s->runs++;
    if (WIFSIGNALED(status))
        fault = WTERMSIG(status) == SIGALRM ? "hangs" : "crashes";
    else if (!WIFEXITED(status) || WEXITSTATUS(status) > 1)
        fault = WEXITSTATUS(status) == 3 ? "a wrong picture and no error" : "strange exit code";
    else if (WEXITSTATUS(status) == 1 && (len < 2 || !strchr(text, '\n')))
        fault = "fails and does not say why";
    else if (!reported)
        fault = "no report of the layer";
    else if (s->leaked)
        fault = "leaks";
    if (fault) {
        s->bad++;
        printf("QF_FAIL=%s: %s (status %#x)\n%s", order, fault, (unsigned)status, text);
    }
}

static void sweep_call(sweep *s, const call *c, bool full)
{
    static const int codes[] = { -5, -4, -6, -9999 };
    for (unsigned long n = 1; n <= c->n; n++)
        for (size_t k = 0; k < sizeof codes / sizeof codes[0]; k++)
            for (int for_good = 0; for_good < 2; for_good++) {
                char order[128];
                if (!full && k && n > 1)
                    continue;
                snprintf(order, sizeof order, "%s:%lu%s:%d", c->name, n, for_good ? "+" : "", codes[k]);
                check(s, order);
            }
}

int main(int argc, char **argv)
{
    sweep s = { .report = "/tmp/quern-sweep-XXXXXX", .errors = "/tmp/quern-sweep-XXXXXX" };
    bool full = argc > 1 && !strcmp(argv[1], "--full");
    if (argc < 3 + full) {
        fprintf(stderr, "usage: sweep [--full] LAYER PROGRAM [ARG...]\n");
        return 2;
    }
    int a = mkstemp(s.report), b = mkstemp(s.errors);
    if (a < 0 || b < 0)
        return 2;
    close(a);
    close(b);
    s.layer = argv[1 + full];
    s.command = &argv[2 + full];
    (void)run(&s, NULL); /* the first one builds and saves: not the run that is swept */
    int status = run(&s, NULL);
    bool ok = WIFEXITED(status) && WEXITSTATUS(status) == 0 && read_report(&s, true) && s.n_calls && !s.leaked;
    if (!ok)
        printf("the undisturbed run fails (status %#x) or leaks, or the layer was not loaded\n", (unsigned)status);
    for (size_t i = 0; i < s.n_calls && ok; i++)
        if (strcmp(s.calls[i].name, "*") != 0 || full)
            sweep_call(&s, &s.calls[i], full);
    printf("%u runs, %u bad\n", s.runs, s.bad);
    unlink(s.report);
    unlink(s.errors);
    return !ok || s.bad ? 1 : 0;
}
