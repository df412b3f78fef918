#include "deflate_seam.h"

#include <string.h>

enum { CODE_MAX = 15, LITERALS = 288, DISTANCES = 32, LENGTHS = 19, END = 256 };
enum { LITERALS_USED = 286, DISTANCES_USED = 30 }; /* the last ones have codes in fixed blocks, and must not occur */

/* An entry of a table: the bits of its symbol, with the extra bits behind the code, and what it is. No bits: no code
 * begins so. */
enum { BITS = 0x1f, IS_LENGTH = 0x20, IS_END = 0x40 };

typedef struct table {
    unsigned bits; /* of the longest code, by so many the table is indexed */
    uint8_t entry[1 << CODE_MAX];
} table;

typedef struct walk {
    const uint8_t *data;
    size_t len, pos; /* bytes; pos: of the next one that goes into `bits`, on behind the end, where zeros are */
    uint64_t bits;
    unsigned n; /* of `bits` */
    table literal, distance;
} walk;

/* At least 56 bits. What stands in `bits` above n is what comes next, so that it may be set again. */
static inline void refill(walk *w)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (w->pos + 8 <= w->len) {
        uint64_t more;
        memcpy(&more, w->data + w->pos, sizeof more);
        w->bits |= more << w->n;
        w->pos += (63 - w->n) >> 3;
        w->n |= 56;
        return;
    }
#endif
    for (; w->n <= 56; w->n += 8, w->pos++)
        w->bits |= (uint64_t)(w->pos < w->len ? w->data[w->pos] : 0) << w->n;
}

static inline void skip(walk *w, unsigned n)
{
    w->bits >>= n;
    w->n -= n;
}

/* Up to 16; refilled before. */
static unsigned take(walk *w, unsigned n)
{
    const unsigned v = (unsigned)(w->bits & ((1u << n) - 1));
    skip(w, n);
    return v;
}

static size_t bit_position(const walk *w)
{
    return 8 * w->pos - w->n;
}

static bool beyond_end(const walk *w)
{
    return bit_position(w) > 8 * w->len;
}

static unsigned reversed(unsigned code, unsigned n)
{
    unsigned r = 0;
    for (; n > 0; n--, code >>= 1)
        r = r << 1 | (code & 1);
    return r;
}

/* Canonical codes of these lengths (0: the symbol has none); what[i] is the entry without the code's own bits. Symbols
 * from `used` on stand for nothing. False: more codes than there is room for. */
static bool make_table(table *t, const uint8_t *length, const uint8_t *what, unsigned n, unsigned used)
{
    unsigned count[CODE_MAX + 1] = { 0 }, next[CODE_MAX + 2] = { 0 };
    for (unsigned i = 0; i < n; i++)
        count[length[i]]++;
    count[0] = 0;
    t->bits = 1;
    for (unsigned bits = 1; bits <= CODE_MAX; bits++) {
        next[bits + 1] = (next[bits] + count[bits]) << 1;
        if (next[bits] + count[bits] > 1u << bits)
            return false;
        if (count[bits])
            t->bits = bits;
    }
    memset(t->entry, 0, (size_t)1 << t->bits);
    for (unsigned i = 0; i < n; i++) {
        if (length[i] == 0)
            continue;
        const uint8_t entry = i < used ? (uint8_t)(what[i] + length[i]) : 0;
        for (unsigned at = reversed(next[length[i]]++, length[i]); at < 1u << t->bits; at += 1u << length[i])
            t->entry[at] = entry;
    }
    return true;
}

/* Extra bits behind each symbol: RFC 1951, 3.2.5. */
static bool make_tables(walk *w, const uint8_t *length, unsigned literals, unsigned distances)
{
    uint8_t what[LITERALS] = { 0 };
    for (unsigned i = END + 1; i < LITERALS; i++)
        what[i] = (uint8_t)(IS_LENGTH | (i < 265 || i >= 285 ? 0 : (i - 261) / 4));
    what[END] = IS_END;
    if (!make_table(&w->literal, length, what, literals, LITERALS_USED))
        return false;
    for (unsigned i = 0; i < DISTANCES; i++)
        what[i] = (uint8_t)(i < 4 ? 0 : i / 2 - 1);
    return make_table(&w->distance, length + literals, what, distances, DISTANCES_USED);
}

static bool fixed_codes(walk *w)
{
    uint8_t length[LITERALS + DISTANCES];
    memset(length, 8, 144);
    memset(length + 144, 9, 112);
    memset(length + 256, 7, 24);
    memset(length + 280, 8, 8);
    memset(length + LITERALS, 5, DISTANCES);
    return make_tables(w, length, LITERALS, DISTANCES);
}

static bool dynamic_codes(walk *w)
{
    static const uint8_t order[LENGTHS] = { 16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15 };
    static const uint8_t none[LENGTHS] = { 0 };
    uint8_t code[LENGTHS] = { 0 }, length[LITERALS + DISTANCES] = { 0 };
    refill(w);
    const unsigned literals = 257 + take(w, 5), distances = 1 + take(w, 5), codes = 4 + take(w, 4);
    for (unsigned i = 0; i < codes; i++) {
        refill(w);
        code[order[i]] = (uint8_t)take(w, 3);
    }
    if (literals > LITERALS_USED || distances > DISTANCES_USED ||
        !make_table(&w->literal, code, none, LENGTHS, LENGTHS))
        return false;
    uint8_t value[1 << 7]; /* which symbol: the table tells only how long it is */
    unsigned next = 0;
    for (unsigned bits = 1; bits <= w->literal.bits; bits++, next <<= 1)
        for (unsigned i = 0; i < LENGTHS; i++)
            if (code[i] == bits)
                for (unsigned at = reversed(next++, bits); at < 1u << w->literal.bits; at += 1u << bits)
                    value[at] = (uint8_t)i;
    for (unsigned i = 0; i < literals + distances;) {
        refill(w);
        const unsigned at = (unsigned)w->bits & ((1u << w->literal.bits) - 1);
        if (w->literal.entry[at] == 0 || beyond_end(w))
            return false;
        skip(w, w->literal.entry[at]);
        if (value[at] < 16) {
            length[i++] = value[at];
            continue;
        }
        if (value[at] == 16 && i == 0)
            return false;
        const uint8_t repeated = value[at] == 16 ? length[i - 1] : 0;
        unsigned times = value[at] == 16 ? 3 + take(w, 2) : value[at] == 17 ? 3 + take(w, 3) : 11 + take(w, 7);
        for (; times > 0 && i < literals + distances; times--)
            length[i++] = repeated;
        if (times > 0)
            return false;
    }
    return make_tables(w, length, literals, distances);
}

static bool pass_stored(walk *w)
{
    skip(w, w->n % 8);
    refill(w);
    const unsigned n = take(w, 16);
    skip(w, 16);
    w->pos = bit_position(w) / 8 + n;
    w->bits = w->n = 0;
    return true;
}

/* The symbols up to the end of the block. 56 bits hold two literals and a length, or a distance. */
static bool pass_symbols(walk *w)
{
    const uint64_t literal = ((uint64_t)1 << w->literal.bits) - 1, distance = ((uint64_t)1 << w->distance.bits) - 1;
    while (w->pos <= w->len + 8) {
        refill(w);
        unsigned e = w->literal.entry[w->bits & literal];
        skip(w, e & BITS);
        for (int i = 0; i < 2 && e && e < IS_LENGTH; i++) {
            e = w->literal.entry[w->bits & literal];
            skip(w, e & BITS);
        }
        if (e & IS_LENGTH) {
            refill(w);
            e = w->distance.entry[w->bits & distance];
            skip(w, e & BITS);
        }
        if (e == 0)
            return false;
        if (e & IS_END)
            return true;
    }
    return false;
}

/* All blocks; *mark is the bit that says which one is the last. */
static bool pass_blocks(walk *w, const uint8_t *data, size_t len, size_t *mark)
{
    w->data = data;
    w->len = len;
    w->pos = 0;
    w->bits = w->n = 0;
    for (bool last = false; !last;) {
        refill(w);
        *mark = bit_position(w);
        last = take(w, 1);
        const unsigned kind = take(w, 2);
        const bool ok = kind == 0   ? pass_stored(w)
                        : kind == 1 ? fixed_codes(w) && pass_symbols(w)
                        : kind == 2 ? dynamic_codes(w) && pass_symbols(w)
                                    : false;
        if (!ok || beyond_end(w))
            return false;
    }
    return true;
}

bool io_deflate_begins_regular(const uint8_t *data, size_t len)
{
    enum { LOOKED_AT = 8 << 10 };
    walk w;
    size_t mark;
    const size_t end = len < LOOKED_AT ? len : LOOKED_AT;
    return pass_blocks(&w, data, end, &mark) || (end < len && w.pos + 8 > end);
}

size_t io_deflate_open_end(uint8_t *data, size_t len)
{
    walk w;
    size_t mark = 0;
    if (!pass_blocks(&w, data, len, &mark))
        return 0;
    const size_t end = bit_position(&w), bytes = (end + 3 + 7) / 8; /* a block's header: not the last, stored */
    if ((end + 7) / 8 != len)
        return 0;
    static const uint8_t no_bytes[4] = { 0, 0, 0xff, 0xff };
    data[mark / 8] &= (uint8_t) ~(1u << mark % 8);
    if (bytes > len)
        data[len] = 0;
    memcpy(data + bytes, no_bytes, sizeof no_bytes);
    return bytes + sizeof no_bytes;
}
