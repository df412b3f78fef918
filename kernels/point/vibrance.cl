/* Saturation that leaves alone what is colourful already: the distance from gray grows by a share of what is missing
 * to full saturation. Luma as in SVG's saturate. */
static inline px q_vibrance(px v, float amount) {
    const float y = fma(0.213f, v.r, fma(0.715f, v.g, 0.072f * v.b));
    const float high = fmax(v.r, fmax(v.g, v.b)), low = fmin(v.r, fmin(v.g, v.b));
    const float k = fma(amount, 1.0f - q_unit(high - low), 1.0f);
    v.r = fma(k, v.r - y, y);
    v.g = fma(k, v.g - y, y);
    v.b = fma(k, v.b - y, y);
    return v;
}
