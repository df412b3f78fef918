/* The largest of eight correlations: 5 for three neighbours side by side, -3 for the other five; which is 8 times the three
 * less 3 times all of them. They sum to nothing, so that it is never below 0. `t` points at the sample in the tile, whose
 * full scale is FULL_SCALE; rows are `ts` apart. U: scale. */
static inline float q_kirsch(const WIN SAMPLE *t, int ts, __global const int *restrict U) {
    const float a = t[-ts - C], b = t[-ts], c = t[-ts + C];
    const float d = t[C], e = t[ts + C];
    const float f = t[ts], g = t[ts - C], h = t[-C];
    const float all = ((a + b) + (c + d)) + ((e + f) + (g + h));
    const float north = fmax(fmax(h + a + b, a + b + c), fmax(b + c + d, c + d + e));
    const float south = fmax(fmax(d + e + f, e + f + g), fmax(f + g + h, g + h + a));
    return q_within(as_float(U[0]) * fma(8.0f, fmax(north, south), -3.0f * all), FULL_SCALE);
}
