/* What becomes of each code of an 8-bit sample, channel by channel: TABLE of table_apply. */
__kernel void KERNEL(PARAMETERS) {
    const ARGUMENTS a = TAKE_ARGUMENTS;
    EACH (x, 0, 256) {
        const px v = IN(a, x, 0);
        out[x] = OUT_SAMPLE(v.r);
        if (C > 1) {
            out[256 + x] = OUT_SAMPLE(v.g);
            out[512 + x] = OUT_SAMPLE(v.b);
        }
    }
}
