/* Correlation with any odd kernel, KW x KH weights. U: offset, then the weights row by row. */
static inline float q_convolve(const WIN SAMPLE *t, int ts, __global const int *restrict U) {
    float s = 0.0f;
#pragma unroll 25
    for (int k = 0; k < KW * KH; k++) {
        const int dy = k / KW, dx = k % KW;
        s = fma(as_float(U[1 + k]), t[(dy - KH / 2) * ts + (dx - KW / 2) * C], s);
    }
    return s + as_float(U[0]);
}
