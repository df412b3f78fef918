/* A chain, compiled for one kind of picture and one class of device: passes over surfaces, and the OpenCL C text that
 * runs them. Pure C, no OpenCL: golden tests of it run anywhere.
 *
 * A plan is structural: it holds for every picture size. flt_plan_size() adds what one size needs: surface sizes,
 * launch sizes, and the uniforms (strengths, weights, extents) that the kernels read.
 *
 * Thread-safety: a finished plan is read-only; flt_sized belongs to its caller.
 */
#ifndef QUERN_FILTER_PLAN_H
#define QUERN_FILTER_PLAN_H

#include "chain.h"
#include "image.h"
#include "status.h"
#include "strbuf.h"
#include "transfer.h"

typedef enum flt_device_class {
    FLT_DEV_CPU, /* a work-group is one work-item that walks a block with plain loops */
    FLT_DEV_GPU  /* a work-group is 32x8 work-items; neighbourhoods through local memory or the cache */
} flt_device_class;

typedef struct flt_options {
    flt_device_class device;
    bool fuse;   /* false (--no-fuse): every stage is materialised */
    bool linear; /* --linear: every stage as with linear=1 */
} flt_options;

/* What comes in. One plan per distinct value of this; the picture's size is no part of it. */
typedef struct flt_input {
    qn_format format;
    int orientation;   /* EXIF 1..8, applied as the first stage */
    uint8_t out_depth; /* bits of the result's samples, 8, 16 or 32; 0: as the input's. Values are rounded to it once */
    bool own_transfer; /* linear light by flt_sized.transfer instead of sRGB */
} flt_input;

typedef enum flt_storage { FLT_U8, FLT_U16, FLT_F32, FLT_U32 /* tables, histograms */ } flt_storage;

static inline size_t flt_sample_bytes(flt_storage storage)
{
    static const size_t bytes[] = { [FLT_U8] = 1, [FLT_U16] = 2, [FLT_F32] = 4, [FLT_U32] = 4 };
    return bytes[storage];
}

typedef enum flt_role {
    FLT_ROLE_INPUT,  /* the decoded picture */
    FLT_ROLE_OUTPUT, /* the result: width x height interleaved samples of plan->output */
    FLT_ROLE_TEMP,   /* lives inside the device slot; `pool` says which temporaries may share memory */
    FLT_ROLE_FILE    /* a second picture (over FILE): interleaved, uploaded once per run */
} flt_role;

typedef struct flt_surface {
    flt_role role;
    flt_storage storage;
    uint8_t channels;
    unsigned pool;            /* FLT_ROLE_TEMP: surfaces of one pool are never alive together */
    unsigned file;            /* FLT_ROLE_FILE: index into plan->file */
    flt_file_content content; /* FLT_ROLE_FILE; what is no picture is a table in the form of lut_file.h */
    bool clear;               /* all bytes zero before the first pass that takes it */
} flt_surface;

#define FLT_MAX_BUFFERS 6

typedef struct flt_pass {
    char kernel[32]; /* name of the function in plan->text */
    char name[96];   /* "load+levels+gaussian.h": what --explain, --stats and --trace call it */
    unsigned n_buffers;
    unsigned buffer[FLT_MAX_BUFFERS]; /* surfaces in the order of the kernel's arguments; the last one is written */
    qn_strbuf note;                   /* why a fusion stopped before this pass; may be empty */
} flt_pass;

typedef struct flt_plan {
    char *text;       /* whole program, OpenCL C 1.2 */
    uint64_t key;     /* hash of text: same key and same text, same program */
    qn_format output; /* format of the result */
    flt_pass *pass;
    size_t n_passes;
    flt_surface *surface; /* [0] is the input, [1] the output */
    size_t n_surfaces;
    const char **file; /* paths of second pictures; owned by the chain */
    size_t n_files;
    unsigned n_pools;
    bool output_may_overlap_input; /* no pass reads the input after or while the output is written, so both may be
                                    * one buffer (if it is large enough for each) */
    bool uses_light;               /* some stage works in linear light */
    struct flt_recipe *recipe;     /* private: how to size it */
} flt_plan;

/* Kernel signature, the same for all passes:
 *   __kernel void NAME(buffers in order ..., __global const int *U, int u0, int y0, int y1)
 * U: the plan's uniforms (ints, and floats by their bits), u0: where this pass's begin, [y0, y1): the band of block
 * rows of this launch (see flt_launch.groups). Global size = { groups[0] * local[0], (y1 - y0) * local[1] }, or
 * local[1] in y where the launch walks. */

/* The chain must outlive the plan. Errors: QN_USAGE (a stage that cannot be done on such a picture), QN_NOMEM. */
flt_plan *flt_plan_create(const flt_chain *chain, const flt_input *input, const flt_options *options, qn_error *err);
void flt_plan_free(flt_plan **plan);

/* Extents of second pictures, needed for sizing; format as decoded. */
typedef struct flt_file_info {
    uint32_t width, height;
    size_t stride; /* bytes */
} flt_file_info;

typedef struct flt_extent {
    uint32_t width, height;
    size_t stride, bytes; /* bytes of a row, of all that memory holds */
    uint32_t rows;        /* that memory holds: all, or those of a ring (flt_plan_band); row y lies at y % rows */
    bool windowed;        /* it goes into a file, and who reads it finds in memory each band's window alone */
} flt_extent;

typedef struct flt_launch {
    uint32_t groups[2]; /* work-groups in x, and block rows in y */
    uint32_t local[2];
    bool walks;                         /* one row of groups walks all block rows of a launch */
    uint32_t u0;                        /* first uniform of this pass */
    uint64_t bytes_read, bytes_written; /* of surfaces, counted once per sample */
    size_t span_at;                     /* private: its rows in flt_sized.span */
    bool tiles;                         /* private: what a part of a row takes is known, from flt_slope.m and .taps */
    double tile[6], taps;
    int32_t view_x[3], view_y[3]; /* column, row of the source = [0] + [1] x + [2] y of its view */
} flt_launch;

/* Rows of a pass's source: `first` and later ones are all that this row of the result and later ones take, those before
 * `end` all that it and earlier ones take. */
typedef struct flt_row_span {
    uint32_t first, end;
} flt_row_span;

/* A piece of a pass. */
typedef struct flt_step {
    uint32_t pass;
    uint32_t y0, y1; /* its block rows */
    uint32_t x0, x1; /* its work-groups in x: all of flt_launch.groups but for passes with tiles */
} flt_step;

/* A part of a surface, columns [x0, x1), rows [y0, y1), and how it lies in memory: sample (x, y) at y % rows * stride +
 * bytes of a pixel * x, where its column says. */
typedef struct flt_window {
    unsigned surface;
    uint32_t x0, x1, y0, y1;
    uint32_t rows;
    size_t stride; /* bytes */
} flt_window;

#define FLT_WINDOW_COLUMNS 64 /* its columns begin at a multiple of these, and end at one or at the edge */

/* Some steps, and what they have to do with the rows of the picture and of the result. */
typedef struct flt_band {
    size_t first_step, n_steps;
    uint32_t in_rows;               /* the picture's rows [0, in_rows) must be there before it */
    uint32_t in_free;               /* rows [0, in_free) are not read any more after it */
    uint32_t out_rows;              /* the result's rows [0, out_rows) are there after it */
    uint32_t sweep;                 /* with each sweep the picture's rows come once more from the first */
    size_t first_window, n_windows; /* that it takes of surfaces that are windowed */
    unsigned made;                  /* not 0: the surface between passes of which rows [0, made_rows) can go into its */
    uint32_t made_rows;             /* file after it; later bands take windows of it, those with the same `made` none */
} flt_band;

typedef struct flt_dims {
    uint32_t w, h;
} flt_dims;

typedef struct flt_sized {
    /* Set by the caller before flt_plan_size(), which alone reads them: */
    const qn_transfer *transfer; /* where the plan was made with own_transfer; NULL: sRGB */
    const flt_stage *shrunk;     /* the first stage, where flt_shrink_on_load() let the picture be decoded smaller */
    flt_dims whole;              /* and the size that it would have had for that stage */

    uint32_t in_width, in_height; /* as decoded */
    uint32_t out_width, out_height;
    flt_extent *extent; /* per surface */
    size_t n_extents;
    flt_launch *launch; /* per pass */
    size_t n_launches;
    size_t *pool_bytes; /* per pool: what the slot must hold */
    size_t n_pools;
    unsigned *pool;                /* per surface: its pool; NULL: as in the plan */
    bool output_may_overlap_input; /* as in the plan, or what the bands make of it */
    flt_step *step;                /* in order; none: every pass once, whole */
    size_t n_steps, cap_steps;
    flt_band *band; /* none with no steps */
    size_t n_bands, cap_bands;
    flt_window *window; /* of all bands */
    size_t n_windows, cap_windows;
    flt_row_span *span; /* private: of passes that move rows */
    size_t n_spans, cap_spans;
    int32_t *uniform;
    size_t n_uniforms, cap_uniforms;
    int32_t light_at[2][3]; /* private: where the transfer's tables lie among the uniforms; 0: nowhere */
} flt_sized;

/* Fills *sized (memory is reused) for a picture of w x h as decoded, with rows of in_stride bytes. `files` has
 * plan->n_files elements. Errors: QN_USAGE for what only the size shows (a crop outside the picture, a resize to
 * nothing); QN_LIMIT (beyond 2^31 - 1 samples in a row or similar), QN_NOMEM. */
bool flt_plan_size(const flt_plan *plan, uint32_t w, uint32_t h, size_t in_stride, const flt_file_info *files,
                   flt_sized *sized, qn_error *err);
void flt_sized_free(flt_sized *sized);

/* A chain that begins with a resize to less than half: the picture may be decoded at 1/2, 1/4 or 1/8 of its size (the
 * sides rounded up), if its user can do with pixels other than FILTERS.md's: the largest divisor with which the resize
 * still shrinks, 1 for none. `upright`: the whole picture's size, orientation applied. Then sized->shrunk is the first
 * stage, and sized->whole is `upright`. */
unsigned flt_shrink_on_load(const flt_chain *chain, flt_dims upright);

/* How a picture is cut into bands of rows. */
typedef struct flt_banding {
    uint32_t rows;                /* of the result in a band; 0: the most that keeps to `room` */
    size_t room;                  /* bytes for all that is a ring; 0 (and rows 0): one band */
    size_t most;                  /* bytes of one ring, as `room`; 0: any */
    bool ring_input, ring_output; /* the picture and the result need not be whole either */
    bool sweeps;    /* with ring_input: for statistics, and what else must be whole before any of it is used, a sweep
                     * over the picture of their own, instead of keeping it */
    size_t window;  /* with ring_input: surfaces whose rows are taken in another order, the picture among them, need not
                     * be whole either, where windows of them will do: the room then, these and all that is on the way
                     * to or from a file counted. 0: they are to be whole */
    uint64_t hold;  /* with `window`: they stay whole where all together take no more than this, each no more than
                     * `most` */
    uint32_t ahead; /* rows that may be put into the picture's ring before they are needed */
} flt_banding;

/* Cuts what flt_plan_size() sized into bands: the passes take turns, each as far as the next band of the result needs
 * it, and the surfaces between them become rings of rows. The result is the same to the byte. Surfaces that are read
 * out of order (statistics, turns, wrapped borders) stay whole, but for `window`. Errors: QN_NOMEM. */
bool flt_plan_band(const flt_plan *plan, const flt_banding *banding, flt_sized *sized, qn_error *err);

/* Whether some pass takes a surface's rows in another order than they come in, so that it must be whole however the
 * picture is cut; tables and second pictures are none of these. */
bool flt_out_of_order(const flt_plan *plan, const flt_sized *sized, size_t surface);

/* Whether one pass over the picture's rows, in order, is enough: no statistics of it, and nothing that must be whole.
 */
bool flt_one_sweep(const flt_plan *plan, const flt_sized *sized);

/* What --explain prints: each pass with the stages in it, why a fusion stopped, bytes read and written (with `sized`,
 * which may be NULL). */
void flt_plan_explain(const flt_plan *plan, const flt_sized *sized, qn_strbuf *out);

#endif
