/* References of the filters that take a second picture: premultiplied in and out. */
#include "ref.h"

#include <string.h>

static int half(int v)
{
    return v >= 0 ? v / 2 : -((1 - v) / 2); /* floor */
}

/* Where the file's top left corner comes to lie on one axis; side -1: west or north, 0: centre, 1: east or south. */
static int place(int n, int file, int side, int inward)
{
    return side < 0 ? inward : side > 0 ? n - file - inward : half(n - file) + inward;
}

static bool at(const flt_stage *stage, const char *word)
{
    return ref_is(stage, "at", word);
}

bool ref_over(const ref_call *call, const ref_image *in, ref_image *out)
{
    const flt_stage *s = call->stage;
    if (!call->file)
        return false;
    int side_x = at(s, "northwest") || at(s, "west") || at(s, "southwest")   ? -1
                 : at(s, "northeast") || at(s, "east") || at(s, "southeast") ? 1
                                                                             : 0;
    int side_y = at(s, "northwest") || at(s, "north") || at(s, "northeast")   ? -1
                 : at(s, "southwest") || at(s, "south") || at(s, "southeast") ? 1
                                                                              : 0;
    flt_rect offset = flt_arg(s, "offset")->rect;
    ref_image file = ref_to_rgb(call->file);
    ref_premultiply(&file);
    *out = ref_to_rgb(in);
    int x0 = place(in->w, file.w, side_x, offset.x), y0 = place(in->h, file.h, side_y, offset.y);
    double opacity = flt_num(s, "opacity");
    for (int y = 0; y < file.h; y++)
        for (int x = 0; x < file.w; x++) {
            if (x0 + x < 0 || y0 + y < 0 || x0 + x >= in->w || y0 + y >= in->h)
                continue;
            const double *src = ref_at(&file, x, y);
            double *to = ref_at(out, x0 + x, y0 + y), as = (file.c == 4 ? src[3] : 1) * opacity;
            for (int k = 0; k < 3; k++)
                to[k] = src[k] * opacity + to[k] * (1 - as);
            if (ref_has_alpha(in))
                to[3] = as + to[3] * (1 - as);
        }
    ref_free(&file);
    return true;
}
