/* A float's bits as an int of the same order, and back. */
static inline int q_key(float v) {
    const int i = as_int(v);
    return i < 0 ? i ^ 0x7fffffff : i;
}
static inline float q_unkey(int k) { return as_float(k < 0 ? k ^ 0x7fffffff : k); }
