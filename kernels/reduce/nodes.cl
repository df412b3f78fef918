/* Trees of pixels that hang together: a parent's number is never greater than its own, so that every way up ends at a
 * root, which is its own parent; node 0 has no pixel. */
#define NODE_NONE 0xffffffffu
/* Most pixels are none: on a CPU, NODE_SKIP of them are looked at together. */
#ifdef Q_CPU
#define NODE_SKIP 16
#else
#define NODE_SKIP LSZ
#endif
static inline int q_any_node(const __global uint *row, int n) {
#ifdef Q_CPU
    if (n == NODE_SKIP) {
        uint all = NODE_NONE;
        for (int i = 0; i < NODE_SKIP; i++)
            all &= row[i];
        return all != NODE_NONE;
    }
#endif
    return 1;
}
static inline uint q_root(volatile __global const uint *nodes, uint node) {
    while (node != 0) {
        const uint parent = nodes[node - 1];
        if (parent == node)
            break;
        node = parent;
    }
    return node;
}
/* The greater root gets the lesser one as its parent, unless someone else has just given it another: then that one has
 * still to be joined. */
static inline void q_unite(volatile __global uint *nodes, uint p, uint q) {
    for (;;) {
        p = q_root(nodes, p);
        q = q_root(nodes, q);
        if (p == q)
            return;
        const uint high = p > q ? p : q, low = p > q ? q : p;
        const uint was = atomic_min(nodes + (high - 1), low);
        if (was == high)
            return;
        p = was;
        q = low;
    }
}
/* Pixel x of a row that begins at `at`, with those of its neighbours that came before it. Neighbours that are each
 * other's neighbours find each other by themselves. */
static inline void q_join(volatile __global uint *nodes, uint at, uint above, int x, int y, int w) {
    if (nodes[at + x] == NODE_NONE)
        return;
    const uint self = at + x + 1;
    if (y > 0 && nodes[above + x] != NODE_NONE) {
        q_unite(nodes, self, above + x + 1);
        return;
    }
    if (x > 0 && nodes[at + x - 1] != NODE_NONE)
        q_unite(nodes, self, self - 1);
    else if (y > 0 && x > 0 && nodes[above + x - 1] != NODE_NONE)
        q_unite(nodes, self, above + x);
    if (y > 0 && x + 1 < w && nodes[above + x + 1] != NODE_NONE)
        q_unite(nodes, self, above + x + 2);
}
