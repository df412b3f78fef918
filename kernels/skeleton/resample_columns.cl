/* First half of a resize: each output row is a weighted sum of input rows. Table of row y at U[a.table + 3 y]: first
 * input row, number of taps, offset of the weights from a.table. The picture keeps its width here. */
#ifdef Q_CPU
#define KEEP 64   /* input rows, at most */
#define KEPT 6144 /* samples of them: what the first cache holds */
#define FETCH 4   /* rows ahead */
#endif
__kernel WIDE void KERNEL(PARAMETERS) {
    const ARGUMENTS a = TAKE_ARGUMENTS;
    const int x0 = (int)get_group_id(0) * RUN;
    const int n = min(RUN, a.ow - x0);
    const int samples = n * C, whole = samples / CHUNK * CHUNK;
    const int first = (y0 + (int)get_group_id(1)) * ROWS;
    const int last = min(first + ROWS, a.oh);
    __global const int *restrict table = U + a.table;
    const int left = (x0 + a.vx) * C;
    int kept = 0; /* samples of this run that are done */
#ifdef Q_CPU
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
                    for (int i0 = 0; i0 < width; i0 += CHUNK)
#pragma unroll
                        for (int i = 0; i < CHUNK; i++)
                            t[i0 + i] = (float)s[i0 + i];
                }
                for (int i0 = 0; i0 < width; i0 += CHUNK) {
                    float q[CHUNK];
#pragma unroll
                    for (int i = 0; i < CHUNK; i++)
                        q[i] = 0.0f;
                    for (int k = 0; k < taps; k++) {
                        const float w = as_float(weight[k]);
                        const float *restrict t = tile + ((row + k) & (rows - 1)) * strip + i0;
#pragma unroll
                        for (int i = 0; i < CHUNK; i++)
                            q[i] = fma(w, t[i], q[i]);
                    }
#pragma unroll
                    for (int i = 0; i < CHUNK; i++)
                        d[i0 + i] = q[i];
                }
            }
        }
        kept = whole;
    }
#endif
    for (int y = first; y < last; y++) {
        const int row = table[3 * y], taps = table[3 * y + 1];
        __global const int *restrict weight = table + table[3 * y + 2];
        __global float *restrict d = TARGET_ROW(y) + x0 * C;
        for (int i0 = kept + LID * CHUNK; i0 < whole; i0 += LSZ * CHUNK) {
            float q[CHUNK];
#pragma unroll
            for (int i = 0; i < CHUNK; i++)
                q[i] = 0.0f;
            for (int k = 0; k < taps; k++) {
                const float w = as_float(weight[k]);
                __global const SOURCE *restrict s = SOURCE_ROW(a.vy + row + k) + left + i0;
#pragma unroll
                for (int i = 0; i < CHUNK; i++)
                    q[i] = fma(w, (float)s[i], q[i]);
            }
#pragma unroll
            for (int i = 0; i < CHUNK; i++)
                d[i0 + i] = q[i];
        }
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
#endif
