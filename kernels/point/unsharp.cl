/* `s` the picture, `v` its blur; beyond the threshold the difference is added `k` times. Alpha likewise. */
static inline float q_unsharp1(float s, float v, float k, float t) {
    const float d = s - v;
    return fabs(d) > t ? fma(k, d, s) : s;
}
/* The result is a picture: colours in 0..1, that is no more than alpha as they are held (none where alpha is 0). */
static inline float q_between(float v, float most) {
    v = v > 0.0f ? v : 0.0f;
    return v < most ? v : most;
}
static inline px q_unsharp(px s, px v, float k, float t) {
    v.a = q_unit(q_unsharp1(s.a, v.a, k, t));
    v.r = q_between(q_unsharp1(s.r, v.r, k, t), v.a);
    v.g = q_between(q_unsharp1(s.g, v.g, k, t), v.a);
    v.b = q_between(q_unsharp1(s.b, v.b, k, t), v.a);
    return v;
}
#ifdef Q_CPU
static inline words q_words_least(const words s, const words t) { return s < t ? s : t; }
/* The same without a threshold, of fractions of `full`; |k| < 2. */
static inline words q_unsharp_words(const words s, const words v, const float k, const ushort full) {
    const float m = fabs(k);
    const words part = (words)((ushort)((m - floor(m)) * 65536.0f)), whole = (words)((ushort)(m >= 1.0f ? 65535 : 0));
    const words above = s - q_words_least(s, v), below = v - q_words_least(s, v);
    const words more = k < 0.0f ? below : above, less = k < 0.0f ? above : below;
    words q = s + q_words_least(q_high_words(more, part), full - s);
    q += q_words_least(more & whole, full - q);
    q -= q_words_least(q_high_words(less, part), q);
    return q - q_words_least(less & whole, q);
}
#endif
