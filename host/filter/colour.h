/* Colours as chains write them: #rgb #rgba #rrggbb #rrggbbaa, and the names of CSS. Pure. */
#ifndef QUERN_FILTER_COLOUR_H
#define QUERN_FILTER_COLOUR_H

#include "nearest.h"
#include "strbuf.h"

#include <stdbool.h>
#include <stddef.h>

/* Straight RGBA, 0..1, encoded (sRGB) values; names in any case. False: no colour. */
bool flt_read_colour(const char *s, size_t len, float rgba[4]);

/* "#rrggbb", or "#rrggbbaa" where it is not opaque; read back, it is the same colour. */
void flt_print_colour(qn_strbuf *out, const float rgba[4]);

/* Offers all names to a search for the nearest word. */
void flt_nearest_offer_colours(flt_nearest_search *search);

#endif
