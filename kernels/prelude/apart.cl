/* For programs that run on a CPU: pixels in blocks, taken apart into their channels, worked on, and put together again,
 * each in a loop of its own. The compiler makes good code of sums over samples that lie side by side, and poor code of
 * these and of strides in one loop. `n` channels at p; r, g, b, o: arrays of BLOCK. */
#define BLOCK 128
#define EACH_OF_BLOCK for (int i = 0; i < BLOCK; i++)
#define TAKE_APART(p, n, r, g, b, o)                                                                                   \
    if (n == 1)                                                                                                        \
        EACH_OF_BLOCK r[i] = p[i];                                                                                     \
    else if (n == 2)                                                                                                   \
        EACH_OF_BLOCK r[i] = p[2 * i], o[i] = p[2 * i + 1];                                                            \
    else if (n == 3)                                                                                                   \
        q_split(p, r, g, b, BLOCK);                                                                                    \
    else                                                                                                               \
        EACH_OF_BLOCK r[i] = p[4 * i], g[i] = p[4 * i + 1], b[i] = p[4 * i + 2], o[i] = p[4 * i + 3]
#define PUT_TOGETHER(p, n, r, g, b, o)                                                                                 \
    if (n == 1)                                                                                                        \
        EACH_OF_BLOCK p[i] = r[i];                                                                                     \
    else if (n == 2)                                                                                                   \
        EACH_OF_BLOCK p[2 * i] = r[i], p[2 * i + 1] = o[i];                                                            \
    else if (n == 3)                                                                                                   \
        q_join(p, r, g, b, BLOCK);                                                                                     \
    else                                                                                                               \
        EACH_OF_BLOCK p[4 * i] = r[i], p[4 * i + 1] = g[i], p[4 * i + 2] = b[i], p[4 * i + 3] = o[i]
/* Pixel i of a block that was taken apart. */
#define PIXEL(n, r, g, b, o)                                                                                           \
    {(float)r[i], (float)(n > 2 ? g : r)[i], (float)(n > 2 ? b : r)[i], n % 2 == 0 ? (float)o[i] : 1.0f}
#if defined(__clang__)
/* Of three channels the compiler makes shuffles of 128 bits. Here they are of vectors of N samples, two vectors at a
 * time: sample i of channel c is sample 3 i + c of three vectors, looked for in the first two and then in the third;
 * sample j of vector c of the pixels is sample (N c + j) / 3 of a channel, of the first two or of the third. Words are
 * shuffled so only where the processor has the instruction. */
#define SPLIT_1(N, c, i) (3 * (i) + c < 2 * N ? 3 * (i) + c : 0)
#define SPLIT_2(N, c, i) (3 * (i) + c < 2 * N ? (i) : 3 * (i) + c - N)
#define JOIN_1(N, c, j) ((N * c + (j)) % 3 * N % (2 * N) + (N * c + (j)) / 3)
#define JOIN_2(N, c, j) ((N * c + (j)) % 3 == 2 ? N + (N * c + (j)) / 3 : (j))
#define OF_4(F, N, c, i) F(N, c, i), F(N, c, (i) + 1), F(N, c, (i) + 2), F(N, c, (i) + 3)
#define OF_16(F, N, c, i) OF_4(F, N, c, i), OF_4(F, N, c, (i) + 4), OF_4(F, N, c, (i) + 8), OF_4(F, N, c, (i) + 12)
#define OF_32(F, N, c, i) OF_16(F, N, c, i), OF_16(F, N, c, (i) + 16)
#define OF_64(F, N, c, i) OF_32(F, N, c, i), OF_32(F, N, c, (i) + 32)
#define SPLIT_OFF(N, c, s) PICK(PICK(s[0], s[1], OF_##N(SPLIT_1, N, c, 0)), s[2], OF_##N(SPLIT_2, N, c, 0))
#define JOIN_UP(N, c, r, g, b) PICK(PICK(r, g, OF_##N(JOIN_1, N, c, 0)), b, OF_##N(JOIN_2, N, c, 0))
#define Q_SPLIT_BY_VECTORS(T, SPACE, V, N)                                                                             \
    static inline __attribute__((overloadable)) void q_split(const SPACE T *p, T *r, T *g, T *b, const int n) {        \
        for (int i = 0; i < n; i += N) {                                                                               \
            const SPACE V *q = (const SPACE V *)(p + 3 * i);                                                           \
            const V s[3] = {q[0], q[1], q[2]};                                                                         \
            *(V *)(r + i) = SPLIT_OFF(N, 0, s);                                                                        \
            *(V *)(g + i) = SPLIT_OFF(N, 1, s);                                                                        \
            *(V *)(b + i) = SPLIT_OFF(N, 2, s);                                                                        \
        }                                                                                                              \
    }
#define Q_JOIN_BY_VECTORS(T, SPACE, V, N)                                                                              \
    static inline __attribute__((overloadable)) void q_join(SPACE T *p, const T *r, const T *g, const T *b,            \
                                                            const int n) {                                             \
        for (int i = 0; i < n; i += N) {                                                                               \
            const V vr = *(const V *)(r + i), vg = *(const V *)(g + i), vb = *(const V *)(b + i);                      \
            SPACE V *d = (SPACE V *)(p + 3 * i);                                                                       \
            d[0] = JOIN_UP(N, 0, vr, vg, vb);                                                                          \
            d[1] = JOIN_UP(N, 1, vr, vg, vb);                                                                          \
            d[2] = JOIN_UP(N, 2, vr, vg, vb);                                                                          \
        }                                                                                                              \
    }
#define Q_APART_BY_VECTORS(T, V, N)                                                                                    \
    Q_SPLIT_BY_VECTORS(T, __global, V, N)                                                                              \
    Q_SPLIT_BY_VECTORS(T, __private, V, N)                                                                             \
    Q_JOIN_BY_VECTORS(T, __global, V, N)                                                                               \
    Q_JOIN_BY_VECTORS(T, __private, V, N)
#define Q_APART_ONE_BY_ONE(T, SPACE)                                                                                   \
    static inline __attribute__((overloadable)) void q_split(const SPACE T *p, T *r, T *g, T *b, const int n) {        \
        for (int i = 0; i < n; i++)                                                                                    \
            r[i] = p[3 * i], g[i] = p[3 * i + 1], b[i] = p[3 * i + 2];                                                 \
    }                                                                                                                  \
    static inline __attribute__((overloadable)) void q_join(SPACE T *p, const T *r, const T *g, const T *b,            \
                                                            const int n) {                                             \
        for (int i = 0; i < n; i++)                                                                                    \
            p[3 * i] = r[i], p[3 * i + 1] = g[i], p[3 * i + 2] = b[i];                                                 \
    }
#if defined(__AVX512BW__)
/* Bytes go to any place of their own 128 bits in one step, and 128 bits to any place: block k of A, B and C are 16
 * pixels. */
#define BLOCKS(i, j, k, l) 2 * (i), 2 * (i) + 1, 2 * (j), 2 * (j) + 1, 2 * (k), 2 * (k) + 1, 2 * (l), 2 * (l) + 1
#define AS_BLOCKS(v) __builtin_astype(v, ulong8)
#define OF_BLOCKS(v) __builtin_astype(v, bytes_twice)
#define WITHIN(at, part, j) ((at) / 16 == part ? (j) / 16 * 16 + (at) % 16 : 64)
#define SPLIT_BYTE(c, part, j) WITHIN(3 * ((j) % 16) + c, part, j)
#define JOIN_BYTE(c, part, j)                                                                                          \
    ((16 * part + (j) % 16) % 3 == c ? (j) / 16 * 16 + (16 * part + (j) % 16) / 3 : 64)
#define THREE(F, c0, p0, v0, c1, p1, v1, c2, p2, v2)                                                                   \
    (PICK(v0, none, OF_64(F, c0, p0, 0)) | PICK(v1, none, OF_64(F, c1, p1, 0)) | PICK(v2, none, OF_64(F, c2, p2, 0)))
#define Q_SPLIT_BYTES(SPACE)                                                                                           \
    static inline __attribute__((overloadable)) void q_split(const SPACE uchar *p, uchar *r, uchar *g, uchar *b,       \
                                                             const int n) {                                            \
        const bytes_twice none = (bytes_twice)((uchar)0);                                                              \
        for (int i = 0; i < n; i += 64) {                                                                              \
            const SPACE bytes_twice_any *q = (const SPACE bytes_twice_any *)(p + 3 * i);                               \
            const ulong8 s0 = AS_BLOCKS(q[0]), s1 = AS_BLOCKS(q[1]), s2 = AS_BLOCKS(q[2]);                             \
            const bytes_twice va = OF_BLOCKS(PICK(PICK(s0, s1, BLOCKS(0, 3, 6, 0)), s2, BLOCKS(0, 1, 2, 5)));          \
            const bytes_twice vb = OF_BLOCKS(PICK(PICK(s0, s1, BLOCKS(1, 4, 7, 0)), s2, BLOCKS(0, 1, 2, 6)));          \
            const bytes_twice vc = OF_BLOCKS(PICK(PICK(s0, s1, BLOCKS(2, 5, 0, 0)), s2, BLOCKS(0, 1, 4, 7)));          \
            *(bytes_twice_any *)(r + i) = THREE(SPLIT_BYTE, 0, 0, va, 0, 1, vb, 0, 2, vc);                             \
            *(bytes_twice_any *)(g + i) = THREE(SPLIT_BYTE, 1, 0, va, 1, 1, vb, 1, 2, vc);                             \
            *(bytes_twice_any *)(b + i) = THREE(SPLIT_BYTE, 2, 0, va, 2, 1, vb, 2, 2, vc);                             \
        }                                                                                                              \
    }
#define Q_JOIN_BYTES(SPACE)                                                                                            \
    static inline __attribute__((overloadable)) void q_join(SPACE uchar *p, const uchar *r, const uchar *g,            \
                                                            const uchar *b, const int n) {                             \
        const bytes_twice none = (bytes_twice)((uchar)0);                                                              \
        for (int i = 0; i < n; i += 64) {                                                                              \
            const bytes_twice vr = *(const bytes_twice_any *)(r + i), vg = *(const bytes_twice_any *)(g + i);          \
            const bytes_twice vb = *(const bytes_twice_any *)(b + i);                                                  \
            const ulong8 s0 = AS_BLOCKS(THREE(JOIN_BYTE, 0, 0, vr, 1, 0, vg, 2, 0, vb));                               \
            const ulong8 s1 = AS_BLOCKS(THREE(JOIN_BYTE, 0, 1, vr, 1, 1, vg, 2, 1, vb));                               \
            const ulong8 s2 = AS_BLOCKS(THREE(JOIN_BYTE, 0, 2, vr, 1, 2, vg, 2, 2, vb));                               \
            SPACE bytes_twice_any *d = (SPACE bytes_twice_any *)(p + 3 * i);                                           \
            d[0] = OF_BLOCKS(PICK(PICK(s0, s1, BLOCKS(0, 4, 0, 1)), s2, BLOCKS(0, 1, 4, 3)));                          \
            d[1] = OF_BLOCKS(PICK(PICK(s0, s1, BLOCKS(5, 0, 2, 6)), s2, BLOCKS(0, 5, 2, 3)));                          \
            d[2] = OF_BLOCKS(PICK(PICK(s0, s1, BLOCKS(0, 3, 7, 0)), s2, BLOCKS(6, 1, 2, 7)));                          \
        }                                                                                                              \
    }
Q_SPLIT_BYTES(__global)
Q_SPLIT_BYTES(__private)
Q_JOIN_BYTES(__global)
Q_JOIN_BYTES(__private)
Q_APART_BY_VECTORS(ushort, words_any, 32)
#else
Q_APART_ONE_BY_ONE(uchar, __global)
Q_APART_ONE_BY_ONE(uchar, __private)
Q_APART_ONE_BY_ONE(ushort, __global)
Q_APART_ONE_BY_ONE(ushort, __private)
#endif
Q_APART_BY_VECTORS(float, float16_any, 16)
Q_APART_ONE_BY_ONE(uint, __global)
Q_APART_ONE_BY_ONE(uint, __private)
#else
#define q_split(p, r, g, b, n)                                                                                         \
    for (int i = 0; i < n; i++)                                                                                        \
    r[i] = p[3 * i], g[i] = p[3 * i + 1], b[i] = p[3 * i + 2]
#define q_join(p, r, g, b, n)                                                                                          \
    for (int i = 0; i < n; i++)                                                                                        \
    p[3 * i] = r[i], p[3 * i + 1] = g[i], p[3 * i + 2] = b[i]
#endif
