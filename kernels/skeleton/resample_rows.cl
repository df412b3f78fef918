/* Second half of a resize: along the rows. On a CPU the rows of a block lie side by side in the tile (sample s of row
 * l at tile[s * LANES + l]), so that the sum over the taps, whose start differs from column to column, still runs as
 * vector code: across rows. Where an output needs more input than the tile holds (SPAN pixels), it is summed from
 * the surface. Table as in resample_columns, of columns; a.run: outputs whose inputs fit the tile, 0: none. */
__kernel void KERNEL(PARAMETERS) {
    const ARGUMENTS a = TAKE_ARGUMENTS;
    TILE float tile[SPAN * C * LANES];
    TILE float o[RUN * C * LANES];
    const int x0 = (int)get_group_id(0) * RUN;
    const int x1 = min(x0 + RUN, a.ow);
    const int first = (y0 + (int)get_group_id(1)) * LANES;
    const int rows = min(LANES, a.oh - first);
    __global const int *restrict table = U + a.table;
    const int step = a.run > 0 ? a.run : 1;
    for (int x = x0; x < x1; x += step) {
        const int xe = min(x + step, x1);
        const int column = table[3 * x];
        if (a.run > 0) {
            const int span = table[3 * (xe - 1)] + table[3 * (xe - 1) + 1] - column;
            for (int l = 0; l < LANES; l++) {
                __global const SOURCE *restrict s =
                    SOURCE_ROW(first + min(l, rows - 1)) + column * C;
                EACH (i, 0, span * C)
                    tile[i * LANES + l] = (float)s[i];
            }
            SYNC;
            EACH (i, 0, (xe - x) * C) {
                const int c = i % C;
                const int from = table[3 * (x + i / C)] - column, taps = table[3 * (x + i / C) + 1];
                __global const int *restrict weight = table + table[3 * (x + i / C) + 2];
                float q[LANES];
#pragma unroll
                for (int l = 0; l < LANES; l++)
                    q[l] = 0.0f;
                for (int k = 0; k < taps; k++) {
                    const float w = as_float(weight[k]);
                    const TILE float *t = tile + ((from + k) * C + c) * LANES;
#pragma unroll
                    for (int l = 0; l < LANES; l++)
                        q[l] = fma(w, t[l], q[l]);
                }
                for (int l = 0; l < LANES; l++)
                    o[l * RUN * C + i] = q[l];
            }
        } else {
            const int taps = table[3 * x + 1];
            __global const int *restrict weight = table + table[3 * x + 2];
            for (int l = 0; l < rows; l++)
                EACH (c, 0, C) {
                    __global const SOURCE *restrict s = SOURCE_ROW(first + l) + column * C + c;
                    float q = 0.0f;
                    for (int k = 0; k < taps; k++)
                        q = fma(as_float(weight[k]), (float)s[k * C], q);
                    o[l * RUN * C + c] = q;
                }
        }
        SYNC;
        for (int l = 0; l < rows; l++)
            EACH (i, 0, xe - x)
                OUT(a, x + i, first + l, GET(o + l * RUN * C + i * C));
        SYNC;
    }
}
