/* Porter-Duff over, premultiplied: `s` above `v`. */
static inline px q_over(px v, px s, float opacity) {
    const float k = fma(-opacity, s.a, 1.0f);
    v.r = fma(opacity, s.r, v.r * k);
    v.g = fma(opacity, s.g, v.g * k);
    v.b = fma(opacity, s.b, v.b * k);
    v.a = fma(opacity, s.a, v.a * k);
    return v;
}
/* A pixel of a second picture: straight RGBA, 16 bits a sample; transparent where it does not reach. */
static inline px q_second(__global const ushort *restrict p, int stride, int x, int y, int w, int h) {
    const int inside = (x >= 0) & (x < w) & (y >= 0) & (y < h);
    const size_t at = inside ? (size_t)y * stride + (size_t)x * 4 : 0;
    const float k = inside ? 1.0f / 65535.0f : 0.0f;
    px v = {(float)p[at] * k, (float)p[at + 1] * k, (float)p[at + 2] * k, (float)p[at + 3] * k};
    return v;
}
