/* A separable symmetric sum in one pass, for a CPU: down the columns into a line of sums, then along the line. Only
 * the line lies between the two, in the nearest cache. Rows are read where they are (PLAIN), or, where they are bytes, a
 * prologue makes the samples or a border has a colour, put into a tile first.
 *
 * FIXED: 16-bit fixed point, of which twice as many samples go into a vector as of float. Samples are fractions of
 * FULL, weights of 65536: first the middle's, then one for each pair that lies alike on both sides, of which the mean is
 * taken. A product keeps its upper 16 bits, and a.bias (half of each product's lost bit) is where a sum starts. The
 * weights sum to 65536, so nothing overflows. Else 2 a.r + 1 weights as floats.
 *
 * R: the most that a.r can be. CODES: what the prologue makes of a sample follows from its code alone, one of 256
 * (CODES_SHIFT: is the code, so many bits higher; CODES_DEAR: takes longer than a load). PLAIN: the rows' samples are
 * taken as they are stored; STORED: a vector of them, and PAIR_STORED their pairs. STORE: the sums are the result, in
 * fixed point, after AFTER if there is one, which sees the stencil's input as well; else they are OUT_SCALE times the
 * epilogue's. */
#ifdef FIXED
#define VECTOR words
#define VECTOR_ANY words_any
#define REAL_OF(q) AS_REAL(q)
#define REAL_ANY words_real_any
#define N WORD_LANES
#define WEIGHT(k) ((words)((ushort)U[a.taps + (k)]))
#define START_SUM ((words)((ushort)a.bias))
#define ADD_PAIR(q, w, s, t) q += q_high_words(q_mean_words(s, t), w)
#define ADD_STORED(q, w, s, t) q += q_high_words(PAIR_STORED(s, t), w)
#define TILE_SAMPLE ushort
#define PUT_TILE PUT_FIXED
#define TILE_OF(v) ((ushort)q_round((v) * FROM_VALUE, 65535.0f))
#define PUT_FLAT PUT_FIXED_FLAT
#else
#define VECTOR float16
#define VECTOR_ANY float16_any
#define REAL_OF(q) (q)
#define REAL_ANY float16_any
#define N 16
#define WEIGHT(k) ((float16)(as_float(U[a.taps + r + (k)]) * ((k) == 0 ? 0.5f : 1.0f)))
#define START_SUM ((float16)(0.0f))
#define ADD_PAIR(q, w, s, t) q = fma(w, (s) + (t), q)
#define ADD_STORED(q, w, s, t) q = fma(w, PAIR_STORED(s, t), q)
#define TILE_SAMPLE float
#define PUT_TILE PUT
#define TILE_OF(v) (v)
#define PUT_FLAT q_put1
#endif
#if defined(CODES) && !defined(CODES_SHIFT) && !defined(CODES_DEAR) && !(defined(Q_LOOK_UP) && defined(FIXED))
#undef CODES /* one load for each sample takes longer than a short prologue */
#endif
#define STEP (4 * N)
#define PIECE 256 /* pixels that are summed and go through the epilogue at once */
#if defined(SOURCE_AT) && !defined(PLAIN)
#define Q_FILL Q_BLOCK /* a name of the pass's own */
#ifndef CODES
#define BY_BLOCKS
#endif
#endif
/* Sums q0 .. q3 of four vectors, of pairs of vectors of TYPE; the middle is a pair with itself. */
#define SUM(TYPE, MINUS, PLUS, ADD)                                                                                    \
    VECTOR q0 = start, q1 = start, q2 = start, q3 = start;                                                             \
    for (int k = 0; k <= r; k++) {                                                                                     \
        const VECTOR w = weight[k];                                                                                    \
        const TYPE *s = (const TYPE *)(MINUS);                                                                         \
        const TYPE *t = (const TYPE *)(PLUS);                                                                          \
        ADD(q0, w, s[0], t[0]);                                                                                        \
        ADD(q1, w, s[1], t[1]);                                                                                        \
        ADD(q2, w, s[2], t[2]);                                                                                        \
        ADD(q3, w, s[3], t[3]);                                                                                        \
    }
#define KEEP(p) p[0] = q0, p[1] = q1, p[2] = q2, p[3] = q3
#ifdef BY_BLOCKS
/* A block of pixels of row y behind the prologue into the tile's row t, from pixel `at` of it on; t begins at x. */
static inline void Q_FILL(const ARGUMENTS a, TILE_SAMPLE *t, const int x, const int at, const int y) {
    SOURCE r[BLOCK], g[BLOCK], b[BLOCK], o[BLOCK];
    TILE_SAMPLE tr[BLOCK], tg[BLOCK], tb[BLOCK], to[BLOCK];
    const __global SOURCE *restrict p = SOURCE_AT(a, x + at, y);
    TILE_SAMPLE *d = t + at * C;
    TAKE_APART(p, SOURCE_CHANNELS, r, g, b, o);
    EACH_OF_BLOCK {
        px v = PIXEL(SOURCE_CHANNELS, r, g, b, o);
        v = IN_PIXEL(a, x + at + i, y, v);
        tr[i] = TILE_OF(v.r);
        if (C > 2)
            tg[i] = TILE_OF(v.g), tb[i] = TILE_OF(v.b);
        if (C % 2 == 0)
            to[i] = TILE_OF(v.a);
    }
    PUT_TOGETHER(d, C, tr, tg, tb, to);
}
#elif defined(CODES)
/* n samples at p into the tile at t, by what the prologue makes of each of the 256 codes. */
static inline void Q_FILL(const TILE_SAMPLE *code, TILE_SAMPLE *t, const __global uchar *restrict p, const int n) {
    int i = 0;
#if defined(CODES_SHIFT)
    for (; i + WORD_LANES <= n; i += WORD_LANES)
        *(words_any *)(t + i) = AS_WORDS(*(const __global bytes_any *)(p + i)) << (words)((ushort)CODES_SHIFT);
#elif defined(Q_LOOK_UP) && defined(FIXED)
    const q_word_table table = q_word_table_of(code);
    for (; i + 32 <= n; i += 32)
        *(q_word32_any *)(t + i) = q_look_up_words(table, *(const __global q_byte32_any *)(p + i));
#endif
    for (; i < n; i++)
        t[i] = code[p[i]];
}
#endif
__kernel WIDE void KERNEL(PARAMETERS) {
    const ARGUMENTS a = TAKE_ARGUMENTS;
    TILE_SAMPLE line[(RUN + 2 * R) * C + 2 * STEP] __attribute__((aligned(64)));
    const int r = a.r;
    const int x0 = (int)get_group_id(0) * RUN;
    const int n = min(RUN, a.ow - x0), samples = n * C;
    const int first = (y0 + (int)get_group_id(1)) * ROWS;
    const int last = min(first + ROWS, a.oh);
    const VECTOR start = START_SUM;
    VECTOR weight[R + 1];
    for (int k = 0; k <= r; k++)
        weight[k] = WEIGHT(k);
#ifdef CODES
    TILE_SAMPLE code[256];
    for (int i = 0; i < 256; i++) {
        px v = {(float)i, (float)i, (float)i, 1.0f};
        code[i] = TILE_OF(IN_PIXEL(a, 0, 0, v).r);
    }
#endif
    /* column i of the line and the tile is the picture's x0 - r + i; [left, right) lies inside the picture */
    const int count = n + 2 * r;
    const int left = clamp(r - x0, 0, count);
    const int right = clamp(a.w - x0 + r, 0, count);
#ifndef PLAIN
    const int all = (count * C + STEP - 1) / STEP * STEP; /* rows begin where a vector does */
    TILE_SAMPLE tile[(ROWS + 2 * R) * ((RUN + 2 * R) * C + STEP)] __attribute__((aligned(64)));
    for (int j = 0; j < last - first + 2 * r; j++) {
        const int row = first - r + j;
        TILE_SAMPLE *t = tile + j * all;
#ifdef BORDER_CONSTANT
        if (row < 0 || row >= a.h) {
            for (int i = 0; i < count; i++)
                PUT_TILE(t + i * C, BORDER(a));
            continue;
        }
#endif
        const int y = Q_MAP(row, a.h);
#ifdef SOURCE_AT
        if (row + 2 > 0 && row + 2 < a.h)
            q_fetch(SOURCE_AT(a, x0 - r + left, row + 2), (right - left) * SOURCE_CHANNELS * (int)sizeof(SOURCE));
#endif
        for (int i = 0; i < left; i++)
            PUT_TILE(t + i * C, EDGE_X(a, x0 - r + i, y));
#if defined(CODES)
        Q_FILL(code, t + left * C, SOURCE_AT(a, x0 - r + left, y), (right - left) * C);
#elif defined(IN_FLAT)
        for (int i = left * C; i < right * C; i++)
            PUT_FLAT(t + i, IN_FLAT(a, (x0 - r) * C + i, y));
#else
        int i = left;
#ifdef BY_BLOCKS
        for (; i < right && right - left >= BLOCK; i += BLOCK)
            Q_FILL(a, t, x0 - r, min(i, right - BLOCK), y); /* the last one over some pixels once more */
#pragma clang loop vectorize(disable) unroll(disable)
#endif
        for (; i < right; i++)
            PUT_TILE(t + i * C, IN(a, x0 - r + i, y));
#endif
        for (int i = right; i < count; i++)
            PUT_TILE(t + i * C, EDGE_X(a, x0 - r + i, y));
    }
#endif
    for (int y = first; y < last; y++) {
#ifdef PLAIN
        const __global SOURCE *row[2 * R + 1];
        for (int k = 0; k <= 2 * r; k++)
            row[k] = IN_ROW(a, Q_MAP(y - r + k, a.h)) + (x0 - r) * C;
        const int begin = left * C, end = right * C;
        if (y + r + 2 < a.h)
            q_fetch(IN_ROW(a, y + r + 2) + (x0 - r) * C + begin, (end - begin) * (int)sizeof(SOURCE));
        for (int next = begin; next < end; next += STEP) {
            if (end - begin >= STEP) {
                const int i = min(next, end - STEP); /* the last ones over some samples once more */
                SUM(__global STORED, row[r - k] + i, row[r + k] + i, ADD_STORED)
                VECTOR_ANY *d = (VECTOR_ANY *)(line + i);
                KEEP(d);
            } else { /* a very narrow picture */
                for (int i = begin; i < end; i++) {
                    VECTOR q = start;
                    for (int k = 0; k <= r; k++)
                        ADD_STORED(q, weight[k], (STORED)(row[r - k][i]), (STORED)(row[r + k][i]));
                    line[i] = q[0];
                }
            }
        }
        /* a column outside has the sum of that one inside that stands for it */
        for (int i = 0; i < left * C; i++)
            line[i] = line[(Q_MAP(x0 - r + i / C, a.w) - x0 + r) * C + i % C];
        for (int i = right * C; i < count * C; i++)
            line[i] = line[(Q_MAP(x0 - r + i / C, a.w) - x0 + r) * C + i % C];
#else
        for (int i = 0; i < all; i += STEP) {
            const TILE_SAMPLE *middle = tile + (y - first + r) * all + i;
            SUM(VECTOR_ANY, middle - k * all, middle + k * all, ADD_PAIR)
            VECTOR_ANY *d = (VECTOR_ANY *)(line + i);
            KEEP(d);
        }
#endif
#ifdef STORE
        __global TARGET *restrict out_row = TARGET_ROW(y) + x0 * C;
        TARGET rest[STEP];
#if defined(AFTER) && defined(PLAIN)
        const __global SOURCE *restrict middle = row[r] + r * C;
#elif defined(AFTER)
        const TILE_SAMPLE *middle = tile + (y - first + r) * all + r * C;
#endif
        for (int i = 0; i < samples; i += STEP) {
            SUM(VECTOR_ANY, line + i + (r - k) * C, line + i + (r + k) * C, ADD_PAIR)
            __global STORE_ANY *d = (__global STORE_ANY *)(out_row + i);
            STORE_ANY *e = (STORE_ANY *)rest;
#ifdef AFTER
            words s[4];
#ifdef PLAIN
            if (i + STEP <= samples) {
#pragma unroll
                for (int k = 0; k < 4; k++)
                    s[k] = ((const __global STORED *)(middle + i))[k];
            } else {
                SOURCE last[STEP];
                for (int k = i; k < samples; k++)
                    last[k - i] = middle[k];
#pragma unroll
                for (int k = 0; k < 4; k++)
                    s[k] = ((const STORED *)last)[k];
            }
#else
#pragma unroll
            for (int k = 0; k < 4; k++)
                s[k] = ((const words_any *)(middle + i))[k];
#endif
            q0 = AFTER(a, s[0], q0), q1 = AFTER(a, s[1], q1), q2 = AFTER(a, s[2], q2), q3 = AFTER(a, s[3], q3);
#endif
            q0 = STORE(q0), q1 = STORE(q1), q2 = STORE(q2), q3 = STORE(q3);
            if (i + STEP <= samples) {
                d[0] = STORE_AS(q0), d[1] = STORE_AS(q1), d[2] = STORE_AS(q2), d[3] = STORE_AS(q3);
            } else {
                e[0] = STORE_AS(q0), e[1] = STORE_AS(q1), e[2] = STORE_AS(q2), e[3] = STORE_AS(q3);
                for (int k = i; k < samples; k++)
                    out_row[k] = rest[k - i];
            }
        }
#else
        float o[PIECE * C + STEP];
        for (int next = 0; next < n; next += PIECE) {
            const int x = max(min(next, n - PIECE), 0), m = min(PIECE, n);
            for (int i = 0; i < m * C; i += STEP) {
                const TILE_SAMPLE *at = line + x * C + i;
                SUM(VECTOR_ANY, at + (r - k) * C, at + (r + k) * C, ADD_PAIR)
                REAL_ANY *d = (REAL_ANY *)(o + i);
                d[0] = REAL_OF(q0) * OUT_SCALE, d[1] = REAL_OF(q1) * OUT_SCALE;
                d[2] = REAL_OF(q2) * OUT_SCALE, d[3] = REAL_OF(q3) * OUT_SCALE;
            }
            Q_OUT_ROW(a, x0 + x, y, m, o);
        }
#endif
    }
}
#undef VECTOR
#undef VECTOR_ANY
#undef REAL_OF
#undef REAL_ANY
#undef N
#undef WEIGHT
#undef START_SUM
#undef ADD_PAIR
#undef ADD_STORED
#undef TILE_SAMPLE
#undef PUT_TILE
#undef PUT_FLAT
#undef STEP
#undef PIECE
#undef SUM
#undef KEEP
#undef TILE_OF
#undef BY_BLOCKS
#undef Q_FILL
