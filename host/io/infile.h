/* A large file, read piece by piece behind a decoder's back. */
#ifndef QUERN_IO_INFILE_H
#define QUERN_IO_INFILE_H

#include "bytes.h"
#include "codec.h"
#include "status.h"

#include <sys/stat.h>

typedef struct io_infile io_infile;

/* Opens a regular file as io_read_file() does and puts its first piece into `first`. Errors: QN_IO, QN_INPUT (no
 * regular file), QN_NOMEM. */
io_infile *io_infile_open(const char *path, qn_bytes *first, struct stat *st, qn_error *err);
/* The file for a decoder of pictures. *file NULL: all of it is in `first`, or of what is no picture (io_sniff()) the
 * beginning. Else it has `whole_up_to` bytes or more, of a type that io_reads_pieces(), and `first` is its first
 * piece. Errors as above. */
bool io_read_picture(const char *path, uint64_t whole_up_to, qn_bytes *first, io_infile **file, struct stat *st,
                     qn_error *err);
/* For limits->more, as long as the file is open. One thread at a time. */
const io_more *io_infile_more(const io_infile *file);
void io_infile_close(io_infile **file); /* takes NULL */

#endif
