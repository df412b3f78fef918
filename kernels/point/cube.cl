/* Tables of colours: where value v lies on an axis, as host/filter/lut_file.h has it, then the entries, red fastest; n of
 * them on an axis. What lies outside takes the entry at the edge. `max`: v is a level over this, which is taken again:
 * between entries that lie far apart, the rounding of v and of its product would be more than a level of 16 bits. 1: v is
 * a float that is not known better, or 8 bits are wanted. A constant, so that one of the two ways is compiled. */
#define Q_ENTRIES 12
static inline int q_cell(float v, __global const float *restrict t, int k, int n, float max, float *fraction) {
    const float steps = t[6 + k], whole = t[k];
    if (max == 1.0f) {
        const float place = fmin(fmax(fma(v, steps, t[3 + k]) + whole, 0.0f), (float)(n - 1));
        const int cell = min((int)place, n - 2);
        *fraction = place - (float)cell;
        return cell;
    }
    const float level = rint(v * max), per = 1.0f / max;
    const float p = level * steps, rest = fma(level, t[9 + k], fma(level, steps, -p));
    const float at = fma(p, per, t[3 + k]) + whole;
    const float i = fmin(fmax(floor(at), 0.0f), (float)(n - 2));
    const float f = fma(fma(whole - i, max, p) + rest, per, t[3 + k]);
    *fraction = at >= (float)(n - 1) ? 1.0f : fmin(fmax(f, 0.0f), 1.0f);
    return (int)i;
}

static inline float q_curve(float v, __global const float *restrict t, int k, int n, float max) {
    float f;
    const int i = q_cell(v, t, k, n, max, &f);
    const float a = t[Q_ENTRIES + 3 * i + k], b = t[Q_ENTRIES + 3 * i + 3 + k];
    return fma(f, b - a, a);
}
static inline px q_curves(px v, __global const float *restrict t, int n, float max) {
    v.r = q_curve(v.r, t, 0, n, max);
    v.g = q_curve(v.g, t, 1, n, max);
    v.b = q_curve(v.b, t, 2, n, max);
    return v;
}

/* Six tetrahedra share the diagonal of the cell from its lowest to its highest corner: from the lowest, one axis after
 * another, the one with the largest fraction first. */
static inline px q_tetrahedral(px v, __global const float *restrict t, int n, float max) {
    float fr, fg, fb;
    const int ir = q_cell(v.r, t, 0, n, max, &fr), ig = q_cell(v.g, t, 1, n, max, &fg);
    const int ib = q_cell(v.b, t, 2, n, max, &fb);
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
static inline px q_trilinear(px v, __global const float *restrict t, int n, float max) {
    float fr, fg, fb;
    const int ir = q_cell(v.r, t, 0, n, max, &fr), ig = q_cell(v.g, t, 1, n, max, &fg);
    const int ib = q_cell(v.b, t, 2, n, max, &fb), dg = 3 * n, db = 3 * n * n;
    __global const float *const p = t + Q_ENTRIES + 3 * ir + dg * ig + db * ib;
    v.r = q_trilinear1(p, dg, db, fr, fg, fb);
    v.g = q_trilinear1(p + 1, dg, db, fr, fg, fb);
    v.b = q_trilinear1(p + 2, dg, db, fr, fg, fb);
    return v;
}
#undef Q_ENTRIES
