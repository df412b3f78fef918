/* A picture that was saved as the second one: v is its straight pixel at x, y, or near, where it does not reach. As a file's, its values
 * lie in 0..1. */
static inline px q_saved(px v, int x, int y, int w, int h) {
    const int inside = (x >= 0) & (x < w) & (y >= 0) & (y < h);
    v.r = inside ? v.r : 0.0f;
    v.g = inside ? v.g : 0.0f;
    v.b = inside ? v.b : 0.0f;
    v.a = inside ? v.a : 0.0f;
    return v;
}
static inline px q_saved_unit(px v) {
    v.r = q_unit(v.r);
    v.g = q_unit(v.g);
    v.b = q_unit(v.b);
    v.a = q_unit(v.a);
    return v;
}
