/* What a plan is made of: which stages share a pass, what lies between passes, and what the program depends on. */
#include "plan_helper.h"

#include "hash.h"

#include <ctype.h>

/* ---- which stages share a pass ---- */

static const struct {
    made_for f;
    const char *passes; /* their names; behind a ~ those on a CPU, where curves of 8-bit samples go by a table */
} shapes[] = {
    { { .chain = "" }, "copy" },
    { { .chain = "gamma 2" }, "gamma~gamma.table / gamma" }, /* 256 codes, and what becomes of each */
    { { .chain = "gamma 2", .depth = 16 }, "gamma" },
    { { .chain = "gamma 2", .channels = 4 }, "gamma" },
    { { .chain = "gamma 2 | invert | sepia | bc 5% 1.2 | levels 2% 98% | saturation 1.2 | hue 30 | posterize 4" },
      "gamma+invert+sepia+brightness-contrast+levels+saturation+hue+posterize" },
    /* a window takes points on both sides; a separable stencil has them in its first and its second half */
    { { .chain = "invert | median 1 | gamma 2" }, "invert+median+gamma" },
    { { .chain = "invert | bc 5% | sobel | invert | gamma 2" }, "invert+brightness-contrast+sobel+invert+gamma" },
    { { .chain = "invert | gaussian 2 | gamma 2" },
      "invert+gaussian.rows / invert+gaussian+gamma.columns~invert+gaussian+gamma" },
    { { .chain = "invert | box 2 | gamma 2" }, "invert+box.rows / invert+box+gamma.columns" },
    { { .chain = "invert | erode 2 | gamma 2" }, "invert+erode.rows / invert+erode+gamma.columns" },
    { { .chain = "erode 2 shape=disk" }, "erode" },
    /* composed of stencils: the middle value is put aside, the picture itself need not be */
    { { .chain = "invert | open 2 shape=disk | gamma 2" }, "invert+open:erode / open+gamma" },
    { { .chain = "tophat 1 shape=disk" }, "tophat:erode / tophat" },
    { { .chain = "invert | tophat 1 shape=disk" }, "invert+tophat:source / tophat:erode / tophat" },
    { { .chain = "gradient 1 shape=disk | invert" }, "gradient:dilate / gradient+invert" },
    { { .chain = "erode element=1,1,1 size=3x1 iterations=3" }, "erode:once / erode:once / erode" },
    { { .chain = "invert | canny | gamma 2" },
      "invert+canny.classes / canny.join / canny / canny+gamma~"
      "invert+canny.classes / canny.join / canny / canny+gamma.table / canny+gamma" },
    { { .chain = "invert | clahe | gamma 2" },
      "invert+clahe.histograms / clahe.curves / clahe.cells / invert+clahe+gamma" },
    { { .chain = "resize 50% | gamma 2" }, "resize.columns / resize+gamma.rows" },
    { { .chain = "gamma 2 | resize 50%" },
      "gamma / resize.columns / resize.rows~gamma.table / gamma / resize.columns / resize.rows" },
    /* colours are mixed on the fewer pixels: no clamp lies between, and the weights of a mean sum to 1 */
    { { .chain = "saturation 2 | sepia | resize 50%" }, "resize.columns / saturation+sepia+resize.rows" },
    { { .chain = "gaussian 2 | hue 20 | channel-mixer 1,0,0,0.1,0,1,0,0,0,0,1,0 | resize 800x" },
      "gaussian.rows / gaussian.columns / resize.columns / hue+channel-mixer+resize.rows~"
      "gaussian / resize.columns / hue+channel-mixer+resize.rows" },
    { { .chain = "saturation 2 | resize 150%" }, "saturation / resize.columns / resize.rows" },
    { { .chain = "saturation 2 | resize 50%", .channels = 4 }, "saturation / resize.columns / resize.rows" },
    { { .chain = "saturation 2 roi=4x4+0+0 | resize 50%" }, "saturation / resize.columns / resize.rows" },
    { { .chain = "saturation 2 | resize 50% linear=1" }, "saturation / resize.columns / resize.rows" },
    /* the second stencil wants neighbours of the first's result */
    { { .chain = "median 1 | invert | median 1" }, "median+invert / median" },
    { { .chain = "gaussian 2 | invert | median 1" },
      "gaussian.rows / gaussian+invert.columns / median~gaussian+invert / median" },
    { { .chain = "gaussian 1 | gaussian 1" },
      "gaussian.rows / gaussian.columns / gaussian.rows / gaussian.columns~gaussian / gaussian" },
    /* views cost nothing, in front of a stencil or behind points */
    { { .chain = "crop 8x8+1+1" }, "crop" },
    { { .chain = "crop 8x8+1+1 | flip | flop | rotate 90 | rotate 180" }, "crop+flip+flop+rotate+rotate" },
    { { .chain = "invert | crop 8x8+1+1 | gamma 2 | flip" },
      "invert+crop+gamma+flip~invert+crop+gamma+flip.table / invert+crop+gamma+flip" },
    { { .chain = "crop 8x8+1+1 | rotate 270 | median 1 | gamma 2" }, "crop+rotate+median+gamma" },
    { { .chain = "flip | gaussian 2" }, "flip+gaussian.rows / flip+gaussian.columns~flip+gaussian" },
    { { .chain = "median 1 | flip" }, "median / flip" },
    { { .chain = "crop 8x8+1+1 | resize 50%" }, "crop+resize.columns / crop+resize.rows" },
    { { .chain = "invert roi=4x4+0+0 | flip" }, "invert / flip" },
    { { .chain = "invert", .orientation = 6 }, "orient+invert" },
    { { .chain = "median 1", .orientation = 3 }, "orient+median" },
    /* statistics need the whole picture, and then a table */
    { { .chain = "invert | stretch 1% | gamma 2" },
      "invert+stretch.histogram / invert+stretch.table / invert+stretch+gamma~"
      "invert+stretch.histogram / invert+stretch.table / invert+stretch+gamma.table / invert+stretch+gamma" },
    { { .chain = "median 1 | equalize" }, "median / equalize.histogram / equalize.table / equalize" },
    /* a second picture is an operation like others */
    { { .chain = "invert | over logo.png | gamma 2" }, "invert+over+gamma" },
    { { .chain = "median 1 | over logo.png | over logo.png" }, "median+over+over" },
    /* the keys of every stage add no pass */
    { { .chain = "gamma 2 mix=50% roi=4x4+0+0 channels=r" }, "gamma" },
    { { .chain = "median 1 mix=50% roi=4x4+0+0 channels=luma" }, "median" },
    { { .chain = "unsharp 1 mix=50% | invert" }, "unsharp.rows / unsharp+invert.columns~unsharp+invert" },
    /* what would be dear at every block's rim is stored; what comes once is not */
    { { .chain = "gamma 2 | median 1" }, "gamma / median~gamma.table / gamma / median" },
    { { .chain = "gamma 2 | gaussian 1" }, "gamma+gaussian.rows / gamma+gaussian.columns~gamma+gaussian" },
    /* what changes nothing takes no pass of its own */
    { { .chain = "box 0 | median 0 | gaussian 0.1" }, "box+median+gaussian" },
    { { .chain = "invert channels=a" }, "invert" },
    /* --no-fuse */
    { { .chain = "invert | gamma 2 | sepia", .apart = true }, "invert / gamma / sepia" },
    { { .chain = "invert | median 1 | flip", .apart = true }, "invert / median / flip" },
    { { .chain = "invert | gaussian 1", .apart = true },
      "invert / gaussian.rows / gaussian.columns~invert / gaussian" },
};

static void names_of(const flt_plan *p, qn_strbuf *out)
{
    for (size_t i = 0; i < p->n_passes; i++)
        sb_addf(out, "%s%s", i ? " / " : "", p->pass[i].name);
}

static void which_passes(void)
{
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        for (int device = FLT_DEV_CPU; device <= FLT_DEV_GPU; device++) {
            made_for f = shapes[i].f;
            f.device = (flt_device_class)device;
            made m = must_make(&f);
            qn_strbuf names = { 0 };
            if (m.plan)
                names_of(m.plan, &names);
            const char *cpu = strchr(shapes[i].passes, '~');
            const char *want = cpu && device == FLT_DEV_CPU ? cpu + 1 : shapes[i].passes;
            const size_t length = cpu && device != FLT_DEV_CPU ? (size_t)(cpu - want) : strlen(want);
            const bool same = strncmp(sb_str(&names), want, length) == 0 && sb_str(&names)[length] == '\0';
            CHECK_MSG(same, "chain '%s': %s, should be %s", f.chain, sb_str(&names), want);
            sb_free(&names);
            unmake(&m);
        }
    }
}

/* In which pass an operation stands, and that operations keep their order. */
static void where_operations_go(void)
{
    made m = must_make(&(made_for){ .chain = "invert | gaussian 2 | saturation 1.5 | gamma 2", .device = FLT_DEV_GPU });
    CHECK(pass_says(m.plan, 0, "q_invert(") && !pass_says(m.plan, 1, "q_invert("));
    CHECK(pass_says(m.plan, 1, "q_matrix(") && !pass_says(m.plan, 0, "q_matrix("));
    char *text = pass_text(m.plan, 1);
    const char *matrix = strstr(text, "q_matrix("), *gamma = strstr(text, "q_gamma(");
    CHECK(matrix && gamma && matrix < gamma);
    free(text);
    unmake(&m);
    m = must_make(&(made_for){ .chain = "invert | median 1 | saturation 1.5 | posterize 4" });
    text = pass_text(m.plan, 0);
    const char *in = strstr(text, "q0_pro("), *out = strstr(text, "q0_epi("), *invert = strstr(text, "q_invert(");
    matrix = strstr(text, "q_matrix(");
    const char *posterize = strstr(text, "q_posterize(");
    CHECK(in && invert && out && matrix && posterize && in < invert && invert < out && out < matrix &&
          matrix < posterize);
    free(text);
    unmake(&m);
    static const char *const eight[] = { "q_gamma(", "q_invert(", "q_linear_tone(", "q_posterize(" };
    m = must_make(&(made_for){ .chain = "gamma 2 | invert | bc 5% | posterize 4" });
    text = pass_text(m.plan, 0);
    const char *at = text;
    for (size_t i = 0; i < 4 && at; i++)
        CHECK((at = strstr(at, eight[i])) != NULL);
    free(text);
    unmake(&m);
}

/* Every pass that a fusion stopped at says why, and no other does. */
static void notes(void)
{
    static const struct {
        made_for f;
        const char *note[6];
    } table[] = {
        { { .chain = "invert | median 1 | gamma 2" }, { "" } },
        { { .chain = "median 1 | median 1" },
          { "", "two stencils: the second needs neighbours of the first's result" } },
        { { .chain = "gaussian 1 | box 1" },
          { "", "two stencils: the second needs neighbours of the first's result", "" } },
        { { .chain = "median 1 | flip" }, { "", "a stencil's result is not there in another order yet" } },
        { { .chain = "invert roi=4x4+0+0 | flip" }, { "", "an operation depends on where the pixel is" } },
        { { .chain = "gamma 2 | resize 50%" }, { "", "", "resize takes each sample several times", "" } },
        { { .chain = "gamma 2 | median 1" }, { "", "", "a costly operation would be repeated at every block's rim" } },
        { { .chain = "median 1 | otsu" }, { "", "the whole picture must be there before its statistics", "", "" } },
        { { .chain = "invert | gamma 2 | sepia", .apart = true }, { "", "--no-fuse", "--no-fuse" } },
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        made m = must_make(&table[i].f);
        for (size_t k = 0; m.plan && k < m.plan->n_passes; k++)
            CHECK_EQ_STR(sb_str(&m.plan->pass[k].note), table[i].note[k]);
        unmake(&m);
    }
}

/* ---- formats ---- */

static void result_formats(void)
{
    static const struct {
        const char *chain;
        uint8_t from[4]; /* of gray, gray+alpha, RGB, RGBA */
    } table[] = {
        { "gamma 2", { 1, 2, 3, 4 } },
        { "gaussian 2", { 1, 2, 3, 4 } },
        { "saturation 2", { 1, 2, 3, 4 } },
        { "sepia", { 3, 4, 3, 4 } },
        { "gray", { 1, 2, 1, 2 } },
        { "sobel", { 1, 2, 1, 2 } },
        { "sobel luma=off", { 1, 2, 3, 4 } },
        { "otsu", { 1, 2, 1, 2 } },
        { "over logo.png", { 3, 4, 3, 4 } },
        { "gray | sepia", { 3, 4, 3, 4 } },
        { "gray mix=50%", { 1, 2, 3, 4 } },
        { "sobel roi=4x4+0+0", { 1, 2, 3, 4 } },
        { "gray channels=r", { 1, 2, 3, 4 } },
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        for (uint8_t channels = 1; channels <= 4; channels++)
            for (uint8_t depth = 8; depth <= 16; depth = (uint8_t)(depth + 8)) {
                made m = must_make(&(made_for){ .chain = table[i].chain, .channels = channels, .depth = depth });
                if (m.plan) {
                    CHECK_MSG(m.plan->output.channels == table[i].from[channels - 1], "'%s' of %u channels gives %u",
                              table[i].chain, channels, m.plan->output.channels);
                    CHECK_EQ_INT(m.plan->output.depth, depth);
                }
                unmake(&m);
            }
}

/* What lies between two passes: 16 bits where they hold all there is to hold, floats elsewhere. */
static void storage_between(void)
{
    enum { N = FLT_U16, F = FLT_F32, L = FLT_U32 };
    static const struct {
        made_for f;
        int storage[4]; /* of the temporaries, in the order in which they are written */
    } table[] = {
        { { .chain = "gaussian 1 | gaussian 1" }, { N, -1 } },
        { { .chain = "gaussian 1 | gaussian 1", .channels = 1 }, { N, -1 } },
        { { .chain = "gaussian 1 | gaussian 1", .channels = 2 }, { F, -1 } },
        { { .chain = "gaussian 1 | gaussian 1", .channels = 4 }, { F, -1 } },
        { { .chain = "gaussian 1 | gaussian 1", .depth = 16 }, { F, -1 } },
        { { .chain = "gaussian 1 | median 1", .linear = true }, { F, -1 } },
        { { .chain = "median 1 | median 1 linear=1" }, { F, -1 } },
        { { .chain = "bc 20% 3 | gaussian 1 | median 1" }, { F, -1 } },
        { { .chain = "median 1 | bc 20% 3 | median 1" }, { F, -1 } },
        { { .chain = "laplacian | median 1" }, { F, -1 } },
        { { .chain = "laplacian | invert | median 1" }, { F, -1 } },
        { { .chain = "bc 20% 3 | unsharp 1 | median 1" }, { N, -1 } },
        { { .chain = "bc 20% 3 | unsharp 1 mix=50% | median 1" }, { F, -1 } },
        { { .chain = "levels 10% 90% | median 1 | sobel | invert" }, { N, -1 } },
        { { .chain = "sobel out=x | flatten | median 1" }, { N, -1 } },
        { { .chain = "sobel out=x | flatten | median 1", .channels = 4 }, { F, -1 } }, /* more than its alpha */
        { { .chain = "tophat 1 shape=disk | median 1" }, { FLT_U8, N, -1 } },
        { { .chain = "tophat 1 shape=disk border=constant | median 1" }, { N, F, -1 } },
        { { .chain = "exposure 1 | tophat 1 shape=disk" }, { F, F, F, -1 } },
        { { .chain = "box 128" }, { N, -1 } },
        { { .chain = "box 129" }, { L, -1 } },
        { { .chain = "box 3", .depth = 16 }, { L, -1 } },
        { { .chain = "box 3", .channels = 4 }, { F, -1 } },
        { { .chain = "invert | box 3" }, { F, -1 } },
        { { .chain = "resize 50%" }, { F, -1 } },
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        made m = must_make(&table[i].f);
        unsigned k = 0;
        for (size_t pass = 0; m.plan && pass < m.plan->n_passes; pass++) {
            const flt_surface *s = &m.plan->surface[m.plan->pass[pass].buffer[m.plan->pass[pass].n_buffers - 1]];
            if (s->role != FLT_ROLE_TEMP)
                continue;
            CHECK_MSG((int)s->storage == table[i].storage[k], "'%s', surface %u: %d", table[i].f.chain, k,
                      (int)s->storage);
            k += k < 3;
        }
        CHECK_EQ_INT(table[i].storage[k], -1);
        unmake(&m);
    }
}

/* ---- what the program depends on ---- */

static const char *const same_program[][2] = {
    { "gaussian 2 radius=8", "gaussian 7 radius=8" }, /* a radius class: at most 32, 64, 128, ... pixels */
    { "gaussian 5", "gaussian 8" },
    { "gaussian 9", "gaussian 10" },
    { "gaussian 66", "gaussian 100" },
    { "unsharp 0.8 amount=0.6", "unsharp 0.7 amount=-1" },
    { "unsharp 5", "unsharp 7" },
    { "box 1", "box 7" },
    { "erode 20", "erode 8 iterations=4" },
    { "gamma 2", "gamma 0.3" },
    { "bc 5% 1.2", "bc -10% 3" },
    { "levels 2% 98% | saturation 2", "levels 0.3 0.9 out-black=10% | saturation 0" },
    { "hue 10 | sepia 20%", "hue -90 | sepia" },
    { "threshold 10%", "threshold 90%" },
    { "crop 10x10+1+1", "crop 300x200+0+7" },
    { "crop 10x10+1+1 | median 1", "crop 300x200+0+7 | median 1" },
    { "resize 800x600", "resize 30% fit=inside filter=mitchell only-shrink=1" },
    { "resize 800x600 filter=box", "resize 30% fit=inside filter=area only-shrink=1" },
    { "gamma 2 roi=3x3+1+1 mix=20%", "gamma 3 roi=9x7-1-1 mix=70%" },
    { "gaussian 1 border=constant,#ff0000", "gaussian 1 border=constant,#00ff0080" },
    { "convolve 1,2,3,4,5,4,3,2,1", "convolve 1,2,3,4,7,4,3,2,1" },
    { "sobel scale=2", "sobel scale=0.5" },
    { "stretch 1% 2%", "stretch" },
    { "over logo.png", "over other.png at=center offset=5,6 opacity=20%" },
    { "median 1", "median 1 border=clamp" },
    { "gaussian 1", "blur sigma=1.1" },
};

static const char *const other_program[][2] = {
    { "gaussian 7", "gaussian 28" },
    { "gaussian 2", "box 2" },
    { "box 8", "box 9" },
    { "erode 1", "dilate 1" },
    { "erode 1", "erode 1 shape=disk" },
    { "erode 32", "erode 33" },
    { "median 1", "median 2" },
    { "median 1", "median 1 border=wrap" },
    { "gaussian 1", "gaussian 1 border=mirror" },
    { "gaussian 1 border=mirror", "gaussian 1 border=reflect" },
    { "gaussian 1", "gaussian 1 border=constant" },
    { "gamma 2", "gamma 2 linear=1" },
    { "gamma 2", "gamma 2 mix=50%" },
    { "gamma 2", "gamma 2 roi=3x3+1+1" },
    { "gamma 2 channels=r", "gamma 2 channels=g" },
    { "gray", "gray luma=601" },
    { "flip", "flop" },
    { "rotate 90", "rotate 180" },
    { "crop 10x10+1+1", "flip" },
    { "gamma 2 | invert", "invert | gamma 2" },
    { "gamma 2 | invert", "gamma 2" },
    { "sobel", "sobel out=x" },
    { "convolve 1,1,1,1,1,1,1,1,1", "convolve 1,1,1,1,1 size=5x1" },
    { "over logo.png", "over logo.png | over logo.png" },
};

static void compare(const made_for *a, const made_for *b, bool same)
{
    made x = must_make(a), y = must_make(b);
    if (x.plan && y.plan) {
        CHECK_MSG((strcmp(x.plan->text, y.plan->text) == 0) == same, "'%s' and '%s'", a->chain, b->chain);
        CHECK_EQ_INT(x.plan->key == y.plan->key, same);
        CHECK(x.plan->key == qn_hash(QN_HASH_START, x.plan->text, strlen(x.plan->text)));
    }
    unmake(&x);
    unmake(&y);
}

static void program_text(void)
{
    for (int device = FLT_DEV_CPU; device <= FLT_DEV_GPU; device++) {
        const flt_device_class d = (flt_device_class)device;
        for (size_t i = 0; i < sizeof same_program / sizeof same_program[0]; i++)
            compare(&(made_for){ .chain = same_program[i][0], .device = d },
                    &(made_for){ .chain = same_program[i][1], .device = d }, true);
        for (size_t i = 0; i < sizeof other_program / sizeof other_program[0]; i++)
            compare(&(made_for){ .chain = other_program[i][0], .device = d },
                    &(made_for){ .chain = other_program[i][1], .device = d }, false);
    }
    const made_for plain = { .chain = "invert | gaussian 2" };
    compare(&plain, &plain, true);
    /* on a CPU, 16 bits are too few in front of so steep a curve */
    compare(&(made_for){ .chain = "gaussian 1 | levels 20% 80%" },
            &(made_for){ .chain = "gaussian 1 | levels 45% 55%" }, false);
    compare(&(made_for){ .chain = "gaussian 1 | levels 20% 80%" },
            &(made_for){ .chain = "gaussian 1 | levels 25% 80%" }, true);
    made_for f = plain;
    f.device = FLT_DEV_GPU;
    compare(&plain, &f, false);
    f = plain, f.channels = 4;
    compare(&plain, &f, false);
    f = plain, f.depth = 16;
    compare(&plain, &f, false);
    f = plain, f.apart = true;
    compare(&plain, &f, false);
    f = plain, f.linear = true;
    compare(&plain, &f, false);
    /* the same program for a camera that was turned, whichever way; another where it was not */
    made_for turned = plain;
    turned.orientation = 2;
    compare(&plain, &turned, false);
    for (int o = 3; o <= 8; o++) {
        f = plain, f.orientation = o;
        compare(&turned, &f, true);
    }
}

/* ---- what holds for every plan ---- */

/* Each register of saved pixels is declared before it is used, in every pass. Looks at the generated part of the
 * text only: a kernel's own file may call its variables as it likes. */
static bool registers_declared(const char *pass)
{
    const char *text = strstr(pass, "\n#line 1 \"pass");
    if (!text)
        return false;
    text++;
    const char *end = strstr(text, "\n#line");
    for (const char *c = text; *c && c != end; c++) {
        if (*c != 's' || !isdigit((unsigned char)c[1]) || (c > text && (isalnum((unsigned char)c[-1]) || c[-1] == '_')))
            continue;
        if (c > text && c[-1] == '.')
            continue; /* a stride: a.s0 */
        if (c > text + 4 && (strncmp(c - 3, "px ", 3) == 0 || strncmp(c - 4, "int ", 4) == 0))
            continue; /* declared here */
        char declared[32];
        const size_t digits = strspn(c + 1, "0123456789");
        snprintf(declared, sizeof declared, "px s%.*s =", (int)digits, c + 1);
        const char *at = strstr(text, declared);
        if (!at || at > c)
            return false;
    }
    return true;
}

/* First pass that writes a surface, last that touches it; false: none does. */
static bool life(const flt_plan *p, unsigned surface, size_t *from, size_t *to)
{
    bool any = false;
    for (size_t i = 0; i < p->n_passes; i++)
        for (unsigned k = 0; k < p->pass[i].n_buffers; k++)
            if (p->pass[i].buffer[k] == surface) {
                *to = i;
                *from = any ? *from : i;
                any = true;
            }
    return any;
}

static void check_surfaces(const flt_plan *p, const char *chain)
{
    bool right = p->n_surfaces >= 2 && p->surface[0].role == FLT_ROLE_INPUT && p->surface[1].role == FLT_ROLE_OUTPUT;
    bool overlap = true;
    for (size_t i = 0; i < p->n_passes; i++) {
        const flt_pass *pass = &p->pass[i];
        const unsigned target = pass->buffer[pass->n_buffers - 1];
        right = right && pass->n_buffers >= 2 && pass->n_buffers <= FLT_MAX_BUFFERS;
        right = right && (target == 1) == (i + 1 == p->n_passes) && target != 0;
        for (unsigned k = 0; k + 1 < pass->n_buffers; k++) {
            const unsigned s = pass->buffer[k];
            /* nodes (numbers of 32 bits) are joined where they are, by a pass that takes nothing else */
            const bool in_place = s < p->n_surfaces && p->surface[s].storage == FLT_U32 && pass->n_buffers == 2;
            right = right && s < p->n_surfaces && (s != target || in_place) && s != 1;
            overlap = overlap && !(s == 0 && i + 1 == p->n_passes);
            size_t from = 0, to = 0;
            if (s < p->n_surfaces && p->surface[s].role == FLT_ROLE_TEMP) /* written before it is read */
                right = right && life(p, s, &from, &to) && from < i &&
                        p->pass[from].buffer[p->pass[from].n_buffers - 1] == s;
            for (unsigned q = 0; q < k; q++)
                right = right && pass->buffer[q] != s;
        }
    }
    CHECK_MSG(right, "'%s': the surfaces", chain);
    CHECK_MSG(p->output_may_overlap_input == overlap, "'%s': output over input", chain);
}

static void check_pools(const flt_plan *p, const char *chain)
{
    for (unsigned a = 0; a < p->n_surfaces; a++) {
        size_t a0 = 0, a1 = 0, b0 = 0, b1 = 0;
        if (p->surface[a].role != FLT_ROLE_TEMP || !life(p, a, &a0, &a1))
            continue;
        CHECK(p->surface[a].pool < p->n_pools);
        for (unsigned b = a + 1; b < p->n_surfaces; b++)
            if (p->surface[b].role == FLT_ROLE_TEMP && life(p, b, &b0, &b1) && p->surface[a].pool == p->surface[b].pool)
                CHECK_MSG(a1 < b0 || b1 < a0, "'%s': surfaces %u and %u are alive together", chain, a, b);
    }
}

static void check_plan(const made_for *f)
{
    made m = must_make(f);
    if (m.plan) {
        check_surfaces(m.plan, f->chain);
        check_pools(m.plan, f->chain);
        for (size_t i = 0; i < m.plan->n_passes; i++) {
            char kernel[64];
            snprintf(kernel, sizeof kernel, "#define KERNEL %s\n", m.plan->pass[i].kernel);
            char *text = pass_text(m.plan, i);
            CHECK(strstr(text, kernel) != NULL);
            CHECK_MSG(registers_declared(text), "'%s', pass %zu", f->chain, i);
            free(text);
        }
    }
    unmake(&m);
}

/* All pairs of filters, on every kind of picture. */
static void every_pair(void)
{
    size_t n;
    const flt_row *const *row = flt_rows(&n);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++)
            for (int v = 0; v < 4; v++) {
                char chain[512];
                snprintf(chain, sizeof chain, "%s | %s%s", row[i]->example, row[k]->example,
                         v == 1 && (row[k]->cls != FLT_GEOMETRY || !strcmp(row[k]->name, "flip")) &&
                                 row[k]->cls != FLT_REDUCE && row[k]->cls != FLT_CONTROL
                             ? " mix=50% roi=9x9+1+1"
                             : "");
                check_plan(&(made_for){ .chain = chain,
                                        .channels = (uint8_t)(v + 1),
                                        .depth = (i + k) % 2 ? 8 : 16,
                                        .device = (i + k) % 3 ? FLT_DEV_CPU : FLT_DEV_GPU,
                                        .apart = v == 2,
                                        .linear = v == 3,
                                        .orientation = v == 0 ? 6 : 1 });
            }
}

static void pools_are_shared(void)
{
    made m = must_make(&(made_for){ .chain = "gaussian 1 | gaussian 2 | box 3 | erode 1 | median 1 | resize 50%" });
    unsigned temps = 0;
    for (size_t i = 0; m.plan && i < m.plan->n_surfaces; i++)
        temps += m.plan->surface[i].role == FLT_ROLE_TEMP;
    CHECK_EQ_INT(temps, 7);
    CHECK_EQ_INT(m.plan ? m.plan->n_pools : 0, 2);
    unmake(&m);
}

static void output_over_input(void)
{
    static const struct {
        const char *chain;
        bool may;
    } table[] = {
        { "gamma 2", false },
        { "median 1", false },
        { "gaussian 1", false },
        { "unsharp 1", false },
        { "box 2", false },
        { "box 8", true },
        { "gaussian 1 mix=50%", false },
        { "resize 50%", true },
        { "stretch", false },
        { "gamma 2 | median 1", true },
        { "flip", false },
        { "median 1 | otsu", true },
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        made m = must_make(&(made_for){ .chain = table[i].chain });
        CHECK_MSG(m.plan && m.plan->output_may_overlap_input == table[i].may, "'%s'", table[i].chain);
        unmake(&m);
    }
}

static void refusals(void)
{
    static const char *const moving[] = { "rotate 90 mix=50%", "rotate 7 mix=50%", "crop 4x4+0+0 roi=2x2+0+0",
                                          "resize 50% channels=r" };
    for (size_t i = 0; i < sizeof moving / sizeof *moving; i++) {
        made m = make(&(made_for){ .chain = moving[i] });
        CHECK(!m.plan);
        CHECK_EQ_INT(m.err.code, QN_USAGE);
        char place[32];
        snprintf(place, sizeof place, "-f:1:%d: ", (int)(strrchr(moving[i], ' ') - moving[i]) + 2);
        CHECK_MSG(strncmp(m.err.text, place, strlen(place)) == 0, "%s", m.err.text);
        unmake(&m);
    }
}

int main(void)
{
    which_passes();
    where_operations_go();
    notes();
    result_formats();
    storage_between();
    program_text();
    every_pair();
    pools_are_shared();
    output_over_input();
    refusals();
    flt_plan *none = NULL;
    flt_plan_free(&none);
    return check_summary();
}
