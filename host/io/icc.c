#include "icc.h"

#include <stdlib.h>
#include <string.h>

static bool is_usable(double gamma)
{
    return gamma > 0.05 && gamma < 20;
}

#ifdef QUERN_LCMS2
#include <lcms2.h>

struct io_icc {
    cmsContext context;
    cmsHTRANSFORM transform;
};

bool io_has_profiles(void)
{
    return true;
}

static void on_message(cmsContext context, cmsUInt32Number code, const char *text)
{
    (void)context;
    (void)code;
    (void)text; /* codecs print nothing; the caller tells that the profile cannot be used */
}

static cmsToneCurve *srgb_curve(cmsContext context)
{
    const double p[5] = { 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045 };
    return cmsBuildParametricToneCurve(context, 4, p);
}

static cmsHPROFILE gray_profile(cmsContext context, cmsToneCurve *curve)
{
    cmsHPROFILE profile = curve ? cmsCreateGrayProfileTHR(context, cmsD50_xyY(), curve) : NULL;
    cmsFreeToneCurve(curve);
    return profile;
}

/* What the chunks gAMA and cHRM mean; of the one that is missing, sRGB's. */
static cmsHPROFILE chunk_profile(cmsContext context, const io_meta *meta, bool gray)
{
    static const double srgb[8] = { 0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06 };
    const double *c = meta->has_chroma ? meta->chroma : srgb;
    const cmsCIExyY white = { c[0], c[1], 1 };
    const cmsCIExyYTRIPLE primaries = { { c[2], c[3], 1 }, { c[4], c[5], 1 }, { c[6], c[7], 1 } };
    cmsToneCurve *curve = is_usable(meta->gamma) ? cmsBuildGamma(context, 1 / meta->gamma) : srgb_curve(context);
    if (!curve || gray)
        return gray_profile(context, curve);
    cmsToneCurve *const curves[3] = { curve, curve, curve };
    cmsHPROFILE profile = cmsCreateRGBProfileTHR(context, &white, &primaries, curves);
    cmsFreeToneCurve(curve);
    return profile;
}

/* JPEGs of gray often keep the RGB profile that they had: its green curve is what gray goes by. */
static cmsHPROFILE gray_of_rgb(cmsContext context, cmsHPROFILE rgb)
{
    const cmsToneCurve *green = cmsReadTag(rgb, cmsSigGreenTRCTag);
    cmsHPROFILE gray = green ? gray_profile(context, cmsDupToneCurve(green)) : NULL;
    cmsCloseProfile(rgb);
    return gray;
}

static cmsUInt32Number lcms_format(qn_format f)
{
    const bool gray = f.channels <= 2, alpha = f.channels == 2 || f.channels == 4;
    return COLORSPACE_SH(gray ? (unsigned)PT_GRAY : (unsigned)PT_RGB) | CHANNELS_SH(gray ? 1u : 3u) |
           EXTRA_SH(alpha ? 1u : 0u) | BYTES_SH(f.depth / 8u);
}

static cmsHTRANSFORM make_transform(cmsContext context, const io_meta *meta, qn_format format, bool inks)
{
    const qn_bytes *icc = &meta->icc;
    const bool gray = format.channels <= 2 && !inks;
    cmsHPROFILE from = icc->len > 0 ? cmsOpenProfileFromMemTHR(context, icc->data, (cmsUInt32Number)icc->len)
                                    : chunk_profile(context, meta, gray);
    if (gray && from && cmsGetColorSpace(from) == cmsSigRgbData)
        from = gray_of_rgb(context, from);
    cmsHPROFILE to = gray ? gray_profile(context, srgb_curve(context)) : cmsCreate_sRGBProfileTHR(context);
    const cmsUInt32Number in = inks ? TYPE_CMYK_8_REV : lcms_format(format);
    const cmsUInt32Number out = inks ? TYPE_RGB_8 : in;
    /* what lcms2 makes of 16 bits for speed, a coarse table, is off by up to 2 levels of 255 */
    const cmsUInt32Number flags = cmsFLAGS_COPY_ALPHA | (format.depth == 16 ? cmsFLAGS_NOOPTIMIZE : 0);
    cmsHTRANSFORM transform =
        from && to ? cmsCreateTransformTHR(context, from, in, to, out, INTENT_PERCEPTUAL, flags) : NULL;
    if (from)
        cmsCloseProfile(from);
    if (to)
        cmsCloseProfile(to);
    return transform;
}

io_icc *io_icc_create(const io_meta *meta, qn_format format, bool inks)
{
    io_icc *icc = calloc(1, sizeof *icc);
    if (!icc)
        return NULL;
    icc->context = cmsCreateContext(NULL, NULL);
    if (icc->context) {
        cmsSetLogErrorHandlerTHR(icc->context, on_message);
        icc->transform = make_transform(icc->context, meta, format, inks);
    }
    if (!icc->transform)
        io_icc_free(&icc);
    return icc;
}

void io_icc_free(io_icc **icc)
{
    if (!icc || !*icc)
        return;
    if ((*icc)->transform)
        cmsDeleteTransform((*icc)->transform);
    if ((*icc)->context)
        cmsDeleteContext((*icc)->context);
    free(*icc);
    *icc = NULL;
}

void io_icc_convert(const io_icc *icc, const void *from, void *to, size_t pixels)
{
    cmsDoTransform(icc->transform, from, to, (cmsUInt32Number)pixels);
}

#else

bool io_has_profiles(void)
{
    return false;
}

io_icc *io_icc_create(const io_meta *meta, qn_format format, bool inks)
{
    (void)meta;
    (void)format;
    (void)inks;
    return NULL;
}

void io_icc_free(io_icc **icc)
{
    (void)icc;
}

void io_icc_convert(const io_icc *icc, const void *from, void *to, size_t pixels)
{
    (void)icc;
    (void)from;
    (void)to;
    (void)pixels;
}

#endif

bool io_icc_speaks_of(const qn_bytes *profile, unsigned colours)
{
    const char *space = colours == 1 ? "GRAY" : colours == 3 ? "RGB " : "CMYK";
    return profile->len > 128 && memcmp(profile->data + 36, "acsp", 4) == 0 &&
           memcmp(profile->data + 16, space, 4) == 0;
}

bool io_icc_is_own(const io_meta *meta, qn_format format)
{
    return meta->icc.len > 0 || (!meta->srgb && (is_usable(meta->gamma) || (meta->has_chroma && format.channels > 2)));
}

bool io_icc_to_srgb(io_meta *meta, qn_format format, io_icc **icc, qn_error *err)
{
    const unsigned colours = format.channels <= 2 ? 1 : 3;
    *icc = NULL;
    if (meta->icc.len > 0 && !io_icc_speaks_of(&meta->icc, colours) && !io_icc_speaks_of(&meta->icc, 3)) {
        io_meta_note(meta, "the colour profile is dropped and the pixels taken for sRGB: it is not one of %s",
                     colours == 1 ? "gray" : "RGB");
        meta->icc.len = 0;
        meta->srgb = true;
    }
    if (!io_icc_is_own(meta, format))
        return true;
    *icc = io_icc_create(meta, format, false);
    if (!*icc)
        return qn_fail(err, QN_INPUT, "--to-srgb: the %s cannot be used (damaged?)",
                       meta->icc.len > 0 ? "colour profile" : "colours of gAMA and cHRM");
    io_exif_set_srgb(&meta->exif);
    meta->icc.len = 0;
    meta->gamma = 0;
    meta->has_chroma = false;
    meta->srgb = true;
    return true;
}
