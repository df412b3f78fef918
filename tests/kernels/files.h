/* The second pictures and tables of generated chains: made in memory, under the names that gen.h gives them. */
#ifndef QUERN_TESTS_FILES_H
#define QUERN_TESTS_FILES_H

#include "gen.h"
#include "ref.h"
#include "run_chain.h"

#define TEST_FILES 4

typedef struct test_files {
    qn_image image[TEST_FILES];    /* as the device gets them */
    ref_image for_ref[TEST_FILES]; /* the same for the references */
    const char *name[TEST_FILES];
} test_files;

void test_files_make(test_files *f); /* out of memory ends the program */
void test_files_free(test_files *f);
void test_files_give(const test_files *f, run_device *r);
ref_files test_files_for_ref(const test_files *f);

#endif
