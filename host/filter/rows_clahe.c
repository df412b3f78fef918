/* Contrast-limited adaptive histogram equalisation: a table for each tile, and between the tables. */
#include "codegen.h"
#include "rows.h"

#include <limits.h>
#include <stdio.h>

/* The sides of a tile. Where the grid does not fit, the picture grows on both axes, by a whole step where one of them
 * would fit: so does OpenCV's. */
static flt_dims tile_dims(const flt_stage *s, flt_dims d)
{
    const uint32_t columns = (uint32_t)flt_num(s, "tx"), rows = (uint32_t)flt_num(s, "ty");
    const uint32_t grow = d.w % columns != 0 || d.h % rows != 0 ? 1 : 0;
    return (flt_dims){ d.w / columns + grow, d.h / rows + grow };
}

static bool fill_tiles(const flt_fill *f, int32_t *u)
{
    const flt_dims tile = tile_dims(f->stage, f->in);
    u[0] = (int32_t)tile.w;
    u[1] = (int32_t)tile.h;
    u[2] = (int32_t)flt_num(f->stage, "tx");
    u[3] = (int32_t)flt_num(f->stage, "ty");
    return true;
}

static bool fill_tables(const flt_fill *f, int32_t *u, int bins)
{
    const flt_dims tile = tile_dims(f->stage, f->in);
    const double area = (double)tile.w * tile.h, clip = flt_num(f->stage, "clip"), limit = clip * area / bins;
    if (area > INT_MAX)
        return qn_fail(f->err, QN_LIMIT, "clahe: a tile of %ux%u pixels is too large", tile.w, tile.h);
    const float scale = (float)(bins - 1) / (float)area;
    u[0] = (int32_t)flt_num(f->stage, "ty");
    u[1] = clip <= 0 || limit > INT_MAX ? INT_MAX : limit < 1 ? 1 : (int32_t)limit;
    u[2] = flt_bits((double)scale);
    return true;
}

static bool fill_tables_8(const flt_fill *f, int32_t *u)
{
    return fill_tables(f, u, 256);
}

static bool fill_tables_16(const flt_fill *f, int32_t *u)
{
    return fill_tables(f, u, 65536);
}

static bool fill_blend_8(const flt_fill *f, int32_t *u)
{
    const flt_dims tile = tile_dims(f->stage, f->in);
    u[0] = flt_bits(255.0);
    u[1] = flt_bits(1.0 / tile.w);
    u[2] = flt_bits(1.0 / tile.h);
    return true;
}

static bool fill_blend_16(const flt_fill *f, int32_t *u)
{
    fill_blend_8(f, u);
    u[0] = flt_bits(65535.0);
    u[3] = (int32_t)flt_num(f->stage, "tx");
    u[4] = (int32_t)flt_num(f->stage, "ty");
    return true;
}

static bool fill_grid(const flt_fill *f, int32_t *u)
{
    u[0] = (int32_t)flt_num(f->stage, "tx");
    u[1] = (int32_t)flt_num(f->stage, "ty");
    return true;
}

/* Into how many a tile's histogram is cut, so that work-groups share it: few where each is large. */
static unsigned slices_of(const flt_build *b, const flt_stage *s, int bins)
{
    const unsigned columns = (unsigned)flt_num(s, "tx");
    const unsigned groups = bins != 256 ? 8 : b->options->device == FLT_DEV_CPU ? 16 : 128;
    return (groups + columns - 1) / columns;
}

/* The histograms of the tiles, counted as the picture's rows come. */
static bool add_counts(flt_build *b, const flt_stage *s, int bins, bool gray, unsigned counts)
{
    char defines[256], suffix[64];
    snprintf(defines, sizeof defines,
             "#undef RUN_BINS\n#define RUN_BINS 256\n#define BINS %d\n#define BIN(v) q_round(%s * %d.0f, %d.0f)\n",
             bins, gray ? "(v).r" : "q_luma709(v)", bins - 1, bins - 1);
    snprintf(suffix, sizeof suffix, "%s%s.histograms", b->now.names[0] ? "+" : "", s->row->name);
    flt_pass_spec one = cg_spec(b, "skeleton/clahe.cl", suffix);
    one.n_in_ops = b->now.n_ops;
    one.source_max = flt_value_max(b);
    one.target = counts;
    one.in_channels = b->now.channels;
    one.out_channels = 1;
    one.defines = defines;
    one.rule = FLT_SIZE_TABLE;
    one.table_len = (size_t)bins * (size_t)flt_num(s, "tx");
    one.table_rows = (size_t)flt_num(s, "ty") * slices_of(b, s, bins);
    one.slices = (unsigned)flt_num(s, "tx") * slices_of(b, s, bins);
    one.rows = 64;
    one.reach = FLT_REACH_ROWS;
    one.members = "tile_w|tile_h|columns|down";
    one.extra_fill = fill_tiles;
    one.stage = s;
    return cg_pass(b, &one);
}

static bool add_tables(flt_build *b, const flt_stage *s, int bins, bool gray, int *table)
{
    if (!flt_use_fragment(b, "point/state.cl") || (*table = flt_add_surface(b, FLT_ROLE_TEMP, FLT_U32, 1)) < 0)
        return false;
    b->plan->surface[*table].clear = true;
    char defines[64];
    snprintf(defines, sizeof defines, "#define BINS %d\n", bins);
    const unsigned counts = (unsigned)b->plan->n_passes;
    const flt_pass_spec two = { .skeleton = "skeleton/clahe_tables.cl",
                                .name = s->row->name,
                                .suffix = ".curves",
                                .value = &b->now,
                                .source = (unsigned)*table,
                                .source_max = 1.0,
                                .target = (unsigned)*table,
                                .in_channels = 1,
                                .out_channels = 1,
                                .defines = defines,
                                .rule = FLT_SIZE_TABLE,
                                .table_len = (size_t)bins * (size_t)flt_num(s, "tx"),
                                .table_rows = (size_t)flt_num(s, "ty") * slices_of(b, s, bins),
                                .table_of = counts + 1,
                                .run = (unsigned)bins,
                                .rows = 1,
                                .local = b->options->device == FLT_DEV_CPU ? 1 : 128,
                                .members = "down|limit|.scale",
                                .extra_fill = bins == 256 ? fill_tables_8 : fill_tables_16,
                                .stage = s };
    return add_counts(b, s, bins, gray, (unsigned)*table) && cg_pass(b, &two);
}

/* The tables of 8-bit levels, four in a word. */
static bool add_cells(flt_build *b, const flt_stage *s, int *table)
{
    const int cells = flt_add_surface(b, FLT_ROLE_TEMP, FLT_U32, 1);
    if (cells < 0)
        return false;
    const flt_pass_spec one = { .skeleton = "skeleton/clahe_cells.cl",
                                .name = s->row->name,
                                .suffix = ".cells",
                                .value = &b->now,
                                .source = (unsigned)*table,
                                .source_max = 1.0,
                                .target = (unsigned)cells,
                                .in_channels = 1,
                                .out_channels = 1,
                                .rule = FLT_SIZE_TABLE,
                                .table_len = 256 * ((size_t)flt_num(s, "tx") + 1),
                                .table_rows = (size_t)flt_num(s, "ty") + 1,
                                .run = 256,
                                .rows = 1,
                                .local = b->options->device == FLT_DEV_CPU ? 1 : 128,
                                .members = "columns|down",
                                .extra_fill = fill_grid,
                                .stage = s };
    *table = cells;
    return cg_pass(b, &one);
}

static bool build_clahe(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    const bool deep = b->input.format.depth != 8, gray = flt_colours(b->now.channels) == 1;
    int table;
    if (!flt_scale(b) || !add_tables(b, s, deep ? 65536 : 256, gray, &table) || (!deep && !add_cells(b, s, &table)))
        return false;
    static const char *const code[2][2] = {
        { "{ const float s = q_luma709(v); v = q_clahe(v, q_clahe_cell(s, $T, $P, x, y, $1, $2) - s * $0, $0); }",
          "v = q_gray(q_clahe_cell(v.r, $T, $P, x, y, $1, $2), v.a * $0);" },
        { "{ const float s = q_luma709(v); "
          "v = q_clahe(v, q_clahe_level(s, $T, $P, x, y, $0, %3, %4, $1, $2) - s * $0, $0); }",
          "v = q_gray(q_clahe_level(v.r, $T, $P, x, y, $0, %3, %4, $1, $2), v.a * $0);" },
    };
    const double max = deep ? 65535.0 : 255.0;
    const flt_op op = { .code = code[deep][gray],
                        .fragment = "point/clahe.cl",
                        .stage = s,
                        .n_uniforms = deep ? 5 : 3,
                        .fill = deep ? fill_blend_16 : fill_blend_8,
                        .save = -1,
                        .surface = table,
                        .uses_xy = true,
                        .heavy = true,
                        .levels = max };
    if (!flt_add(b, &op))
        return false;
    b->now.scaled = false;
    b->now.levels = max;
    b->now.fractional = true;
    return true;
}

const flt_row flt_row_clahe = {
    .name = "clahe",
    .aliases = "local-equalize|hist-local",
    .cls = FLT_REDUCE,
    .help = "histograms made flat tile by tile, with a limit on contrast; colours gain what the luma gains",
    .example = "clahe 2",
    .tolerance = "B",
    .range = FLT_RANGE_WIDE,
    .counted = "the tiles are those of the whole picture",
    .build = build_clahe,
    .param = { { .name = "clip",
                 .type = FLT_NUMBER,
                 .min = 0,
                 .max = 1000,
                 .def = "2",
                 .help = "limit on a level's share, in multiples of a flat histogram's; 0: none" },
               { .name = "tx", .type = FLT_INT, .min = 1, .max = 32, .def = "8", .help = "tiles in a row" },
               { .name = "ty", .type = FLT_INT, .min = 1, .max = 32, .def = "8", .help = "rows of tiles" } },
};
