/* Pictures of doubles and what every reference needs of them. */
#include "ref.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *need(size_t n, size_t size)
{
    void *p = calloc(n ? n : 1, size);
    if (!p) {
        fprintf(stderr, "out of memory\n");
        abort();
    }
    return p;
}

ref_image ref_new(int w, int h, int c)
{
    ref_image im = { .w = w, .h = h, .c = c };
    im.p = need((size_t)w * (size_t)h * (size_t)c, sizeof *im.p);
    return im;
}

ref_image ref_copy(const ref_image *im)
{
    ref_image to = ref_new(im->w, im->h, im->c);
    memcpy(to.p, im->p, (size_t)im->w * (size_t)im->h * (size_t)im->c * sizeof *im->p);
    if (im->fuzzy) {
        to.fuzzy = need((size_t)im->w * (size_t)im->h, 1);
        memcpy(to.fuzzy, im->fuzzy, (size_t)im->w * (size_t)im->h);
    }
    return to;
}

void ref_free(ref_image *im)
{
    free(im->p);
    free(im->fuzzy);
    *im = (ref_image){ 0 };
}

void ref_move(ref_image *to, ref_image *from)
{
    ref_free(to);
    *to = *from;
    *from = (ref_image){ 0 };
}

double *ref_at(const ref_image *im, int x, int y)
{
    return im->p + ((size_t)y * (size_t)im->w + (size_t)x) * (size_t)im->c;
}

void ref_mark(ref_image *im, int x, int y)
{
    if (!im->fuzzy)
        im->fuzzy = need((size_t)im->w * (size_t)im->h, 1);
    im->fuzzy[(size_t)y * (size_t)im->w + (size_t)x] = 1;
}

bool ref_has_alpha(const ref_image *im)
{
    return im->c == 2 || im->c == 4;
}

int ref_colours(const ref_image *im)
{
    return im->c < 3 ? 1 : 3;
}

double ref_round(double levels)
{
    const double halves = rint(2 * levels) / 2;
    return rint(fabs(levels - halves) < 1e-8 ? halves : levels);
}

double ref_decode_srgb(double v)
{
    return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

double ref_encode_srgb(double v)
{
    return v <= 0.0031308 ? v * 12.92 : 1.055 * pow(v, 1 / 2.4) - 0.055;
}

double ref_luma(const double *rgb, int colours, int which)
{
    if (colours == 1)
        return rgb[0];
    if (which == REF_601)
        return 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2];
    if (which == REF_709)
        return 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2];
    return ref_encode_srgb(0.2126 * ref_decode_srgb(rgb[0]) + 0.7152 * ref_decode_srgb(rgb[1]) +
                           0.0722 * ref_decode_srgb(rgb[2]));
}

/* A picture of the same size whose pixels `f` computes from the input's. */
static ref_image each_pixel(const ref_image *im, int c, void (*f)(const ref_image *, const double *, double *, int),
                            int k)
{
    ref_image to = ref_copy(im);
    free(to.p);
    to.c = c;
    to.p = need((size_t)im->w * (size_t)im->h * (size_t)c, sizeof *to.p);
    for (int y = 0; y < im->h; y++)
        for (int x = 0; x < im->w; x++)
            f(im, ref_at(im, x, y), ref_at(&to, x, y), k);
    return to;
}

static void colours_of(const ref_image *im, const double *from, double *to, int unused)
{
    (void)unused;
    for (int k = 0; k < ref_colours(im); k++)
        to[k] = from[k];
}

ref_image ref_colour_part(const ref_image *im)
{
    return each_pixel(im, ref_colours(im), colours_of, 0);
}

static void luma_of(const ref_image *im, const double *from, double *to, int which)
{
    to[0] = ref_luma(from, ref_colours(im), which);
    if (ref_has_alpha(im))
        to[1] = from[im->c - 1];
}

ref_image ref_to_luma(const ref_image *im, int which)
{
    return each_pixel(im, ref_has_alpha(im) ? 2 : 1, luma_of, which);
}

static void rgb_of(const ref_image *im, const double *from, double *to, int unused)
{
    (void)unused;
    for (int k = 0; k < 3; k++)
        to[k] = from[im->c < 3 ? 0 : k];
    if (ref_has_alpha(im))
        to[3] = from[im->c - 1];
}

ref_image ref_to_rgb(const ref_image *im)
{
    return each_pixel(im, ref_has_alpha(im) ? 4 : 3, rgb_of, 0);
}

void ref_premultiply(ref_image *im)
{
    if (!ref_has_alpha(im))
        return;
    for (size_t i = 0; i < (size_t)im->w * (size_t)im->h; i++) {
        double *p = im->p + i * (size_t)im->c;
        for (int k = 0; k < im->c - 1; k++)
            p[k] *= p[im->c - 1];
    }
}

void ref_unpremultiply(ref_image *im)
{
    if (!ref_has_alpha(im))
        return;
    for (size_t i = 0; i < (size_t)im->w * (size_t)im->h; i++) {
        double *p = im->p + i * (size_t)im->c, a = p[im->c - 1];
        for (int k = 0; k < im->c - 1; k++)
            p[k] = a <= REF_NO_ALPHA ? 0 : p[k] / a;
    }
}

double ref_least_alpha(int depth)
{
    return depth == 8 ? 1e-3 : 0.02;
}

void ref_map_colours(ref_image *im, double (*f)(double))
{
    for (size_t i = 0; i < (size_t)im->w * (size_t)im->h; i++)
        for (int k = 0; k < ref_colours(im); k++)
            im->p[i * (size_t)im->c + (size_t)k] = f(im->p[i * (size_t)im->c + (size_t)k]);
}

static int modulo(int i, int n)
{
    int m = i % n;
    return m < 0 ? m + n : m;
}

int ref_border(int i, int n, flt_border border)
{
    if (i >= 0 && i < n)
        return i;
    switch (border) {
    case FLT_CLAMP: return i < 0 ? 0 : n - 1;
    case FLT_WRAP: return modulo(i, n);
    case FLT_MIRROR: /* ... 2 1 | 0 1 2 | 1 0: the edge sample once */
        if (n == 1)
            return 0;
        i = modulo(i, 2 * n - 2);
        return i < n ? i : 2 * n - 2 - i;
    case FLT_REFLECT: /* ... 1 0 | 0 1 2 | 2 1: the edge sample twice */
        i = modulo(i, 2 * n);
        return i < n ? i : 2 * n - 1 - i;
    case FLT_CONSTANT: break;
    }
    return -1;
}

bool ref_has_param(const flt_stage *stage, const char *param)
{
    for (int i = 0; i < FLT_MAX_PARAMS && stage->row->param[i].name; i++)
        if (!strcmp(stage->row->param[i].name, param))
            return true;
    return false;
}

double ref_num_or(const flt_stage *stage, const char *param, double otherwise)
{
    return ref_has_param(stage, param) ? flt_num(stage, param) : otherwise;
}

/* The index of a choice, by its word. */
bool ref_is(const flt_stage *stage, const char *param, const char *word)
{
    for (int i = 0; i < FLT_MAX_PARAMS && stage->row->param[i].name; i++) {
        const flt_param *p = &stage->row->param[i];
        if (strcmp(p->name, param) || !p->choices)
            continue;
        const char *s = p->choices;
        for (int skip = (int)stage->value[i].num; skip > 0 && s; skip--)
            s = strchr(s, '|') ? strchr(s, '|') + 1 : NULL;
        size_t n = strlen(word);
        return s && !strncmp(s, word, n) && (s[n] == '|' || !s[n]);
    }
    return false;
}

int ref_luma_of(const flt_stage *stage)
{
    if (!ref_has_param(stage, "luma"))
        return REF_LUMA_OFF;
    if (ref_is(stage, "luma", "601"))
        return REF_601;
    if (ref_is(stage, "luma", "linear"))
        return stage->linear ? REF_709 : REF_LINEAR; /* it is light already */
    return ref_is(stage, "luma", "off") ? REF_LUMA_OFF : REF_709;
}
