/* Least or greatest sample of the square of radius a.r, in one pass, for a CPU: down the columns into a line for each of a
 * few rows, then along the lines. Samples stay as they are stored. VECTOR: of the most of
 * them. BEST(p, q): the lesser, or the greater.
 *
 * Down: the rows that all of these rows' squares share are looked at once; from there on, one more above for each row
 * from the last to the first, and one more below for each from the first to the last (M. van Herk, "A fast algorithm for
 * local minimum and maximum filters on rectangular and octagonal kernels", 1992, cut into such groups). Along: from m(k)[i],
 * the best of the 2^k samples from i on, to m(k + 1). */
#define N (int)(sizeof(VECTOR) / sizeof(SOURCE))
#define AT(row) (*(const __global VECTOR_ANY *)((row) + i))
#define GROUP 8
__kernel WIDE void KERNEL(PARAMETERS) {
    const ARGUMENTS a = TAKE_ARGUMENTS;
    SOURCE line[GROUP][(RUN + 4 * R) * C + 2 * N];
    const int r = a.r;
    const int x0 = (int)get_group_id(0) * RUN;
    const int n = min(RUN, a.ow - x0), samples = n * C;
    const int first = (y0 + (int)get_group_id(1)) * ROWS;
    const int last = min(first + ROWS, a.oh);
    /* column i of a line is the picture's x0 - r + i; [left, right) lies inside the picture */
    const int count = n + 2 * r;
    const int left = clamp(r - x0, 0, count);
    const int right = clamp(a.w - x0 + r, 0, count);
    const int begin = left * C, end = right * C;
    for (int top = first; top < last; top += GROUP) {
        const int rows = min(GROUP, last - top);
        /* rows top - r .. top + rows - 1 + r of the source */
        const __global SOURCE *row[GROUP + 2 * R];
        for (int k = 0; k < rows + 2 * r; k++)
            row[k] = IN_ROW(a, Q_MAP(top - r + k, a.h)) + (x0 - r) * C;
        for (int next = begin; next < end; next += N) {
            if (end - begin >= N) {
                const int i = min(next, end - N); /* the last ones over some samples once more */
                if (2 * r >= rows) {
                    VECTOR up = AT(row[rows - 1]);
                    for (int k = rows; k <= 2 * r; k++)
                        up = BEST(up, AT(row[k]));
                    *(VECTOR_ANY *)(line[rows - 1] + i) = up;
                    for (int j = rows - 2; j >= 0; j--) {
                        up = BEST(up, AT(row[j]));
                        *(VECTOR_ANY *)(line[j] + i) = up;
                    }
                    if (rows > 1) {
                        VECTOR down = AT(row[2 * r + 1]);
                        for (int j = 1; j < rows; j++) {
                            down = BEST(down, AT(row[j + 2 * r]));
                            VECTOR_ANY *d = (VECTOR_ANY *)(line[j] + i);
                            *d = BEST(*d, down);
                        }
                    }
                } else
                    for (int j = 0; j < rows; j++) {
                        VECTOR q = AT(row[j]);
                        for (int k = 1; k <= 2 * r; k++)
                            q = BEST(q, AT(row[j + k]));
                        *(VECTOR_ANY *)(line[j] + i) = q;
                    }
            } else /* a very narrow picture */
                for (int j = 0; j < rows; j++)
                    for (int i = begin; i < end; i++) {
                        SOURCE q = row[j][i];
                        for (int k = 1; k <= 2 * r; k++)
                            q = BEST(q, row[j + k][i]);
                        line[j][i] = q;
                    }
        }
        for (int j = 0; j < rows; j++) {
            SOURCE *m = line[j];
            for (int i = 0; i < begin; i++)
                m[i] = m[(Q_MAP(x0 - r + i / C, a.w) - x0 + r) * C + i % C];
            for (int i = end; i < count * C; i++)
                m[i] = m[(Q_MAP(x0 - r + i / C, a.w) - x0 + r) * C + i % C];
            int length = 1; /* a vector reads nothing that one before it has written */
            for (; 2 * length <= 2 * r + 1; length *= 2)
                for (int i = 0; i < count * C; i += N)
                    *(VECTOR_ANY *)(m + i) = BEST(*(VECTOR_ANY *)(m + i), *(VECTOR_ANY *)(m + i + length * C));
            const int more = (2 * r + 1 - length) * C;
#ifdef OUT_COPY
            __global TARGET *restrict d = TARGET_ROW(top + j) + x0 * C;
            int i = 0;
            for (; i + N <= samples; i += N)
                *(__global VECTOR_ANY *)(d + i) = BEST(*(VECTOR_ANY *)(m + i), *(VECTOR_ANY *)(m + i + more));
            for (; i < samples; i++)
                d[i] = BEST(m[i], m[i + more]);
#else
            for (int i = 0; i < samples; i += N)
                *(VECTOR_ANY *)(m + i) = BEST(*(VECTOR_ANY *)(m + i), *(VECTOR_ANY *)(m + i + more));
            Q_OUT_ROW(a, x0, top + j, n, m);
#endif
        }
    }
}
#undef N
#undef AT
#undef GROUP
