/* One value of a chain, by the rules of its parameter. Private to host/filter. */
#ifndef QUERN_FILTER_CHAIN_VALUE_H
#define QUERN_FILTER_CHAIN_VALUE_H

#include "chain.h"

/* Reads `text` (quotes are off already) as a value of `p`; lists and strings are kept by the chain. `given` is the
 * caller's to set. Error texts have no position: "sigma = -1 is out of range (0.01..500 px)". */
bool flt_value_read(flt_chain *keep, const flt_param *p, const char *text, flt_value *out, qn_error *err);

/* The value in chain syntax, quoted where it must be. Nothing for an optional value that is not there. */
void flt_value_print(const flt_param *p, const flt_value *value, qn_strbuf *out);
/* Whether there is anything to print: an optional size, file, list, ... that was left out has no text. */
bool flt_value_present(const flt_param *p, const flt_value *value);

/* "0.01..500 px", "above 0, up to 1"; nothing where any number will do. */
void flt_range_print(const flt_param *p, qn_strbuf *out);
/* "number", "WxH, Wx, xH or N%", "one of a, b, c". */
void flt_type_print(const flt_param *p, qn_strbuf *out);

/* Gives the chain a block from malloc to free with itself; NULL or no room: false, the block is freed. */
bool flt_chain_keep(flt_chain *chain, void *block, qn_error *err);

/* Whether a stage of the chain saves a picture under this name. */
bool flt_was_saved(const flt_chain *chain, const char *name);

/* ---- the keys that every stage takes, as parameters ---- */

typedef enum flt_stage_key {
    FLT_KEY_BORDER,
    FLT_KEY_CHANNELS,
    FLT_KEY_LINEAR,
    FLT_KEY_MASK,
    FLT_KEY_MIX,
    FLT_KEY_ROI,
    FLT_KEYS
} flt_stage_key;

extern const flt_param flt_key_param[FLT_KEYS];

/* Reads a key's value into the stage. */
bool flt_key_read(flt_chain *keep, flt_stage_key key, const char *text, flt_stage *stage, qn_error *err);
/* " KEY=VALUE" for every key whose value is not the default, less those that the row has as parameters of its own. */
void flt_keys_print(const flt_stage *stage, qn_strbuf *out);
/* Whether the row itself has a parameter of this name, which then hides the key. */
bool flt_has_param(const flt_row *row, const char *name);

#endif
