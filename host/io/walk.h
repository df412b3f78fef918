/* From what stands on the command line to a list of pictures, in a stable, sorted order. */
#ifndef QUERN_IO_WALK_H
#define QUERN_IO_WALK_H

#include "status.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct io_input {
    char *path; /* to open; "-" is standard input */
    char *rel;  /* path below the directory it was found in ("a/b.jpg"), or the last component of a named file */
    bool named; /* stood on the command line or in a list itself: not being a picture is an error, not a skip */
} io_input;

typedef struct io_inputs {
    io_input *item;
    size_t n, cap;
    size_t skipped;      /* directory entries that are no regular files */
    qn_error *failure;   /* inputs that cannot be reached (missing, unreadable directory): one error each, */
    char **failure_path; /* and the name as it was given */
    size_t failures;
} io_inputs;

typedef struct io_walk_options {
    bool recurse;      /* -r: directories in directories too */
    bool follow_links; /* -L: links to directories are followed (loops are cut) */
} io_walk_options;

/* Adds one command-line argument. Files of a directory are taken in byte order of their names, sub-directories in
 * that order too; hidden files (".x") inside directories are left out. False only on QN_NOMEM. */
bool io_inputs_add(io_inputs *in, const char *arg, const io_walk_options *options, qn_error *err);
/* Adds the names that `fd` holds, one a line or NUL-separated; each is a named file or directory. */
bool io_inputs_add_list(io_inputs *in, int fd, bool nul_separated, const io_walk_options *options, qn_error *err);
void io_inputs_free(io_inputs *in);

#endif
