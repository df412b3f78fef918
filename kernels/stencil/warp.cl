/* Weights of the taps around a position, `f` behind the first one that is not after it. */
static inline void q_linear_weights(float *w, float f) {
    w[0] = 1.0f - f;
    w[1] = f;
}
static inline void q_cubic_weights(float *w, float f) { /* Catmull-Rom */
    w[0] = f * fma(f, fma(f, -0.5f, 1.0f), -0.5f);
    w[1] = fma(f * f, fma(f, 1.5f, -2.5f), 1.0f);
    w[2] = f * fma(f, fma(f, -1.5f, 2.0f), 0.5f);
    w[3] = f * f * fma(f, 0.5f, -0.5f);
}
static inline long q_long(int low, int high) { return (long)(((ulong)(uint)high << 32) | (uint)low); }
