#include "pictures.h"

#include <stdint.h>
#include <stdio.h>

uint8_t picture_sample(unsigned seed, unsigned i)
{
    return (uint8_t)((i * 2654435761u + seed * 40503u) >> 13);
}

void picture_size(unsigned seed, unsigned *w, unsigned *h)
{
    *w = 1 + seed * 37 % 200;
    *h = 1 + seed * 53 % 150;
    if (*w == 13)
        *w = 14;
}

void picture_write(const char *path, unsigned seed, unsigned w, unsigned h, size_t missing)
{
    FILE *f = fopen(path, "wb");
    size_t n = (size_t)w * h * 3;
    fprintf(f, "P6\n%u %u\n255\n", w, h);
    for (size_t i = 0; i + missing < n; i++)
        fputc(picture_sample(seed, (unsigned)i), f);
    fclose(f);
}

bool picture_right(const char *path, unsigned seed, unsigned w, unsigned h)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return false;
    unsigned fw = 0, fh = 0;
    bool ok = fscanf(f, "P6 %u %u 255", &fw, &fh) == 2 && fgetc(f) == '\n' && fw == w && fh == h;
    for (unsigned i = 0; ok && i < w * h * 3; i++)
        ok = fgetc(f) == (picture_sample(seed, i) ^ 255);
    ok = ok && fgetc(f) == EOF;
    fclose(f);
    return ok;
}
