/* The epilogue of a stencil's row, for a CPU: Q_OUT_ROW(a, x, y, n, q) stores pixels x .. x + n - 1 of row y, whose
 * interleaved samples q[] are. They are worked on by blocks, as in point.cl. ROW_SAMPLE: the type of q. */
#ifdef ROW_SAMPLE
#define ROW_OF ROW_SAMPLE
#else
#define ROW_OF float
#endif
#undef BLOCK
#define BLOCK 64
static inline void Q_OUT_ROW(const ARGUMENTS a, const int x, const int y, const int n, const ROW_OF *q) {
#if defined(OUT_PLAIN)
    __global TARGET *restrict d = TARGET_ROW(y) + x * C;
    for (int i = 0; i < n * C; i++)
        d[i] = OUT_SAMPLE((float)q[i]);
#elif defined(FLAT)
    for (int i = 0; i < n * C; i++)
        OUT(a, x * C + i, y, q_gray((float)q[i], 1.0f));
#else
    int done = 0;
    for (; done < n && n >= BLOCK; done += BLOCK) {
        const int at = min(done, n - BLOCK); /* the last one over some pixels once more */
        const ROW_OF *p = q + at * C;
        __global TARGET *restrict d = TARGET_ROW(y) + (x + at) * TARGET_CHANNELS;
        TARGET tr[BLOCK], tg[BLOCK], tb[BLOCK], to[BLOCK];
        ROW_OF r[BLOCK], g[BLOCK], b[BLOCK], o[BLOCK];
        TAKE_APART(p, C, r, g, b, o);
        EACH_OF_BLOCK {
            px v = PIXEL(C, r, g, b, o);
            v = OUT_PIXEL(a, x + at + i, y, v);
            tr[i] = OUT_SAMPLE(v.r);
            if (TARGET_CHANNELS > 2)
                tg[i] = OUT_SAMPLE(v.g), tb[i] = OUT_SAMPLE(v.b);
            if (TARGET_CHANNELS % 2 == 0)
                to[i] = OUT_SAMPLE(v.a);
        }
        PUT_TOGETHER(d, TARGET_CHANNELS, tr, tg, tb, to);
    }
#pragma clang loop vectorize(disable) unroll(disable)
    for (; done < n; done++) {
        const ROW_OF *p = q + done * C;
        px v = {(float)p[0], (float)p[C > 2 ? 1 : 0], (float)p[C > 2 ? 2 : 0], C % 2 == 0 ? (float)p[C - 1] : 1.0f};
        OUT(a, x + done, y, v);
    }
#endif
}
#undef ROW_SAMPLE
#undef ROW_OF
#undef BLOCK
#define BLOCK 128 /* as in apart.cl */
