/* Whole programs and --explain texts, byte for byte: any change to the planner, the code generator or a kernel shows
 * here as a difference to be looked at. Afterwards, QUERN_UPDATE_GOLDEN=1 in the environment rewrites the files under
 * tests/data/golden in the source tree. */
#include "plan_helper.h"

#ifndef QUERN_GOLDEN_DIR
#error "QUERN_GOLDEN_DIR: where the texts lie"
#endif

static const struct {
    const char *name; /* of the file */
    made_for f;
} cases[] = {
    { "points-rgb8", { .chain = "levels 5% 95% | sepia 60% | exposure 0.5ev | gamma 1.2" } },
    { "points-rgba16",
      { .chain = "levels 5% 95% | sepia 60% | exposure 0.5ev | gamma 1.2", .channels = 4, .depth = 16 } },
    { "gaussian-rgb8", { .chain = "invert | gaussian 8 | saturation 1.5" } },
    { "gaussian-rgba8", { .chain = "invert | gaussian 8 | saturation 1.5", .channels = 4 } },
    { "shrink-rgb8", { .chain = "resize 1600x1600 fit=inside | unsharp 0.8 amount=0.6" } },
    { "shrink-gray16",
      { .chain = "resize 1600x1600 fit=inside | unsharp 0.8 amount=0.6", .channels = 1, .depth = 16 } },
    { "views-gray8", { .chain = "crop 400x300+10+20 | rotate 90 | flip | median 2", .channels = 1 } },
    { "stretch-rgb8", { .chain = "stretch 1% 1% | gamma 1.1" } },
    { "over-rgb8",
      { .chain = "box 3 border=constant,#80808080 | over logo.png at=southeast offset=20,20 opacity=60%" } },
    { "keys-graya8", { .chain = "sobel mix=50% | gamma 2 roi=50x50+10+10 channels=rgba", .channels = 2 } },
    { "keys-rgb8", { .chain = "convolve 1,2,1,2,4,2,1,2,1 channels=luma linear=1 border=mirror mix=50%" } },
    { "morphology-rgb16", { .chain = "erode 2 shape=disk | dilate 1", .depth = 16 } },
    { "turned-rgb8", { .chain = "median 1", .orientation = 6 } },
    { "apart-rgb8", { .chain = "invert | gamma 2", .apart = true } },
};

static void write_case(const made_for *f, const made *m, qn_strbuf *out)
{
    flt_sized s = { 0 };
    qn_error err = { .code = QN_OK };
    if (!CHECK(size_it(m, f, 4000, 3000, &s, &err)))
        return;
    sb_addf(out, "%s\n\n", f->chain);
    flt_plan_explain(m->plan, &s, out);
    sb_addf(out, "\nkey %016llx\n\n%s", (unsigned long long)m->plan->key, m->plan->text);
    flt_sized_free(&s);
}

static char *read_text(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    qn_strbuf text = { 0 };
    char part[4096];
    for (size_t n; (n = fread(part, 1, sizeof part, file)) > 0;)
        sb_addn(&text, part, n);
    sb_addn(&text, "", 0);
    fclose(file);
    return sb_take(&text);
}

/* Tells the first line that differs. */
static void tell(const char *path, const char *want, const char *got)
{
    int line = 1;
    size_t start = 0, i = 0;
    for (; want[i] && want[i] == got[i]; i++)
        if (want[i] == '\n') {
            line++;
            start = i + 1;
        }
    fprintf(stderr, "%s:%d: should be\n    %.*s\nis\n    %.*s\n", path, line, (int)strcspn(want + start, "\n"),
            want + start, (int)strcspn(got + start, "\n"), got + start);
}

static void one(const char *name, const made_for *f, bool update)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s-%s.txt", QUERN_GOLDEN_DIR, name, f->device == FLT_DEV_CPU ? "cpu" : "gpu");
    made m = must_make(f);
    qn_strbuf got = { 0 };
    if (m.plan)
        write_case(f, &m, &got);
    if (update) {
        FILE *file = fopen(path, "wb");
        bool ok = file && fputs(sb_str(&got), file) >= 0;
        if (file)
            ok = fclose(file) == 0 && ok;
        CHECK_MSG(ok, "%s cannot be written", path);
    } else {
        char *want = read_text(path);
        const bool same = want && strcmp(want, sb_str(&got)) == 0;
        CHECK_MSG(same, "%s%s (QUERN_UPDATE_GOLDEN=1 rewrites it)", path, want ? "" : " is not there");
        if (want && !same)
            tell(path, want, sb_str(&got));
        free(want);
    }
    sb_free(&got);
    unmake(&m);
}

int main(void)
{
    const char *asked = getenv("QUERN_UPDATE_GOLDEN");
    const bool update = asked && strcmp(asked, "1") == 0;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (int device = FLT_DEV_CPU; device <= FLT_DEV_GPU; device++) {
            made_for f = cases[i].f;
            f.device = (flt_device_class)device;
            one(cases[i].name, &f, update);
        }
    return check_summary();
}
