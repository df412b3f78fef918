/* A chain in full: what is printed here, flt_chain_parse() reads back as the same chain. */
#include "chain_value.h"
#include "colour.h"
#include "number.h"

#include <math.h>
#include <string.h>

/* A text is quoted where the bare word would end early or be taken for something else. */
static void print_word(qn_strbuf *out, const char *text)
{
    if (text[0] != '\0' && !strpbrk(text, " \t\r\n|\"")) {
        sb_add(out, text);
        return;
    }
    sb_addc(out, '"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            sb_addc(out, '\\');
        sb_addc(out, *text);
    }
    sb_addc(out, '"');
}

/* The percentage that reads back as this factor: 100 times it, give or take one rounding. */
static void print_percent(qn_strbuf *out, double factor)
{
    double percent = factor * 100;
    if (percent / 100 != factor) {
        double below = nextafter(percent, 0), above = nextafter(percent, INFINITY);
        percent = below / 100 == factor ? below : above;
    }
    flt_print_number(out, percent);
    sb_addc(out, '%');
}

static void print_side(qn_strbuf *out, double side, bool factor)
{
    if (side == 0)
        return;
    if (factor)
        print_percent(out, side);
    else
        flt_print_number(out, side);
}

static void print_size(qn_strbuf *out, const flt_size *s)
{
    print_side(out, s->w, s->w_factor);
    if (s->w_factor && s->h_factor && s->w == s->h)
        return;
    sb_addc(out, 'x');
    print_side(out, s->h, s->h_factor);
}

static void print_choice(qn_strbuf *out, const char *choices, double index)
{
    for (; index > 0; index--) {
        choices += strcspn(choices, "|");
        choices += *choices == '|';
    }
    sb_addn(out, choices, strcspn(choices, "|"));
}

bool flt_value_present(const flt_param *p, const flt_value *v)
{
    switch (p->type) {
    case FLT_REGION:
    case FLT_SIZE: return v->size.w != 0 || v->size.h != 0;
    case FLT_RECT: return v->rect.w != 0;
    case FLT_POINT2: return v->given || (p->def && p->def[0]);
    case FLT_LIST: return v->n > 0;
    case FLT_FILE:
    case FLT_TEXT: return v->text != NULL;
    case FLT_NUMBER:
    case FLT_INT:
    case FLT_BOOL:
    case FLT_CHOICE:
    case FLT_COLOUR: break;
    }
    return v->given || (p->def && p->def[0]);
}

void flt_value_print(const flt_param *p, const flt_value *v, qn_strbuf *out)
{
    if (!flt_value_present(p, v))
        return;
    switch (p->type) {
    case FLT_NUMBER:
    case FLT_INT:
    case FLT_BOOL: flt_print_number(out, v->num); break;
    case FLT_CHOICE: print_choice(out, p->choices, v->num); break;
    case FLT_SIZE: print_size(out, &v->size); break;
    case FLT_RECT: sb_addf(out, "%dx%d%+d%+d", v->rect.w, v->rect.h, v->rect.x, v->rect.y); break;
    case FLT_REGION:
        print_size(out, &v->size);
        sb_addf(out, "%+d%+d", v->rect.x, v->rect.y);
        break;
    case FLT_POINT2: sb_addf(out, "%d,%d", v->rect.x, v->rect.y); break;
    case FLT_COLOUR: flt_print_colour(out, v->colour); break;
    case FLT_LIST:
        for (size_t i = 0; i < v->n; i++) {
            if (i > 0)
                sb_addc(out, ',');
            flt_print_number(out, v->list[i]);
        }
        break;
    case FLT_FILE:
    case FLT_TEXT: print_word(out, v->text); break;
    }
}

void flt_stage_print(const flt_stage *stage, qn_strbuf *out)
{
    sb_add(out, stage->row->name);
    for (size_t i = 0; i < flt_param_count(stage->row); i++) {
        const flt_param *p = &stage->row->param[i];
        if (!flt_value_present(p, &stage->value[i]))
            continue;
        sb_addf(out, " %s=", p->name);
        flt_value_print(p, &stage->value[i], out);
    }
    flt_keys_print(stage, out);
}

void flt_chain_print(const flt_chain *chain, qn_strbuf *out)
{
    for (size_t i = 0; i < chain->n; i++) {
        if (i > 0)
            sb_add(out, " | ");
        flt_stage_print(&chain->stage[i], out);
    }
}
