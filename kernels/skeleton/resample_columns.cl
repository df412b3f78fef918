/* First half of a resize: each output row is a weighted sum of input rows. Table of row y at U[a.table + 3 y]: first
 * input row, number of taps, offset of the weights from a.table. The picture keeps its width here. */
__kernel WIDE void KERNEL(PARAMETERS) {
    const ARGUMENTS a = TAKE_ARGUMENTS;
    const int x0 = (int)get_group_id(0) * RUN;
    const int n = min(RUN, a.ow - x0);
    const int samples = n * C, whole = samples / CHUNK * CHUNK;
    const int first = (y0 + (int)get_group_id(1)) * ROWS;
    const int last = min(first + ROWS, a.oh);
    __global const int *restrict table = U + a.table;
    const int left = (x0 + a.vx) * C;
    for (int y = first; y < last; y++) {
        const int row = table[3 * y], taps = table[3 * y + 1];
        __global const int *restrict weight = table + table[3 * y + 2];
        __global float *restrict d = TARGET_ROW(y) + x0 * C;
        for (int i0 = LID * CHUNK; i0 < whole; i0 += LSZ * CHUNK) {
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
