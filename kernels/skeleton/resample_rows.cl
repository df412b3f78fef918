/* Second half of a resize: along the rows. On a CPU the rows of a block lie side by side in the tile (sample s of row
 * l at tile[s * LANES + l]), so that the sum over the taps, whose start differs from column to column, still runs as
 * vector code: across rows. Where an output needs more input than the tile holds (SPAN pixels), it is summed from
 * the surface. Table as in resample_columns, of columns; a.run: outputs whose inputs fit the tile, 0: none. */
#if defined(Q_CPU) && C == 3 && TARGET_CHANNELS == 3 && !defined(OUT_PLAIN) && !defined(FLAT)
#define ACROSS /* the epilogue works on pixels of all rows, whose channels lie apart there */
#endif
#define GROUP ((C == 3 ? 3 : 1) * LANES) /* samples: whole pixels */
#define AHEAD 128 /* samples */
#define LINE ((RUN * C + GROUP - 1) / GROUP * GROUP)
__kernel WIDE void KERNEL(PARAMETERS) {
    const ARGUMENTS a = TAKE_ARGUMENTS;
    TILE float tile[SPAN * C * LANES];
    TILE float o[LINE * LANES];
    const int x0 = (int)get_group_id(0) * RUN;
    const int x1 = min(x0 + RUN, a.ow);
    const int first = (y0 + (int)get_group_id(1)) * LANES;
    const int rows = min(LANES, a.oh - first);
    __global const int *restrict table = U + a.table;
    const int step = a.run > 0 ? a.run : 1;
    for (int x = x0; x < x1; x += step) {
        const int xe = min(x + step, x1);
        const int column = table[3 * x];
        if (a.run > 0) {
            const int span = table[3 * (xe - 1)] + table[3 * (xe - 1) + 1] - column;
#ifdef Q_CPU
            __global const float *row[LANES];
            for (int l = 0; l < LANES; l++)
                row[l] = SOURCE_ROW(first + min(l, rows - 1)) + column * C;
            int done = 0;
            for (; done + LANES <= span * C; done += LANES) {
                float16 v[LANES];
#pragma unroll
                for (int l = 0; l < LANES; l++) {
                    v[l] = *(__global const float16_any *)(row[l] + done);
                    q_fetch(row[l] + done + AHEAD, 1);
                }
                q_transpose(v);
                for (int i = 0; i < LANES; i++)
                    *(float16_any *)(tile + (done + i) * LANES) = v[i];
            }
            for (; done < span * C; done++)
                for (int l = 0; l < LANES; l++)
                    tile[done * LANES + l] = row[l][done];
            for (int i0 = 0; i0 < (xe - x) * C; i0 += GROUP) {
                float16 v[GROUP]; /* a sample of all rows each; behind the last one it is nobody's */
                for (int j = 0; j < GROUP; j += C) {
                    __global const int *restrict entry = table + 3 * min(x + (i0 + j) / C, xe - 1);
                    __global const int *restrict weight = table + entry[2];
                    const float16_any *t = (const float16_any *)(tile + (entry[0] - column) * C * LANES);
                    float16 q[C];
#pragma unroll
                    for (int c = 0; c < C; c++)
                        q[c] = (float16)(0.0f);
                    for (int k = 0; k < entry[1]; k++, t += C) {
                        const float16 w = (float16)(as_float(weight[k]));
#pragma unroll
                        for (int c = 0; c < C; c++)
                            q[c] = fma(w, t[c], q[c]);
                    }
#pragma unroll
                    for (int c = 0; c < C; c++)
                        v[j + c] = q[c];
                }
#ifdef ACROSS
                for (int j = 0; j < GROUP; j += C) {
                    float *r = (float *)(v + j), *g = (float *)(v + j + 1), *b = (float *)(v + j + 2);
                    const int at = min(x + (i0 + j) / C, xe - 1);
                    for (int l = 0; l < LANES; l++) {
                        px q = {r[l], g[l], b[l], 1.0f};
                        q = OUT_PIXEL(a, at, first + min(l, rows - 1), q);
                        r[l] = q.r, g[l] = q.g, b[l] = q.b;
                    }
                }
#endif
                for (int j = 0; j < GROUP; j += LANES) {
                    q_transpose(v + j);
                    for (int l = 0; l < LANES; l++)
                        *(float16_any *)(o + l * LINE + i0 + j) = v[j + l];
                }
            }
#else
            for (int l = 0; l < LANES; l++) {
                __global const SOURCE *restrict s =
                    SOURCE_ROW(first + min(l, rows - 1)) + column * C;
                EACH (i, 0, span * C)
                    tile[i * LANES + l] = (float)s[i];
            }
            SYNC;
            EACH (i, 0, (xe - x) * C) {
                const int c = i % C;
                const int from = table[3 * (x + i / C)] - column, taps = table[3 * (x + i / C) + 1];
                __global const int *restrict weight = table + table[3 * (x + i / C) + 2];
                float q[LANES];
#pragma unroll
                for (int l = 0; l < LANES; l++)
                    q[l] = 0.0f;
                for (int k = 0; k < taps; k++) {
                    const float w = as_float(weight[k]);
                    const TILE float *t = tile + ((from + k) * C + c) * LANES;
#pragma unroll
                    for (int l = 0; l < LANES; l++)
                        q[l] = fma(w, t[l], q[l]);
                }
                for (int l = 0; l < LANES; l++)
                    o[l * LINE + i] = q[l];
            }
#endif
        } else {
            const int taps = table[3 * x + 1];
            __global const int *restrict weight = table + table[3 * x + 2];
            for (int l = 0; l < rows; l++)
                EACH (c, 0, C) {
                    __global const SOURCE *restrict s = SOURCE_ROW(first + l) + column * C + c;
                    float q = 0.0f;
                    for (int k = 0; k < taps; k++)
                        q = fma(as_float(weight[k]), (float)s[k * C], q);
                    o[l * LINE + c] = q;
                }
        }
        SYNC;
#ifdef Q_CPU
        for (int l = 0; l < rows; l++) {
#ifdef ACROSS
            if (a.run > 0) {
                __global TARGET *restrict d = TARGET_ROW(first + l) + x * C;
                for (int i = 0; i < (xe - x) * C; i++)
                    d[i] = OUT_SAMPLE(o[l * LINE + i]);
                continue;
            }
#endif
            Q_OUT_ROW(a, x, first + l, xe - x, o + l * LINE);
        }
#else
        for (int l = 0; l < rows; l++)
            EACH (i, 0, xe - x)
                OUT(a, x + i, first + l, GET(o + l * LINE + i * C));
#endif
        SYNC;
    }
}
#undef LINE
#undef GROUP
#undef AHEAD
#undef ACROSS
