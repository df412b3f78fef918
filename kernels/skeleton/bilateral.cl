/* Bilateral filter: the mean of the neighbours in a disk, weighted by how near they are and how alike in colour.
 *
 * The tile has a plane for each channel, so that a run of pixels is consecutive floats. Both weights are one power of
 * two: 2^(k d^2 + s), with d the sum of the colours' differences and s the neighbour's place; made by hand, since
 * exp() does not become vector code. CHUNK_PX pixels are worked on at once, their sums in registers.
 *
 * REACH: at least the radius. U: radius, k, number of neighbours, then for each its column, row, and s. */
#ifdef Q_CPU
#define CHUNK_PX 32
#else
#define CHUNK_PX 1
#endif
#if C >= 3
#define COLOURS 3
#else
#define COLOURS 1
#endif
#define PLANE ((ROWS + 2 * REACH) * (RUN + 2 * REACH))
#if C == 1
#define SPREAD(p, v) (p)[0] = (v).r
#elif C == 2
#define SPREAD(p, v) (p)[0] = (v).r, (p)[PLANE] = (v).a
#elif C == 3
#define SPREAD(p, v) (p)[0] = (v).r, (p)[PLANE] = (v).g, (p)[2 * PLANE] = (v).b
#else
#define SPREAD(p, v) (p)[0] = (v).r, (p)[PLANE] = (v).g, (p)[2 * PLANE] = (v).b, (p)[3 * PLANE] = (v).a
#endif
__kernel void KERNEL(PARAMETERS) {
    const ARGUMENTS a = TAKE_ARGUMENTS;
    TILE float tile[PLANE * C];
    TILE float o[ROWS * RUN * C];
    __global const int *restrict near = U + a.window;
    const int r = near[0], neighbours = near[2];
    const float k = as_float(near[1]);
    const int ts = RUN + 2 * REACH;
    const int x0 = (int)get_group_id(0) * RUN;
    const int n = min(RUN, a.ow - x0);
    const int first = (y0 + (int)get_group_id(1)) * ROWS;
    const int last = min(first + ROWS, a.oh);
    const int count = RUN + 2 * r;
    const int left = clamp(r - x0, 0, count);
    const int right = clamp(a.w - x0 + r, 0, count);
    for (int j = 0; j < last - first + 2 * r; j++) {
        const int row = first - r + j;
        TILE float *t = tile + j * ts;
#ifdef BORDER_CONSTANT
        if (row < 0 || row >= a.h) {
            EACH (i, 0, count)
                SPREAD(t + i, BORDER(a));
            continue;
        }
#endif
        const int y = Q_MAP(row, a.h);
        EACH (i, 0, left) {
            const px v = EDGE_X(a, x0 - r + i, y);
            SPREAD(t + i, v);
        }
        EACH (i, left, right) {
            const px v = IN(a, x0 - r + i, y);
            SPREAD(t + i, v);
        }
        EACH (i, right, count) {
            const px v = EDGE_X(a, x0 - r + i, y);
            SPREAD(t + i, v);
        }
    }
    SYNC;
    for (int y = first; y < last; y++) {
        const TILE float *t = tile + (y - first + r) * ts + r;
        TILE float *q = o + (y - first) * RUN * C;
        for (int i0 = LID * CHUNK_PX; i0 < RUN; i0 += LSZ * CHUNK_PX) {
            float weight[CHUNK_PX], sum[C][CHUNK_PX], middle[COLOURS][CHUNK_PX];
#pragma unroll
            for (int i = 0; i < CHUNK_PX; i++) {
                weight[i] = 0.0f;
#pragma unroll
                for (int c = 0; c < C; c++)
                    sum[c][i] = 0.0f;
#pragma unroll
                for (int c = 0; c < COLOURS; c++)
                    middle[c][i] = t[i0 + i + c * PLANE];
            }
            for (int j = 0; j < neighbours; j++) {
                const TILE float *s = t + i0 + near[4 + 3 * j] * ts + near[3 + 3 * j];
                const float place = as_float(near[5 + 3 * j]);
#pragma unroll
                for (int i = 0; i < CHUNK_PX; i++) {
                    float d = fabs(s[i] - middle[0][i]);
#if COLOURS == 3
                    d += fabs(s[i + PLANE] - middle[1][i]);
                    d += fabs(s[i + 2 * PLANE] - middle[2][i]);
#endif
                    const float e = q_exp2(fma(k * d, d, place));
                    weight[i] += e;
#pragma unroll
                    for (int c = 0; c < C; c++)
                        sum[c][i] = fma(e, s[i + c * PLANE], sum[c][i]);
                }
            }
#pragma unroll
            for (int i = 0; i < CHUNK_PX; i++)
#pragma unroll
                for (int c = 0; c < C; c++)
                    q[(i0 + i) * C + c] = sum[c][i] / weight[i];
        }
    }
    SYNC;
    for (int y = first; y < last; y++)
        EACH (i, 0, n)
            OUT(a, x0 + i, y, GET(o + ((y - first) * RUN + i) * C));
}
#undef CHUNK_PX
#undef COLOURS
#undef PLANE
#undef SPREAD
