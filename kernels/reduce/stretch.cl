/* How many pixels have this level; of all channels that are counted. */
static ulong q_count(__global const uint *h, int level) {
    ulong n = 0; /* of a picture of 4 Gpixels and more */
    for (int c = 0; c < HC; c++)
        n += h[c * BINS + level];
    return n;
}
/* Black: first level whose count up to it exceeds the cut; white: last level whose count from it on does.
 * U: cut at black, cut at white, as fractions. t: black point, gain. */
static void q_solve(__global const uint *h, __global float *t, __global const int *U) {
    ulong n = 0;
    for (int i = 0; i < BINS; i++)
        n += q_count(h, i);
    const float total = (float)n;
    const float cut_black = as_float(U[0]) * total, cut_white = as_float(U[1]) * total;
    int black = 0, white = BINS - 1;
    ulong sum = q_count(h, 0);
    while (black < BINS - 1 && (float)sum <= cut_black)
        sum += q_count(h, ++black);
    sum = q_count(h, BINS - 1);
    while (white > 0 && (float)sum <= cut_white)
        sum += q_count(h, --white);
    const float top = (float)(BINS - 1);
    t[0] = white > black ? (float)black / top : 0.0f;
    t[1] = white > black ? top / (float)(white - black) : 1.0f;
}
