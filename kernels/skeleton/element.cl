/* Least or greatest sample under any structuring element, as runs of its rows. A source row is looked at once: from
 * m(i) = best of the 2^k samples from i on, k rising, every run of 2^k .. 2^(k+1) - 1 samples is the best of two m(i),
 * and goes to all rows of the block whose element has such a run there.
 *
 * SAMPLE: float, or the type of the samples where they are taken as they are stored. COMBINE(best, sample), START; REACH: at least rx. IGNORE_OUTSIDE: what lies outside the picture takes no part, and
 * NOTHING is the result where all of the element lies there.
 * U: rx, ry, the greatest k, where the runs of each row -ry..ry begin and end (in ints from U), then for each run
 * k, its first sample, and where its last 2^k samples begin. */
#ifdef IN_ROW
#define LOAD_MIDDLE                                                                                                    \
    const __global SOURCE *restrict p = IN_ROW(a, y) + (x0 - rx) * C;                                                  \
    EACH (i, left * C, right * C)                                                                                      \
        even[i] = (SAMPLE)p[i]
#else
#define LOAD_MIDDLE                                                                                                    \
    EACH (i, left, right)                                                                                              \
        PUT_SAMPLE(even + i * C, IN(a, x0 - rx + i, y))
#endif
__kernel void KERNEL(PARAMETERS) {
    const ARGUMENTS a = TAKE_ARGUMENTS;
    TILE SAMPLE even[(RUN + 2 * REACH) * C], odd[(RUN + 2 * REACH) * C];
    TILE SAMPLE best[ROWS * RUN * C];
    __global const int *restrict element = U + a.window;
    const int rx = element[0], ry = element[1], levels = element[2];
    const int x0 = (int)get_group_id(0) * RUN;
    const int n = min(RUN, a.ow - x0);
    const int first = (y0 + (int)get_group_id(1)) * ROWS;
    const int last = min(first + ROWS, a.oh);
    const int count = n + 2 * rx;
    const int left = clamp(rx - x0, 0, count);
    const int right = clamp(a.w - x0 + rx, 0, count);
    EACH (i, 0, ROWS * RUN * C)
        best[i] = START;
    SYNC;
    for (int row = first - ry; row < last + ry; row++) {
#ifdef IGNORE_OUTSIDE
        if (row < 0 || row >= a.h)
            continue;
        EACH (i, 0, left * C)
            even[i] = START;
        EACH (i, right * C, count * C)
            even[i] = START;
        const int y = row;
        LOAD_MIDDLE;
#else
        int outside = 0;
#ifdef BORDER_CONSTANT
        outside = row < 0 || row >= a.h;
        if (outside)
            EACH (i, 0, count)
                PUT_SAMPLE(even + i * C, BORDER(a));
#endif
        if (!outside) {
            const int y = Q_MAP(row, a.h);
            EACH (i, 0, left)
                PUT_SAMPLE(even + i * C, EDGE_X(a, x0 - rx + i, y));
            LOAD_MIDDLE;
            EACH (i, right, count)
                PUT_SAMPLE(even + i * C, EDGE_X(a, x0 - rx + i, y));
        }
#endif
        SYNC;
        for (int k = 0; k <= levels; k++) {
            const TILE SAMPLE *m = k & 1 ? odd : even;
            TILE SAMPLE *next = k & 1 ? even : odd;
            for (int y = max(first, row - ry); y < min(last, row + ry + 1); y++) {
                TILE SAMPLE *q = best + (y - first) * RUN * C;
                const int end = element[4 + row - y + ry];
                for (int j = element[3 + row - y + ry]; j < end; j += 3) {
                    if (element[j] != k)
                        continue;
                    const TILE SAMPLE *s = m + (rx + element[j + 1]) * C, *t = m + (rx + element[j + 2]) * C;
                    EACH (i, 0, n * C) {
                        const SAMPLE both = COMBINE(s[i], t[i]);
                        q[i] = COMBINE(q[i], both);
                    }
                }
            }
            if (k < levels)
                EACH (i, 0, (count - (2 << k) + 1) * C)
                    next[i] = COMBINE(m[i], m[i + (1 << k) * C]);
            SYNC;
        }
    }
#ifdef NOTHING
    EACH (i, 0, ROWS * RUN * C)
        best[i] = best[i] == START ? NOTHING : best[i];
    SYNC;
#endif
    for (int y = first; y < last; y++)
        EACH (i, 0, n)
            OUT(a, x0 + i, y, GET_SAMPLE(best + ((y - first) * RUN + i) * C));
}
#undef LOAD_MIDDLE
