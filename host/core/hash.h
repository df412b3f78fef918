/* Hashes for names and checksums, not for security: FNV-1a in 64 bits (Fowler, Noll, Vo), and two of them with
 * different starts where a file name must not collide. */
#ifndef QUERN_CORE_HASH_H
#define QUERN_CORE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define QN_HASH_START UINT64_C(0xcbf29ce484222325)

uint64_t qn_hash(uint64_t h, const void *data, size_t len);
uint64_t qn_hash_str(uint64_t h, const char *s); /* with its terminating NUL, so that "ab","c" != "a","bc" */

#endif
