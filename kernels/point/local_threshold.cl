/* White where the sample is above what its neighbourhood has on average, less the offset; all in levels. */
static inline px q_local_threshold(px s, px v, float max, int offset) {
    v.r = q_round(s.r * max, max) > q_round(v.r * max, max) - offset ? 1.0f : 0.0f;
    v.g = v.r;
    v.b = v.r;
    return v;
}
