/* Private to the pipeline: samples from one format to another on the host, for what the device's result, or a second
 * picture, is not: another depth, no alpha, gray, RGB. Pure; thread-safe. */
#ifndef QUERN_PIPELINE_CONVERT_H
#define QUERN_PIPELINE_CONVERT_H

#include "image.h"

/* Writes `from` to `to` in to->format; sizes must agree, both interleaved. `to` may be the same memory as `from`, with
 * any stride that holds its rows and lies on the same side as the growth (pixels that grow: stride no smaller;
 * pixels that shrink: stride no larger, the same one allowed in both cases).
 *
 * 16 to 8 bits is round(v / 257), 8 to 16 is v * 257; 1 of a float is 255 or 65535, what lies outside 0..1 is clamped
 * and NaN is 0. Alpha that `to` lacks is laid over `background` (RGB, 0..1, encoded values); alpha that `from` lacks is
 * full. RGB to gray is luma by Rec. 709 on encoded values. */
void pipe_convert(const qn_image *from, const qn_image *to, const float background[3]);

#endif
