#include "gen.h"

#include <math.h>
#include <string.h>

typedef struct override {
    const char *filter; /* NULL: all of morphology */
    const char *param;
    double low, high;
    bool geometric;
} override;

static const override overrides[] = {
    { "brightness-contrast", "contrast", 0, 4, false },
    { "gamma", "g", 0.2, 5, true },
    { "levels", "black", 0, 0.4, false },
    { "levels", "white", 0.5, 1, false },
    { "levels", "gamma", 0.3, 3, true },
    { "levels", "out-black", 0, 0.4, false },
    { "levels", "out-white", 0.5, 1, false },
    { "exposure", "ev", -4, 4, false },
    { "saturation", "amount", 0, 4, false },
    { "hue", "angle", -360, 360, false },
    { "gaussian", "sigma", 0.2, 9, true },
    { "gaussian", "radius", -8, 3, false }, /* as a rule 0: by sigma */
    { "box", "radius", 0, 14, false },
    { "median", "radius", 0, 4, false },
    { "adaptive-threshold", "radius", 1, 9, false },
    { "adaptive-threshold", "offset", -0.1, 0.1, false },
    { "clahe", "clip", 0.5, 8, true },
    { "clahe", "tx", 1, 9, false },
    { "clahe", "ty", 1, 9, false },
    { "bilateral", "space", 0.4, 5, true },
    { "bilateral", "range", 0.01, 0.7, true },
    { "bilateral", "radius", 0, 6, false },
    { "unsharp", "sigma", 0.3, 4, true },
    { "unsharp", "amount", 0, 3, false },
    { "unsharp", "threshold", 0, 0.05, false },
    { "sobel", "scale", 0.1, 2, false },
    { "scharr", "scale", 0.02, 0.5, false },
    { "prewitt", "scale", 0.1, 2, false },
    { "roberts", "scale", 0.1, 4, false },
    { "kirsch", "scale", 0.02, 0.5, false },
    { "laplacian", "offset", 0, 0.5, false },
    { "convolve", "bias", -0.3, 0.3, false },
    { NULL, "radius", 0, 6, false },
    { NULL, "iterations", 1, 2, false },
    { "shear", "x", -50, 50, false },
    { "shear", "y", -35, 35, false },
    { "pixelate", "size", 1, 40, false },
    { "translate", "x", -40, 40, false },
    { "translate", "y", -40, 40, false },
    { "translate", "scale", 0.2, 5, true },
    { "translate", "scale-y", 0, 4, false },
    { "stretch", "black", 0, 0.1, false },
    { "stretch", "white", 0, 0.1, false },
    { "autocontrast", "cut", 0, 0.2, false },
    { "vibrance", "amount", -1, 3, false },
    { "vignette", "inner", 0, 0.5, false },
    { "vignette", "outer", 0.6, 2, false },
    { "watermark", "margin", 0, 9, false },
    { "noise", "amount", 0, 0.3, false },
    { "noise", "photons", 1, 1000, true },
    { "noise", "seed", 0, 1000000, false },
    { "noise", "frame", 0, 1000000, false },
};

static bool is_morphology(const flt_row *row)
{
    for (const flt_param *p = row->param; p->name; p++)
        if (!strcmp(p->name, "element"))
            return true;
    return false;
}

static bool is_resize(const flt_row *row)
{
    return !strcmp(row->name, "resize") || !strcmp(row->name, "thumbnail");
}

static bool has_param(const flt_row *row, const char *name)
{
    for (size_t i = 0; i < flt_param_count(row); i++)
        if (!strcmp(row->param[i].name, name))
            return true;
    return false;
}

bool gen_keeps_size(const flt_row *row, const char *text)
{
    if (row->cls != FLT_GEOMETRY || !row->keeps_size)
        return row->cls != FLT_GEOMETRY;
    return has_param(row, "expand") ? strstr(text, "expand=0") != NULL
                                    : strcmp(row->name, "affine") != 0 || !strstr(text, "size=");
}

static void range_of(const flt_row *row, const flt_param *p, double *low, double *high, bool *geometric)
{
    *low = p->min, *high = p->max;
    *geometric = p->min > 0 && p->max / p->min > 100;
    for (size_t i = 0; i < sizeof overrides / sizeof *overrides; i++)
        if ((overrides[i].filter ? !strcmp(overrides[i].filter, row->name) : is_morphology(row)) &&
            !strcmp(overrides[i].param, p->name))
            *low = overrides[i].low, *high = overrides[i].high, *geometric = overrides[i].geometric;
}

static void add_choice(rng *shape, const char *choices, qn_strbuf *out)
{
    unsigned n = 1;
    for (const char *s = choices; *s; s++)
        n += *s == '|';
    /* many words take turns, so that each has its configuration; those come in fours of channels */
    unsigned skip = n >= 5 ? (shape->turn + (n % 4 ? 0 : shape->turn / n)) % n : rng_below(shape, n);
    const char *s = choices;
    for (; skip; skip--)
        s = strchr(s, '|') + 1;
    sb_addn(out, s, strcspn(s, "|"));
}

static void add_number(rng *shape, rng *value, const flt_row *row, const flt_param *p, qn_strbuf *out)
{
    double low, high, v;
    bool geometric;
    range_of(row, p, &low, &high, &geometric);
    v = geometric ? exp(rng_range(value, log(low), log(high))) : rng_range(value, low, high);
    if (!strcmp(p->name, "sigma")) {
        /* any sigma would be a program of its own: three of the radii that are text (2, 4, 14), and those above 16; one
         * of them in each configuration */
        static const double from[] = { 0.13, 0.9, 3.2, 4.2 }, to[] = { 0.6, 1.1, 3.6, 9 };
        unsigned k = rng_below(shape, 4);
        const bool wide = k == 3 && !strcmp(row->name, "gaussian"); /* fewer rows (decimate.h): one program for all */
        v = rng_range(value, from[k], wide ? 24 : to[k]);
    }
    if (!strcmp(row->name, "canny"))
        v = !strcmp(p->name, "low") ? rng_range(value, 0, 1) : rng_range(value, 1, 3);
    else if (!strcmp(row->name, "rotate")) /* a quarter turn is another program */
        v = rng_below(shape, 3) ? rng_range(value, -400, 400) : 90 * ((double)rng_below(value, 9) - 4);
    else if (p->def && rng_below(value, 5) == 0) { /* the default now and then */
        sb_add(out, p->def);
        return;
    }
    sb_addf(out, "%.6g", v);
}

static void add_size(rng *value, uint32_t w, uint32_t h, qn_strbuf *out)
{
    unsigned nw = 1 + rng_below(value, 2 * w + 3), nh = 1 + rng_below(value, 2 * h + 3);
    switch (rng_below(value, 6)) {
    case 0: sb_addf(out, "%ux", nw); break;
    case 1: sb_addf(out, "x%u", nh); break;
    case 2: sb_addf(out, "%u%%", 20 + rng_below(value, 200)); break;
    default: sb_addf(out, "%ux%u", nw, nh);
    }
}

/* Within the picture, whatever the corner it counts from; `at` is drawn after it. */
static void add_region(rng *shape, rng *value, uint32_t w, uint32_t h, qn_strbuf *out)
{
    unsigned cw = 1 + rng_below(value, w), ch = 1 + rng_below(value, h);
    switch (rng_below(shape, 4)) {
    case 0: sb_addf(out, "%ux%u", cw, ch); break;
    case 1: sb_addf(out, "%u%%", 1 + rng_below(value, 100)); break;
    case 2: sb_addf(out, "%ux%u%%", cw, 1 + rng_below(value, 100)); break;
    default: sb_addf(out, "%ux%u+%u+%u", cw, ch, rng_below(value, w - cw + 1) / 2, rng_below(value, h - ch + 1) / 2);
    }
}

/* Near the picture, and with an inverse. */
static void add_affine(rng *value, uint32_t w, uint32_t h, qn_strbuf *out)
{
    double a = rng_range(value, 0.3, 2), e = rng_range(value, 0.3, 2), b = rng_range(value, -0.25, 0.25);
    sb_addf(out, "%.4g,%.4g,%.4g,%.4g,%.4g,%.4g", a, b, rng_range(value, -0.5, 0.5) * w, -b, e,
            rng_range(value, -0.5, 0.5) * h);
}

/* All sides, two and two, or each. */
static void add_sides(rng *shape, rng *value, qn_strbuf *out)
{
    static const unsigned count[] = { 1, 2, 4 };
    unsigned n = count[rng_below(shape, 3)];
    for (unsigned i = 0; i < n; i++)
        sb_addf(out, "%s%u", i ? "," : "", rng_below(value, 40));
}

/* A colour matrix, with offsets or without. */
static void add_matrix(rng *shape, rng *value, qn_strbuf *out)
{
    unsigned width = 3 + rng_below(shape, 2);
    for (unsigned i = 0; i < 3 * width; i++)
        sb_addf(out, "%s%.4g", i ? "," : "", i % width == 3 ? rng_range(value, -0.3, 0.3) : rng_range(value, -0.5, 1));
}

/* An odd kernel of small numbers; its shape is `shape`'s. Returns whether sums of some may be 0 and of all 1. */
static bool add_list(rng *shape, rng *value, bool *needs_size, unsigned *kw, unsigned *kh, qn_strbuf *out)
{
    static const unsigned side[][2] = { { 3, 3 }, { 5, 5 }, { 5, 3 }, { 1, 7 }, { 3, 3 }, { 1, 1 } };
    unsigned pick = rng_below(shape, 6);
    *kw = side[pick][0], *kh = side[pick][1], *needs_size = *kw != *kh;
    const unsigned form = rng_below(shape, 3); /* any numbers; halves; products of whole ones */
    int column[7], row[7];
    for (unsigned i = 0; i < 7; i++)
        column[i] = (int)rng_below(value, 6) - 1, row[i] = 1 + (int)rng_below(value, 3);
    row[rng_below(value, *kh)] *= -1;
    for (unsigned i = 0; i < *kw * *kh; i++) {
        const double any = rng_range(value, -0.3, 1.5), half = 0.5 * ((int)rng_below(value, 9) - 3);
        sb_addf(out, "%s%.4g", i ? "," : "",
                form == 0   ? any
                : form == 1 ? half
                            : (double)(column[i % *kw] * row[i / *kw]));
    }
    return form > 0;
}

const char *gen_file_name(flt_file_content content)
{
    static const char *const name[] = { [FLT_FILE_PICTURE] = GEN_FILE,
                                        [FLT_FILE_HALD] = "hald.png",
                                        [FLT_FILE_CUBE] = "table.cube",
                                        [FLT_FILE_CURVE] = "curves.cube" };
    return name[content];
}

static void add_value(rng *shape, rng *value, const flt_row *row, const flt_param *p, uint32_t w, uint32_t h,
                      qn_strbuf *out)
{
    double low, high, v;
    bool geometric;
    switch (p->type) {
    case FLT_NUMBER: add_number(shape, value, row, p, out); break;
    case FLT_INT:
        range_of(row, p, &low, &high, &geometric);
        v = low + rng_below(shape, (uint32_t)(high - low) + 1);
        sb_addf(out, "%.0f", v < p->min ? p->min : v);
        break;
    case FLT_BOOL: sb_addf(out, "%u", rng_below(shape, 2)); break;
    case FLT_CHOICE: add_choice(shape, p->choices, out); break;
    case FLT_SIZE: add_size(value, w, h, out); break;
    case FLT_RECT: {
        unsigned cw = 1 + rng_below(value, w), ch = 1 + rng_below(value, h);
        sb_addf(out, "%ux%u+%u+%u", cw, ch, rng_below(value, w - cw + 1), rng_below(value, h - ch + 1));
        break;
    }
    case FLT_REGION: add_region(shape, value, w, h, out); break;
    case FLT_POINT2: sb_addf(out, "%d,%d", (int)rng_below(value, 25) - 9, (int)rng_below(value, 25) - 9); break;
    case FLT_COLOUR: { /* what pictures are flattened onto must be opaque */
        const bool opaque = row->colour == FLT_WITH_ALPHA || rng_below(value, 2);
        sb_addf(out, opaque ? "#%06x" : "#%06x80", rng_below(value, 1U << 24));
        break;
    }
    case FLT_FILE: {
        bool saved = p->content == FLT_FILE_PICTURE && strstr(sb_str(out), "name=" GEN_SAVED);
        sb_add(out, saved ? "@" GEN_SAVED : gen_file_name(p->content));
        break;
    }
    case FLT_LIST:
    case FLT_TEXT: break; /* by gen_stage */
    }
}

/* A small structuring element, which need not be symmetric nor have its middle. */
static void add_element(rng *shape, qn_strbuf *out)
{
    static const unsigned side[][2] = { { 3, 3 }, { 5, 5 }, { 5, 3 }, { 1, 7 }, { 7, 3 } };
    unsigned pick = rng_below(shape, 5), n = side[pick][0] * side[pick][1], sure = rng_below(shape, n);
    sb_add(out, " element=");
    for (unsigned i = 0; i < n; i++)
        sb_addf(out, "%s%u", i ? "," : "", i == sure || rng_below(shape, 3) == 0 ? 1 : 0);
    if (side[pick][0] != side[pick][1])
        sb_addf(out, " size=%ux%u", side[pick][0], side[pick][1]);
}

void gen_stage(rng *shape, rng *value, const flt_row *row, uint32_t w, uint32_t h, qn_strbuf *out)
{
    bool needs_size = false, cancels = false;
    unsigned kw = 0, kh = 0;
    sb_add(out, row->name);
    if (is_morphology(row) && rng_below(shape, 3) == 0) {
        sb_addf(out, " iterations=%u", 1 + rng_below(shape, 2));
        add_element(shape, out);
        return;
    }
    for (size_t i = 0; i < flt_param_count(row); i++) {
        const flt_param *p = &row->param[i];
        bool kernel_size = !strcmp(row->name, "convolve") && !strcmp(p->name, "size");
        if ((kernel_size && !needs_size) || (is_morphology(row) && (p->type == FLT_LIST || p->type == FLT_SIZE)))
            continue;
        if (!strcmp(p->name, "background") &&
            (rng_below(shape, 2) || (is_resize(row) && !strstr(sb_str(out), "contain"))))
            continue;
        if (!strcmp(row->name, "affine") && p->type == FLT_SIZE && rng_below(shape, 2))
            continue;
        if (row->cls == FLT_CONTROL) {
            sb_add(out, " name=" GEN_SAVED);
            continue;
        }
        if (p->type == FLT_TEXT && strcmp(p->name, "scale"))
            continue;
        if (!strcmp(p->name, "scale") && !strcmp(row->name, "convolve")) { /* 1/sum may be huge here */
            if (rng_below(shape, 3) == 0 && !cancels) /* so that the weights sum to 1 now and then */
                sb_add(out, " scale=auto");
            else
                sb_addf(out, " scale=%.3g", rng_range(value, -0.2, 0.4));
            continue;
        }
        if ((!strcmp(p->name, "bias") || !strcmp(row->name, "laplacian")) && p->type == FLT_NUMBER &&
            rng_below(shape, 2))
            continue; /* nothing added */
        sb_addf(out, " %s=", p->name);
        if (kernel_size)
            sb_addf(out, "%ux%u", kw, kh);
        else if (!strcmp(p->name, "matrix") && !strcmp(row->name, "affine"))
            add_affine(value, w, h, out);
        else if (!strcmp(p->name, "matrix"))
            add_matrix(shape, value, out);
        else if (!strcmp(p->name, "sides"))
            add_sides(shape, value, out);
        else if (p->type == FLT_LIST)
            cancels = add_list(shape, value, &needs_size, &kw, &kh, out);
        else
            add_value(shape, value, row, p, w, h, out);
    }
}

static void add_channels(rng *shape, const flt_row *row, unsigned channels, qn_strbuf *out)
{
    static const char *const word[] = { "rgb", "a", "rgba", "r", "g", "b", "luma" };
    unsigned pick = rng_below(shape, 9);
    bool alpha = channels % 2 == 0, rgb = channels >= 3;
    if (row->colour == FLT_WITH_ALPHA)
        return;
    bool changes = row->colour == FLT_TO_GRAY || row->colour == FLT_NEEDS_RGB || row->cls == FLT_COMPOSE;
    if (pick >= 7 || (pick > 0 && changes) || ((pick == 1 || pick == 2) && !alpha) || (pick >= 3 && !rgb))
        return;
    if ((row->cls == FLT_REDUCE && pick != 0) || (pick == 6 && has_param(row, "background")))
        return; /* luma with a colour around it would be no luma */
    sb_addf(out, " channels=%s", word[pick]);
}

void gen_keys(rng *shape, rng *value, const flt_row *row, unsigned channels, bool plain, uint32_t w, uint32_t h,
              qn_strbuf *out)
{
    static const char *const border[] = { "clamp", "mirror", "reflect", "wrap", "constant", "constant" };
    bool outside = row->cls == FLT_GEOMETRY && !is_resize(row) && !strstr(sb_str(out), "background=") &&
                   has_param(row, "background") && rng_below(shape, 2);
    if (outside || (row->cls == FLT_STENCIL && (!is_morphology(row) || rng_below(shape, 2)))) {
        unsigned pick = rng_below(shape, 6);
        sb_addf(out, " border=%s", border[pick]);
        if (pick == 5)
            sb_addf(out, ",#%06x%s", rng_below(shape, 1U << 24), channels % 2 == 0 ? "80" : "");
    }
    if (plain || !gen_keeps_size(row, sb_str(out)) || row->cls == FLT_CONTROL)
        return;
    add_channels(shape, row, channels, out);
    if (rng_below(shape, 3) == 0)
        sb_addf(out, " mix=%.3f", rng_range(value, 0.05, 0.95));
    if (rng_below(shape, 4) == 0 && row->cls != FLT_REDUCE && strcmp(row->name, "exposure") &&
        !strstr(sb_str(out), "luma=linear"))
        sb_add(out, " linear=1");
    if (rng_below(shape, 4) == 0) {
        unsigned rw = 1 + rng_below(value, w), rh = 1 + rng_below(value, h);
        sb_addf(out, " roi=%ux%u+%u+%u", rw, rh, rng_below(value, w - rw + 1), rng_below(value, h - rh + 1));
    }
}
