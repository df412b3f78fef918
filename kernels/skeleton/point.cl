/* Every pixel on its own: load, expression, store. */
#if defined(Q_CPU) && defined(SOURCE_AT) && !defined(FLAT) && (SOURCE_CHANNELS > 1 || TARGET_CHANNELS > 1)
#define BY_BLOCKS
static inline void Q_BLOCK(const ARGUMENTS a, const int x, const int y) {
    SOURCE r[BLOCK], g[BLOCK], b[BLOCK], o[BLOCK];
    TARGET tr[BLOCK], tg[BLOCK], tb[BLOCK], to[BLOCK];
    const __global SOURCE *restrict p = SOURCE_AT(a, x, y);
    __global TARGET *restrict d = TARGET_ROW(y) + x * TARGET_CHANNELS;
    TAKE_APART(p, SOURCE_CHANNELS, r, g, b, o);
    EACH_OF_BLOCK {
        px v = PIXEL(SOURCE_CHANNELS, r, g, b, o);
        v = OUT_PIXEL(a, x + i, y, IN_PIXEL(a, x + i, y, v));
        tr[i] = OUT_SAMPLE(v.r);
        if (TARGET_CHANNELS > 2)
            tg[i] = OUT_SAMPLE(v.g), tb[i] = OUT_SAMPLE(v.b);
        if (TARGET_CHANNELS % 2 == 0)
            to[i] = OUT_SAMPLE(v.a);
    }
    PUT_TOGETHER(d, TARGET_CHANNELS, tr, tg, tb, to);
}
#endif
__kernel WIDE void KERNEL(PARAMETERS) {
    const ARGUMENTS a = TAKE_ARGUMENTS;
    const int x0 = (int)get_group_id(0) * RUN;
    const int x1 = min(x0 + RUN, a.ow);
    const int first = (y0 + (int)get_group_id(1)) * ROWS;
    const int last = min(first + ROWS, a.oh);
    for (int y = first; y < last; y++) {
#ifdef FLAT /* every sample for itself, and all alike: a longer row of gray */
        EACH (i, x0 * C, x1 * C)
            OUT(a, i, y, IN(a, i, y));
#else
        int done = x0;
#ifdef BY_BLOCKS
        for (; done < x1 && x1 - x0 >= BLOCK; done += BLOCK)
            Q_BLOCK(a, min(done, x1 - BLOCK), y); /* the last one over some pixels once more */
#pragma clang loop vectorize(disable) unroll(disable) /* narrow pictures only: little code */
#endif
        EACH (x, done, x1)
            OUT(a, x, y, IN(a, x, y));
#endif
    }
}
#undef BY_BLOCKS
