/* Colour matrices in a row: one product, in double, of what the stages say; and where none may be made. */
#include "plan_helper.h"

#include <math.h>

/* How many matrices the text of all passes calls. */
static unsigned matrices(const flt_plan *p)
{
    unsigned n = 0;
    for (const char *t = p->text; (t = strstr(t, "= q_matrix(v,")) != NULL; t++)
        n++;
    return n;
}

static const struct {
    const char *chain;
    uint8_t channels;
    unsigned matrices;
} counts[] = {
    { "saturation 2", 3, 1 },
    { "saturation 2 | sepia 0.3 | hue 40", 3, 1 },
    { "saturation 2 | sepia 0.3 | hue 40", 4, 1 },
    { "saturation 2 | invert | brightness-contrast 5% 1.1 | sepia 0.3", 3, 1 },
    { "invert | saturation 2", 3, 1 },
    { "invert | brightness-contrast 5% 1.1", 3, 0 }, /* a table does both */
    { "saturation 2 mix=0.3 | sepia", 3, 1 },
    { "brightness-contrast 5% 1.1 mix=0.4", 3, 1 },
    { "brightness-contrast 5% 1.1 mix=0.4", 1, 0 },
    { "saturation 2 | gamma 2 | sepia", 3, 2 },
    { "saturation 2 roi=4x4+0+0 | sepia", 3, 2 },
    { "saturation 2 | sepia channels=r", 3, 2 },
    { "saturation 2 linear=1 | sepia linear=1", 3, 1 },
    { "saturation 2 linear=1 | sepia", 3, 2 },
    { "saturation 2 | levels 2% 98% | sepia", 3, 2 }, /* which clamps */
    { "saturation 2 | hue 30", 1, 0 },
    { "saturation 2 | sepia", 1, 1 },
};

static void where(void)
{
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        const made_for f = { .chain = counts[i].chain, .channels = counts[i].channels };
        made m = must_make(&f);
        if (m.plan)
            CHECK_MSG(matrices(m.plan) == counts[i].matrices, "'%s': %u matrices", f.chain, matrices(m.plan));
        unmake(&m);
    }
    const made_for apart = { .chain = "saturation 2 | sepia 0.3", .apart = true };
    made m = must_make(&apart);
    if (m.plan)
        CHECK_EQ_INT(matrices(m.plan), 2);
    unmake(&m);
}

/* By hand: R' = R + 0.25 G + 0.5, then everything halved towards gray 0: the mixer's rows times one another. */
static void numbers(void)
{
    const made_for f = { .chain =
                             "channel-mixer 1,0.25,0,0.5,0,1,0,0,0,0,1,0 | channel-mixer 0,2,0,0,3,0,0,0.25,0,0,4,0 | "
                             "invert mix=0.75" };
    /* first (r + g/4 + 1/2, g, b), then (2g, 3r + 3g/4 + 3/2 + 1/4, 4b), then v / 4 + 3/4 (1 - v) = 3/4 - v / 2 */
    static const float want[9] = { 0, -1, 0, -1.5F, -0.375F, 0, 0, 0, -2 }, added[3] = { 0.75F, -0.125F, 0.75F };
    made m = must_make(&f);
    flt_sized s = { 0 };
    if (m.plan && CHECK(size_it(&m, &f, 10, 10, &s, NULL))) {
        bool found = false;
        for (size_t i = 0; i + 12 <= s.n_uniforms && !found; i++) {
            found = true;
            for (size_t k = 0; k < 12; k++)
                found = found && fabsf(as_float(s.uniform[i + k]) - (k < 9 ? want[k] : added[k - 9])) < 1e-6F;
        }
        CHECK_MSG(found, "the product is not among the uniforms");
    }
    flt_sized_free(&s);
    unmake(&m);
}

int main(void)
{
    where();
    numbers();
    return check_summary();
}
