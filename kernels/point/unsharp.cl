/* `s` the picture, `v` its blur; beyond the threshold the difference is added `k` times. Alpha likewise. */
static inline float q_unsharp1(float s, float v, float k, float t) {
    const float d = s - v;
    return q_unit(fabs(d) > t ? fma(k, d, s) : s);
}
static inline px q_unsharp(px s, px v, float k, float t) {
    v.r = q_unsharp1(s.r, v.r, k, t);
    v.g = q_unsharp1(s.g, v.g, k, t);
    v.b = q_unsharp1(s.b, v.b, k, t);
    v.a = q_unsharp1(s.a, v.a, k, t);
    return v;
}
