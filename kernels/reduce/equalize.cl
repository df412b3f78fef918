/* lut = rint((cdf(i) - cdf_min) * top / (N - cdf_min)), for each histogram; a constant picture stays as it is.
 * The quotient is made of whole numbers, so that halves are told apart exactly. */
static void q_solve(__global const uint *h, __global float *t, __global const int *U) {
    const int top = BINS - 1;
    for (int c = 0; c < HC; c++) {
        ulong total = 0, least = 0; /* of a picture of 4 Gpixels and more */
        for (int i = 0; i < BINS; i++) {
            if (total == 0)
                least = h[c * BINS + i];
            total += h[c * BINS + i];
        }
        const ulong n = total - least;
        ulong sum = 0;
        for (int i = 0; i < BINS; i++) {
            sum += h[c * BINS + i];
            const ulong p = (sum > least ? sum - least : 0) * (ulong)top;
            ulong level = (ulong)i;
            if (n > 0) {
                level = p / n;
                const ulong rest = 2 * (p % n);
                level += rest > n || (rest == n && (level & 1)) ? 1 : 0;
            }
            t[c * BINS + i] = (float)level / (float)top;
        }
    }
}
