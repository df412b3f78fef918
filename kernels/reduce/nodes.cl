/* Trees of pixels that hang together: a parent's number is never greater than its own, so that every way up ends at a
 * root, which is its own parent; node 0 has no pixel. */
#define NODE_NONE 0xffffffffu
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
