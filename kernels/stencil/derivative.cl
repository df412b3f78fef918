/* First derivatives. DERIVATIVE_SIDE and _MIDDLE: correlation with [-1 0 1] x [side middle side] and its transpose;
 * without them Roberts' cross, whose two differences lie along the diagonals. DERIVATIVE_OUT: 0 magnitude, 1 the first
 * difference, 2 the second, 3 the angle. `t` points at the sample in the tile, whose full scale is FULL_SCALE; rows are
 * `ts` apart. U: scale. */
static inline float q_derivative(const WIN SAMPLE *t, int ts, __global const int *restrict U) {
#ifdef DERIVATIVE_SIDE
    const float a = t[-ts - C], b = t[-ts], c = t[-ts + C];
    const float d = t[-C], e = t[C];
    const float f = t[ts - C], g = t[ts], h = t[ts + C];
    const float gx = DERIVATIVE_SIDE * (c - a) + DERIVATIVE_MIDDLE * (e - d) + DERIVATIVE_SIDE * (h - f);
    const float gy = DERIVATIVE_SIDE * (f - a) + DERIVATIVE_MIDDLE * (g - b) + DERIVATIVE_SIDE * (h - c);
#else
    const float gx = t[0] - t[ts + C];
    const float gy = t[C] - t[ts];
#endif
    const float k = as_float(U[0]);
#if DERIVATIVE_OUT == 0
    return q_within(k * sqrt(fma(gx, gx, gy * gy)), FULL_SCALE);
#elif DERIVATIVE_OUT == 1
    return q_within(fma(k, gx, 0.5f * FULL_SCALE), FULL_SCALE);
#elif DERIVATIVE_OUT == 2
    return q_within(fma(k, gy, 0.5f * FULL_SCALE), FULL_SCALE);
#else
    return FULL_SCALE * (atan2(gy, gx) * 0.15915494309189535f + 0.5f);
#endif
}
