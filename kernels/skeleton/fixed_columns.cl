/* Second half of fixed_rows: down the columns, and rint(v / 257) to 8 bits. */
__kernel void KERNEL(PARAMETERS) {
    const ARGUMENTS a = TAKE_ARGUMENTS;
    const int x0 = (int)get_group_id(0) * RUN;
    const int n = min(RUN, a.ow - x0);
    const int samples = n * C, whole = samples / 64 * 64;
    const int first = (y0 + (int)get_group_id(1)) * ROWS;
    const int last = min(first + ROWS, a.oh);
    const int r = a.r;
    for (int y = first; y < last; y++) {
        __global uchar *restrict d = TARGET_ROW(y) + x0 * C;
        for (int i0 = 0; i0 < whole; i0 += 64) {
            ushort16 q0 = (ushort16)((ushort)a.bias), q1 = q0, q2 = q0, q3 = q0;
            for (int k = 0; k <= 2 * r; k++) {
                const int row = y - r + k;
                const ushort16 w = (ushort16)((ushort)U[a.taps + k]);
                __global const ushort *restrict s = SOURCE_ROW(Q_MAP(row, a.h)) + x0 * C + i0;
                q0 += q_high(vload16(0, s), w);
                q1 += q_high(vload16(1, s), w);
                q2 += q_high(vload16(2, s), w);
                q3 += q_high(vload16(3, s), w);
            }
            ushort o[64];
            vstore16(q0, 0, o);
            vstore16(q1, 1, o);
            vstore16(q2, 2, o);
            vstore16(q3, 3, o);
            for (int i = 0; i < 64; i++)
                d[i0 + i] = (uchar)(((uint)o[i] * 255u + 32895u) >> 16);
        }
        for (int i = whole; i < samples; i++) {
            uint q = (uint)a.bias;
            for (int k = 0; k <= 2 * r; k++) {
                const int row = y - r + k;
                q += (uint)SOURCE_ROW(Q_MAP(row, a.h))[x0 * C + i] * (uint)(ushort)U[a.taps + k] >> 16;
            }
            d[i] = (uchar)((q * 255u + 32895u) >> 16);
        }
    }
}
