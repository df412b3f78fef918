/* First half of a separable weighted sum in 16-bit fixed point, for a CPU and 8-bit results: twice as many samples go
 * into a vector as in float. Samples are fractions of 65535, weights of 65536: first the middle's, then one for each pair
 * that lies alike on both sides, of which the mean is taken. A product keeps its upper 16 bits, and a.bias (half of each
 * product's lost bit) is where the sum starts. The weights sum to 65536, so nothing overflows. The explicit vectors are
 * there because the compiler finds the 16-bit mean and multiplication in no other form. */
__kernel void KERNEL(PARAMETERS) {
    const ARGUMENTS a = TAKE_ARGUMENTS;
    ushort tile[(RUN + 2 * R) * C + 128];
    const int x0 = (int)get_group_id(0) * RUN;
    const int n = min(RUN, a.ow - x0);
    const int first = (y0 + (int)get_group_id(1)) * ROWS;
    const int last = min(first + ROWS, a.oh);
    const int r = a.r;
    const ushort16 bias = (ushort16)((ushort)a.bias);
    ushort16 weight[R + 1];
    for (int k = 0; k <= r; k++)
        weight[k] = (ushort16)((ushort)U[a.taps + k]);
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
        for (int i0 = 0; i0 < n * C; i0 += 128) {
            ushort16 q0 = bias, q1 = q0, q2 = q0, q3 = q0, q4 = q0, q5 = q0, q6 = q0, q7 = q0;
            for (int k = 0; k <= r; k++) { /* the middle is a pair with itself */
                const ushort16 w = weight[k];
                const ushort16_any *s = (const ushort16_any *)(tile + i0 + (r - k) * C);
                const ushort16_any *t = (const ushort16_any *)(tile + i0 + (r + k) * C);
                q0 += q_high(q_mean(s[0], t[0]), w), q1 += q_high(q_mean(s[1], t[1]), w);
                q2 += q_high(q_mean(s[2], t[2]), w), q3 += q_high(q_mean(s[3], t[3]), w);
                q4 += q_high(q_mean(s[4], t[4]), w), q5 += q_high(q_mean(s[5], t[5]), w);
                q6 += q_high(q_mean(s[6], t[6]), w), q7 += q_high(q_mean(s[7], t[7]), w);
            }
            ushort o[128];
            __global ushort16_any *v = (__global ushort16_any *)(d + i0);
            if (i0 + 128 <= n * C) {
                v[0] = q0, v[1] = q1, v[2] = q2, v[3] = q3, v[4] = q4, v[5] = q5, v[6] = q6, v[7] = q7;
            } else {
                PART(o, 0) = q0, PART(o, 1) = q1, PART(o, 2) = q2, PART(o, 3) = q3;
                PART(o, 4) = q4, PART(o, 5) = q5, PART(o, 6) = q6, PART(o, 7) = q7;
                for (int i = i0; i < n * C; i++)
                    d[i] = o[i - i0];
            }
        }
    }
}
