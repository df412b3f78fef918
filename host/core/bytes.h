/* A block of memory that grows and is kept: jobs and slots own these and use them again for the next picture. */
#ifndef QUERN_CORE_BYTES_H
#define QUERN_CORE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct qn_bytes {
    uint8_t *data;
    size_t len, cap;
} qn_bytes;

/* At least `cap` bytes in all; what is there stays. Grows geometrically. False: out of memory, unchanged. */
bool qn_bytes_reserve(qn_bytes *b, size_t cap);
bool qn_bytes_append(qn_bytes *b, const void *data, size_t len);
void qn_bytes_free(qn_bytes *b); /* takes an empty one; leaves an empty one */

#endif
