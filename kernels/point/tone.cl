/* Tone curves: each channel alike. */
static inline px q_invert(px v) {
    v.r = 1.0f - v.r;
    v.g = 1.0f - v.g;
    v.b = 1.0f - v.b;
    return v;
}
static inline px q_linear_tone(px v, float gain, float offset) {
    v.r = fma(v.r, gain, offset);
    v.g = fma(v.g, gain, offset);
    v.b = fma(v.b, gain, offset);
    return v;
}
static inline px q_clamp_unit(px v) {
    v.r = q_unit(v.r);
    v.g = q_unit(v.g);
    v.b = q_unit(v.b);
    return v;
}
static inline px q_gamma(px v, float e) {
    v.r = q_power(v.r, e);
    v.g = q_power(v.g, e);
    v.b = q_power(v.b, e);
    return v;
}
/* Exposure works on linear light: here its input arrives linear. */
static inline px q_gain(px v, float k) {
    v.r *= k;
    v.g *= k;
    v.b *= k;
    return v;
}
/* Here it arrives in sRGB's encoding. Light times k is then k times the code where both codes lie in the curve's straight
 * piece (up to t0), a linear function of it where both are powers (above t1), and one power between. */
static inline float q_expose1(float v, float k, float straight, float offset, float a, float b, float e, float scale,
                              float shift, float t0, float t1) {
    const float between = fma(scale, q_power(fma(v, a, b), e), shift);
    const float above = fma(v, straight, offset);
    const float bent = v <= t1 ? between : above;
    return v <= t0 ? v * k : bent;
}
static inline px q_expose(px v, float k, float straight, float offset, float a, float b, float e, float scale,
                          float shift, float t0, float t1) {
    v.r = q_expose1(v.r, k, straight, offset, a, b, e, scale, shift, t0, t1);
    v.g = q_expose1(v.g, k, straight, offset, a, b, e, scale, shift, t0, t1);
    v.b = q_expose1(v.b, k, straight, offset, a, b, e, scale, shift, t0, t1);
    return v;
}
/* `t` lies a hair above the level, so that a sample that equals the level is not above it whatever the last bit. */
static inline px q_threshold(px v, float t) {
    v.r = v.r > t ? 1.0f : 0.0f;
    v.g = v.g > t ? 1.0f : 0.0f;
    v.b = v.b > t ? 1.0f : 0.0f;
    return v;
}
static inline px q_posterize(px v, float n) {
    v.r = rint(v.r * n) / n;
    v.g = rint(v.g * n) / n;
    v.b = rint(v.b * n) / n;
    return v;
}
static inline px q_solarize(px v, float t) {
    v.r = v.r < t ? v.r : 1.0f - v.r;
    v.g = v.g < t ? v.g : 1.0f - v.g;
    v.b = v.b < t ? v.b : 1.0f - v.b;
    return v;
}
