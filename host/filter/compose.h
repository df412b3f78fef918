/* What the COMPOSE rows share: where the second picture lies, and its pixel. Private to host/filter. */
#ifndef QUERN_FILTER_COMPOSE_H
#define QUERN_FILTER_COMPOSE_H

#include "plan_build.h"

/* The file of parameter `name` as a surface of these samples; -1: out of memory. Stages that name one file share the
 * surface. */
int flt_file_surface(flt_build *b, const flt_stage *s, const char *name, flt_storage storage, unsigned channels);
int flt_picture_surface(flt_build *b, const char *path, flt_file_content content, flt_storage storage,
                        unsigned channels);

/* Takes the pixel of a saved picture in register `second` to the form that a file's has: straight, in 0..1, in linear
 * light or not. */
bool flt_saved_form(flt_build *b, const flt_stage *s, const flt_kept *kept, int second, bool linear);

/* A register ($S) that holds the straight pixel of the second picture here, its alpha times `opacity`: placed by the
 * stage's at= and offset= or margin=, repeated with tile=. `light`: in the light of the value; else as stored. -1: an
 * error. */
int flt_second(flt_build *b, const flt_stage *s, bool light);

/* An operation on the value and the register. */
bool flt_with_second(flt_build *b, const flt_stage *s, int second, const char *code, const char *fragment);

#define FLT_PLACES "northwest|north|northeast|west|center|east|southwest|south|southeast"

/* clang-format off */
#define FLT_FILE_PARAM { .name = "file", .type = FLT_FILE, .help = "PNG, JPEG, PNM or PFM; its alpha counts, and it keeps its size" }
#define FLT_AT_PARAM(standard) \
    { .name = "at", .type = FLT_CHOICE, .def = standard, .choices = FLT_PLACES, .help = "where it lies" }
#define FLT_OFFSET_PARAM \
    { .name = "offset", .type = FLT_POINT2, .def = "0,0", .help = "pixels inward from that corner or edge" }
#define FLT_OPACITY_PARAM(standard) \
    { .name = "opacity", .type = FLT_NUMBER, .unit = FLT_PERCENT, .min = 0, .max = 1, .def = standard, \
      .help = "how much of it shows" }
#define FLT_TILE_PARAM \
    { .name = "tile", .type = FLT_BOOL, .def = "0", .help = "repeated over the whole picture, from there on" }
/* clang-format on */

#endif
