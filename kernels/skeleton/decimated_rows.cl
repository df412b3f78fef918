/* First half of a wide Gaussian in 16-bit fixed point, for a CPU and 8-bit results: every a.step-th row only, which a
 * narrow Gaussian down the columns makes enough of, summed along itself with the whole Gaussian. Row y of the result
 * stands at row (y - a.lead) * a.step of the picture; there are rows above and below it, made of its border.
 *
 * Samples are 120 parts of a level of 255 and an offset (host/filter/decimate.h), so that two of them fit into 16 bits:
 * those at the same distance on either side share a product. Weights are fractions of 65536, that of the middle by half,
 * which then counts twice; a product keeps its upper 16 bits, and a bias (half of each product's lost bit) is where a sum
 * starts. */
#define PAIR(v) q##v += q_high(PAIR_OF(s[v], t[v]), w)
#define FIXED_PAIR(v) q##v += q_high(s[v] + t[v], w)
#define HALVE(v) q##v = (q##v + lost) >> (ushort16)1
__kernel void KERNEL(PARAMETERS) {
    const ARGUMENTS a = TAKE_ARGUMENTS;
    ushort tile[(RUN + 2 * R) * C + 128];
    ushort16 weight[R + 1];
    const __global SOURCE *row[2 * R + 1];
    const int x0 = (int)get_group_id(0) * RUN;
    const int n = min(RUN, a.ow - x0);
    const int first = (y0 + (int)get_group_id(1)) * ROWS;
    const int last = min(first + ROWS, a.oh);
    const int r = a.r;
    for (int k = 0; k <= r; k++)
        weight[k] = (ushort16)((ushort)U[a.taps + k]);
    /* tile pixel i is picture column x0 - r + i; [left, right) lies inside the picture */
    const int count = n + 2 * r;
    const int left = clamp(r - x0, 0, count);
    const int right = clamp(a.w - x0 + r, 0, count);
    for (int y = first; y < last; y++) {
        const int centre = (y - a.lead) * a.step;
        for (int k = -a.reach; k <= a.reach; k++)
            row[k + a.reach] = IN_ROW(a, Q_MAP(centre + k, a.h));
        /* vectors all the way, the last ones over some samples once more, unless the row is too short */
        const int from = (x0 - r) * C, whole = right - left < 64 ? left * C : right * C;
        for (int next = left * C; next < whole; next += 64) {
            const int i = min(next, whole - 64);
            ushort16 q0 = (ushort16)((ushort)a.down_bias), q1 = q0, q2 = q0, q3 = q0;
            for (int k = 0; k <= a.reach; k++) {
                const ushort16 w = (ushort16)((ushort)U[a.down + k]);
                const __global SOURCE_ANY *s = (const __global SOURCE_ANY *)(row[a.reach - k] + from + i);
                const __global SOURCE_ANY *t = (const __global SOURCE_ANY *)(row[a.reach + k] + from + i);
                PAIR(0), PAIR(1), PAIR(2), PAIR(3);
            }
            PART(tile + i, 0) = q0, PART(tile + i, 1) = q1, PART(tile + i, 2) = q2, PART(tile + i, 3) = q3;
        }
        /* what lies outside is the picture's border, most of it in the tile; the rest pixel by pixel */
        for (int i = 0; i < count; i++) {
            if (i == left)
                i += (whole - left * C) / C;
            if (i >= count)
                break;
            const int at = Q_MAP(x0 - r + i, a.w) - (x0 - r);
            for (int c = 0; c < C; c++) {
                if (at != i && at * C >= left * C && at * C < whole) {
                    tile[i * C + c] = tile[at * C + c];
                    continue;
                }
                uint q = (uint)a.down_bias;
                for (int k = 0; k <= a.reach; k++)
                    q += (TO_FIXED(row[a.reach - k][from + at * C + c]) +
                                TO_FIXED(row[a.reach + k][from + at * C + c])) *
                             (uint)U[a.down + k] >> 16;
                tile[i * C + c] = (ushort)q;
            }
        }
        __global ushort *restrict d = TARGET_ROW(y) + x0 * C;
        for (int i0 = 0; i0 < n * C; i0 += 128) {
            ushort16 q0 = (ushort16)((ushort)0), q1 = q0, q2 = q0, q3 = q0, q4 = q0, q5 = q0, q6 = q0, q7 = q0;
            /* from the outermost pair inwards; the sum is halved now and then (host/filter/decimate.c) */
            __global const int *group = U + a.taps + r + 1;
            for (int k = r; k >= 0; group += 2) {
                for (; k > group[0]; k--) {
                    const ushort16 w = weight[k];
                    const ushort16_any *s = (const ushort16_any *)(tile + i0 + (r - k) * C);
                    const ushort16_any *t = (const ushort16_any *)(tile + i0 + (r + k) * C);
                    FIXED_PAIR(0), FIXED_PAIR(1), FIXED_PAIR(2), FIXED_PAIR(3);
                    FIXED_PAIR(4), FIXED_PAIR(5), FIXED_PAIR(6), FIXED_PAIR(7);
                }
                const ushort16 lost = (ushort16)((ushort)group[1]);
                HALVE(0), HALVE(1), HALVE(2), HALVE(3), HALVE(4), HALVE(5), HALVE(6), HALVE(7);
            }
            ushort o[128];
            PART(o, 0) = q0, PART(o, 1) = q1, PART(o, 2) = q2, PART(o, 3) = q3;
            PART(o, 4) = q4, PART(o, 5) = q5, PART(o, 6) = q6, PART(o, 7) = q7;
            const int end = min(128, n * C - i0);
            for (int i = 0; i < end; i++)
                d[i0 + i] = o[i];
        }
    }
}
#undef PAIR
#undef FIXED_PAIR
#undef HALVE
