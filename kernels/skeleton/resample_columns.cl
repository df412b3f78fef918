/* First half of a resize: each output row is a weighted sum of input rows. Table of row y at U[a.table + 3 y]: first
 * input row, number of taps, offset of the weights from a.table. The picture keeps its width here. */
#ifdef Q_CPU
#define KEEP 64   /* input rows, at most */
#define KEPT 6144 /* samples of them: what the first cache holds */
#define FETCH 4   /* rows ahead */
#define SIXTEEN_(T) T##16_any
#define SIXTEEN(T) SIXTEEN_(T)
/* CHUNK sums into d from `taps` rows, of which row k lies AT and is of vectors of TYPE. */
#define SUM_ROWS(TYPE, AT)                                                                                             \
    {                                                                                                                  \
        float16 q0 = (float16)(0.0f), q1 = q0, q2 = q0, q3 = q0;                                                       \
        for (int k = 0; k < taps; k++) {                                                                               \
            const float16 w = (float16)(as_float(weight[k]));                                                          \
            const TYPE *t = (const TYPE *)(AT);                                                                        \
            q0 = fma(w, convert_float16(t[0]), q0), q1 = fma(w, convert_float16(t[1]), q1);                            \
            q2 = fma(w, convert_float16(t[2]), q2), q3 = fma(w, convert_float16(t[3]), q3);                            \
        }                                                                                                              \
        __global float16_any *e = (__global float16_any *)(d + i0);                                                    \
        e[0] = q0, e[1] = q1, e[2] = q2, e[3] = q3;                                                                    \
    }
#endif
__kernel WIDE void KERNEL(PARAMETERS) {
    const ARGUMENTS a = TAKE_ARGUMENTS;
    const int x0 = (int)get_group_id(0) * RUN;
    const int n = min(RUN, a.ow - x0);
    const int samples = n * C;
    const int first = (y0 + (int)get_group_id(1)) * ROWS;
    const int last = min(first + ROWS, a.oh);
    __global const int *restrict table = U + a.table;
    const int left = (x0 + a.vx) * C;
#ifdef Q_CPU
    const int whole = samples / CHUNK * CHUNK;
    int kept = 0; /* samples of this run that are done */
    int most = 1, uses = 0;
    for (int y = first; y < last; y++) {
        most = max(most, table[3 * y + 1]);
        uses += table[3 * y + 1];
    }
    /* a row that several outputs need becomes floats once */
    if (sizeof(SOURCE) < sizeof(float) && most <= KEEP &&
        uses > 2 * (table[3 * (last - 1)] + table[3 * (last - 1) + 1] - table[3 * first])) {
        TILE float tile[KEPT];
        const int rows = most <= KEEP / 4 ? KEEP / 4 : most <= KEEP / 2 ? KEEP / 2 : KEEP;
        const int strip = KEPT / rows / CHUNK * CHUNK;
        for (; kept < whole; kept += strip) {
            const int width = min(strip, whole - kept);
            int next = 0;
            for (int y = first; y < last; y++) {
                const int row = table[3 * y], taps = table[3 * y + 1];
                __global const int *restrict weight = table + table[3 * y + 2];
                __global float *restrict d = TARGET_ROW(y) + x0 * C + kept;
                for (next = max(next, row); next < row + taps; next++) {
                    __global const SOURCE *restrict s = SOURCE_ROW(a.vy + next) + left + kept;
                    float *restrict t = tile + (next & (rows - 1)) * strip;
                    q_fetch(SOURCE_ROW(a.vy + next + FETCH) + left + kept, width * (int)sizeof(SOURCE));
                    for (int i = 0; i < width; i += 16)
                        *(float16_any *)(t + i) = convert_float16(*(__global const SIXTEEN(SOURCE) *)(s + i));
                }
                for (int i0 = 0; i0 < width; i0 += CHUNK)
                    SUM_ROWS(float16_any, tile + ((row + k) & (rows - 1)) * strip + i0)
            }
        }
        kept = whole;
    }
#endif
    for (int y = first; y < last; y++) {
        const int row = table[3 * y], taps = table[3 * y + 1];
        __global const int *restrict weight = table + table[3 * y + 2];
        __global float *restrict d = TARGET_ROW(y) + x0 * C;
#ifdef Q_CPU
        for (int i0 = kept; i0 < whole; i0 += CHUNK)
            SUM_ROWS(__global SIXTEEN(SOURCE), SOURCE_ROW(a.vy + row + k) + left + i0)
#endif
#ifndef Q_CPU
        const int whole = 0;
#endif
        EACH (i, whole, samples) {
            float q = 0.0f;
            for (int k = 0; k < taps; k++)
                q = fma(as_float(weight[k]), (float)SOURCE_ROW(a.vy + row + k)[left + i], q);
            d[i] = q;
        }
    }
}
#ifdef Q_CPU
#undef KEEP
#undef KEPT
#undef FETCH
#undef SIXTEEN_
#undef SIXTEEN
#undef SUM_ROWS
#endif
