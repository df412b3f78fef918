/* The table of filters, in the order of --list-filters. */
#include "rows.h"

/* One a line: additions stand by themselves. */
/* clang-format off */
static const flt_row *const all[] = {
    &flt_row_gray,
    &flt_row_invert,
    &flt_row_brightness_contrast,
    &flt_row_gamma,
    &flt_row_levels,
    &flt_row_exposure,
    &flt_row_saturation,
    &flt_row_hue,
    &flt_row_sepia,
    &flt_row_vibrance,
    &flt_row_channel_mixer,
    &flt_row_lut3d,
    &flt_row_lut1d,
    &flt_row_hald,
    &flt_row_threshold,
    &flt_row_adaptive_threshold,
    &flt_row_posterize,
    &flt_row_solarize,
    &flt_row_vignette,
    &flt_row_noise,
    &flt_row_alpha,
    &flt_row_opacity,
    &flt_row_flatten,
    &flt_row_gaussian,
    &flt_row_box,
    &flt_row_median,
    &flt_row_bilateral,
    &flt_row_unsharp,
    &flt_row_sobel,
    &flt_row_scharr,
    &flt_row_prewitt,
    &flt_row_roberts,
    &flt_row_kirsch,
    &flt_row_canny,
    &flt_row_laplacian,
    &flt_row_convolve,
    &flt_row_emboss,
    &flt_row_erode,
    &flt_row_dilate,
    &flt_row_open,
    &flt_row_close,
    &flt_row_gradient,
    &flt_row_tophat,
    &flt_row_blackhat,
    &flt_row_resize,
    &flt_row_thumbnail,
    &flt_row_pad,
    &flt_row_extend,
    &flt_row_crop,
    &flt_row_flip,
    &flt_row_flop,
    &flt_row_transpose,
    &flt_row_transverse,
    &flt_row_orient,
    &flt_row_rotate,
    &flt_row_affine,
    &flt_row_shear,
    &flt_row_translate,
    &flt_row_pixelate,
    &flt_row_stretch,
    &flt_row_autocontrast,
    &flt_row_equalize,
    &flt_row_clahe,
    &flt_row_otsu,
    &flt_row_over,
    &flt_row_watermark,
    &flt_row_composite,
    &flt_row_blend,
    &flt_row_set_alpha,
    &flt_row_save,
};
/* clang-format on */

const flt_row *const *flt_rows(size_t *n)
{
    *n = sizeof all / sizeof *all;
    return all;
}

bool flt_always_composed(const flt_stage *stage)
{
    (void)stage;
    return true;
}
