/* Adds up the slices, then one work-item makes the table of the counts: q_solve(counts, table, U). A bin of 2^32 pixels
 * and more stays full, where it would begin at 0 again. */
__kernel void KERNEL(PARAMETERS) {
    const ARGUMENTS a = TAKE_ARGUMENTS;
    if (get_global_id(0) == 0 && get_global_id(1) == 0) {
        __global uint *restrict h = (__global uint *)a.b0;
        for (int s = 1; s < a.slices; s++)
            for (int i = 0; i < HC * BINS; i++)
                h[i] = add_sat(h[i], h[(size_t)s * HC * BINS + i]);
        q_solve(h, a.out, U + a.window);
    }
}
