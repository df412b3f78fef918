/* What a reduction has found, applied. */
static inline px q_lut_each(px v, __global const float *restrict t, float bins) {
    v.r = t[q_round(v.r * bins, bins)];
    v.g = t[q_round(v.g * bins, bins) + (int)bins + 1];
    v.b = t[q_round(v.b * bins, bins) + 2 * ((int)bins + 1)];
    return v;
}
/* Equalised luma: what luma gains, every channel gains. */
static inline px q_lut_luma(px v, float y, __global const float *restrict t, float bins) {
    const float d = t[q_round(y * bins, bins)] - y;
    v.r += d;
    v.g += d;
    v.b += d;
    return v;
}
/* t[0] is the black point, t[1] the gain. */
static inline px q_stretch(px v, __global const float *restrict t) {
    v.r = (v.r - t[0]) * t[1];
    v.g = (v.g - t[0]) * t[1];
    v.b = (v.b - t[0]) * t[1];
    return v;
}
/* t[0] is the threshold's bin: the class above it is white. */
static inline px q_above_bin(px v, __global const float *restrict t, float scale, float bins) {
    v.r = floor((float)q_round(v.r * bins, bins) * scale) > t[0] ? 1.0f : 0.0f;
    return v;
}
/* The same with a black point and a gain for each channel. */
static inline px q_stretch_each(px v, __global const float *restrict t) {
    v.r = (v.r - t[0]) * t[1];
    v.g = (v.g - t[2]) * t[3];
    v.b = (v.b - t[4]) * t[5];
    return v;
}
