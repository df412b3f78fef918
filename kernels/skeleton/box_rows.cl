/* Sums along the rows, in ACC: integers where the samples are whole numbers, so that a mean is exact. */
__kernel void KERNEL(PARAMETERS) {
    const ARGUMENTS a = TAKE_ARGUMENTS;
    TILE ACC tile[(RUN + 2 * R) * C];
#ifdef Q_CPU
    ACC twice[(RUN + 2 * R) * C];
#endif
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
        /* sums of 1, 2, 4 ... samples from i on; the window's is made of those that make up its length */
        const int length = 2 * r + 1;
        for (int i = 0; i < RUN * C; i++)
            o[i] = 0;
        for (int k = 0, at = 0; 1 << k <= length; k++) {
            const ACC *m = k & 1 ? twice : tile;
            ACC *next = k & 1 ? tile : twice;
            if (length & 1 << k) {
                for (int i = 0; i < RUN * C; i++)
                    o[i] += m[i + at * C];
                at += 1 << k;
            }
            if (2 << k <= length)
                for (int i = 0; i < (count - (2 << k) + 1) * C; i++)
                    next[i] = m[i] + m[i + (1 << k) * C];
        }
#else
        EACH (i, 0, RUN * C) {
            ACC q = 0;
            for (int k = 0; k <= 2 * r; k++)
                q += tile[i + k * C];
            o[i] = q;
        }
#endif
        SYNC;
        __global TARGET *restrict d = TARGET_ROW(y) + x0 * C;
        EACH (i, 0, n * C)
            d[i] = (TARGET)o[i];
        SYNC;
    }
}
