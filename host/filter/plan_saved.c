/* Saved pictures (save NAME, @NAME) and the mask= of every stage. */
#include "compose.h"
#include "light.h"

#include <string.h>

/* ---- saved pictures ---- */

static bool says(const char *text, const char *name)
{
    return text && text[0] == '@' && strcmp(text + 1, name) == 0;
}

/* Whether a stage behind `s` asks for the name before it is given to another picture. */
static bool is_wanted(const flt_build *b, const flt_stage *s, const char *name)
{
    for (const flt_stage *t = s + 1; t < b->chain->stage + b->chain->n; t++) {
        const char *picture;
        for (size_t i = 0; (picture = flt_stage_file(t, i, NULL)); i++)
            if (says(picture, name))
                return true;
        if (t->row == s->row && strcmp(flt_arg(t, "name")->text, name) == 0)
            return false;
    }
    return false;
}

bool flt_save_value(flt_build *b, const flt_stage *s)
{
    const char *name = flt_arg(s, "name")->text;
    if (!is_wanted(b, s, name))
        return true;
    unsigned i = 0;
    while (i < b->n_kept && strcmp(b->kept_name[i], name) != 0)
        i++;
    if (i == FLT_MAX_SAVED)
        return qn_fail(b->err, QN_USAGE, "%s:%d:%d: save: more than %d names", s->origin, s->line, s->column,
                       FLT_MAX_SAVED);
    b->kept_name[i] = name;
    b->n_kept += i == b->n_kept;
    return flt_keep(b, s, name, &b->kept[i]);
}

const flt_kept *flt_saved(const flt_build *b, const char *text)
{
    for (unsigned i = 0; i < b->n_kept; i++)
        if (says(text, b->kept_name[i]))
            return &b->kept[i];
    return NULL;
}

/* ---- masks ---- */

static bool fill_mask(const flt_fill *f, int32_t *u)
{
    const flt_stage *s = f->stage;
    u[0] = (int32_t)f->file->width;
    u[1] = (int32_t)f->file->height;
    if (f->file->width == f->in.w && f->file->height == f->in.h)
        return true;
    return qn_fail(f->err, QN_USAGE, "%s:%d:%d: %s: the mask %s has %ux%u pixels, the picture %ux%u at this stage",
                   s->origin, s->mask_place.line, s->mask_place.column, s->row->name, s->mask, f->file->width,
                   f->file->height, f->in.w, f->in.h);
}

/* The straight pixel of a saved picture as a file would have it: in 0..1, and encoded unless `linear`. */
bool flt_saved_form(flt_build *b, const flt_stage *s, const flt_kept *kept, int second, bool linear)
{
    const bool straight = !kept->premultiplied || !flt_has_alpha(kept->channels);
    if (!straight && !flt_with_second(b, s, second, "$S = q_unpremultiply($S);", "point/state.cl"))
        return false;
    const flt_op light = flt_light_op(b, linear, second);
    if (kept->linear != linear && !flt_add(b, &light))
        return false;
    return !kept->wide || flt_with_second(b, s, second, "$S = q_saved_unit($S);", "compose/saved.cl");
}

bool flt_add_mask(flt_build *b, const flt_stage *s, int save)
{
    flt_op op = { .code = "v = q_mix($S, v, q_mask(q_second($T, $P, x, y, %0, %1)));",
                  .fragment = "point/select.cl",
                  .stage = s,
                  .save = save,
                  .uses_xy = true,
                  .n_uniforms = 2,
                  .fill = fill_mask };
    const flt_kept *kept = flt_saved(b, s->mask);
    if (!flt_scale(b) || !flt_use_fragment(b, "compose/second.cl"))
        return false;
    if (!kept) {
        op.surface = flt_picture_surface(b, s->mask, FLT_FILE_PICTURE, FLT_U16, 4);
        return op.surface >= 0 && flt_add(b, &op);
    }
    op.surface = (int)kept->surface;
    op.other = b->n_saved++;
    op.code = "v = q_mix($S, v, q_mask($R));";
    flt_op load = { .code = "px $S = $L;", .stage = s, .save = op.other, .surface = op.surface, .uses_xy = true };
    return flt_add(b, &load) && flt_saved_form(b, s, kept, op.other, false) && flt_add(b, &op);
}
