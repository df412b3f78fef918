/* The range of each channel without its darkest and lightest pixels, cut * 1e8 of them at each end.
 * U: cut, whether as Pillow. Plain: t = black point and gain, for each channel. As Pillow: t = a table for each
 * channel, whole levels cut off (at 8 bits with a double's rounding). */
static void q_solve(__global const uint *h, __global float *t, __global const int *U) {
    const int top = BINS - 1;
    for (int c = 0; c < HC; c++) {
        __global const uint *const count = h + c * BINS;
        ulong n = 0;
        for (int i = 0; i < BINS; i++)
            n += count[i];
        const ulong cut = n * (ulong)U[0] / 100000000ul;
        int low = 0, high = top;
        ulong sum = count[0];
        while (low < top && sum <= cut)
            sum += count[++low];
        sum = count[top];
        while (high > 0 && sum <= cut)
            sum += count[--high];
        const int range = high - low;
        if (!U[1]) {
            t[2 * c] = range > 0 ? (float)low / (float)top : 0.0f;
            t[2 * c + 1] = range > 0 ? (float)top / (float)range : 1.0f;
            continue;
        }
        for (int i = 0; i < BINS; i++) {
            int level = i;
            if (range > 0)
                level = i <= low       ? 0
                        : i > high     ? top
                        : Q_PIL_LEVEL(i, low, range, top);
            t[c * BINS + i] = (float)level / (float)top;
        }
    }
}
