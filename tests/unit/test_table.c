/* The product's table of filters: every row must be usable as it stands, whichever rows there are. */
#include "chain.h"
#include "check.h"
#include "plan_build.h"
#include "rows.h"

/* Names and aliases are each found as their own row: none stands twice. */
static void check_names(const flt_row *row)
{
    CHECK_MSG(flt_find(row->name, strlen(row->name)) == row, "%s", row->name);
    for (const char *a = row->aliases; a && *a;) {
        size_t n = strcspn(a, "|");
        CHECK_MSG(flt_find(a, n) == row, "%s: %.*s", row->name, (int)n, a);
        a += n + (a[n] == '|');
    }
}

static void check_params(const flt_row *row)
{
    bool optional = false;
    for (size_t i = 0; i < flt_param_count(row); i++) {
        const flt_param *p = &row->param[i];
        CHECK_MSG(p->help && p->help[0], "%s: %s has no help", row->name, p->name);
        const bool number = p->type == FLT_NUMBER || p->type == FLT_INT || p->type == FLT_LIST;
        CHECK_MSG(!number || p->min < p->max, "%s: %s has no range", row->name, p->name);
        CHECK_MSG((p->type == FLT_CHOICE) == (p->choices != NULL), "%s: %s: choices", row->name, p->name);
        CHECK_MSG(p->def || !optional, "%s: %s must be given, but stands behind one that need not", row->name, p->name);
        optional |= p->def != NULL;
        for (size_t k = 0; k < i; k++)
            CHECK_MSG(strcmp(row->param[k].name, p->name) != 0, "%s: %s twice", row->name, p->name);
    }
}

/* Each word of a choice is told from all others; luma= has the order that flt_luma names. */
static void check_choices(const flt_row *row)
{
    for (size_t i = 0; i < flt_param_count(row); i++) {
        const flt_param *p = &row->param[i];
        flt_stage stage = { .row = row };
        char text[256] = "", *word[32];
        int n = 0;
        snprintf(text, sizeof text, "%s", p->type == FLT_CHOICE ? p->choices : "");
        for (char *w = strtok(text, "|"); w && n < 32; w = strtok(NULL, "|"))
            word[n++] = w;
        for (int have = 0; have < n; have++) {
            stage.value[i].num = have;
            for (int k = 0; k < n; k++)
                CHECK_MSG(flt_chosen(&stage, p->name, word[k]) == (k == have), "%s: %s=%s, %s", row->name, p->name,
                          word[have], word[k]);
        }
        CHECK_MSG(strcmp(p->name, "luma") != 0 || strcmp(p->choices, FLT_LUMA_CHOICES) == 0 ||
                      strcmp(p->choices, FLT_LUMA_CHOICES "|off") == 0,
                  "%s: luma=%s", row->name, p->choices);
    }
}

/* The example parses, defaults included; what is printed of it parses to the same. */
static void check_example(const flt_row *row)
{
    flt_chain a = { 0 }, b = { 0 };
    qn_strbuf once = { 0 }, twice = { 0 };
    qn_error err = { 0 };
    CHECK_MSG(flt_chain_parse(&a, row->example, row->name, &err), "%s", err.text);
    CHECK_MSG(a.n == 1 && a.stage[0].row == row, "%s: its example is another filter's", row->name);
    flt_chain_print(&a, &once);
    CHECK_MSG(flt_chain_parse(&b, sb_str(&once), row->name, &err), "%s\n%s", err.text, sb_str(&once));
    flt_chain_print(&b, &twice);
    CHECK_EQ_STR(sb_str(&twice), sb_str(&once));
    sb_free(&once);
    sb_free(&twice);
    flt_chain_free(&a);
    flt_chain_free(&b);
}

static void check_help(const flt_row *row)
{
    qn_strbuf out = { 0 };
    flt_help(row, &out);
    CHECK(sb_ok(&out) && strstr(sb_str(&out), row->example));
    CHECK_MSG((row->counted != NULL) == (row->cls == FLT_REDUCE), "%s", row->name);
    CHECK_MSG(!row->counted || strstr(sb_str(&out), row->counted), "%s: %s", row->name, row->counted);
    for (size_t i = 0; i < flt_param_count(row); i++)
        CHECK_MSG(strstr(sb_str(&out), row->param[i].help), "%s: %s", row->name, row->param[i].name);
    sb_free(&out);
}

int main(void)
{
    size_t n = 0;
    const flt_row *const *row = flt_rows(&n);
    CHECK(n > 0);
    CHECK(flt_find("hist_equal", 10) && flt_find("hist_equal", 10) == flt_find("equalize", 8));
    for (size_t i = 0; i < n; i++) {
        CHECK_MSG(row[i]->help && row[i]->example && row[i]->tolerance && row[i]->build, "%s", row[i]->name);
        check_names(row[i]);
        check_params(row[i]);
        check_choices(row[i]);
        check_help(row[i]);
        check_example(row[i]);
    }
    return check_summary();
}
