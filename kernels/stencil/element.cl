/* Least or greatest sample under a structuring element that is convex along rows. U: half-width of the element's
 * row dy = -ELEMENT_R..ELEMENT_R, -1 where the row is empty. */
static inline float q_element(const TILE float *t, int ts, __global const int *restrict U) {
    float m = t[0];
    for (int dy = -ELEMENT_R; dy <= ELEMENT_R; dy++) {
        const int half_width = U[dy + ELEMENT_R];
        for (int dx = -half_width; dx <= half_width; dx++) {
            const float s = t[dy * ts + dx * C];
#ifdef ELEMENT_MAX
            m = s > m ? s : m;
#else
            m = s < m ? s : m;
#endif
        }
    }
    return m;
}
