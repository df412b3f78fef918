#include "bytes.h"

#include <stdlib.h>
#include <string.h>

bool qn_bytes_reserve(qn_bytes *b, size_t cap)
{
    if (cap <= b->cap) {
        return true;
    }
    size_t grown = b->cap + b->cap / 2;
    if (grown < cap) {
        grown = cap; /* also where the sum wrapped around */
    }
    uint8_t *data = realloc(b->data, grown);
    if (data == NULL && grown > cap) {
        grown = cap;
        data = realloc(b->data, grown);
    }
    if (data == NULL) {
        return false;
    }
    b->data = data;
    b->cap = grown;
    return true;
}

bool qn_bytes_append(qn_bytes *b, const void *data, size_t len)
{
    if (len == 0) {
        return true;
    }
    if (len > SIZE_MAX - b->len || !qn_bytes_reserve(b, b->len + len)) {
        return false;
    }
    memcpy(b->data + b->len, data, len);
    b->len += len;
    return true;
}

void qn_bytes_free(qn_bytes *b)
{
    if (b != NULL) {
        free(b->data);
        *b = (qn_bytes){ 0 };
    }
}
