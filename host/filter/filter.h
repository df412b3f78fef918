/* A filter is data: one row says all there is to know about it.
 *
 * The chain parser, --help, --list-filters, the planner, the tests and the fuzzers iterate flt_rows() and know no
 * filter by name. Adding a filter = its row (in the file of its family), its fragment (kernels/), its reference
 * (tests/kernels). Everything here is constant data or plain values: thread-safe.
 */
#ifndef QUERN_FILTER_FILTER_H
#define QUERN_FILTER_FILTER_H

#include "status.h"
#include "strbuf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum flt_class {
    FLT_POINT,
    FLT_STENCIL,
    FLT_REDUCE,
    FLT_GEOMETRY,
    FLT_COMPOSE,
    FLT_CONTROL /* leaves the picture as it is; takes no stage keys */
} flt_class;

typedef enum flt_param_type {
    FLT_NUMBER, /* num, in the unit of the row; NaN and infinities are never accepted */
    FLT_INT,    /* num, a whole number */
    FLT_BOOL,   /* num 0 or 1; accepts 0 1 yes no true false on off */
    FLT_CHOICE, /* num is the index into `choices` */
    FLT_SIZE,   /* size: "800x600", "800x", "x600", "50%", "50%x25%" */
    FLT_RECT,   /* rect: "WxH+X+Y" in pixels, X and Y may be negative */
    FLT_POINT2, /* point: "X,Y" in pixels, or "+X+Y" */
    FLT_COLOUR, /* colour: "#rgb" "#rgba" "#rrggbb" "#rrggbbaa", CSS names */
    FLT_LIST,   /* list: numbers with commas */
    FLT_FILE,   /* text: a path, or "@NAME" of a saved picture (FLT_FILE_PICTURE) */
    FLT_TEXT,   /* text: as it stands */
    FLT_REGION  /* size, and rect.x, rect.y: "640x480+10+20", "50%", "300x50%-5+0"; without +X+Y they are 0 */
} flt_param_type;

/* What a FLT_FILE must hold. */
typedef enum flt_file_content {
    FLT_FILE_PICTURE,
    FLT_FILE_HALD,  /* a picture that is a cube of colours */
    FLT_FILE_CUBE,  /* a .cube file with a cube of colours */
    FLT_FILE_CURVE, /* a .cube file with a curve for each channel */
} flt_file_content;

/* How a number may be written, beside plain: which suffixes scale it. */
typedef enum flt_unit {
    FLT_NO_UNIT,
    FLT_TONE,    /* 0.3, 30%, 77/255, 1000/65535: a fraction of full scale */
    FLT_PERCENT, /* 0.3 or 30% */
    FLT_PX,      /* 2, 2px */
    FLT_DEG,     /* 90, 90deg */
    FLT_EV       /* 0.7, 0.7ev */
} flt_unit;

typedef struct flt_size {
    double w, h;             /* pixels, or a factor (0.5 for 50%); 0: not given */
    bool w_factor, h_factor; /* true: w (h) is a factor of the input's */
} flt_size;

typedef struct flt_rect {
    int32_t x, y, w, h;
} flt_rect;

typedef struct flt_text_place {
    int line, column; /* in the chain's text, both from 1; columns count bytes */
} flt_text_place;

typedef struct flt_value {
    bool given;           /* stood in the chain; else it is the default */
    flt_text_place place; /* where, if it did */
    double num;
    flt_size size;
    flt_rect rect;   /* FLT_RECT; FLT_POINT2 uses x and y */
    float colour[4]; /* straight RGBA, 0..1, encoded (sRGB) values */
    double *list;    /* owned by the chain */
    size_t n;
    char *text; /* owned by the chain */
} flt_value;

typedef struct flt_param {
    const char *name;
    flt_param_type type;
    flt_unit unit;
    double min, max; /* allowed range, both ends included unless the next two say otherwise */
    bool above_min;  /* min itself is not allowed */
    const char *def; /* default, in chain syntax; NULL: must be given; "" for FLT_SIZE, _RECT, _FILE, _LIST, _TEXT:
                      * may be left out, and is then empty (n = 0, text = NULL, all zero) */
    flt_file_content content;
    const char *choices; /* "a|b|c" */
    const char *help;    /* one line, with what the default means */
} flt_param;

#define FLT_MAX_PARAMS 12

/* How a filter treats the channels of a picture. */
typedef enum flt_colour {
    FLT_PER_CHANNEL, /* every channel alike; gray stays gray */
    FLT_MIXES,       /* mixes R, G and B; leaves gray alone, since its rows sum to 1 (saturation, hue) */
    FLT_NEEDS_RGB,   /* gray becomes RGB first (sepia) */
    FLT_TO_GRAY,     /* takes luma first: the result has one colour channel (gray, sobel, threshold) */
    FLT_WITH_ALPHA   /* POINT: gray stays gray; changes, adds or drops alpha, so that channels= does not apply */
} flt_colour;

/* Where the values of the result lie, when the input's lie in 0..1: decides what a surface must be able to hold. */
typedef enum flt_range {
    FLT_RANGE_KEEP, /* in the hull of the input's values */
    FLT_RANGE_UNIT, /* 0..1 whatever the input */
    FLT_RANGE_SPAN, /* 0..1 if the input is: a difference of its samples */
    FLT_RANGE_WIDE  /* may leave 0..1: stored as float between passes */
} flt_range;

typedef struct flt_stage flt_stage;
struct flt_build; /* plan_build.h: what a class-specific function adds to */

typedef struct flt_row {
    const char *name;
    const char *aliases; /* "negate|inverse" or NULL */
    flt_class cls;
    const char *help;                /* one line, no full stop */
    const char *example;             /* one stage, e.g. "gaussian 2" */
    const char *tolerance;           /* class of FILTERS.md A.1.10: "E", "A", "B" */
    flt_param param[FLT_MAX_PARAMS]; /* ends at name == NULL */
    flt_colour colour;
    flt_range range;

    /* STENCIL: whether it is made of several stencils, so that the stage's input must be put aside for later; NULL: no
     */
    bool (*composed)(const flt_stage *stage);

    /* Checks that no single parameter can make; NULL: none. Error text without position ("the kernel is 4x4: ..."). */
    bool (*check)(const flt_stage *stage, qn_error *err);

    /* Support radius in pixels: how far from a pixel its inputs lie (STENCIL); NULL: 0. */
    int (*radius)(const flt_stage *stage);

    /* STENCIL and GEOMETRY: what lies outside where border= is not given, in a few words for the help. NULL: clamp; "":
     * border= makes no difference. */
    const char *outside;

    /* REDUCE: of which pixels it takes its statistics where roi= is given, for the help. NULL: it takes none. */
    const char *counted;

    /* POINT: the result is this matrix times the straight colours, three rows of four, the fourth added. NULL: it is no
     * such map. With it, `build` is flt_build_affine(), or calls that where flt_follows_matrix(). */
    void (*affine)(const flt_stage *stage, double m[12]);

    /* How many times an error of the input, or of the sum over a neighbourhood that the stage makes of it, may show in
     * the result; INFINITY: any number. NULL: as `affine` says, once for STENCIL and GEOMETRY that keep the range, else
     * any number. */
    double (*gain)(const flt_stage *stage);

    /* GEOMETRY: the result has the input's size, so that mix=, roi= and channels= apply; NULL: never. */
    bool (*keeps_size)(const flt_stage *stage);

    /* Adds the stage to the plan that is being built: see plan_build.h. */
    bool (*build)(struct flt_build *b, const flt_stage *stage, qn_error *err);
} flt_row;

/* The table, in the order of --list-filters. */
const flt_row *const *flt_rows(size_t *n);
/* By name or alias, case-sensitive, an underscore as a hyphen; NULL: none. */
const flt_row *flt_find(const char *name, size_t len);
/* The name or alias nearest to a misspelt one (Damerau-Levenshtein, at most a third of its length); NULL: none near. */
const char *flt_nearest(const char *name, size_t len);
size_t flt_param_count(const flt_row *row);

/* ---- a stage of a chain: a row with its values ---- */

typedef enum flt_border { FLT_CLAMP, FLT_MIRROR, FLT_REFLECT, FLT_WRAP, FLT_CONSTANT } flt_border;

typedef enum flt_channels {
    FLT_CH_DEFAULT, /* what the class does: POINT rgb, others rgba */
    FLT_CH_RGB,
    FLT_CH_A,
    FLT_CH_RGBA,
    FLT_CH_R,
    FLT_CH_G,
    FLT_CH_B,
    FLT_CH_LUMA
} flt_channels;

struct flt_stage {
    const flt_row *row;
    flt_value value[FLT_MAX_PARAMS]; /* in the row's order, defaults filled in */
    /* the keys that every stage takes */
    flt_border border;
    bool border_given;
    float border_colour[4]; /* FLT_CONSTANT; straight RGBA, default transparent black */
    flt_channels channels;
    bool linear;
    double mix; /* 0..1, default 1 */
    char *mask; /* a path, or "@NAME" of a saved picture; NULL: none; owned by the chain */
    flt_text_place mask_place;
    bool has_roi;
    flt_rect roi;
    /* where it stands, for messages */
    const char *origin; /* "-f", or the file's name; owned by the chain */
    int line, column;   /* 1-based */
};

/* Whether a part of the picture, or of each sample, stays as it was: by mask=, mix=, roi= or channels=. */
bool flt_stage_selects(const flt_stage *stage);

typedef struct flt_named_file {
    flt_file_content content; /* what must be in it */
    flt_text_place place;     /* where the chain names it */
} flt_named_file;

/* The files that the stage names, of its parameters and its mask: paths, or "@NAME". NULL behind the last. *what, where
 * `what` is not NULL, is more about it. */
const char *flt_stage_file(const flt_stage *stage, size_t i, flt_named_file *what);

/* The value of a parameter by name; never NULL for a name of the row (an unknown name is a bug: aborts). */
const flt_value *flt_arg(const flt_stage *stage, const char *name);
double flt_num(const flt_stage *stage, const char *name);

#endif
