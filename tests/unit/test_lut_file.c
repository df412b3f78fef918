/* .cube files and Hald pictures: what is read, what an error says, and where the kernels (as C) find a value. */
#include "check.h"
#include "lut_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct px {
    float r, g, b, a;
} px;
static int min(int a, int b)
{
    return a < b ? a : b;
}

#define __global
#define rint(x)      rintf(x)
#define floor(x)     floorf(x)
#define fma(a, b, c) fmaf(a, b, c)
#define fmin(a, b)   fminf(a, b)
#define fmax(a, b)   fmaxf(a, b)
#include "point/cube.cl"
#undef rint
#undef floor
#undef fma
#undef fmin
#undef fmax

static bool read_text(flt_file_content content, const char *text, qn_image *out, qn_error *err)
{
    *err = (qn_error){ 0 };
    return flt_lut_read(content, text, strlen(text), out, err);
}

static void test_cube(void)
{
    static const char text[] = "\xef\xbb\xbf# a comment\r\nTITLE \"two\"\r\n\r\nLUT_3D_SIZE 2\nDOMAIN_MIN -1 0 0\n"
                               "DOMAIN_MAX 1 2 0.5\n0 0 0\n 1 0 0\n0\t1 0 \n1 1 0\n0 0 1\n1 0 1\n0 1 1\n-0.5 1.5e0 1";
    qn_image lut;
    qn_error err;
    CHECK(read_text(FLT_FILE_CUBE, text, &lut, &err));
    CHECK(lut.width == 8 + FLT_LUT_HEAD && lut.height == 1 && lut.format.channels == 3 && lut.format.depth == 32);
    CHECK(flt_lut_size(FLT_FILE_CUBE, lut.width) == 2);
    const float *f = lut.plane[0].data;
    static const float head[3 * FLT_LUT_HEAD] = { 0, 0, 0, 0.5F, 0, 0, 0.5F, 0.5F, 2 };
    CHECK(memcmp(f, head, sizeof head) == 0);
    f += 3 * FLT_LUT_HEAD;
    CHECK(f[3] == 1 && f[4] == 0); /* red is fastest */
    CHECK(f[21] == -0.5F && f[22] == 1.5F && f[23] == 1);
    free(lut.plane[0].data);
}

static void test_curves(void)
{
    qn_image lut;
    qn_error err;
    CHECK(read_text(FLT_FILE_CURVE, "LUT_1D_SIZE 3\nLUT_1D_INPUT_RANGE 0 2\n0 0 0\n.5 .4 .3\n1 1 1\n", &lut, &err));
    CHECK(lut.width == 3 + FLT_LUT_HEAD && flt_lut_size(FLT_FILE_CURVE, lut.width) == 3);
    CHECK(((const float *)lut.plane[0].data)[6] == 1); /* two steps for 2 of input */
    free(lut.plane[0].data);
}

/* A curve that goes up and down all the way at each entry: the worst that a rounding of the value could meet. */
static void check_zigzag(int n, double low, double high)
{
    char *text = malloc((size_t)n * 8 + 200);
    int len = snprintf(text, 200, "LUT_1D_SIZE %d\nDOMAIN_MIN %.17g 0 0\nDOMAIN_MAX %.17g 1 1\n", n, low, high);
    for (int i = 0; i < n; i++)
        len += snprintf(text + len, 8, i % 2 ? "1 1 1\n" : "0 0 0\n");
    qn_image lut;
    qn_error err;
    CHECK_MSG(read_text(FLT_FILE_CURVE, text, &lut, &err), "%s", err.text);
    double worst = 0;
    for (int level = 0; level < 65536; level++) {
        const float v = (float)level * (1.0F / 65535.0F);
        const double at = fmin(fmax((level / 65535.0 - low) / (high - low) * (n - 1), 0), n - 1), from = floor(at);
        const double up = at - from, want = fmod(from, 2) == 0 ? up : 1 - up;
        worst = fmax(worst, fabs((double)q_curve(v, lut.plane[0].data, 0, n, 65535.0F) - want));
    }
    CHECK_MSG(worst * 65535 < 0.05, "%d entries from %g to %g: %g levels off", n, low, high, worst * 65535);
    free(text);
    free(lut.plane[0].data);
}

static void test_zigzag(void)
{
    check_zigzag(2, 0, 1);
    check_zigzag(65, 0, 1);
    check_zigzag(455, 0, 1);
    check_zigzag(1024, 0.1, 0.85);
    check_zigzag(333, -0.3, 1.7);
    check_zigzag(65536, 0, 1);
}

/* Values that are no levels: outside, at the ends, beyond all bounds. */
static void test_ends(void)
{
    qn_image lut;
    qn_error err;
    CHECK(read_text(FLT_FILE_CURVE, "LUT_1D_SIZE 3\n.25 0 0\n.5 0 0\n.75 0 0\n", &lut, &err));
    const float *t = lut.plane[0].data;
    static const float in[] = { -INFINITY, -1, 0, 0.25F, 0.5F, 1, 2, 1e30F, INFINITY };
    static const float out[] = { 0.25F, 0.25F, 0.25F, 0.375F, 0.5F, 0.75F, 0.75F, 0.75F, 0.75F };
    for (size_t i = 0; i < sizeof in / sizeof *in; i++)
        CHECK_MSG(q_curve(in[i], t, 0, 3, 1.0F) == out[i], "%g: %g", (double)in[i],
                  (double)q_curve(in[i], t, 0, 3, 1.0F));
    free(lut.plane[0].data);
}

static void test_broken(void)
{
    static const struct {
        flt_file_content content;
        const char *text, *says;
    } broken[] = {
        { FLT_FILE_CUBE, "", "the file is empty" },
        { FLT_FILE_CUBE, "0 0 0\n", "line 1: LUT_3D_SIZE must come before the numbers" },
        { FLT_FILE_CUBE, "LUT_3D_SIZE 2\n0 0 0\n", "line 2: it ends after 1 of 8 entries" },
        { FLT_FILE_CUBE, "LUT_3D_SIZE 1\n", "line 1: the size must be 2..256" },
        { FLT_FILE_CUBE, "LUT_3D_SIZE 257\n", "line 1: the size must be 2..256" },
        { FLT_FILE_CUBE, "LUT_3D_SIZE 2.5\n", "line 1: the size must be 2..256" },
        { FLT_FILE_CUBE, "LUT_3D_SIZE 2\nLUT_3D_SIZE 2\n", "line 2: the size is given twice" },
        { FLT_FILE_CUBE, "\n\nLUT_3D_SIZE 2\n0 0 zero\n", "line 4: number 3 of 3 is missing or no number" },
        { FLT_FILE_CUBE, "LUT_3D_SIZE 2\n0 0\n", "line 2: number 3 of 3 is missing or no number" },
        { FLT_FILE_CUBE, "LUT_3D_SIZE 2\n0 0 nan\n", "line 2: number 3 of 3 is missing or no number" },
        { FLT_FILE_CUBE, "LUT_3D_SIZE 2\n0 0 0x1\n", "line 2: number 3 of 3 is no number" },
        { FLT_FILE_CUBE, "LUT_3D_SIZE 2\n0 0 0 0\n", "line 2: there is more than should be" },
        { FLT_FILE_CUBE, "LUT_3D_SZE 2\n", "line 1: unknown keyword 'LUT_3D_SZE'" },
        { FLT_FILE_CUBE, "LUT_1D_SIZE 2\n", "line 1: this is a table of curves (LUT_1D_SIZE): lut1d reads those" },
        { FLT_FILE_CURVE, "LUT_3D_SIZE 2\n", "line 1: this is a cube (LUT_3D_SIZE): lut3d reads those" },
        { FLT_FILE_CURVE, "LUT_1D_SIZE 2\n0 0 0\nTITLE \"late\"\n1 1 1\n1 1 1\n",
          "line 5: more than the 2 entries of the table" },
        { FLT_FILE_CURVE, "LUT_1D_SIZE 2\n0 0 0\nDOMAIN_MIN 0 0 0\n1 1 1\n", "line 3: a keyword among the numbers" },
        { FLT_FILE_CURVE, "LUT_1D_SIZE 2\nDOMAIN_MAX 1 0 1\n0 0 0\n1 1 1\n",
          "line 4: DOMAIN_MAX is not above DOMAIN_MIN" },
    };
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        qn_image lut;
        qn_error err;
        CHECK(!read_text(broken[i].content, broken[i].text, &lut, &err) && !lut.plane[0].data);
        CHECK_MSG(err.code == QN_INPUT && !strcmp(err.text, broken[i].says), "case %zu: %s", i, err.text);
    }
}

static void test_hald(void)
{
    uint8_t samples[8 * 8 * 3];
    const qn_image hald = { .width = 8, .height = 8, .format = { 3, 8, 0 }, .plane = { { samples, 8 * 3 } } };
    qn_image lut, same;
    qn_error err = { 0 };
    for (unsigned i = 0; i < 64; i++) { /* the picture that changes nothing: n = 4, red fastest */
        samples[3 * i] = (uint8_t)(i % 4 * 85);
        samples[3 * i + 1] = (uint8_t)(i / 4 % 4 * 85);
        samples[3 * i + 2] = (uint8_t)(i / 16 * 85);
    }
    CHECK(flt_lut_from_hald(&hald, &lut, &err) && flt_lut_identity(FLT_FILE_HALD, 4, &same, &err));
    CHECK(lut.width == 64 + FLT_LUT_HEAD && same.width == lut.width && flt_lut_size(FLT_FILE_HALD, lut.width) == 4);
    CHECK(memcmp(lut.plane[0].data, same.plane[0].data, 66 * 3 * sizeof(float)) == 0);
    free(lut.plane[0].data);
    free(same.plane[0].data);
    CHECK(flt_hald_check(512, 512, &err) && flt_hald_check(4096, 4096, &err));
    CHECK(!flt_hald_check(512, 511, &err) && !flt_hald_check(1, 1, &err) && !flt_hald_check(100, 100, &err));
}

int main(void)
{
    test_cube();
    test_curves();
    test_zigzag();
    test_ends();
    test_broken();
    test_hald();
    return check_summary();
}
