/* Every pixel on its own: load, expression, store.
 *
 * On a CPU a block of pixels is taken apart into its channels, worked on, and put together again, each in a loop of its
 * own: the compiler makes good code of a loop over strides of three that does nothing else, and of sums over samples
 * that lie side by side, and poor code of both in one. */
#if defined(Q_CPU) && defined(SOURCE_AT) && !defined(FLAT) && (SOURCE_CHANNELS > 1 || TARGET_CHANNELS > 1)
#define BLOCK 128
#define EACH_OF_BLOCK for (int i = 0; i < BLOCK; i++)
#define AS_PIXEL                                                                                                       \
    {(float)r[i], (float)(SOURCE_CHANNELS > 2 ? g : r)[i], (float)(SOURCE_CHANNELS > 2 ? b : r)[i],                    \
     SOURCE_CHANNELS % 2 == 0 ? (float)o[i] : 1.0f}
static inline void Q_BLOCK(const ARGUMENTS a, const int x, const int y) {
    SOURCE r[BLOCK], g[BLOCK], b[BLOCK], o[BLOCK];
    TARGET tr[BLOCK], tg[BLOCK], tb[BLOCK], to[BLOCK];
    const __global SOURCE *restrict p = SOURCE_AT(a, x, y);
    __global TARGET *restrict d = TARGET_ROW(y) + x * TARGET_CHANNELS;
#if SOURCE_CHANNELS == 1
    EACH_OF_BLOCK r[i] = p[i];
#elif SOURCE_CHANNELS == 2
    EACH_OF_BLOCK r[i] = p[2 * i], o[i] = p[2 * i + 1];
#elif SOURCE_CHANNELS == 3
    EACH_OF_BLOCK r[i] = p[3 * i], g[i] = p[3 * i + 1], b[i] = p[3 * i + 2];
#else
    EACH_OF_BLOCK r[i] = p[4 * i], g[i] = p[4 * i + 1], b[i] = p[4 * i + 2], o[i] = p[4 * i + 3];
#endif
    EACH_OF_BLOCK {
        px v = AS_PIXEL;
        v = OUT_PIXEL(a, x + i, y, IN_PIXEL(a, x + i, y, v));
        tr[i] = OUT_SAMPLE(v.r);
        if (TARGET_CHANNELS > 2)
            tg[i] = OUT_SAMPLE(v.g), tb[i] = OUT_SAMPLE(v.b);
        if (TARGET_CHANNELS % 2 == 0)
            to[i] = OUT_SAMPLE(v.a);
    }
#if TARGET_CHANNELS == 1
    EACH_OF_BLOCK d[i] = tr[i];
#elif TARGET_CHANNELS == 2
    EACH_OF_BLOCK d[2 * i] = tr[i], d[2 * i + 1] = to[i];
#elif TARGET_CHANNELS == 3
    EACH_OF_BLOCK d[3 * i] = tr[i], d[3 * i + 1] = tg[i], d[3 * i + 2] = tb[i];
#else
    EACH_OF_BLOCK d[4 * i] = tr[i], d[4 * i + 1] = tg[i], d[4 * i + 2] = tb[i], d[4 * i + 3] = to[i];
#endif
}
#undef AS_PIXEL
#undef EACH_OF_BLOCK
#endif
__kernel WIDE void KERNEL(PARAMETERS) {
    const ARGUMENTS a = TAKE_ARGUMENTS;
    const int x0 = (int)get_group_id(0) * RUN;
    const int x1 = min(x0 + RUN, a.ow);
    const int first = (y0 + (int)get_group_id(1)) * ROWS;
    const int last = min(first + ROWS, a.oh);
    for (int y = first; y < last; y++)
#ifdef FLAT /* every sample for itself, and all alike: a longer row of gray */
        EACH (i, x0 * C, x1 * C)
            OUT(a, i, y, IN(a, i, y));
#else
    {
        int done = x0;
#ifdef BLOCK
        for (; done < x1 && x1 - x0 >= BLOCK; done += BLOCK)
            Q_BLOCK(a, min(done, x1 - BLOCK), y); /* the last one over some pixels once more */
#endif
#ifdef BLOCK /* narrow pictures only: little code */
#pragma clang loop vectorize(disable) unroll(disable)
#endif
        EACH (x, done, x1)
            OUT(a, x, y, IN(a, x, y));
    }
#endif
}
#undef BLOCK
