/* Private to host/io: the forms that kinds of metadata take in different files. Out of memory is the only failure. */
#ifndef QUERN_IO_META_PRIV_H
#define QUERN_IO_META_PRIV_H

#include "metadata.h"

/* The key under which PNG text carries IPTC, in hexadecimal: an old custom that exiftool and others read. */
#define RAW_KEY  "Raw profile type "
#define IPTC_KEY RAW_KEY "iptc"

/* ---- photoshop.c ---- */
/* io_meta_kind bits of what a PNG text with such a key may hold: IPTC, EXIF, XMP as older programs store them; 0: it is
 * text as any other. */
unsigned meta_raw_profile_kind(const char *key);
/* Takes it from such a text, unless the picture has the like already, which is told. False: it is none. */
bool meta_take_raw_profile(io_meta *meta, const char *key, const char *text, size_t len);
/* Appends such a text to meta->text. */
bool meta_iptc_to_text(const qn_bytes *iptc, qn_bytes *text);
/* Takes the thumbnails out of the resources. */
void meta_iptc_drop_thumbnails(qn_bytes *iptc);

/* ---- png_profile.c ---- */
/* Whether a PNG of gray or RGB can be given this profile; `why` says why not, in libpng's words. */
bool meta_png_takes(const qn_bytes *icc, bool gray, char *why, size_t size);

/* ---- xmp.c ---- */
/* Where the packet tells the width, height or orientation as TIFF and EXIF do, these become true. */
bool meta_fix_xmp(qn_bytes *xmp, uint32_t w, uint32_t h, bool upright);
/* Puts the extension's descriptions into the packet. *joined: false where their text does not allow it. */
bool meta_join_xmp(qn_bytes *xmp, const qn_bytes *more, bool *joined);
/* The packet becomes the extension, and a short one that names it stands in its place. */
bool meta_split_xmp(qn_bytes *xmp, qn_bytes *more);
/* The name (32 digits) of the extension that the packet speaks of; NULL: it speaks of none. */
const char *meta_xmp_extension(const qn_bytes *xmp);

#endif
