/* To linear light and back by the picture's own curves: tables in the uniforms, `n` steps from 0 to 1, read with linear
 * interpolation, and beyond 1 along their last step. Odd, so that values below 0 survive the way there and back. */
#define Q_LIGHT_STEPS 4096
static inline float q_light_at(__global const int *t, float x) {
    const float p = x * (float)Q_LIGHT_STEPS;
    const int i = (int)(p < (float)(Q_LIGHT_STEPS - 1) ? p : (float)(Q_LIGHT_STEPS - 1));
    const float a = as_float(t[i]), b = as_float(t[i + 1]);
    return fma(p - (float)i, b - a, a);
}
static inline px q_light_in(__global const int *U, int r, int g, int b, px v) {
    v.r = copysign(q_light_at(U + r, fabs(v.r)), v.r);
    v.g = copysign(q_light_at(U + g, fabs(v.g)), v.g);
    v.b = copysign(q_light_at(U + b, fabs(v.b)), v.b);
    return v;
}
/* The way back has its steps at fourth powers, since shadows need the finer ones. */
static inline px q_light_out(__global const int *U, int r, int g, int b, px v) {
    v.r = copysign(q_light_at(U + r, sqrt(sqrt(fabs(v.r)))), v.r);
    v.g = copysign(q_light_at(U + g, sqrt(sqrt(fabs(v.g)))), v.g);
    v.b = copysign(q_light_at(U + b, sqrt(sqrt(fabs(v.b)))), v.b);
    return v;
}
