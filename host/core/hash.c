#include "hash.h"

#include <string.h>

uint64_t qn_hash(uint64_t h, const void *data, size_t len)
{
    const unsigned char *p = data;
    for (size_t i = 0; i < len; i++) {
        h = (h ^ p[i]) * UINT64_C(0x100000001b3);
    }
    return h;
}

uint64_t qn_hash_str(uint64_t h, const char *s)
{
    return qn_hash(h, s, strlen(s) + 1);
}
