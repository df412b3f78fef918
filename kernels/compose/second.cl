/* A pixel of a second picture: straight RGBA, 16 bits a sample; transparent where it does not reach. */
static inline px q_second(__global const ushort *restrict p, int stride, int x, int y, int w, int h) {
    const int inside = (x >= 0) & (x < w) & (y >= 0) & (y < h);
    const size_t at = inside ? (size_t)y * stride + (size_t)x * 4 : 0;
    const float k = inside ? 1.0f / 65535.0f : 0.0f;
    px v = {(float)p[at] * k, (float)p[at + 1] * k, (float)p[at + 2] * k, (float)p[at + 3] * k};
    return v;
}
static inline px q_fade(px s, float opacity) {
    s.a *= opacity;
    return s;
}
/* What it covers as a mask: luma, as far as it is there at all. */
static inline float q_mask(px s) { return s.a * fma(0.2126f, s.r, fma(0.7152f, s.g, 0.0722f * s.b)); }
