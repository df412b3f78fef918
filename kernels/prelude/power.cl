/* v^e for v >= 0 (0 below), to about 2e-7 of the value where it is not far below 1; pow() of a CPU device is a call for
 * every sample, which takes a hundred times as long as these few multiplications in vector code.
 *
 * log2: v = (1 + t) * 2^k with 1 + t in [sqrt(1/2), sqrt(2)); log2(1 + t) / t is a polynomial. No division: one takes as
 * long as ten of these steps.
 * exp2: the whole part goes into the exponent, the rest, in [-1/2, 1/2], through a polynomial. Both are fitted for the
 * least error (5e-8 of the logarithm, 8e-8 of the power, before rounding). */
static inline float q_power(float v, float e) {
    const float x = v > 1.2e-38f ? v : 1.2e-38f;
    const int i = as_int(x) - 0x3f3504f3;
    const float k = (float)(i >> 23);
    const float t = as_float((i & 0x7fffff) + 0x3f3504f3) - 1.0f;
    const float t2 = t * t, t4 = t2 * t2;
    const float p01 = fma(-0.7213571072f, t, 1.442694783f), p23 = fma(-0.36008811f, t, 0.4809393883f);
    const float p45 = fma(-0.2500612438f, t, 0.286708504f), p67 = fma(-0.1457576603f, t, 0.2368827164f);
    const float p = fma(fma(p67, t2, p45), t4, fma(p23, t2, p01));
    float l = e * fma(p, t, k);
    l = l < 127.0f ? l : 127.0f;
    l = l > -126.0f ? l : -126.0f;
    const float r = l + 12582912.0f; /* 1.5 * 2^23: the low bits are the nearest whole number */
    const float f = l - (r - 12582912.0f);
    const float f2 = f * f;
    const float q01 = fma(0.693146944f, f, 1.0f), q23 = fma(0.05550713092f, f, 0.2402212024f);
    const float q45 = fma(0.001327647245f, f, 0.009675541893f);
    const float q = fma(fma(q45, f2, q23), f2, q01);
    const float y = as_float(as_int(q) + (as_int(r) << 23));
    return v > 0.0f ? y : 0.0f;
}
