/* The pictures and tables that a chain names (watermarks, masks, .cube files): read once, before any work, and handed
 * to each program in the samples that its plan wants. */
#include "convert.h"
#include "lut_file.h"
#include "run.h"
#include "upright.h"

#include <stdlib.h>
#include <string.h>

typedef struct second {
    const char *path; /* the chain's */
    flt_file_content content;
    qn_image image; /* plane 0 is owned */
} second;

struct pipe_files {
    second *item;
    size_t n, cap;
    io_limits limits;
    bool no_orient;
};

static bool read_picture(const pipe_files *files, second *file, qn_error *err)
{
    qn_bytes bytes = { 0 };
    io_meta meta = { 0 };
    io_info info;
    io_decoder *decoder = NULL;
    bool damaged = false;
    io_infile *rest = NULL;
    struct stat st;
    bool ok = io_read_picture(file->path, UINT64_MAX, &bytes, &rest, &st, err);
    if (ok && io_sniff(bytes.data, bytes.len) == IO_NONE)
        ok = qn_fail(err, QN_INPUT, "not a PNG, JPEG, PNM, PAM or PFM picture");
    ok = ok && io_decoder_open(&decoder, bytes.data, bytes.len, &files->limits, &info, &meta, err);
    if (ok) {
        size_t stride = qn_row_stride(info.width, info.format);
        file->image = (qn_image){ .width = info.width, .height = info.height, .format = info.format };
        file->image.plane[0] = (qn_plane){ malloc(stride * info.height), stride };
        ok = file->image.plane[0].data ? io_decode(decoder, file->image.plane[0].data, stride, &damaged, err)
                                       : qn_fail(err, QN_NOMEM, "out of memory");
    }
    if (ok && !files->no_orient && !pipe_upright(&file->image, meta.orientation))
        ok = qn_fail(err, QN_NOMEM, "out of memory");
    io_decoder_free(&decoder);
    io_meta_free(&meta);
    qn_bytes_free(&bytes);
    return ok;
}

/* A .cube file; `content` says what must be in it. */
static bool read_table(second *file, qn_error *err)
{
    qn_bytes bytes = { 0 };
    const bool ok = io_read_file(file->path, &bytes, NULL, err) &&
                    flt_lut_read(file->content, (const char *)bytes.data, bytes.len, &file->image, err);
    qn_bytes_free(&bytes);
    return ok;
}

static bool read_hald(const pipe_files *files, second *file, qn_error *err)
{
    qn_image table = { 0 };
    if (!read_picture(files, file, err) || !flt_lut_from_hald(&file->image, &table, err))
        return false;
    free(file->image.plane[0].data);
    file->image = table;
    return true;
}

static second *find(const pipe_files *files, const char *path, flt_file_content content)
{
    for (size_t i = 0; i < files->n; i++)
        if (files->item[i].content == content && !strcmp(files->item[i].path, path))
            return &files->item[i];
    return NULL;
}

static bool add(pipe_files *files, const char *path, flt_file_content content, qn_error *err)
{
    if (find(files, path, content))
        return true;
    if (files->n == files->cap) {
        size_t cap = files->cap ? files->cap * 2 : 4;
        second *grown = realloc(files->item, cap * sizeof *grown);
        if (!grown)
            return qn_fail(err, QN_NOMEM, "out of memory");
        files->item = grown;
        files->cap = cap;
    }
    second *file = &files->item[files->n++];
    *file = (second){ .path = path, .content = content };
    switch (content) {
    case FLT_FILE_PICTURE: return read_picture(files, file, err);
    case FLT_FILE_HALD: return read_hald(files, file, err);
    case FLT_FILE_CUBE:
    case FLT_FILE_CURVE: break;
    }
    return read_table(file, err);
}

static bool add_stage(pipe_files *files, const flt_stage *stage, qn_error *err)
{
    const char *text;
    flt_named_file what;
    for (size_t i = 0; (text = flt_stage_file(stage, i, &what)); i++) {
        if (*text == '@')
            continue; /* a picture that the chain itself has saved */
        qn_error why = { 0 };
        if (add(files, text, what.content, &why))
            continue;
        if (why.code == QN_NOMEM)
            return qn_fail(err, QN_NOMEM, "%s: out of memory", text);
        return qn_fail(err, QN_USAGE, "%s:%d:%d: %s: %s: %s", stage->origin ? stage->origin : "-f", what.place.line,
                       what.place.column, stage->row->name, text, why.text);
    }
    return true;
}

pipe_files *pipe_files_load(const pipe_settings *s, qn_error *err)
{
    pipe_files *files = calloc(1, sizeof *files);
    if (!files) {
        qn_fail(err, QN_NOMEM, "out of memory");
        return NULL;
    }
    files->limits = s->limits;
    files->limits.keep_truncated = false;
    files->no_orient = s->no_orient;
    bool ok = true;
    for (size_t k = 0; k < (s->n_branches ? s->n_branches : 1); k++) {
        const flt_chain *chain = s->n_branches ? s->branch[k].chain : s->chain;
        for (size_t i = 0; i < chain->n && ok; i++)
            ok = add_stage(files, &chain->stage[i], err);
    }
    if (!ok)
        pipe_files_free(&files);
    return files;
}

void pipe_files_free(pipe_files **files)
{
    if (!files || !*files)
        return;
    for (size_t i = 0; i < (*files)->n; i++)
        free((*files)->item[i].image.plane[0].data);
    free((*files)->item);
    free(*files);
    *files = NULL;
}

/* The surface of plan->file[index]; NULL: none has it. */
static const flt_surface *surface_of(const flt_plan *plan, size_t index)
{
    for (size_t i = 0; i < plan->n_surfaces; i++)
        if (plan->surface[i].role == FLT_ROLE_FILE && plan->surface[i].file == index)
            return &plan->surface[i];
    return NULL;
}

/* What was read for plan->file[index]; *format: its samples on the device. A file that no surface holds stays as
 * decoded. */
static const second *find_for(const pipe_files *files, const flt_plan *plan, size_t index, qn_format *format,
                              qn_error *err)
{
    const flt_surface *s = surface_of(plan, index);
    const second *file = find(files, plan->file[index], s ? s->content : FLT_FILE_PICTURE);
    if (!file) {
        qn_fail(err, QN_INTERNAL, "the plan names a file that the chain does not: %s", plan->file[index]);
        return NULL;
    }
    *format = file->image.format;
    if (s && s->content == FLT_FILE_PICTURE)
        *format = (qn_format){ .channels = s->channels, .depth = s->storage == FLT_U8 ? 8 : 16 };
    return file;
}

flt_file_info *pipe_files_info(const pipe_files *files, const flt_plan *plan, qn_error *err)
{
    flt_file_info *info = calloc(plan->n_files ? plan->n_files : 1, sizeof *info);
    if (!info) {
        qn_fail(err, QN_NOMEM, "out of memory");
        return NULL;
    }
    for (size_t i = 0; i < plan->n_files; i++) {
        qn_format format;
        const second *file = find_for(files, plan, i, &format, err);
        if (!file) {
            free(info);
            return NULL;
        }
        const qn_image *image = &file->image;
        info[i] = (flt_file_info){ image->width, image->height, qn_row_stride(image->width, format) };
    }
    return info;
}

static bool upload(const second *file, unsigned index, qn_format format, gpu *g, gpu_program *program, qn_error *err)
{
    static const float black[3] = { 0, 0, 0 };
    qn_image image = file->image;
    if (file->content != FLT_FILE_PICTURE)
        return gpu_program_file(g, program, index, &image, err);
    image.format = format;
    image.plane[0].stride = qn_row_stride(image.width, format);
    image.plane[0].data = malloc(image.plane[0].stride * image.height);
    if (!image.plane[0].data)
        return qn_fail(err, QN_NOMEM, "out of memory");
    memset(image.plane[0].data, 0, image.plane[0].stride * image.height); /* the rows' padding goes up too */
    pipe_convert(&file->image, &image, black);
    bool ok = gpu_program_file(g, program, index, &image, err);
    free(image.plane[0].data);
    return ok;
}

bool pipe_files_upload(const pipe_files *files, gpu *g, const flt_plan *plan, gpu_program *program, qn_error *err)
{
    for (size_t i = 0; i < plan->n_files; i++) {
        qn_format format;
        const second *file = find_for(files, plan, i, &format, err);
        if (!file || !upload(file, (unsigned)i, format, g, program, err))
            return false;
    }
    return true;
}
