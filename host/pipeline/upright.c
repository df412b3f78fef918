#include "upright.h"

#include <stdlib.h>
#include <string.h>

bool pipe_upright(qn_image *image, int orientation)
{
    if (orientation < 2 || orientation > 8)
        return true;
    /* where the upright picture's column 0, row 0 lies in the stored one, and which way its axes run there */
    const bool turned = orientation >= 5;
    const bool from_right = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    const bool from_bottom = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    qn_image to = *image;
    to.width = turned ? image->height : image->width;
    to.height = turned ? image->width : image->height;
    const size_t bytes = qn_pixel_bytes(image->format);
    to.plane[0].stride = qn_row_stride(to.width, to.format);
    to.plane[0].data = calloc(to.height, to.plane[0].stride);
    if (!to.plane[0].data)
        return false;
    for (uint32_t y = 0; y < to.height; y++) {
        uint8_t *row = (uint8_t *)to.plane[0].data + y * to.plane[0].stride;
        for (uint32_t x = 0; x < to.width; x++) {
            const uint32_t across = turned ? y : x, down = turned ? x : y;
            const size_t column = from_right ? image->width - 1 - across : across;
            const size_t line = from_bottom ? image->height - 1 - down : down;
            memcpy(row + x * bytes,
                   (const uint8_t *)image->plane[0].data + line * image->plane[0].stride + column * bytes, bytes);
        }
    }
    free(image->plane[0].data);
    *image = to;
    return true;
}
