/* Noise from a counter: Philox4x32-10 (Salmon et al., SC'11) of (x, y, channel, frame) under the key `seed`. No state,
 * so the result does not depend on who computes which pixel when. */
typedef struct { uint a, b, c, d; } q_words;

#define Q_ROUND(w, k0, k1)                                                                                             \
    {                                                                                                                  \
        const uint h0 = mul_hi((w).a, 0xD2511F53u), l0 = (w).a * 0xD2511F53u;                                          \
        const uint h1 = mul_hi((w).c, 0xCD9E8D57u), l1 = (w).c * 0xCD9E8D57u;                                          \
        (w).a = h1 ^ (w).b ^ (k0);                                                                                     \
        (w).b = l1;                                                                                                    \
        (w).c = h0 ^ (w).d ^ (k1);                                                                                     \
        (w).d = l0;                                                                                                    \
    }
#define Q_KEY0(i) (k0 + (i) * 0x9E3779B9u)
#define Q_KEY1(i) ((i) * 0xBB67AE85u)
static inline q_words q_philox(int x, int y, int channel, int frame, int seed) {
    q_words w = {(uint)x, (uint)y, (uint)channel, (uint)frame};
    const uint k0 = (uint)seed;
    Q_ROUND(w, Q_KEY0(0u), Q_KEY1(0u))
    Q_ROUND(w, Q_KEY0(1u), Q_KEY1(1u))
    Q_ROUND(w, Q_KEY0(2u), Q_KEY1(2u))
    Q_ROUND(w, Q_KEY0(3u), Q_KEY1(3u))
    Q_ROUND(w, Q_KEY0(4u), Q_KEY1(4u))
    Q_ROUND(w, Q_KEY0(5u), Q_KEY1(5u))
    Q_ROUND(w, Q_KEY0(6u), Q_KEY1(6u))
    Q_ROUND(w, Q_KEY0(7u), Q_KEY1(7u))
    Q_ROUND(w, Q_KEY0(8u), Q_KEY1(8u))
    Q_ROUND(w, Q_KEY0(9u), Q_KEY1(9u))
    return w;
}
#undef Q_ROUND
#undef Q_KEY0
#undef Q_KEY1

/* (w + 1/2) / 2^32 */
static inline float q_fraction(uint w) { return fma((float)w, 0x1p-32f, 0x1p-33f); }
/* Box-Muller: normal, mean 0, deviation 1. */
static inline float q_normal(q_words w) {
    return sqrt(-2.0f * log(q_fraction(w.a))) * cospi(2.0f * q_fraction(w.b));
}
static inline float q_gaussian1(float v, q_words w, float sigma) { return fma(sigma, q_normal(w), v); }
static inline float q_uniform1(float v, q_words w, float half_width) {
    return fma(half_width, fma(2.0f, q_fraction(w.a), -1.0f), v);
}
/* `limit` of 2^32 become black, as many white. */
static inline float q_impulse1(float v, q_words w, int limit) {
    v = w.a < (uint)limit ? 0.0f : v;
    return ~w.a < (uint)limit ? 1.0f : v;
}
/* Photons: the quantile of the Poisson distribution up to a mean of 30, the rounded normal one beyond. */
static inline float q_poisson1(float v, q_words w, float photons) {
    const float mean = fmax(v, 0.0f) * photons, u = q_fraction(w.a);
    float n = 0.0f;
    if (mean < 30.0f) {
        float p = exp(-mean), sum = p;
        while (sum < u && (n < mean || p > 1e-8f)) {
            n += 1.0f;
            p *= mean / n;
            sum += p;
        }
    } else {
        n = fmax(rint(fma(sqrt(mean), q_normal(w), mean)), 0.0f);
    }
    return n / photons;
}
/* `each` is 1 for numbers of its own in every channel, 0 for the same in all. */
#define Q_NOISE(name, one, type)                                                                                       \
    static inline px name(px v, int x, int y, int seed, int frame, int each, type strength) {                          \
        v.r = one(v.r, q_philox(x, y, 0, frame, seed), strength);                                                      \
        v.g = one(v.g, q_philox(x, y, each, frame, seed), strength);                                                   \
        v.b = one(v.b, q_philox(x, y, 2 * each, frame, seed), strength);                                               \
        return v;                                                                                                      \
    }
Q_NOISE(q_gaussian, q_gaussian1, float)
Q_NOISE(q_uniform, q_uniform1, float)
Q_NOISE(q_impulse, q_impulse1, int)
Q_NOISE(q_poisson, q_poisson1, float)
#undef Q_NOISE
