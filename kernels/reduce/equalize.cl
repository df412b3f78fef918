/* lut = rint((cdf(i) - cdf_min) * top / (N - cdf_min)), for each histogram; a constant picture stays as it is.
 * 256 bins: as OpenCV's float has it, which takes the quotient top / (N - cdf_min) first, so that a half may lie on
 * either side. Whole numbers say the same on every device, whatever its division rounds to. */
static void q_equalize_256(__global const uint *h, ulong n, ulong least, __global float *t) {
    const ulong d = q_to_bits(n, 24);
    int s = 16;
    while ((255ul << s) / d < 1ul << 23)
        s++;
    const ulong scale = q_quotient(255ul << s, d); /* 24 bits, in units of 2^-s */
    ulong sum = 0;
    for (int i = 0; i < 256; i++) {
        sum += h[i];
        const ulong p = q_to_bits(q_to_bits(sum > least ? sum - least : 0, 24) * scale, 24);
        t[i] = (float)q_quotient(p, 1ul << s) / 255.0f;
    }
}
static void q_solve(__global const uint *h, __global float *t, __global const int *U) {
    const int top = BINS - 1;
    for (int c = 0; c < HC; c++, h += BINS, t += BINS) {
        ulong total = 0, least = 0; /* of a picture of 4 Gpixels and more */
        for (int i = 0; i < BINS; i++) {
            if (total == 0)
                least = h[i];
            total += h[i];
        }
        const ulong n = total - least;
        if (BINS == 256 && n > 0) {
            q_equalize_256(h, n, least, t);
            continue;
        }
        ulong sum = 0;
        for (int i = 0; i < BINS; i++) {
            sum += h[i];
            const ulong p = (sum > least ? sum - least : 0) * (ulong)top;
            t[i] = (float)(n > 0 ? q_quotient(p, n) : (ulong)i) / (float)top;
        }
    }
}
