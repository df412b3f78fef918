/* Second half of fixed_rows: down the columns, and rint(v / 257) to 8 bits. That is (v - v / 256 + 128) / 256 in 16 bits
 * but for the fraction 128 of 257, which goes up: the sum starts one lower instead. */
#define TO_BYTE(v, q)                                                                                                  \
    ((__global uchar16_any *)(d + i0))[v] = convert_uchar16((q - (q >> (ushort16)8) + (ushort16)128) >> (ushort16)8)
__kernel void KERNEL(PARAMETERS) {
    const ARGUMENTS a = TAKE_ARGUMENTS;
    const int x0 = (int)get_group_id(0) * RUN;
    const int n = min(RUN, a.ow - x0);
    const int samples = n * C, whole = samples < 128 ? 0 : samples;
    const int first = (y0 + (int)get_group_id(1)) * ROWS;
    const int last = min(first + ROWS, a.oh);
    const int r = a.r, start = max(a.bias - 1, 0);
    const ushort16 bias = (ushort16)((ushort)start);
    ushort16 weight[R + 1];
    const __global ushort *row[ROWS + 2 * R];
    for (int k = 0; k <= r; k++)
        weight[k] = (ushort16)((ushort)U[a.taps + k]);
    for (int k = 0; k < last - first + 2 * r; k++)
        row[k] = SOURCE_ROW(Q_MAP(first - r + k, a.h)) + x0 * C;
    /* down before across: the rows that the next one needs as well are still in the nearest cache */
    for (int next = 0; next < whole; next += 128) {
        const int i0 = min(next, whole - 128); /* the last ones over some samples once more */
        for (int y = first; y < last; y++) {
            __global uchar *restrict d = TARGET_ROW(y) + x0 * C;
            ushort16 q0 = bias, q1 = q0, q2 = q0, q3 = q0, q4 = q0, q5 = q0, q6 = q0, q7 = q0;
            for (int k = 0; k <= r; k++) { /* the middle is a pair with itself */
                const ushort16 w = weight[k];
                const __global ushort16_any *s = (const __global ushort16_any *)(row[y - first + r - k] + i0);
                const __global ushort16_any *t = (const __global ushort16_any *)(row[y - first + r + k] + i0);
                q0 += q_high(q_mean(s[0], t[0]), w), q1 += q_high(q_mean(s[1], t[1]), w);
                q2 += q_high(q_mean(s[2], t[2]), w), q3 += q_high(q_mean(s[3], t[3]), w);
                q4 += q_high(q_mean(s[4], t[4]), w), q5 += q_high(q_mean(s[5], t[5]), w);
                q6 += q_high(q_mean(s[6], t[6]), w), q7 += q_high(q_mean(s[7], t[7]), w);
            }
            TO_BYTE(0, q0), TO_BYTE(1, q1), TO_BYTE(2, q2), TO_BYTE(3, q3);
            TO_BYTE(4, q4), TO_BYTE(5, q5), TO_BYTE(6, q6), TO_BYTE(7, q7);
        }
    }
    for (int y = first; y < last; y++) {
        __global uchar *restrict d = TARGET_ROW(y) + x0 * C;
        for (int i = whole; i < samples; i++) {
            uint q = (uint)start + ((uint)row[y - first + r][i] * (uint)(ushort)U[a.taps] >> 16);
            for (int k = 1; k <= r; k++) {
                const uint both = (uint)row[y - first + r - k][i] + (uint)row[y - first + r + k][i] + 1u;
                q += (both >> 1) * (uint)(ushort)U[a.taps + k] >> 16;
            }
            d[i] = (uchar)((q - (q >> 8) + 128u) >> 8);
        }
    }
}
#undef TO_BYTE
