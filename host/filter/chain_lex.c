#include "chain_lex.h"

#include <ctype.h>
#include <string.h>

void lex_begin(lexer *lex, const char *text)
{
    *lex = (lexer){ .at = text, .place = { 1, 1 }, .line_begins = true, .kind = LEX_NEWLINE };
}

void lex_end(lexer *lex)
{
    sb_free(&lex->value);
}

static void step(lexer *lex)
{
    if (*lex->at++ == '\n') {
        lex->place.line++;
        lex->place.column = 1;
    } else {
        lex->place.column++;
    }
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static bool ends_word(char c)
{
    return c == '\0' || c == '\n' || c == '|' || is_blank(c);
}

/* Length of the key where KEY= stands here; else 0. */
static size_t key_length(const char *s)
{
    size_t n = 0;
    if (!isalpha((unsigned char)s[0]))
        return 0;
    while (isalnum((unsigned char)s[n]) || s[n] == '_' || s[n] == '-')
        n++;
    return s[n] == '=' ? n : 0;
}

static bool read_quoted(lexer *lex, qn_error *err)
{
    lex->quoted = true;
    lex->token = lex->place; /* an error points at the opening quote */
    step(lex);
    while (*lex->at != '"') {
        if (*lex->at == '\\') {
            if (lex->at[1] != '"' && lex->at[1] != '\\') {
                lex->token = lex->place;
                return qn_fail(err, QN_USAGE, "in quotes a \\ stands before \" or \\ only (write \\\\ for one)");
            }
            step(lex);
        }
        if (*lex->at == '\0')
            return qn_fail(err, QN_USAGE, "this quote is never closed");
        sb_addc(&lex->value, *lex->at);
        step(lex);
    }
    step(lex);
    if (ends_word(*lex->at))
        return true;
    lex->token = lex->place;
    return qn_fail(err, QN_USAGE, "a blank, a '|' or the end is expected after the closing quote");
}

static bool read_bare(lexer *lex, qn_error *err)
{
    for (; !ends_word(*lex->at); step(lex)) {
        if (*lex->at == '"') {
            lex->token = lex->place;
            return qn_fail(err, QN_USAGE, "a quote inside a word: put the whole value in quotes");
        }
        sb_addc(&lex->value, *lex->at);
    }
    return true;
}

static bool read_word(lexer *lex, qn_error *err)
{
    lex->kind = LEX_WORD;
    lex->quoted = false;
    sb_clear(&lex->value);
    lex->key_len = key_length(lex->at);
    lex->key = lex->key_len ? lex->at : NULL;
    for (size_t i = 0; lex->key && i <= lex->key_len; i++)
        step(lex);
    const lex_place begin = lex->token;
    lex->value_place = lex->place;
    bool ok = *lex->at == '"' ? read_quoted(lex, err) : read_bare(lex, err);
    if (!sb_ok(&lex->value))
        return qn_fail(err, QN_NOMEM, "out of memory while reading a chain");
    if (ok)
        lex->token = begin;
    return ok;
}

bool lex_next(lexer *lex, qn_error *err)
{
    while (is_blank(*lex->at))
        step(lex);
    if (*lex->at == '#' && lex->line_begins) {
        while (*lex->at && *lex->at != '\n')
            step(lex);
    }
    lex->token = lex->place;
    lex->line_begins = false;
    switch (*lex->at) {
    case '\0': lex->kind = LEX_END; return true;
    case '|': lex->kind = LEX_BAR; break;
    case '\n':
        lex->kind = LEX_NEWLINE;
        lex->line_begins = true;
        break;
    default: return read_word(lex, err);
    }
    step(lex);
    return true;
}
