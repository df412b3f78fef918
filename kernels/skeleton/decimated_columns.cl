/* Second half of decimated_rows: what is left of the Gaussian down the columns of the rows that there are, and the rows
 * between them by four weights each, which are fitted so that the whole comes nearest to the Gaussian that was asked
 * for (host/filter/decimate.c). What comes out are 128 parts of a level of 255. */
#define FIXED_PAIR(v) q##v += q_high(s[v] + t[v], w)
#define AT(row, v) PART(row + i0, v)
#define BLEND(v)                                                                                                       \
    ((__global uchar16_any *)(d + i0))[v] =                                                                            \
        convert_uchar16((bias + q_high(AT(r0, v), w0) + q_high(AT(r1, v), w1) + q_high(AT(r2, v), w2) +         \
                         q_high(AT(r3, v), w3)) >>                                                                     \
                        (ushort16)7)
__kernel void KERNEL(PARAMETERS) {
    const ARGUMENTS a = TAKE_ARGUMENTS;
    ushort ring[4][RUN * C];
    ushort16 weight[R + 1];
    const __global ushort *row[2 * R + 1];
    const int x0 = (int)get_group_id(0) * RUN;
    const int n = min(RUN, a.ow - x0);
    const int samples = n * C, whole = samples < 128 ? 0 : samples;
    const int first = (y0 + (int)get_group_id(1)) * ROWS;
    const int last = min(first + ROWS, a.oh);
    const int r = a.r;
    for (int k = 0; k <= r; k++)
        weight[k] = (ushort16)((ushort)U[a.taps + k]);
    const int from = first / a.step, to = (last - 1) / a.step;
    for (int j = from - 1; j <= to + 2; j++) {
        ushort *now = ring[j & 3];
        for (int k = -r; k <= r; k++)
            row[k + r] = SOURCE_ROW(j + a.lead + k) + x0 * C;
        for (int next = 0; next < whole; next += 128) {
            const int i0 = min(next, whole - 128); /* the last ones over some samples once more */
            ushort16 q0 = (ushort16)((ushort)a.bias), q1 = q0, q2 = q0, q3 = q0, q4 = q0, q5 = q0, q6 = q0, q7 = q0;
            for (int k = 0; k <= r; k++) {
                const ushort16 w = weight[k];
                const __global ushort16_any *s = (const __global ushort16_any *)(row[r - k] + i0);
                const __global ushort16_any *t = (const __global ushort16_any *)(row[r + k] + i0);
                FIXED_PAIR(0), FIXED_PAIR(1), FIXED_PAIR(2), FIXED_PAIR(3);
                FIXED_PAIR(4), FIXED_PAIR(5), FIXED_PAIR(6), FIXED_PAIR(7);
            }
            ushort *o = now + i0;
            PART(o, 0) = q0, PART(o, 1) = q1, PART(o, 2) = q2, PART(o, 3) = q3;
            PART(o, 4) = q4, PART(o, 5) = q5, PART(o, 6) = q6, PART(o, 7) = q7;
        }
        for (int i = whole; i < samples; i++) {
            uint q = (uint)a.bias;
            for (int k = 0; k <= r; k++)
                q += ((uint)row[r - k][i] + (uint)row[r + k][i]) * (uint)U[a.taps + k] >> 16;
            now[i] = (ushort)q;
        }
        if (j - 2 < from)
            continue;
        /* row j - 2 and those up to j - 1 */
        const int begin = max(first, (j - 2) * a.step), end = min(last, (j - 1) * a.step);
        for (int y = begin; y < end; y++) {
            __global const int *u = U + a.up + 4 * (y - (j - 2) * a.step);
            const ushort16 w0 = (ushort16)((ushort)u[0]), w1 = (ushort16)((ushort)u[1]);
            const ushort16 w2 = (ushort16)((ushort)u[2]), w3 = (ushort16)((ushort)u[3]);
            const ushort16 bias = (ushort16)((ushort)a.up_bias);
            __global uchar *restrict d = TARGET_ROW(y) + x0 * C;
            const ushort *r0 = ring[(j + 1) & 3], *r1 = ring[(j + 2) & 3], *r2 = ring[(j + 3) & 3], *r3 = ring[j & 3];
            for (int next = 0; next < whole; next += 64) {
                const int i0 = min(next, whole - 64);
                BLEND(0), BLEND(1), BLEND(2), BLEND(3);
            }
            for (int i = whole; i < samples; i++) {
                const uint q = ((uint)r0[i] * (uint)u[0] >> 16) +
                               ((uint)r1[i] * (uint)u[1] >> 16) +
                               ((uint)r2[i] * (uint)u[2] >> 16) +
                               ((uint)r3[i] * (uint)u[3] >> 16);
                d[i] = (uchar)((q + (uint)a.up_bias) >> 7);
            }
        }
    }
}
#undef FIXED_PAIR
#undef AT
#undef BLEND
