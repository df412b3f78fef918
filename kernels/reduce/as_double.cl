/* int(level * (255.0 / range) - low * (255.0 / range)) as doubles give it, in whole numbers: where the exact result is
 * a whole number, a double may lie just below it, and what is cut off shows that. */
static ulong q_to_53_bits(ulong v) {
    const int drop = max(0, 11 - (int)clz(v));
    const ulong rest = v & ((1ul << drop) - 1), tie = drop > 0 ? 1ul << (drop - 1) : 0;
    v >>= drop;
    v += drop > 0 && (rest > tie || (rest == tie && (v & 1))) ? 1 : 0;
    return v << drop;
}
static int q_as_double(int level, int low, int range) {
    int s = 52;
    while ((255 >> (52 - s)) >= 2 * range)
        s--;
    const ulong n = 255ul << s, rest = 2 * (n % (ulong)range);
    ulong scale = n / (ulong)range;
    scale += rest > (ulong)range || (rest == (ulong)range && (scale & 1)) ? 1 : 0;
    const ulong a = q_to_53_bits((ulong)level * scale), b = q_to_53_bits((ulong)low * scale);
    return (int)(q_to_53_bits(a - b) >> s);
}
/* Pillow has no form for 16 bits: there it is the exact result that is cut off. */
#define Q_PIL_LEVEL(level, low, range, top)                                                                            \
    ((top) == 255 ? q_as_double(level, low, range) : (int)((ulong)((level) - (low)) * (ulong)(top) / (ulong)(range)))
