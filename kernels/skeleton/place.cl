/* The picture as it is, with its first pixel at (a.left, a.top) of a larger one. */
__kernel void KERNEL(PARAMETERS) {
    const ARGUMENTS a = TAKE_ARGUMENTS;
    const int x0 = (int)get_group_id(0) * RUN;
    const int n = min(RUN, a.ow - x0);
    const int first = (y0 + (int)get_group_id(1)) * ROWS;
    const int last = min(first + ROWS, a.oh);
    const int left = clamp(a.left - x0, 0, n);
    const int right = clamp(a.left + a.w - x0, left, n);
    for (int y = first; y < last; y++) {
        const int row = y - a.top;
#ifdef BORDER_CONSTANT
        if (row < 0 || row >= a.h) {
            EACH (i, 0, n)
                OUT(a, x0 + i, y, BORDER(a));
            continue;
        }
#endif
        const int source = Q_MAP(row, a.h);
        EACH (i, 0, left)
            OUT(a, x0 + i, y, EDGE_X(a, x0 + i - a.left, source));
        EACH (i, left, right)
            OUT(a, x0 + i, y, IN(a, x0 + i - a.left, source));
        EACH (i, right, n)
            OUT(a, x0 + i, y, EDGE_X(a, x0 + i - a.left, source));
    }
}
