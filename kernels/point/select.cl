/* The keys of every stage: how much of the result, where, in which channels. `s` is the stage's input. */
static inline px q_mix(px s, px v, float k) {
    v.r = fma(k, v.r - s.r, s.r);
    v.g = fma(k, v.g - s.g, s.g);
    v.b = fma(k, v.b - s.b, s.b);
    v.a = fma(k, v.a - s.a, s.a);
    return v;
}
static inline px q_roi(px s, px v, int x, int y, int x0, int y0, int x1, int y1) {
    const int inside = (x >= x0) & (x < x1) & (y >= y0) & (y < y1);
    v.r = inside ? v.r : s.r;
    v.g = inside ? v.g : s.g;
    v.b = inside ? v.b : s.b;
    v.a = inside ? v.a : s.a;
    return v;
}
