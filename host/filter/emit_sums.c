/* Passes of separable sums: in float, in 16-bit fixed point, of fewer rows, and running. */
#include "codegen.h"
#include "decimate.h"

#include <stdio.h>
#include <string.h>

#define GPU_LOCAL 48000 /* bytes of local memory that every GPU has */

/* 16-bit fixed point does where the sum itself is the 8-bit result: what follows might multiply its last bits. */
static bool fixed_does(const flt_build *b, unsigned target)
{
    const flt_pending *v = &b->now;
    return b->options->device == FLT_DEV_CPU && v->stencil.fill_fixed && v->stencil_storage == FLT_U16 &&
           v->stencil.stage->border != FLT_CONSTANT && v->n_ops == v->n_pro &&
           b->plan->surface[target].storage == FLT_U8;
}

/* The passes read rows as they lie in memory. */
static bool decimation_does(const flt_build *b)
{
    const flt_pending *v = &b->now;
    bool plain = v->n_pro == 0 && v->stencil.sigma > 0.0 && flt_decimates(v->stencil.sigma, v->stencil.rx);
    for (unsigned i = 0; i < v->n_view; i++)
        plain = plain && v->view[i].kind == FLT_VIEW_CROP;
    return plain && b->plan->surface[v->surface].storage <= FLT_U16;
}

static bool emit_decimated(flt_build *b, unsigned target)
{
    flt_pending *v = &b->now;
    const int temp = cg_temp(b, FLT_U16, v->stencil_channels);
    if (temp < 0)
        return false;
    v->stencil.size = flt_decimated_size;
    const bool bytes = b->plan->surface[v->surface].storage == FLT_U8;
    const unsigned level = bytes ? FLT_DECIMATED_LEVEL : FLT_DECIMATED_LEVEL * 255 + 1; /* or 65536 in 65535 */
    char rows[384];
    /* a sample in fixed point, and two of them in vectors */
    snprintf(
        rows, sizeof rows,
        bytes ? "#define R %d\n#define SOURCE_ANY uchar16_any\n#define TO_FIXED(s) ((uint)(s) * %uu + %uu)\n"
                "#define PAIR_OF(s, t) ((convert_ushort16(s) + convert_ushort16(t)) * (ushort16)%u + (ushort16)%u)\n"
              : "#define R %d\n#define SOURCE_ANY ushort16_any\n#define TO_FIXED(s) (((uint)(s) * %uu >> 16) + %uu)\n"
                "#define PAIR_OF(s, t) (q_high(s, (ushort16)%u) + q_high(t, (ushort16)%u) + (ushort16)%u)\n",
        FLT_DECIMATED_RADIUS, level, FLT_DECIMATED_OFFSET, level, bytes ? 2 * FLT_DECIMATED_OFFSET : level,
        2 * FLT_DECIMATED_OFFSET);
    flt_pass_spec one = cg_spec(b, "skeleton/decimated_rows.cl", ".rows");
    one.name = v->head;
    one.reach = FLT_REACH_TABLE;
    one.rule = FLT_SIZE_RESAMPLE_V;
    one.target = (unsigned)temp;
    one.in_channels = one.out_channels = v->stencil_channels;
    one.defines = rows;
    one.border = true;
    one.members = FLT_DECIMATED_ROWS;
    one.extra_fill = flt_fill_decimated_rows;
    const unsigned first = (unsigned)b->plan->n_passes;
    if (!cg_pass(b, &one))
        return false;
    flt_pass_spec two = cg_spec(b, "skeleton/decimated_columns.cl", ".columns");
    two.reach = FLT_REACH_TABLE;
    two.rule = FLT_SIZE_BACK;
    two.vertical_half = first;
    two.rows = 128;
    two.source = (unsigned)temp;
    two.source_is_base = false;
    two.source_max = 32640.0;
    two.target = target;
    two.in_channels = two.out_channels = v->stencil_channels;
    two.defines = "#define R 16\n";
    two.members = FLT_DECIMATED_COLUMNS;
    two.extra_fill = flt_fill_decimated_columns;
    return cg_pass(b, &two);
}

/* Rows or columns first into a temporary, the other half with the epilogue into `target`. */
static bool emit_taps(flt_build *b, unsigned target, unsigned channels)
{
    flt_pending *v = &b->now;
    const flt_stencil *s = &v->stencil;
    const int temp = cg_temp(b, v->stencil_storage, v->stencil_channels);
    if (temp < 0)
        return false;
    char defines[256];
    const bool sum = strcmp(s->combine, "SUM") == 0;
    /* a small radius is text; a larger one is a uniform, and only the tile's size is text */
    const bool few = sum && s->rx <= 16;
    unsigned radius_class = few ? (unsigned)flt_tap_radius(s->rx) : 32;
    while ((int)radius_class < s->rx)
        radius_class *= 2;
    snprintf(defines, sizeof defines, "#define R %u\n%s#define START %s\n#define COMBINE(q, w, s) %s\n", radius_class,
             few ? "#define FEW_TAPS\n" : "",
             sum                              ? "0.0f"
             : strcmp(s->combine, "MIN") == 0 ? "INFINITY"
                                              : "-INFINITY",
             sum                              ? "fma(w, s, q)"
             : strcmp(s->combine, "MIN") == 0 ? "((s) < (q) ? (s) : (q))"
                                              : "((s) > (q) ? (s) : (q))");
    const size_t tile = (128 + 2 * (size_t)radius_class + (few ? 0 : 128)) * v->stencil_channels * 4;
    if (b->options->device == FLT_DEV_GPU && tile > GPU_LOCAL)
        strncat(defines, "#undef NO_TILE\n#define NO_TILE\n", sizeof defines - strlen(defines) - 1);
    flt_pass_spec one = cg_spec(b, "skeleton/taps_rows.cl", ".rows");
    one.target = (unsigned)temp;
    one.reach = FLT_REACH_ROWS;
    one.name = v->head;
    one.in_channels = one.out_channels = v->stencil_channels;
    one.has_out = true;
    one.out_max = v->base_max;
    one.defines = defines;
    one.border = one.take_radius = true;
    if (!cg_pass(b, &one))
        return false;
    flt_pass_spec two = cg_spec(b, "skeleton/taps_columns.cl", ".columns");
    two.reach = FLT_REACH_ROWS;
    two.radius = few ? (int)radius_class : s->ry > s->rx ? s->ry : s->rx;
    two.source = (unsigned)temp;
    two.source_is_base = false;
    two.source_max = flt_full_scale(v->stencil_storage);
    two.target = target;
    two.in_channels = v->stencil_channels;
    two.out_channels = channels;
    two.has_out = two.final_ops = true;
    two.out_max = flt_value_max(b);
    two.defines = defines;
    two.border = two.take_radius = true;
    two.flat = cg_flat(b, channels);
    return cg_pass(b, &two);
}

static bool fill_box(const flt_fill *f, int32_t *u)
{
    const int r = (int)flt_num(f->stage, "radius");
    const double area = (2.0 * r + 1) * (2.0 * r + 1);
    u[0] = r;
    u[1] = (int32_t)area;
    u[2] = flt_bits(1.0 / area);
    return true;
}

#define LINES_RADIUS 7 /* sums of more 8-bit samples need more than 16 bits */

/* One pass over 8-bit samples as they are stored. */
static bool emit_box_lines(flt_build *b, unsigned target, unsigned channels, bool exact)
{
    const flt_pending *v = &b->now;
    const bool stores = exact && v->n_ops == v->n_pro && b->plan->surface[target].storage == FLT_U8;
    char defines[64];
    snprintf(defines, sizeof defines, "#define R %d\n%s%s", LINES_RADIUS, exact ? "#define EXACT\n" : "",
             stores ? "#define OUT_WHOLE\n" : "");
    flt_pass_spec one = cg_spec_blocks(b, target, channels, "skeleton/box_lines.cl", 64);
    one.defines = defines;
    one.members = "r|area|.mean";
    one.extra_fill = fill_box;
    return cg_pass(b, &one);
}

bool cg_emit_box(flt_build *b, unsigned target, unsigned channels)
{
    flt_pending *v = &b->now;
    /* the nearest whole sample is the answer only where it is stored as it stands */
    const flt_storage out = b->plan->surface[target].storage;
    const bool exact =
        v->box_whole &&
        (v->stencil.whole_mean || (v->n_ops == v->n_pro && flt_full_scale(out) == v->base_max && v->stencil.rx <= 127));
    if (cg_lines_does(b) && v->stencil.rx <= LINES_RADIUS && b->plan->surface[v->surface].storage == FLT_U8)
        return emit_box_lines(b, target, channels, exact);
    const int temp = cg_temp(b, v->stencil_storage, v->stencil_channels);
    if (temp < 0)
        return false;
    unsigned radius_class = 8;
    while ((int)radius_class < v->stencil.rx)
        radius_class *= 2;
    /* sums of a row of 8-bit samples are summed as they are stored; those of columns keep to 23 bits up to radius 40 */
    const bool narrow = v->box_whole && v->stencil_storage == FLT_U16;
    char defines[256], columns[256];
    snprintf(defines, sizeof defines, "#define R %u\n#define ACC %s\n#define PUT_ACC(p, v) %s%u(p, v)\n", radius_class,
             narrow         ? "ushort"
             : v->box_whole ? "uint"
                            : "float",
             narrow         ? "q_put_ushort"
             : v->box_whole ? "q_put_uint"
                            : "q_put",
             v->stencil_channels);
    snprintf(
        columns, sizeof columns, "#define R %u\n#define ACC %s\n%s%s", radius_class, v->box_whole ? "uint" : "float",
        exact && v->n_ops == v->n_pro && out <= FLT_U16 && flt_full_scale(out) == v->base_max ? "#define OUT_WHOLE\n"
                                                                                              : "",
        !exact                          ? ""
        : narrow && v->stencil.rx <= 40 ? "#define EXACT\n#define EXACT_SMALL\n"
                                        : "#define EXACT\n");
    flt_pass_spec one = cg_spec(b, "skeleton/box_rows.cl", ".rows");
    one.target = (unsigned)temp;
    one.reach = FLT_REACH_ROWS;
    one.name = v->head;
    one.in_channels = one.out_channels = v->stencil_channels;
    one.defines = defines;
    one.border = true;
    one.members = "r|area|.mean";
    one.extra_fill = fill_box;
    if (!cg_pass(b, &one))
        return false;
    flt_pass_spec two = cg_spec(b, "skeleton/box_columns.cl", ".columns");
    two.reach = FLT_REACH_ROWS;
    two.radius = v->stencil.rx;
    two.source = (unsigned)temp;
    two.source_is_base = false;
    two.source_max = v->base_max;
    two.target = target;
    two.rows = 64;
    two.in_channels = v->stencil_channels;
    two.out_channels = channels;
    two.has_out = two.final_ops = true;
    two.out_max = flt_value_max(b);
    two.defines = columns;
    two.border = true;
    two.members = "r|area|.mean";
    two.extra_fill = fill_box;
    two.flat = cg_flat(b, channels);
    return cg_pass(b, &two);
}

bool cg_emit_sum(flt_build *b, unsigned target, unsigned channels)
{
    if (fixed_does(b, target) && decimation_does(b))
        return emit_decimated(b, target);
    if (strcmp(b->now.stencil.combine, "SUM") != 0 && cg_lines_does(b))
        return cg_emit_extreme(b, target, channels);
    return cg_both_does(b) ? cg_emit_both(b, target, channels) : emit_taps(b, target, channels);
}
