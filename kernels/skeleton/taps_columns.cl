/* Second half of a separable stencil: down the columns. Rows of the first half's surface are taken whole, one after
 * another, never a column; a row outside the picture is a row inside it (or the border's colour). */
#ifdef OUT_PLAIN /* without an epilogue a sample is stored as soon as it is summed */
#define SAVE(i, v) d[i] = OUT_SAMPLE(v)
#else
#define SAVE(i, v) o[i] = (v)
#endif
__kernel void KERNEL(PARAMETERS) {
    const ARGUMENTS a = TAKE_ARGUMENTS;
#ifndef OUT_PLAIN
    TILE float o[RUN * C];
#endif
    const int x0 = (int)get_group_id(0) * RUN;
    const int n = min(RUN, a.ow - x0);
    const int samples = n * C, whole = samples / CHUNK * CHUNK;
    const int first = (y0 + (int)get_group_id(1)) * ROWS;
    const int last = min(first + ROWS, a.oh);
    const int r = a.r;
    for (int y = first; y < last; y++) {
        __global TARGET *restrict d = TARGET_ROW(y) + x0 * C;
        for (int i0 = LID * CHUNK; i0 < whole; i0 += LSZ * CHUNK) {
            float q[CHUNK];
#pragma unroll
            for (int i = 0; i < CHUNK; i++)
                q[i] = START;
            for (int k = 0; k <= 2 * r; k++) {
                const float w = as_float(U[a.taps + k]);
                const int row = y - r + k;
#ifdef BORDER_CONSTANT
                if (row < 0 || row >= a.h) {
                    for (int i = 0; i < CHUNK; i++)
                        q[i] = COMBINE(q[i], w, BORDER_SAMPLE(a, (i0 + i) % C));
                    continue;
                }
#endif
                __global const SOURCE *restrict s = SOURCE_ROW(Q_MAP(row, a.h)) + x0 * C + i0;
#pragma unroll
                for (int i = 0; i < CHUNK; i++)
                    q[i] = COMBINE(q[i], w, (float)s[i]);
            }
#pragma unroll
            for (int i = 0; i < CHUNK; i++)
                SAVE(i0 + i, q[i]);
        }
        EACH (i, whole, samples) {
            float q = START;
            for (int k = 0; k <= 2 * r; k++) {
                const float w = as_float(U[a.taps + k]);
                const int row = y - r + k;
#ifdef BORDER_CONSTANT
                if (row < 0 || row >= a.h) {
                    q = COMBINE(q, w, BORDER_SAMPLE(a, i % C));
                    continue;
                }
#endif
                q = COMBINE(q, w, (float)SOURCE_ROW(Q_MAP(row, a.h))[x0 * C + i]);
            }
            SAVE(i, q);
        }
#ifndef OUT_PLAIN
        SYNC;
#ifdef FLAT
        EACH (i, 0, n * C)
            OUT(a, x0 * C + i, y, q_gray(o[i], 1.0f));
#else
        EACH (i, 0, n)
            OUT(a, x0 + i, y, GET(o + i * C));
#endif
        SYNC;
#endif
    }
}
#undef SAVE
