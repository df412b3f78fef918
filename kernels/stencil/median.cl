/* Middle of the sorted (2 MEDIAN_R + 1)^2 neighbours.
 *
 * Radius 1 and 2 on columns that are sorted once for the three or five windows that they are in: of three, the middle of
 * the largest low, the middle middle and the smallest high one (J. L. Smith, "Implementing median filters in XC4000E
 * FPGAs", 1996); of five, by a network; other radii by bisection on the bits of the value, which needs one pass over the window per
 * bit and no memory, whatever the radius. MEDIAN_TYPE holds a sample. */
#if MEDIAN_R == 1
#define MIN(x, y) ((x) < (y) ? (x) : (y))
#define MAX(x, y) ((x) < (y) ? (y) : (x))
static inline void q_median_row(const WIN SAMPLE *t, int ts, TILE SAMPLE *o, int n, __global const int *restrict U) {
    for (int i0 = LID * CHUNK; i0 < n; i0 += LSZ * CHUNK) {
        const int m = min(CHUNK, n - i0);
        MEDIAN_TYPE c0[CHUNK + 2 * C], c1[CHUNK + 2 * C], c2[CHUNK + 2 * C];
        const WIN SAMPLE *s = t + i0 - C;
        for (int i = 0; i < m + 2 * C; i++) {
            const MEDIAN_TYPE x = (MEDIAN_TYPE)s[i - ts], y = (MEDIAN_TYPE)s[i], z = (MEDIAN_TYPE)s[i + ts];
            const MEDIAN_TYPE low = MIN(x, y), high = MAX(x, y), rest = MAX(low, z);
            c0[i] = MIN(low, z);
            c1[i] = MIN(high, rest);
            c2[i] = MAX(high, rest);
        }
        for (int i = 0; i < m; i++) {
            const MEDIAN_TYPE low0 = MAX(c0[i], c0[i + C]), low = MAX(low0, c0[i + 2 * C]);
            const MEDIAN_TYPE high0 = MIN(c2[i], c2[i + C]), high = MIN(high0, c2[i + 2 * C]);
            const MEDIAN_TYPE mid0 = MIN(c1[i], c1[i + C]), mid1 = MAX(c1[i], c1[i + C]);
            const MEDIAN_TYPE mid2 = MIN(mid1, c1[i + 2 * C]), mid = MAX(mid0, mid2);
            const MEDIAN_TYPE a = MIN(low, mid), b = MAX(low, mid), c = MIN(b, high);
            o[i0 + i] = (SAMPLE)MAX(a, c);
        }
    }
}
#undef MIN
#undef MAX
#elif MEDIAN_R == 2
/* Each row of the five sorted columns is sorted (ranks 5 r .. 5 r + 4), and 13 of the 25 may still be the middle: those
 * with at most 12 of the others surely below, and at most 12 surely above. A merge exchange (Batcher's) over these, less
 * all exchanges that never change anything or do not reach the middle: 55 are left, checked over all columns of zeros
 * and ones. */
#define ORDER(i, j)                                                                                                   \
    {                                                                                                                 \
        const MEDIAN_TYPE lo = p##i < p##j ? p##i : p##j, hi = p##i < p##j ? p##j : p##i;                             \
        p##i = lo;                                                                                                    \
        p##j = hi;                                                                                                    \
    }
static inline void q_median_row(const WIN SAMPLE *t, int ts, TILE SAMPLE *o, int n, __global const int *restrict U) {
    for (int i0 = LID * CHUNK; i0 < n; i0 += LSZ * CHUNK) {
        const int m = min(CHUNK, n - i0);
        MEDIAN_TYPE c0[CHUNK + 4 * C], c1[CHUNK + 4 * C], c2[CHUNK + 4 * C], c3[CHUNK + 4 * C], c4[CHUNK + 4 * C];
        const WIN SAMPLE *s = t + i0 - 2 * C;
        for (int i = 0; i < m + 4 * C; i++) {
            MEDIAN_TYPE p0 = (MEDIAN_TYPE)s[i - 2 * ts], p1 = (MEDIAN_TYPE)s[i - ts], p2 = (MEDIAN_TYPE)s[i];
            MEDIAN_TYPE p3 = (MEDIAN_TYPE)s[i + ts], p4 = (MEDIAN_TYPE)s[i + 2 * ts];
            ORDER(0, 1) ORDER(3, 4) ORDER(2, 4) ORDER(2, 3) ORDER(1, 4) ORDER(0, 3) ORDER(0, 2) ORDER(1, 3) ORDER(1, 2)
            c0[i] = p0;
            c1[i] = p1;
            c2[i] = p2;
            c3[i] = p3;
            c4[i] = p4;
        }
        MEDIAN_TYPE q[CHUNK];
        for (int i = 0; i < CHUNK; i++) { /* behind m it is nobody's */
            MEDIAN_TYPE p0 = c0[i], p1 = c0[i + C], p2 = c0[i + 2 * C], p3 = c0[i + 3 * C], p4 = c0[i + 4 * C];
            MEDIAN_TYPE p5 = c1[i], p6 = c1[i + C], p7 = c1[i + 2 * C], p8 = c1[i + 3 * C], p9 = c1[i + 4 * C];
            MEDIAN_TYPE p10 = c2[i], p11 = c2[i + C], p12 = c2[i + 2 * C], p13 = c2[i + 3 * C], p14 = c2[i + 4 * C];
            MEDIAN_TYPE p15 = c3[i], p16 = c3[i + C], p17 = c3[i + 2 * C], p18 = c3[i + 3 * C], p19 = c3[i + 4 * C];
            MEDIAN_TYPE p20 = c4[i], p21 = c4[i + C], p22 = c4[i + 2 * C], p23 = c4[i + 3 * C], p24 = c4[i + 4 * C];
            ORDER(0, 1) ORDER(3, 4) ORDER(2, 4) ORDER(2, 3) ORDER(1, 4) ORDER(0, 3) ORDER(1, 3) ORDER(5, 6)
            ORDER(8, 9) ORDER(7, 9) ORDER(7, 8) ORDER(6, 9) ORDER(5, 8) ORDER(6, 8) ORDER(6, 7) ORDER(10, 11)
            ORDER(13, 14) ORDER(12, 14) ORDER(12, 13) ORDER(11, 14) ORDER(10, 13) ORDER(10, 12) ORDER(11, 13)
            ORDER(11, 12) ORDER(15, 16) ORDER(17, 19) ORDER(17, 18) ORDER(16, 19) ORDER(15, 18) ORDER(15, 17)
            ORDER(16, 18) ORDER(16, 17) ORDER(20, 21) ORDER(22, 24) ORDER(21, 24) ORDER(20, 23) ORDER(20, 22)
            ORDER(21, 23) ORDER(21, 22) ORDER(16, 4) ORDER(20, 12) ORDER(3, 15) ORDER(11, 7) ORDER(21, 8)
            ORDER(13, 4) ORDER(9, 12) ORDER(16, 20) ORDER(15, 7) ORDER(13, 9) ORDER(21, 17) ORDER(20, 13)
            ORDER(7, 21) ORDER(20, 7) ORDER(13, 21) ORDER(13, 7)
            q[i] = p7;
        }
        for (int i = 0; i < m; i++)
            o[i0 + i] = (SAMPLE)q[i];
    }
}
#else
/* n samples of a row at once: the innermost loops run along the row, so that they become vector code. */
static inline void q_median_row(const WIN SAMPLE *t, int ts, TILE SAMPLE *o, int n, __global const int *restrict U) {
    const int half_count = ((2 * MEDIAN_R + 1) * (2 * MEDIAN_R + 1) - 1) / 2;
    for (int i0 = LID * CHUNK; i0 < n; i0 += LSZ * CHUNK) {
        const int m = min(CHUNK, n - i0);
        int key[CHUNK], count[CHUNK];
        for (int i = 0; i < CHUNK; i++)
            key[i] = MEDIAN_START;
        /* the key is the largest of which no more than half_count samples lie below */
        for (int bit = MEDIAN_BITS - 1; bit >= 0; bit--) {
            for (int i = 0; i < CHUNK; i++)
                count[i] = 0;
            for (int dy = -MEDIAN_R; dy <= MEDIAN_R; dy++)
                for (int dx = -MEDIAN_R; dx <= MEDIAN_R; dx++) {
                    const WIN SAMPLE *s = t + dy * ts + dx * C + i0;
                    for (int i = 0; i < m; i++)
                        count[i] += MEDIAN_KEY(s[i]) < (int)((uint)key[i] + (1u << bit)) ? 1 : 0;
                }
            for (int i = 0; i < CHUNK; i++)
                key[i] = count[i] <= half_count ? (int)((uint)key[i] + (1u << bit)) : key[i];
        }
        for (int i = 0; i < m; i++)
            o[i0 + i] = (SAMPLE)MEDIAN_VALUE(key[i]);
    }
}
#endif
#undef ORDER
