#include "mutate.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

uint32_t fuzz_next(fuzz_random *r)
{
    r->state = r->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    const uint64_t x = r->state ^ (r->state >> 29);
    return (uint32_t)((x * UINT64_C(0x9e3779b97f4a7c15)) >> 32);
}

uint32_t fuzz_below(fuzz_random *r, uint32_t n)
{
    return (uint32_t)(((uint64_t)fuzz_next(r) * n) >> 32);
}

/* Bytes [at, at + gone) become those of `data`. */
static void splice(qn_bytes *b, size_t at, size_t gone, const void *data, size_t n)
{
    qn_bytes out = { 0 };
    const size_t behind = at + gone;
    if (!qn_bytes_append(&out, b->data, at) || !qn_bytes_append(&out, data, n) ||
        !qn_bytes_append(&out, b->data + behind, b->len - behind))
        abort();
    qn_bytes_free(b);
    *b = out;
}

/* ---- parts ---- */

enum { MOST_PARTS = 64 };

typedef struct parts {
    size_t n, at[MOST_PARTS + 1]; /* where each begins; [n]: where the last one ends */
} parts;

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static bool is_png(const qn_bytes *b)
{
    return b->len > 8 && memcmp(b->data, "\x89PNG", 4) == 0;
}

static parts find_parts(const qn_bytes *b)
{
    parts p = { .n = 0 };
    const bool png = is_png(b), jpeg = !png && b->len > 4 && b->data[0] == 0xff && b->data[1] == 0xd8;
    size_t at = png ? 8 : 2;
    while ((png || jpeg) && p.n < MOST_PARTS && at + 4 <= b->len) {
        const uint8_t *d = b->data + at;
        const size_t len = png ? (size_t)be32(d) + 12 : (size_t)d[2] * 256 + d[3] + 2;
        if (len > b->len - at || (jpeg && d[0] != 0xff))
            break;
        p.at[p.n++] = at;
        at += len;
        if (jpeg && d[1] == 0xda)
            break;
    }
    p.at[p.n] = at;
    return p;
}

/* A chunk or segment is dropped, said twice, put elsewhere, or replaced by one of the other file's. */
static void mutate_parts(fuzz_random *r, qn_bytes *b, const qn_bytes *other)
{
    const parts p = find_parts(b), q = find_parts(other);
    if (p.n == 0)
        return;
    const uint32_t i = fuzz_below(r, (uint32_t)p.n), to = fuzz_below(r, (uint32_t)p.n + 1);
    const size_t len = p.at[i + 1] - p.at[i];
    uint8_t *copy = malloc(len + 1);
    if (!copy)
        abort();
    memcpy(copy, b->data + p.at[i], len);
    switch (fuzz_below(r, 4)) {
    case 0: splice(b, p.at[i], len, "", 0); break;
    case 1: splice(b, p.at[to], 0, copy, len); break;
    case 2:
        splice(b, p.at[i], len, "", 0);
        splice(b, p.at[to] > p.at[i] ? p.at[to] - len : p.at[to], 0, copy, len);
        break;
    default:
        if (q.n > 0 && is_png(b) == is_png(other)) {
            const uint32_t k = fuzz_below(r, (uint32_t)q.n);
            splice(b, p.at[to], 0, other->data + q.at[k], q.at[k + 1] - q.at[k]);
        }
        break;
    }
    free(copy);
}

static void mend_sums(qn_bytes *b)
{
    const parts p = find_parts(b);
    for (size_t i = 0; i < p.n; i++) {
        const size_t len = p.at[i + 1] - p.at[i];
        const uint32_t crc = (uint32_t)crc32(0, b->data + p.at[i] + 4, (uInt)(len - 8));
        uint8_t *to = b->data + p.at[i + 1] - 4;
        for (int k = 0; k < 4; k++)
            to[k] = (uint8_t)(crc >> (24 - 8 * k));
    }
}

/* ---- bytes ---- */

static void mutate_bytes(fuzz_random *r, qn_bytes *b, const qn_bytes *other)
{
    static const uint32_t odd[] = {
        0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff
    };
    static const char *const words[] = { "65536", "-1", "0", "1e9", "nan", "inf", " ", "\n", "#", "4294967297", "." };
    if (b->len == 0)
        return;
    /* headers are short, and most of what can go wrong stands there */
    const uint32_t len = (uint32_t)b->len, most = fuzz_below(r, 2) && len > 200 ? 200 : len;
    const uint32_t at = fuzz_below(r, most), n = 1 + fuzz_below(r, 1 + fuzz_below(r, len - at));
    const uint32_t value = odd[fuzz_below(r, sizeof odd / sizeof *odd)], bytes = 1u << fuzz_below(r, 3);
    const char *word = words[fuzz_below(r, sizeof words / sizeof *words)];
    switch (fuzz_below(r, 9)) {
    case 0: b->data[at] ^= (uint8_t)(1u << fuzz_below(r, 8)); break;
    case 1: b->data[at] = (uint8_t)fuzz_next(r); break;
    case 2:
        for (uint32_t k = 0; k < bytes && at + k < len; k++)
            b->data[at + k] = (uint8_t)(value >> 8 * (fuzz_below(r, 8) ? bytes - 1 - k : k));
        break;
    case 3: splice(b, at, n < len - at ? n : len - at, "", 0); break;
    case 4: splice(b, at, 0, b->data + at, n < len - at ? n : len - at); break;
    case 5: b->len = at; break;
    case 6: splice(b, at, fuzz_below(r, 2) ? 1 : 0, word, strlen(word)); break;
    case 7:
        if (other->len) {
            const uint32_t from = fuzz_below(r, (uint32_t)other->len);
            splice(b, at, 0, other->data + from, 1 + fuzz_below(r, (uint32_t)other->len - from));
        }
        break;
    default: /* a length in front of what it counts, one off */
        b->data[at] = (uint8_t)(b->data[at] + (fuzz_below(r, 2) ? 1 : -1));
        break;
    }
}

void fuzz_mutate(fuzz_random *r, const qn_bytes *from, const qn_bytes *other, qn_bytes *to)
{
    to->len = 0;
    if (!qn_bytes_append(to, from->data, from->len))
        abort();
    for (uint32_t n = 1 + fuzz_below(r, 6); n > 0; n--) {
        if (fuzz_below(r, 3) == 0)
            mutate_parts(r, to, other);
        else
            mutate_bytes(r, to, other);
    }
    if (is_png(to) && fuzz_below(r, 5))
        mend_sums(to);
}
