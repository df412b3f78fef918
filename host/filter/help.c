/* What a person is told about filters: the list, and one in full. All of it comes from the table. */
#include "chain_value.h"

#include <string.h>

static const char *class_name(flt_class cls)
{
    switch (cls) {
    case FLT_POINT: return "point";
    case FLT_STENCIL: return "stencil";
    case FLT_REDUCE: return "reduce";
    case FLT_GEOMETRY: return "geometry";
    case FLT_COMPOSE: return "compose";
    case FLT_CONTROL: return "control";
    }
    return "";
}

static const char *type_name(flt_param_type type)
{
    switch (type) {
    case FLT_NUMBER: return "number";
    case FLT_INT: return "integer";
    case FLT_BOOL: return "boolean";
    case FLT_CHOICE: return "choice";
    case FLT_SIZE: return "size";
    case FLT_RECT: return "rectangle";
    case FLT_POINT2: return "point";
    case FLT_REGION: return "region";
    case FLT_COLOUR: return "colour";
    case FLT_LIST: return "list";
    case FLT_FILE: return "file";
    case FLT_TEXT: return "text";
    }
    return "";
}

static const char *unit_name(flt_unit unit)
{
    switch (unit) {
    case FLT_NO_UNIT: return "";
    case FLT_TONE: return "tone";
    case FLT_PERCENT: return "fraction";
    case FLT_PX: return "px";
    case FLT_DEG: return "deg";
    case FLT_EV: return "ev";
    }
    return "";
}

/* `def`: what is said of the default; NULL: as it stands in *p. `more`: behind its help; NULL: nothing. */
static void add_param(const flt_param *p, const char *suffix, const char *def, const char *more, qn_strbuf *out)
{
    qn_strbuf range = { 0 };
    sb_addf(out, "  %s%s: ", p->name, suffix);
    flt_type_print(p, out);
    flt_range_print(p, &range);
    if (range.len > 0)
        sb_addf(out, ", %s", sb_str(&range));
    sb_free(&range);
    if (p->unit == FLT_TONE)
        sb_add(out, " (or N%, N/255, N/65535)");
    else if (p->unit == FLT_PERCENT)
        sb_add(out, " (or N%)");
    if (def)
        sb_addf(out, "; default: %s", def);
    else if (!p->def)
        sb_add(out, "; must be given");
    else if (p->def[0])
        sb_addf(out, "; default %s", p->type == FLT_BOOL ? p->def[0] == '1' ? "yes" : "no" : p->def);
    else
        sb_add(out, "; may be left out");
    sb_addf(out, "\n      %s%s%s\n", p->help ? p->help : "", more ? "; " : "", more ? more : "");
}

static void add_aliases(const flt_row *row, const char *before, const char *between, qn_strbuf *out)
{
    const char *a = row->aliases;
    for (bool first = true; a && *a; first = false) {
        size_t n = strcspn(a, "|");
        sb_add(out, first ? before : between);
        sb_addn(out, a, n);
        a += n + (a[n] == '|');
    }
}

/* Whether a key does anything for this filter, or could. */
static bool applies(const flt_row *row, flt_stage_key key)
{
    const bool moves = row->cls == FLT_GEOMETRY && !row->keeps_size;
    const bool looks_around = row->cls == FLT_STENCIL || row->cls == FLT_GEOMETRY;
    if (flt_has_param(row, flt_key_param[key].name))
        return false;
    switch (key) {
    case FLT_KEY_BORDER: return looks_around && !(row->outside && !row->outside[0]);
    case FLT_KEY_CHANNELS: return !moves && row->colour != FLT_WITH_ALPHA;
    case FLT_KEY_MASK:
    case FLT_KEY_MIX:
    case FLT_KEY_ROI: return !moves;
    default: return true;
    }
}

/* What a tolerance class (FILTERS) means to who reads it. */
static const char *exactness(const char *tolerance)
{
    switch (tolerance ? tolerance[0] : 0) {
    case 'E': return "exact; with mix= or linear=, and where alpha divides, at most 1 level off";
    case 'A': return "at most 1 level from the definition, in at most 2 % of 8-bit samples (5 % of 16-bit ones)";
    case 'B': return "at most 1 level of 255 from the definition, in at most 4 % of the samples (4 levels of 65535)";
    default: return "an approximation";
    }
}

/* What a key is where it is not given, where that is not the same for all filters; else NULL. */
static const char *key_default(const flt_row *row, flt_stage_key key)
{
    if (key == FLT_KEY_BORDER)
        return row->outside;
    if (key != FLT_KEY_CHANNELS)
        return NULL;
    if (row->cls == FLT_STENCIL && row->range == FLT_RANGE_WIDE)
        return "rgb; a blur or a sharpening, of weights that sum to 1, rgba";
    const bool differs = row->cls == FLT_STENCIL && (row->colour == FLT_TO_GRAY || row->range == FLT_RANGE_SPAN);
    return row->cls == FLT_POINT || row->cls == FLT_REDUCE || differs ? "rgb" : "rgba";
}

void flt_help(const flt_row *row, qn_strbuf *out)
{
    const size_t n = flt_param_count(row);
    sb_addf(out, "%s: %s\n\n  %s", row->name, row->help, row->name);
    for (size_t i = 0; i < n; i++)
        sb_addf(out, row->param[i].def ? " [%s]" : " %s", row->param[i].name);
    const bool keys = row->cls != FLT_CONTROL;
    sb_add(out, keys ? " [KEY=VALUE ...]\n" : "\n");
    if (row->aliases) {
        add_aliases(row, "  also called ", ", ", out);
        sb_addc(out, '\n');
    }
    if (n > 0)
        sb_add(out, "\nParameters, in this order or as NAME=VALUE:\n");
    for (size_t i = 0; i < n; i++)
        add_param(&row->param[i], "", NULL, NULL, out);
    if (keys)
        sb_add(out, "\nKeys of every stage that apply to it:\n");
    for (int k = 0; keys && k < FLT_KEYS; k++) {
        if (applies(row, (flt_stage_key)k))
            add_param(&flt_key_param[k], "=", key_default(row, (flt_stage_key)k),
                      k == FLT_KEY_ROI ? row->counted : NULL, out);
    }
    sb_addf(out, "\nClass: %s\nResult: %s\nExample: quern -f '%s' photo.jpg -o result.jpg\n", class_name(row->cls),
            exactness(row->tolerance), row->example ? row->example : row->name);
}

void flt_list(qn_strbuf *out)
{
    size_t n = 0;
    const flt_row *const *row = flt_rows(&n);
    int widest = 0;
    for (size_t i = 0; i < n; i++) {
        int len = (int)strlen(row[i]->name);
        widest = len > widest ? len : widest;
    }
    for (size_t i = 0; i < n; i++) {
        sb_addf(out, "%-*s  %-8s  %s", widest, row[i]->name, class_name(row[i]->cls), row[i]->help);
        add_aliases(row[i], " (also ", ", ", out);
        sb_add(out, row[i]->aliases ? ")\n" : "\n");
    }
}

static void add_choices_json(const char *choices, qn_strbuf *out)
{
    char word[64];
    sb_add(out, ",\"choices\":[");
    for (bool first = true; *choices; first = false) {
        size_t n = strcspn(choices, "|"), kept = n < sizeof word - 1 ? n : sizeof word - 1;
        memcpy(word, choices, kept);
        word[kept] = '\0';
        sb_add(out, first ? "" : ",");
        sb_add_json(out, word);
        choices += n + (choices[n] == '|');
    }
    sb_addc(out, ']');
}

static void add_param_json(const flt_param *p, qn_strbuf *out)
{
    sb_add(out, "{\"name\":");
    sb_add_json(out, p->name);
    sb_addf(out, ",\"type\":\"%s\"", type_name(p->type));
    if (p->min < p->max) {
        sb_add(out, ",\"min\":");
        sb_add_number(out, p->min);
        sb_add(out, ",\"max\":");
        sb_add_number(out, p->max);
        sb_addf(out, ",\"above_min\":%s", p->above_min ? "true" : "false");
    }
    if (p->type == FLT_CHOICE)
        add_choices_json(p->choices, out);
    sb_addf(out, ",\"unit\":\"%s\",\"required\":%s,\"default\":", unit_name(p->unit), p->def ? "false" : "true");
    if (p->def && p->def[0])
        sb_add_json(out, p->def);
    else
        sb_add(out, "null");
    sb_add(out, ",\"help\":");
    sb_add_json(out, p->help ? p->help : "");
    sb_addc(out, '}');
}

static void add_row_json(const flt_row *row, qn_strbuf *out)
{
    sb_add(out, "{\"name\":");
    sb_add_json(out, row->name);
    sb_addf(out, ",\"class\":\"%s\",\"tolerance\":\"%s\",\"aliases\":[", class_name(row->cls), row->tolerance);
    add_aliases(row, "\"", "\",\"", out);
    sb_add(out, row->aliases ? "\"],\"help\":" : "],\"help\":");
    sb_add_json(out, row->help);
    sb_add(out, ",\"example\":");
    sb_add_json(out, row->example ? row->example : row->name);
    sb_add(out, ",\"parameters\":[");
    for (size_t i = 0; i < flt_param_count(row); i++) {
        sb_add(out, i ? "," : "");
        add_param_json(&row->param[i], out);
    }
    sb_add(out, "],\"keys\":[");
    for (int k = 0, n = 0; row->cls != FLT_CONTROL && k < FLT_KEYS; k++)
        if (applies(row, (flt_stage_key)k))
            sb_addf(out, "%s\"%s\"", n++ ? "," : "", flt_key_param[k].name);
    sb_add(out, "]}");
}

void flt_list_json(qn_strbuf *out)
{
    size_t n = 0;
    const flt_row *const *row = flt_rows(&n);
    sb_addc(out, '[');
    for (size_t i = 0; i < n; i++) {
        sb_add(out, i ? ",\n" : "\n");
        add_row_json(row[i], out);
    }
    sb_add(out, "\n]\n");
}
