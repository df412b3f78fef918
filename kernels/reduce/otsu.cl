/* argmax over t of w0 w1 (mu0 - mu1)^2, classes <= t and > t, the first maximum. In whole numbers as far as they go:
 * with counts n0, n1 and sums s0, s1 it is (s0 n1 - s1 n0)^2 / (n0 n1), compared as a float with an exact root. From some
 * 370 Mpixels on the products take more than 64 bits. */
static void q_solve(__global const uint *h, __global float *t, __global const int *U) {
    ulong n = 0, s = 0;
    for (int i = 0; i < BINS; i++) {
        n += h[i];
        s += (ulong)h[i] * (ulong)i;
    }
    ulong n0 = 0, s0 = 0;
    float best = 0.0f;
    int at = 0;
    for (int i = 0; i < BINS; i++) {
        n0 += h[i];
        s0 += (ulong)h[i] * (ulong)i;
        const ulong n1 = n - n0, s1 = s - s0;
        if (n0 == 0 || n1 == 0)
            continue;
        const ulong low0 = s0 * n1, high0 = mul_hi(s0, n1), low1 = s1 * n0, high1 = mul_hi(s1, n0);
        const int less = high0 < high1 || (high0 == high1 && low0 < low1);
        const ulong low = less ? low1 - low0 : low0 - low1;
        const ulong high = less ? high1 - high0 - (low1 < low0 ? 1 : 0) : high0 - high1 - (low0 < low1 ? 1 : 0);
        const float e = ((float)high * 0x1p64f + (float)low) / (sqrt((float)n0) * sqrt((float)n1));
        if (e > best) {
            best = e;
            at = i;
        }
    }
    t[0] = (float)at;
}
