/* What a filter's row uses to add its stage to a plan. Private to host/filter.
 *
 * While a chain is planned there is one value: a base surface (the decoded picture, or what the last pass wrote), a
 * pending view of it (crop, flip, turn), a pending list of point operations, at most one pending stencil over all
 * that, and the operations behind the stencil. POINT filters only add operations. A stencil over a value that has
 * none yet takes the operations so far as the prologue of its loads; over a value that has one, it makes that value
 * a surface first (flt_materialise).
 */
#ifndef QUERN_FILTER_PLAN_BUILD_H
#define QUERN_FILTER_PLAN_BUILD_H

#include "plan.h"

#define FLT_MAX_OPS     96
#define FLT_MAX_VIEW    16
#define FLT_OP_UNIFORMS 16
#define FLT_MAX_SAVED   16 /* names of pictures that were saved */

/* ---- sizes at the time a picture's size is known ---- */

/* What a filler of uniforms sees. */
typedef struct flt_fill {
    const flt_stage *stage;
    flt_dims in, out;          /* the pass: what its IN hook sees, what it writes */
    flt_dims from;             /* what the pass's stencil was handed, for operations behind it */
    const flt_file_info *file; /* of the operation's surface, if it has one */
    double full_scale;         /* of the picture's samples as they were decoded: 255, 65535, or 1 (float) */
    unsigned n_stages;         /* that the operation stands for, one behind the other from `stage` on */
    flt_sized *sized;          /* for flt_fill_table */
    qn_error *err;
} flt_fill;

/* Writes `n` ints (or floats, by flt_bits) that were reserved. */
typedef bool (*flt_filler)(const flt_fill *f, int32_t *u);

/* A summed radius up to 16 is text, rounded up to even with weights of 0: few programs, unrolled taps. */
int flt_tap_radius(int r);
int32_t flt_bits(double v); /* as a float's bits */
/* A filler: the highest level that a histogram of the picture counts, 255 or 65535, as a float. */
bool flt_fill_top(const flt_fill *f, int32_t *u);
/* Appends n ints of variable length to the uniforms, sets *offset to their index in U; NULL: out of memory. The
 * pointer, and `u` of the filler, do not survive the next call: reserve once, fill, write the offset last. */
int32_t *flt_fill_table(const flt_fill *f, size_t n, int32_t *offset);

/* ---- operations of an expression ---- */

/* One statement on the pixel `v` (px: r, g, b, a), as a template: $0..$9 are its uniforms as floats, %0..%9 as ints,
 * $S is the saved pixel of number `save`, $U all uniforms, $T the pointer of `surface`, $P its stride, $F(a, X, Y) and
 * $L (here) a pixel of it, `x` and `y` the coordinates, `a` the arguments. */
typedef struct flt_op {
    const char *code;
    const char *fragment; /* file under kernels/ that holds the function, or NULL */
    const flt_stage *stage;
    unsigned n_uniforms;
    flt_filler fill;
    int save;    /* register number of $S, or -1 */
    int other;   /* of $R */
    int surface; /* of $T, or -1 */
    const char
        *words;    /* the same on 16-bit fixed-point vectors: `q` what the stencil made of `s`, both fractions of FULL;
                    * "": nothing to do there; NULL: it has no such form */
    bool is_scale; /* the one that turns samples as stored into 0..1 */
    bool keeps_levels; /* decoded samples over full scale still are such: it scales, sets aside, copies gray */
    double levels;     /* the one that turns 0..1 into whole numbers up to this; else 0 */
    bool uses_xy;      /* does not commute with views */
    bool aligned;      /* reads a surface ($F) at its own place only */
    bool samplewise;   /* a colour sample of the result depends on the same sample of the pixel alone */
    bool alike;        /* and for all colours in the same way */
    bool homogeneous;  /* f(k v) = k f(v): samples may be as they are stored */
    unsigned
        n_affine;    /* stages from `stage` on of which it is the colour matrix (affine.c), or a part of that; else 0 */
    bool heavy;      /* dearer than a store and a load: not to be done once per tap */
    bool after_wide; /* of a matrix: the value before it was wide */
    uint8_t after_names; /* and had so long a name */
} flt_op;

/* ORIENT: EXIF orientation 2..8. Which one is a uniform, not text, so that one program serves a folder of photos
 * however the camera was held. */
typedef enum flt_view_kind {
    FLT_VIEW_CROP,
    FLT_VIEW_FLIP,
    FLT_VIEW_FLOP,
    FLT_VIEW_TRANSPOSE,
    FLT_VIEW_ORIENT
} flt_view_kind;
typedef struct flt_view_step {
    flt_view_kind kind;
    const flt_stage *stage;
    int orientation; /* ORIENT */
} flt_view_step;

typedef enum flt_skeleton {
    FLT_SK_POINT,
    FLT_SK_TAPS,     /* separable, rows then columns; COMBINE says how (weighted sum, sum, min, max) */
    FLT_SK_BOX,      /* separable sums of integers */
    FLT_SK_WINDOW,   /* one pass over the (2rx+1) x (2ry+1) neighbourhood, by a fragment or a skeleton of its own */
    FLT_SK_RESAMPLE, /* separable with weights of each output, columns then rows */
    FLT_SK_MOVE,     /* one pass of a skeleton of its own, which takes its samples from anywhere */
    FLT_SK_HISTOGRAM
} flt_skeleton;

/* Row y of a result takes rows step y + low to step y + high of the source. */
typedef struct flt_slope {
    double step, low, high;
    bool tiles;  /* and it is known which part of them a part of the row takes: pixel (x, y) what lies around column
                  * m[0] x + m[1] y + m[2], row m[3] x + m[4] y + m[5], up to `taps` away */
    double m[6]; /* only with tiles */
    double taps;
} flt_slope;

/* A pending stencil. */
typedef struct flt_stencil {
    flt_skeleton kind;
    const flt_stage *stage;
    int rx, ry;          /* support radius (RESAMPLE: unknown before the size) */
    const char *combine; /* TAPS: "SUM", "MIN" or "MAX" */
    const char *call;    /* WINDOW: function of the fragment; NULL with a skeleton of its own */
    /* WINDOW: of its own, one text for a class of radii (REACH is at least rx and ry); NULL: skeleton/window.cl, which
     * hands tiles to the fragment */
    const char *skeleton;
    const char
        *by_lines; /* WINDOW: a skeleton of its own for a CPU, on rows as they are stored (cg_emit_lines); or NULL */
    bool takes_stored; /* WINDOW: the fragment's SAMPLE may be uchar or ushort */
    bool row_by_row;   /* WINDOW: its tile is two source rows */
    const char *fragment;
    qn_strbuf defines;   /* WINDOW: text constants of the fragment */
    unsigned n_uniforms; /* WINDOW: ints handed to the fragment as U + offset */
    const char *members; /* MOVE: uniforms of the skeleton: "left|.scale", ints, and floats with a dot */
    unsigned run, rows;  /* MOVE: pixels and rows of a block; 0: the usual */
    bool several;        /* MOVE: takes a sample more than once */
    bool by_rows;        /* MOVE: a row of the result needs no other row, or block of rows, of the source */
    void (*span)(const flt_fill *f, flt_slope *slope); /* MOVE: rows of the source; NULL: any of them */
    flt_filler fill;       /* TAPS: weights (2r+1 floats as a table; u[0] r, u[1] offset); WINDOW: as it likes; MOVE:
                            * the members */
    flt_filler fill_fixed; /* TAPS, SUM: radius, weights as fractions of 65536, bias; NULL: float only. WINDOW: the
                            * members of skeleton/correlate_lines.cl; NULL: not that one */
    char fixed[80];        /* WINDOW: text constants of that */
    double sigma;          /* of the Gaussian that fill_fixed weighs with; 0: none */
    bool homogeneous;      /* f(k v) = k f(v) for k > 0: may run on unscaled samples */
    bool selects;          /* each sample of the result is one of the samples it sees */
    bool enlarges;         /* RESAMPLE: known to, whatever the picture */
    bool keeps_alpha;      /* alpha is taken from the input */
    bool whole_mean;       /* BOX over levels: the mean is rounded to a level */
    bool (*size)(const flt_fill *f, flt_dims *out); /* RESAMPLE, MOVE: size of the result; NULL: as it came */
} flt_stencil;

typedef struct flt_pending {
    unsigned surface; /* base */
    flt_view_step view[FLT_MAX_VIEW];
    unsigned n_view;
    flt_op op[FLT_MAX_OPS]; /* [0, n_pro) before the stencil, [n_pro, n_ops) behind it */
    unsigned n_mid;         /* [0, n_mid) gives the stencil's unfiltered input, for mix and unsharp */
    unsigned n_pro, n_ops;
    bool has_stencil;
    flt_stencil stencil;
    uint8_t base_channels, stencil_channels, mid_channels, channels;
    double base_max;             /* full scale of what the stencil is handed: 255 or 65535 for samples as stored, 1 */
    double stencil_max;          /* full scale of its result */
    flt_storage stencil_storage; /* of the surface between its two halves */
    bool box_whole;              /* BOX on samples as stored: sums are whole numbers */
    bool n_mid_set;              /* flt_mark_input came before the stencil */
    bool scaled;                 /* the value is in units of full scale; until then, samples as stored */
    double levels;               /* > 0: neither, but levels up to this (flt_to_levels): whole numbers, unless */
    bool fractional;             /* they are still to be rounded */
    bool mid_premultiplied, mid_linear; /* form of the stencil's unfiltered input */
    bool premultiplied, linear, wide;
    char names[96]; /* stages so far, "levels+gaussian+sepia" */
    char head[96];  /* up to the stencil, "levels+gaussian" */
} flt_pending;

/* A value that was put aside: the surface that holds it, and the form of its samples. An operation with this surface
 * reads its pixel as $L, scaled to 0..1. */
typedef struct flt_kept {
    unsigned surface;
    uint8_t channels;
    bool premultiplied, linear, wide;
} flt_kept;

typedef struct flt_build {
    flt_plan *plan;
    flt_pending now;
    const flt_options *options;
    flt_input input;
    qn_format out;
    int n_saved;      /* registers handed out */
    int mid_reg;      /* register of the stage's input, or -1 */
    bool has_source;  /* a composed stage: */
    flt_kept source;  /* its input */
    bool keeps_alpha; /* the stage that is being built leaves alpha as it came */
    const flt_chain *chain;
    flt_kept kept[FLT_MAX_SAVED]; /* by `save NAME` */
    const char *kept_name[FLT_MAX_SAVED];
    unsigned n_kept;
    qn_error *err;
    const char *note; /* why the next pass starts where it does */
} flt_build;

/* Filler of TAPS: 2 r + 1 weights of a Gaussian, which sum to 1. */
bool flt_fill_gaussian(const flt_fill *f, int r, double sigma, int32_t *u);

/* ---- resize (resample.c) ---- */

bool flt_resize_size(const flt_fill *f, flt_dims *out);
bool flt_fill_resample_columns(const flt_fill *f, int32_t *u); /* u[0]: offset of the table of rows */
bool flt_fill_resample_rows(const flt_fill *f, int32_t *u);    /* u[0]: of the columns, u[1]: outputs per tile */

/* The same in one pass, of a kernel without negative weights: u[0], u[1] tables of rows and columns, u[2] columns of a
 * run, which find their input in FLT_SHRINK_SPAN pixels, u[3] step between them where it is one whole number (else 0)
 * with u[4] taps, u[5] places of the runs, u[6] weights by tap, u[7] whether products in fixed point lose nothing.
 * Weights are floats, or 65536ths.
 */
#define FLT_SHRINK_SPAN    4096
#define FLT_SHRINK_MEMBERS "table|columns|run|step|taps|bases|weights|whole"
bool flt_resize_is_mean(const flt_stage *s);
bool flt_fill_shrink(const flt_fill *f, int32_t *u);
bool flt_fill_shrink_fixed(const flt_fill *f, int32_t *u);

/* Of an operation behind it: where in the result the picture lies, x0, y0, x1, y1 (fit=contain). */
bool flt_fill_resize_room(const flt_fill *f, int32_t *u);
#define FLT_FITS "fill|inside|outside|cover|contain"

/* ---- for rows ---- */

/* The choices of a parameter luma=, in this order; "|off" may follow. */
#define FLT_LUMA_CHOICES "709|601|linear"
typedef enum flt_luma { FLT_LUMA_709, FLT_LUMA_601, FLT_LUMA_LINEAR, FLT_LUMA_OFF } flt_luma;

bool flt_has_alpha(unsigned channels);
unsigned flt_colours(unsigned channels); /* 1 or 3 */

/* Adds a point operation (copied). */
bool flt_add(flt_build *b, const flt_op *op);
bool flt_add_code(flt_build *b, const flt_stage *stage, const char *code, const char *fragment);
/* Takes the value to straight or premultiplied, encoded or linear, form. */
bool flt_want(flt_build *b, bool premultiplied, bool linear);
bool flt_want_rgb(flt_build *b);
/* An alpha channel: of 1 where there was none; gone, after what is behind it shows through or not. */
bool flt_want_alpha(flt_build *b);
bool flt_drop_alpha(flt_build *b, const flt_stage *stage);
/* The value has one colour channel afterwards, the luma by these weights; FLT_LUMA_OFF leaves it as it is. */
bool flt_to_luma(flt_build *b, const flt_stage *stage, flt_luma luma);
/* The same as the row's parameter luma= has it. */
bool flt_to_chosen_luma(flt_build *b, const flt_stage *stage);
/* What stands now is the input of the stage whose stencil follows after some operations (luma); without it, it is
 * what stands when the stencil begins. */
bool flt_mark_input(flt_build *b);
/* Starts a stencil over the value, materialising it first where it must be. */
bool flt_begin_stencil(flt_build *b, const flt_stencil *s);
/* The pending value becomes a surface: one pass or more. `why` is told by --explain. */
bool flt_materialise(flt_build *b, const char *why);
bool flt_materialise_to(flt_build *b, unsigned target);
/* The value becomes a surface (unless it is one) and stays the value. `part` says what it is, after the stage's name.
 */
bool flt_keep(flt_build *b, const flt_stage *stage, const char *part, flt_kept *kept);
/* `save NAME`: as flt_keep, unless no later stage asks for the name. flt_saved finds it by "@NAME"; NULL: it is a path.
 */
bool flt_save_value(flt_build *b, const flt_stage *stage);
const flt_kept *flt_saved(const flt_build *b, const char *text);
/* mask=: `save` is the register of the stage's input, in the form of the value. */
bool flt_add_mask(flt_build *b, const flt_stage *stage, int save);
/* What was kept is the value again; what stands now must have been kept as well. */
bool flt_resume(flt_build *b, const flt_kept *kept);
/* A fragment whose functions an operation calls beside its own. */
bool flt_use_fragment(flt_build *b, const char *fragment);
/* The value is the decoded picture's samples over their full scale, and nothing else yet. */
bool flt_is_decoded(const flt_build *b);
/* Full scale of the value as it stands: 1 once it is scaled, else 255 or 65535. */
double flt_value_max(const flt_build *b);
/* What a surface between passes must be able to hold to take the value. */
flt_storage flt_temp_storage(const flt_build *b, unsigned channels);
/* The pending stencil only picks samples as they are stored: its result may be stored so too. */
bool flt_selects(const flt_pending *v);
/* Loads are applied (raw samples become 0..1). */
bool flt_scale(flt_build *b);
/* The value, whatever it was, becomes whole levels 0..max, as a picture of that depth would store them: for filters
 * whose definition counts in levels, and so that sums are exact. The next stencil takes them as they are. */
bool flt_to_levels(flt_build *b, const flt_stage *stage, double max);
bool flt_add_view(flt_build *b, flt_view_kind kind, const flt_stage *stage);
/* What turns a picture of this EXIF orientation upright, in this order: t transpose, i flip, o flop. */
const char *flt_orientation_steps(int orientation);
/* A new surface. */
int flt_add_surface(flt_build *b, flt_role role, flt_storage storage, unsigned channels);
/* Passes that read the value without consuming it (histograms): see codegen.h. */
bool flt_add_reduction(flt_build *b, const flt_stage *stage, const char *fragment, unsigned bins, unsigned channels,
                       const char *bin_code, unsigned table_len, int *table, flt_filler fill, unsigned n_uniforms);
/* How pixels become nodes: a skeleton (as skeleton/canny.cl, see skeleton/join.cl) over the value as it stands. */
typedef struct flt_classes {
    const flt_stage *stage;
    const char *skeleton, *defines;
    int radius; /* how far from a pixel it looks, rows */
    unsigned n_uniforms;
    flt_filler fill;
} flt_classes;
/* The value becomes one channel, 1 where a node hangs together with a seed through its 8 neighbours, else 0. */
bool flt_add_connected(flt_build *b, const flt_classes *classes);
/* A register that holds the pixel as it is at this point ($S with save = the returned number): the input of a stage
 * that works on single pixels, also where a stencil is pending before it. */
int flt_save_pixel(flt_build *b, const flt_stage *stage);
/* The same of the input of the stencil stage that is being built, when its stencil is there already. */
int flt_save_input(flt_build *b, const flt_stage *stage);
/* The same of what the pending stencil itself is handed (behind luma, say). */
int flt_save_stencil_input(flt_build *b, const flt_stage *stage);

#endif
