#include "probe.h"

#include <stdlib.h>

bool cli_probe_file(const char *path, const cli_options *o, cli_probe *out, bool *picture, qn_error *err)
{
    qn_bytes bytes = { 0 };
    io_meta meta = { 0 };
    io_decoder *decoder = NULL;
    *picture = true;
    bool ok = io_read_file(path, &bytes, NULL, err);
    if (ok && io_sniff(bytes.data, bytes.len) == IO_NONE) {
        *picture = false;
        ok = qn_fail(err, QN_INPUT, "not a PNG, JPEG, PNM or PAM picture");
    }
    ok = ok && io_decoder_open(&decoder, bytes.data, bytes.len, &o->run.limits, &out->info, &meta, err);
    qn_transfer transfer;
    if (ok)
        out->input = (flt_input){ out->info.format, o->run.no_orient ? 1 : meta.orientation,
                                  io_meta_transfer(&meta, out->info.format.channels <= 2, &transfer) == IO_LIGHT_OWN };
    io_decoder_free(&decoder);
    io_meta_free(&meta);
    qn_bytes_free(&bytes);
    return ok;
}

bool cli_probe_size(const flt_plan *plan, const cli_probe *probe, const cli_options *o, flt_sized *sized, qn_error *err)
{
    flt_file_info *file = calloc(plan->n_files + 1, sizeof *file);
    bool ok = file ? true : qn_fail(err, QN_NOMEM, "out of memory");
    for (size_t i = 0; i < plan->n_files && ok; i++) {
        cli_probe second;
        bool picture = false;
        ok = cli_probe_file(plan->file[i], o, &second, &picture, err);
        if (!ok)
            qn_error_prefix(err, "%s", plan->file[i]);
        else
            file[i] = (flt_file_info){ second.info.width, second.info.height,
                                       qn_row_stride(second.info.width, second.info.format) };
    }
    ok = ok && flt_plan_size(plan, probe->info.width, probe->info.height,
                             qn_row_stride(probe->info.width, probe->info.format), file, sized, err);
    free(file);
    return ok;
}
