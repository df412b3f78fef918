#include "light.h"
#include "compose.h"
#include "geometry.h"

#include <stdlib.h>
#include <string.h>

int flt_picture_surface(flt_build *b, const char *path, flt_file_content content, flt_storage storage,
                        unsigned channels)
{
    flt_plan *p = b->plan;
    for (size_t i = 0; i < p->n_surfaces; i++) {
        const flt_surface *known = &p->surface[i];
        if (known->role == FLT_ROLE_FILE && known->content == content && known->storage == storage &&
            known->channels == channels && strcmp(p->file[known->file], path) == 0)
            return (int)i;
    }
    const char **files = realloc(p->file, (p->n_files + 1) * sizeof *files);
    if (!files) {
        qn_fail(b->err, QN_NOMEM, "out of memory");
        return -1;
    }
    p->file = files;
    files[p->n_files] = path;
    const int surface = flt_add_surface(b, FLT_ROLE_FILE, storage, channels);
    if (surface >= 0) {
        p->surface[surface].file = (unsigned)p->n_files++;
        p->surface[surface].content = content;
    }
    return surface;
}

int flt_file_surface(flt_build *b, const flt_stage *s, const char *name, flt_storage storage, unsigned channels)
{
    flt_file_content content = FLT_FILE_PICTURE;
    for (size_t i = 0; i < flt_param_count(s->row); i++)
        if (strcmp(s->row->param[i].name, name) == 0)
            content = s->row->param[i].content;
    return flt_picture_surface(b, flt_arg(s, name)->text, content, storage, channels);
}

static bool has(const flt_stage *s, const char *name)
{
    for (size_t i = 0; i < flt_param_count(s->row); i++)
        if (strcmp(s->row->param[i].name, name) == 0)
            return true;
    return false;
}

static bool fill_place(const flt_fill *f, int32_t *u)
{
    const flt_stage *s = f->stage;
    const flt_file_info *file = f->file;
    const int at = (int)flt_num(s, "at"), column = at % 3, row = at / 3;
    const bool margin = has(s, "margin");
    const int32_t gap = margin ? (int32_t)flt_num(s, "margin") : 0;
    const flt_rect none = { 0 }, *offset = margin ? &none : &flt_arg(s, "offset")->rect;
    u[0] = flt_place(f->in.w, file->width, column, margin && column != 1 ? gap : offset->x);
    u[1] = flt_place(f->in.h, file->height, row, margin && row != 1 ? gap : offset->y);
    u[2] = (int32_t)file->width;
    u[3] = (int32_t)file->height;
    u[4] = flt_bits(has(s, "opacity") ? flt_num(s, "opacity") : 1.0);
    u[5] = (int32_t)file->width + gap;
    u[6] = (int32_t)file->height + gap;
    return true;
}

static bool fill_opacity(const flt_fill *f, int32_t *u)
{
    u[0] = flt_bits(flt_num(f->stage, "opacity"));
    return true;
}

/* The same of a picture that was saved. */
static int saved_second(flt_build *b, const flt_stage *s, const flt_kept *kept, bool light)
{
    const int second = b->n_saved++;
    const bool tile = has(s, "tile") && flt_num(s, "tile") != 0.0;
    const flt_rect none = { 0 }, *offset = has(s, "offset") ? &flt_arg(s, "offset")->rect : &none;
    const flt_op load = {
        .code = tile ? "px $S = q_saved($F(a, q_clamp(q_wrap(x - %0, %5), %2), q_clamp(q_wrap(y - %1, %6), %3)), "
                       "q_wrap(x - %0, %5), q_wrap(y - %1, %6), %2, %3);"
                     : "px $S = q_saved($F(a, q_clamp(x - %0, %2), q_clamp(y - %1, %3)), x - %0, y - %1, %2, %3);",
        .fragment = "compose/saved.cl",
        .stage = s,
        .save = second,
        .surface = (int)kept->surface,
        .n_uniforms = tile ? 7 : 4,
        .fill = fill_place,
        .uses_xy = true,
        .aligned = !tile && !has(s, "margin") && flt_num(s, "at") == 0 && offset->x == 0 && offset->y == 0
    };
    const flt_op fade = { .code = "$S = q_fade($S, $0);",
                          .fragment = "compose/second.cl",
                          .stage = s,
                          .save = second,
                          .surface = -1,
                          .n_uniforms = 1,
                          .fill = fill_opacity };
    return flt_scale(b) && flt_use_fragment(b, "point/state.cl") && flt_add(b, &load) &&
                   flt_saved_form(b, s, kept, second, light && b->now.linear) &&
                   (!has(s, "opacity") || flt_add(b, &fade))
               ? second
               : -1;
}

int flt_second(flt_build *b, const flt_stage *s, bool light)
{
    const flt_kept *kept = flt_saved(b, flt_arg(s, "file")->text);
    if (kept)
        return saved_second(b, s, kept, light);
    const int surface = flt_file_surface(b, s, "file", FLT_U16, 4);
    if (surface < 0 || !flt_use_fragment(b, "point/state.cl"))
        return -1;
    const int second = b->n_saved++;
    const bool tile = has(s, "tile") && flt_num(s, "tile") != 0.0;
    const flt_op load = {
        .code = tile ? "px $S = q_fade(q_second($T, $P, q_wrap(x - %0, %5), q_wrap(y - %1, %6), %2, %3), $4);"
                     : "px $S = q_fade(q_second($T, $P, x - %0, y - %1, %2, %3), $4);",
        .fragment = "compose/second.cl",
        .stage = s,
        .save = second,
        .surface = surface,
        .n_uniforms = tile ? 7 : 5,
        .fill = fill_place,
        .uses_xy = true
    };
    if (!flt_add(b, &load))
        return -1;
    const flt_op op = flt_light_op(b, true, second);
    return !light || !b->now.linear || flt_add(b, &op) ? second : -1;
}

bool flt_with_second(flt_build *b, const flt_stage *s, int second, const char *code, const char *fragment)
{
    const flt_op op = { .code = code, .fragment = fragment, .stage = s, .save = second, .surface = -1 };
    return flt_add(b, &op);
}
