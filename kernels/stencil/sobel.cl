/* First derivatives: correlation with [-1 0 1] x [1 2 1]. OUT_SOBEL: 0 magnitude, 1 along x, 2 along y, 3 angle.
 * `t` points at the sample in the tile; rows are `ts` apart. U: scale. */
static inline float q_sobel(const TILE float *t, int ts, __global const int *restrict U) {
    const float a = t[-ts - C], b = t[-ts], c = t[-ts + C];
    const float d = t[-C], e = t[C];
    const float f = t[ts - C], g = t[ts], h = t[ts + C];
    const float gx = (c - a) + 2.0f * (e - d) + (h - f);
    const float gy = (f - a) + 2.0f * (g - b) + (h - c);
    const float k = as_float(U[0]);
#if OUT_SOBEL == 0
    return q_unit(k * sqrt(fma(gx, gx, gy * gy)));
#elif OUT_SOBEL == 1
    return q_unit(fma(k, gx, 0.5f));
#elif OUT_SOBEL == 2
    return q_unit(fma(k, gy, 0.5f));
#else
    return atan2(gy, gx) * 0.15915494309189535f + 0.5f;
#endif
}
