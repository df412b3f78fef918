/* A chain of references: what every stage does around its filter (light, channels, mix, roi), loading and storing. */
#include "ref.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

ref_image ref_load(const qn_image *image)
{
    int c = image->format.channels;
    ref_image im = ref_new((int)image->width, (int)image->height, c);
    for (int y = 0; y < im.h; y++) {
        const uint8_t *row = (const uint8_t *)image->plane[0].data + (size_t)y * image->plane[0].stride;
        for (int i = 0; i < im.w * c; i++) {
            uint16_t v;
            float f;
            if (image->format.depth == 32) {
                memcpy(&f, row + 4 * i, sizeof f);
                im.p[(size_t)y * (size_t)(im.w * c) + (size_t)i] = (double)f;
                continue;
            }
            memcpy(&v, row + 2 * i * (image->format.depth == 16), image->format.depth == 16 ? 2 : 1);
            im.p[(size_t)y * (size_t)(im.w * c) + (size_t)i] = image->format.depth == 16 ? v / 65535.0 : row[i] / 255.0;
        }
    }
    return im;
}

void *ref_store(const ref_image *im, int depth, qn_format *format)
{
    *format = (qn_format){ (uint8_t)im->c, (uint8_t)depth, QN_INTERLEAVED };
    size_t n = (size_t)im->w * (size_t)im->h * (size_t)im->c;
    uint16_t *wide = calloc(n, sizeof *wide);
    if (!wide)
        abort();
    uint8_t *narrow = (uint8_t *)wide; /* 8 bit: in the front half, written before it is read no more */
    double max = depth == 8 ? 255 : 65535;
    for (size_t i = 0; i < n; i++) {
        double v = im->p[i];
        /* what cannot be seen has no colour: its alpha is 0 once it is stored */
        if (ref_has_alpha(im) && rint(im->p[i / (size_t)im->c * (size_t)im->c + (size_t)im->c - 1] * max) <= 0)
            v = 0;
        v = ref_round((v < 0 ? 0 : v > 1 ? 1 : v) * max);
        if (depth == 8)
            narrow[i] = (uint8_t)v;
        else
            wide[i] = (uint16_t)v;
    }
    return wide;
}

/* ---- one stage ---- */

/* The border's colour in the channels and the space of `like`. A gray picture takes its 709 luma; one that the filter
 * makes gray takes the filter's own. */
static void border_colour(const flt_stage *stage, const ref_image *like, bool was_gray, bool premultiplied, double *out)
{
    double rgb[3], alpha = stage->border_colour[3];
    for (int k = 0; k < 3; k++)
        rgb[k] = stage->linear ? ref_decode_srgb(stage->border_colour[k]) : stage->border_colour[k];
    if (ref_colours(like) == 1)
        rgb[0] = ref_luma(rgb, 3, was_gray || ref_luma_of(stage) == REF_LUMA_OFF ? REF_709 : ref_luma_of(stage));
    for (int k = 0; k < ref_colours(like); k++) {
        out[k] = rgb[k];
        if (premultiplied && ref_has_alpha(like))
            out[k] *= alpha;
    }
    if (ref_has_alpha(like))
        out[like->c - 1] = alpha;
}

/* The colours of `from` with the alpha of `alpha`. */
static void with_alpha(ref_image *colours, const ref_image *alpha)
{
    if (!ref_has_alpha(alpha))
        return;
    ref_image out = ref_new(colours->w, colours->h, colours->c + 1);
    for (int y = 0; y < out.h; y++)
        for (int x = 0; x < out.w; x++) {
            memcpy(ref_at(&out, x, y), ref_at(colours, x, y), (size_t)colours->c * sizeof(double));
            ref_at(&out, x, y)[colours->c] = ref_at(alpha, x, y)[alpha->c - 1];
        }
    out.fuzzy = colours->fuzzy;
    colours->fuzzy = NULL;
    ref_move(colours, &out);
}

static bool same_size(const ref_image *a, const ref_image *b)
{
    return a->w == b->w && a->h == b->h;
}

/* Where alpha is 0 or below and colours are left beside it (a kernel that undershoots), straight values have lost them:
 * what the next stage makes of them cannot be told here. */
static void mark_lost(ref_image *im)
{
    for (int i = 0; i < im->w * im->h && ref_has_alpha(im); i++) {
        const double *p = im->p + (size_t)i * (size_t)im->c;
        for (int k = 0; k < im->c - 1; k++)
            if (p[im->c - 1] <= 0 && p[k] != 0)
                ref_mark(im, i % im->w, i / im->w);
    }
}

/* The filter on all of `in` (straight), with its luma; the result is straight. */
static bool whole(const ref_entry *entry, ref_call *call, const ref_image *in, ref_image *out)
{
    const flt_stage *s = call->stage;
    ref_image from = ref_copy(in);
    if (ref_luma_of(s) != REF_LUMA_OFF) {
        ref_image luma = ref_to_luma(&from, ref_luma_of(s));
        ref_move(&from, &luma);
    }
    border_colour(s, &from, ref_colours(in) == 1, entry->space == REF_PREMULT, call->constant);
    bool ok;
    if (entry->space == REF_COLOURS) {
        ref_image colours = ref_colour_part(&from);
        ok = entry->fn(call, &colours, out);
        ref_free(&colours);
        if (ok)
            with_alpha(out, &from);
    } else {
        ref_image premultiplied = ref_copy(&from);
        if (entry->space == REF_PREMULT)
            ref_premultiply(&premultiplied);
        ok = entry->fn(call, &premultiplied, out);
        if (ok && entry->keeps_alpha && !ref_smooths(s) && s->channels != FLT_CH_A && ref_has_alpha(&from))
            for (int y = 0; y < out->h; y++)
                for (int x = 0; x < out->w; x++)
                    ref_at(out, x, y)[out->c - 1] = ref_at(&from, x, y)[from.c - 1];
        if (ok && entry->space == REF_PREMULT) {
            if (call->goes_on)
                mark_lost(out);
            ref_unpremultiply(out);
        }
        ref_free(&premultiplied);
    }
    ref_free(&from);
    return ok;
}

/* channels=luma: the filter on the luma as a gray picture, and every colour moved by what the luma moved. A second
 * picture has colours: it is combined with those of the first, and what counts is how the luma has moved. */
static bool on_luma(const ref_entry *entry, ref_call *call, const ref_image *in, ref_image *out)
{
    const bool second = call->stage->row->cls == FLT_COMPOSE;
    ref_image gray = ref_to_luma(in, REF_709), res;
    bool ok = whole(entry, call, second ? in : &gray, &res);
    if (ok) {
        *out = ref_colours(&res) > ref_colours(in) ? ref_to_rgb(in) : ref_copy(in);
        if (ref_has_alpha(&res) && !ref_has_alpha(in)) {
            ref_image opaque = ref_with_alpha(out);
            ref_move(out, &opaque);
        }
        for (int y = 0; y < in->h; y++)
            for (int x = 0; x < in->w; x++)
                for (int k = 0; k < ref_colours(out); k++)
                    ref_at(out, x, y)[k] +=
                        ref_luma(ref_at(&res, x, y), ref_colours(&res), REF_709) - ref_at(&gray, x, y)[0];
        free(out->fuzzy);
        out->fuzzy = res.fuzzy;
        res.fuzzy = NULL;
        /* pixels that move are mixed premultiplied, and have no colour without alpha */
        const bool mixed = call->stage->row->cls == FLT_GEOMETRY && (call->stage->mix < 1 || call->stage->mask);
        for (int i = 0; i < res.w * res.h && mixed && ref_has_alpha(&res); i++)
            if (res.p[(i + 1) * res.c - 1] == 0)
                ref_mark(out, i % res.w, i / res.w);
        ref_free(&res);
    }
    ref_free(&gray);
    return ok;
}

/* A filter of colours on the alpha, as if it were gray: changes *out's alpha. */
static bool on_alpha(const ref_entry *entry, ref_call *call, const ref_image *in, ref_image *out)
{
    ref_image gray = ref_new(in->w, in->h, 1), res;
    for (int y = 0; y < in->h; y++)
        for (int x = 0; x < in->w; x++)
            *ref_at(&gray, x, y) = ref_at(in, x, y)[in->c - 1];
    bool ok = entry->fn(call, &gray, &res);
    if (ok)
        for (int y = 0; y < in->h; y++)
            for (int x = 0; x < in->w; x++) {
                ref_at(out, x, y)[out->c - 1] = *ref_at(&res, x, y);
                if (res.fuzzy && res.fuzzy[y * in->w + x])
                    ref_mark(out, x, y);
            }
    if (ok)
        ref_free(&res);
    ref_free(&gray);
    return ok;
}

/* Which samples of a pixel of c channels take the result. */
static void chosen(flt_channels channels, bool only_colours, int c, bool *take)
{
    bool alpha = c == 2 || c == 4;
    int colours = c < 3 ? 1 : 3;
    for (int k = 0; k < colours; k++)
        take[k] = channels != FLT_CH_A;
    if (colours == 3 && (channels == FLT_CH_R || channels == FLT_CH_G || channels == FLT_CH_B)) /* gray is all three */
        for (int k = 0; k < colours; k++)
            take[k] = k == (channels == FLT_CH_R ? 0 : channels == FLT_CH_G ? 1 : 2);
    if (alpha)
        take[c - 1] = channels == FLT_CH_A || channels == FLT_CH_RGBA || (channels == FLT_CH_DEFAULT && !only_colours);
}

static bool in_roi(const ref_call *call, int x, int y)
{
    return x >= call->x0 && x < call->x1 && y >= call->y0 && y < call->y1;
}

/* How much of the result counts at a pixel: mix, times the mask's luma and alpha. */
static double share(const ref_call *call, size_t pixel)
{
    const ref_image *m = call->mask;
    if (!m)
        return call->stage->mix;
    const double *p = m->p + pixel * (size_t)m->c;
    return call->stage->mix * ref_luma(p, ref_colours(m), REF_709) * (ref_has_alpha(m) ? p[m->c - 1] : 1);
}

static void mix(const ref_call *call, bool premultiplied, ref_image *from, ref_image *res)
{
    if (premultiplied)
        ref_premultiply(from), ref_premultiply(res);
    for (size_t i = 0; i < (size_t)res->w * (size_t)res->h * (size_t)res->c; i++)
        res->p[i] = from->p[i] + share(call, i / (size_t)res->c) * (res->p[i] - from->p[i]);
    if (premultiplied)
        ref_unpremultiply(res);
}

/* Colours that were divided by an alpha near 0, which is then not the result's (channels=rgb behind a kernel that
 * undershoots), have nothing left that float could tell. */
static void mark_divided(const ref_call *call, const ref_image *in, ref_image *res)
{
    const double least = ref_least_alpha(call->depth);
    for (int i = 0; i < res->w * res->h && ref_has_alpha(res) && ref_has_alpha(in); i++) {
        const double alpha = res->p[(i + 1) * res->c - 1];
        if (fabs(alpha) < least && alpha < in->p[(i + 1) * in->c - 1])
            ref_mark(res, i % res->w, i / res->w);
    }
}

/* The chosen samples inside the roi take the result, the others keep the input: on straight values, so that channels=a
 * leaves every colour as it is (but what works premultiplied has lost the colours where alpha is 0). Then
 * out = in + mix * mask * (that - in), on the values (premultiplied or straight) on which the filter works; pixels that
 * moved are mixed premultiplied, whatever moved them. */
static void merge(const ref_call *call, const ref_entry *entry, const ref_image *in, ref_image *res)
{
    const flt_stage *s = call->stage;
    const bool one = s->channels == FLT_CH_R || s->channels == FLT_CH_G || s->channels == FLT_CH_B;
    bool take[4], all = s->mix == 1 && !s->has_roi && !s->mask && !one;
    bool only_colours = entry->space == REF_COLOURS || (entry->keeps_alpha && !ref_smooths(s));
    bool premultiplied =
        entry->space == REF_PREMULT || (s->row->cls == FLT_GEOMETRY && (s->mix < 1 || s->mask != NULL));
    chosen(s->channels, only_colours, res->c, take);
    for (int k = 0; k < ref_colours(res); k++)
        all = all && take[k];
    ref_image from = ref_copy(in);
    if (ref_has_alpha(in) && !ref_has_alpha(res)) {
        ref_image opaque = ref_with_alpha(res);
        opaque.fuzzy = res->fuzzy;
        res->fuzzy = NULL;
        ref_move(res, &opaque);
        chosen(s->channels, only_colours, res->c, take);
    }
    if (ref_colours(in) != ref_colours(res)) { /* one of them is gray */
        ref_image rgb = ref_to_rgb(ref_colours(in) == 1 ? in : res);
        if (ref_colours(in) == 1)
            ref_move(&from, &rgb);
        else if (!all)
            ref_move(res, &rgb);
        else { /* gray takes the place of the colours altogether */
            ref_free(&rgb);
            rgb = ref_to_luma(in, REF_709);
            ref_move(&from, &rgb);
        }
        chosen(s->channels, only_colours, res->c, take);
    }
    if (ref_has_alpha(res) && !ref_has_alpha(&from)) {
        ref_image opaque = ref_with_alpha(&from);
        ref_move(&from, &opaque);
    }
    if (premultiplied) {
        ref_premultiply(&from), ref_unpremultiply(&from), ref_premultiply(res), ref_unpremultiply(res);
        if (ref_has_alpha(res) && !take[res->c - 1])
            mark_divided(call, &from, res);
    }
    for (int y = 0; y < res->h; y++)
        for (int x = 0; x < res->w; x++)
            for (int k = 0; k < res->c; k++)
                if (!take[k] || !in_roi(call, x, y))
                    ref_at(res, x, y)[k] = ref_at(&from, x, y)[k];
    if (s->mix < 1 || s->mask)
        mix(call, premultiplied, &from, res);
    ref_free(&from);
}

/* Pixels that may be off in the input make pixels off in the result: those within the support, or all. */
static void spread(const flt_stage *s, const ref_image *in, ref_image *out)
{
    bool plain = !strncmp(s->row->name, "trans", 5) || !strcmp(s->row->name, "flip") || !strcmp(s->row->name, "flop") ||
                 !strcmp(s->row->name, "rotate") || !strcmp(s->row->name, "affine") || !strcmp(s->row->name, "shear");
    if (!in->fuzzy || plain)
        return;
    int r = s->row->radius ? s->row->radius(s) : 0;
    bool everywhere = s->row->cls == FLT_GEOMETRY || s->row->cls == FLT_REDUCE;
    for (int y = 0; y < out->h; y++)
        for (int x = 0; x < out->w; x++) {
            bool hit = everywhere;
            for (int j = y - r; j <= y + r && !hit; j++)
                for (int i = x - r; i <= x + r && !hit; i++) {
                    const int from_y = ref_border(j, in->h, s->border), from_x = ref_border(i, in->w, s->border);
                    hit = from_x >= 0 && from_y >= 0 && in->fuzzy[from_y * in->w + from_x];
                }
            if (hit)
                ref_mark(out, x, y);
        }
}

static int clip(int v, int n)
{
    return v < 0 ? 0 : v > n ? n : v;
}

/* linear=1 is around all of it: luma, channels and mix see linear light too. */
static bool stage(const flt_stage *s, ref_image *im, int depth, double eps, bool last, const ref_files *files)
{
    const ref_entry *entry = ref_find(s->row->name);
    if (!entry)
        return false;
    ref_call call = { .stage = s, .depth = depth, .eps = eps, .x1 = im->w, .y1 = im->h };
    call.goes_on = !last || s->mix < 1 || s->mask;
    if (s->has_roi) {
        call.x0 = clip(s->roi.x, im->w), call.x1 = clip(s->roi.x + s->roi.w, im->w);
        call.y0 = clip(s->roi.y, im->h), call.y1 = clip(s->roi.y + s->roi.h, im->h);
    }
    for (unsigned i = 0; i < files->n; i++) {
        if (ref_has_param(s, "file") && !strcmp(files->name[i], flt_arg(s, "file")->text))
            call.file = &files->image[i];
        if (s->mask && !strcmp(files->name[i], s->mask))
            call.mask = &files->image[i];
    }
    if (s->mask && (!call.mask || !same_size(call.mask, im)))
        return false;
    ref_image light = { 0 };
    if (s->linear) {
        ref_map_colours(im, ref_decode_srgb);
        if (call.file && s->row->cls == FLT_COMPOSE && strcmp(s->row->name, "set-alpha")) { /* a mask is no light */
            light = ref_copy(call.file);
            ref_map_colours(&light, ref_decode_srgb);
            call.file = &light;
        }
    }
    ref_image res = { 0 };
    bool ok, alpha = ref_has_alpha(im);
    if (s->channels == FLT_CH_LUMA)
        ok = on_luma(entry, &call, im, &res);
    else if (s->channels == FLT_CH_A && entry->space == REF_COLOURS)
        ok = true, res = ref_copy(im); /* nothing, where there is no alpha */
    else
        ok = whole(entry, &call, im, &res);
    if (ok && entry->space == REF_COLOURS && alpha && (s->channels == FLT_CH_A || s->channels == FLT_CH_RGBA))
        ok = on_alpha(entry, &call, im, &res);
    bool plain = s->mix == 1 && !s->has_roi && !s->mask && s->channels == FLT_CH_DEFAULT;
    if (ok && same_size(im, &res) && !plain)
        merge(&call, entry, im, &res);
    if (ok)
        spread(s, im, &res);
    const bool unsure = (call.file && call.file->fuzzy) || (call.mask && call.mask->fuzzy);
    for (int i = 0; ok && unsure && i < res.w * res.h; i++)
        ref_mark(&res, i % res.w, i / res.w);
    if (ok && s->linear)
        ref_map_colours(&res, ref_encode_srgb);
    if (ok)
        ref_move(im, &res);
    ref_free(&res);
    ref_free(&light);
    return ok;
}

#define MAX_PICTURES 24

/* The files, and behind them what the chain saves. */
typedef struct pictures {
    const char *name[MAX_PICTURES];
    ref_image image[MAX_PICTURES];
    char at_name[MAX_PICTURES][40];
    unsigned n_files, n;
} pictures;

/* As a second picture it is what a file could hold: in 0..1, without colour where alpha is 0. */
static void save(pictures *known, const char *name, const ref_image *im)
{
    ref_image kept = ref_copy(im);
    for (size_t i = 0; i < (size_t)kept.w * (size_t)kept.h * (size_t)kept.c; i++)
        kept.p[i] = kept.p[i] < 0 ? 0 : kept.p[i] > 1 ? 1 : kept.p[i];
    unsigned k = known->n_files;
    while (k < known->n && strcmp(known->name[k] + 1, name) != 0)
        k++;
    if (k == MAX_PICTURES)
        abort();
    snprintf(known->at_name[k], sizeof known->at_name[k], "@%s", name);
    known->name[k] = known->at_name[k];
    if (k == known->n)
        known->image[known->n++] = (ref_image){ 0 };
    ref_move(&known->image[k], &kept);
}

/* Single filters see exact input; behind another stage a value may be off by a 16-bit rounding. */
bool ref_chain(const flt_chain *chain, ref_image *im, int depth, const ref_files *files)
{
    pictures known = { .n = 0 };
    bool ok = true, changed = false;
    for (unsigned i = 0; files && i < files->n; i++) {
        known.name[i] = files->name[i];
        known.image[i] = files->image[i];
        known.n_files = ++known.n;
    }
    for (size_t i = 0; i < chain->n && ok; i++) {
        const flt_stage *s = &chain->stage[i];
        if (!strcmp(s->row->name, "save")) {
            save(&known, flt_arg(s, "name")->text, im);
            continue;
        }
        const ref_files all = { known.name, known.image, known.n };
        const double eps = !changed ? 1e-6 : depth == 8 ? 4e-5 : 4e-6;
        ok = stage(s, im, depth, eps, i + 1 == chain->n, &all);
        changed = true;
    }
    for (unsigned i = known.n_files; i < known.n; i++)
        ref_free(&known.image[i]);
    return ok;
}
