/* 2^t for t <= 0, to 3e-6 of the value; 2^-126 where it would be less. The whole part of t goes into the exponent, the
 * rest, -1/2 .. 1/2, through a polynomial that was fitted for the least relative error. */
static inline float q_exp2(float t) {
    t = t > -126.0f ? t : -126.0f;
    const float z = t + 12582912.0f; /* 1.5 * 2^23: the low bits are the nearest whole number */
    const float f = t - (z - 12582912.0f);
    float p = 0.009570102207362652f;
    p = fma(p, f, 0.05591786280274391f);
    p = fma(p, f, 0.240247443318367f);
    p = fma(p, f, 0.6931217908859253f);
    p = fma(p, f, 0.9999992847442627f);
    return as_float(as_int(p) + (as_int(z) << 23));
}
