/* A neighbourhood of (2 RX + 1) x (2 RY + 1) in a tile; the fragment makes a sample (WINDOW) or a run of samples
 * (WINDOW_ROW) of it. SAMPLE: float, or samples as they are stored, for fragments that only choose among them; OUT_COPY:
 * and so is the result. GLOBAL_WINDOW: the source is padded (pad.cl), and the neighbourhood is looked at where it is. */
__kernel void KERNEL(PARAMETERS) {
    const ARGUMENTS a = TAKE_ARGUMENTS;
#ifndef GLOBAL_WINDOW
    TILE SAMPLE tile[(ROWS + 2 * RY) * (RUN + 2 * RX) * C];
    const int ts = (RUN + 2 * RX) * C;
#else
    const int ts = a.s0;
#endif
    TILE SAMPLE o[ROWS * RUN * C];
    const int x0 = (int)get_group_id(0) * RUN;
    const int n = min(RUN, a.ow - x0);
    const int first = (y0 + (int)get_group_id(1)) * ROWS;
    const int last = min(first + ROWS, a.oh);
#ifndef GLOBAL_WINDOW
    const int count = RUN + 2 * RX;
    const int left = clamp(RX - x0, 0, count);
    const int right = clamp(a.w - x0 + RX, 0, count);
    for (int j = 0; j < last - first + 2 * RY; j++) {
        const int row = first - RY + j;
        TILE SAMPLE *t = tile + j * ts;
#ifdef BORDER_CONSTANT
        if (row < 0 || row >= a.h) {
            EACH (i, 0, count)
                PUT_SAMPLE(t + i * C, BORDER(a));
            continue;
        }
#endif
        const int y = Q_MAP(row, a.h);
        EACH (i, 0, left)
            PUT_SAMPLE(t + i * C, EDGE_X(a, x0 - RX + i, y));
#ifdef IN_ROW
        const __global SOURCE *restrict p = IN_ROW(a, y) + (x0 - RX) * C;
        EACH (i, left * C, right * C)
            t[i] = (SAMPLE)p[i];
#else
        EACH (i, left, right)
            PUT_SAMPLE(t + i * C, IN(a, x0 - RX + i, y));
#endif
        EACH (i, right, count)
            PUT_SAMPLE(t + i * C, EDGE_X(a, x0 - RX + i, y));
    }
    SYNC;
#endif
    for (int y = first; y < last; y++) {
#ifdef GLOBAL_WINDOW
        const __global float *t = SOURCE_ROW(y + PAD_Y) + (x0 + PAD_X) * C;
#else
        const TILE SAMPLE *t = tile + (y - first + RY) * ts + RX * C;
#endif
        TILE SAMPLE *q = o + (y - first) * RUN * C;
#ifdef WINDOW_ROW
        WINDOW_ROW(t, ts, q, n * C, U + a.window);
#else
        EACH (i, 0, n * C)
            q[i] = WINDOW(t + i, ts, U + a.window);
#endif
    }
    SYNC;
    for (int y = first; y < last; y++) {
        const TILE SAMPLE *q = o + (y - first) * RUN * C;
#if defined(OUT_COPY)
        __global TARGET *restrict d = TARGET_ROW(y) + x0 * C;
        EACH (i, 0, n * C)
            d[i] = q[i];
#elif defined(OUT_PLAIN)
        __global TARGET *restrict d = TARGET_ROW(y) + x0 * C;
        EACH (i, 0, n * C)
            d[i] = OUT_SAMPLE((float)q[i]);
#elif defined(FLAT)
        EACH (i, 0, n * C)
            OUT(a, x0 * C + i, y, q_gray((float)q[i], 1.0f));
#else
        EACH (i, 0, n)
            OUT(a, x0 + i, y, GET_SAMPLE(q + i * C));
#endif
    }
}
