static inline px q_difference(px v, px s) {
    v.r -= s.r;
    v.g -= s.g;
    v.b -= s.b;
    v.a -= s.a;
    return v;
}
