#include "image.h"

const char *qn_depth_name(uint8_t depth)
{
    return depth == 8 ? "8 bits" : depth == 16 ? "16 bits" : "float";
}

size_t qn_pixel_bytes(qn_format format)
{
    return (size_t)format.channels * (format.depth / 8U);
}

size_t qn_row_stride(uint32_t width, qn_format format)
{
    size_t stride = ((size_t)width * qn_pixel_bytes(format) + 63) / 64 * 64;
    return stride % 4096 == 0 ? stride + 64 : stride;
}
