/* The list by which the build registers one test per filter is the table's, and every filter has a reference. */
#include "ref.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    char line[128];
    size_t n, i = 0;
    int bad = 0;
    const flt_row *const *row = flt_rows(&n);
    FILE *f = argc > 1 ? fopen(argv[1], "r") : NULL;
    if (!f) {
        fprintf(stderr, "usage: test_table filters.txt\n");
        return 2;
    }
    for (; fgets(line, sizeof line, f); i++) {
        line[strcspn(line, "\r\n")] = 0;
        if (i >= n || strcmp(line, row[i]->name) != 0) {
            printf("line %zu is '%s', filter %zu is '%s'\n", i + 1, line, i + 1, i < n ? row[i]->name : "(none)");
            bad++;
        }
    }
    fclose(f);
    for (; i < n; i++, bad++)
        printf("'%s' is missing\n", row[i]->name);
    for (i = 0; i < n; i++)
        if (!ref_find(row[i]->name)) {
            printf("'%s' has no reference\n", row[i]->name);
            bad++;
        }
    return bad ? 1 : 0;
}
