/* A chain's text as tokens: arguments, and the ends of stages. Private to host/filter; pure. */
#ifndef QUERN_FILTER_CHAIN_LEX_H
#define QUERN_FILTER_CHAIN_LEX_H

#include "status.h"
#include "strbuf.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct lex_place {
    int line, column;
} lex_place; /* both from 1; columns count bytes */

typedef enum lex_kind { LEX_WORD, LEX_BAR, LEX_NEWLINE, LEX_END } lex_kind;

typedef struct lexer {
    const char *at;
    lex_place place;
    bool line_begins; /* nothing but blanks so far on this line */
    /* the token that lex_next() read */
    lex_kind kind;
    lex_place token; /* where it begins */
    const char *key; /* LEX_WORD: of KEY=VALUE, inside the text; NULL: no key */
    size_t key_len;
    qn_strbuf value; /* quotes and escapes resolved; memory is kept from token to token */
    lex_place value_place;
    bool quoted;
} lexer;

void lex_begin(lexer *lex, const char *text);
/* False: QN_USAGE without position; lex->token is the place to name. */
bool lex_next(lexer *lex, qn_error *err);
void lex_end(lexer *lex); /* frees what the lexer owns */

#endif
