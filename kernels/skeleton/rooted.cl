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
        for (int g = x0; g < x1; g += NODE_SKIP) {
            const int end = min(g + NODE_SKIP, x1);
            EACH (x, g, end)
                d[x] = s[x] == 0 ? 255 : 0;
            if (q_any_node(s + g, end - g))
                EACH (x, g, end)
                    if (s[x] != NODE_NONE && s[x] != 0 && q_root(nodes, s[x]) == 0)
                        d[x] = 255;
        }
    }
}
