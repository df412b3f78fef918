/* Runs chains on a device as the program does: parse, plan, size, build, submit, finish.
 *
 * QUERN_TEST_DEVICE chooses the device (as -d; default "cpu"), QUERN_TEST_CACHE the folder of built programs
 * (default: none, so that every text is built). One thread. */
#ifndef QUERN_TESTS_RUN_CHAIN_H
#define QUERN_TESTS_RUN_CHAIN_H

#include "gpu.h"

typedef struct run_kept run_kept; /* a chain and its plan, which must outlive their program */

typedef struct run_device {
    gpu_devices list;
    const gpu_device *device;
    gpu *g;
    gpu_host *in, *out;
    run_kept *kept;
    const qn_image *file; /* pictures that chains name; the caller's */
    const char *const *file_name;
    unsigned n_files;
    unsigned windowed; /* runs in which the device held windows of the picture only */
} run_device;

/* False: err says why; QN_NODEVICE is a reason to skip. run_close() in any case. */
bool run_open(run_device *r, gpu_transfer transfer, qn_error *err);
void run_close(run_device *r);

typedef struct run_result {
    uint32_t width, height;
    qn_format format;
    void *data; /* packed rows; the caller's to free() */
} run_result;

/* The whole way for one picture, then once more in bands, and in bands with rings as a large picture flows, which must
 * give the same bytes. `step` ends as the name of
 * the step that failed, when it returns false. */
bool run_chain(run_device *r, const char *chain, const qn_image *in, int orientation, const flt_options *options,
               run_result *out, const char **step, qn_error *err);

#endif
