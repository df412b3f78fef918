#include "pam.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool number(FILE *f, unsigned *out)
{
    int c = fgetc(f);
    while (c != EOF && (isspace(c) || c == '#')) {
        while (c == '#' && c != EOF && c != '\n')
            c = fgetc(f);
        c = fgetc(f);
    }
    *out = 0;
    for (; c != EOF && isdigit(c); c = fgetc(f))
        *out = *out * 10 + (unsigned)(c - '0');
    return c != EOF && *out > 0;
}

static bool header(FILE *f, unsigned *w, unsigned *h, unsigned *c, unsigned *max)
{
    char line[128];
    int p = fgetc(f), kind = fgetc(f);
    if (p == 'P' && (kind == '5' || kind == '6')) {
        *c = kind == '5' ? 1 : 3;
        return number(f, w) && number(f, h) && number(f, max);
    }
    if (p != 'P' || kind != '7')
        return false;
    while (fgets(line, sizeof line, f) && strcmp(line, "ENDHDR\n")) {
        sscanf(line, "WIDTH %u", w);
        sscanf(line, "HEIGHT %u", h);
        sscanf(line, "DEPTH %u", c);
        sscanf(line, "MAXVAL %u", max);
    }
    return *w && *h && *c && *c <= 4 && *max;
}

/* 16-bit samples stand with the high byte first in these files. */
static void swap_samples(uint8_t *p, size_t n)
{
    const uint16_t one = 1;
    if (*(const uint8_t *)&one == 0)
        return;
    for (size_t i = 0; i < n; i++) {
        uint8_t t = p[2 * i];
        p[2 * i] = p[2 * i + 1];
        p[2 * i + 1] = t;
    }
}

bool pam_read(const char *path, qn_image *image)
{
    unsigned w = 0, h = 0, c = 0, max = 0;
    FILE *f = fopen(path, "rb");
    bool ok = f && header(f, &w, &h, &c, &max);
    size_t n = (size_t)w * h * c, size = max > 255 ? 2 : 1;
    uint8_t *data = ok ? malloc(n * size) : NULL;
    ok = data && fread(data, size, n, f) == n;
    if (f)
        fclose(f);
    if (!ok) {
        fprintf(stderr, "%s: cannot read\n", path);
        free(data);
        return false;
    }
    if (size == 2)
        swap_samples(data, n);
    *image = (qn_image){ .width = w, .height = h, .format = { (uint8_t)c, (uint8_t)(size * 8), QN_INTERLEAVED } };
    image->plane[0] = (qn_plane){ data, w * c * size };
    return true;
}

bool pam_write(const char *path, const qn_image *image)
{
    static const char *const type[5] = { "", "GRAYSCALE", "GRAYSCALE_ALPHA", "RGB", "RGB_ALPHA" };
    unsigned c = image->format.channels, size = image->format.depth / 8;
    FILE *f = fopen(path, "wb");
    if (!f) {
        perror(path);
        return false;
    }
    fprintf(f, "P7\nWIDTH %u\nHEIGHT %u\nDEPTH %u\nMAXVAL %u\nTUPLTYPE %s\nENDHDR\n", image->width, image->height, c,
            size == 2 ? 65535U : 255U, type[c]);
    size_t n = (size_t)image->width * c;
    uint8_t *row = malloc(n * size + 1);
    bool ok = row != NULL;
    for (unsigned y = 0; ok && y < image->height; y++) {
        memcpy(row, (const uint8_t *)image->plane[0].data + y * image->plane[0].stride, n * size);
        if (size == 2)
            swap_samples(row, n);
        ok = fwrite(row, size, n, f) == n;
    }
    free(row);
    return fclose(f) == 0 && ok;
}
