/* From passes to OpenCL C text. Private to host/filter; pure, no OpenCL. */
#ifndef QUERN_FILTER_CODEGEN_H
#define QUERN_FILTER_CODEGEN_H

#include "plan_build.h"

#define FLT_MAX_FILLERS 320

/* Where uniforms of a pass come from, in the order in which they were given out. */
typedef struct flt_slot {
    unsigned at, n; /* from the pass's first uniform */
    flt_filler fill;
    const flt_stage *stage;
    int surface;       /* of the operation, or -1 */
    bool is_op;        /* an operation behind the stencil: it sees the size of the result */
    unsigned n_stages; /* that it stands for */
} flt_slot;

/* Two uniforms from `at` on: samples from a row of the surface to the next, and the mask of row numbers (rows of its
 * ring less 1; -1: the surface is whole). */
typedef struct flt_stride_slot {
    unsigned at, surface;
} flt_stride_slot;

typedef enum flt_size_rule {
    FLT_SIZE_SAME,       /* as the view of the source */
    FLT_SIZE_RESAMPLE_V, /* the stencil's height, the source's width */
    FLT_SIZE_RESAMPLE_H, /* the stencil's size; the source is the surface of the vertical half */
    FLT_SIZE_STENCIL,    /* as the stencil says */
    FLT_SIZE_BACK,       /* as what the pass of the vertical half was handed */
    FLT_SIZE_PADDED,     /* pad_x and pad_y more on each side */
    FLT_SIZE_UNPADDED,   /* as many less */
    FLT_SIZE_TABLE       /* `table_len` elements in one row */
} flt_size_rule;

/* Which rows of a surface a row of the result needs. */
typedef enum flt_reach {
    FLT_REACH_WHOLE, /* any of them */
    FLT_REACH_ROWS,  /* its own and `radius` on either side */
    FLT_REACH_TABLE, /* those that the table of resample_columns names */
    FLT_REACH_SPANS  /* those that flt_sized.span names */
} flt_reach;

typedef struct flt_reader {
    unsigned surface;
    flt_reach reach;
    int radius;
    bool viewed; /* through the pass's view */
} flt_reader;

#define FLT_MAX_READERS 8

/* How one pass is sized. */
typedef struct flt_pass_recipe {
    unsigned source, target;
    flt_view_step view[FLT_MAX_VIEW];
    unsigned n_view;
    flt_size_rule rule;
    const flt_stage *stage;
    bool (*size)(const flt_fill *f, flt_dims *out);
    unsigned vertical_half;       /* RESAMPLE_H, BACK: number of the pass that did the other half */
    size_t table_len, table_rows; /* TABLE: 0 rows: one */
    unsigned table_of;            /* TABLE: 1 + the pass whose source's size the fillers see; 0: this pass */
    unsigned pad_x, pad_y;        /* PADDED, UNPADDED */
    unsigned run, rows;           /* pixels and rows of a block */
    bool single_group;            /* solve: one work-group */
    unsigned slices;              /* histogram: groups in x; its block rows are the picture's; else 0 */
    unsigned local;               /* work-items of a group */
    flt_slot slot[FLT_MAX_FILLERS];
    unsigned n_slots;
    flt_stride_slot stride[FLT_MAX_BUFFERS];
    unsigned n_strides;
    int at_w, at_h, at_ow, at_oh, at_vx, at_vy; /* header slots; -1: not used by the text */
    int at_matrix;                              /* of a general view: 4 ints, source x and y by x and y; -1: none */
    unsigned n_fixed;                           /* uniforms before the tables */
    bool mid_reads_base;
    int at_table;                                      /* FLT_REACH_TABLE: uniform that holds the table's offset */
    void (*span)(const flt_fill *f, flt_slope *slope); /* FLT_REACH_SPANS */
    flt_reader reader[FLT_MAX_READERS];
    unsigned n_readers;
} flt_pass_recipe;

typedef struct flt_recipe {
    flt_pass_recipe *pass;
    size_t n, cap;
    qn_strbuf text;           /* of the passes */
    const char *fragment[64]; /* used, in order of first use */
    size_t n_fragments;
    flt_device_class device;
} flt_recipe;

/* One pass to be written. */
typedef struct flt_pass_spec {
    const char *skeleton;     /* file under kernels/ */
    const char *suffix;       /* of the pass's name: "", ".rows", ".columns" */
    const char *name;         /* of the pass, without the suffix; NULL: all stages of the value */
    const flt_pending *value; /* whose ops are meant */
    unsigned source;          /* surface that IN loads */
    bool source_is_base;      /* IN runs value's view and its ops [0, n_pro) */
    double source_max;        /* full scale of a loaded sample */
    unsigned n_in_ops;
    bool flat;      /* OUT (of a point pass IN too) sees single samples, and x counts these */
    bool flat_in;   /* IN_FLAT as well: of cg_flat_in() */
    bool codes;     /* IN makes its pixel of x, all samples alike, instead of loading one */
    bool has_table; /* the skeleton calls surface `table` TABLE */
    unsigned table;
    bool by_row;    /* the skeleton stores by Q_OUT_ROW, see out_row.cl */
    bool has_out;   /* OUT runs ops [n_pro, n_ops) or, without a stencil, nothing, and stores */
    bool final_ops; /* OUT runs the ops */
    bool in_words;  /* instead of OUT: AFTER(a, s, q), their form in words (flt_op.words) */
    double out_max; /* full scale of the value that OUT is handed and of its ops' result */
    unsigned target;
    unsigned in_channels; /* C: samples a tile's pixel has */
    unsigned out_channels;
    const char *defines; /* further text constants */
    flt_size_rule rule;
    unsigned vertical_half;
    size_t table_len, table_rows;
    unsigned table_of;
    unsigned pad_x, pad_y;
    bool global_window; /* the window's fragment gets a pointer to global memory */
    unsigned run, rows, slices, local;
    bool single_group;
    bool border;      /* uses EDGE_X / Q_MAP */
    bool take_radius; /* members r and taps */
    bool take_window; /* member window: offset of the fragment's uniforms */
    unsigned n_window;
    flt_filler window_fill;
    bool needs_view_offset; /* the skeleton itself reads a.vx, a.vy */
    flt_reach reach;        /* of IN; left at FLT_REACH_WHOLE, the pass waits for its whole source */
    int radius;             /* FLT_REACH_ROWS */
    void (*span)(const flt_fill *f, flt_slope *slope); /* FLT_REACH_SPANS */
    const char *solve_fragment;                        /* solve: stands in the pass's text, since it sees BINS */
    const char *members; /* further int members "slices|area", filled by extra_fill; floats with a leading '.' */
    flt_filler extra_fill;
    const flt_stage *stage;
} flt_pass_spec;

/* spans.c: the rows of a pass with FLT_REACH_SPANS; f->in, f->out, f->stage. QN_NOMEM. */
bool flt_fill_spans(const flt_pass_recipe *r, const flt_fill *f, flt_launch *launch);
/* Rows (or columns) [*first, *end) of a source that has `n`, for those in [lo, hi] of one that goes on beyond its
 * edges.
 */
void flt_inside(flt_border border, double lo, double hi, uint32_t n, uint32_t *first, uint32_t *end);

/* windows.c: marks the surfaces of which bands are to take windows, per surface. */
void flt_choose_windows(const flt_plan *plan, const flt_sized *sized, const flt_banding *banding, bool *windowed);
/* What each band takes of them: sets sized->window and marks their extents. QN_NOMEM. */
bool flt_set_windows(const flt_plan *plan, flt_sized *sized, const bool *windowed, qn_error *err);
/* Any window that a pass reads of a surface: all of them lie alike. NULL: none. */
const flt_window *flt_window_for(const flt_sized *sized, size_t pass, size_t surface);
/* Bytes that the windows of a surface take in the device, */
size_t flt_window_bytes(const flt_plan *plan, const flt_sized *sized, size_t surface);
#define FLT_WINDOW_COPIES                                                                                              \
    4 /* and how often the host has as many: on the way for two bands, and as the file has them                        \
       */

/* A pass over the pending value as most of them are. */
flt_pass_spec cg_spec(const flt_build *b, const char *skeleton, const char *suffix);
/* The one pass of a pending stencil that is done by blocks of 8192 pixels of `rows` rows, into `target`. */
flt_pass_spec cg_spec_blocks(flt_build *b, unsigned target, unsigned channels, const char *skeleton, uint32_t rows);
/* A new surface between passes; -1: too many. */
int cg_temp(flt_build *b, flt_storage storage, unsigned channels);
/* The pending stencil's passes (emit_sums.c): TAPS, BOX. */
bool cg_emit_sum(flt_build *b, unsigned target, unsigned channels);
bool cg_emit_box(flt_build *b, unsigned target, unsigned channels);
/* TAPS in one pass on a CPU (emit_both.c), where that does. */
bool cg_both_does(const flt_build *b);
bool cg_emit_both(flt_build *b, unsigned target, unsigned channels);
/* A stencil's skeleton that works on samples as they are stored, a line at a time, on a CPU, with further constants;
 * where that does. */
bool cg_lines_does(const flt_build *b);
bool cg_emit_lines(flt_build *b, unsigned target, unsigned channels, const char *skeleton, const char *more);
bool cg_correlation_does(const flt_build *b); /* WINDOW with whole weights, 8-bit samples */
bool cg_emit_correlation(flt_build *b, unsigned target, unsigned channels);
bool cg_emit_extreme(flt_build *b, unsigned target, unsigned channels); /* TAPS, MIN or MAX: of them */

/* Whether a pass to `channels` may be flat: what follows the stencil (of a point pass everything) treats every sample
 * alike and for itself, so that a row of pixels is just a longer row of gray. */
bool cg_flat(const flt_build *b, unsigned channels);

/* The same of a stencil's prologue. */
bool cg_flat_in(const flt_build *b);

bool cg_pass(flt_build *b, const flt_pass_spec *spec);
/* Puts prelude, fragments and passes together. */
bool cg_finish(flt_build *b);
/* Marks a fragment as used. */
bool cg_use(flt_recipe *r, const char *fragment, qn_error *err);
double flt_full_scale(flt_storage s); /* 255, 65535, 1 */

#endif
