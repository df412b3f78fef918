/* Row strides: wide enough, aligned, and never a multiple of a page. */
#include "check.h"
#include "image.h"

int main(void)
{
    CHECK_EQ_INT(qn_pixel_bytes((qn_format){ .channels = 3, .depth = 8 }), 3);
    CHECK_EQ_INT(qn_pixel_bytes((qn_format){ .channels = 4, .depth = 16 }), 8);
    for (uint8_t channels = 1; channels <= 4; channels++) {
        for (uint8_t depth = 8; depth <= 16; depth = (uint8_t)(depth + 8)) {
            qn_format f = { .channels = channels, .depth = depth, .layout = QN_INTERLEAVED };
            for (uint32_t w = 1; w < 9000; w++) {
                size_t row = w * qn_pixel_bytes(f), stride = qn_row_stride(w, f);
                bool ok = stride >= row && stride < row + 128 && stride % 64 == 0 && stride % 4096 != 0;
                CHECK_MSG(ok, "%u channels of %u bits, width %u: %zu", channels, depth, w, stride);
            }
        }
    }
    qn_format widest = { .channels = 4, .depth = 16 };
    CHECK(qn_row_stride(UINT32_MAX, widest) >= (size_t)UINT32_MAX * 8);
    return check_summary();
}
