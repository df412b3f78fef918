#include "probe.h"

#include "infile.h"
#include "lut_file.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

bool cli_probe_file(const char *path, const cli_options *o, cli_probe *out, bool *picture, qn_error *err)
{
    qn_bytes bytes = { 0 };
    io_meta meta = { 0 };
    io_decoder *decoder = NULL;
    io_infile *file = NULL;
    io_limits limits = o->run.limits;
    struct stat st;
    *picture = true;
    bool ok = io_read_picture(path, 0, &bytes, &file, &st, err);
    limits.more = file ? io_infile_more(file) : NULL;
    if (ok && io_sniff(bytes.data, bytes.len) == IO_NONE) {
        *picture = false;
        ok = qn_fail(err, QN_INPUT, "not a PNG, JPEG, PNM, PAM or PFM picture");
    }
    ok = ok && io_decoder_open(&decoder, bytes.data, bytes.len, &limits, &out->info, &meta, err);
    qn_transfer transfer;
    if (ok)
        out->input = (flt_input){
            .format = out->info.format,
            .orientation = o->run.no_orient ? 1 : meta.orientation,
            .out_depth = pipe_output_depth(&o->run, o->run.to ? o->run.to : out->info.type, out->info.format),
            .own_transfer = io_meta_transfer(&meta, out->info.format.channels <= 2, &transfer) == IO_LIGHT_OWN
        };
    io_decoder_free(&decoder);
    io_infile_close(&file);
    io_meta_free(&meta);
    qn_bytes_free(&bytes);
    return ok;
}

static bool is_refused(const char *path, io_limits limits)
{
    struct stat st;
    qn_bytes bytes = { 0 };
    io_meta meta = { 0 };
    io_info info;
    io_decoder *decoder = NULL;
    qn_error err = { 0 };
    io_infile *file = io_infile_open(path, &bytes, &st, &err);
    if (!file)
        return false;
    const io_type type = io_sniff(bytes.data, bytes.len);
    const bool whole = bytes.len >= (uint64_t)st.st_size;
    limits.more = !whole && io_reads_pieces(type) ? io_infile_more(file) : NULL;
    limits.to_srgb = false; /* which would make the whole conversion ready */
    const bool ok = type != IO_NONE && io_decoder_open(&decoder, bytes.data, bytes.len, &limits, &info, &meta, &err);
    /* of a PNM's first piece the end is missing, which is no reason */
    const bool unknown = err.code == QN_NOMEM || err.code == QN_IO || (!whole && !limits.more && err.code == QN_INPUT);
    io_decoder_free(&decoder);
    io_infile_close(&file);
    io_meta_free(&meta);
    qn_bytes_free(&bytes);
    return !ok && !unknown;
}

bool cli_all_refused(const cli_options *o, const io_inputs *list, io_sequence *standard)
{
    enum { MOST = 64 };
    bool all = list->n > 0 && list->n <= MOST, any = false;
    for (size_t i = 0; all && i < list->n; i++) {
        const bool is_standard = strcmp(list->item[i].path, "-") == 0;
        any = any || is_standard;
        all = is_standard || is_refused(list->item[i].path, o->run.limits);
    }
    return all && (!any || (standard && io_sequence_refused(standard)));
}

static flt_file_content content_of(const flt_plan *plan, size_t file)
{
    for (size_t i = 0; i < plan->n_surfaces; i++)
        if (plan->surface[i].role == FLT_ROLE_FILE && plan->surface[i].file == file)
            return plan->surface[i].content;
    return FLT_FILE_PICTURE;
}

/* The size of what the device gets of a second file. */
static bool probe_second(const char *path, flt_file_content content, const cli_options *o, flt_file_info *out,
                         qn_error *err)
{
    if (content == FLT_FILE_CUBE || content == FLT_FILE_CURVE) {
        qn_bytes bytes = { 0 };
        qn_image table = { 0 };
        const bool ok = io_read_file(path, &bytes, NULL, err) &&
                        flt_lut_read(content, (const char *)bytes.data, bytes.len, &table, err);
        *out = (flt_file_info){ table.width, table.height, table.plane[0].stride };
        free(table.plane[0].data);
        qn_bytes_free(&bytes);
        return ok;
    }
    cli_probe second = { 0 };
    bool picture = false;
    if (!cli_probe_file(path, o, &second, &picture, err))
        return false;
    if (content == FLT_FILE_HALD) {
        const qn_format table = { .channels = 3, .depth = 32 };
        const uint32_t width = second.info.width * second.info.height + FLT_LUT_HEAD;
        *out = (flt_file_info){ width, 1, qn_row_stride(width, table) };
        return flt_hald_check(second.info.width, second.info.height, err);
    }
    const bool turned = second.input.orientation >= 5;
    const uint32_t width = turned ? second.info.height : second.info.width;
    *out = (flt_file_info){ width, turned ? second.info.width : second.info.height,
                            qn_row_stride(width, second.info.format) };
    return true;
}

bool cli_probe_size(const flt_plan *plan, const cli_probe *probe, const cli_options *o, flt_sized *sized, qn_error *err)
{
    flt_file_info *file = calloc(plan->n_files + 1, sizeof *file);
    bool ok = file ? true : qn_fail(err, QN_NOMEM, "out of memory");
    for (size_t i = 0; i < plan->n_files && ok; i++) {
        ok = probe_second(plan->file[i], content_of(plan, i), o, &file[i], err);
        if (!ok)
            qn_error_prefix(err, "%s", plan->file[i]);
    }
    ok = ok && flt_plan_size(plan, probe->info.width, probe->info.height,
                             qn_row_stride(probe->info.width, probe->info.format), file, sized, err);
    free(file);
    return ok;
}
