/* Between the tables of the four tiles whose middles are nearest, in levels. `s` is the luma; iw, ih: 1 over a tile's
 * sides. Position among the middles, the first of the four, and how near the second is. */
#define Q_CLAHE_PLACE                                                                                                  \
    const float fx = (float)x * iw - 0.5f, fy = (float)y * ih - 0.5f;                                                  \
    const int left = (int)floor(fx), above = (int)floor(fy);                                                           \
    const float kx = fx - (float)left, ky = fy - (float)above;                                                         \
    const float lx = 1.0f - kx, ly = 1.0f - ky

/* `t`: the tables, a row of tiles after another, `stride` apart. */
static inline float q_clahe_level(float s, __global const uint *restrict t, int stride, int x, int y, float max,
                                  int columns, int rows, float iw, float ih) {
    const int bin = q_round(s * max, max), bins = (int)max + 1;
    Q_CLAHE_PLACE;
    const int c0 = (left < 0 ? 0 : left) * bins + bin, c1 = (left + 1 < columns ? left + 1 : columns - 1) * bins + bin;
    __global const uint *restrict t0 = t + (size_t)(above < 0 ? 0 : above) * stride;
    __global const uint *restrict t1 = t + (size_t)(above + 1 < rows ? above + 1 : rows - 1) * stride;
    return ((float)t0[c0] * lx + (float)t0[c1] * kx) * ly + ((float)t1[c0] * lx + (float)t1[c1] * kx) * ky;
}
/* The same of 8-bit levels. `t`: of the cells between the middles (skeleton/clahe_cells.cl). */
static inline float q_clahe_cell(float s, __global const uint *restrict t, int stride, int x, int y, float iw,
                                 float ih) {
    Q_CLAHE_PLACE;
    const uint four = t[(above + 1) * stride + (left + 1) * 256 + q_round(s * 255.0f, 255.0f)];
    return ((float)(int)(four & 255) * lx + (float)(int)(four >> 8 & 255) * kx) * ly +
           ((float)(int)(four >> 16 & 255) * lx + (float)(int)(four >> 24) * kx) * ky;
}
/* Every colour gains `d`, what the luma gains; the result is in levels. */
static inline px q_clahe(px v, float d, float max) {
    v.r = fma(v.r, max, d);
    v.g = fma(v.g, max, d);
    v.b = fma(v.b, max, d);
    v.a *= max;
    return v;
}
