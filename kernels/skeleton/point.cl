/* Every pixel on its own: load, expression, store. */
__kernel void KERNEL(PARAMETERS) {
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
        EACH (x, x0, x1)
            OUT(a, x, y, IN(a, x, y));
#endif
}
