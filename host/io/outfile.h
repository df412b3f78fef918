/* Whole outputs only: a file appears under its name when all of it is there, or not at all. */
#ifndef QUERN_IO_OUTFILE_H
#define QUERN_IO_OUTFILE_H

#include "bytes.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

typedef enum io_sync { IO_SYNC_REPLACE = 0, IO_SYNC_ALWAYS, IO_SYNC_NEVER } io_sync;

typedef struct io_write_options {
    bool replace;   /* false: an output that exists is QN_EXISTS, without a race */
    bool make_dirs; /* missing directories of the path are made */
    io_sync sync;
    const struct stat *like; /* mode taken from here; NULL: 0666 less the umask */
    bool keep_times;         /* times taken from `like` too */
} io_write_options;

/* Writes `len` bytes so that `path` is the old file, the new file or absent at every moment, power loss included
 * where `sync` says so. Tries an unnamed file (O_TMPFILE + linkat), else a temporary name in the same directory that
 * is removed on every error. Works on names of any bytes up to NAME_MAX. Errors: QN_IO, QN_EXISTS; the text names the
 * system's reason. Safe from several threads. */
bool io_write_file(const char *path, const void *data, size_t len, const io_write_options *options, qn_error *err);

/* The same in pieces: open, write as often as there is something, finish; free in any case. What was not finished
 * leaves nothing behind. One thread per file. */
typedef struct io_outfile io_outfile;
io_outfile *io_outfile_open(const char *path, const io_write_options *options, qn_error *err);
bool io_outfile_write(io_outfile *file, const void *data, size_t len, qn_error *err);
bool io_outfile_finish(io_outfile *file, qn_error *err);
void io_outfile_free(io_outfile **file); /* takes NULL */

/* The whole of a file (or of `fd` for standard input) into `out`. A read error is told apart from the end.
 * Only regular files are opened by path (no FIFO, socket, device): QN_INPUT names the kind. `st` may be NULL. */
bool io_read_file(const char *path, qn_bytes *out, struct stat *st, qn_error *err);
/* The file opened for reading, by the same rules; -1: it could not be. */
int io_open_regular(const char *path, struct stat *st, qn_error *err);
bool io_read_fd(int fd, qn_bytes *out, qn_error *err);
/* What follows in `fd` behind the bytes in `out`, until its end comes or out->len is `most`. `expected`: how many they
 * may be in all; memory grows beyond that as they come. */
bool io_read_up_to(int fd, size_t expected, size_t most, qn_bytes *out, qn_error *err);
/* All of it to a descriptor (standard output). QN_IO on a closed pipe or a full disk. */
bool io_write_fd(int fd, const void *data, size_t len, qn_error *err);

/* Removes the temporary names that this process has open right now; only async-signal-safe calls. For the last steps
 * of a run that a signal ends. Names whose file was finished are not touched. */
void io_remove_temporaries(void);

#endif
