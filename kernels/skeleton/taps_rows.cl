/* First half of a separable stencil: along the rows, one run of pixels with its halo at a time, in a tile.
 * Interleaved samples are just a longer row: a tap's neighbours are C samples apart. a.taps: 2 r + 1 weights in
 * U. With FEW_TAPS the radius is R; else it is a.r, at most R, the radius class that the tile is made for.
 * COMBINE(sum, weight, sample), START. NO_TILE: no tile could hold the run; every tap loads its pixel. */
__kernel void KERNEL(PARAMETERS) {
    const ARGUMENTS a = TAKE_ARGUMENTS;
#ifndef NO_TILE
    TILE float tile[(RUN + 2 * R) * C];
#endif
#ifndef FEW_TAPS
    TILE float o[RUN * C];
#endif
    const int x0 = (int)get_group_id(0) * RUN;
    const int n = min(RUN, a.ow - x0);
    const int first = (y0 + (int)get_group_id(1)) * ROWS;
    const int last = min(first + ROWS, a.oh);
#ifdef FEW_TAPS /* the radius is text: the taps are unrolled, the loop runs along the samples */
    const int r = R;
    float weight[2 * R + 1];
    for (int k = 0; k <= 2 * R; k++)
        weight[k] = as_float(U[a.taps + k]);
    /* C, but the compiler does not know it: of gray samples it would carry each from one sum to the next, and so make no
     * vector code of the loop */
    const int next = C > 2 || a.h > 0 ? C : 0;
#else
    const int r = a.r;
#endif
#ifndef NO_TILE
    /* tile pixel i is picture column x0 - r + i; [left, right) lies inside the picture */
    const int count = RUN + 2 * r;
    const int left = clamp(r - x0, 0, count);
    const int right = clamp(a.w - x0 + r, 0, count);
#endif
    for (int y = first; y < last; y++) {
#ifndef NO_TILE
        EACH (i, 0, left)
            PUT(tile + i * C, EDGE_X(a, x0 - r + i, y));
#ifdef IN_ROW
        const __global SOURCE *restrict p = IN_ROW(a, y) + (x0 - r) * C;
        EACH (i, left * C, right * C)
            tile[i] = (float)p[i];
#else
        EACH (i, left, right)
            PUT(tile + i * C, IN(a, x0 - r + i, y));
#endif
        EACH (i, right, count)
            PUT(tile + i * C, EDGE_X(a, x0 - r + i, y));
        SYNC;
#endif
        __global TARGET *restrict d = TARGET_ROW(y) + x0 * C;
#ifdef NO_TILE
        EACH (i, 0, n) {
            px q = {START, START, START, START};
            for (int k = 0; k <= 2 * r; k++) {
                const float w = as_float(U[a.taps + k]);
                const px s = EDGE_X(a, x0 - r + i + k, y);
                q.r = COMBINE(q.r, w, s.r);
                q.g = COMBINE(q.g, w, s.g);
                q.b = COMBINE(q.b, w, s.b);
                q.a = COMBINE(q.a, w, s.a);
            }
            PUT(o + i * C, q);
        }
        SYNC;
        EACH (i, 0, n * C)
            d[i] = OUT_SAMPLE(o[i]);
#elif defined(FEW_TAPS)
        EACH (i, 0, n * C) {
            float q = START;
#pragma unroll
            for (int k = 0; k <= 2 * R; k++)
                q = COMBINE(q, weight[k], tile[i + k * next]);
            d[i] = OUT_SAMPLE(q);
        }
#else
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
        EACH (i, 0, n * C)
            d[i] = OUT_SAMPLE(o[i]);
#endif
        SYNC;
    }
}
