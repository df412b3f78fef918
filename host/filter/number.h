/* Numbers as chains write them: plain decimals whatever the locale, no nan, no inf, no hexadecimal. Pure. */
#ifndef QUERN_FILTER_NUMBER_H
#define QUERN_FILTER_NUMBER_H

#include "strbuf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads [+-] digits [. digits] [e [+-] digits] from the start of s[0, len); *used is how much of it was the number.
 * False: no number there, or one beyond what a double holds. */
bool flt_read_number(const char *s, size_t len, double *value, size_t *used);

/* Reads [+-] digits; false also beyond 32 bits. `sign` false: a sign is not taken. */
bool flt_read_int(const char *s, size_t len, bool sign, int32_t *value, size_t *used);

/* The shortest text that reads back as the same value. */
void flt_print_number(qn_strbuf *out, double value);

#endif
