/* Sums down the columns of box_rows' sums, and the mean. The sum runs: what comes in below is added, what leaves
 * above is taken off. EXACT: the result is the nearest whole sample (an odd count has no ties); OUT_WHOLE: and it is
 * stored as it is. */
#if defined(EXACT_SMALL)
/* below 2^23: the half that keeps clear of both neighbours is more than the floats are off */
#define MEAN(s) floor(((float)(int)(s) + half_up) * a.mean)
#define WHOLE_MEAN(s) (int)(((float)(int)(s) + half_up) * a.mean)
#elif defined(EXACT)
/* a quotient of floats, put right by at most one: whole numbers divide one at a time */
#define QUOTIENT(s) (int)((float)((uint)(s) + (uint)(a.area / 2)) * a.mean)
#define REST(s) (int)((uint)(s) + (uint)(a.area / 2) - (uint)QUOTIENT(s) * (uint)a.area)
#define WHOLE_MEAN(s) (QUOTIENT(s) + (REST(s) >= a.area ? 1 : 0) - (REST(s) < 0 ? 1 : 0))
#define MEAN(s) (float)WHOLE_MEAN(s)
#else
#define MEAN(s) (float)(s) * a.mean
#endif
__kernel void KERNEL(PARAMETERS) {
    const ARGUMENTS a = TAKE_ARGUMENTS;
    TILE ACC sum[RUN * C];
#ifndef OUT_PLAIN
    TILE float o[RUN * C];
#endif
    const int x0 = (int)get_group_id(0) * RUN;
    const int n = min(RUN, a.ow - x0);
    const int first = (y0 + (int)get_group_id(1)) * ROWS;
    const int last = min(first + ROWS, a.oh);
    const int r = a.r;
#ifdef EXACT_SMALL
    const float half_up = (float)(a.area / 2) + 0.5f;
#endif
    EACH (i, 0, n * C)
        sum[i] = 0;
    for (int k = first - r; k <= first + r; k++) {
        __global const SOURCE *restrict s = SOURCE_ROW(Q_MAP(k, a.h)) + x0 * C;
#ifdef BORDER_CONSTANT
        if (k < 0 || k >= a.h) {
            EACH (i, 0, n * C)
                sum[i] += (ACC)(BORDER_SAMPLE(a, i % C) * (2 * r + 1));
            continue;
        }
#endif
        EACH (i, 0, n * C)
            sum[i] += (ACC)s[i];
    }
    for (int y = first; y < last; y++) {
        const int in = y + 1 + r, gone = y - r;
        __global const SOURCE *restrict s = SOURCE_ROW(Q_MAP(in, a.h)) + x0 * C;
        __global const SOURCE *restrict t = SOURCE_ROW(Q_MAP(gone, a.h)) + x0 * C;
#ifdef OUT_PLAIN
        __global TARGET *restrict d = TARGET_ROW(y) + x0 * C;
        EACH (i, 0, n * C) {
            const ACC now = sum[i];
#ifdef OUT_WHOLE
            d[i] = (TARGET)WHOLE_MEAN(now);
#else
            d[i] = OUT_SAMPLE(MEAN(now));
#endif
#ifndef BORDER_CONSTANT
            sum[i] = now + (ACC)s[i] - (ACC)t[i];
#endif
        }
#else
        EACH (i, 0, n * C)
            o[i] = MEAN(sum[i]);
        SYNC;
#ifdef FLAT
        EACH (i, 0, n * C)
            OUT(a, x0 * C + i, y, q_gray(o[i], 1.0f));
#else
        EACH (i, 0, n)
            OUT(a, x0 + i, y, GET(o + i * C));
#endif
#ifndef BORDER_CONSTANT
        EACH (i, 0, n * C)
            sum[i] += (ACC)s[i] - (ACC)t[i];
#endif
#endif
#ifdef BORDER_CONSTANT
        const int in_out = in >= a.h, gone_out = gone < 0;
        EACH (i, 0, n * C) {
            const ACC edge = (ACC)(BORDER_SAMPLE(a, i % C) * (2 * r + 1));
            sum[i] += (in_out ? edge : (ACC)s[i]) - (gone_out ? edge : (ACC)t[i]);
        }
#endif
        SYNC;
    }
}
#undef MEAN
#undef WHOLE_MEAN
#undef QUOTIENT
#undef REST
