/* .cube files and Hald pictures: what is read, and what an error says. */
#include "check.h"
#include "lut_file.h"

#include <stdlib.h>
#include <string.h>

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
    CHECK(lut.width == 10 && lut.height == 1 && lut.format.channels == 3 && lut.format.depth == 32);
    CHECK(flt_lut_size(FLT_FILE_CUBE, lut.width) == 2);
    const float *f = lut.plane[0].data;
    static const float head[] = { -1, 0, 0, 0.5F, 0.5F, 2 };
    CHECK(memcmp(f, head, sizeof head) == 0);
    CHECK(f[6 + 3] == 1 && f[6 + 4] == 0); /* red is fastest */
    CHECK(f[6 + 21] == -0.5F && f[6 + 22] == 1.5F && f[6 + 23] == 1);
    free(lut.plane[0].data);
}

static void test_curves(void)
{
    qn_image lut;
    qn_error err;
    CHECK(read_text(FLT_FILE_CURVE, "LUT_1D_SIZE 3\nLUT_1D_INPUT_RANGE 0 2\n0 0 0\n.5 .4 .3\n1 1 1\n", &lut, &err));
    CHECK(lut.width == 5 && flt_lut_size(FLT_FILE_CURVE, lut.width) == 3);
    CHECK(((const float *)lut.plane[0].data)[3] == 1); /* two steps for 2 of input */
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
    CHECK(lut.width == 66 && same.width == 66 && flt_lut_size(FLT_FILE_HALD, 66) == 4);
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
    test_broken();
    test_hald();
    return check_summary();
}
