/* "did you mean": which of several words is nearest to a misspelt one. Pure. */
#ifndef QUERN_FILTER_NEAREST_H
#define QUERN_FILTER_NEAREST_H

#include <stdbool.h>
#include <stddef.h>

/* One search. Set word and len, offer candidates, read best (NULL: none is near) and best_len. */
typedef struct flt_nearest_search {
    const char *word;
    size_t len;
    const char *best; /* as offered, not copied; not NUL-terminated where the candidate was not */
    size_t best_len;
    size_t distance; /* of best */
} flt_nearest_search;

/* A candidate counts where its Damerau-Levenshtein distance (a swap of neighbours is one step) is at most a third of
 * the word's length, and at least one step is always allowed from three letters on. The first of equals wins. */
void flt_nearest_offer(flt_nearest_search *search, const char *candidate, size_t len);

/* Offers every word of "a|b|c"; NULL is an empty list. */
void flt_nearest_offer_list(flt_nearest_search *search, const char *list);

/* The filter's name or alias nearest to the word; *near_len is its length. NULL: none. */
const char *flt_nearest_name(const char *word, size_t len, size_t *near_len);

#endif
