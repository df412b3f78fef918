/* 0..1 to the whole levels 0..max that a picture of that depth stores. */
static inline px q_levels(px v, float max) {
    v.r = (float)q_round(v.r * max, max);
    v.g = (float)q_round(v.g * max, max);
    v.b = (float)q_round(v.b * max, max);
    v.a = (float)q_round(v.a * max, max);
    return v;
}
