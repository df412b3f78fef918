/* The histograms of a picture's tiles, `columns` of them in a row and `down` rows. The tiles may reach beyond the picture,
 * which is mirrored there. A launch counts the picture's block rows [y0, y1), on top of what earlier ones counted; each
 * work-group the part of its tiles' column in every so many-th row, into a slice of its own: rows `down` of the target,
 * a tile's histogram behind the one of its neighbour. So a CPU needs no atomics, and the result does not depend on who
 * ran when. BIN(v): level of a pixel, below BINS. */
#if defined(Q_CPU) && BINS == 256
#define PARTS 4 /* neighbours are often alike, and a count waits for the one before it of the same level */
#define COUNTS uint
#else
#define PARTS 0
#define COUNTS __global uint
#endif
/* Row y of columns [x0, x1) into the counters. */
static inline void Q_BLOCK(const ARGUMENTS a, COUNTS *h, const int x0, const int x1, const int y) {
    const int inside = max(x0, min(x1, a.w));
#ifdef Q_CPU
    /* levels first, as vector code; then the counts */
    for (int i0 = x0; i0 < inside; i0 += RUN_BINS) {
        int bin[RUN_BINS];
        const int n = min(RUN_BINS, inside - i0);
        int i = 0;
        for (int k = 0; k < n; k++)
            bin[k] = BIN(IN(a, i0 + k, y));
#if PARTS
        for (; i < n - 3; i += 4) {
            h[bin[i]]++;
            h[256 + bin[i + 1]]++;
            h[512 + bin[i + 2]]++;
            h[768 + bin[i + 3]]++;
        }
#endif
        for (; i < n; i++)
            h[bin[i]]++;
    }
    for (int x = inside; x < x1; x++)
        h[BIN(IN(a, q_mirror(x, a.w), y))]++;
#else
    EACH (x, x0, x1)
        atomic_inc(h + BIN(IN(a, x < inside ? x : q_mirror(x, a.w), y)));
#endif
}
#if PARTS
#define FLUSH(row)                                                                                                     \
    do {                                                                                                               \
        __global uint *done = TARGET_ROW(slice * a.down + (row)) + (size_t)column * BINS;                              \
        for (int i = 0; i < 256; i++)                                                                                  \
            done[i] += part[i] + part[256 + i] + part[512 + i] + part[768 + i];                                        \
    } while (0)
#endif
__kernel void KERNEL(PARAMETERS) {
    const ARGUMENTS a = TAKE_ARGUMENTS;
    const int slices = (int)get_num_groups(0) / a.columns;
    const int column = (int)get_group_id(0) / slices, slice = (int)get_group_id(0) % slices;
    const int x0 = column * a.tile_w, x1 = x0 + a.tile_w;
    const int first = y0 * ROWS, last = min(y1 * ROWS, a.h);
    const uint all = (uint)a.down * (uint)a.tile_h; /* rows of tiles, of which a row of the picture is one or more */
    const uint period = (uint)max(2 * a.h - 2, 1);
#if PARTS
    uint part[PARTS * 256];
    for (int i = 0; i < PARTS * 256; i++)
        part[i] = 0;
    int tile = -1; /* of which the counters are */
#endif
    for (int y = first + q_wrap(slice - first, slices); y < last; y += slices)
        for (int turn = 0; turn < (y > 0 && y < a.h - 1 ? 2 : 1); turn++)
            for (uint j = turn ? period - (uint)y : (uint)y; j < all; j += period) {
                const int row = (int)(j / (uint)a.tile_h);
#if PARTS
                if (row != tile && tile >= 0) {
                    FLUSH(tile);
                    for (int i = 0; i < PARTS * 256; i++)
                        part[i] = 0;
                }
                tile = row;
                Q_BLOCK(a, part, x0, x1, y);
#else
                Q_BLOCK(a, TARGET_ROW(slice * a.down + row) + (size_t)column * BINS, x0, x1, y);
#endif
            }
#if PARTS
    if (tile >= 0)
        FLUSH(tile);
#endif
}
#undef FLUSH
#undef PARTS
#undef COUNTS
