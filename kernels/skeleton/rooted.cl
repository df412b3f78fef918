/* White where a node hangs together with a seed. */
__kernel void KERNEL(PARAMETERS) {
    const ARGUMENTS a = TAKE_ARGUMENTS;
    const int x0 = (int)get_group_id(0) * RUN;
    const int x1 = min(x0 + RUN, a.ow);
    const int first = (y0 + (int)get_group_id(1)) * ROWS;
    const int last = min(first + ROWS, a.oh);
    volatile __global const uint *nodes = a.b0;
    for (int y = first; y < last; y++) {
        __global const uint *restrict s = SOURCE_ROW(y);
        __global TARGET *restrict d = TARGET_ROW(y);
        EACH (x, x0, x1)
            d[x] = s[x] != NODE_NONE && q_root(nodes, s[x]) == 0 ? 255 : 0;
    }
}
