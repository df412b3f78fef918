/* The families of rows. Private to host/filter. */
#ifndef QUERN_FILTER_ROWS_H
#define QUERN_FILTER_ROWS_H

#include "filter.h"

extern const flt_row flt_row_gray, flt_row_invert, flt_row_brightness_contrast, flt_row_gamma, flt_row_levels,
    flt_row_exposure, flt_row_saturation, flt_row_hue, flt_row_sepia, flt_row_threshold, flt_row_posterize,
    flt_row_solarize;
extern const flt_row flt_row_gaussian, flt_row_box, flt_row_median, flt_row_unsharp, flt_row_sobel, flt_row_laplacian,
    flt_row_convolve, flt_row_emboss, flt_row_erode, flt_row_dilate;
extern const flt_row flt_row_scharr, flt_row_prewitt, flt_row_roberts, flt_row_kirsch, flt_row_canny;
extern const flt_row flt_row_open, flt_row_close, flt_row_gradient, flt_row_tophat, flt_row_blackhat;
extern const flt_row flt_row_bilateral;
extern const flt_row flt_row_adaptive_threshold, flt_row_clahe;
extern const flt_row flt_row_resize, flt_row_thumbnail, flt_row_pad, flt_row_extend;
extern const flt_row flt_row_crop, flt_row_flip, flt_row_flop, flt_row_transpose, flt_row_transverse, flt_row_orient;
extern const flt_row flt_row_rotate, flt_row_affine, flt_row_shear, flt_row_translate, flt_row_pixelate;
extern const flt_row flt_row_stretch, flt_row_equalize, flt_row_otsu;
extern const flt_row flt_row_over, flt_row_watermark, flt_row_composite, flt_row_blend, flt_row_set_alpha;
extern const flt_row flt_row_vibrance, flt_row_channel_mixer, flt_row_vignette, flt_row_noise;
extern const flt_row flt_row_lut3d, flt_row_lut1d, flt_row_hald;
extern const flt_row flt_row_autocontrast;
extern const flt_row flt_row_save;
extern const flt_row flt_row_alpha, flt_row_opacity, flt_row_flatten;

/* What a row's check says of its values: "origin:line:column: filter: ...", at the first of `params` ("low|high") that
 * the chain gives, at the stage where it gives none of them. Returns false. */
bool flt_blame(qn_error *err, const flt_stage *stage, const char *params, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* For flt_row.composed. */
bool flt_always_composed(const flt_stage *stage);

/* For flt_row.counted. */
#define FLT_COUNTED_INSIDE "only what lies inside is counted"

/* The FLT_CHOICE parameter is this word, which is one of its choices. */
bool flt_chosen(const flt_stage *stage, const char *name, const char *word);

#endif
