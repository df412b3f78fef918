/* Private to host/core: where UTF-8 sequences begin and end. */
#ifndef QUERN_CORE_UTF8_H
#define QUERN_CORE_UTF8_H

#include <stddef.h>

/* Length (1 to 4) of the valid sequence that `s` begins with, looking at no more than `n` bytes; 0: not UTF-8 (a
 * stray or overlong sequence, a surrogate, beyond U+10FFFF, or cut short). n == 0 gives 0. */
size_t qn_utf8_len(const char *s, size_t n);

/* The largest length <= n at which `s` (at least n bytes) can be cut without tearing a sequence apart. */
size_t qn_utf8_cut(const char *s, size_t n);

#endif
