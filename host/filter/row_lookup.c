/* Looking things up in the table of filters, and in a stage by a parameter's name. */
#include "nearest.h"
#include "rows.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Some peers write their names with underscores: extract_area. */
static bool is_word(const char *word, size_t word_len, const char *name, size_t len)
{
    bool same = word_len == len;
    for (size_t i = 0; i < len && same; i++)
        same = word[i] == (name[i] == '_' ? '-' : name[i]);
    return same;
}

static bool has_alias(const flt_row *row, const char *name, size_t len)
{
    for (const char *a = row->aliases; a && *a;) {
        size_t n = strcspn(a, "|");
        if (is_word(a, n, name, len))
            return true;
        a += n + (a[n] == '|');
    }
    return false;
}

const flt_row *flt_find(const char *name, size_t len)
{
    size_t n = 0;
    const flt_row *const *row = flt_rows(&n);
    for (size_t i = 0; i < n; i++) {
        if (is_word(row[i]->name, strlen(row[i]->name), name, len) || has_alias(row[i], name, len))
            return row[i];
    }
    return NULL;
}

const char *flt_nearest(const char *name, size_t len)
{
    size_t near_len = 0;
    const char *near = flt_nearest_name(name, len, &near_len);
    if (near && near[near_len] != '\0')
        return flt_find(near, near_len)->name; /* an alias inside a list is no string of its own */
    return near;
}

size_t flt_param_count(const flt_row *row)
{
    size_t n = 0;
    while (n < FLT_MAX_PARAMS && row->param[n].name)
        n++;
    return n;
}

bool flt_stage_selects(const flt_stage *s)
{
    return s->mix < 1.0 || s->has_roi || s->mask || (s->channels != FLT_CH_DEFAULT && s->channels != FLT_CH_RGBA);
}

const char *flt_stage_file(const flt_stage *stage, size_t i, flt_named_file *what)
{
    if (what)
        *what = (flt_named_file){ FLT_FILE_PICTURE, stage->mask_place };
    for (size_t k = 0; k < flt_param_count(stage->row); k++) {
        const char *text = stage->row->param[k].type == FLT_FILE ? stage->value[k].text : NULL;
        if (!text || i-- > 0)
            continue;
        if (what)
            *what = (flt_named_file){ stage->row->param[k].content, stage->value[k].place };
        return text;
    }
    return i == 0 ? stage->mask : NULL;
}

const flt_value *flt_arg(const flt_stage *stage, const char *name)
{
    for (size_t i = 0; i < flt_param_count(stage->row); i++) {
        if (strcmp(stage->row->param[i].name, name) == 0)
            return &stage->value[i];
    }
    abort(); /* a row asks for a parameter that it does not have */
}

double flt_num(const flt_stage *stage, const char *name)
{
    return flt_arg(stage, name)->num;
}

bool flt_chosen(const flt_stage *stage, const char *name, const char *word)
{
    const flt_value *value = flt_arg(stage, name);
    const flt_param *p = &stage->row->param[value - stage->value];
    int i = 0;
    for (const char *c = p->choices; c && *c; i++) {
        const size_t n = strcspn(c, "|");
        if (strlen(word) == n && memcmp(word, c, n) == 0)
            return value->num == i;
        c += n + (c[n] == '|');
    }
    abort(); /* a row asks for a word that its parameter does not offer */
}

bool flt_blame(qn_error *err, const flt_stage *stage, const char *params, const char *fmt, ...)
{
    char text[sizeof err->text];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    flt_text_place place = { stage->line, stage->column };
    for (bool found = false; *params && !found;) {
        const size_t n = strcspn(params, "|");
        for (size_t i = 0; i < flt_param_count(stage->row) && !found; i++) {
            const char *name = stage->row->param[i].name;
            found = stage->value[i].given && strlen(name) == n && strncmp(name, params, n) == 0;
            place = found ? stage->value[i].place : place;
        }
        params += n + (params[n] == '|');
    }
    qn_fail(err, QN_USAGE, "%s", text);
    qn_error_prefix(err, "%s:%d:%d: %s", stage->origin, place.line, place.column, stage->row->name);
    return false;
}
