/* Tables of colours: .cube files (Adobe Cube LUT 1.0) and Hald pictures, as one row of floats for the device.
 *
 * The form: RGB, 32 bits a sample, height 1. By the first four pixels value v lies at ([0] + [1]) + v ([2] + [3]) on
 * the table's axis: a whole number and the rest, a float and what it lacks. Then come the entries, red fastest. n
 * entries on an axis: a curve has n of them, a cube n^3. Pure; numbers do not depend on the locale. */
#ifndef QUERN_FILTER_LUT_FILE_H
#define QUERN_FILTER_LUT_FILE_H

#include "filter.h"
#include "image.h"

#define FLT_LUT_HEAD 4 /* pixels before the entries */

/* Reads the text of a .cube file; `content` says which kind must be in it. The result's plane is the caller's to
 * free(). Errors (QN_INPUT): "line 7: ...". */
bool flt_lut_read(flt_file_content content, const char *text, size_t len, qn_image *out, qn_error *err);

/* Whether a picture of this size can be a Hald picture (level 2: 8x8, 3: 27x27, ..., 16: 4096x4096). QN_INPUT. */
bool flt_hald_check(uint32_t width, uint32_t height, qn_error *err);
/* The table of a Hald picture; alpha does not count, and floats are taken as they are. The plane is the caller's to
 * free(). */
bool flt_lut_from_hald(const qn_image *hald, qn_image *out, qn_error *err);

/* The table that changes nothing, with n entries on an axis. The plane is the caller's to free(). */
bool flt_lut_identity(flt_file_content content, uint32_t n, qn_image *out, qn_error *err);

/* Entries on an axis of a table of `width` pixels. */
uint32_t flt_lut_size(flt_file_content content, uint32_t width);

#endif
