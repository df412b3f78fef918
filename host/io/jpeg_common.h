/* Private to host/io: JPEG's markers to metadata and back. Needs no error handling of its own beyond its callers'. */
#ifndef QUERN_IO_JPEG_COMMON_H
#define QUERN_IO_JPEG_COMMON_H

#include "codec.h"
#include "metadata.h"

#include <stdbool.h>
#include <stdio.h>

#include <jpeglib.h>

enum { JPEG_SIDE_MAX = 65500 }; /* libjpeg's; the format itself ends at 65535 */

/* From the saved APP1, APP2 and COM markers and JFIF's density. False: out of memory. Calls nothing of libjpeg. */
bool jpeg_take_metadata(struct jpeg_decompress_struct *j, io_meta *meta);

/* Density, before jpeg_start_compress(). */
void jpeg_put_density(struct jpeg_compress_struct *j, const io_meta *meta);
/* EXIF, XMP, ICC in as many segments as it takes, and comments: right after jpeg_start_compress(). Leaves out EXIF
 * and XMP that do not fit into their one segment of 64 KB. Errors go through libjpeg's error_exit. */
void jpeg_put_metadata(struct jpeg_compress_struct *j, const io_meta *meta);

/* The sampling factors of the first component; the others have 1 and 1. */
void jpeg_sampling(const io_encode_options *options, int *h, int *v);
/* All parameters but the density, after jpeg_create_compress(). image->plane is not looked at. */
void jpeg_set_up(struct jpeg_compress_struct *j, const qn_image *image, const io_encode_options *options,
                 unsigned restart_rows);

#endif
