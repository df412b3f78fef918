/* save, @NAME and mask=: what is refused, and what becomes of them in a plan. */
#include "plan_helper.h"

static void refused(const char *text, const char *want)
{
    flt_chain chain = { 0 };
    qn_error err = { 0 };
    CHECK(!flt_chain_parse(&chain, text, "-f", &err));
    CHECK_EQ_INT(err.code, QN_USAGE);
    CHECK_EQ_STR(err.text, want);
    flt_chain_free(&chain);
}

static void test_refused(void)
{
    refused("gaussian 2 mask=@m", "-f:1:17: gaussian: mask = @m: no 'save m' stands before this (a file: ./@m)");
    refused("gaussian 2 mask=@m | save m",
            "-f:1:17: gaussian: mask = @m: no 'save m' stands before this (a file: ./@m)");
    refused("save base | blend @bsae",
            "-f:1:19: blend: file = @bsae: no 'save bsae' stands before this (did you mean @base)");
    refused("save base | blend @", "-f:1:19: blend: file = @: no 'save ' stands before this (a file: ./@)");
    refused("gaussian 2 mask=\"\"", "-f:1:17: gaussian: mask: a file's name is empty");
    refused("save", "-f:1:1: save: name is missing (text)");
    refused("save a/b", "-f:1:6: save: 'a/b' is no name: 1 to 32 of the characters a-z, A-Z, 0-9, _ and -");
    refused("save a mix=50%",
            "-f:1:8: save: border, channels, linear, mask, mix and roi do not apply: it changes no pixel");
}

/* Chains that follow one another are one chain. */
static void test_names_last(void)
{
    flt_chain chain = { 0 };
    qn_error err = { 0 };
    qn_strbuf out = { 0 };
    CHECK(flt_chain_parse(&chain, "save base", "-f", &err));
    CHECK_MSG(flt_chain_parse(&chain, "invert mask=@base mix=20%", "-f", &err), "%s", err.text);
    flt_chain_print(&chain, &out);
    CHECK_EQ_STR(sb_str(&out), "save name=base | invert mask=@base mix=0.2");
    CHECK_EQ_STR(flt_stage_file(&chain.stage[1], 0, NULL), "@base");
    CHECK(flt_stage_file(&chain.stage[1], 1, NULL) == NULL && flt_stage_file(&chain.stage[0], 0, NULL) == NULL);
    sb_free(&out);
    flt_chain_free(&chain);
}

static void passes(const char *chain, size_t want)
{
    made m = must_make(&(made_for){ .chain = chain });
    CHECK_MSG(!m.plan || m.plan->n_passes == want, "%s: %zu passes, %zu are enough", chain, m.plan->n_passes, want);
    unmake(&m);
}

static void test_no_work_twice(void)
{
    passes("save a | gaussian 3", 1);                             /* nobody asks for it */
    passes("save a | gaussian 3 | blend @a screen", 1);           /* it is the input itself */
    passes("gamma 2 | save a | gaussian 3 | blend @a screen", 3); /* made once, read by both */
    passes("save a | save b | gaussian 3 | blend @a mask=@b", 1); /* one surface by two names */
    passes("gaussian 3 mask=m.png | gamma 2 mask=m.png", 1);      /* masks do not end a pass */
    passes("gamma 2 | save a | save a | invert | blend @a", 3);   /* the last of a name counts */
}

/* What a stage's keys choose from, besides its result, is its own input: behind a stencil not the stencil's. */
static void test_input_of_a_stage(void)
{
    static const struct {
        const char *chain;
        bool of_the_stencil;
    } table[] = { { "gaussian 1 mix=50%", true },
                  { "gaussian 1 | gamma 2 mix=50%", false },
                  { "median 1 | sepia roi=9x9+1+1", false },
                  { "box 1 | invert mask=m.png", false },
                  { "gaussian 1 | hue 9 channels=r", false },
                  { "box 1 | over m.png mix=50%", false } };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        for (int cls = 0; cls < 2; cls++) {
            made m = must_make(&(made_for){ .chain = table[i].chain, .device = cls ? FLT_DEV_GPU : FLT_DEV_CPU });
            CHECK_MSG(m.plan && (strstr(m.plan->text, "= MID(a, x, y)") != NULL) == table[i].of_the_stencil,
                      "%s: the wrong input", table[i].chain);
            unmake(&m);
        }
}

static void test_files_are_shared(void)
{
    made m = must_make(&(made_for){ .chain = "over m.png mask=m.png | gamma 2 mask=m.png | over n.png" });
    CHECK_EQ_INT(m.plan ? m.plan->n_files : 0, 2);
    unmake(&m);
}

static void test_sizes(void)
{
    static const struct {
        const char *chain, *why;
    } table[] = {
        { "gaussian 2 mask=m.png", NULL },
        { "crop 20x20+0+0 | gaussian 2 mask=m.png",
          "-f:1:34: gaussian: the mask m.png has 64x48 pixels, the picture 20x20 at this stage" },
        { "save a | resize 50% | save b | invert mask=@b", NULL },
        { "save a | resize 50% | invert mask=@a",
          "-f:1:35: invert: the mask @a has 64x48 pixels, the picture 32x24 at this stage" },
        { "save a | resize 50% | over @a at=center", NULL },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const made_for f = { .chain = table[i].chain };
        made m = must_make(&f);
        flt_sized s = { 0 };
        qn_error err = { 0 };
        const bool ok = m.plan && size_it(&m, &f, 64, 48, &s, &err);
        CHECK_MSG(ok == !table[i].why, "%s: %s", f.chain, err.text);
        if (table[i].why)
            CHECK_EQ_STR(err.text, table[i].why);
        flt_sized_free(&s);
        unmake(&m);
    }
}

int main(void)
{
    test_refused();
    test_names_last();
    test_no_work_twice();
    test_input_of_a_stage();
    test_files_are_shared();
    test_sizes();
    return check_summary();
}
