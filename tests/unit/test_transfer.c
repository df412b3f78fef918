#include "check.h"
#include "metadata.h"
#include "transfer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double srgb(double x)
{
    return x <= 0.04045 ? x / 12.92 : pow((x + 0.055) / 1.055, 2.4);
}

static double read_table(const float *t, double x)
{
    const double at = x * QN_LIGHT_STEPS;
    const int i = at < QN_LIGHT_STEPS - 1 ? (int)at : QN_LIGHT_STEPS - 1;
    return t[i] + (at - i) * (t[i + 1] - t[i]);
}

/* There by the table is the curve, and back again is where it began. */
static void check_tables(const qn_curve *c, double exact, double returns)
{
    static float there[QN_LIGHT_STEPS + 1], back[QN_LIGHT_STEPS + 1];
    double off = 0, lost = 0;
    qn_curve_tables(c, there, back);
    for (int i = 0; i <= 1000; i++) {
        const double x = i / 1000.0, light = qn_curve_at(c, x);
        off = fmax(off, fabs(read_table(there, x) - light));
        lost = fmax(lost, fabs(read_table(back, sqrt(sqrt(light))) - x));
    }
    CHECK_MSG(off <= exact, "%g from the curve", off);
    CHECK_MSG(lost <= returns, "%g lost there and back", lost);
}

static void test_tables(void)
{
    const double gammas[] = { 1, 1.8, 2.2, 2.6 };
    for (int i = 0; i < 4; i++) {
        const qn_curve c = qn_curve_gamma(gammas[i]);
        CHECK(fabs(qn_curve_at(&c, 0.3) - pow(0.3, gammas[i])) < 1e-15);
        check_tables(&c, 1e-7, 1e-6);
    }
    const qn_curve s = qn_curve_srgb();
    for (int i = 0; i <= 255; i++)
        CHECK(fabs(qn_curve_at(&s, i / 255.0) - srgb(i / 255.0)) < 1e-15);
    check_tables(&s, 1e-7, 1e-6);
    static uint8_t samples[2 * 300];
    for (int i = 0; i < 300; i++) {
        const unsigned v = (unsigned)lrint(65535 * pow(i / 299.0, 2.0));
        samples[2 * i] = (uint8_t)(v >> 8);
        samples[2 * i + 1] = (uint8_t)v;
    }
    const qn_curve sampled = { .sampled = samples, .n = 300 };
    CHECK(fabs(qn_curve_at(&sampled, 0.5) - 0.25) < 2e-5 && qn_curve_at(&sampled, 1) == 1 && qn_curve_rises(&sampled));
    check_tables(&sampled, 1e-5, 3e-4); /* its samples near 0 are all 0 */
    const qn_curve steps = { .sampled = (const uint8_t[]){ 0, 0, 0x80, 0, 0x80, 0, 0xff, 0xff }, .n = 4 };
    static float there[QN_LIGHT_STEPS + 1], back[QN_LIGHT_STEPS + 1];
    qn_curve_tables(&steps, there, back); /* flat in the middle: some way back, and it never falls */
    for (int i = 0; i < QN_LIGHT_STEPS; i++)
        CHECK(back[i] <= back[i + 1] && back[i] >= 0 && back[i + 1] <= 1);
    const qn_curve falling = { .sampled = (const uint8_t[]){ 0xff, 0xff, 0, 0 }, .n = 2 };
    CHECK(!qn_curve_rises(&falling));
}

/* ---- profiles ---- */

static void put32(qn_bytes *b, uint32_t v)
{
    const uint8_t p[4] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v };
    CHECK(qn_bytes_append(b, p, 4));
}

/* A profile of nothing but curves: for each tag 40 bytes, `para` of a form with numbers, or `curv`. */
static void make_profile(qn_bytes *icc, const char *space, int n, const char *const *names, const int *form,
                         double v[][7])
{
    static const uint8_t head[128];
    icc->len = 0;
    CHECK(qn_bytes_append(icc, head, sizeof head));
    memcpy(icc->data + 16, space, 4);
    put32(icc, (uint32_t)n);
    for (int i = 0; i < n; i++) {
        CHECK(qn_bytes_append(icc, names[i], 4));
        put32(icc, (uint32_t)(132 + 12 * n + 40 * i));
        put32(icc, 40);
    }
    for (int i = 0; i < n; i++) {
        if (form[i] >= 0) {
            CHECK(qn_bytes_append(icc, "para\0\0\0\0", 8));
            put32(icc, (uint32_t)form[i] << 16);
        } else { /* v[i][0] is the count, then a gamma or two samples */
            CHECK(qn_bytes_append(icc, "curv\0\0\0\0", 8));
            put32(icc, (uint32_t)v[i][0]);
        }
        for (int k = 0; k < 7; k++)
            put32(icc, form[i] >= 0 ? (uint32_t)(int32_t)lrint(v[i][k] * 65536) : (uint32_t)v[i][1]);
    }
}

static const char *const rgb[] = { "rTRC", "gTRC", "bTRC" };

static void test_profiles(void)
{
    io_meta m = { 0 };
    qn_transfer t = { 0 };
    double v[3][7] = { { 2.2 }, { 2.0, 0.9, 0.1 }, { 2.0, 0.9, 0.05, 0.02 } };
    CHECK_EQ_INT(io_meta_transfer(&m, false, &t), IO_LIGHT_SRGB);
    make_profile(&m.icc, "RGB ", 3, rgb, (const int[]){ 0, 1, 2 }, v);
    CHECK_EQ_INT(io_meta_transfer(&m, false, &t), IO_LIGHT_OWN);
    CHECK(fabs(qn_curve_at(&t.curve[0], 0.4) - pow(0.4, 2.2)) < 1e-5);
    CHECK(fabs(qn_curve_at(&t.curve[1], 0.4) - pow(0.9 * 0.4 + 0.1, 2)) < 1e-4);
    CHECK(fabs(qn_curve_at(&t.curve[2], 0.4) - (pow(0.9 * 0.4 + 0.05, 2) + 0.02)) < 1e-4);
    CHECK_EQ_INT(io_meta_transfer(&m, true, &t), IO_LIGHT_OWN); /* gray goes by the green curve */
    CHECK(fabs(qn_curve_at(&t.curve[0], 0.4) - pow(0.9 * 0.4 + 0.1, 2)) < 1e-4);
    memcpy(m.icc.data + 16, "CMYK", 4);
    CHECK_EQ_INT(io_meta_transfer(&m, true, &t), IO_LIGHT_UNKNOWN);

    double w[3][7] = { { 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045 },
                       { 2, 0.95, 0.05, 0.2, 0.2, 0, 0.01 },
                       { 1, 0x01cc0000 } };
    make_profile(&m.icc, "RGB ", 3, rgb, (const int[]){ 3, 4, -1 }, w);
    CHECK_EQ_INT(io_meta_transfer(&m, false, &t), IO_LIGHT_OWN);
    CHECK(fabs(qn_curve_at(&t.curve[0], 0.02) - 0.02 / 12.92) < 1e-5);
    CHECK(fabs(qn_curve_at(&t.curve[1], 0.1) - (0.2 * 0.1 + 0.01)) < 1e-4);
    CHECK(fabs(qn_curve_at(&t.curve[1], 0.5) - pow(0.95 * 0.5 + 0.05, 2)) < 1e-4);
    CHECK(fabs(qn_curve_at(&t.curve[2], 0.5) - pow(0.5, 460 / 256.0)) < 1e-12); /* u8Fixed8 0x01cc */

    for (int i = 0; i < 3; i++)
        memcpy(w[i], w[0], sizeof w[0]);
    make_profile(&m.icc, "RGB ", 3, rgb, (const int[]){ 3, 3, 3 }, w);
    CHECK_EQ_INT(io_meta_transfer(&m, false, &t), IO_LIGHT_SRGB);
    make_profile(&m.icc, "GRAY", 1, (const char *const[]){ "kTRC" }, (const int[]){ -1 },
                 (double[][7]){ { 2, 65535 } });
    CHECK_EQ_INT(io_meta_transfer(&m, true, &t), IO_LIGHT_OWN);
    CHECK(fabs(qn_curve_at(&t.curve[2], 0.25) - 0.25) < 1e-12); /* the samples 0 and 65535 */
    make_profile(&m.icc, "RGB ", 2, rgb, (const int[]){ 0, 0 }, v);
    CHECK_EQ_INT(io_meta_transfer(&m, false, &t), IO_LIGHT_UNKNOWN); /* no blue */

    make_profile(&m.icc, "RGB ", 3, rgb, (const int[]){ 0, 1, 2 }, v);
    const qn_bytes whole = m.icc;
    for (size_t len = 0; len < whole.len; len++) { /* cut short, and with a byte changed: no access outside */
        uint8_t *copy = malloc(len + 1);
        CHECK(copy != NULL);
        if (!copy)
            break;
        memcpy(copy, whole.data, len);
        io_meta cut = { .icc = { copy, len, len } };
        (void)io_meta_transfer(&cut, false, &t);
        for (size_t at = 128; at < len; at++) {
            copy[at] ^= 0xff;
            if (io_meta_transfer(&cut, false, &t) == IO_LIGHT_OWN)
                CHECK(qn_curve_at(&t.curve[0], 1) > 0.9);
            copy[at] ^= 0xff;
        }
        free(copy);
    }
    io_meta_free(&m);
}

static void test_chunks(void)
{
    qn_transfer t;
    io_meta m = { .gamma = 1 / 1.8 };
    CHECK_EQ_INT(io_meta_transfer(&m, true, &t), IO_LIGHT_OWN);
    CHECK(fabs(qn_curve_at(&t.curve[1], 0.5) - pow(0.5, 1.8)) < 1e-12);
    m.srgb = true;
    CHECK_EQ_INT(io_meta_transfer(&m, true, &t), IO_LIGHT_SRGB);
    m = (io_meta){ .gamma = 1e-9 };
    CHECK_EQ_INT(io_meta_transfer(&m, false, &t), IO_LIGHT_SRGB);
}

int main(void)
{
    test_tables();
    test_profiles();
    test_chunks();
    return check_summary();
}
