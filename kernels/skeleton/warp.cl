/* Pixels from where a matrix says: the source position of (x, y) is linear in x and y. Positions are whole numbers with
 * a.q bits behind the point, exact at any size; along a run only their last 32 bits are counted on, and what is before
 * the point follows from a float that needs to be right to half a pixel. TAPS: 1 nearest, 2 bilinear, 4 Catmull-Rom. */
#define BACK ((TAPS - 1) / 2) /* taps before the position */
#ifdef BORDER_CONSTANT
#define TAP(x, y) \
    ((x) < 0 || (x) >= a.w || (y) < 0 || (y) >= a.h ? BORDER(a) : IN(a, q_clamp(x, a.w), q_clamp(y, a.h)))
#else
#define TAP(x, y) IN(a, Q_MAP(x, a.w), Q_MAP(y, a.h))
#endif
#define INSIDE(x, y) IN(a, x, y)
/* The weighted sum of TAPS x TAPS pixels around a position. */
#if TAPS == 1
#define SAMPLE(v, FETCH, x, y, fx, fy) const px v = FETCH(x, y)
#else
#define SAMPLE(v, FETCH, x, y, fx, fy) \
    px v = {0.0f, 0.0f, 0.0f, 0.0f}; \
    float wx[TAPS], wy[TAPS]; \
    q_weights##FETCH(wx, fx); \
    q_weights##FETCH(wy, fy); \
    _Pragma("unroll") for (int j = 0; j < TAPS; j++) { \
        px r = {0.0f, 0.0f, 0.0f, 0.0f}; \
        _Pragma("unroll") for (int k = 0; k < TAPS; k++) { \
            const px s = FETCH((x) + k - BACK, (y) + j - BACK); \
            r.r = fma(wx[k], s.r, r.r); \
            r.g = fma(wx[k], s.g, r.g); \
            r.b = fma(wx[k], s.b, r.b); \
            r.a = fma(wx[k], s.a, r.a); \
        } \
        v.r = fma(wy[j], r.r, v.r); \
        v.g = fma(wy[j], r.g, v.g); \
        v.b = fma(wy[j], r.b, v.b); \
        v.a = fma(wy[j], r.a, v.a); \
    }
#if TAPS == 2
#define q_weightsTAP q_linear_weights
#define q_weightsINSIDE q_linear_weights
#else
#define q_weightsTAP q_cubic_weights
#define q_weightsINSIDE q_cubic_weights
#endif
#endif
/* Along a run: base and fraction of its first pixel, the fraction and the whole part of pixel i. */
#define FIRST(l, h, ly, hy, l0, h0) (q_long(a.l, a.h) * x0 + q_long(a.ly, a.hy) * y + q_long(a.l0, a.h0))
#define FRACTION(i, u, step) ((float)(int)((u + (uint)(i) * (uint)(step)) >> 8) * 0x1p-24f)
#define WHOLE(i, u, step, f) ((int)floor(fma((float)(i), step, (float)(u) * 0x1p-32f) - (f) + 0.5f))

#if defined(IN_ROW) && defined(BYTES) && TAPS <= 2 && (C == 1 || C == 3) && defined(Q_CPU)
#define PACKED /* a pixel, and the next with it, is read as one word */
#define FAR (C == 1 ? 4 : (4 * TAPS + C - 1) / C)
#define BYTE(w, c) ((float)(int)(w[i] >> (8 * (c)) & 255))
#define BETWEEN(c) \
    fma(fy[i], fma(fx[i], BYTE(w11, c) - BYTE(w01, c), BYTE(w01, c)) - \
                   fma(fx[i], BYTE(w10, c) - BYTE(w00, c), BYTE(w00, c)), \
        fma(fx[i], BYTE(w10, c) - BYTE(w00, c), BYTE(w00, c)))
#else
#define FAR TAPS
#endif
#define ALL_INSIDE(x, y) (((x) >= BACK) & ((x) <= a.w - FAR + BACK) & ((y) >= BACK) & ((y) <= a.h - TAPS + BACK))
#define SOME_INSIDE(x, y) (((x) > BACK - TAPS) & ((x) < a.w + BACK) & ((y) > BACK - TAPS) & ((y) < a.h + BACK))

__kernel void KERNEL(PARAMETERS) {
    const ARGUMENTS a = TAKE_ARGUMENTS;
    const int x0 = (int)(get_global_id(0) / get_local_size(0)) * RUN; /* a launch may begin within a row */
    const int n = min(RUN, a.ow - x0);
    const int first = (y0 + (int)get_group_id(1)) * ROWS;
    const int last = min(first + ROWS, a.oh);
    for (int y = first; y < last; y++) {
        const long sx = FIRST(x0l, x0h, x1l, x1h, x2l, x2h), sy = FIRST(y0l, y0h, y1l, y1h, y2l, y2h);
        const int bx = (int)(sx >> a.q), by = (int)(sy >> a.q);
        const uint ux = (uint)(sx >> (a.q - 32)), uy = (uint)(sy >> (a.q - 32));
#ifdef Q_GPU
        EACH (i, 0, n) {
            const float fx = FRACTION(i, ux, a.fx), fy = FRACTION(i, uy, a.fy);
            const int px_ = bx + WHOLE(i, ux, a.dx, fx), py = by + WHOLE(i, uy, a.dy, fy);
            SAMPLE(v, TAP, px_, py, fx, fy);
            OUT(a, x0 + i, y, v);
        }
#else
        int xs[RUN], ys[RUN];
        float fx[RUN], fy[RUN];
        for (int i = 0; i < n; i++) {
            fx[i] = FRACTION(i, ux, a.fx);
            fy[i] = FRACTION(i, uy, a.fy);
            xs[i] = bx + WHOLE(i, ux, a.dx, fx[i]);
            ys[i] = by + WHOLE(i, uy, a.dy, fy[i]);
        }
        /* Of all pixels, those in [lo, hi) have all their taps inside, those outside of [any, none) have no tap there.
         * What holds for both ends holds between them. */
        int lo = 0, hi = n, any = 0, none = n;
        if (!(ALL_INSIDE(xs[0], ys[0]) & ALL_INSIDE(xs[n - 1], ys[n - 1]))) {
            lo = any = n;
            hi = none = 0;
            for (int i = 0; i < n; i++) {
                const int in = ALL_INSIDE(xs[i], ys[i]), near = SOME_INSIDE(xs[i], ys[i]);
                lo = min(lo, in ? i : n);
                hi = max(hi, in ? i + 1 : 0);
                any = min(any, near ? i : n);
                none = max(none, near ? i + 1 : 0);
            }
        }
#ifdef BORDER_CONSTANT
        none = max(none, any);
        for (int i = 0; i < any; i++)
            OUT(a, x0 + i, y, BORDER(a));
        for (int i = none; i < n; i++)
            OUT(a, x0 + i, y, BORDER(a));
#else
        any = 0;
        none = n;
#endif
        if (hi <= lo)
            lo = hi = none;
        for (int i = any; i < lo; i++) {
            SAMPLE(v, TAP, xs[i], ys[i], fx[i], fy[i]);
            OUT(a, x0 + i, y, v);
        }
        for (int i = hi; i < none; i++) {
            SAMPLE(v, TAP, xs[i], ys[i], fx[i], fy[i]);
            OUT(a, x0 + i, y, v);
        }
#ifdef PACKED
#if TAPS == 1
        uint word[RUN];
        for (int i = lo; i < hi; i++)
            word[i] = as_uint(vload4(0, IN_ROW(a, ys[i]) + xs[i] * C));
        for (int i = lo; i < hi; i++) {
            const px v = {BYTE(word, 0), BYTE(word, (C > 2)), BYTE(word, 2 * (C > 2)), 1.0f};
            OUT(a, x0 + i, y, v);
        }
#else
        uint w00[RUN], w10[RUN], w01[RUN], w11[RUN];
#if C == 1
        for (int i = lo; i < hi; i++) {
            w00[i] = as_uint(vload4(0, IN_ROW(a, ys[i]) + xs[i]));
            w01[i] = as_uint(vload4(0, IN_ROW(a, ys[i] + 1) + xs[i]));
        }
        for (int i = lo; i < hi; i++) {
            w10[i] = w00[i] >> 8;
            w11[i] = w01[i] >> 8;
        }
#else
        ulong top[RUN], bottom[RUN];
        for (int i = lo; i < hi; i++) { /* loads and nothing else: what is vector code stands behind them */
            top[i] = as_ulong(vload8(0, IN_ROW(a, ys[i]) + xs[i] * C));
            bottom[i] = as_ulong(vload8(0, IN_ROW(a, ys[i] + 1) + xs[i] * C));
        }
        for (int i = lo; i < hi; i++) {
            w00[i] = (uint)top[i];
            w10[i] = (uint)(top[i] >> (8 * C));
            w01[i] = (uint)bottom[i];
            w11[i] = (uint)(bottom[i] >> (8 * C));
        }
#endif
        TARGET r[RUN], g[RUN], b[RUN], o[RUN];
        for (int i = lo; i < hi; i++) {
            px v = {BETWEEN(0), BETWEEN((C > 2)), BETWEEN(2 * (C > 2)), 1.0f};
            v = OUT_PIXEL(a, x0 + i, y, v);
            r[i] = OUT_SAMPLE(v.r);
            if (TARGET_CHANNELS > 2)
                g[i] = OUT_SAMPLE(v.g), b[i] = OUT_SAMPLE(v.b);
            if (TARGET_CHANNELS % 2 == 0)
                o[i] = OUT_SAMPLE(v.a);
        }
        __global TARGET *restrict d = TARGET_ROW(y) + x0 * TARGET_CHANNELS;
        if (TARGET_CHANNELS == 3)
            for (int i = lo; i < hi; i++)
                d[3 * i] = r[i], d[3 * i + 1] = g[i], d[3 * i + 2] = b[i];
        else
            for (int i = lo; i < hi; i++) {
                d[TARGET_CHANNELS * i] = r[i];
                if (TARGET_CHANNELS > 2)
                    d[TARGET_CHANNELS * i + 1] = g[i], d[TARGET_CHANNELS * i + 2] = b[i];
                if (TARGET_CHANNELS % 2 == 0)
                    d[TARGET_CHANNELS * i + TARGET_CHANNELS - 1] = o[i];
            }
#endif
#else
        for (int i = lo; i < hi; i++) {
            SAMPLE(v, INSIDE, xs[i], ys[i], fx[i], fy[i]);
            OUT(a, x0 + i, y, v);
        }
#endif
#endif
    }
}
#undef BACK
#undef TAP
#undef INSIDE
#undef SAMPLE
#undef q_weightsTAP
#undef q_weightsINSIDE
#undef FIRST
#undef FRACTION
#undef WHOLE
#undef ALL_INSIDE
#undef SOME_INSIDE
#undef PACKED
#undef BYTE
#undef BETWEEN
#undef FAR
#undef TAPS
#undef BYTES
