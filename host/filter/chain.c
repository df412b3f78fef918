/* Stages from tokens: names, positional values, keys; then what was not given, and the row's own check. */
#include "chain.h"

#include "chain_lex.h"
#include "chain_value.h"
#include "nearest.h"

#include <stdlib.h>
#include <string.h>

typedef struct parser {
    flt_chain *chain;
    lexer lex;
    const char *origin; /* the chain's copy */
    flt_stage stage;    /* being read */
    size_t next;        /* positional value that comes next */
    bool after_key;
    lex_place key_place[FLT_KEYS]; /* line 0: not given */
    qn_error *err;
} parser;

bool flt_chain_keep(flt_chain *chain, void *block, qn_error *err)
{
    if (block && chain->n_owned == chain->cap_owned) {
        size_t cap = chain->cap_owned ? chain->cap_owned * 2 : 16;
        char **grown = realloc(chain->owned, cap * sizeof *grown);
        if (!grown) {
            free(block);
            block = NULL;
        } else {
            chain->owned = grown;
            chain->cap_owned = cap;
        }
    }
    if (!block)
        return qn_fail(err, QN_NOMEM, "out of memory while reading a chain");
    chain->owned[chain->n_owned++] = block;
    return true;
}

/* Puts "origin:line:column: " before the error. */
static bool at_place(parser *p, lex_place place)
{
    qn_error_prefix(p->err, "%s:%d:%d", p->origin, place.line, place.column);
    return false;
}

/* The same with the filter's name between. */
static bool in_stage(parser *p, lex_place place)
{
    qn_error_prefix(p->err, "%s", p->stage.row->name);
    return at_place(p, place);
}

static bool begin_stage(parser *p)
{
    const lexer *lex = &p->lex;
    size_t len = lex->key ? lex->key_len : lex->value.len;
    const char *name = lex->key ? lex->key : sb_str(&lex->value);
    if (lex->key || lex->quoted) {
        qn_fail(p->err, QN_USAGE, "a filter's name is expected here");
        return at_place(p, lex->token);
    }
    const flt_row *row = flt_find(name, len);
    if (!row) {
        size_t near_len = 0;
        const char *near = flt_nearest_name(name, len, &near_len);
        if (near)
            qn_fail(p->err, QN_USAGE, "unknown filter '%.60s' (did you mean '%.*s'?)", name, (int)near_len, near);
        else
            qn_fail(p->err, QN_USAGE, "unknown filter '%.60s' (--list-filters shows all)", name);
        return at_place(p, lex->token);
    }
    p->stage =
        (flt_stage){ .row = row, .mix = 1, .origin = p->origin, .line = lex->token.line, .column = lex->token.column };
    p->next = 0;
    p->after_key = false;
    memset(p->key_place, 0, sizeof p->key_place);
    return true;
}

/* "sigma, radius"; "nothing". */
static void print_names(const flt_row *row, qn_strbuf *out)
{
    for (size_t i = 0; i < flt_param_count(row); i++)
        sb_addf(out, "%s%s", i ? ", " : "", row->param[i].name);
    if (out->len == 0)
        sb_add(out, "no values");
}

static bool read_param(parser *p, size_t i)
{
    const flt_param *param = &p->stage.row->param[i];
    if (p->stage.value[i].given) {
        qn_fail(p->err, QN_USAGE, "%s is given twice", param->name);
        return in_stage(p, p->lex.token);
    }
    if (!flt_value_read(p->chain, param, sb_str(&p->lex.value), &p->stage.value[i], p->err))
        return in_stage(p, p->lex.value_place);
    p->stage.value[i].given = true;
    p->stage.value[i].place = (flt_text_place){ p->lex.value_place.line, p->lex.value_place.column };
    return true;
}

static bool read_positional(parser *p)
{
    const flt_row *row = p->stage.row;
    const char *text = sb_str(&p->lex.value);
    if (p->after_key) {
        qn_fail(p->err, QN_USAGE, "'%.60s' needs a key: after the first KEY=VALUE only keys may follow", text);
        return in_stage(p, p->lex.token);
    }
    if (p->next < flt_param_count(row))
        return read_param(p, p->next++);
    qn_strbuf names = { 0 };
    print_names(row, &names);
    qn_fail(p->err, QN_USAGE, "'%.60s' is one value too many (it takes %s)", text, sb_str(&names));
    sb_free(&names);
    return in_stage(p, p->lex.token);
}

static bool unknown_key(parser *p)
{
    const flt_row *row = p->stage.row;
    flt_nearest_search near = { .word = p->lex.key, .len = p->lex.key_len };
    for (size_t i = 0; i < flt_param_count(row); i++)
        flt_nearest_offer(&near, row->param[i].name, strlen(row->param[i].name));
    for (int k = 0; k < FLT_KEYS; k++)
        flt_nearest_offer(&near, flt_key_param[k].name, strlen(flt_key_param[k].name));
    const int len = (int)(near.len < 60 ? near.len : 60);
    if (near.best) {
        qn_fail(p->err, QN_USAGE, "unknown key '%.*s' (did you mean '%s'?)", len, near.word, near.best);
    } else {
        qn_strbuf names = { 0 };
        print_names(row, &names);
        qn_fail(p->err, QN_USAGE, "unknown key '%.*s' (it takes %s, and border, channels, linear, mask, mix, roi)", len,
                near.word, sb_str(&names));
        sb_free(&names);
    }
    return in_stage(p, p->lex.token);
}

static bool is_key(const parser *p, const char *name)
{
    return strlen(name) == p->lex.key_len && memcmp(name, p->lex.key, p->lex.key_len) == 0;
}

static bool read_keyed(parser *p)
{
    p->after_key = true;
    for (size_t i = 0; i < flt_param_count(p->stage.row); i++) {
        if (is_key(p, p->stage.row->param[i].name))
            return read_param(p, i);
    }
    for (int k = 0; k < FLT_KEYS; k++) {
        if (!is_key(p, flt_key_param[k].name))
            continue;
        if (p->key_place[k].line) {
            qn_fail(p->err, QN_USAGE, "%s is given twice", flt_key_param[k].name);
            return in_stage(p, p->lex.token);
        }
        p->key_place[k] = p->lex.token;
        if (k == FLT_KEY_MASK)
            p->stage.mask_place = (flt_text_place){ p->lex.value_place.line, p->lex.value_place.column };
        return flt_key_read(p->chain, (flt_stage_key)k, sb_str(&p->lex.value), &p->stage, p->err) ||
               in_stage(p, p->lex.value_place);
    }
    return unknown_key(p);
}

/* The first of some keys (bit per flt_stage_key) that the stage has, as it stands in the text. */
static const lex_place *first_key(const parser *p, unsigned keys)
{
    const lex_place *first = NULL;
    for (int k = 0; k < FLT_KEYS; k++) {
        const lex_place *at = &p->key_place[k];
        if (!(keys & 1u << k) || !at->line)
            continue;
        if (!first || at->line < first->line || (at->line == first->line && at->column < first->column))
            first = at;
    }
    return first;
}

/* Whether the keys mean something to the filter. */
static bool check_keys(parser *p)
{
    const flt_stage *s = &p->stage;
    const unsigned channels = 1u << FLT_KEY_CHANNELS,
                   selecting = channels | 1u << FLT_KEY_MASK | 1u << FLT_KEY_MIX | 1u << FLT_KEY_ROI;
    const lex_place *at = NULL;
    if (s->row->colour == FLT_WITH_ALPHA && (at = first_key(p, channels)) != NULL)
        qn_fail(p->err, QN_USAGE, "channels does not apply to what changes the alpha channel");
    else if (s->row->cls == FLT_CONTROL && (at = first_key(p, ~0u)) != NULL)
        qn_fail(p->err, QN_USAGE, "border, channels, linear, mask, mix and roi do not apply: it changes no pixel");
    else if (s->row->cls == FLT_GEOMETRY && flt_stage_selects(s) && !(s->row->keeps_size && s->row->keeps_size(s)) &&
             (at = first_key(p, selecting)) != NULL)
        qn_fail(p->err, QN_USAGE, "mask, mix, roi and channels apply only where the picture keeps its size");
    return !at || in_stage(p, *at);
}

/* Defaults, the row's check, and the stage is in the chain. */
static bool end_stage(parser *p)
{
    flt_stage *s = &p->stage;
    const lex_place place = { s->line, s->column };
    for (size_t i = 0; i < flt_param_count(s->row); i++) {
        const flt_param *param = &s->row->param[i];
        if (s->value[i].given || (param->def && param->def[0] == '\0'))
            continue;
        if (!param->def) {
            qn_strbuf type = { 0 };
            flt_type_print(param, &type);
            qn_fail(p->err, QN_USAGE, "%s is missing (%s)", param->name, sb_str(&type));
            sb_free(&type);
            return in_stage(p, place);
        }
        if (!flt_value_read(p->chain, param, param->def, &s->value[i], p->err))
            return in_stage(p, place);
    }
    if ((s->row->check && !s->row->check(s, p->err)) || !check_keys(p)) /* with their places */
        return false;
    flt_chain *chain = p->chain;
    if (chain->n == chain->cap) {
        size_t cap = chain->cap ? chain->cap * 2 : 8;
        flt_stage *grown = realloc(chain->stage, cap * sizeof *grown);
        if (!grown)
            return qn_fail(p->err, QN_NOMEM, "out of memory while reading a chain");
        chain->stage = grown;
        chain->cap = cap;
    }
    chain->stage[chain->n++] = *s;
    return true;
}

static bool read_stage(parser *p)
{
    if (!begin_stage(p))
        return false;
    for (;;) {
        if (!lex_next(&p->lex, p->err))
            return in_stage(p, p->lex.token);
        if (p->lex.kind != LEX_WORD)
            return end_stage(p);
        if (!(p->lex.key ? read_keyed(p) : read_positional(p)))
            return false;
    }
}

/* A bar has a stage on either side; newlines around it, and empty lines, mean nothing. */
static bool read_stages(parser *p)
{
    bool stage_before = false;
    const lex_place none = { 0, 0 };
    lex_place bar = none; /* the last one, while no stage has followed it */
    for (;;) {
        if (!lex_next(&p->lex, p->err))
            return at_place(p, p->lex.token);
        if (p->lex.kind == LEX_WORD) {
            if (!read_stage(p)) /* ends on the token behind the stage */
                return false;
            stage_before = true;
            bar = none;
        }
        if (p->lex.kind == LEX_BAR) {
            if (!stage_before) {
                qn_fail(p->err, QN_USAGE, "a filter is missing before this '|'");
                return at_place(p, p->lex.token);
            }
            stage_before = false;
            bar = p->lex.token;
        } else if (p->lex.kind == LEX_END) {
            if (bar.line) {
                qn_fail(p->err, QN_USAGE, "a filter is missing after this '|'");
                return at_place(p, bar);
            }
            return true;
        }
    }
}

bool flt_chain_parse(flt_chain *chain, const char *text, const char *origin, qn_error *err)
{
    const size_t before = chain->n;
    qn_error own = { 0 };
    parser p = { .chain = chain, .err = err ? err : &own };
    char *copy = strdup(origin);
    if (!flt_chain_keep(chain, copy, err))
        return false;
    p.origin = copy;
    lex_begin(&p.lex, text);
    const bool ok = read_stages(&p);
    lex_end(&p.lex);
    if (!ok)
        chain->n = before;
    return ok;
}

void flt_chain_free(flt_chain *chain)
{
    if (!chain)
        return;
    for (size_t i = 0; i < chain->n_owned; i++)
        free(chain->owned[i]);
    free(chain->owned);
    free(chain->stage);
    *chain = (flt_chain){ 0 };
}
