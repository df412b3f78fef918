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
    ushort16 weight[2 * R + 1];
    const __global ushort *row[2 * R + 1];
    for (int k = 0; k <= 2 * r; k++)
        weight[k] = (ushort16)((ushort)U[a.taps + k]);
    for (int y = first; y < last; y++) {
        __global uchar *restrict d = TARGET_ROW(y) + x0 * C;
        for (int k = 0; k <= 2 * r; k++)
            row[k] = SOURCE_ROW(Q_MAP(y - r + k, a.h)) + x0 * C;
        for (int next = 0; next < whole; next += 128) {
            const int i0 = min(next, whole - 128); /* the last ones over some samples once more */
            ushort16 q0 = (ushort16)((ushort)start), q1 = q0, q2 = q0, q3 = q0, q4 = q0, q5 = q0, q6 = q0, q7 = q0;
            for (int k = 0; k <= 2 * r; k++) {
                const ushort16 w = weight[k];
                const __global ushort16_any *s = (const __global ushort16_any *)(row[k] + i0);
                q0 += q_high(s[0], w), q1 += q_high(s[1], w), q2 += q_high(s[2], w), q3 += q_high(s[3], w);
                q4 += q_high(s[4], w), q5 += q_high(s[5], w), q6 += q_high(s[6], w), q7 += q_high(s[7], w);
            }
            TO_BYTE(0, q0), TO_BYTE(1, q1), TO_BYTE(2, q2), TO_BYTE(3, q3);
            TO_BYTE(4, q4), TO_BYTE(5, q5), TO_BYTE(6, q6), TO_BYTE(7, q7);
        }
        for (int i = whole; i < samples; i++) {
            uint q = (uint)start;
            for (int k = 0; k <= 2 * r; k++)
                q += (uint)row[k][i] * (uint)(ushort)U[a.taps + k] >> 16;
            d[i] = (uchar)((q - (q >> 8) + 128u) >> 8);
        }
    }
}
#undef TO_BYTE
