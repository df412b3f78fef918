/* Edit distance by three rows of the dynamic programme; words longer than a name can be are near to nothing. */
#include "nearest.h"

#include "filter.h"

#include <string.h>

enum { LONGEST = 40 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t distance(const char *a, size_t n, const char *b, size_t m)
{
    size_t rows[3][LONGEST + 1];
    size_t *before = rows[0], *above = rows[1], *now = rows[2];
    for (size_t j = 0; j <= m; j++)
        above[j] = j;
    memset(rows[0], 0, sizeof rows[0]);
    for (size_t i = 1; i <= n; i++) {
        now[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t d = least(above[j], now[j - 1]) + 1;
            d = least(d, above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d = least(d, before[j - 2] + 1);
            now[j] = d;
        }
        size_t *oldest = before;
        before = above;
        above = now;
        now = oldest;
    }
    return above[m];
}

void flt_nearest_offer(flt_nearest_search *search, const char *candidate, size_t len)
{
    if (search->len < 2 || search->len > LONGEST || len > LONGEST)
        return;
    size_t allowed = search->len / 3;
    if (allowed == 0)
        allowed = search->len > 2;
    size_t d = distance(search->word, search->len, candidate, len);
    if (d > allowed || (search->best && d >= search->distance))
        return;
    search->best = candidate;
    search->best_len = len;
    search->distance = d;
}

void flt_nearest_offer_list(flt_nearest_search *search, const char *list)
{
    while (list && *list) {
        size_t len = strcspn(list, "|");
        flt_nearest_offer(search, list, len);
        list += len + (list[len] == '|');
    }
}

const char *flt_nearest_name(const char *word, size_t len, size_t *near_len)
{
    flt_nearest_search search = { .word = word, .len = len };
    size_t n = 0;
    const flt_row *const *row = flt_rows(&n);
    for (size_t i = 0; i < n; i++) {
        flt_nearest_offer(&search, row[i]->name, strlen(row[i]->name));
        flt_nearest_offer_list(&search, row[i]->aliases);
    }
    *near_len = search.best_len;
    return search.best;
}
