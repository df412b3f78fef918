/* Means of the square of radius a.r, at most 7, of 8-bit samples, in one pass, for a CPU: sums of columns run down the
 * rows in 16 bits; along a line of them, sums of 1, 2, 4 ... are made in turn, and the square's is made of those that
 * make up its length. EXACT: the mean is the nearest whole sample (an odd count has no ties); OUT_WHOLE: and stored so. */
#define N WORD_LANES
#define PIECE 256 /* pixels that go through the epilogue at once */
#define LINE ((RUN + 4 * R) * C + 4 * N)
#define AT(line, i) (*(words_any *)((line) + (i)))
#define BYTES_AT(row, i) AS_WORDS(*(const __global bytes_any *)((row) + (i)))
#ifdef EXACT /* the half that keeps clear of both neighbours is more than the floats are off */
#define MEAN(s) AS_WORDS((AS_REAL(s) + half_up) * a.mean)
#else
#define MEAN(s) (AS_REAL(s) * a.mean)
#endif
__kernel WIDE void KERNEL(PARAMETERS) {
    const ARGUMENTS a = TAKE_ARGUMENTS;
    ushort column[LINE], m[LINE], sum[LINE];
    const int r = a.r, length = 2 * r + 1;
    const int x0 = (int)get_group_id(0) * RUN;
    const int n = min(RUN, a.ow - x0), samples = n * C;
    const int first = (y0 + (int)get_group_id(1)) * ROWS;
    const int last = min(first + ROWS, a.oh);
    const float half_up = (float)(a.area / 2) + 0.5f;
    /* column i of a line is the picture's x0 - r + i; samples [begin, end) lie inside the picture */
    const int all = (n + 2 * r) * C;
    const int begin = clamp(r - x0, 0, n + 2 * r) * C, end = clamp(a.w - x0 + r, 0, n + 2 * r) * C;
    const int whole = begin + (end - begin) / N * N;
    for (int i = begin; i < end; i++)
        column[i] = 0;
    for (int k = -r; k <= r; k++) {
        const __global uchar *row = IN_ROW(a, Q_MAP(first + k, a.h)) + (x0 - r) * C;
        for (int i = begin; i < end; i++)
            column[i] += row[i];
    }
    for (int y = first; y < last; y++) {
        for (int i = 0; i < begin; i++)
            column[i] = column[(Q_MAP(x0 - r + i / C, a.w) - x0 + r) * C + i % C];
        for (int i = end; i < all; i++)
            column[i] = column[(Q_MAP(x0 - r + i / C, a.w) - x0 + r) * C + i % C];
        /* a vector reads nothing that one before it has written */
        int at = 1; /* columns that are in the sum */
        for (int i = 0; i < all; i += N) {
            AT(sum, i) = AT(column, i);
            AT(m, i) = AT(column, i) + AT(column, i + C);
        }
        for (int k = 2; k <= length; k *= 2) {
            const int takes = length & k, doubles = 2 * k <= length;
            for (int i = 0; i < all; i += N) {
                if (takes)
                    AT(sum, i) += AT(m, i + at * C);
                if (doubles)
                    AT(m, i) += AT(m, i + k * C);
            }
            at += takes;
        }
#ifdef OUT_WHOLE
        __global uchar *restrict d = TARGET_ROW(y) + x0 * C;
        for (int i = 0; i + N <= samples; i += N)
            *(__global bytes_any *)(d + i) = AS_BYTES(MEAN(AT(sum, i)));
        for (int i = samples / N * N; i < samples; i++)
            d[i] = (uchar)(((float)sum[i] + half_up) * a.mean);
#else
        float o[PIECE * C + N];
        for (int next = 0; next < n; next += PIECE) {
            const int x = max(min(next, n - PIECE), 0), count = min(PIECE, n);
            for (int i = 0; i < count * C; i += N) {
#ifdef EXACT
                *(words_real_any *)(o + i) = AS_REAL(MEAN(AT(sum, x * C + i)));
#else
                *(words_real_any *)(o + i) = MEAN(AT(sum, x * C + i));
#endif
            }
            Q_OUT_ROW(a, x0 + x, y, count, o);
        }
#endif
        const __global uchar *in = IN_ROW(a, Q_MAP(y + 1 + r, a.h)) + (x0 - r) * C;
        const __global uchar *gone = IN_ROW(a, Q_MAP(y - r, a.h)) + (x0 - r) * C;
        for (int i = begin; i < whole; i += N)
            AT(column, i) += BYTES_AT(in, i) - BYTES_AT(gone, i);
        for (int i = whole; i < end; i++)
            column[i] += (ushort)(in[i] - gone[i]);
    }
}
#undef N
#undef PIECE
#undef LINE
#undef AT
#undef BYTES_AT
#undef MEAN
