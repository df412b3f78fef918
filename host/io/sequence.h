/* Pictures that stand one behind the other: on standard input (as ffmpeg -f image2pipe writes them) or in a PNM file.
 * Read as they are taken, so that an endless stream needs no more memory than its largest picture. */
#ifndef QUERN_IO_SEQUENCE_H
#define QUERN_IO_SEQUENCE_H

#include "bytes.h"
#include "codec.h"
#include "status.h"

#include <stdbool.h>
#include <sys/stat.h>

typedef struct io_sequence io_sequence;

/* Of a descriptor that stays the caller's. Once *stop (may be NULL) is not 0, nothing is waited for any more. NULL:
 * QN_NOMEM. One thread at a time. */
io_sequence *io_sequence_open(int fd, const io_limits *limits, const volatile _Atomic int *stop, qn_error *err);
/* Of a PNM, PAM or PFM file in which more than one picture may be; NULL without an error: of any other file, or of one
 * that cannot be read (which is told by those who read it). */
io_sequence *io_sequence_of_file(const char *path, const io_limits *limits, struct stat *st, qn_error *err);
void io_sequence_free(io_sequence **s); /* takes NULL */

/* The bytes of the next picture into `out`; *any false: there are no more. The first one is whatever comes; after a PNM
 * so is the next, since nothing but pictures may follow it; what follows a PNG or JPEG and is no picture is left. Of a
 * picture that limits->max_pixels refuses only the beginning is given. Errors: QN_IO, QN_NOMEM, QN_CANCELLED; they end
 * it. */
bool io_sequence_next(io_sequence *s, qn_bytes *out, bool *any, qn_error *err);
/* Whether another picture follows; waits for its first bytes. Errors are kept for the next call of the above. */
bool io_sequence_goes_on(io_sequence *s);
/* Whether all there is is one picture that does not get past its header: none at all, too large, damaged before its
 * pixels, so that nothing behind it can be one. Before the first call of the above, which gives the same bytes as
 * without; waits for as many as it takes to tell. False also where that would be too many. */
bool io_sequence_refused(io_sequence *s);
/* Bytes behind the last picture that were left, as far as they have been read. */
size_t io_sequence_left(const io_sequence *s);

#endif
