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
        EACH (x, x0, x1) {
            if (nodes[at + x] == NODE_NONE)
                continue;
            const uint self = at + x + 1;
            /* neighbours that are each other's neighbours find each other by themselves */
            const int west = x > 0 && nodes[at + x - 1] != NODE_NONE;
            if (y > 0 && nodes[above + x] != NODE_NONE) {
                q_unite(nodes, self, above + x + 1);
                continue;
            }
            if (west)
                q_unite(nodes, self, self - 1);
            else if (y > 0 && x > 0 && nodes[above + x - 1] != NODE_NONE)
                q_unite(nodes, self, above + x);
            if (y > 0 && x + 1 < a.ow && nodes[above + x + 1] != NODE_NONE)
                q_unite(nodes, self, above + x + 2);
        }
    }
}
