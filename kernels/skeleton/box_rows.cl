/* Sums along the rows, in ACC: integers where the samples are whole numbers, so that a mean is exact. */
__kernel void KERNEL(PARAMETERS) {
    const ARGUMENTS a = TAKE_ARGUMENTS;
    TILE ACC tile[(RUN + 2 * R) * C];
    TILE ACC o[RUN * C];
    const int x0 = (int)get_group_id(0) * RUN;
    const int n = min(RUN, a.ow - x0);
    const int first = (y0 + (int)get_group_id(1)) * ROWS;
    const int last = min(first + ROWS, a.oh);
    const int r = a.r;
    const int count = RUN + 2 * r;
    const int left = clamp(r - x0, 0, count);
    const int right = clamp(a.w - x0 + r, 0, count);
    for (int y = first; y < last; y++) {
        EACH (i, 0, left)
            PUT_ACC(tile + i * C, EDGE_X(a, x0 - r + i, y));
#ifdef IN_ROW
        const __global SOURCE *restrict p = IN_ROW(a, y) + (x0 - r) * C;
        EACH (i, left * C, right * C)
            tile[i] = (ACC)p[i];
#else
        EACH (i, left, right)
            PUT_ACC(tile + i * C, IN(a, x0 - r + i, y));
#endif
        EACH (i, right, count)
            PUT_ACC(tile + i * C, EDGE_X(a, x0 - r + i, y));
        SYNC;
#ifdef Q_CPU
        if (r > 8) { /* a running sum: each channel's next sum from its last */
            for (int c = 0; c < C; c++) {
                ACC s = 0;
                for (int k = 0; k <= 2 * r; k++)
                    s += tile[k * C + c];
                o[c] = s;
            }
            for (int i = C; i < n * C; i++)
                o[i] = o[i - C] + (tile[i + 2 * r * C] - tile[i - C]);
        } else
#endif
            for (int i0 = LID * CHUNK; i0 < RUN * C; i0 += LSZ * CHUNK) {
                ACC q[CHUNK];
#pragma unroll
                for (int i = 0; i < CHUNK; i++)
                    q[i] = 0;
                for (int k = 0; k <= 2 * r; k++)
#pragma unroll
                    for (int i = 0; i < CHUNK; i++)
                        q[i] += tile[i0 + k * C + i];
#pragma unroll
                for (int i = 0; i < CHUNK; i++)
                    o[i0 + i] = q[i];
            }
        SYNC;
        __global TARGET *restrict d = TARGET_ROW(y) + x0 * C;
        EACH (i, 0, n * C)
            d[i] = (TARGET)o[i];
        SYNC;
    }
}
