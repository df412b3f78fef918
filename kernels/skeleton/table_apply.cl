/* Every sample by table_make's table. */
__kernel void KERNEL(PARAMETERS) {
    const ARGUMENTS a = TAKE_ARGUMENTS;
    const int x0 = (int)get_group_id(0) * RUN;
    const int n = min(RUN, a.ow - x0);
    const int first = (y0 + (int)get_group_id(1)) * ROWS;
    const int last = min(first + ROWS, a.oh);
    __global const TARGET *restrict t = TABLE;
    for (int y = first; y < last; y++) {
        __global TARGET *restrict d = TARGET_ROW(y) + x0 * C;
#ifdef IN_ROW
        const __global SOURCE *restrict p = IN_ROW(a, y) + x0 * C;
        if (C == 1) {
            EACH (i, 0, n)
                d[i] = t[p[i]];
        } else {
            EACH (i, 0, n) {
                d[i * 3] = t[p[i * 3]];
                d[i * 3 + 1] = t[256 + p[i * 3 + 1]];
                d[i * 3 + 2] = t[512 + p[i * 3 + 2]];
            }
        }
#else
        EACH (i, 0, n) {
            const px v = IN(a, x0 + i, y);
            d[i * C] = t[(int)v.r];
            if (C > 1) {
                d[i * C + 1] = t[256 + (int)v.g];
                d[i * C + 2] = t[512 + (int)v.b];
            }
        }
#endif
    }
}
