/* The OpenCL devices of this machine: list, rank, choose. */
#ifndef QUERN_GPU_DEVICE_H
#define QUERN_GPU_DEVICE_H

#include "plan.h"
#include "status.h"
#include "strbuf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GPU_SCORE_ASKED = -1, GPU_SCORE_UNUSABLE = -2 };

typedef struct gpu_device {
    unsigned index;                                         /* place in the list: -d 0 */
    unsigned platform, device;                              /* -d P:D */
    char *name, *platform_name, *vendor, *driver, *version; /* UTF-8, trimmed */
    const char *type;                                       /* "gpu", "cpu", "accelerator" */
    uint64_t memory, max_alloc;                             /* bytes */
    unsigned units;                                         /* compute units */
    unsigned vendor_id;
    bool shared_memory; /* CL_DEVICE_HOST_UNIFIED_MEMORY, or a CPU */
    int score;          /* the larger the better; < 0: left out (GPU_SCORE_ASKED: taken only if asked for by name or
                         * index; GPU_SCORE_UNUSABLE: never) */
    char *left_out;     /* why `auto` never takes it; NULL: usable */
    bool automatic;     /* the one `auto` takes */
    void *platform_id, *device_id; /* cl_platform_id, cl_device_id */
} gpu_device;

typedef struct gpu_devices {
    gpu_device *item;
    size_t n;
    char **skipped; /* "platform 1 (Name): clGetDeviceIDs: CL_OUT_OF_HOST_MEMORY", one line each */
    size_t n_skipped;
} gpu_devices;

/* Asks every platform. A platform or device that answers with an error is noted and passed over; no platform at all
 * is an empty list. The first call, before other threads run, also sets POCL_AFFINITY in the environment, unless it is
 * there. False only on QN_NOMEM. */
bool gpu_devices_list(gpu_devices *list, qn_error *err);
void gpu_devices_free(gpu_devices *list);

/* SPEC of -d: "auto", "gpu", "cpu", an index, "P:D", or a case-insensitive part of a name ("all" is taken as auto until
 * several devices can share a batch, and *note says so). Errors: QN_NODEVICE (none at all: names the package to
 * install; none of that type), QN_USAGE (nothing matches: lists what there is; several match: lists them). */
const gpu_device *gpu_device_choose(const gpu_devices *list, const char *spec, qn_strbuf *note, qn_error *err);

void gpu_devices_print(const gpu_devices *list, qn_strbuf *out);
void gpu_devices_print_json(const gpu_devices *list, qn_strbuf *out);

#endif
