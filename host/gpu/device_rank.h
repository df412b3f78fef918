/* Scores of devices, from facts alone: no OpenCL in it, so that lists can be made up. */
#ifndef QUERN_GPU_DEVICE_RANK_H
#define QUERN_GPU_DEVICE_RANK_H

#include "device.h"

/* What ranking needs beyond gpu_device. */
typedef struct gpu_device_facts {
    bool available, compiler, little_endian;
    bool opencl_c_12; /* compiles OpenCL C 1.2 */
    bool has_pci;
    uint32_t pci[4]; /* domain, bus, device, function */
} gpu_device_facts;

/* Sets score, left_out and automatic of every device. facts has list->n elements, in the list's order.
 *
 * Discrete GPU (4) > integrated GPU (3) > accelerator (2) > CPU (1); then GiB of memory, then compute units:
 * score = 1,000,000 class + 1,000 GiB + units, with the last two held below 1,000. Equal scores: the first one.
 * False only on QN_NOMEM. */
bool gpu_devices_rank(gpu_devices *list, const gpu_device_facts *facts, qn_error *err);

#endif
