/* Bilateral filter: the mean of the neighbours in a disk, weighted by how near they are and how alike in colour.
 *
 * The tile has a plane for each channel, so that a run of pixels is consecutive floats. Both weights are one power of
 * two: 2^(k d^2 + s), with d the sum of the colours' differences and s the neighbour's place; made by hand, since
 * exp() does not become vector code. CHUNK_PX pixels are worked on at once.
 *
 * REACH: at least the radius. GLOBAL_WINDOW: no tile; the source is padded by REACH (pad.cl), interleaved. U: radius, k, number of neighbours, then for each its column, row, and s. */
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
#ifdef GLOBAL_WINDOW
#define STEP C
#define NEAR(p, i, c) (p)[(i) * C + (c)]
#else
#define STEP 1
#define NEAR(p, i, c) (p)[(i) + (c) * PLANE]
#endif
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
#ifndef GLOBAL_WINDOW
    TILE float tile[PLANE * C];
#endif
    TILE float o[ROWS * RUN * C];
    __global const int *restrict near = U + a.window;
    const int r = near[0], neighbours = near[2];
    const float k = as_float(near[1]);
#ifndef GLOBAL_WINDOW
    const int ts = RUN + 2 * REACH;
#else
    const int ts = a.s0;
#endif
    const int x0 = (int)get_group_id(0) * RUN;
    const int n = min(RUN, a.ow - x0);
    const int first = (y0 + (int)get_group_id(1)) * ROWS;
    const int last = min(first + ROWS, a.oh);
#ifndef GLOBAL_WINDOW
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
#endif
    for (int y = first; y < last; y++) {
#ifdef GLOBAL_WINDOW
        const WIN float *t = SOURCE_ROW(y + REACH) + (x0 + REACH) * C;
#else
        const WIN float *t = tile + (y - first + r) * ts + r;
#endif
        TILE float *q = o + (y - first) * RUN * C;
        for (int i0 = LID * CHUNK_PX; i0 < (CHUNK_PX == 1 ? n : RUN); i0 += LSZ * CHUNK_PX) {
            /* a plain array for each channel: with arrays of arrays the loop does not become vector code */
            float weight[CHUNK_PX], sum0[CHUNK_PX], sum1[CHUNK_PX], sum2[CHUNK_PX], sum3[CHUNK_PX];
            const WIN float *m = t + i0 * STEP;
            for (int i = 0; i < CHUNK_PX; i++)
                weight[i] = sum0[i] = sum1[i] = sum2[i] = sum3[i] = 0.0f;
            for (int j = 0; j < neighbours; j++) {
                const WIN float *s = m + near[4 + 3 * j] * ts + near[3 + 3 * j] * STEP;
                const float place = as_float(near[5 + 3 * j]);
                for (int i = 0; i < CHUNK_PX; i++) {
                    float d = fabs(NEAR(s, i, 0) - NEAR(m, i, 0));
#if COLOURS == 3
                    d += fabs(NEAR(s, i, 1) - NEAR(m, i, 1));
                    d += fabs(NEAR(s, i, 2) - NEAR(m, i, 2));
#endif
                    const float e = q_exp2(fma(k * d, d, place));
                    weight[i] += e;
                    sum0[i] = fma(e, NEAR(s, i, 0), sum0[i]);
#if C >= 2
                    sum1[i] = fma(e, NEAR(s, i, 1), sum1[i]);
#endif
#if C >= 3
                    sum2[i] = fma(e, NEAR(s, i, 2), sum2[i]);
#endif
#if C == 4
                    sum3[i] = fma(e, NEAR(s, i, 3), sum3[i]);
#endif
                }
            }
            for (int i = 0; i < CHUNK_PX; i++) {
                TILE float *p = q + (i0 + i) * C;
                p[0] = sum0[i] / weight[i];
#if C >= 2
                p[1] = sum1[i] / weight[i];
#endif
#if C >= 3
                p[2] = sum2[i] / weight[i];
#endif
#if C == 4
                p[3] = sum3[i] / weight[i];
#endif
            }
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
#undef STEP
#undef NEAR
