/* Between the forms that a value can be in: straight or premultiplied, encoded or linear light. */
static inline px q_premultiply(px v) {
    v.r *= v.a;
    v.g *= v.a;
    v.b *= v.a;
    return v;
}
/* Below a millionth (a fifteenth of the least alpha of 16 bits) alpha is what rounding left of sums that met no colour:
 * to divide one such rest by another would give any colour at all. */
static inline px q_unpremultiply(px v) {
    const float k = v.a > 1e-6f ? 1.0f / v.a : 0.0f;
    v.r *= k;
    v.g *= k;
    v.b *= k;
    return v;
}
/* The colour of what cannot be seen is not kept: alpha is 0 once it is stored. */
static inline px q_hide(px v, float max) {
    const float k = q_round(v.a * max, max) > 0 ? 1.0f : 0.0f;
    v.r *= k;
    v.g *= k;
    v.b *= k;
    return v;
}
static inline px q_nothing_is_black(px v) {
    const float k = v.a > 0.0f ? 1.0f : 0.0f;
    v.r *= k;
    v.g *= k;
    v.b *= k;
    return v;
}
/* Values below 0 keep to the straight piece, and so survive the way there and back. */
static inline float q_to_linear(float v) {
    return v <= 0.04045f ? v * (1.0f / 12.92f) : q_power(fma(v, 1.0f / 1.055f, 0.055f / 1.055f), 2.4f);
}
static inline float q_to_srgb(float l) {
    return l <= 0.0031308f ? 12.92f * l : fma(1.055f, q_power(l, 1.0f / 2.4f), -0.055f);
}
static inline px q_linearise(px v) {
    v.r = q_to_linear(v.r);
    v.g = q_to_linear(v.g);
    v.b = q_to_linear(v.b);
    return v;
}
static inline px q_encode(px v) {
    v.r = q_to_srgb(v.r);
    v.g = q_to_srgb(v.g);
    v.b = q_to_srgb(v.b);
    return v;
}
static inline float q_luma709(px v) { return fma(0.2126f, v.r, fma(0.7152f, v.g, 0.0722f * v.b)); }
static inline float q_luma601(px v) { return fma(0.299f, v.r, fma(0.587f, v.g, 0.114f * v.b)); }
static inline float q_luma_linear(px v) { return q_to_srgb(q_luma709(q_linearise(v))); }
