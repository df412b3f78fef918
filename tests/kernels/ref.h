/* The reference: every filter from its definition, in double precision, slow and obvious.
 *
 * Written from the definitions and never from the kernels: agreement of the two is what the tests check. A chain is
 * evaluated stage after stage without any quantisation between, and rounded (half to even) and clamped once.
 *
 * Adding a filter's reference: one function in its family's file and one line in the table of ref_table.c.
 * Nothing here is fast, thread-safe where its arguments are not shared. Out of memory ends the test program. */
#ifndef QUERN_TESTS_REF_H
#define QUERN_TESTS_REF_H

#include "chain.h"
#include "image.h"

#include <stdbool.h>
#include <stdint.h>

/* Samples in 0..1, interleaved; 1 gray, 2 gray+alpha, 3 RGB, 4 RGBA. Straight alpha unless said otherwise. */
typedef struct ref_image {
    int w, h, c;
    double *p;      /* owned, w * h * c */
    uint8_t *fuzzy; /* owned, w * h, or NULL: pixels where a rounding error may decide (a value on a threshold) */
} ref_image;

ref_image ref_new(int w, int h, int c); /* all zero; c may be 0 */
ref_image ref_copy(const ref_image *im);
void ref_free(ref_image *im);
/* Turned clockwise by quarters, 0..3. */
void ref_quarters(const ref_image *in, int quarters, ref_image *out);
void ref_move(ref_image *to, ref_image *from); /* frees what `to` held */
double *ref_at(const ref_image *im, int x, int y);
void ref_mark(ref_image *im, int x, int y); /* sets fuzzy */
bool ref_has_alpha(const ref_image *im);
int ref_colours(const ref_image *im); /* 1 or 3 */

/* Levels, rounded half to even. What double precision has moved off a tie, is on it. */
double ref_round(double levels);
double ref_decode_srgb(double v);
double ref_encode_srgb(double v);
enum { REF_709, REF_601, REF_LINEAR, REF_LUMA_OFF };
double ref_luma(const double *rgb, int colours, int which);

ref_image ref_colour_part(const ref_image *im);        /* without alpha */
ref_image ref_to_luma(const ref_image *im, int which); /* one colour channel, alpha kept */
ref_image ref_to_rgb(const ref_image *im);             /* gray becomes RGB, alpha kept */
void ref_premultiply(ref_image *im);
/* Up to here an alpha, which weights of a neighbour far away may leave, or below 0 where they undershoot, has no
 * colour: a fifteenth of the least alpha of 16 bits (q_unpremultiply of point/state.cl). */
#define REF_NO_ALPHA 1e-6
void ref_unpremultiply(ref_image *im); /* without alpha: colour 0 */
/* Below it float knows little of a colour that was divided by alpha, unless both are samples as they were stored. */
double ref_least_alpha(int depth);
void ref_map_colours(ref_image *im, double (*f)(double));

/* Where coordinate i of an axis of n samples is read; -1: outside, take the constant. */
int ref_border(int i, int n, flt_border border);

/* What lies outside a picture that is moved: the rule, and the colour in the channels of `like`. */
flt_border ref_outside(const flt_stage *stage);
void ref_outside_colour(const flt_stage *stage, const ref_image *like, bool premultiplied, double *out);
/* `in`, as RGB where that colour is not gray. */
ref_image ref_for_outside(const flt_stage *stage, const ref_image *in);

/* What a filter's function is told. */
typedef struct ref_call {
    const flt_stage *stage;
    int depth;             /* of the picture, 8 or 16: bins of histograms */
    double eps;            /* how far rounding may have moved a value that comes in */
    double constant[4];    /* border=constant in the channels of `in`, as the filter sees them */
    bool goes_on;          /* something is made of the result: a mix, another stage */
    int x0, y0, x1, y1;    /* roi, clipped to the picture: where statistics are taken */
    const ref_image *file; /* second picture, straight; NULL: none */
    const ref_image *mask; /* straight; NULL: none */
} ref_call;

/* Gets `in` in its space and fills *out (made by it). False: this cannot be done (a crop outside the picture). */
typedef bool ref_fn(const ref_call *call, const ref_image *in, ref_image *out);

typedef enum ref_space {
    REF_COLOURS, /* gets the straight colour channels alone */
    REF_PREMULT, /* gets all channels, premultiplied */
    REF_PLACE    /* gets all channels as they are: moves pixels only */
} ref_space;

typedef struct ref_entry {
    const char *name;
    ref_fn *fn;
    ref_space space;
    bool keeps_alpha; /* REF_PREMULT: the input's alpha stays unless channels= names it */
} ref_entry;

const ref_entry *ref_find(const char *name);
/* A convolve whose scaled weights sum to 1, without bias: a blur or a sharpening, where alpha goes with the colours. */
bool ref_smooths(const flt_stage *stage);

/* A choice parameter's word equals `word`; a stage's luma= as REF_709...; REF_LUMA_OFF where it has none. */
bool ref_is(const flt_stage *stage, const char *param, const char *word);
int ref_luma_of(const flt_stage *stage);
bool ref_has_param(const flt_stage *stage, const char *param);
double ref_num_or(const flt_stage *stage, const char *param, double otherwise);

ref_fn ref_identity, ref_invert, ref_brightness_contrast, ref_gamma, ref_levels, ref_exposure, ref_saturation, ref_hue,
    ref_sepia, ref_threshold, ref_posterize, ref_solarize;
ref_fn ref_gaussian, ref_box, ref_median, ref_unsharp, ref_sobel, ref_laplacian, ref_convolve, ref_emboss;
ref_fn ref_clahe, ref_canny, ref_bilateral, ref_adaptive_threshold;
ref_fn ref_scharr, ref_prewitt, ref_roberts, ref_kirsch;
ref_fn ref_erode, ref_dilate, ref_open, ref_close, ref_gradient, ref_tophat, ref_blackhat;
ref_fn ref_affine, ref_shear, ref_translate, ref_pixelate;
ref_fn ref_resize, ref_pad, ref_extend, ref_crop, ref_flip, ref_flop, ref_rotate, ref_transpose, ref_transverse,
    ref_exif;
ref_fn ref_stretch, ref_equalize, ref_otsu;
ref_fn ref_over, ref_composite, ref_blend, ref_set_alpha;
ref_fn ref_vibrance, ref_channel_mixer, ref_vignette, ref_alpha, ref_opacity, ref_flatten;
ref_fn ref_noise, ref_autocontrast;
ref_fn ref_lut3d, ref_lut1d;

ref_image ref_with_alpha(const ref_image *im); /* a copy; alpha is 1 where there was none */
void ref_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/* ---- chains ---- */

ref_image ref_load(const qn_image *image);
/* Rounds and clamps into packed samples (no padding), which the caller frees; alpha exactly 0 gives colour 0. */
void *ref_store(const ref_image *im, int depth, qn_format *format);
ref_image ref_orient(const ref_image *im, int orientation); /* EXIF 1..8 */

typedef struct ref_files { /* pictures that the chain names (paths and "@NAME"), straight */
    const char *const *name;
    const ref_image *image;
    unsigned n;
} ref_files;

/* Evaluates the chain on *im, in place. False: some stage cannot be done on it. */
bool ref_chain(const flt_chain *chain, ref_image *im, int depth, const ref_files *files);

#endif
