/* White where the sample is above what its neighbourhood has on average, less the offset; all in levels. */
static inline float q_above_average(float s, float v, float max, int offset) {
    return q_round(s * max, max) > q_round(v * max, max) - offset ? 1.0f : 0.0f;
}
static inline px q_local_threshold(px s, px v, float max, int offset) {
    v.r = q_above_average(s.r, v.r, max, offset);
    v.g = v.r;
    v.b = v.r;
    return v;
}
