/* The curves of an ICC profile (ICC.1, clauses 10.6 and 10.18): enough of it to work in linear light. Every offset
 * comes from the file and is checked. */
#include "metadata.h"

#include "big_endian.h"

#include <math.h>
#include <string.h>

enum { HEAD = 128, TAG = 12, TAGS_MAX = 1000 };

static const uint8_t *find_tag(const qn_bytes *icc, const char *name, size_t *len)
{
    const size_t n = icc->len >= HEAD + 4 ? io_big_endian(icc->data + HEAD) : 0;
    for (size_t i = 0; i < n && i < TAGS_MAX && HEAD + 4 + (i + 1) * TAG <= icc->len; i++) {
        const uint8_t *tag = icc->data + HEAD + 4 + i * TAG;
        const size_t at = io_big_endian(tag + 4);
        *len = io_big_endian(tag + 8);
        if (memcmp(tag, name, 4) == 0)
            return at <= icc->len && *len <= icc->len - at ? icc->data + at : NULL;
    }
    return NULL;
}

/* The five parametric forms as the one that holds them all. */
static bool read_parametric(const uint8_t *data, size_t len, qn_curve *curve)
{
    static const unsigned counts[5] = { 1, 3, 4, 5, 7 };
    const unsigned form = len >= 12 ? (unsigned)data[8] << 8 | data[9] : 5;
    if (form >= 5 || len < 12 + 4 * counts[form])
        return false;
    double v[7] = { 0 };
    for (unsigned i = 0; i < counts[form]; i++)
        v[i] = (int32_t)io_big_endian(data + 12 + 4 * i) / 65536.0;
    const double g = v[0], a = v[1], b = v[2];
    switch (form) {
    case 0: *curve = qn_curve_gamma(g); break;
    case 1:
    case 2: /* v[3] is c, which is added everywhere; a x + b counts from where it is positive */
        if (a == 0)
            return false;
        *curve = (qn_curve){ .p = { g, a, b, 0, -b / a, v[3], v[3] } };
        break;
    case 3: *curve = (qn_curve){ .p = { g, a, b, v[3], v[4], 0, 0 } }; break;
    default: *curve = (qn_curve){ .p = { g, a, b, v[3], v[4], v[5], v[6] } }; break;
    }
    return true;
}

static bool read_new(const uint8_t *data, size_t len, qn_curve *curve)
{
    if (memcmp(data, "para", 4) == 0)
        return read_parametric(data, len, curve);
    const size_t n = io_big_endian(data + 8);
    if (memcmp(data, "curv", 4) != 0 || n > (len - 12) / 2)
        return false;
    if (n == 0)
        *curve = qn_curve_gamma(1);
    else if (n == 1)
        *curve = qn_curve_gamma((data[12] << 8 | data[13]) / 256.0);
    else
        *curve = (qn_curve){ .sampled = data + 12, .n = n };
    return true;
}

/* `before`: a curve that may be the same, and then has been found good already; or NULL. */
static bool read_curve(const qn_bytes *icc, const char *name, const qn_curve *before, qn_curve *curve)
{
    size_t len = 0;
    const uint8_t *data = find_tag(icc, name, &len);
    if (!data || len < 12 || !read_new(data, len, curve))
        return false;
    return (before && qn_curve_same(before, curve)) || qn_curve_rises(curve);
}

static bool read_profile(const qn_bytes *icc, bool gray, qn_transfer *t)
{
    const bool rgb = icc->len >= HEAD + 4 && memcmp(icc->data + 16, "RGB ", 4) == 0;
    if (icc->len < HEAD + 4 || (!rgb && (!gray || memcmp(icc->data + 16, "GRAY", 4) != 0)))
        return false;
    if (!gray)
        return read_curve(icc, "rTRC", NULL, &t->curve[0]) && read_curve(icc, "gTRC", &t->curve[0], &t->curve[1]) &&
               read_curve(icc, "bTRC", &t->curve[1], &t->curve[2]);
    if (!read_curve(icc, rgb ? "gTRC" : "kTRC", NULL, &t->curve[0]))
        return false;
    t->curve[1] = t->curve[2] = t->curve[0];
    return true;
}

io_light io_meta_transfer(const io_meta *m, bool gray, qn_transfer *t)
{
    if (m->icc.len > 0) {
        if (!read_profile(&m->icc, gray, t))
            return IO_LIGHT_UNKNOWN;
        return qn_transfer_is_srgb(t) ? IO_LIGHT_SRGB : IO_LIGHT_OWN;
    }
    if (m->srgb || !(m->gamma > 0.05 && m->gamma < 20))
        return IO_LIGHT_SRGB;
    t->curve[0] = t->curve[1] = t->curve[2] = qn_curve_gamma(1 / m->gamma);
    return IO_LIGHT_OWN;
}
