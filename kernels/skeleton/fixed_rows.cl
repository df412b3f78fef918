/* First half of a separable weighted sum in 16-bit fixed point, for a CPU and 8-bit results: twice as many samples go
 * into a vector as in float. Samples are fractions of 65535, weights of 65536; a product keeps its upper 16 bits, and
 * a.bias (half of each product's lost bit) is where the sum starts. The weights sum to 65536, so nothing overflows. The
 * explicit vectors are there because the compiler finds the 16-bit multiplication in no other form. */
__kernel void KERNEL(PARAMETERS) {
    const ARGUMENTS a = TAKE_ARGUMENTS;
    ushort tile[(RUN + 2 * R) * C];
    const int x0 = (int)get_group_id(0) * RUN;
    const int n = min(RUN, a.ow - x0);
    const int first = (y0 + (int)get_group_id(1)) * ROWS;
    const int last = min(first + ROWS, a.oh);
    const int r = a.r;
    /* tile pixel i is picture column x0 - r + i; [left, right) lies inside the picture */
    const int count = RUN + 2 * r;
    const int left = clamp(r - x0, 0, count);
    const int right = clamp(a.w - x0 + r, 0, count);
    for (int y = first; y < last; y++) {
        for (int i = 0; i < left; i++)
            PUT_FIXED(tile + i * C, EDGE_X(a, x0 - r + i, y));
#ifdef IN_ROW
        const __global SOURCE *restrict p = IN_ROW(a, y) + (x0 - r) * C;
        for (int i = left * C; i < right * C; i++)
            tile[i] = (ushort)(p[i] * WHOLE);
#else
        for (int i = left; i < right; i++)
            PUT_FIXED(tile + i * C, IN(a, x0 - r + i, y));
#endif
        for (int i = right; i < count; i++)
            PUT_FIXED(tile + i * C, EDGE_X(a, x0 - r + i, y));
        __global ushort *restrict d = TARGET_ROW(y) + x0 * C;
        for (int i0 = 0; i0 < n * C; i0 += 64) {
            ushort16 q0 = (ushort16)((ushort)a.bias), q1 = q0, q2 = q0, q3 = q0;
            for (int k = 0; k <= 2 * r; k++) {
                const ushort16 w = (ushort16)((ushort)U[a.taps + k]);
                const ushort *s = tile + i0 + k * C;
                q0 += q_high(vload16(0, s), w);
                q1 += q_high(vload16(1, s), w);
                q2 += q_high(vload16(2, s), w);
                q3 += q_high(vload16(3, s), w);
            }
            if (i0 + 64 <= n * C) {
                vstore16(q0, 0, d + i0);
                vstore16(q1, 1, d + i0);
                vstore16(q2, 2, d + i0);
                vstore16(q3, 3, d + i0);
            } else {
                ushort o[64];
                vstore16(q0, 0, o);
                vstore16(q1, 1, o);
                vstore16(q2, 2, o);
                vstore16(q3, 3, o);
                for (int i = i0; i < n * C; i++)
                    d[i] = o[i - i0];
            }
        }
    }
}
