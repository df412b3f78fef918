#include "signals.h"

#include "cli.h"
#include "outfile.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

/* How long pictures in flight may take to be given up in order, once a signal came. */
enum { PATIENCE_S = 1 };

static volatile _Atomic int stop_signal; /* handlers can be handed nothing */

/* Async-signal-safe calls only. */
static void end_now(int signal_number)
{
    io_remove_temporaries();
    _exit(CLI_BY_SIGNAL + signal_number);
}

static void on_signal(int signal_number)
{
    const int saved = errno;
    const int before = atomic_load(&stop_signal);
    if (before != 0)
        end_now(signal_number == SIGALRM ? before : signal_number);
    if (signal_number != SIGALRM) {
        atomic_store(&stop_signal, signal_number);
        alarm(PATIENCE_S); /* a kernel or a compiler that does not end is not waited for */
    }
    errno = saved;
}

static void handle(int signal_number)
{
    struct sigaction old, action = { .sa_handler = on_signal };
    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGINT);
    sigaddset(&action.sa_mask, SIGTERM);
    sigaddset(&action.sa_mask, SIGALRM);
    action.sa_flags = SA_RESTART;
    if (sigaction(signal_number, NULL, &old) == 0 && old.sa_handler == SIG_IGN)
        return;
    sigaction(signal_number, &action, NULL);
}

void cli_signals_begin(void)
{
    struct sigaction ignore = { .sa_handler = SIG_IGN };
    sigemptyset(&ignore.sa_mask);
    sigaction(SIGPIPE, &ignore, NULL);
    handle(SIGINT);
    handle(SIGTERM);
    handle(SIGALRM);
}

const volatile _Atomic int *cli_signal_flag(void)
{
    return &stop_signal;
}
