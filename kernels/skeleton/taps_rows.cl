/* First half of a separable stencil: along the rows, one run of pixels with its halo at a time, in a tile.
 * Interleaved samples are just a longer row: a tap's neighbours are C samples apart. a.r: radius, at most R, the
 * radius class that the tile is made for; a.taps: its 2 r + 1 weights in U. COMBINE(sum, weight, sample), START. */
__kernel void KERNEL(PARAMETERS) {
    const ARGUMENTS a = TAKE_ARGUMENTS;
    TILE float tile[(RUN + 2 * R) * C];
    TILE float o[RUN * C];
    const int x0 = (int)get_group_id(0) * RUN;
    const int n = min(RUN, a.ow - x0);
    const int first = (y0 + (int)get_group_id(1)) * ROWS;
    const int last = min(first + ROWS, a.oh);
    const int r = a.r;
    /* tile pixel i is picture column x0 - r + i; [left, right) lies inside the picture */
    const int count = RUN + 2 * r;
    const int left = clamp(r - x0, 0, count);
    const int right = clamp(a.w - x0 + r, 0, count);
    for (int y = first; y < last; y++) {
        EACH (i, 0, left)
            PUT(tile + i * C, EDGE_X(a, x0 - r + i, y));
        EACH (i, left, right)
            PUT(tile + i * C, IN(a, x0 - r + i, y));
        EACH (i, right, count)
            PUT(tile + i * C, EDGE_X(a, x0 - r + i, y));
        SYNC;
        for (int i0 = LID * CHUNK; i0 < RUN * C; i0 += LSZ * CHUNK) {
            float q[CHUNK];
#pragma unroll
            for (int i = 0; i < CHUNK; i++)
                q[i] = START;
            for (int k = 0; k <= 2 * r; k++) {
                const float w = as_float(U[a.taps + k]);
                const TILE float *s = tile + i0 + k * C;
#pragma unroll
                for (int i = 0; i < CHUNK; i++)
                    q[i] = COMBINE(q[i], w, s[i]);
            }
#pragma unroll
            for (int i = 0; i < CHUNK; i++)
                o[i0 + i] = q[i];
        }
        SYNC;
        EACH (i, 0, n)
            OUT(a, x0 + i, y, GET(o + i * C));
        SYNC;
    }
}
