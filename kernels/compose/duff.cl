/* Porter and Duff (1984): the share `fs` of the straight pixel s and the share `fv` of the premultiplied pixel v. */
static inline px q_duff(px v, px s, float fs, float fv) {
    const float k = s.a * fs;
    v.r = fma(s.r, k, v.r * fv);
    v.g = fma(s.g, k, v.g * fv);
    v.b = fma(s.b, k, v.b * fv);
    v.a = fma(v.a, fv, k);
    return v;
}
/* The sum of both, at most 1. */
static inline px q_plus(px v, px s) {
    v = q_duff(v, s, 1.0f, 1.0f);
    v.r = fmin(v.r, 1.0f);
    v.g = fmin(v.g, 1.0f);
    v.b = fmin(v.b, 1.0f);
    v.a = fmin(v.a, 1.0f);
    return v;
}
