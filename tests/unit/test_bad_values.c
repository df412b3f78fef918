/* Every parameter of every filter, and every key, with every kind of wrong value: a usage error that names the place of
 * the value. What a value may be comes from the table, so that a new filter is tested as soon as it has a row. */
#include "chain.h"
#include "check.h"

#include <stdlib.h>

/* The chain is refused with "-f:1:COLUMN: ", where COLUMN is that of the value at `at` (bytes). */
static void refused_at(const char *chain, size_t at)
{
    flt_chain parsed = { 0 };
    qn_error err = { 0 };
    char place[64];
    snprintf(place, sizeof place, "-f:1:%zu: ", at + 1);
    const bool ok = flt_chain_parse(&parsed, chain, "-f", &err);
    CHECK_MSG(!ok && err.code == QN_USAGE, "accepted: %s", chain);
    CHECK_MSG(ok || strncmp(err.text, place, strlen(place)) == 0, "%s: not at %s: %s", chain, place, err.text);
    CHECK_MSG(ok || (strlen(err.text) > strlen(place) + 8 && !strchr(err.text, '\n')), "%s: %s", chain, err.text);
    flt_chain_free(&parsed);
}

/* "invert | NAME KEY=VALUE" */
static void refused(const flt_row *row, const char *key, const char *value)
{
    qn_strbuf chain = { 0 };
    sb_addf(&chain, "invert | %s %s=", row->name, key);
    const size_t at = chain.len;
    sb_add(&chain, value);
    refused_at(sb_str(&chain), at);
    sb_free(&chain);
}

static void refused_number(const flt_row *row, const char *key, double number)
{
    char text[40];
    snprintf(text, sizeof text, "%.17g", number);
    refused(row, key, text);
}

static bool takes_unit(const flt_param *p, const char *suffix)
{
    switch (p->unit) {
    case FLT_TONE: return suffix[0] == '%' || suffix[0] == '/';
    case FLT_PERCENT: return suffix[0] == '%';
    case FLT_PX: return strcmp(suffix, "px") == 0;
    case FLT_DEG: return strcmp(suffix, "deg") == 0;
    case FLT_EV: return strcmp(suffix, "ev") == 0;
    case FLT_NO_UNIT: break;
    }
    return false;
}

static void check_number(const flt_row *row, const flt_param *p)
{
    static const char *const suffix[] = { "%", "px", "deg", "ev", "/255", "/65535", "mm", "%%" };
    const double low = p->min, high = p->max, span = high - low;
    refused_number(row, p->name, p->type == FLT_INT ? low - 1 : low - span * 1e-6);
    refused_number(row, p->name, p->type == FLT_INT ? high + 1 : high + span * 1e-6);
    refused(row, p->name, "1e300");
    refused(row, p->name, "-1e300");
    if (p->above_min)
        refused_number(row, p->name, low);
    if (p->type == FLT_INT)
        refused_number(row, p->name, (double)(long)(low + span / 2) + 0.5);
    for (size_t i = 0; i < sizeof suffix / sizeof *suffix; i++) {
        char text[48];
        snprintf(text, sizeof text, "%ld%s", low < 1 && high >= 1 ? 1 : (long)high, suffix[i]);
        if (!takes_unit(p, suffix[i]) || i + 1 == sizeof suffix / sizeof *suffix)
            refused(row, p->name, text);
    }
}

static void check_param(const flt_row *row, const flt_param *p)
{
    static const char *const never[] = { "nan", "-nan", "inf",  "-inf", "infinity", "1e999", "0x10",
                                         "1e",  "--1",  "1..2", "1,,2", "zebra?",   ",",     "\"1 2\"" };
    if (p->type == FLT_TEXT || p->type == FLT_FILE)
        return; /* any text is one; "" is below */
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        refused(row, p->name, never[i]);
    refused(row, p->name, "\"\"");
    if (p->type == FLT_NUMBER || p->type == FLT_INT)
        check_number(row, p);
}

/* A value that the parameter takes. */
static const char *good_value(const flt_param *p, char *room, size_t size)
{
    switch (p->type) {
    case FLT_NUMBER:
    case FLT_INT: snprintf(room, size, "%.17g", p->max); return room;
    case FLT_BOOL: return "1";
    case FLT_CHOICE: snprintf(room, size, "%.*s", (int)strcspn(p->choices, "|"), p->choices); return room;
    case FLT_SIZE: return "5x5";
    case FLT_RECT:
    case FLT_REGION: return "1x1+0+0";
    case FLT_POINT2: return "1,1";
    case FLT_COLOUR: return "red";
    case FLT_LIST: return "1";
    case FLT_FILE:
    case FLT_TEXT: break;
    }
    return "name";
}

/* Twice by its name, and once by place and once by name. */
static void check_twice(const flt_row *row, const flt_param *p)
{
    char room[64];
    const char *value = good_value(p, room, sizeof room);
    qn_strbuf chain = { 0 };
    sb_addf(&chain, "%s %s=%s ", row->name, p->name, value);
    const size_t at = chain.len;
    sb_addf(&chain, "%s=%s", p->name, value);
    refused_at(sb_str(&chain), at);
    sb_free(&chain);
    if (p != row->param)
        return;
    sb_addf(&chain, "%s %s ", row->name, value);
    const size_t next = chain.len;
    sb_addf(&chain, "%s=%s", p->name, value);
    refused_at(sb_str(&chain), next);
    sb_free(&chain);
}

/* The example, and one value, key or bar too many. */
static void check_example(const flt_row *row)
{
    const size_t at = strlen(row->example) + 1;
    qn_strbuf chain = { 0 };
    sb_addf(&chain, "%s no-such-key=1", row->example);
    refused_at(sb_str(&chain), at);
    sb_clear(&chain);
    sb_addf(&chain, "%s |", row->example);
    refused_at(sb_str(&chain), at);
    sb_clear(&chain);
    sb_addf(&chain, "%s mix=1 0.5", row->example);
    if (row->cls != FLT_CONTROL)
        refused_at(sb_str(&chain), at + 6);
    sb_free(&chain);
}

static void check_keys(const flt_row *row)
{
    static const char *const bad[][2] = {
        { "mix", "1.001" },
        { "mix", "-0.001" },
        { "mix", "101%" },
        { "mix", "nan" },
        { "mix", "0.5px" },
        { "roi", "0x5+0+0" },
        { "roi", "5x-5+0+0" },
        { "roi", "5" },
        { "roi", "nanxnan" },
        { "channels", "x" },
        { "channels", "\"\"" },
        { "linear", "2" },
        { "linear", "\"\"" },
        { "border", "edge" },
        { "border", "constant," },
        { "border", "clamp,red" },
        { "border", "constant,nocolour" },
        { "mask", "@never" },
        { "mask", "@" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        bool own = false;
        for (size_t k = 0; k < flt_param_count(row); k++)
            own |= strcmp(row->param[k].name, bad[i][0]) == 0;
        if (!own)
            refused(row, bad[i][0], bad[i][1]);
    }
}

/* Values that are right alone. The place is that of the "^". */
static void check_together(void)
{
    static const char *const pair[][2] = {
        { "crop 1x1 mix=50%", "         ^" },
        { "invert | rotate 5 roi=1x1+0+0", "                  ^" },
        { "affine 1,0,0,0,1,0 size=5x5 channels=r", "                            ^" },
        { "opacity 50% mix=50% channels=a", "                    ^" },
        { "invert | save a linear=1", "                ^" },
        { "save a/b", "     ^" },
        { "levels 30% 30%", "           ^" },
        { "levels white=0", "             ^" },
        { "vignette 50% 2 1", "             ^" },
        { "vignette outer=0.1", "               ^" },
        { "canny 50% 20%", "      ^" },
        { "canny high=10%", "           ^" },
        { "stretch 60% 40%", "            ^" },
        { "stretch black=100%", "              ^" },
        { "flatten #fff8", "        ^" },
        { "channel-mixer 1,2", "              ^" },
        { "convolve 1,2", "         ^" },
        { "convolve 1,2,3,4", "         ^" },
        { "convolve 1,2,3 size=2x2", "                    ^" },
        { "convolve 1,2,3,4 size=2x2", "                      ^" },
        { "convolve 1 size=50%", "                ^" },
        { "convolve 1 abc", "           ^" },
        { "erode element=1,0", "              ^" },
        { "erode element=0", "              ^" },
        { "erode 2 element=1", "      ^" },
        { "erode shape=disk element=1", "            ^" },
        { "erode 2 size=3x3", "             ^" },
        { "erode 500 iterations=2", "      ^" },
        { "affine 1,2,3", "       ^" },
        { "affine 0,0,0,0,0,0 forward=1", "       ^" },
        { "shear 45 45", "         ^" },
        { "extend 1,2,3", "       ^" },
        { "extend 1.5", "       ^" },
        { "resize 10x background=red", "                      ^" },
        { "rotate 5 border=wrap background=red", "                                ^" },
    };
    for (size_t i = 0; i < sizeof pair / sizeof *pair; i++)
        refused_at(pair[i][0], strlen(pair[i][1]) - 1);
}

int main(void)
{
    size_t n = 0;
    const flt_row *const *row = flt_rows(&n);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < flt_param_count(row[i]); k++) {
            check_param(row[i], &row[i]->param[k]);
            check_twice(row[i], &row[i]->param[k]);
        }
        check_example(row[i]);
        check_keys(row[i]);
    }
    refused_at("gamma 2 | gamma", 10);
    refused_at("gamma 2 1", 8);
    refused_at("gama 2", 0);
    check_together();
    return check_summary();
}
