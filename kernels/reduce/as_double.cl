/* int(level * (255.0 / range) - low * (255.0 / range)) as doubles give it, in whole numbers: where the exact result is
 * a whole number, a double may lie just below it, and what is cut off shows that. */
static int q_as_double(int level, int low, int range) {
    int s = 52;
    while ((255 >> (52 - s)) >= 2 * range)
        s--;
    const ulong scale = q_quotient(255ul << s, (ulong)range);
    const ulong a = q_to_bits((ulong)level * scale, 53), b = q_to_bits((ulong)low * scale, 53);
    return (int)(q_to_bits(a - b, 53) >> s);
}
/* Pillow has no form for 16 bits: there it is the exact result that is cut off. */
#define Q_PIL_LEVEL(level, low, range, top)                                                                            \
    ((top) == 255 ? q_as_double(level, low, range) : (int)((ulong)((level) - (low)) * (ulong)(top) / (ulong)(range)))
