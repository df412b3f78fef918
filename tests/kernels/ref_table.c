/* Which function is the reference of which filter. */
#include "ref.h"

#include <string.h>

static const ref_entry table[] = {
    { "gray", ref_identity, REF_COLOURS, false },
    { "invert", ref_invert, REF_COLOURS, false },
    { "brightness-contrast", ref_brightness_contrast, REF_COLOURS, false },
    { "gamma", ref_gamma, REF_COLOURS, false },
    { "levels", ref_levels, REF_COLOURS, false },
    { "exposure", ref_exposure, REF_COLOURS, false },
    { "saturation", ref_saturation, REF_COLOURS, false },
    { "hue", ref_hue, REF_COLOURS, false },
    { "sepia", ref_sepia, REF_COLOURS, false },
    { "threshold", ref_threshold, REF_COLOURS, false },
    { "posterize", ref_posterize, REF_COLOURS, false },
    { "solarize", ref_solarize, REF_COLOURS, false },
    { "gaussian", ref_gaussian, REF_PREMULT, false },
    { "box", ref_box, REF_PREMULT, false },
    { "median", ref_median, REF_PREMULT, false },
    { "adaptive-threshold", ref_adaptive_threshold, REF_PREMULT, true },
    { "bilateral", ref_bilateral, REF_PREMULT, false },
    { "unsharp", ref_unsharp, REF_PREMULT, false },
    { "sobel", ref_sobel, REF_PREMULT, true },
    { "scharr", ref_scharr, REF_PREMULT, true },
    { "prewitt", ref_prewitt, REF_PREMULT, true },
    { "roberts", ref_roberts, REF_PREMULT, true },
    { "canny", ref_canny, REF_PREMULT, true },
    { "laplacian", ref_laplacian, REF_PREMULT, true },
    { "convolve", ref_convolve, REF_PREMULT, true },
    { "emboss", ref_emboss, REF_PREMULT, true },
    { "erode", ref_erode, REF_PREMULT, false },
    { "dilate", ref_dilate, REF_PREMULT, false },
    { "open", ref_open, REF_PREMULT, false },
    { "close", ref_close, REF_PREMULT, false },
    { "gradient", ref_gradient, REF_PREMULT, true },
    { "tophat", ref_tophat, REF_PREMULT, true },
    { "blackhat", ref_blackhat, REF_PREMULT, true },
    { "resize", ref_resize, REF_PREMULT, false },
    { "thumbnail", ref_resize, REF_PREMULT, false },
    { "pad", ref_pad, REF_PLACE, false },
    { "extend", ref_extend, REF_PLACE, false },
    { "crop", ref_crop, REF_PLACE, false },
    { "flip", ref_flip, REF_PLACE, false },
    { "flop", ref_flop, REF_PLACE, false },
    { "transpose", ref_transpose, REF_PLACE, false },
    { "transverse", ref_transverse, REF_PLACE, false },
    { "rotate", ref_rotate, REF_PLACE, false },
    { "stretch", ref_stretch, REF_COLOURS, false },
    { "equalize", ref_equalize, REF_COLOURS, false },
    { "clahe", ref_clahe, REF_COLOURS, false },
    { "otsu", ref_otsu, REF_COLOURS, false },
    { "over", ref_over, REF_PREMULT, false },
    { "vibrance", ref_vibrance, REF_COLOURS, false },
    { "channel-mixer", ref_channel_mixer, REF_COLOURS, false },
    { "vignette", ref_vignette, REF_COLOURS, false },
    { "noise", ref_noise, REF_COLOURS, false },
    { "alpha", ref_alpha, REF_PLACE, false },
    { "opacity", ref_opacity, REF_PLACE, false },
    { "flatten", ref_flatten, REF_PLACE, false },
    { "watermark", ref_over, REF_PREMULT, false },
    { "composite", ref_composite, REF_PREMULT, false },
    { "blend", ref_blend, REF_PREMULT, false },
    { "lut3d", ref_lut3d, REF_COLOURS, false },
    { "lut1d", ref_lut1d, REF_COLOURS, false },
    { "hald", ref_lut3d, REF_COLOURS, false },
    { "autocontrast", ref_autocontrast, REF_COLOURS, false },
    { "set-alpha", ref_set_alpha, REF_PREMULT, false },
};

const ref_entry *ref_find(const char *name)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (!strcmp(table[i].name, name))
            return &table[i];
    return NULL;
}
