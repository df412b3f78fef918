/* Squares of ROWS x ROWS pixels become their mean; at the right and the bottom edge, the mean of what there is. A
 * work-group has whole squares: RUN is a multiple of ROWS. */
__kernel void KERNEL(PARAMETERS) {
    const ARGUMENTS a = TAKE_ARGUMENTS;
    TILE float sum[RUN * C];
    TILE float row[RUN * C];
    TILE float mean[RUN / ROWS * C];
    const int x0 = (int)get_group_id(0) * RUN;
    const int n = min(RUN, a.ow - x0);
    const int first = (y0 + (int)get_group_id(1)) * ROWS;
    const int last = min(first + ROWS, a.oh);
    EACH (i, 0, n * C)
        sum[i] = 0.0f;
    SYNC;
    for (int y = first; y < last; y++) {
        EACH (i, 0, n)
            PUT(row + i * C, IN(a, x0 + i, y));
        SYNC;
        EACH (i, 0, n * C)
            sum[i] += row[i];
        SYNC;
    }
    EACH (b, 0, (n + ROWS - 1) / ROWS) {
        const int end = min((b + 1) * ROWS, n);
        const float k = 1.0f / (float)((end - b * ROWS) * (last - first));
#pragma unroll
        for (int c = 0; c < C; c++) {
            float s = 0.0f;
            for (int i = b * ROWS; i < end; i++)
                s += sum[i * C + c];
            mean[b * C + c] = s * k;
        }
    }
    SYNC;
    for (int y = first; y < last; y++)
        EACH (i, 0, n)
            OUT(a, x0 + i, y, GET(mean + i / ROWS * C));
}
