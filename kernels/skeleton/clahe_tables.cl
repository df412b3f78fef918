/* A table for each tile, in place of its histogram in the first of the slices, of which each has `down` rows of tiles:
 * the counts, cut at `limit`, what was cut off spread over all levels, summed up. A work-group makes a tile's table. */
#ifdef Q_CPU
#define ALL_DONE
#else
#define ALL_DONE barrier(CLK_GLOBAL_MEM_FENCE)
#endif
__kernel void KERNEL(PARAMETERS) {
    const ARGUMENTS a = TAKE_ARGUMENTS;
    const int row = y0 + (int)get_group_id(1);
    if (row >= a.down)
        return;
    const size_t at = get_group_id(0) * BINS;
    __global uint *h = TARGET_ROW(row) + at;
    for (int k = row + a.down; k < a.oh; k += a.down) {
        const __global uint *more = TARGET_ROW(k) + at;
        EACH (i, 0, BINS)
            h[i] += more[i];
    }
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
