/* A table for each tile of the picture: its histogram, cut at `limit`, what was cut off spread over all levels, summed
 * up. A work-group makes a tile's table. The tiles may reach beyond the picture, which is mirrored there.
 * BIN(v): level of a pixel, below BINS. */
#ifdef Q_CPU
#define ALL_DONE
#define COUNT(bin) h[bin]++
#else
#define ALL_DONE barrier(CLK_GLOBAL_MEM_FENCE)
#define COUNT(bin) atomic_inc(h + (bin))
#endif
__kernel void KERNEL(PARAMETERS) {
    const ARGUMENTS a = TAKE_ARGUMENTS;
    const int column = (int)get_group_id(0), row = y0 + (int)get_group_id(1);
    __global uint *h = TARGET_ROW(row) + (size_t)column * BINS;
    EACH (i, 0, BINS)
        h[i] = 0;
    ALL_DONE;
#if defined(Q_CPU) && BINS == 256
    uint part[4 * 256];
    for (int i = 0; i < 4 * 256; i++)
        part[i] = 0;
#endif
    const int x0 = column * a.tile_w, x1 = x0 + a.tile_w;
    const int inside = max(x0, min(x1, a.w));
    for (int j = row * a.tile_h; j < (row + 1) * a.tile_h; j++) {
        const int y = q_mirror(j, a.h);
#ifdef Q_CPU
        /* levels first, as vector code; then the counts */
        for (int i0 = x0; i0 < inside; i0 += RUN_BINS) {
            int bin[RUN_BINS];
            const int n = min(RUN_BINS, inside - i0);
            for (int i = 0; i < n; i++)
                bin[i] = BIN(IN(a, i0 + i, y));
#if BINS == 256 /* neighbours are often alike, and a count waits for the one before it of the same level */
            int i = 0;
            for (; i < n - 3; i += 4) {
                part[bin[i]]++;
                part[256 + bin[i + 1]]++;
                part[512 + bin[i + 2]]++;
                part[768 + bin[i + 3]]++;
            }
            for (; i < n; i++)
                part[bin[i]]++;
#else
            for (int i = 0; i < n; i++)
                COUNT(bin[i]);
#endif
        }
#else
        EACH (x, x0, inside)
            COUNT(BIN(IN(a, x, y)));
#endif
        EACH (x, inside, x1)
            COUNT(BIN(IN(a, q_mirror(x, a.w), y)));
    }
#if defined(Q_CPU) && BINS == 256
    for (int i = 0; i < 256; i++)
        h[i] += part[i] + part[256 + i] + part[512 + i] + part[768 + i];
#endif
    ALL_DONE;
    if (LID != 0)
        return;
    const uint limit = (uint)a.limit;
    uint over = 0;
    for (int i = 0; i < BINS; i++) {
        over += h[i] > limit ? h[i] - limit : 0;
        h[i] = min(h[i], limit);
    }
    const uint each = over / BINS, rest = over % BINS;
    const int step = rest ? max(BINS / (int)rest, 1) : BINS;
    uint sum = 0, given = 0;
    for (int i = 0, next = 0; i < BINS; i++) {
        sum += h[i] + each;
        if (i == next && given < rest) {
            sum++;
            given++;
            next += step;
        }
        h[i] = (uint)q_round((float)sum * a.scale, (float)(BINS - 1));
    }
}
#undef ALL_DONE
#undef COUNT
