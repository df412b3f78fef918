/* The chunks of a PNG that say nothing about its pixels: text, EXIF, what is only remarked on. libpng hands them over
 * raw, so that a file's text is inflated once and within a limit. Private to host/io; one thread per object. */
#ifndef QUERN_IO_PNG_CHUNKS_H
#define QUERN_IO_PNG_CHUNKS_H

#include "metadata.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct io_png_chunks {
    io_meta *meta;
    uint64_t limit, left; /* bytes that metadata may take, and of them those that are not taken yet */
    bool keep;            /* what is damaged is left out */
    bool damaged;         /* something was */
    bool exif_is_text;    /* it came from a text ("Raw profile type exif") */
    bool behind;          /* what is carried of the chunks that are still to come has been taken already */
    char left_out[200];   /* names of chunks, ", " before each */
    unsigned notes;       /* remarks of libpng that were passed on */
} io_png_chunks;

/* Names, four letters and a NUL each, of the chunks that libpng knows and is to hand over. */
extern const uint8_t io_png_raw_chunks[];
enum { IO_PNG_RAW_CHUNKS = 13 };

/* Any of them, or one that libpng does not know. Errors: QN_INPUT, QN_LIMIT, QN_NOMEM. */
bool io_png_take_chunk(io_png_chunks *c, const uint8_t name[5], const uint8_t *data, size_t len, qn_error *err);
/* Whether such a chunk is metadata that outputs are given: text, EXIF, the profile. `type`: its letters, the first one
 * in the highest byte. */
bool io_png_is_carried(uint32_t type);
bool io_png_is_text_or_exif(uint32_t type);
/* It is named by io_png_tell_left_out(); the frames of an animation are not. */
void io_png_leave_out(io_png_chunks *c, uint32_t type);
/* Counts `len` bytes of metadata. QN_LIMIT where there is no room for them. */
bool io_png_count_meta(io_png_chunks *c, uint64_t len, qn_error *err);
/* A warning of libpng that means no damage. */
void io_png_pass_on(io_png_chunks *c, const char *message);
/* Remarks on what was left out since the last call. */
void io_png_tell_left_out(io_png_chunks *c);

#endif
