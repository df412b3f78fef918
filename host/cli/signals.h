/* SIGINT and SIGTERM: the first asks the run to end, the second ends the process. */
#ifndef QUERN_CLI_SIGNALS_H
#define QUERN_CLI_SIGNALS_H

#include <stdatomic.h>

/* Sets the handlers; SIGPIPE is ignored (a closed pipe is a write error like any other). A signal that was ignored
 * when the program began (nohup) stays ignored. */
void cli_signals_begin(void);

/* 0, or the number of the signal that came. */
const volatile _Atomic int *cli_signal_flag(void);

#endif
