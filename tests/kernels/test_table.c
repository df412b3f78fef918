/* The list by which the build registers one test per filter is the table's, and every filter has a reference. */
#include "ref.h"

#include <stdio.h>
#include <string.h>

/* Known answers of Philox4x32-10, published with Random123: what the reference of `noise` rests on. */
static int check_philox(void)
{
    static const struct {
        uint32_t counter[4], key[2], answer[4];
    } known[] = {
        { { 0, 0, 0, 0 }, { 0, 0 }, { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 } },
        { { 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff },
          { 0xffffffff, 0xffffffff },
          { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd } },
        { { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344 },
          { 0xa4093822, 0x299f31d0 },
          { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 } },
    };
    int bad = 0;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        uint32_t out[4];
        ref_philox(known[i].counter, known[i].key, out);
        if (memcmp(out, known[i].answer, sizeof out) != 0) {
            printf("Philox: known answer %zu is not met\n", i);
            bad++;
        }
    }
    return bad;
}

int main(int argc, char **argv)
{
    char line[128];
    size_t n, i = 0;
    int bad = check_philox();
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
