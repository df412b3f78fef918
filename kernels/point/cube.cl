/* Tables of colours. t: where the table begins (r, g, b), its steps for 1 of input (r, g, b), then the entries, red
 * fastest; n of them on an axis. What lies outside takes the entry at the edge. */
#define Q_ENTRIES 6
static inline float q_position(float v, float low, float steps, int n) {
    const float p = (v - low) * steps;
    return fmin(fmax(p, 0.0f), (float)(n - 1));
}
static inline int q_cell(float p, int n) { return min((int)p, n - 2); }

static inline float q_curve(float v, __global const float *restrict t, int k, int n) {
    const float p = q_position(v, t[k], t[3 + k], n);
    const int i = q_cell(p, n);
    const float a = t[Q_ENTRIES + 3 * i + k], b = t[Q_ENTRIES + 3 * i + 3 + k];
    return fma(p - (float)i, b - a, a);
}
static inline px q_curves(px v, __global const float *restrict t, int n) {
    v.r = q_curve(v.r, t, 0, n);
    v.g = q_curve(v.g, t, 1, n);
    v.b = q_curve(v.b, t, 2, n);
    return v;
}

/* Six tetrahedra share the diagonal of the cell from its lowest to its highest corner: from the lowest, one axis after
 * another, the one with the largest fraction first. */
static inline px q_tetrahedral(px v, __global const float *restrict t, int n) {
    const float pr = q_position(v.r, t[0], t[3], n), pg = q_position(v.g, t[1], t[4], n);
    const float pb = q_position(v.b, t[2], t[5], n);
    const int ir = q_cell(pr, n), ig = q_cell(pg, n), ib = q_cell(pb, n);
    const float fr = pr - (float)ir, fg = pg - (float)ig, fb = pb - (float)ib;
    const int dr = 3, dg = 3 * n, db = 3 * n * n;
    const int rg = fr >= fg, gb = fg >= fb, rb = fr >= fb;
    const int first = rg & rb ? dr : (1 - rg) & gb ? dg : db, last = rb & gb ? db : rg & (1 - gb) ? dg : dr;
    const float f1 = fmax(fr, fmax(fg, fb)), f3 = fmin(fr, fmin(fg, fb));
    const float f2 = fmax(fmin(fr, fg), fmin(fmax(fr, fg), fb));
    const int i0 = Q_ENTRIES + dr * ir + dg * ig + db * ib, i1 = i0 + first, i3 = i0 + dr + dg + db, i2 = i3 - last;
    const float w0 = 1.0f - f1, w1 = f1 - f2, w2 = f2 - f3;
    v.r = fma(w0, t[i0], fma(w1, t[i1], fma(w2, t[i2], f3 * t[i3])));
    v.g = fma(w0, t[i0 + 1], fma(w1, t[i1 + 1], fma(w2, t[i2 + 1], f3 * t[i3 + 1])));
    v.b = fma(w0, t[i0 + 2], fma(w1, t[i1 + 2], fma(w2, t[i2 + 2], f3 * t[i3 + 2])));
    return v;
}

static inline float q_trilinear1(__global const float *restrict t, int dg, int db, float fr, float fg, float fb) {
    const float a = fma(fr, t[3] - t[0], t[0]), b = fma(fr, t[dg + 3] - t[dg], t[dg]);
    const float c = fma(fr, t[db + 3] - t[db], t[db]), d = fma(fr, t[db + dg + 3] - t[db + dg], t[db + dg]);
    const float e = fma(fg, b - a, a), f = fma(fg, d - c, c);
    return fma(fb, f - e, e);
}
static inline px q_trilinear(px v, __global const float *restrict t, int n) {
    const float pr = q_position(v.r, t[0], t[3], n), pg = q_position(v.g, t[1], t[4], n);
    const float pb = q_position(v.b, t[2], t[5], n);
    const int ir = q_cell(pr, n), ig = q_cell(pg, n), ib = q_cell(pb, n), dg = 3 * n, db = 3 * n * n;
    const float fr = pr - (float)ir, fg = pg - (float)ig, fb = pb - (float)ib;
    __global const float *const p = t + Q_ENTRIES + 3 * ir + dg * ig + db * ib;
    v.r = q_trilinear1(p, dg, db, fr, fg, fb);
    v.g = q_trilinear1(p + 1, dg, db, fr, fg, fb);
    v.b = q_trilinear1(p + 2, dg, db, fr, fg, fb);
    return v;
}
#undef Q_ENTRIES
