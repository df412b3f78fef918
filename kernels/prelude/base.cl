/* Common to all programs: the pixel, rounding, coordinates outside the picture, the loop of a work-group. */
#pragma OPENCL FP_CONTRACT OFF

#ifdef Q_CPU /* a loop that calls a function becomes no vector code, and the compiler leaves long ones as calls */
#undef inline
#define inline __inline__ __attribute__((always_inline))
#endif

/* A pixel on its way through an expression. Gray lives in r; g and b are then undefined. a is 1 without alpha. */
typedef struct { float r, g, b, a; } px;

/* A block of the result belongs to one work-group. On a CPU the group is one work-item, which walks the block in
 * plain counted loops (these become the compiler's best vector code); on a GPU its work-items share the block. */
#ifdef Q_CPU
#define LID 0
#define LSZ 1
#define TILE __private
#define SYNC
#define LANES 16 /* rows that are resampled side by side */
#define CHUNK 64 /* samples whose sums are held in registers at once */
#else
#define LID ((int)get_local_id(0))
#define LSZ 128
#define TILE __local
#define SYNC barrier(CLK_LOCAL_MEM_FENCE)
#define LANES 1
#define CHUNK 1
#endif
/* A kernel whose vectors may be as wide as the device has them: PoCL stays at 256 bits of 512 otherwise. */
#define WIDE
#if defined(Q_CPU) && defined(__has_attribute)
#if __has_attribute(min_vector_width)
#undef WIDE
#define WIDE __attribute__((min_vector_width(512)))
#endif
#endif
/* Rows of the surface that IN reads (IN itself, and skeletons that take whole rows) and of the one that is written. A
 * surface between passes may be a ring: of a power of two of rows, of which only the last are there. */
#define SOURCE_ROW(y) (a.b0 + (size_t)((y) & a.m0) * a.s0)
#define TARGET_ROW(y) (a.out + (size_t)((y) & a.mo) * a.so)
#define EACH(i, from, to) for (int i = (from) + LID; i < (to); i += LSZ)

/* Round half to even after a clamp to 0..m, m < 2^22: adding 1.5 * 2^23 leaves the whole number in the low bits of
 * the sum. The saturating conversions and rint() take twice as long on PoCL. NaN becomes 0. */
static inline int q_round(float v, float m) {
    v = v > 0.0f ? v : 0.0f;
    v = v < m ? v : m;
    return as_int(v + 12582912.0f) & 0xffff;
}

/* Coordinates outside [0, n), n >= 1. */
static inline int q_wrap(int i, int n) {
    const int m = i % n;
    return m < 0 ? m + n : m;
}
static inline int q_clamp(int i, int n) { return clamp(i, 0, n - 1); }
static inline int q_mirror(int i, int n) { /* the edge pixel once: ... 2 1 | 0 1 2 ... */
    if (n == 1)
        return 0;
    const int m = q_wrap(i, 2 * n - 2);
    return m < n ? m : 2 * n - 2 - m;
}
static inline int q_reflect(int i, int n) { /* the edge pixel twice: ... 1 0 | 0 1 ... */
    const int m = q_wrap(i, 2 * n);
    return m < n ? m : 2 * n - 1 - m;
}

static inline px q_gray(float v, float a) {
    px p = {v, v, v, a};
    return p;
}
static inline float q_within(float v, float max) {
    v = v > 0.0f ? v : 0.0f;
    return v < max ? v : max;
}
static inline float q_unit(float v) { return q_within(v, 1.0f); }
