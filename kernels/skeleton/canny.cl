/* Canny's edges before hysteresis, in whole numbers: Sobel's derivatives, how steep (MAGNITUDE), and of those above the
 * lower threshold the pixels that are steepest across the edge, told in four directions. Outside the picture nothing is
 * steep. What is kept is a node of join.cl: 0 above the upper threshold, else its own number.
 *
 * PICK(v): the sample, in levels. U: lower and upper threshold, and 1: steps to the next column are that number, which
 * the compiler does not know, so that it loads each neighbour. What it would carry from column to column instead keeps
 * the loops from becoming vector code; so do selections, hence masks. */
#define GS (RUN + 4)
#define MS (RUN + 2)
__kernel void KERNEL(PARAMETERS) {
    const ARGUMENTS a = TAKE_ARGUMENTS;
    TILE short g[(ROWS + 4) * GS]; /* samples, 2 on all sides */
    TILE short gx[(ROWS + 2) * MS], gy[(ROWS + 2) * MS];
    TILE int m[(ROWS + 2) * MS]; /* 1 on all sides */
    const int low = U[a.window], high = U[a.window + 1], one = U[a.window + 2];
    const int x0 = (int)get_group_id(0) * RUN;
    const int n = min(RUN, a.ow - x0);
    const int first = (y0 + (int)get_group_id(1)) * ROWS;
    const int last = min(first + ROWS, a.oh);
    const int count = n + 4;
    const int left = clamp(2 - x0, 0, count);
    const int right = clamp(a.w - x0 + 2, 0, count);
    for (int j = 0; j < last - first + 4; j++) {
        const int row = first - 2 + j;
        TILE short *t = g + j * GS;
        /* samples are levels, a border's colour need not be one */
#ifdef BORDER_CONSTANT
        if (row < 0 || row >= a.h) {
            EACH (i, 0, count)
                t[i] = (short)(PICK(BORDER(a)) + 0.5f);
            continue;
        }
#endif
        const int y = Q_MAP(row, a.h);
        EACH (i, 0, left)
            t[i] = (short)(PICK(EDGE_X(a, x0 - 2 + i, y)) + 0.5f);
        EACH (i, left, right)
            t[i] = (short)PICK(IN(a, x0 - 2 + i, y));
        EACH (i, right, count)
            t[i] = (short)(PICK(EDGE_X(a, x0 - 2 + i, y)) + 0.5f);
    }
    SYNC;
    for (int j = 0; j < last - first + 2; j++) {
        const int y = first - 1 + j;
        TILE int *q = m + j * MS;
        TILE short *px = gx + j * MS, *py = gy + j * MS;
        const TILE short *u = g + j * GS, *v = u + GS, *w = v + GS;
        const TILE short *u1 = u + one, *u2 = u1 + one, *v2 = v + 2 * one, *w1 = w + one, *w2 = w1 + one;
        if (y < 0 || y >= a.h) {
            EACH (i, 0, n + 2)
                q[i] = 0;
            continue;
        }
        EACH (i, 0, n + 2) {
            const int dx = (u2[i] - u[i]) + 2 * (v2[i] - v[i]) + (w2[i] - w[i]);
            const int dy = (w[i] - u[i]) + 2 * (w1[i] - u1[i]) + (w2[i] - u2[i]);
            px[i] = (short)dx;
            py[i] = (short)dy;
            q[i] = MAGNITUDE(dx, dy);
        }
    }
    SYNC;
    if (LID == 0 && x0 == 0)
        for (int j = 0; j < last - first + 2; j++)
            m[j * MS] = 0;
    if (LID == 0 && x0 + n == a.w)
        for (int j = 0; j < last - first + 2; j++)
            m[j * MS + n + 1] = 0;
    SYNC;
    for (int y = first; y < last; y++) {
        const TILE int *up = m + (y - first) * MS + 1, *here = up + MS, *down = here + MS;
        const TILE short *px = gx + (y - first + 1) * MS + 1, *py = gy + (y - first + 1) * MS + 1;
        __global TARGET *restrict d = TARGET_ROW(y) + x0;
        const uint node = (uint)y * (uint)a.so + (uint)x0 + 1;
        const TILE int *nw = up - one, *ne = up + one, *west = here - one, *east = here + one;
        const TILE int *sw = down - one, *se = down + one;
        EACH (i, 0, n) {
            const int dx = px[i], dy = py[i], ax = dx < 0 ? -dx : dx, ay = (dy < 0 ? -dy : dy) << 15;
            const int flat = ax * 13573; /* tan(22.5 degrees) of 2^15 */
            const int across = -(ay < flat), upright = -(ay > flat + (ax << 16)), slant = ~(across | upright);
            const int falling = slant & ~((dx ^ dy) >> 31), rising = slant & ~falling;
            const int before = (west[i] & across) | (up[i] & upright) | (nw[i] & falling) | (ne[i] & rising);
            const int behind = (east[i] & across) | (down[i] & upright) | (se[i] & falling) | (sw[i] & rising);
            const int s = here[i];
            /* of two that are equal along an axis the first one stays */
            const int keep = -((s > low) & (s > before) & (s > behind + ~slant));
            const uint name = (node + (uint)i) & (uint)-(s <= high);
            d[i] = name | (uint)~keep;
        }
    }
}
#undef GS
#undef MS
