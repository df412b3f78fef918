#define _GNU_SOURCE
#include "device_rank.h"

#include <stdlib.h>
#include <string.h>

/* GPUs that are programs: right for finding bugs, slower than the same work on the CPU device. */
static bool is_simulator(const gpu_device *d)
{
    return strcasestr(d->name, "oclgrind") || strcasestr(d->platform_name, "oclgrind");
}

static bool is_software(const gpu_device *d)
{
    return strcasestr(d->name, "llvmpipe") || strcasestr(d->name, "swiftshader");
}

static const char *unusable(const gpu_device_facts *f)
{
    if (!f->available)
        return "the driver says that the device is not available";
    if (!f->compiler)
        return "its driver has no OpenCL C compiler";
    if (!f->little_endian)
        return "not little endian";
    if (!f->opencl_c_12)
        return "no OpenCL C 1.2";
    return NULL;
}

static int class_of(const gpu_device *d)
{
    if (is_software(d))
        return 0;
    if (!strcmp(d->type, "gpu"))
        return d->shared_memory ? 3 : 4;
    return !strcmp(d->type, "cpu") ? 1 : 2;
}

static int score_of(const gpu_device *d)
{
    uint64_t gib = d->memory >> 30;
    return class_of(d) * 1000000 + (int)(gib < 999 ? gib : 999) * 1000 + (int)(d->units < 999 ? d->units : 999);
}

/* One piece of hardware under two platforms. Where both tell their place on the bus, that decides; else the name. */
static bool look_alike(const gpu_devices *list, const gpu_device_facts *facts, size_t a, size_t b)
{
    const gpu_device *x = &list->item[a], *y = &list->item[b];
    if (strcmp(x->type, "gpu") || strcmp(y->type, "gpu"))
        return false;
    if (facts[a].has_pci && facts[b].has_pci)
        return !memcmp(facts[a].pci, facts[b].pci, sizeof facts[a].pci);
    return x->vendor_id == y->vendor_id && !strcasecmp(x->name, y->name);
}

/* The device of an earlier platform that `i` is, or list->n. Two equal cards in one machine are two: the second of its
 * kind on this platform can only be the second of its kind on that one. */
static size_t twin_of(const gpu_devices *list, const gpu_device_facts *facts, size_t i)
{
    unsigned nth = 0;
    for (size_t j = 0; j < i; j++)
        nth += list->item[j].platform == list->item[i].platform && look_alike(list, facts, j, i);
    for (size_t j = 0; j < i; j++) {
        if (list->item[j].platform == list->item[i].platform || list->item[j].score < 0 ||
            !look_alike(list, facts, j, i))
            continue;
        unsigned before = 0;
        for (size_t k = 0; k < j; k++)
            before += list->item[k].platform == list->item[j].platform && look_alike(list, facts, k, i);
        if (before == nth)
            return j;
    }
    return list->n;
}

static bool leave_out(gpu_device *d, int score, const char *why)
{
    d->score = score;
    d->left_out = strdup(why);
    return d->left_out != NULL;
}

bool gpu_devices_rank(gpu_devices *list, const gpu_device_facts *facts, qn_error *err)
{
    bool ok = true;
    gpu_device *best = NULL;
    for (size_t i = 0; i < list->n && ok; i++) {
        gpu_device *d = &list->item[i];
        const char *why = unusable(&facts[i]);
        free(d->left_out);
        d->left_out = NULL;
        d->automatic = false;
        d->score = score_of(d);
        size_t twin = why ? list->n : twin_of(list, facts, i);
        if (why)
            ok = leave_out(d, GPU_SCORE_UNUSABLE, why);
        else if (is_simulator(d))
            ok = leave_out(d, GPU_SCORE_ASKED, "a simulator for finding bugs in kernels: slower than any real device");
        else if (twin < list->n) {
            qn_strbuf text = { .s = NULL };
            sb_addf(&text, "the same GPU as %u:%u, on platform %s", list->item[twin].platform, list->item[twin].device,
                    list->item[twin].platform_name);
            ok = leave_out(d, GPU_SCORE_ASKED, sb_str(&text)) && sb_ok(&text);
            sb_free(&text);
        } else if (!best || d->score > best->score) {
            best = d;
        }
    }
    if (best)
        best->automatic = true;
    return ok || qn_fail(err, QN_NOMEM, "out of memory");
}
