#include "png_form.h"

#include <png.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 1024 }; /* of a table of at most 256 colours */

/* A set of colours, each with a number. */
typedef struct color_set {
    unsigned n; /* IO_PNG_COLORS + 1: too many */
    uint32_t slot[SLOTS];
    uint16_t number[SLOTS]; /* from 1; 0: the slot is free */
    uint32_t color[IO_PNG_COLORS];
} color_set;

typedef struct facts {
    bool gray, opaque, eight; /* R = G = B; no alpha below the most; every sample is k * 257 */
    unsigned gray_bits;       /* that hold the levels, where they are gray and eight: 1, 2, 4 or 8 */
    color_set colors;         /* where eight */
} facts;

typedef struct rgba {
    uint16_t r, g, b, a;
} rgba;

static const uint8_t *row_of(const qn_image *image, uint32_t y)
{
    return (const uint8_t *)image->plane[0].data + y * image->plane[0].stride;
}

/* A pixel with as many bits as the picture has. */
static rgba pixel(const qn_image *image, const uint8_t *row, uint32_t x)
{
    const unsigned n = image->format.channels;
    uint16_t s[4] = { 0 };
    const uint16_t *wide = (const uint16_t *)(const void *)row + (size_t)x * n;
    for (unsigned i = 0; i < n; i++)
        s[i] = image->format.depth == 16 ? wide[i] : row[(size_t)x * n + i];
    const uint16_t most = image->format.depth == 16 ? 65535 : 255;
    return n <= 2 ? (rgba){ s[0], s[0], s[0], n == 2 ? s[1] : most } : (rgba){ s[0], s[1], s[2], n == 4 ? s[3] : most };
}

/* Both bytes of its samples are the same, as far as there are two. */
static uint32_t narrow(rgba p)
{
    return (uint32_t)(p.r & 255) | (uint32_t)(p.g & 255) << 8 | (uint32_t)(p.b & 255) << 16 |
           (uint32_t)(p.a & 255) << 24;
}

static bool is_narrow(uint16_t v)
{
    return v >> 8 == (v & 255);
}

/* The slot where this colour is, or would be. */
static unsigned find_slot(const color_set *set, uint32_t color)
{
    unsigned at = (color * 2654435761u) >> 22;
    while (set->number[at] && set->slot[at] != color)
        at = (at + 1) % SLOTS;
    return at;
}

static void add_color(color_set *set, uint32_t color)
{
    if (set->n > IO_PNG_COLORS)
        return;
    const unsigned at = find_slot(set, color);
    if (set->number[at])
        return;
    if (set->n < IO_PNG_COLORS) {
        set->slot[at] = set->color[set->n] = color;
        set->number[at] = (uint16_t)(set->n + 1);
    }
    set->n++;
}

static unsigned bits_of_level(unsigned level)
{
    return level % 255 == 0 ? 1 : level % 85 == 0 ? 2 : level % 17 == 0 ? 4 : 8;
}

static void look(const qn_image *image, facts *f)
{
    const bool wide = image->format.depth == 16;
    uint32_t before = 0;
    bool any = false;
    f->gray = f->opaque = f->eight = true;
    f->gray_bits = 1;
    for (uint32_t y = 0; y < image->height; y++) {
        const uint8_t *row = row_of(image, y);
        for (uint32_t x = 0; x < image->width; x++) {
            const rgba p = pixel(image, row, x);
            f->gray = f->gray && p.r == p.g && p.g == p.b;
            f->opaque = f->opaque && p.a == (wide ? 65535 : 255);
            f->eight = f->eight && (!wide || (is_narrow(p.r) && is_narrow(p.g) && is_narrow(p.b) && is_narrow(p.a)));
            const uint32_t color = narrow(p);
            if (any && color == before)
                continue;
            const unsigned bits = bits_of_level(color & 255);
            f->gray_bits = bits > f->gray_bits ? bits : f->gray_bits;
            add_color(&f->colors, color);
            before = color;
            any = true;
        }
        const unsigned n = image->format.channels;
        if ((n < 3 || !f->gray) && (n % 2 || !f->opaque) && (!f->gray || f->gray_bits == 8 || !f->opaque) &&
            (wide ? !f->eight : f->colors.n > IO_PNG_COLORS))
            return; /* nothing is left to be found */
    }
}

static io_png_form samples(uint32_t width, unsigned channels, unsigned depth)
{
    static const int type[5] = { 0, PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB,
                                 PNG_COLOR_TYPE_RGB_ALPHA };
    const unsigned bits = channels * depth;
    return (io_png_form){ .color_type = type[channels],
                          .depth = (uint8_t)depth,
                          .row_bytes = (size_t)(((uint64_t)width * bits + 7) / 8),
                          .step = bits < 8 ? 1 : bits / 8 };
}

io_png_form io_png_plain_form(const qn_image *image)
{
    return samples(image->width, image->format.channels, image->format.depth);
}

/* What is not opaque first, so that tRNS is short; then by value. */
static uint64_t order(const uint8_t c[4])
{
    return (uint64_t)(c[3] == 255) << 32 | (uint64_t)c[0] << 24 | (uint64_t)c[1] << 16 | (uint64_t)c[2] << 8 | c[3];
}

static int by_order(const void *a, const void *b)
{
    const uint64_t x = order(a), y = order(b);
    return x < y ? -1 : x > y;
}

static io_png_form palette(uint32_t width, const color_set *set)
{
    io_png_form f = samples(width, 1, set->n <= 2 ? 1 : set->n <= 4 ? 2 : set->n <= 16 ? 4 : 8);
    f.color_type = PNG_COLOR_TYPE_PALETTE;
    f.n_colors = set->n;
    for (unsigned i = 0; i < set->n; i++)
        for (unsigned k = 0; k < 4; k++)
            f.color[i][k] = (uint8_t)(set->color[i] >> 8 * k);
    qsort(f.color, f.n_colors, sizeof f.color[0], by_order);
    while (f.n_transparent < f.n_colors && f.color[f.n_transparent][3] != 255)
        f.n_transparent++;
    return f;
}

unsigned io_png_find_forms(const qn_image *image, bool keep_class, io_png_form form[2])
{
    facts *f = calloc(1, sizeof *f);
    if (!f)
        return 0;
    look(image, f);
    const bool was_gray = image->format.channels <= 2, gray = keep_class ? was_gray : f->gray;
    const unsigned channels = (gray ? 1u : 3u) + (f->opaque ? 0 : 1);
    const unsigned depth = !f->eight ? 16 : gray && f->opaque ? f->gray_bits : 8;
    unsigned n = 0;
    form[n++] = samples(image->width, channels, depth);
    if (f->eight && f->colors.n <= IO_PNG_COLORS && image->format.channels > 1 && !(keep_class && was_gray)) {
        form[n] = palette(image->width, &f->colors);
        n += form[n].depth < channels * depth;
    }
    free(f);
    return n;
}

static unsigned index_of(const io_png_form *form, uint32_t color)
{
    const uint8_t c[4] = { (uint8_t)color, (uint8_t)(color >> 8), (uint8_t)(color >> 16), (uint8_t)(color >> 24) };
    const uint64_t want = order(c);
    unsigned from = 0, to = form->n_colors - 1;
    while (from < to) {
        const unsigned middle = (from + to) / 2;
        if (order(form->color[middle]) < want)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

/* Samples of 1 to 8 bits, most significant first. */
static void pack_row(const io_png_form *form, const qn_image *image, const uint8_t *row, uint8_t *to)
{
    const bool palette_of = form->color_type == PNG_COLOR_TYPE_PALETTE;
    const unsigned step = palette_of ? 1 : 255u / ((1u << form->depth) - 1);
    uint32_t before = 0;
    unsigned value = palette_of ? index_of(form, 0) : 0, bits = 0, held = 0;
    for (uint32_t x = 0; x < image->width; x++) {
        const uint32_t color = narrow(pixel(image, row, x));
        if (color != before)
            value = palette_of ? index_of(form, color) : (color & 255) / step;
        before = color;
        held = held << form->depth | value;
        bits += form->depth;
        if (bits == 8) {
            *to++ = (uint8_t)held;
            bits = held = 0;
        }
    }
    if (bits)
        *to = (uint8_t)(held << (8 - bits));
}

void io_png_form_row(const io_png_form *form, const qn_image *image, uint32_t y, uint8_t *to)
{
    const uint8_t *row = row_of(image, y);
    if (form->color_type == PNG_COLOR_TYPE_PALETTE || form->depth < 8) {
        pack_row(form, image, row, to);
        return;
    }
    const bool color = form->color_type & PNG_COLOR_MASK_COLOR, alpha = form->color_type & PNG_COLOR_MASK_ALPHA;
    uint16_t *wide = (uint16_t *)(void *)to;
    for (uint32_t x = 0; x < image->width; x++) {
        const rgba p = pixel(image, row, x);
        const uint16_t s[4] = { p.r, color ? p.g : p.a, p.b, p.a };
        const unsigned n = (color ? 3u : 1u) + alpha;
        for (unsigned i = 0; i < n; i++) {
            if (form->depth == 16)
                *wide++ = s[i];
            else
                *to++ = (uint8_t)s[i];
        }
    }
}
