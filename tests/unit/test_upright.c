/* The eight orientations of EXIF, on a picture of six letters: what stands where after each, as the standard says. */
#include "check.h"
#include "upright.h"

#include <stdlib.h>
#include <string.h>

static void test_letters(uint8_t channels, uint8_t depth)
{
    static const char *const want[9] = { "abcdef", "abcdef", "cbafed", "fedcba", "defabc",
                                         "adbecf", "daebfc", "fcebda", "cfbead" };
    const size_t bytes = (size_t)channels * depth / 8;
    for (int o = 0; o <= 8; o++) {
        qn_image image = { .width = 3, .height = 2, .format = { channels, depth, QN_INTERLEAVED } };
        const size_t stride = qn_row_stride(3, image.format);
        uint8_t *data = calloc(2, stride);
        if (!data)
            abort();
        for (size_t i = 0; i < 6; i++)
            memset(data + i / 3 * stride + i % 3 * bytes, 'a' + (int)i, bytes);
        image.plane[0] = (qn_plane){ data, stride };
        CHECK(pipe_upright(&image, o));
        CHECK_EQ_INT(image.width, o >= 5 ? 2 : 3);
        CHECK_EQ_INT(image.height, o >= 5 ? 3 : 2);
        for (size_t i = 0; i < 6; i++) {
            const uint8_t *p = image.plane[0].data;
            p += i / image.width * image.plane[0].stride + i % image.width * bytes;
            CHECK_EQ_INT(p[0], want[o][i]);
            CHECK_EQ_INT(p[bytes - 1], want[o][i]);
        }
        free(image.plane[0].data);
    }
}

int main(void)
{
    test_letters(1, 8);
    test_letters(3, 8);
    test_letters(4, 16);
    return check_summary();
}
