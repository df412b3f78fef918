/* v^e for v >= 0 (0 below), to about 2e-7 of the value where it is not far below 1; pow() of a CPU device is a call for
 * every sample, which takes a hundred times as long as these few multiplications in vector code.
 *
 * log2: v = m * 2^k with m in [sqrt(1/2), sqrt(2)); with s = (m - 1) / (m + 1), ln m = 2 (s + s^3 / 3 + s^5 / 5 + ...).
 * exp2: the whole part goes into the exponent, the rest, in [-1/2, 1/2], through a polynomial fitted for the least
 * relative error (2e-9 before rounding). */
static inline float q_power(float v, float e) {
    const float x = v > 1.2e-38f ? v : 1.2e-38f;
    const int i = as_int(x) - 0x3f3504f3;
    const float k = (float)(i >> 23);
    const float m = as_float((i & 0x7fffff) + 0x3f3504f3);
    const float s = (m - 1.0f) / (m + 1.0f), z = s * s;
    float p = 0.1111111119f;
    p = fma(p, z, 0.1428571492f);
    p = fma(p, z, 0.2000000030f);
    p = fma(p, z, 0.3333333433f);
    const float ln = fma(s * z, p, s);          /* half of ln m */
    const float l = fma(2.885390082f, ln, k);   /* log2 v */
    float t = e * l;
    t = t < 127.0f ? t : 127.0f;
    t = t > -126.0f ? t : -126.0f;
    const float r = t + 12582912.0f; /* 1.5 * 2^23: the low bits are the nearest whole number */
    const float n = r - 12582912.0f;
    const float f = t == e * l ? fma(e, l, -n) : t - n;
    float q = 1.5345809516e-4f;
    q = fma(q, f, 1.3399930904e-3f);
    q = fma(q, f, 9.6184890717e-3f);
    q = fma(q, f, 5.5503286421e-2f);
    q = fma(q, f, 2.4022646248e-1f);
    q = fma(q, f, 6.9314718246e-1f);
    q = fma(q, f, 1.0f);
    const float y = as_float(as_int(q) + (as_int(r) << 23));
    return v > 0.0f ? y : 0.0f;
}
