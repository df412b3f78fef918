/* Reading values. Every error names the parameter, what was written, and what is allowed. */
#include "chain_value.h"

#include "colour.h"
#include "nearest.h"
#include "number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ENDLESS 1e300 /* a bound beyond this is none */

static bool has_range(const flt_param *p)
{
    return p->min < p->max;
}

static const char *unit_name(flt_unit unit)
{
    switch (unit) {
    case FLT_PX: return "px";
    case FLT_DEG: return "deg";
    case FLT_EV: return "ev";
    case FLT_TONE: return "%, /255, /65535";
    case FLT_PERCENT: return "%";
    case FLT_NO_UNIT: break;
    }
    return "";
}

void flt_range_print(const flt_param *p, qn_strbuf *out)
{
    const bool low = has_range(p) && p->min > -ENDLESS, high = has_range(p) && p->max < ENDLESS;
    if (low && high && !p->above_min) {
        flt_print_number(out, p->min);
        sb_add(out, "..");
        flt_print_number(out, p->max);
    } else {
        if (low) {
            sb_add(out, p->above_min ? "above " : "at least ");
            flt_print_number(out, p->min);
        }
        if (high) {
            sb_add(out, low ? ", up to " : "up to ");
            flt_print_number(out, p->max);
        }
    }
    if ((low || high) && (p->unit == FLT_PX || p->unit == FLT_DEG || p->unit == FLT_EV))
        sb_addf(out, " %s", unit_name(p->unit));
}

/* "NAME = TEXT is WHAT (range)". */
static bool bad_number(const flt_param *p, const char *text, const char *what, qn_error *err)
{
    qn_strbuf range = { 0 };
    flt_range_print(p, &range);
    if (range.len > 0)
        qn_fail(err, QN_USAGE, "%s = %.60s is %s (%s)", p->name, text, what, sb_str(&range));
    else
        qn_fail(err, QN_USAGE, "%s = %.60s is %s", p->name, text, what);
    sb_free(&range);
    return false;
}

/* What the suffix multiplies or divides by; 0: not one of this unit's. */
static double divisor(flt_unit unit, const char *suffix, size_t len)
{
    static const struct {
        const char *text;
        double by;
        unsigned units;
    } known[] = {
        { "%", 100, 1u << FLT_TONE | 1u << FLT_PERCENT },
        { "/255", 255, 1u << FLT_TONE },
        { "/65535", 65535, 1u << FLT_TONE },
        { "px", 1, 1u << FLT_PX },
        { "deg", 1, 1u << FLT_DEG },
        { "ev", 1, 1u << FLT_EV },
    };
    if (len == 0)
        return 1;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if ((known[i].units & 1u << unit) && strlen(known[i].text) == len && memcmp(known[i].text, suffix, len) == 0)
            return known[i].by;
    }
    return 0;
}

/* One number with its unit, in range. `text` is the whole value, for messages. */
static bool read_number(const flt_param *p, const char *text, const char *s, size_t len, double *out, qn_error *err)
{
    size_t used = 0;
    if (!flt_read_number(s, len, out, &used))
        return bad_number(p, text, used ? "too large" : "not a number", err);
    double by = divisor(p->unit, s + used, len - used);
    if (by == 0 && p->unit == FLT_NO_UNIT)
        return bad_number(p, text, "not a number", err);
    if (by == 0)
        return qn_fail(err, QN_USAGE, "%s = %.60s has an unknown unit (allowed: %s)", p->name, text,
                       unit_name(p->unit));
    *out /= by;
    if (p->type == FLT_INT && *out != floor(*out))
        return bad_number(p, text, "not a whole number", err);
    if (has_range(p) && (*out < p->min || *out > p->max || (p->above_min && *out <= p->min)))
        return bad_number(p, text, "out of range", err);
    return true;
}

static bool read_bool(const flt_param *p, const char *text, double *out, qn_error *err)
{
    static const char *const word[] = { "0", "1", "no", "yes", "false", "true", "off", "on" };
    for (size_t i = 0; i < sizeof word / sizeof word[0]; i++) {
        if (strcmp(text, word[i]) == 0) {
            *out = (double)(i & 1);
            return true;
        }
    }
    return qn_fail(err, QN_USAGE, "%s = %.60s is neither yes nor no (0 1 no yes false true off on)", p->name, text);
}

static void print_choices(const char *choices, qn_strbuf *out)
{
    for (; *choices; choices++) {
        if (*choices == '|')
            sb_add(out, ", ");
        else
            sb_addc(out, *choices);
    }
}

static bool read_choice(const flt_param *p, const char *text, double *out, qn_error *err)
{
    const size_t len = strlen(text);
    size_t index = 0;
    for (const char *c = p->choices; *c; index++) {
        size_t n = strcspn(c, "|");
        if (n == len && memcmp(c, text, n) == 0) {
            *out = (double)index;
            return true;
        }
        c += n + (c[n] == '|');
    }
    qn_strbuf list = { 0 };
    print_choices(p->choices, &list);
    flt_nearest_search near = { .word = text, .len = len };
    flt_nearest_offer_list(&near, p->choices);
    if (near.best)
        qn_fail(err, QN_USAGE, "%s = %.60s is none of %s (did you mean '%.*s'?)", p->name, text, sb_str(&list),
                (int)near.best_len, near.best);
    else
        qn_fail(err, QN_USAGE, "%s = %.60s is none of %s", p->name, text, sb_str(&list));
    sb_free(&list);
    return false;
}

/* One side of a size: nothing, pixels or "N%". */
static bool read_side(const flt_param *p, const char *text, const char *s, size_t len, double *out, bool *factor,
                      qn_error *err)
{
    size_t used = 0;
    int32_t pixels = 0;
    if (len == 0)
        return true;
    if (s[len - 1] == '%') {
        if (!flt_read_number(s, len - 1, out, &used) || used != len - 1)
            return qn_fail(err, QN_USAGE, "%s = %.60s is no size (800x600, 800x, x600, 50%%)", p->name, text);
        *out /= 100;
        *factor = true;
        return *out > 0 || qn_fail(err, QN_USAGE, "%s = %.60s is out of range (above 0 %%)", p->name, text);
    }
    if (!flt_read_int(s, len, false, &pixels, &used) || used != len)
        return qn_fail(err, QN_USAGE, "%s = %.60s is no size (800x600, 800x, x600, 50%%)", p->name, text);
    *out = pixels;
    if (has_range(p) && (*out < p->min || *out > p->max))
        return bad_number(p, text, "out of range", err);
    return pixels > 0 ||
           qn_fail(err, QN_USAGE, "%s = %.60s is out of range (a side is at least 1 pixel)", p->name, text);
}

static bool read_size(const flt_param *p, const char *text, flt_size *out, qn_error *err)
{
    const size_t len = strlen(text);
    const char *x = strchr(text, 'x');
    *out = (flt_size){ 0 };
    if (!x) {
        if (len == 0 || text[len - 1] != '%')
            return qn_fail(err, QN_USAGE, "%s = %.60s is no size (800x600, 800x, x600, 50%%)", p->name, text);
        if (!read_side(p, text, text, len, &out->w, &out->w_factor, err))
            return false;
        out->h = out->w;
        out->h_factor = true;
        return true;
    }
    const size_t w = (size_t)(x - text);
    if (len == 1)
        return qn_fail(err, QN_USAGE, "%s = %.60s is no size (800x600, 800x, x600, 50%%)", p->name, text);
    return read_side(p, text, text, w, &out->w, &out->w_factor, err) &&
           read_side(p, text, x + 1, len - w - 1, &out->h, &out->h_factor, err);
}

static bool read_rect(const flt_param *p, const char *text, flt_rect *out, qn_error *err)
{
    size_t used = 0, at = 0;
    const size_t len = strlen(text);
    bool ok = flt_read_int(text, len, false, &out->w, &used) && text[at = used] == 'x';
    ok = ok && flt_read_int(text + at + 1, len - at - 1, false, &out->h, &used);
    at += 1 + used;
    ok = ok && (text[at] == '+' || text[at] == '-') && flt_read_int(text + at, len - at, true, &out->x, &used);
    at += used;
    ok = ok && (text[at] == '+' || text[at] == '-') && flt_read_int(text + at, len - at, true, &out->y, &used);
    if (!ok || at + used != len)
        return qn_fail(err, QN_USAGE, "%s = %.60s is no rectangle (WxH+X+Y in pixels)", p->name, text);
    return (out->w > 0 && out->h > 0) ||
           qn_fail(err, QN_USAGE, "%s = %.60s is empty (W and H are at least 1 pixel)", p->name, text);
}

static bool read_region(const flt_param *p, const char *text, flt_value *out, qn_error *err)
{
    char size[64];
    const size_t len = strlen(text), n = strcspn(text, "+-");
    size_t used = 0, more = 0;
    snprintf(size, sizeof size, "%.*s", (int)n, text);
    bool ok = n > 0 && n < sizeof size;
    if (ok && n < len)
        ok = flt_read_int(text + n, len - n, true, &out->rect.x, &used) &&
             (text[n + used] == '+' || text[n + used] == '-') &&
             flt_read_int(text + n + used, len - n - used, true, &out->rect.y, &more) && n + used + more == len;
    if (!ok)
        return qn_fail(err, QN_USAGE, "%s = %.60s is no region (640x480, 640x480+10+20, 50%%, 50%%x25%%)", p->name,
                       text);
    return read_size(p, size, &out->size, err);
}

static bool read_point(const flt_param *p, const char *text, flt_rect *out, qn_error *err)
{
    const size_t len = strlen(text);
    size_t used = 0, more = 0;
    bool ok = flt_read_int(text, len, true, &out->x, &used);
    if (ok && text[used] == ',')
        used++;
    else
        ok = ok && (text[0] == '+' || text[0] == '-') && (text[used] == '+' || text[used] == '-');
    ok = ok && flt_read_int(text + used, len - used, true, &out->y, &more) && used + more == len;
    return ok || qn_fail(err, QN_USAGE, "%s = %.60s is no point (X,Y or +X+Y in pixels)", p->name, text);
}

static bool read_colour(const flt_param *p, const char *text, float rgba[4], qn_error *err)
{
    if (flt_read_colour(text, strlen(text), rgba))
        return true;
    flt_nearest_search near = { .word = text, .len = strlen(text) };
    flt_nearest_offer_colours(&near);
    if (near.best)
        return qn_fail(err, QN_USAGE, "%s = %.60s is no colour (did you mean '%s'?)", p->name, text, near.best);
    return qn_fail(err, QN_USAGE, "%s = %.60s is no colour (#rgb, #rrggbb, #rrggbbaa or a CSS name)", p->name, text);
}

static bool read_list(flt_chain *keep, const flt_param *p, const char *text, flt_value *out, qn_error *err)
{
    static const char blank[] = " \t\r\n";
    size_t n = 1;
    for (const char *s = text; *s; s++)
        n += *s == ',';
    double *list = malloc(n * sizeof *list);
    if (!flt_chain_keep(keep, list, err))
        return false;
    out->list = list;
    out->n = n;
    for (size_t i = 0; i < n; i++) {
        text += strspn(text, blank);
        size_t len = strcspn(text, ","), next = len + (text[len] == ',');
        while (len > 0 && strchr(blank, text[len - 1]))
            len--;
        if (len == 0)
            return qn_fail(err, QN_USAGE, "%s: number %zu of the list is missing", p->name, i + 1);
        char element[72];
        size_t shown = len < sizeof element - 1 ? len : sizeof element - 1;
        memcpy(element, text, shown);
        element[shown] = '\0';
        if (!read_number(p, element, text, len, &list[i], err))
            return false;
        text += next;
    }
    return true;
}

bool flt_was_saved(const flt_chain *chain, const char *name)
{
    for (size_t i = 0; i < chain->n; i++) {
        const flt_stage *s = &chain->stage[i];
        if (s->row->cls == FLT_CONTROL && strcmp(flt_arg(s, "name")->text, name) == 0)
            return true;
    }
    return false;
}

static const char *nearest_saved(const flt_chain *chain, const char *name)
{
    flt_nearest_search near = { .word = name, .len = strlen(name) };
    for (size_t i = 0; i < chain->n; i++) {
        const flt_stage *s = &chain->stage[i];
        if (s->row->cls == FLT_CONTROL)
            flt_nearest_offer(&near, flt_arg(s, "name")->text, strlen(flt_arg(s, "name")->text));
    }
    return near.best;
}

static bool read_text(flt_chain *keep, const flt_param *p, const char *text, flt_value *out, qn_error *err)
{
    if (p->type == FLT_FILE && text[0] == '\0')
        return qn_fail(err, QN_USAGE, "%s: a file's name is empty", p->name);
    if (p->type == FLT_FILE && text[0] == '@' && p->content != FLT_FILE_PICTURE)
        return qn_fail(err, QN_USAGE, "%s = %.60s: a table cannot be a saved picture (a file: ./%.60s)", p->name, text,
                       text);
    if (p->type == FLT_FILE && text[0] == '@' && !flt_was_saved(keep, text + 1)) {
        const char *near = nearest_saved(keep, text + 1);
        return qn_fail(err, QN_USAGE, "%s = %.60s: no 'save %.60s' stands before this (%s%.60s)", p->name, text,
                       text + 1, near ? "did you mean @" : "a file: ./@", near ? near : text + 1);
    }
    char *copy = strdup(text);
    if (!flt_chain_keep(keep, copy, err))
        return false;
    out->text = copy;
    return true;
}

static bool is_empty(const flt_param *p, qn_error *err)
{
    qn_strbuf type = { 0 }, range = { 0 };
    flt_type_print(p, &type);
    flt_range_print(p, &range);
    qn_fail(err, QN_USAGE, "%s is empty (%s%s%s)", p->name, sb_str(&type), range.len ? ", " : "", sb_str(&range));
    sb_free(&type);
    sb_free(&range);
    return false;
}

bool flt_value_read(flt_chain *keep, const flt_param *p, const char *text, flt_value *out, qn_error *err)
{
    if (text[0] == '\0' && p->type != FLT_FILE && p->type != FLT_TEXT)
        return is_empty(p, err);
    switch (p->type) {
    case FLT_NUMBER:
    case FLT_INT: return read_number(p, text, text, strlen(text), &out->num, err);
    case FLT_BOOL: return read_bool(p, text, &out->num, err);
    case FLT_CHOICE: return read_choice(p, text, &out->num, err);
    case FLT_SIZE: return read_size(p, text, &out->size, err);
    case FLT_RECT: return read_rect(p, text, &out->rect, err);
    case FLT_POINT2: return read_point(p, text, &out->rect, err);
    case FLT_REGION: return read_region(p, text, out, err);
    case FLT_COLOUR: return read_colour(p, text, out->colour, err);
    case FLT_LIST: return read_list(keep, p, text, out, err);
    case FLT_FILE:
    case FLT_TEXT: return read_text(keep, p, text, out, err);
    }
    return qn_fail(err, QN_INTERNAL, "%s: a parameter of unknown type", p->name);
}

void flt_type_print(const flt_param *p, qn_strbuf *out)
{
    switch (p->type) {
    case FLT_NUMBER: sb_add(out, "number"); break;
    case FLT_INT: sb_add(out, "whole number"); break;
    case FLT_BOOL: sb_add(out, "yes or no"); break;
    case FLT_CHOICE:
        sb_add(out, "one of ");
        print_choices(p->choices, out);
        break;
    case FLT_SIZE: sb_add(out, "size: 800x600, 800x, x600, 50%"); break;
    case FLT_RECT: sb_add(out, "rectangle: WxH+X+Y"); break;
    case FLT_POINT2: sb_add(out, "point: X,Y"); break;
    case FLT_REGION: sb_add(out, "region: WxH, WxH+X+Y, sides also in %"); break;
    case FLT_COLOUR: sb_add(out, "colour: #rgb, #rrggbb, #rrggbbaa or a CSS name"); break;
    case FLT_LIST: sb_add(out, "numbers with commas"); break;
    case FLT_FILE: sb_add(out, p->content == FLT_FILE_PICTURE ? "file, or @NAME of a saved picture" : "file"); break;
    case FLT_TEXT: sb_add(out, "text"); break;
    }
}
