/* A 3x3 matrix on R, G and B, row by row. */
static inline px q_matrix(px v, float m0, float m1, float m2, float m3, float m4, float m5, float m6, float m7,
                          float m8) {
    px o;
    o.r = fma(m0, v.r, fma(m1, v.g, m2 * v.b));
    o.g = fma(m3, v.r, fma(m4, v.g, m5 * v.b));
    o.b = fma(m6, v.r, fma(m7, v.g, m8 * v.b));
    o.a = v.a;
    return o;
}
