/* Asking OpenCL what there is. */
#include "cl_check.h"
#include "cpus.h"
#include "device_rank.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef CL_PLATFORM_NOT_FOUND_KHR
#define CL_PLATFORM_NOT_FOUND_KHR (-1001)
#endif
#define DEVICE_PCI_BUS_INFO 0x410F /* cl_khr_pci_bus_info, younger than 1.2 */

enum { MAX_PLATFORMS = 64, MAX_DEVICES = 64 };

typedef struct listing {
    gpu_devices *list;
    gpu_device_facts *facts;
    bool failed; /* out of memory */
} listing;

static void skip(listing *l, unsigned platform, const char *name, const char *what, const char *why)
{
    qn_strbuf text = { .s = NULL };
    sb_addf(&text, "platform %u (%s): %s: %s", platform, name ? name : "?", what, why);
    char *line = sb_take(&text);
    char **more = line ? realloc(l->list->skipped, (l->list->n_skipped + 1) * sizeof *more) : NULL;
    if (!more) {
        free(line);
        l->failed = true;
        return;
    }
    l->list->skipped = more;
    more[l->list->n_skipped++] = line;
}

static bool ask(cl_device_id id, cl_device_info what, void *value, size_t size)
{
    return clGetDeviceInfo(id, what, size, value, NULL) == CL_SUCCESS;
}

static bool ask_bool(cl_device_id id, cl_device_info what)
{
    cl_bool value = CL_FALSE;
    return ask(id, what, &value, sizeof value) && value;
}

/* "OpenCL C 1.2 ..." or later. */
static bool compiles_12(cl_device_id id)
{
    unsigned major = 0, minor = 0;
    char *text = cl_device_text(id, CL_DEVICE_OPENCL_C_VERSION);
    bool ok = text && sscanf(text, "OpenCL C %u.%u", &major, &minor) == 2 && (major > 1 || minor >= 2);
    free(text);
    return ok;
}

static const char *type_name(cl_device_type type)
{
    if (type & CL_DEVICE_TYPE_GPU)
        return "gpu";
    return type & CL_DEVICE_TYPE_CPU ? "cpu" : "accelerator";
}

static char *or_empty(char *text)
{
    return text ? text : calloc(1, 1);
}

static bool describe(gpu_device *d, gpu_device_facts *f, cl_platform_id platform, cl_device_id id, cl_device_type type)
{
    cl_ulong memory = 0, max_alloc = 0;
    cl_uint units = 0, vendor_id = 0;
    (void)ask(id, CL_DEVICE_GLOBAL_MEM_SIZE, &memory, sizeof memory);
    (void)ask(id, CL_DEVICE_MAX_MEM_ALLOC_SIZE, &max_alloc, sizeof max_alloc);
    (void)ask(id, CL_DEVICE_MAX_COMPUTE_UNITS, &units, sizeof units);
    (void)ask(id, CL_DEVICE_VENDOR_ID, &vendor_id, sizeof vendor_id);
    d->name = or_empty(cl_device_text(id, CL_DEVICE_NAME));
    d->platform_name = or_empty(cl_platform_text(platform, CL_PLATFORM_NAME));
    d->vendor = or_empty(cl_device_text(id, CL_DEVICE_VENDOR));
    d->driver = or_empty(cl_device_text(id, CL_DRIVER_VERSION));
    d->version = or_empty(cl_device_text(id, CL_DEVICE_VERSION));
    d->type = type_name(type);
    d->memory = memory;
    d->max_alloc = max_alloc;
    d->units = units;
    d->vendor_id = vendor_id;
    d->shared_memory =
        (type & CL_DEVICE_TYPE_CPU && !(type & CL_DEVICE_TYPE_GPU)) || ask_bool(id, CL_DEVICE_HOST_UNIFIED_MEMORY);
    d->platform_id = platform;
    d->device_id = id;
    f->available = ask_bool(id, CL_DEVICE_AVAILABLE);
    f->compiler = ask_bool(id, CL_DEVICE_COMPILER_AVAILABLE);
    f->little_endian = ask_bool(id, CL_DEVICE_ENDIAN_LITTLE);
    f->opencl_c_12 = compiles_12(id);
    f->has_pci = ask(id, DEVICE_PCI_BUS_INFO, f->pci, sizeof f->pci);
    return d->name && d->platform_name && d->vendor && d->driver && d->version;
}

static void add_device(listing *l, unsigned platform_index, unsigned device_index, cl_platform_id platform,
                       cl_device_id id)
{
    cl_device_type type = 0;
    cl_int rc = clGetDeviceInfo(id, CL_DEVICE_TYPE, sizeof type, &type, NULL);
    if (rc != CL_SUCCESS) { /* a device that does not even say what it is */
        char *name = cl_platform_text(platform, CL_PLATFORM_NAME);
        skip(l, platform_index, name, "clGetDeviceInfo", cl_error_name(rc));
        free(name);
        return;
    }
    size_t n = l->list->n;
    gpu_device *items = realloc(l->list->item, (n + 1) * sizeof *items);
    if (items)
        l->list->item = items;
    gpu_device_facts *facts = items ? realloc(l->facts, (n + 1) * sizeof *facts) : NULL;
    if (!facts) {
        l->failed = true;
        return;
    }
    l->facts = facts;
    items[n] = (gpu_device){ .index = (unsigned)n, .platform = platform_index, .device = device_index };
    facts[n] = (gpu_device_facts){ .available = false };
    l->list->n++;
    if (!describe(&items[n], &facts[n], platform, id, type))
        l->failed = true;
}

static void add_platform(listing *l, unsigned index, cl_platform_id platform)
{
    cl_device_id id[MAX_DEVICES];
    cl_uint n = 0;
    cl_int rc = clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, MAX_DEVICES, id, &n);
    if (rc == CL_SUCCESS && n) {
        for (cl_uint i = 0; i < n && i < MAX_DEVICES && !l->failed; i++)
            add_device(l, index, i, platform, id[i]);
        return;
    }
    char *name = cl_platform_text(platform, CL_PLATFORM_NAME);
    if (rc == CL_SUCCESS || rc == CL_DEVICE_NOT_FOUND) {
        bool pocl = name && strstr(name, "Portable Computing Language");
        skip(l, index, name, "clGetDeviceIDs",
             pocl ? "no device: PoCL needs a cache directory that it can write to (POCL_CACHE_DIR), and `ld` in PATH"
                  : "no device");
    } else {
        skip(l, index, name, "clGetDeviceIDs", cl_error_name(rc));
    }
    free(name);
}

/* PoCL's worker threads, one for each processor, may wake up on the same one and stay there for longer than a short
 * kernel takes (15 MP to gray: 2.1 ms instead of 1.3). It ties them to a processor each if asked to before its first
 * call; and ends the process where that is refused, hence only where it cannot be. */
static void spread_pocl(void)
{
    if (qn_cpu_has_all())
        (void)setenv("POCL_AFFINITY", "1", 0);
}

bool gpu_devices_list(gpu_devices *list, qn_error *err)
{
    *list = (gpu_devices){ .item = NULL };
    listing l = { .list = list };
    spread_pocl();
    cl_platform_id platform[MAX_PLATFORMS];
    cl_uint n = 0;
    cl_int rc = clGetPlatformIDs(MAX_PLATFORMS, platform, &n);
    if (rc != CL_SUCCESS && rc != CL_PLATFORM_NOT_FOUND_KHR)
        skip(&l, 0, NULL, "clGetPlatformIDs", cl_error_name(rc));
    for (cl_uint i = 0; rc == CL_SUCCESS && i < n && i < MAX_PLATFORMS && !l.failed; i++)
        add_platform(&l, i, platform[i]);
    if (l.failed)
        qn_fail(err, QN_NOMEM, "out of memory");
    bool ok = !l.failed && gpu_devices_rank(list, l.facts, err);
    free(l.facts);
    if (!ok)
        gpu_devices_free(list);
    return ok;
}

void gpu_devices_free(gpu_devices *list)
{
    if (!list)
        return;
    for (size_t i = 0; i < list->n; i++) {
        gpu_device *d = &list->item[i];
        free(d->name);
        free(d->platform_name);
        free(d->vendor);
        free(d->driver);
        free(d->version);
        free(d->left_out);
    }
    for (size_t i = 0; i < list->n_skipped; i++)
        free(list->skipped[i]);
    free(list->item);
    free(list->skipped);
    *list = (gpu_devices){ .item = NULL };
}
