/* Middle of the sorted (2 MEDIAN_R + 1)^2 neighbours.
 *
 * Radius 1 by a sorting network on nine values (the classic 19 exchanges for the median of 9; J. L. Smith,
 * "Implementing median filters in XC4000E FPGAs", 1996); other radii by bisection on the bits of the value, which
 * needs one pass over the window per bit and no memory, whatever the radius. */
#if MEDIAN_R == 1
#define ORDER(i, j)                                                                                                   \
    {                                                                                                                 \
        const float lo = p##i < p##j ? p##i : p##j, hi = p##i < p##j ? p##j : p##i;                                   \
        p##i = lo;                                                                                                    \
        p##j = hi;                                                                                                    \
    }
static inline float q_median(const WIN float *t, int ts, __global const int *restrict U) {
    float p0 = t[-ts - C], p1 = t[-ts], p2 = t[-ts + C];
    float p3 = t[-C], p4 = t[0], p5 = t[C];
    float p6 = t[ts - C], p7 = t[ts], p8 = t[ts + C];
    ORDER(1, 2) ORDER(4, 5) ORDER(7, 8) ORDER(0, 1) ORDER(3, 4) ORDER(6, 7) ORDER(1, 2) ORDER(4, 5) ORDER(7, 8)
    ORDER(0, 3) ORDER(5, 8) ORDER(4, 7) ORDER(3, 6) ORDER(1, 4) ORDER(2, 5) ORDER(4, 7) ORDER(4, 2) ORDER(6, 4)
    ORDER(4, 2)
    return p4;
}
#else
/* n samples of a row at once: the innermost loops run along the row, so that they become vector code. */
static inline void q_median_row(const WIN float *t, int ts, TILE float *o, int n, __global const int *restrict U) {
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
                    const WIN float *s = t + dy * ts + dx * C + i0;
                    for (int i = 0; i < m; i++)
                        count[i] += MEDIAN_KEY(s[i]) < (int)((uint)key[i] + (1u << bit)) ? 1 : 0;
                }
            for (int i = 0; i < CHUNK; i++)
                key[i] = count[i] <= half_count ? (int)((uint)key[i] + (1u << bit)) : key[i];
        }
        for (int i = 0; i < m; i++)
            o[i0 + i] = MEDIAN_VALUE(key[i]);
    }
}
#endif
