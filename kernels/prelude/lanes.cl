/* For programs that run on a CPU: its widest vectors, for loops of which the compiler makes slower code by itself. Clang
 * splits what the processor has no registers for, and with vectors of 512 bits in a function uses these where the
 * processor has them, which it does not do of its own accord. */
#if defined(__clang__)
#define Q_LANES(T) T __attribute__((ext_vector_type(32)))
typedef Q_LANES(ushort) words;
typedef Q_LANES(uint) words_wide;
typedef Q_LANES(float) words_real;
typedef Q_LANES(uchar) bytes;
typedef uchar __attribute__((ext_vector_type(64))) bytes_twice;
#define WORD_LANES 32
#define AS_BYTES(v) __builtin_convertvector(v, bytes)
#define AS_WORDS(v) __builtin_convertvector(v, words)
#define AS_WIDE(v) __builtin_convertvector(v, words_wide)
#define AS_REAL(v) __builtin_convertvector(v, words_real)
#define AS_BITS(v) __builtin_astype(v, words_wide)
#else
typedef ushort16 words;
typedef uint16 words_wide;
typedef float16 words_real;
typedef uchar16 bytes, bytes_twice;
#define WORD_LANES 16
#define AS_BYTES(v) convert_uchar16(v)
#define AS_WORDS(v) convert_ushort16(v)
#define AS_WIDE(v) convert_uint16(v)
#define AS_REAL(v) convert_float16(v)
#define AS_BITS(v) as_uint16(v)
#endif
/* The same at any sample's address. */
typedef words __attribute__((aligned(2))) words_any;
typedef words_real __attribute__((aligned(4))) words_real_any;
typedef bytes __attribute__((aligned(1))) bytes_any;
typedef bytes_twice __attribute__((aligned(1))) bytes_twice_any;
typedef float16 __attribute__((aligned(4))) float16_any;
typedef float4 __attribute__((aligned(4))) float4_any;
typedef ushort4 __attribute__((aligned(2))) words4_any;
/* Half the sum, rounded up; the upper 16 bits of each product: one instruction each. */
static inline words q_mean_words(words a, words b) { return AS_WORDS((AS_WIDE(a) + AS_WIDE(b) + 1u) >> 1u); }
static inline words q_high_words(words a, words b) { return AS_WORDS((AS_WIDE(a) * AS_WIDE(b)) >> 16u); }
/* Sixteen rows of sixteen floats become columns: each round moves the highest bit of an element's place, its row's, to
 * the lowest, its column's; after four, row and column have changed places. */
#if defined(__clang__)
#define PICK(u, v, ...) __builtin_shufflevector(u, v, __VA_ARGS__)
#define LOW_HALVES(u, v) PICK(u, v, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define HIGH_HALVES(u, v) PICK(u, v, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
static inline void q_transpose(float16 *v) {
#pragma unroll
    for (int round = 0; round < 4; round++) {
        float16 next[16];
#pragma unroll
        for (int i = 0; i < 8; i++)
            next[2 * i] = LOW_HALVES(v[i], v[i + 8]), next[2 * i + 1] = HIGH_HALVES(v[i], v[i + 8]);
#pragma unroll
        for (int i = 0; i < 16; i++)
            v[i] = next[i];
    }
}
#else
static inline void q_transpose(float16 *v) {
    float *p = (float *)v;
    for (int i = 0; i < 16; i++)
        for (int j = 0; j < i; j++) {
            const float t = p[16 * i + j];
            p[16 * i + j] = p[16 * j + i];
            p[16 * j + i] = t;
        }
}
#endif
/* `n` bytes at p will be read soon: of pieces of rows, where the processor does not see it coming. */
#if defined(__clang__)
static inline void q_fetch(const __global void *p, const int n) {
    for (int i = 0; i < n; i += 64)
        __builtin_prefetch((const char *)(size_t)p + i);
}
#else
static inline void q_fetch(const __global void *p, const int n) {}
#endif
/* Thirty-two bytes looked up at once in a table of 256 that lies in registers, as words of two entries each: one load
 * for every sample takes six times as long. Only where the compiler has the instruction; Q_LOOK_UP tells. */
#if defined(__AVX512BW__) && defined(__has_builtin)
#if __has_builtin(__builtin_ia32_vpermi2varhi512) && __has_builtin(__builtin_astype) &&                                \
    __has_builtin(__builtin_convertvector)
#define Q_LOOK_UP
typedef uchar q_byte32 __attribute__((ext_vector_type(32)));
typedef q_byte32 __attribute__((aligned(1))) q_byte32_any;
typedef ushort q_word32 __attribute__((ext_vector_type(32)));
typedef q_word32 __attribute__((aligned(1))) q_word32_any;
typedef short q_short32 __attribute__((ext_vector_type(32)));
typedef struct { q_short32 part[4]; } q_table;
static inline q_table q_table_of(const __global uchar *t) {
    const __global q_word32_any *p = (const __global q_word32_any *)t;
    q_table r;
    for (int i = 0; i < 4; i++)
        r.part[i] = __builtin_astype(p[i], q_short32);
    return r;
}
static inline q_byte32 q_look_up(const q_table t, const q_byte32 v) {
    const q_word32 x = __builtin_convertvector(v, q_word32);
    const q_short32 i = __builtin_astype(x >> (ushort)1, q_short32);
    const q_word32 low =
        __builtin_astype(__builtin_ia32_vpermi2varhi512(t.part[0], i, t.part[1]), q_word32);
    const q_word32 high =
        __builtin_astype(__builtin_ia32_vpermi2varhi512(t.part[2], i, t.part[3]), q_word32);
    const q_word32 both = (x & (ushort)128) != (ushort)0 ? high : low;
    return __builtin_convertvector(both >> ((x & (ushort)1) << (ushort)3), q_byte32);
}
/* The same in a table of 256 words. */
typedef struct { q_short32 part[8]; } q_word_table;
static inline q_word_table q_word_table_of(const ushort *t) {
    q_word_table r;
#pragma unroll
    for (int i = 0; i < 8; i++)
        r.part[i] = __builtin_astype(((const q_word32_any *)t)[i], q_short32);
    return r;
}
static inline q_word32 q_look_up_words(const q_word_table t, const q_byte32 v) {
    const q_word32 x = __builtin_convertvector(v, q_word32);
    const q_short32 i = __builtin_astype(x, q_short32);
    q_word32 quarter[4];
#pragma unroll
    for (int k = 0; k < 4; k++)
        quarter[k] = __builtin_astype(__builtin_ia32_vpermi2varhi512(t.part[2 * k], i, t.part[2 * k + 1]), q_word32);
    const q_word32 low = (x & (ushort)64) != (ushort)0 ? quarter[1] : quarter[0];
    const q_word32 high = (x & (ushort)64) != (ushort)0 ? quarter[3] : quarter[2];
    return (x & (ushort)128) != (ushort)0 ? high : low;
}
#endif
#endif
