/* A pixel to and from the interleaved samples of a tile. */
static inline void q_put1(TILE float *p, px v) { p[0] = v.r; }
static inline void q_put2(TILE float *p, px v) {
    p[0] = v.r;
    p[1] = v.a;
}
static inline void q_put3(TILE float *p, px v) {
    p[0] = v.r;
    p[1] = v.g;
    p[2] = v.b;
}
static inline void q_put4(TILE float *p, px v) {
    p[0] = v.r;
    p[1] = v.g;
    p[2] = v.b;
    p[3] = v.a;
}
static inline px q_get1(const TILE float *p) { return q_gray(p[0], 1.0f); }
static inline px q_get2(const TILE float *p) { return q_gray(p[0], p[1]); }
static inline px q_get3(const TILE float *p) {
    px v = {p[0], p[1], p[2], 1.0f};
    return v;
}
static inline px q_get4(const TILE float *p) {
    px v = {p[0], p[1], p[2], p[3]};
    return v;
}
/* The same with a tile of whole numbers, which samples as stored are; the colour of a border may lie between. */
#define Q_TILE_OF(T)                                                                                                   \
    static inline void q_put_##T##1(TILE T *p, px v) { p[0] = (T)(v.r + 0.5f); }                                       \
    static inline void q_put_##T##2(TILE T *p, px v) { p[0] = (T)(v.r + 0.5f), p[1] = (T)(v.a + 0.5f); }               \
    static inline void q_put_##T##3(TILE T *p, px v) {                                                                 \
        p[0] = (T)(v.r + 0.5f), p[1] = (T)(v.g + 0.5f), p[2] = (T)(v.b + 0.5f);                                        \
    }                                                                                                                  \
    static inline void q_put_##T##4(TILE T *p, px v) {                                                                 \
        p[0] = (T)(v.r + 0.5f), p[1] = (T)(v.g + 0.5f), p[2] = (T)(v.b + 0.5f), p[3] = (T)(v.a + 0.5f);                \
    }                                                                                                                  \
    static inline px q_get_##T##1(const TILE T *p) { return q_gray((float)p[0], 1.0f); }                               \
    static inline px q_get_##T##2(const TILE T *p) { return q_gray((float)p[0], (float)p[1]); }                        \
    static inline px q_get_##T##3(const TILE T *p) {                                                                   \
        px v = {(float)p[0], (float)p[1], (float)p[2], 1.0f};                                                          \
        return v;                                                                                                      \
    }                                                                                                                  \
    static inline px q_get_##T##4(const TILE T *p) {                                                                   \
        px v = {(float)p[0], (float)p[1], (float)p[2], (float)p[3]};                                                   \
        return v;                                                                                                      \
    }
Q_TILE_OF(uint)
Q_TILE_OF(ushort)
Q_TILE_OF(uchar)
/* The same into a tile of 16-bit fractions; `k` takes the value to 65535. */
static inline void q_put_fixed1(ushort *p, px v, float k) { p[0] = (ushort)q_round(v.r * k, 65535.0f); }
static inline void q_put_fixed3(ushort *p, px v, float k) {
    p[0] = (ushort)q_round(v.r * k, 65535.0f);
    p[1] = (ushort)q_round(v.g * k, 65535.0f);
    p[2] = (ushort)q_round(v.b * k, 65535.0f);
}
/* Sixteen samples at any sample's address. The compiler makes eight small loads of vload16 where a sum follows, and
 * sixteen stores of a vstore16 of bytes. */
typedef ushort16 __attribute__((aligned(2))) ushort16_any;
typedef uchar16 __attribute__((aligned(1))) uchar16_any;
#define PART(p, v) ((ushort16_any *)(p))[v]
/* Half the sum, rounded up. */
static inline ushort16 q_mean(ushort16 a, ushort16 b) {
    return convert_ushort16((convert_uint16(a) + convert_uint16(b) + 1u) >> 1u);
}
/* The upper 16 bits of each product. */
static inline ushort16 q_high(ushort16 a, ushort16 b) {
    return convert_ushort16((convert_uint16(a) * convert_uint16(b)) >> 16);
}
