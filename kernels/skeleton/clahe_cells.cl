/* What the four tables around a cell (what lies between the middles of four tiles; beyond the outermost middles, of
 * two, or of one twice) make of each 8-bit level, a byte each: one load then serves a pixel where it takes four. Cell
 * (i, j) has tiles i - 1 and i of rows j - 1 and j. */
__kernel void KERNEL(PARAMETERS) {
    const ARGUMENTS a = TAKE_ARGUMENTS;
    const int column = (int)get_group_id(0), row = y0 + (int)get_group_id(1);
    const int left = max(column - 1, 0) * 256, right = min(column, a.columns - 1) * 256;
    const __global uint *restrict above = SOURCE_ROW(max(row - 1, 0));
    const __global uint *restrict below = SOURCE_ROW(min(row, a.down - 1));
    __global uint *restrict cell = TARGET_ROW(row) + column * 256;
    EACH (i, 0, 256)
        cell[i] = above[left + i] | above[right + i] << 8 | below[left + i] << 16 | below[right + i] << 24;
}
