#include "files.h"

#include "lut_file.h"

#include <stdio.h>
#include <stdlib.h>

/* A .cube file of random entries, some outside 0..1, over a domain that is not 0..1. */
static qn_image cube(flt_file_content content, unsigned n)
{
    const bool curve = content == FLT_FILE_CURVE;
    rng r = { .state = 4711 + n };
    qn_strbuf text = { 0 };
    qn_image out = { 0 };
    qn_error err = { 0 };
    sb_addf(&text, "# made by the tests\nTITLE \"random\"\n%s %u\n", curve ? "LUT_1D_SIZE" : "LUT_3D_SIZE", n);
    sb_add(&text, "DOMAIN_MIN 0.05 -0.1 0\r\nDOMAIN_MAX 0.9 1.2 1\n");
    for (unsigned i = 0; i < (curve ? n : n * n * n); i++)
        sb_addf(&text, "%.6f %.6f %.6f\n", rng_range(&r, -0.1, 1.1), rng_range(&r, -0.1, 1.1), rng_range(&r, 0, 1));
    if (!sb_ok(&text) || !flt_lut_read(content, text.s, text.len, &out, &err)) {
        fprintf(stderr, "%s\n", err.text);
        abort();
    }
    sb_free(&text);
    return out;
}

static qn_image hald(void)
{
    qn_image picture = pic_make(PIC_NOISE, 27, 27, 3, 16, 5), out = { 0 };
    qn_error err = { 0 };
    if (!flt_lut_from_hald(&picture, &out, &err))
        abort();
    free(picture.plane[0].data);
    return out;
}

void test_files_make(test_files *f)
{
    f->image[FLT_FILE_PICTURE] = pic_make(PIC_STRUCTURE, 29, 23, 4, 8, 99);
    f->image[FLT_FILE_HALD] = hald();
    f->image[FLT_FILE_CUBE] = cube(FLT_FILE_CUBE, 5);
    f->image[FLT_FILE_CURVE] = cube(FLT_FILE_CURVE, 11);
    for (int i = 0; i < TEST_FILES; i++) {
        f->name[i] = gen_file_name((flt_file_content)i);
        f->for_ref[i] = ref_load(&f->image[i]);
    }
}

void test_files_free(test_files *f)
{
    for (int i = 0; i < TEST_FILES; i++) {
        free(f->image[i].plane[0].data);
        ref_free(&f->for_ref[i]);
    }
}

void test_files_give(const test_files *f, run_device *r)
{
    r->file = f->image;
    r->file_name = f->name;
    r->n_files = TEST_FILES;
}

ref_files test_files_for_ref(const test_files *f)
{
    return (ref_files){ f->name, f->for_ref, TEST_FILES };
}
