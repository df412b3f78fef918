/* Joins neighbouring nodes (8 of them) into trees, whose root is the least node of all that hang together, whoever runs
 * when; node 0, to which all seeds hang, is the least of all. A surface of nodes holds for each pixel its parent's
 * number, for itself 1 + its place, NODE_NONE where there is no node. In place. */
__kernel void KERNEL(PARAMETERS) {
    const ARGUMENTS a = TAKE_ARGUMENTS;
    const int x0 = (int)get_group_id(0) * RUN;
    const int x1 = min(x0 + RUN, a.ow);
    const int first = (y0 + (int)get_group_id(1)) * ROWS;
    const int last = min(first + ROWS, a.oh);
    volatile __global uint *nodes = a.out;
    for (int y = first; y < last; y++) {
        const uint at = (uint)y * (uint)a.so, above = at - (uint)a.so;
        for (int g = x0; g < x1; g += NODE_SKIP) {
            const int end = min(g + NODE_SKIP, x1);
            if (q_any_node(a.out + at + g, end - g))
                EACH (x, g, end)
                    q_join(nodes, at, above, x, y, a.ow);
        }
    }
}
