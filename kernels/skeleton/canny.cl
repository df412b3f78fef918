/* Canny's edges before hysteresis, in whole numbers: Sobel's derivatives, how steep (MAGNITUDE), and of those above the
 * lower threshold the pixels that are steepest across the edge, told in four directions. Outside the picture nothing is
 * steep. What is kept is a node of join.cl: 0 above the upper threshold, else its own number.
 *
 * PICK(v): the sample, in levels. U: lower and upper threshold. */
#define GS (RUN + 4)
#define MS (RUN + 2)
__kernel void KERNEL(PARAMETERS) {
    const ARGUMENTS a = TAKE_ARGUMENTS;
    TILE int g[(ROWS + 4) * GS];                               /* samples, 2 on all sides */
    TILE int gx[ROWS * RUN], gy[ROWS * RUN], m[(ROWS + 2) * MS]; /* 1 on all sides for m */
    const int low = U[a.window], high = U[a.window + 1];
    const int x0 = (int)get_group_id(0) * RUN;
    const int n = min(RUN, a.ow - x0);
    const int first = (y0 + (int)get_group_id(1)) * ROWS;
    const int last = min(first + ROWS, a.oh);
    const int count = n + 4;
    const int left = clamp(2 - x0, 0, count);
    const int right = clamp(a.w - x0 + 2, 0, count);
    for (int j = 0; j < last - first + 4; j++) {
        const int row = first - 2 + j;
        TILE int *t = g + j * GS;
#ifdef BORDER_CONSTANT
        if (row < 0 || row >= a.h) {
            EACH (i, 0, count)
                t[i] = (int)PICK(BORDER(a));
            continue;
        }
#endif
        const int y = Q_MAP(row, a.h);
        EACH (i, 0, left)
            t[i] = (int)PICK(EDGE_X(a, x0 - 2 + i, y));
        EACH (i, left, right)
            t[i] = (int)PICK(IN(a, x0 - 2 + i, y));
        EACH (i, right, count)
            t[i] = (int)PICK(EDGE_X(a, x0 - 2 + i, y));
    }
    SYNC;
    for (int j = 0; j < last - first + 2; j++) {
        const int y = first - 1 + j;
        TILE int *q = m + j * MS;
        const TILE int *u = g + j * GS, *v = u + GS, *w = v + GS;
        const int inside = y >= 0 && y < a.h ? 1 : 0;
        EACH (i, 0, n + 2) {
            const int dx = (u[i + 2] - u[i]) + 2 * (v[i + 2] - v[i]) + (w[i + 2] - w[i]);
            const int dy = (w[i] - u[i]) + 2 * (w[i + 1] - u[i + 1]) + (w[i + 2] - u[i + 2]);
            q[i] = MAGNITUDE(dx, dy) * inside;
        }
        if (j >= 1 && j <= last - first)
            EACH (i, 0, n) {
                gx[(j - 1) * RUN + i] = (u[i + 3] - u[i + 1]) + 2 * (v[i + 3] - v[i + 1]) + (w[i + 3] - w[i + 1]);
                gy[(j - 1) * RUN + i] = (w[i + 1] - u[i + 1]) + 2 * (w[i + 2] - u[i + 2]) + (w[i + 3] - u[i + 3]);
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
        const TILE int *px = gx + (y - first) * RUN, *py = gy + (y - first) * RUN;
        __global TARGET *restrict d = TARGET_ROW(y) + x0;
        const uint node = (uint)y * (uint)a.so + (uint)x0 + 1;
        EACH (i, 0, n) {
            const int ax = abs(px[i]), ay = abs(py[i]) << 15;
            const int flat = ax * 13573; /* tan(22.5 degrees) of 2^15 */
            const int across = ay < flat, upright = ay > flat + (ax << 16), falling = (px[i] ^ py[i]) >= 0;
            const int slant = falling ? up[i - 1] : up[i + 1], slant_on = falling ? down[i + 1] : down[i - 1];
            const int before = across ? here[i - 1] : upright ? up[i] : slant;
            const int behind = across ? here[i + 1] : upright ? down[i] : slant_on;
            const int ties = across | upright; /* of two that are equal, the first one stays */
            const int s = here[i];
            const int keep = (s > low) & (s > before) & (s > behind - ties);
            d[i] = keep ? (s > high ? 0u : node + (uint)i) : 0xffffffffu;
        }
    }
}
#undef GS
#undef MS
