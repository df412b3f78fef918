/* --list-devices. */
#include "device.h"

void gpu_devices_print(const gpu_devices *list, qn_strbuf *out)
{
    for (size_t i = 0; i < list->n; i++) {
        const gpu_device *d = &list->item[i];
        sb_addf(out, "%c %u  %u:%u  %-11s ", d->automatic ? '*' : ' ', d->index, d->platform, d->device, d->type);
        sb_add_visible(out, d->name);
        sb_add(out, "\n           platform ");
        sb_add_visible(out, d->platform_name);
        sb_add(out, ", ");
        sb_add_visible(out, d->version);
        sb_add(out, ", driver ");
        sb_add_visible(out, d->driver);
        sb_addf(out, "\n           %.1f GiB%s, %u compute unit%s, ", (double)d->memory / 1073741824.0,
                d->shared_memory ? " shared with the host" : "", d->units, d->units == 1 ? "" : "s");
        if (d->left_out) {
            sb_add(out, "left out of auto: ");
            sb_add_visible(out, d->left_out);
        } else {
            sb_addf(out, "score %d%s", d->score, d->automatic ? ", taken by auto" : "");
        }
        sb_addc(out, '\n');
    }
    for (size_t i = 0; i < list->n_skipped; i++) {
        sb_add(out, "skipped: ");
        sb_add_visible(out, list->skipped[i]);
        sb_addc(out, '\n');
    }
    if (!list->n)
        sb_add(out, "no OpenCL device found\n");
}

static void add_text(qn_strbuf *out, const char *key, const char *value)
{
    sb_addf(out, ",\"%s\":", key);
    if (value)
        sb_add_json(out, value);
    else
        sb_add(out, "null");
}

void gpu_devices_print_json(const gpu_devices *list, qn_strbuf *out)
{
    sb_add(out, "{\"schema\":\"quern.devices/1\",\"devices\":[");
    for (size_t i = 0; i < list->n; i++) {
        const gpu_device *d = &list->item[i];
        sb_addf(out, "%s\n{\"index\":%u,\"platform_index\":%u,\"device_index\":%u", i ? "," : "", d->index, d->platform,
                d->device);
        add_text(out, "platform", d->platform_name);
        add_text(out, "device", d->name);
        add_text(out, "type", d->type);
        add_text(out, "vendor", d->vendor);
        add_text(out, "driver", d->driver);
        add_text(out, "version", d->version);
        sb_addf(out, ",\"memory_bytes\":%llu,\"max_alloc_bytes\":%llu,\"units\":%u,\"shared_memory\":%s",
                (unsigned long long)d->memory, (unsigned long long)d->max_alloc, d->units,
                d->shared_memory ? "true" : "false");
        sb_addf(out, ",\"score\":%d,\"automatic\":%s", d->score, d->automatic ? "true" : "false");
        add_text(out, "left_out", d->left_out);
        sb_addc(out, '}');
    }
    sb_add(out, "],\"skipped\":[");
    for (size_t i = 0; i < list->n_skipped; i++) {
        sb_add(out, i ? ",\n" : "\n");
        sb_add_json(out, list->skipped[i]);
    }
    sb_add(out, "]}\n");
}
