/* Middle of the nine samples around each, as they are stored, for a CPU: columns of three are sorted once for the three
 * squares that they are in, into a line each of their least, middle and greatest; the middle of a square is that of the
 * greatest least, the middle middle and the least greatest one (J. L. Smith, "Implementing median filters in XC4000E
 * FPGAs", 1996). VECTOR: of the most samples. */
#define N (int)(sizeof(VECTOR) / sizeof(SOURCE))
#define LESS(p, q) ((p) < (q) ? (p) : (q))
#define MORE(p, q) ((p) > (q) ? (p) : (q))
#define MIDDLE(p, q, s) MORE(LESS(p, q), LESS(MORE(p, q), s))
#define SORTED(T, x, y, z)                                                                                             \
    {                                                                                                                  \
        const T low = LESS(x, y), high = MORE(x, y), rest = MORE(low, z);                                              \
        *(T *)(least + i) = LESS(low, z);                                                                              \
        *(T *)(middle + i) = LESS(high, rest);                                                                         \
        *(T *)(most + i) = MORE(high, rest);                                                                           \
    }
#define THIRD(line, k) (*(const VECTOR_ANY *)((line) + i + (k) * C))
__kernel WIDE void KERNEL(PARAMETERS) {
    const ARGUMENTS a = TAKE_ARGUMENTS;
    SOURCE least[(RUN + 2) * C + 2 * N], middle[(RUN + 2) * C + 2 * N], most[(RUN + 2) * C + 2 * N];
    const int x0 = (int)get_group_id(0) * RUN;
    const int n = min(RUN, a.ow - x0), samples = n * C;
    const int first = (y0 + (int)get_group_id(1)) * ROWS;
    const int last = min(first + ROWS, a.oh);
    /* column i of a line is the picture's x0 - 1 + i; [begin, end) are the samples inside the picture */
    const int begin = x0 > 0 ? 0 : C, end = min(a.w - x0 + 1, n + 2) * C;
    for (int y = first; y < last; y++) {
        const __global SOURCE *above = IN_ROW(a, Q_MAP(y - 1, a.h)) + (x0 - 1) * C;
        const __global SOURCE *at = IN_ROW(a, y) + (x0 - 1) * C;
        const __global SOURCE *below = IN_ROW(a, Q_MAP(y + 1, a.h)) + (x0 - 1) * C;
        for (int next = begin; next < end; next += N) {
            if (end - begin >= N) {
                const int i = min(next, end - N); /* the last ones over some samples once more */
                const VECTOR x = *(const __global VECTOR_ANY *)(above + i), v = *(const __global VECTOR_ANY *)(at + i),
                             z = *(const __global VECTOR_ANY *)(below + i);
                SORTED(VECTOR_ANY, x, v, z)
            } else /* a very narrow picture */
                for (int i = begin; i < end; i++)
                    SORTED(SOURCE, above[i], at[i], below[i])
        }
        for (int i = 0; i < begin; i++) {
            const int from = (Q_MAP(x0 - 1, a.w) - x0 + 1) * C + i;
            least[i] = least[from], middle[i] = middle[from], most[i] = most[from];
        }
        for (int i = end; i < samples + 2 * C; i++) {
            const int from = (Q_MAP(x0 + n, a.w) - x0 + 1) * C + i - end;
            least[i] = least[from], middle[i] = middle[from], most[i] = most[from];
        }
        __global TARGET *restrict d = TARGET_ROW(y) + x0 * C;
        for (int i = 0; i < samples; i += N) {
            const VECTOR low = MORE(MORE(THIRD(least, 0), THIRD(least, 1)), THIRD(least, 2));
            const VECTOR high = LESS(LESS(THIRD(most, 0), THIRD(most, 1)), THIRD(most, 2));
            const VECTOR mid = MIDDLE(THIRD(middle, 0), THIRD(middle, 1), THIRD(middle, 2));
            const VECTOR q = MIDDLE(low, mid, high);
#ifdef OUT_COPY
            if (i + N <= samples)
                *(__global VECTOR_ANY *)(d + i) = q;
            else
#endif
                *(VECTOR_ANY *)(least + i) = q; /* nothing reads it there any more */
        }
#ifdef OUT_COPY
        for (int i = samples / N * N; i < samples; i++)
            d[i] = least[i];
#else
        Q_OUT_ROW(a, x0, y, n, least);
#endif
    }
}
#undef N
#undef LESS
#undef MORE
#undef MIDDLE
#undef SORTED
#undef THIRD
