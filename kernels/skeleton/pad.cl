/* The picture with PAD_X columns and PAD_Y rows around it, filled by the border rule, as floats: for windows that no
 * tile can hold. */
__kernel void KERNEL(PARAMETERS) {
    const ARGUMENTS a = TAKE_ARGUMENTS;
    const int x0 = (int)get_group_id(0) * RUN;
    const int n = min(RUN, a.ow - x0);
    const int first = (y0 + (int)get_group_id(1)) * ROWS;
    const int last = min(first + ROWS, a.oh);
    TILE float o[RUN * C];
    for (int y = first; y < last; y++) {
        __global TARGET *restrict d = TARGET_ROW(y) + x0 * C;
        int outside = 0;
#ifdef BORDER_CONSTANT
        outside = y - PAD_Y < 0 || y - PAD_Y >= a.h;
        if (outside)
            EACH (i, 0, n)
                PUT(o + i * C, BORDER(a));
#endif
        if (!outside) {
            const int row = Q_MAP(y - PAD_Y, a.h);
            EACH (i, 0, n)
                PUT(o + i * C, EDGE_X(a, x0 - PAD_X + i, row));
        }
        SYNC;
        EACH (i, 0, n * C)
            d[i] = o[i];
        SYNC;
    }
}
