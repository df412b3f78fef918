/* A picture's file once more, its compressed pixels as they are. */
#ifndef QUERN_IO_COPYFILE_H
#define QUERN_IO_COPYFILE_H

#include "bytes.h"
#include "codec.h"

/* The file `data`, which has been decoded without an error, appended to `out` with those kinds of metadata alone
 * (io_meta_kind mask). IO_META_ALL: every byte of it, whatever it is. Else of PNG and JPEG what makes up the pixels
 * and their colours' coding stays, with the frames of an animation; so do the kinds in the mask, byte for byte; what
 * is neither (segments of other programs, time stamps, what follows the picture's end) goes. Other types hold no
 * metadata and are copied. Errors: QN_NOMEM. */
bool io_copy_file(io_type type, const uint8_t *data, size_t len, unsigned kinds, qn_bytes *out, qn_error *err);

#endif
