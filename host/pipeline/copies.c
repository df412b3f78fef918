#include "copies.h"

#include "copyfile.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS_BYTES = 1 << 20 };

bool pipe_copy_choose(pipe_job *job)
{
    const pipe_settings *s = job->s;
    const io_info *info = &job->info;
    const io_type type = s->to != IO_NONE ? s->to : info->type;
    const bool asked = (type == IO_JPEG && s->encode.progressive) || (type != IO_PFM && s->encode.optimize);
    const bool turned = !s->no_orient && job->meta.orientation != 1;
    if (s->chain->n > 0 || type != info->type || !(s->copies & 1u << type) || asked || turned || info->recoloured ||
        job->shrink != 1)
        return false;
    const qn_format format = pipe_output_format(s, type, info->format);
    if (memcmp(&format, &info->format, sizeof format) != 0)
        return false;
    job->type = type;
    job->format = format;
    job->sized.out_width = info->width;
    job->sized.out_height = info->height;
    return true;
}

bool pipe_copy_check(const pipe_run_state *run, pipe_job *job, bool *whole, qn_error *err)
{
    const size_t stride = qn_row_stride(job->info.width, job->info.format);
    const uint32_t most = stride < ROWS_BYTES ? (uint32_t)(ROWS_BYTES / stride) : 1;
    void *rows = malloc(stride * most);
    bool ok = rows || qn_fail(err, QN_NOMEM, "out of memory");
    *whole = true;
    for (uint32_t y = 0, n; ok && y < job->info.height; y += n) {
        const uint32_t left = job->info.height - y;
        bool damaged = false;
        n = left < most ? left : most;
        ok = pipe_may_go_on(run, err) && io_decode_rows(job->decoder, rows, stride, n, &damaged, err);
        *whole = *whole && !damaged;
    }
    free(rows);
    return ok;
}

bool pipe_copy_take(pipe_job *job, const pipe_job *reader, qn_error *err)
{
    job->encoded.len = 0;
    return io_copy_file(job->type, reader->source.data, reader->source.len, job->s->meta, &job->encoded, err);
}

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* The file piece by piece, as it was decoded. */
static bool copy_pieces(pipe_run_state *run, pipe_job *job, const io_write_options *options, qn_error *err)
{
    struct stat st;
    io_infile_close(&job->file);
    job->file = io_infile_open(run->inputs->item[job->input].path, &job->source, &st, err);
    if (!job->file)
        return false;
    if (!same_file(&st, &job->stat))
        return qn_fail(err, QN_INPUT, "the file was changed while it was being read");
    io_outfile *out = io_outfile_open(sb_str(&job->output), options, err);
    const io_more *more = io_infile_more(job->file);
    const uint8_t *data = job->source.data;
    size_t len = job->source.len;
    bool ok = out != NULL;
    while (ok && len > 0)
        ok = pipe_may_go_on(run, err) && io_outfile_write(out, data, len, err) &&
             more->next(more->user, &data, &len, err);
    ok = ok && io_outfile_finish(out, err);
    io_outfile_free(&out);
    return ok;
}

bool pipe_copy_write(pipe_run_state *run, pipe_job *job, qn_error *err)
{
    const bool to_stdout = job->s->target.kind == IO_TO_STDOUT, all = job->s->meta == IO_META_ALL;
    io_write_options options;
    pipe_write_options(run, job, &options);
    job->meta.losses.len = 0;
    if (job->file && all && !to_stdout)
        return copy_pieces(run, job, &options, err);
    struct stat st;
    if (job->file && !io_read_file(run->inputs->item[job->input].path, &job->source, &st, err))
        return false;
    if (job->encoded.len == 0 && all) { /* they are not needed any more */
        const qn_bytes kept = job->encoded;
        job->encoded = job->source;
        job->source = kept;
    } else if (job->encoded.len == 0 && !pipe_copy_take(job, job, err)) {
        return false;
    }
    return to_stdout || io_write_file(sb_str(&job->output), job->encoded.data, job->encoded.len, &options, err);
}
