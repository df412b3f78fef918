/* Counts: each work-group into its own slice of the histograms (no atomics where a group is one work-item), so that
 * the result does not depend on who ran when. A launch counts the picture's block rows [y0, y1), on top of what earlier
 * ones counted. BIN(v, c): bin of channel c, HC channels of BINS bins. */
__kernel void KERNEL(PARAMETERS) {
    const ARGUMENTS a = TAKE_ARGUMENTS;
    const int slice = (int)get_group_id(0);
    __global uint *restrict h = a.out + (size_t)slice * HC * BINS;
    const int first = max(a.ry0, y0 * ROWS), last = min(a.ry1, y1 * ROWS);
    for (int y = first + q_wrap(slice - first, a.slices); y < last; y += a.slices)
        EACH (x, a.rx0, a.rx1) {
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
