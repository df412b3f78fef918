/* Darker with the distance from the middle. sx, sy: pixels from one to the next in half diagonals, doubled so that the
 * coordinates stay whole; the first falls at inner, 1 / (outer - inner) is steep. */
static inline px q_vignette(px v, int dx, int dy, float unit, float amount, float inner, float steep) {
    const float fx = (float)dx * unit, fy = (float)dy * unit;
    const float t = q_unit((sqrt(fma(fx, fx, fy * fy)) - inner) * steep);
    const float k = fma(-amount, t * t * fma(-2.0f, t, 3.0f), 1.0f);
    v.r *= k;
    v.g *= k;
    v.b *= k;
    return v;
}
