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
static inline void q_put_int1(TILE int *p, px v) { p[0] = (int)v.r; }
static inline void q_put_int2(TILE int *p, px v) {
    p[0] = (int)v.r;
    p[1] = (int)v.a;
}
static inline void q_put_int3(TILE int *p, px v) {
    p[0] = (int)v.r;
    p[1] = (int)v.g;
    p[2] = (int)v.b;
}
static inline void q_put_int4(TILE int *p, px v) {
    p[0] = (int)v.r;
    p[1] = (int)v.g;
    p[2] = (int)v.b;
    p[3] = (int)v.a;
}
