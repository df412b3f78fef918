/* For programs that run on a CPU: its widest vectors, for loops of which the compiler makes slower code by itself. Clang
 * splits what the processor has no registers for, and with vectors of 512 bits in a function uses these where the
 * processor has them, which it does not do of its own accord. */
#if defined(__clang__)
#define Q_LANES(T) T __attribute__((ext_vector_type(32)))
typedef Q_LANES(ushort) words;
typedef Q_LANES(uint) words_wide;
typedef Q_LANES(float) words_real;
typedef Q_LANES(uchar) bytes;
#define WORD_LANES 32
#define TO_BYTES(v) __builtin_convertvector(v, bytes)
#define TO_WORDS(v) __builtin_convertvector(v, words)
#define TO_WIDE(v) __builtin_convertvector(v, words_wide)
#define TO_REAL(v) __builtin_convertvector(v, words_real)
#else
typedef ushort16 words;
typedef uint16 words_wide;
typedef float16 words_real;
typedef uchar16 bytes;
#define WORD_LANES 16
#define TO_BYTES(v) convert_uchar16(v)
#define TO_WORDS(v) convert_ushort16(v)
#define TO_WIDE(v) convert_uint16(v)
#define TO_REAL(v) convert_float16(v)
#endif
/* The same at any sample's address. */
typedef words __attribute__((aligned(2))) words_any;
typedef words_real __attribute__((aligned(4))) words_real_any;
typedef bytes __attribute__((aligned(1))) bytes_any;
typedef float16 __attribute__((aligned(4))) float16_any;
/* Half the sum, rounded up; the upper 16 bits of each product: one instruction each. */
static inline words q_mean_words(words a, words b) { return TO_WORDS((TO_WIDE(a) + TO_WIDE(b) + 1u) >> 1u); }
static inline words q_high_words(words a, words b) { return TO_WORDS((TO_WIDE(a) * TO_WIDE(b)) >> 16u); }
