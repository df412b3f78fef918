/* SPEC of -d to one device. */
#define _GNU_SOURCE
#include "device.h"

#include <stdlib.h>
#include <string.h>

#define INSTALL "install a driver of your GPU, or PoCL for the CPU: apt-get install pocl-opencl-icd"

static const gpu_device *none_at_all(const gpu_devices *list, qn_error *err)
{
    if (list->n_skipped)
        qn_fail(err, QN_NODEVICE, "no OpenCL device found: " INSTALL " (%s)", list->skipped[0]);
    else
        qn_fail(err, QN_NODEVICE, "no OpenCL device found: " INSTALL);
    return NULL;
}

/* The best device of a type, or of any (NULL). The same device every time: the first of equals. */
static const gpu_device *best_of(const gpu_devices *list, const char *type, qn_error *err)
{
    const gpu_device *best = NULL, *out = NULL;
    for (size_t i = 0; i < list->n; i++) {
        const gpu_device *d = &list->item[i];
        if (type && strcmp(d->type, type))
            continue;
        if (d->score < 0)
            out = out ? out : d;
        else if (!best || d->score > best->score)
            best = d;
    }
    if (best)
        return best;
    if (out)
        qn_fail(err, QN_NODEVICE, "no usable OpenCL %s: %s is left out: %s", type ? type : "device", out->name,
                out->left_out ? out->left_out : "no reason given");
    else
        qn_fail(err, QN_NODEVICE, "no OpenCL device of type %s: see quern --list-devices", type);
    return NULL;
}

static const gpu_device *usable(const gpu_device *d, qn_error *err)
{
    if (d->score > GPU_SCORE_UNUSABLE)
        return d;
    qn_fail(err, QN_NODEVICE, "device %u (%s) cannot be used: %s", d->index, d->name, d->left_out);
    return NULL;
}

/* "12", or "1:0". */
static bool parse_numbers(const char *spec, unsigned long number[2], int *n)
{
    for (*n = 0; *n < 2;) {
        char *end;
        if (*spec < '0' || *spec > '9')
            return false;
        number[(*n)++] = strtoul(spec, &end, 10);
        if (!*end)
            return true;
        if (*end != ':')
            return false;
        spec = end + 1;
    }
    return false;
}

/* Whether the numbers mean this device: its index, or its platform and device. */
static bool numbered(const gpu_device *d, const unsigned long number[2], int n)
{
    return n == 1 ? d->index == number[0] : d->platform == number[0] && d->device == number[1];
}

static void add_short(qn_strbuf *sb, const gpu_device *d)
{
    sb_addf(sb, "%s%u %s", sb->len ? ", " : "", d->index, d->name);
}

static const gpu_device *nothing(const gpu_devices *list, const char *spec, qn_error *err)
{
    qn_strbuf all = { .s = NULL };
    for (size_t i = 0; i < list->n; i++)
        add_short(&all, &list->item[i]);
    qn_fail(err, QN_USAGE, "-d %s: no such device; there are: %s", spec, sb_str(&all));
    sb_free(&all);
    return NULL;
}

static const gpu_device *by_name(const gpu_devices *list, const char *spec, qn_error *err)
{
    const gpu_device *found = NULL;
    qn_strbuf all = { .s = NULL };
    unsigned n = 0;
    for (size_t i = 0; i < list->n; i++) {
        const gpu_device *d = &list->item[i];
        if (!strcasestr(d->name, spec) && !strcasestr(d->platform_name, spec))
            continue;
        found = d;
        n++;
        add_short(&all, d);
    }
    if (n > 1) {
        qn_fail(err, QN_USAGE, "-d %s: several devices match: %s; give an index or more of the name", spec,
                sb_str(&all));
        found = NULL;
    }
    sb_free(&all);
    if (n == 1)
        return usable(found, err);
    return n ? NULL : nothing(list, spec, err);
}

const gpu_device *gpu_device_choose(const gpu_devices *list, const char *spec, qn_strbuf *note, qn_error *err)
{
    unsigned long number[2];
    int n;
    if (!list->n)
        return none_at_all(list, err);
    if (!spec || !*spec || !strcasecmp(spec, "auto"))
        return best_of(list, NULL, err);
    if (!strcasecmp(spec, "all")) {
        if (note)
            sb_add(note, "-d all: one device is used, as with auto: sharing a batch among several is not there yet");
        return best_of(list, NULL, err);
    }
    if (!strcasecmp(spec, "gpu"))
        return best_of(list, "gpu", err);
    if (!strcasecmp(spec, "cpu"))
        return best_of(list, "cpu", err);
    bool is_number = parse_numbers(spec, number, &n);
    for (size_t i = 0; i < list->n && is_number; i++)
        if (numbered(&list->item[i], number, n))
            return usable(&list->item[i], err);
    return by_name(list, spec, err); /* a number too: "4090" is part of a name */
}
