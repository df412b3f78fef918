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
/* The same into a tile of whole numbers. */
static inline void q_put_uint1(TILE uint *p, px v) { p[0] = (uint)v.r; }
static inline void q_put_uint2(TILE uint *p, px v) {
    p[0] = (uint)v.r;
    p[1] = (uint)v.a;
}
static inline void q_put_uint3(TILE uint *p, px v) {
    p[0] = (uint)v.r;
    p[1] = (uint)v.g;
    p[2] = (uint)v.b;
}
static inline void q_put_uint4(TILE uint *p, px v) {
    p[0] = (uint)v.r;
    p[1] = (uint)v.g;
    p[2] = (uint)v.b;
    p[3] = (uint)v.a;
}
static inline void q_put_ushort1(TILE ushort *p, px v) { p[0] = (ushort)v.r; }
static inline void q_put_ushort2(TILE ushort *p, px v) {
    p[0] = (ushort)v.r;
    p[1] = (ushort)v.a;
}
static inline void q_put_ushort3(TILE ushort *p, px v) {
    p[0] = (ushort)v.r;
    p[1] = (ushort)v.g;
    p[2] = (ushort)v.b;
}
static inline void q_put_ushort4(TILE ushort *p, px v) {
    p[0] = (ushort)v.r;
    p[1] = (ushort)v.g;
    p[2] = (ushort)v.b;
    p[3] = (ushort)v.a;
}
/* The same into a tile of 16-bit fractions; `k` takes the value to 65535. */
static inline void q_put_fixed1(ushort *p, px v, float k) { p[0] = (ushort)q_round(v.r * k, 65535.0f); }
static inline void q_put_fixed3(ushort *p, px v, float k) {
    p[0] = (ushort)q_round(v.r * k, 65535.0f);
    p[1] = (ushort)q_round(v.g * k, 65535.0f);
    p[2] = (ushort)q_round(v.b * k, 65535.0f);
}
/* The upper 16 bits of each product. */
static inline ushort16 q_high(ushort16 a, ushort16 b) {
    return convert_ushort16((convert_uint16(a) * convert_uint16(b)) >> 16);
}
