/* Random stages from the rows: a generator per type of parameter, and overrides where a row's range is too wide to
 * test slowly (a blur of 500 pixels) or a value needs the picture (a crop must lie inside). */
#ifndef QUERN_TESTS_GEN_H
#define QUERN_TESTS_GEN_H

#include "filter.h"
#include "pictures.h"

/* Adds "name key=value ..." to *out. Choices and whole numbers come from *shape, everything else from *value: with
 * the same `shape` and another `value`, what varies is what a built program takes as it comes. w, h: the picture. */
void gen_stage(rng *shape, rng *value, const flt_row *row, uint32_t w, uint32_t h, qn_strbuf *out);

/* Adds random stage keys that make sense for the row on a picture of these channels; `plain`: border= only. */
void gen_keys(rng *shape, rng *value, const flt_row *row, unsigned channels, bool plain, uint32_t w, uint32_t h,
              qn_strbuf *out);

/* Whether a stage of this text leaves the picture its size, so that mask=, mix=, roi= and channels= apply. */
bool gen_keeps_size(const flt_row *row, const char *text);

/* The name by which generated stages call their second picture. */
#define GEN_FILE "second.png"
/* ... and their tables, by what must be in them. */
const char *gen_file_name(flt_file_content content);
/* What generated chains save; later stages of such a chain take it instead of the file. */
#define GEN_SAVED "kept"

#endif
