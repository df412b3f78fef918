/* The command line: argv in, exit code out. */
#ifndef QUERN_CLI_CLI_H
#define QUERN_CLI_CLI_H

/* Exit codes are part of the contract. */
typedef enum cli_exit {
    CLI_DONE = 0,
    CLI_FAILED = 1, /* some inputs failed, each named with its reason */
    CLI_USAGE = 2,  /* nothing was touched */
    CLI_NO_DEVICE = 3,
    CLI_BY_SIGNAL = 128 /* plus the signal's number */
} cli_exit;

/* The whole program. Returns the exit code; never ends the process itself, except from the handler of a second
 * SIGINT or SIGTERM. Called once: it sets signal handlers. */
int cli_main(int argc, char **argv);

#endif
