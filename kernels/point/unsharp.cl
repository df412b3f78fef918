/* `s` the picture, `v` its blur; beyond the threshold the difference is added `k` times. Alpha likewise. */
static inline float q_unsharp1(float s, float v, float k, float t) {
    const float d = s - v;
    return fabs(d) > t ? fma(k, d, s) : s;
}
/* The result is a picture: colours in 0..1, that is no more than alpha as they are held (none where alpha is 0). */
static inline px q_unsharp(px s, px v, float k, float t) {
    v.a = q_unit(q_unsharp1(s.a, v.a, k, t));
    v.r = fmin(fmax(q_unsharp1(s.r, v.r, k, t), 0.0f), v.a);
    v.g = fmin(fmax(q_unsharp1(s.g, v.g, k, t), 0.0f), v.a);
    v.b = fmin(fmax(q_unsharp1(s.b, v.b, k, t), 0.0f), v.a);
    return v;
}
