/* Blend modes of "Compositing and Blending Level 1" (W3C): v premultiplied backdrop, s straight source. Where both are
 * there, the source's colour is B(backdrop, source), then it goes over. */
static inline px q_backdrop(px v) {
    const float k = v.a > 0.0f ? 1.0f / v.a : 0.0f;
    v.r = q_unit(v.r * k);
    v.g = q_unit(v.g * k);
    v.b = q_unit(v.b * k);
    return v;
}
static inline px q_blended(px v, px s, px m) {
    const float both = s.a * v.a, alone = fma(-s.a, v.a, s.a), below = 1.0f - s.a;
    v.r = fma(alone, s.r, fma(both, m.r, below * v.r));
    v.g = fma(alone, s.g, fma(both, m.g, below * v.g));
    v.b = fma(alone, s.b, fma(both, m.b, below * v.b));
    v.a = fma(v.a, below, s.a);
    return v;
}

/* ---- channel by channel: b backdrop, s source ---- */

#define Q_FULL 0.999999f /* 1, whatever the last bit */
static inline float q_one_multiply(float b, float s) { return b * s; }
static inline float q_one_screen(float b, float s) { return fma(-b, s, b + s); }
static inline float q_one_hard_light(float b, float s) {
    return s <= 0.5f ? 2.0f * b * s : q_one_screen(b, fma(2.0f, s, -1.0f));
}
static inline float q_one_overlay(float b, float s) { return q_one_hard_light(s, b); }
static inline float q_one_darken(float b, float s) { return fmin(b, s); }
static inline float q_one_lighten(float b, float s) { return fmax(b, s); }
static inline float q_one_color_dodge(float b, float s) {
    const float q = s >= Q_FULL ? 1.0f : fmin(1.0f, b / (1.0f - s));
    return b > 0.0f ? q : 0.0f;
}
static inline float q_one_color_burn(float b, float s) {
    const float q = s > 0.0f ? 1.0f - fmin(1.0f, (1.0f - b) / s) : 0.0f;
    return b >= Q_FULL ? 1.0f : q;
}
static inline float q_one_soft_light(float b, float s) {
    const float d = b <= 0.25f ? fma(fma(16.0f, b, -12.0f), b, 4.0f) * b : sqrt(b);
    const float t = fma(2.0f, s, -1.0f);
    return s <= 0.5f ? fma(t * b, 1.0f - b, b) : fma(t, d - b, b);
}
static inline float q_one_difference(float b, float s) { return fabs(b - s); }
static inline float q_one_exclusion(float b, float s) { return fma(-2.0f * b, s, b + s); }

#define Q_SEPARABLE(mode)                                                                                              \
    static inline px q_blend_##mode(px v, px s) {                                                                      \
        const px b = q_backdrop(v);                                                                                    \
        px m = {q_one_##mode(b.r, s.r), q_one_##mode(b.g, s.g), q_one_##mode(b.b, s.b), 1.0f};                         \
        return q_blended(v, s, m);                                                                                     \
    }
Q_SEPARABLE(multiply)
Q_SEPARABLE(screen)
Q_SEPARABLE(overlay)
Q_SEPARABLE(darken)
Q_SEPARABLE(lighten)
Q_SEPARABLE(color_dodge)
Q_SEPARABLE(color_burn)
Q_SEPARABLE(hard_light)
Q_SEPARABLE(soft_light)
Q_SEPARABLE(difference)
Q_SEPARABLE(exclusion)
#undef Q_SEPARABLE
#undef Q_FULL

/* ---- the colour as a whole ---- */

static inline float q_lum(px c) { return fma(0.3f, c.r, fma(0.59f, c.g, 0.11f * c.b)); }
static inline float q_least(px c) { return fmin(c.r, fmin(c.g, c.b)); }
static inline float q_most(px c) { return fmax(c.r, fmax(c.g, c.b)); }
static inline px q_toward(px c, float l, float k) {
    c.r = fma(k, c.r - l, l);
    c.g = fma(k, c.g - l, l);
    c.b = fma(k, c.b - l, l);
    return c;
}
/* Luminosity l; what leaves 0..1 is drawn towards gray. */
static inline px q_set_lum(px c, float l) {
    const float d = l - q_lum(c);
    c.r += d;
    c.g += d;
    c.b += d;
    const float n = q_least(c);
    c = q_toward(c, l, n < 0.0f ? l / (l - n) : 1.0f);
    const float x = q_most(c);
    return q_toward(c, l, x > 1.0f ? (1.0f - l) / (x - l) : 1.0f);
}
/* Saturation `to`: the least becomes 0, the most `to`. */
static inline px q_set_sat(px c, float to) {
    const float n = q_least(c), x = q_most(c), k = x > n ? to / (x - n) : 0.0f;
    c.r = (c.r - n) * k;
    c.g = (c.g - n) * k;
    c.b = (c.b - n) * k;
    return c;
}
static inline px q_blend_hue(px v, px s) {
    const px b = q_backdrop(v);
    return q_blended(v, s, q_set_lum(q_set_sat(s, q_most(b) - q_least(b)), q_lum(b)));
}
static inline px q_blend_saturation(px v, px s) {
    const px b = q_backdrop(v);
    return q_blended(v, s, q_set_lum(q_set_sat(b, q_most(s) - q_least(s)), q_lum(b)));
}
static inline px q_blend_color(px v, px s) {
    const px b = q_backdrop(v);
    return q_blended(v, s, q_set_lum(s, q_lum(b)));
}
static inline px q_blend_luminosity(px v, px s) {
    const px b = q_backdrop(v);
    return q_blended(v, s, q_set_lum(b, q_lum(s)));
}
