/* A chain as text, parsed: quern's grammar (CLI.md, "Chains") to stages, and back. Pure; knows filters by their rows
 * only. */
#ifndef QUERN_FILTER_CHAIN_H
#define QUERN_FILTER_CHAIN_H

#include "filter.h"

typedef struct flt_chain {
    flt_stage *stage; /* owned, with everything in it */
    size_t n, cap;
    char **owned; /* strings and lists that the stages point to */
    size_t n_owned, cap_owned;
} flt_chain;

/* Adds the stages of `text`, strictly left to right. `origin` names where the text came from ("-f", or a file's
 * name) and is copied. An empty text adds nothing. The first error ends it, with a QN_USAGE text that begins with
 * "origin:line:column: " (columns count bytes from 1). On false the chain is unchanged but for memory. */
bool flt_chain_parse(flt_chain *chain, const char *text, const char *origin, qn_error *err);

/* The chain in full: every parameter named, defaults too; parsing it again gives the same chain. */
void flt_chain_print(const flt_chain *chain, qn_strbuf *out);
void flt_stage_print(const flt_stage *stage, qn_strbuf *out);

void flt_chain_free(flt_chain *chain);

/* One filter's help: synopsis, parameters with type, range, default and unit, the keys of every stage, an example.
 * The list: name, class, one line. JSON forms for --json. */
void flt_help(const flt_row *row, qn_strbuf *out);
void flt_list(qn_strbuf *out);
void flt_list_json(qn_strbuf *out);

#endif
