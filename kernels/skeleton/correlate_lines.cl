/* Correlation of 8-bit samples with whole weights, for a CPU, on rows where they are. Sums are counted in 16 bits and may
 * wrap around on the way: from a.start on, which takes the least sum there can be to 0, the whole sum does not (the host
 * sees to it). A sum less a.start, times a.scale, is the sample of the result.
 *
 * At U[a.taps]: row, column and weight of each of a.count taps that are not 0. APART: a.count weights of rows and a.across of
 * columns, whose products are the kernel's: down the columns into a line, then along it. R: no less than a.r, how far the
 * taps reach to both sides; TAPS: than a.count and a.across. OUT_BYTES: the sample is the result, clamped and rounded;
 * WHOLE: a.scale is 1. */
#define N WORD_LANES
#define STEP (4 * N)
#define PIECE 256 /* pixels that go through the epilogue at once */
#define LOAD_BYTES(p) AS_WORDS(*(const __global bytes_any *)(p))
#define LOAD_WORDS(p) (*(const words_any *)(p))
/* STEP sums to line + i, of what lies at FROM for tap k. */
#define SUM(TO, FIRST, COUNT, WEIGHT, LOAD, FROM)                                                                      \
    {                                                                                                                  \
        words q0 = FIRST, q1 = FIRST, q2 = FIRST, q3 = FIRST;                                                          \
        for (int k = 0; k < (COUNT); k++) {                                                                            \
            const words w = (words)((WEIGHT)[k]);                                                                      \
            q0 += w * LOAD(FROM), q1 += w * LOAD((FROM) + N);                                                          \
            q2 += w * LOAD((FROM) + 2 * N), q3 += w * LOAD((FROM) + 3 * N);                                            \
        }                                                                                                              \
        words_any *d = (words_any *)(TO);                                                                              \
        d[0] = q0, d[1] = q1, d[2] = q2, d[3] = q3;                                                                    \
    }
__kernel WIDE void KERNEL(PARAMETERS) {
    const ARGUMENTS a = TAKE_ARGUMENTS;
    ushort sum[RUN * C + STEP];
    ushort weight[TAPS];
    const __global uchar *from[TAPS];
    const words start = (words)((ushort)a.start);
    const int x0 = (int)get_group_id(0) * RUN;
    const int n = min(RUN, a.ow - x0), samples = n * C;
    const int first = (y0 + (int)get_group_id(1)) * ROWS;
    const int last = min(first + ROWS, a.oh);
    __global const int *restrict table = U + a.taps;
#ifdef APART
    ushort line[(RUN + 2 * R) * C + 2 * STEP];
    ushort along[TAPS];
    for (int k = 0; k < a.count; k++)
        weight[k] = (ushort)table[k];
    for (int k = 0; k < a.across; k++)
        along[k] = (ushort)table[a.count + k];
    /* column i of the line is the picture's x0 - a.r + i; [left, right) lie inside the picture */
    const int width = n + 2 * a.r;
    const int left = clamp(a.r - x0, 0, width), right = clamp(a.w - x0 + a.r, 0, width);
    const int begin = left * C, end = right * C;
#else
    short place[TAPS][2]; /* row and column */
    for (int k = 0; k < a.count; k++) {
        place[k][0] = (short)table[3 * k], place[k][1] = (short)table[3 * k + 1];
        weight[k] = (ushort)table[3 * k + 2];
    }
    /* samples of the run whose taps all lie inside the picture */
    const int begin = min(max(a.r - x0, 0), n) * C, end = max(min(a.w - a.r - x0, n) * C, begin);
#endif
    for (int y = first; y < last; y++) {
#ifdef APART
        for (int k = 0; k < a.count; k++)
            from[k] = IN_ROW(a, Q_MAP(y - a.count / 2 + k, a.h)) + (x0 - a.r) * C;
        for (int next = begin; next < end; next += STEP) {
            const int i = min(next, end - STEP); /* the last ones over some samples once more */
            if (i >= begin)
                SUM(line + i, (words)((ushort)0), a.count, weight, LOAD_BYTES, from[k] + i)
            else /* a very narrow picture */
                for (int j = begin; j < end; j++) {
                    uint q = 0;
                    for (int k = 0; k < a.count; k++)
                        q += (uint)weight[k] * from[k][j];
                    line[j] = (ushort)q;
                }
        }
        for (int i = 0; i < begin; i++)
            line[i] = line[(Q_MAP(x0 - a.r + i / C, a.w) - x0 + a.r) * C + i % C];
        for (int i = end; i < width * C; i++)
            line[i] = line[(Q_MAP(x0 - a.r + i / C, a.w) - x0 + a.r) * C + i % C];
        const int back = (a.r - a.across / 2) * C;
        for (int i = 0; i < samples; i += STEP)
            SUM(sum + i, start, a.across, along, LOAD_WORDS, line + i + back + k * C)
#else
        for (int k = 0; k < a.count; k++)
            from[k] = IN_ROW(a, Q_MAP(y + place[k][0], a.h)) + (x0 + place[k][1]) * C;
        const int whole = end - begin >= STEP ? end : begin; /* a very narrow picture has all columns near its rim */
        for (int next = begin; next < whole; next += STEP) {
            const int i = min(next, end - STEP); /* the last ones over some samples once more */
            SUM(sum + i, start, a.count, weight, LOAD_BYTES, from[k] + i)
        }
#pragma clang loop vectorize(disable) unroll(disable)
        for (int i = 0; i < samples; i++) {
            if (i == begin)
                i = whole;
            if (i >= samples)
                break;
            uint q = (uint)a.start;
            for (int k = 0; k < a.count; k++) {
                const int column = x0 + i / C + place[k][1];
                q += (uint)weight[k] * from[k][i + (Q_MAP(column, a.w) - column) * C];
            }
            sum[i] = (ushort)q;
        }
#endif
#ifdef OUT_BYTES
        __global uchar *restrict d = TARGET_ROW(y) + x0 * C;
        for (int next = 0; next < samples; next += N) {
            const words q = LOAD_WORDS(sum + next);
#ifdef WHOLE
            const words above = q > start ? q - start : (words)((ushort)0);
            const bytes v = AS_BYTES(above < (words)((ushort)255) ? above : (words)((ushort)255));
#else
            const words_real t = AS_REAL(q) * a.scale + a.shift, zero = 0.0f, most = 255.0f;
            const words_real t0 = t > zero ? t : zero, t1 = t0 < most ? t0 : most;
            const bytes v = AS_BYTES(AS_BITS(t1 + 12582912.0f)); /* as q_round */
#endif
            if (next + N <= samples)
                *(__global bytes_any *)(d + next) = v;
            else
                for (int i = next; i < samples; i++)
                    d[i] = v[i - next];
        }
#else
        float o[PIECE * C + N];
        for (int next = 0; next < n; next += PIECE) {
            const int x = max(min(next, n - PIECE), 0), count = min(PIECE, n);
            for (int i = 0; i < count * C; i += N)
                *(words_real_any *)(o + i) = AS_REAL(LOAD_WORDS(sum + x * C + i)) * a.scale + a.shift;
            Q_OUT_ROW(a, x0 + x, y, count, o);
        }
#endif
    }
}
#undef N
#undef STEP
#undef PIECE
#undef LOAD_BYTES
#undef LOAD_WORDS
#undef SUM
