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
/* Exposure works on linear light; its input arrives linear. */
static inline px q_gain(px v, float k) {
    v.r *= k;
    v.g *= k;
    v.b *= k;
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
