/* v rounded to so many significant bits, half to even: as a float (24) or a double (53) holds it. */
static ulong q_to_bits(ulong v, int bits) {
    const int drop = max(0, 64 - bits - (int)clz(v));
    const ulong rest = v & ((1ul << drop) - 1), tie = drop > 0 ? 1ul << (drop - 1) : 0;
    v >>= drop;
    v += drop > 0 && (rest > tie || (rest == tie && (v & 1))) ? 1 : 0;
    return v << drop;
}
/* a / b to the nearest whole number, half to even. */
static ulong q_quotient(ulong a, ulong b) {
    const ulong q = a / b, rest = 2 * (a % b);
    return q + (rest > b || (rest == b && (q & 1)) ? 1 : 0);
}
