/* Private to host/io: colours of a profile to sRGB, through lcms2 where quern was built with it.
 *
 * Thread-safety: a conversion belongs to one thread at a time; different ones are independent. */
#ifndef QUERN_IO_ICC_H
#define QUERN_IO_ICC_H

#include "codec_table.h"

typedef struct io_icc io_icc;

/* From samples of `format` (gray stays gray, with sRGB's curve; alpha is left alone) or, with `inks`, from four 8-bit
 * inks, 255 for none, to 8-bit RGB. By the profile in `meta`, or without one by its gAMA and cHRM. NULL: they cannot be
 * used, or there is no lcms2. */
io_icc *io_icc_create(const io_meta *meta, qn_format format, bool inks);
void io_icc_free(io_icc **icc); /* takes NULL */
/* from == to is allowed where both have the same samples. */
void io_icc_convert(const io_icc *icc, const void *from, void *to, size_t pixels);

/* Whether the profile speaks of that many colours (1 gray, 3 RGB, 4 CMYK). */
bool io_icc_speaks_of(const qn_bytes *profile, unsigned colours);

/* Whether anything says of the colours that they are not sRGB. */
bool io_icc_is_own(const io_meta *meta, qn_format format);
/* For --to-srgb, after the header was read: *icc is what the pixels must go through, or NULL. The profile leaves the
 * metadata. Errors: QN_INPUT (the profile cannot be used). */
bool io_icc_to_srgb(io_meta *meta, qn_format format, io_icc **icc, qn_error *err);

#endif
