/* Every sample by table_make's table. TABLE_OF_BYTES: its results are bytes; ALIKE: all channels have the same one. */
#if defined(Q_LOOK_UP) && defined(TABLE_OF_BYTES) && defined(IN_ROW)
#define BYTES(p, i) ((q_byte32_any *)(p))[i]
#if C > 1 && !defined(ALIKE)
#define BY_BLOCKS
#endif
#endif
__kernel WIDE void KERNEL(PARAMETERS) {
    const ARGUMENTS a = TAKE_ARGUMENTS;
    const int x0 = (int)get_group_id(0) * RUN;
    const int n = min(RUN, a.ow - x0);
    const int first = (y0 + (int)get_group_id(1)) * ROWS;
    const int last = min(first + ROWS, a.oh);
    __global const TARGET *restrict t = TABLE;
#ifdef BYTES
    const q_table t0 = q_table_of(t);
#endif
#ifdef BY_BLOCKS
    const q_table t1 = q_table_of(t + 256), t2 = q_table_of(t + 512);
#endif
    for (int y = first; y < last; y++) {
        __global TARGET *restrict d = TARGET_ROW(y) + x0 * C;
        int done = 0; /* pixels */
#ifdef IN_ROW
        const __global SOURCE *restrict p = IN_ROW(a, y) + x0 * C;
#if defined(BY_BLOCKS)
        for (; done + BLOCK <= n; done += BLOCK) {
            uchar r[BLOCK], g[BLOCK], b[BLOCK];
            const __global SOURCE *s = p + done * 3;
            TAKE_APART(s, 3, r, g, b, r);
            for (int i = 0; i < BLOCK / 32; i++) {
                BYTES(r, i) = q_look_up(t0, BYTES(r, i));
                BYTES(g, i) = q_look_up(t1, BYTES(g, i));
                BYTES(b, i) = q_look_up(t2, BYTES(b, i));
            }
            __global TARGET *q = d + done * 3;
            PUT_TOGETHER(q, 3, r, g, b, r);
        }
#elif defined(BYTES)
        for (; done + 32 <= n; done += 32)
            for (int c = 0; c < C; c++)
                ((__global q_byte32_any *)(d + done * C))[c] =
                    q_look_up(t0, ((const __global q_byte32_any *)(p + done * C))[c]);
#endif
        if (C == 1) {
            EACH (i, done, n)
                d[i] = t[p[i]];
        } else {
            EACH (i, done, n) {
                d[i * 3] = t[p[i * 3]];
                d[i * 3 + 1] = t[256 + p[i * 3 + 1]];
                d[i * 3 + 2] = t[512 + p[i * 3 + 2]];
            }
        }
#else
        EACH (i, done, n) {
            const px v = IN(a, x0 + i, y);
            d[i * C] = t[(int)v.r];
            if (C > 1) {
                d[i * C + 1] = t[256 + (int)v.g];
                d[i * C + 2] = t[512 + (int)v.b];
            }
        }
#endif
    }
}
#undef BYTES
#undef BY_BLOCKS
