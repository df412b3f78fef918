/* Resize with weights of which none is below 0, in one pass, for a CPU: rows are summed into a line, then along the line.
 * FIXED: from bytes to bytes, in 65536ths of a weight and 256ths of a level; else in floats.
 *
 * Tables of rows (a.table) and columns (a.columns) as in resample_columns. a.run columns side by side find their input in
 * SPAN pixels; 0: a single one does not. a.step: columns of each such run begin that many pixels, 2 to 4, one behind the
 * other, or nearly so; then U[a.bases + i] is where run i begins, and U[a.weights + t * a.ow + x] what column x takes of
 * pixel t of a.taps from its place in the run on; behind these weights what its sum begins with. Thus each tap of a vector of results is a shuffle of the line. */
#ifdef FIXED
#define LINE ushort
#define VECTOR words
#define VECTOR_ANY words_any
#define N WORD_LANES
#define READ(s) (AS_WORDS(*(const __global bytes_any *)(s)) << (words)((ushort)8))
#define WEIGHT(w) (ushort) min(w, 65535)
#define ADD(q, w, v) q += q_high_words(w, v)
#define FEW 4 /* products that may lose it */
#define UNSURE (a.whole ? 0 : 1) /* 256ths by which a half may be missed: it is taken for one */
#define SUM uint
#define SUMS uint4
#define FOUR(p) convert_uint4(*(const words4_any *)(p))
#define PUT_FOUR(p, q) *(words4_any *)(p) = convert_ushort4((q + 32768u) >> 16u)
#define ADD_ONE(q, w, v) q += (uint)(w) * (v)
#else
#define LINE float
#define VECTOR float16
#define VECTOR_ANY float16_any
#define N 16
#define READ(s) convert_float16(*(const __global STORED *)(s))
#define WEIGHT(w) as_float(w)
#define ADD(q, w, v) q = fma(w, v, q)
#define SUM float
#define SUMS float4
#define FOUR(p) (*(const float4_any *)(p))
#define PUT_FOUR(p, q) *(float4_any *)(p) = q
#define ADD_ONE(q, w, v) q = fma(as_float(w), v, q)
#endif
#if defined(__clang__)
#define SOON(p) __builtin_prefetch(p)
#else
#define SOON(p)
#endif
#define AHEAD 1024 /* samples */
#define AT(p) (*(VECTOR_ANY *)(p))
#define CHUNK_OF_ROW (4 * N)
#define MOST (SPAN / 2)     /* columns of a run */
#define GROUP (N / C * C)   /* samples of whole pixels in a vector */
#define SLACK (8 * N + 16 * C)
#define ROW(k) (SOURCE_ROW(a.vy + row + (k)) + left)
/* One sample of the line. */
#ifdef FIXED
#define COLUMN(q, i)                                                                                                   \
    uint q = 128;                                                                                                      \
    for (int k = 0; k < taps; k++)                                                                                     \
        q += (uint)weight[k] * ROW(k)[i];                                                                              \
    q >>= 8
#else
#define COLUMN(q, i)                                                                                                   \
    float q = 0.0f;                                                                                                    \
    for (int k = 0; k < taps; k++)                                                                                     \
        q = fma(as_float(weight[k]), (float)ROW(k)[i], q)
#endif
/* Every step-th pixel of `step` vectors. */
#if defined(__clang__)
#ifdef FIXED
#define OF_LANES(F, step) OF_32(F, 32, step, 0)
#else
#define OF_LANES(F, step) OF_16(F, 16, step, 0)
#endif
#define FROM(step, j) (step * ((j) / C) * C + (j) % C)
#define LOW(n, step, j) (FROM(step, j) < 2 * n ? FROM(step, j) : 0)
#define HIGH(n, step, j) (FROM(step, j) < 2 * n ? 0 : FROM(step, j) - 2 * n)
#define THIRD(n, step, j) (FROM(step, j) < 2 * n ? (j) : FROM(step, j) - n)
#define EITHER(n, step, j) (FROM(step, j) < 2 * n ? (j) : n + (j))
#define EVERY_2(p) PICK(AT(p), AT(p + N), OF_LANES(LOW, 2))
#define EVERY_3(p) PICK(PICK(AT(p), AT(p + N), OF_LANES(LOW, 3)), AT(p + 2 * N), OF_LANES(THIRD, 3))
#define EVERY_4(p)                                                                                                     \
    PICK(PICK(AT(p), AT(p + N), OF_LANES(LOW, 4)), PICK(AT(p + 2 * N), AT(p + 3 * N), OF_LANES(HIGH, 4)),              \
         OF_LANES(EITHER, 4))
#define ALONG(step, EVERY, TAPS)                                                                                       \
    for (int i = 0; i < samples; i += 2 * GROUP) {                                                                     \
        const LINE *s = share + i, *p = line + step * i;                                                               \
        VECTOR q0 = AT(s + a.taps * pitch), q1 = AT(s + a.taps * pitch + GROUP);                                       \
        for (int t = 0; t < TAPS; t++, s += pitch, p += C) {                                                           \
            ADD(q0, AT(s), EVERY(p));                                                                                  \
            ADD(q1, AT(s + GROUP), EVERY(p + step * GROUP));                                                           \
        }                                                                                                              \
        AT(o + i) = q0;                                                                                                \
        AT(o + i + GROUP) = q1;                                                                                        \
    }
/* Means of as many pixels, and a part of one more, are what is asked for most. */
#define BY_STEPS(step, EVERY)                                                                                          \
    if (a.taps == step + 1) {                                                                                          \
        ALONG(step, EVERY, step + 1)                                                                 \
    } else {                                                                                                           \
        ALONG(step, EVERY, a.taps)                                                                                     \
    }
#else
#define EVERY_2(p) AT(p) /* the host's step is 0 */
#define EVERY_3(p) AT(p)
#define EVERY_4(p) AT(p)
#define BY_STEPS(step, EVERY)
#endif
/* Rows from `row` on, from sample `left` of them on, into n samples of a line. */
static inline void Q_BLOCK(const ARGUMENTS a, const int row, const int left, const int taps,
                           __global const int *restrict weight, LINE *restrict into, const int n) {
    if (n < CHUNK_OF_ROW) {
        for (int i = 0; i < n; i++) {
            COLUMN(v, i);
            into[i] = (LINE)v;
        }
        return;
    }
    LINE lost = 0;
#ifdef FIXED /* half a 256th by each product of a weight with bits below */
    for (int k = 0; k < taps; k++)
        lost += (weight[k] & 255) != 0;
    lost /= 2;
#endif
    for (int next = 0; next < n; next += CHUNK_OF_ROW) {
        const int i = min(next, n - CHUNK_OF_ROW); /* the last ones over some samples once more */
#ifdef FIXED
        if (taps > FEW) {
            for (int j = i; j < i + CHUNK_OF_ROW; j += N) {
                words_wide q = (words_wide)(128u);
                for (int k = 0; k < taps; k++)
                    q += AS_WIDE(*(const __global bytes_any *)(ROW(k) + j)) * (uint)weight[k];
                AT(into + j) = AS_WORDS(q >> 8u);
            }
            continue;
        }
#endif
        VECTOR q0 = (VECTOR)(lost), q1 = q0, q2 = q0, q3 = q0;
        for (int k = 0; k < taps; k++) {
            const VECTOR w = (VECTOR)(WEIGHT(weight[k]));
            const __global SOURCE *s = ROW(k) + i;
            SOON(s + AHEAD);
            SOON(s + AHEAD + 64);
            ADD(q0, w, READ(s));
            ADD(q1, w, READ(s + N));
            ADD(q2, w, READ(s + 2 * N));
            ADD(q3, w, READ(s + 3 * N));
        }
        AT(into + i) = q0, AT(into + i + N) = q1, AT(into + i + 2 * N) = q2, AT(into + i + 3 * N) = q3;
    }
}
__kernel WIDE void KERNEL(PARAMETERS) {
    const ARGUMENTS a = TAKE_ARGUMENTS;
    LINE line[SPAN * C + SLACK], share[4 * SPAN * C + 32 * N], one[MOST], o[MOST * C + SLACK];
    const int x0 = (int)get_group_id(0) * RUN;
    const int x1 = min(x0 + RUN, a.ow);
    const int first = (y0 + (int)get_group_id(1)) * ROWS;
    const int last = min(first + ROWS, a.oh);
    __global const int *restrict rows = U + a.table;
    __global const int *restrict columns = U + a.columns;
#ifdef FIXED
    const int unsure = UNSURE;
#endif
    const int pitch = a.run * C + 2 * N;
    for (int x = x0; x < x1; x += max(a.run, 1)) {
        const int count = min(max(a.run, 1), x1 - x), samples = count * C;
        /* pixel i of the line is column base + i; [begin, end) are those that there are */
        int base = columns[3 * x];
        int end = columns[3 * (x + count - 1)] + columns[3 * (x + count - 1) + 1];
        if (a.step) {
            base = U[a.bases + x / a.run];
            end = base + a.step * (count - 1) + a.taps;
            for (int i = 0; i < (max(base, 0) - base) * C; i++)
                line[i] = 0;
            for (int i = (min(end, a.w) - base) * C; i < (end - base) * C + SLACK; i++)
                line[i] = 0;
            for (int t = 0; t <= a.taps; t++) {
                __global const int *restrict w = U + a.weights + t * a.ow + x;
                for (int i = 0; i < count; i++)
                    one[i] = WEIGHT(w[i]);
                LINE *s = share + t * pitch;
                int i = 0;
#if C == 3
                for (; i + 64 <= count; i += 64)
                    q_join(s + 3 * i, one + i, one + i, one + i, 64);
#endif
                for (; i < count; i++)
                    for (int c = 0; c < C; c++)
                        s[i * C + c] = one[i];
            }
        }
        const int begin = max(base, 0), wide = (min(end, a.w) - begin) * C;
        const int left = (a.vx + begin) * C;
        for (int y = first; y < last; y++) {
            const int row = rows[3 * y], taps = rows[3 * y + 1];
            __global const int *restrict weight = rows + rows[3 * y + 2];
            LINE *into = line + (begin - base) * C;
            if (a.run == 0) { /* very many pixels become one */
                for (int c = 0; c < C; c++) {
                    SUM q = 0;
                    __global const int *restrict w = columns + columns[3 * x + 2];
                    for (int i = 0; i < wide / C; i++) {
                        COLUMN(v, i * C + c);
                        ADD_ONE(q, w[i], v);
                    }
#ifdef FIXED
                    q = (q + 32768u) >> 16u;
#endif
                    o[c] = (LINE)q;
                }
            } else {
                Q_BLOCK(a, row, left, taps, weight, into, wide);
                if (a.step == 2) {
                    BY_STEPS(2, EVERY_2)
                } else if (a.step == 3) {
                    BY_STEPS(3, EVERY_3)
                } else if (a.step == 4) {
                    BY_STEPS(4, EVERY_4)
                } else {
                    for (int i = 0; i < count; i++) {
                        __global const int *restrict entry = columns + 3 * (x + i);
                        __global const int *restrict w = columns + entry[2];
                        const LINE *p = line + (entry[0] - base) * C;
                        SUMS q = (SUMS)(0);
                        for (int k = 0; k < entry[1]; k++)
                            ADD_ONE(q, w[k], FOUR(p + k * C));
                        PUT_FOUR(o + i * C, q);
                    }
                }
            }
#ifdef FIXED /* half to even: sums of halves and quarters are exact */
            __global TARGET *restrict d = TARGET_ROW(y) + x * C;
            int done = 0;
            for (; done + N <= samples; done += N) {
                const words q = AT(o + done);
                const words more = ((q >> (ushort)8) & (ushort)1) * (ushort)(1 + 2 * unsure) + (ushort)(127 - unsure);
                *(__global bytes_any *)(d + done) = AS_BYTES((q + more) >> (ushort)8);
            }
            for (; done < samples; done++)
                d[done] = (uchar)((o[done] + 127 - unsure + (o[done] >> 8 & 1) * (1 + 2 * unsure)) >> 8);
#else
            Q_OUT_ROW(a, x, y, count, o);
#endif
        }
    }
}
#undef LINE
#undef VECTOR
#undef VECTOR_ANY
#undef N
#undef READ
#undef WEIGHT
#undef ADD
#undef FEW
#undef UNSURE
#undef SUM
#undef SUMS
#undef FOUR
#undef PUT_FOUR
#undef ADD_ONE
#undef AT
#undef AHEAD
#undef SOON
#undef CHUNK_OF_ROW
#undef MOST
#undef GROUP
#undef SLACK
#undef ROW
#undef COLUMN
#undef OF_LANES
#undef FROM
#undef LOW
#undef HIGH
#undef THIRD
#undef EITHER
#undef EVERY_2
#undef EVERY_3
#undef EVERY_4
#undef ALONG
#undef BY_STEPS
