/* Long chains and large radii: where a plan must split, refuse, or count in wider numbers. */
#include "plan_helper.h"

#include <limits.h>

static char *repeat(const char *stage, int n)
{
    qn_strbuf s = { 0 };
    for (int i = 0; i < n; i++)
        sb_addf(&s, "%s%s", i ? " | " : "", stage);
    return sb_take(&s);
}

/* However long a chain of points is, it is planned, and a register is never used in a pass that does not set it. */
static void long_chains(void)
{
    static const char *const stage[] = { "invert",        "invert mix=50%",
                                         "gamma 1.01",    "gamma 1.1 mix=50% channels=r",
                                         "over logo.png", "exposure 0.1ev",
                                         "hue 3" };
    for (size_t i = 0; i < sizeof stage / sizeof stage[0]; i++)
        for (int n = 1; n <= 128; n += n < 8 ? 1 : 15) {
            char *chain = repeat(stage[i], n);
            made m = make(&(made_for){ .chain = chain });
            CHECK_MSG(m.plan, "%d x '%s': %s", n, stage[i], m.err.text);
            for (size_t pass = 0; m.plan && pass < m.plan->n_passes; pass++) {
                char *text = pass_text(m.plan, pass);
                for (int r = 0; r < 128; r++) {
                    char use[16], declare[16];
                    snprintf(use, sizeof use, "(s%d,", r);
                    snprintf(declare, sizeof declare, "px s%d =", r);
                    CHECK_MSG(!strstr(text, use) || strstr(text, declare), "%d x '%s', pass %zu: s%d", n, stage[i],
                              pass, r);
                }
                /* samples as stored become 0..1 before anything is done to them */
                const char *invert = strstr(text, "q_invert("), *scale = strstr(text, "v.r *= 1.0f /");
                CHECK_MSG(!invert || (scale && scale < invert), "%d x '%s', pass %zu: unscaled", n, stage[i], pass);
                free(text);
            }
            unmake(&m);
            free(chain);
        }
}

/* The input that mix= wants is kept across the pass that a reduction starts. */
static void reduction_behind_stencil(void)
{
    static const char *const chain[] = { "median 1 | equalize mix=50%", "gaussian 1 | stretch roi=9x9+1+1",
                                         "unsharp 1 | otsu channels=r", "resize 50% | stretch mix=50%" };
    for (size_t i = 0; i < sizeof chain / sizeof chain[0]; i++)
        for (uint8_t channels = 1; channels <= 4; channels++) {
            made m = must_make(&(made_for){ .chain = chain[i], .channels = channels });
            const size_t last = m.plan->n_passes - 1;
            CHECK_MSG(!pass_says(m.plan, last, "(s0,") || pass_says(m.plan, last, "px s0 ="), "'%s'", chain[i]);
            unmake(&m);
        }
}

/* A second picture lies where the result's corner is, not the source's. */
static void over_behind_resize(void)
{
    static const char *const chain[] = { "resize 50% | over logo.png at=southeast", "over logo.png at=southeast",
                                         "crop 100x60+3+3 | over logo.png at=southeast",
                                         "rotate 90 | over logo.png at=southeast" };
    static const int want[][2] = {
        { 100 - 64, 60 - 48 }, { 200 - 64, 120 - 48 }, { 100 - 64, 60 - 48 }, { 120 - 64, 200 - 48 }
    };
    for (size_t i = 0; i < sizeof chain / sizeof chain[0]; i++) {
        const made_for f = { .chain = chain[i] };
        made m = must_make(&f);
        flt_sized s = { 0 };
        CHECK(size_it(&m, &f, 200, 120, &s, NULL));
        const size_t last = m.plan->n_passes - 1;
        char *text = pass_text(m.plan, last), x[16], y[16];
        const char *at = strstr(text, "q_second(");
        unsigned ux = 0, uy = 0;
        CHECK(at && (at = strstr(at, "x - a.u")) && sscanf(at, "x - a.u%u, y - a.u%u", &ux, &uy) == 2);
        snprintf(x, sizeof x, "u%u", ux);
        snprintf(y, sizeof y, "u%u", uy);
        CHECK_EQ_INT(member(m.plan, &s, last, x), want[i][0]);
        CHECK_EQ_INT(member(m.plan, &s, last, y), want[i][1]);
        free(text);
        flt_sized_free(&s);
        unmake(&m);
    }
}

/* A stencil that a radius of 0 leaves out is nothing to the colour that lies outside for the next one: this has no
 * place, and so nothing of a picture at a place in it. */
static void border_behind_nothing(void)
{
    static const char *const none[] = { "gradient 0", "tophat 0 mix=50%", "blackhat 0 channels=luma", "open 0",
                                        "box 0" },
                             *const next[] = { "extend 3 background=red", "median 1 border=constant,#80808080" };
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        for (size_t k = 0; k < sizeof next / sizeof *next; k++) {
            char chain[96];
            snprintf(chain, sizeof chain, "gaussian 1 | %s | %s", none[i], next[k]);
            made m = must_make(&(made_for){ .chain = chain, .channels = 4 });
            for (const char *at = m.plan ? m.plan->text : ""; (at = strstr(at, "_border(const "));) {
                char *body = strndup(at, (size_t)(strstr(at, "\n}\n") - at));
                CHECK_MSG(!strstr(body, ", x, y)"), "%s: %s", chain, body);
                at += strlen(body);
                free(body);
            }
            unmake(&m);
        }
}

/* Sums of whole samples fit what they are summed in: a row's 16 bits, the columns' uint, and with the half that the
 * exact mean adds; the short way to that takes 23 bits. */
static void box_sums(void)
{
    static const char *const form[] = { "box %d", "box %d | invert", "gaussian 1 | box %d", "box %d | median 1" };
    int seen = 0;
    for (size_t i = 0; i < sizeof form / sizeof form[0]; i++)
        for (int r = 1; r <= 500; r += r < 120 ? 7 : 1 + r / 20)
            for (uint8_t depth = 8; depth <= 16; depth = (uint8_t)(depth + 8)) {
                char chain[64];
                snprintf(chain, sizeof chain, form[i], r);
                made m = must_make(&(made_for){ .chain = chain, .depth = depth });
                for (size_t pass = 0; m.plan && pass + 1 < m.plan->n_passes; pass++) {
                    const char *name = m.plan->pass[pass].name;
                    if (strlen(name) < 8 || strcmp(name + strlen(name) - 8, "box.rows") != 0 ||
                        !pass_says(m.plan, pass + 1, "#define ACC uint\n"))
                        continue;
                    seen++;
                    const flt_storage from = m.plan->surface[m.plan->pass[pass].buffer[0]].storage;
                    const long long top = (2LL * r + 1) * (2LL * r + 1) * (from == FLT_U8 ? 255 : 65535);
                    const bool exact = pass_says(m.plan, pass + 1, "#define EXACT\n");
                    const bool narrow = pass_says(m.plan, pass, "#define ACC ushort\n");
                    const bool small = pass_says(m.plan, pass + 1, "#define EXACT_SMALL\n");
                    const long long room = small   ? 1 << 23
                                           : exact ? UINT_MAX - (2LL * r + 1) * (2LL * r + 1)
                                                   : UINT_MAX;
                    CHECK_MSG(!narrow || (2LL * r + 1) * 255 <= 65535, "'%s': a row's sums", chain);
                    CHECK_MSG(top <= room, "'%s' of %u bits: sums up to %lld in pass %zu", chain, depth, top, pass + 1);
                }
                unmake(&m);
            }
    CHECK(seen > 100);
}

/* Tiles fit: a GPU's local memory (48 KiB can be had everywhere), a CPU thread's stack with room to spare. */
static void tiles(void)
{
    static const char *const chain[] = { "median 1",
                                         "median 5",
                                         "median 15",
                                         "median 24",
                                         "erode 20 shape=disk",
                                         "dilate 24 shape=disk",
                                         "dilate 25 shape=disk",
                                         "open 500 shape=ellipse",
                                         "gaussian 60",
                                         "gaussian 120",
                                         "gaussian 250",
                                         "erode 500",
                                         "box 500" };
    for (size_t i = 0; i < sizeof chain / sizeof chain[0]; i++)
        for (int v = 0; v < 8; v++) {
            const made_for f = { .chain = chain[i],
                                 .channels = (uint8_t)(v % 4 + 1),
                                 .device = v < 4 ? FLT_DEV_CPU : FLT_DEV_GPU };
            made m = must_make(&f);
            for (size_t pass = 0; m.plan && pass < m.plan->n_passes; pass++) {
                const long c = pass_define(m.plan, pass, "C"), run = pass_define(m.plan, pass, "RUN");
                const long rows = pass_define(m.plan, pass, "ROWS"), r = pass_define(m.plan, pass, "R");
                const long rx = pass_define(m.plan, pass, "RX"), ry = pass_define(m.plan, pass, "RY");
                const long reach = pass_define(m.plan, pass, "REACH");
                long samples = 0;
                if (reach >= 0)
                    samples = (2 * (run + 2 * reach) + rows * run) * c;
                else if (rx >= 0)
                    samples = ((rows + 2 * ry) * (run + 2 * rx) + rows * run) * c;
                else if (r >= 0 && strstr(m.plan->pass[pass].name, ".rows"))
                    samples = (2 * run + 2 * r) * c;
                CHECK_MSG(samples * 4 <= (v < 4 ? 1L << 20 : 48L << 10), "'%s', %u channels, %s: %ld bytes", chain[i],
                          f.channels, v < 4 ? "cpu" : "gpu", samples * 4);
            }
            unmake(&m);
        }
}

/* What does not fit into a GPU's local memory is looked at where it lies. */
static void too_large_for_a_tile(void)
{
    static const char *const chain[] = { "median 50", "gaussian 500", "bilateral 60" };
    for (size_t i = 0; i < sizeof chain / sizeof chain[0]; i++) {
        const made_for cpu = { .chain = chain[i], .channels = 4, .device = FLT_DEV_CPU };
        const made_for gpu = { .chain = chain[i], .channels = 4, .device = FLT_DEV_GPU };
        made m = must_make(&cpu);
        unmake(&m);
        m = make(&gpu);
        CHECK_MSG(m.plan &&
                      (strstr(m.plan->text, "#define GLOBAL_WINDOW\n") || strstr(m.plan->text, "#define NO_TILE\n")),
                  "'%s': %s", chain[i], m.err.text);
        flt_sized s = { 0 };
        qn_error err = { 0 };
        if (m.plan && CHECK(size_it(&m, &gpu, 40, 30, &s, &err)))
            CHECK(s.out_width == 40 && s.out_height == 30);
        if (m.plan && strstr(m.plan->text, "#define GLOBAL_WINDOW\n"))
            CHECK(!size_it(&m, &gpu, 10000000, 1, &s, &err) && err.code == QN_LIMIT);
        flt_sized_free(&s);
        unmake(&m);
    }
}

int main(void)
{
    long_chains();
    reduction_behind_stencil();
    over_behind_resize();
    border_behind_nothing();
    box_sums();
    tiles();
    too_large_for_a_tile();
    return check_summary();
}
