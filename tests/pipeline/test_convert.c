/* pipe_convert() against a reference in double precision, apart and in place, for every pair of formats. */
#include "check.h"
#include "convert.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define W      37
#define H      5
#define STRIDE 640

static double get(const uint8_t *row, unsigned i, unsigned depth)
{
    uint16_t v;
    float real;
    if (depth == 8)
        return row[i] / 255.0;
    if (depth == 32)
        return memcpy(&real, row + 4 * i, 4), (double)real;
    memcpy(&v, row + 2 * i, 2);
    return v / 65535.0;
}

static void reference(const uint8_t *px, qn_format f, qn_format t, const float bg[3], double out[4])
{
    double c[3], a = f.channels % 2 ? 1 : get(px, f.channels - 1u, f.depth);
    for (unsigned i = 0; i < 3; i++) {
        c[i] = get(px, f.channels >= 3 ? i : 0, f.depth);
        if (t.channels % 2)
            c[i] = c[i] * a + round(bg[i] * 65535.0) / 65535.0 * (1 - a);
    }
    unsigned n = t.channels >= 3 ? 3 : 1;
    for (unsigned i = 0; i < n; i++)
        out[i] = n == 3 ? c[i] : 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2];
    if (t.channels % 2 == 0)
        out[n] = a;
}

static void try(qn_format f, qn_format t, bool in_place)
{
    static uint8_t source[H * STRIDE], work[H * STRIDE], apart[H * STRIDE];
    const float bg[3] = { 0.25f, 1.0f, 0.0f };
    srand(f.channels * 1000u + f.depth * 100u + t.channels * 10u + t.depth);
    for (size_t i = 0; i < sizeof source; i++)
        source[i] = rand() % 4 ? (uint8_t)rand() : 255;
    for (size_t i = 0; f.depth == 32 && i < sizeof source; i += 4) { /* alpha stays in 0..1, colours do not */
        const bool alpha = f.channels % 2 == 0 && i % STRIDE / 4 % f.channels == f.channels - 1u;
        const float v = (float)(rand() % 3001) / (alpha ? 3000.0f : 1000.0f) - (alpha ? 0.0f : 1.0f);
        memcpy(source + i, &v, 4);
    }
    memcpy(work, source, sizeof work);
    qn_image from = { .width = W, .height = H, .format = f, .plane = { { work, STRIDE } } };
    qn_image to = { .width = W, .height = H, .format = t, .plane = { { in_place ? work : apart, STRIDE } } };
    pipe_convert(&from, &to, bg);

    const bool real = t.depth == 32;
    double worst = 0, top = t.depth == 8 ? 255 : 65535;
    for (unsigned y = 0; y < H; y++) {
        for (unsigned x = 0; x < W; x++) {
            double want[4];
            reference(source + y * STRIDE + x * qn_pixel_bytes(f), f, t, bg, want);
            const uint8_t *px = (uint8_t *)to.plane[0].data + y * STRIDE + x * qn_pixel_bytes(t);
            for (unsigned i = 0; i < t.channels; i++)
                worst = fmax(worst, fabs(get(px, i, t.depth) - (real ? want[i] : fmin(fmax(want[i], 0), 1))) * top);
        }
    }
    CHECK_MSG(worst <= (real ? 0.02 : 0.5 + 1e-6), "%u x %u bits to %u x %u bits%s: off by %g", f.channels, f.depth,
              t.channels, t.depth, in_place ? ", in place" : "", worst);
}

int main(void)
{
    static const uint8_t depth[] = { 8, 16, 32 };
    for (unsigned i = 0; i < 16 * 9 * 2; i++) {
        qn_format f = { .channels = (uint8_t)(1 + i % 4), .depth = depth[i / 16 % 3] };
        qn_format t = { .channels = (uint8_t)(1 + i / 4 % 4), .depth = depth[i / 48 % 3] };
        try(f, t, i >= 16 * 9);
    }
    return check_summary();
}
