/* Counts: each work-group into its own slice of the histograms (no atomics where a group is one work-item), so that
 * the result does not depend on who ran when. A launch counts the picture's block rows [y0, y1), on top of what earlier
 * ones counted. BIN(v, c): bin of channel c, HC channels of BINS bins.
 *
 * On a CPU the bins of a block of pixels are found in vector code, and few of them are counted by four counters in turn:
 * an equal bin just before would have to be waited for. */
#if defined(Q_CPU) && defined(SOURCE_AT)
#define BY_BLOCKS
#if BINS > 256
#define TURNS 1
#define COUNTER(i, c, bin) h[(c) * BINS + (bin)]
#else
#define TURNS 4
#define COUNTER(i, c, bin) part[(i) % TURNS][(c) * BINS + (bin)]
#endif
#endif
__kernel WIDE void KERNEL(PARAMETERS) {
    const ARGUMENTS a = TAKE_ARGUMENTS;
    const int slice = (int)get_group_id(0);
    __global uint *restrict h = a.out + (size_t)slice * HC * BINS;
    const int first = max(a.ry0, y0 * ROWS), last = min(a.ry1, y1 * ROWS);
#if defined(BY_BLOCKS) && TURNS > 1
    uint part[TURNS][HC * BINS];
    for (int k = 0; k < TURNS; k++)
        for (int i = 0; i < HC * BINS; i++)
            part[k][i] = 0;
#endif
    for (int y = first + q_wrap(slice - first, a.slices); y < last; y += a.slices) {
        int done = a.rx0;
#ifdef BY_BLOCKS
        for (; done + BLOCK <= a.rx1; done += BLOCK) {
            SOURCE r[BLOCK], g[BLOCK], b[BLOCK], o[BLOCK];
            ushort bin[HC][BLOCK];
            const __global SOURCE *restrict p = SOURCE_AT(a, done, y);
            TAKE_APART(p, SOURCE_CHANNELS, r, g, b, o);
            EACH_OF_BLOCK {
                px v = PIXEL(SOURCE_CHANNELS, r, g, b, o);
                v = IN_PIXEL(a, done + i, y, v);
                for (int c = 0; c < HC; c++)
                    bin[c][i] = (ushort)(BIN(a, v, c));
            }
            for (int i = 0; i < BLOCK; i += 4)
                for (int c = 0; c < HC; c++) {
                    COUNTER(0, c, bin[c][i])++;
                    COUNTER(1, c, bin[c][i + 1])++;
                    COUNTER(2, c, bin[c][i + 2])++;
                    COUNTER(3, c, bin[c][i + 3])++;
                }
        }
#endif
        EACH (x, done, a.rx1) {
            const px v = IN(a, x, y);
            for (int c = 0; c < HC; c++) {
                const int bin = BIN(a, v, c);
#ifdef Q_CPU
                h[c * BINS + bin]++;
#else
                atomic_inc(h + c * BINS + bin);
#endif
            }
        }
    }
#if defined(BY_BLOCKS) && TURNS > 1
    for (int i = 0; i < HC * BINS; i++)
        h[i] += part[0][i] + part[1][i] + part[2][i] + part[3][i];
#endif
}
#undef BY_BLOCKS
#undef TURNS
#undef COUNTER
