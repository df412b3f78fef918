#include "lut_file.h"

#include "number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_CUBE  256
#define MAX_CURVE 65536

static bool make(flt_file_content content, uint32_t n, qn_image *out, qn_error *err)
{
    const uint32_t entries = content == FLT_FILE_CURVE ? n : n * n * n;
    const qn_format format = { .channels = 3, .depth = 32 };
    *out = (qn_image){ .width = entries + FLT_LUT_HEAD, .height = 1, .format = format };
    out->plane[0].stride = qn_row_stride(out->width, format);
    out->plane[0].data = calloc(1, out->plane[0].stride);
    return out->plane[0].data ? true : qn_fail(err, QN_NOMEM, "out of memory");
}

/* The head of a table with n entries from low to high on each axis. */
static void set_domain(float *head, uint32_t n, const double *low, const double *high)
{
    for (int k = 0; k < 3; k++) {
        const double steps = (n - 1) / (high[k] - low[k]), start = 0.0 - low[k] * steps;
        head[k] = (float)rint(start);
        head[3 + k] = (float)(start - rint(start));
        head[6 + k] = (float)steps;
        head[9 + k] = (float)(steps - (double)(float)steps);
    }
}

uint32_t flt_lut_size(flt_file_content content, uint32_t width)
{
    const uint32_t entries = width - FLT_LUT_HEAD;
    return content == FLT_FILE_CURVE ? entries : (uint32_t)lround(cbrt((double)entries));
}

/* ---- .cube ---- */

typedef struct cube_reader {
    flt_file_content content;
    const char *at, *end; /* of the line that is read */
    int line;
    uint32_t n; /* 0: not known yet */
    size_t have, want;
    double low[3], high[3];
    qn_image *out;
    qn_error *err;
} cube_reader;

static bool fail(cube_reader *r, const char *what)
{
    return qn_fail(r->err, QN_INPUT, "line %d: %s", r->line, what);
}

static void skip_blank(cube_reader *r)
{
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\t'))
        r->at++;
}

static bool numbers(cube_reader *r, double *v, int n)
{
    for (int i = 0; i < n; i++) {
        size_t used = 0;
        skip_blank(r);
        if (!flt_read_number(r->at, (size_t)(r->end - r->at), &v[i], &used) || fabs(v[i]) > 1e30)
            return qn_fail(r->err, QN_INPUT, "line %d: number %d of %d is missing or no number", r->line, i + 1, n);
        r->at += used;
        if (r->at < r->end && *r->at != ' ' && *r->at != '\t')
            return qn_fail(r->err, QN_INPUT, "line %d: number %d of %d is no number", r->line, i + 1, n);
    }
    skip_blank(r);
    return r->at == r->end || fail(r, "there is more than should be");
}

static bool is_word(const cube_reader *r, size_t len, const char *word)
{
    return strlen(word) == len && memcmp(r->at, word, len) == 0;
}

static bool read_size(cube_reader *r, bool curve)
{
    double n;
    const double most = curve ? MAX_CURVE : MAX_CUBE;
    if (!numbers(r, &n, 1))
        return false;
    if (curve != (r->content == FLT_FILE_CURVE))
        return fail(r, curve ? "this is a table of curves (LUT_1D_SIZE): lut1d reads those"
                             : "this is a cube (LUT_3D_SIZE): lut3d reads those");
    if (r->n)
        return fail(r, "the size is given twice");
    if (n != floor(n) || n < 2 || n > most)
        return qn_fail(r->err, QN_INPUT, "line %d: the size must be 2..%.0f", r->line, most);
    r->n = (uint32_t)n;
    r->want = curve ? r->n : (size_t)r->n * r->n * r->n;
    return make(r->content, r->n, r->out, r->err);
}

static bool read_keyword(cube_reader *r, size_t len)
{
    double range[2];
    const bool curve = is_word(r, len, "LUT_1D_SIZE"), cube = is_word(r, len, "LUT_3D_SIZE");
    const bool low = is_word(r, len, "DOMAIN_MIN"), high = is_word(r, len, "DOMAIN_MAX");
    const bool both = is_word(r, len, "LUT_1D_INPUT_RANGE") || is_word(r, len, "LUT_3D_INPUT_RANGE");
    if (is_word(r, len, "TITLE"))
        return true;
    if (!curve && !cube && !low && !high && !both)
        return qn_fail(r->err, QN_INPUT, "line %d: unknown keyword '%.*s'", r->line, (int)(len < 40 ? len : 40), r->at);
    if (r->have)
        return fail(r, "a keyword among the numbers");
    r->at += len;
    if (curve || cube)
        return read_size(r, curve);
    if (low || high)
        return numbers(r, low ? r->low : r->high, 3);
    if (!numbers(r, range, 2))
        return false;
    for (int k = 0; k < 3; k++)
        r->low[k] = range[0], r->high[k] = range[1];
    return true;
}

static bool read_line(cube_reader *r)
{
    skip_blank(r);
    while (r->end > r->at && (r->end[-1] == '\r' || r->end[-1] == ' ' || r->end[-1] == '\t'))
        r->end--;
    if (r->at == r->end || *r->at == '#')
        return true;
    size_t len = 0;
    while (r->at + len < r->end && r->at[len] != ' ' && r->at[len] != '\t')
        len++;
    if ((*r->at >= 'A' && *r->at <= 'Z') || (*r->at >= 'a' && *r->at <= 'z'))
        return read_keyword(r, len);
    double v[3];
    if (!r->n)
        return fail(r, r->content == FLT_FILE_CURVE ? "LUT_1D_SIZE must come before the numbers"
                                                    : "LUT_3D_SIZE must come before the numbers");
    if (!numbers(r, v, 3))
        return false;
    if (r->have == r->want)
        return qn_fail(r->err, QN_INPUT, "line %d: more than the %zu entries of the table", r->line, r->want);
    float *entry = (float *)r->out->plane[0].data + 3 * (FLT_LUT_HEAD + r->have++);
    for (int k = 0; k < 3; k++)
        entry[k] = (float)v[k];
    return true;
}

static bool read_lines(cube_reader *r, const char *text, size_t len)
{
    for (size_t at = 0; at < len;) {
        const char *newline = memchr(text + at, '\n', len - at);
        r->line++;
        r->at = text + at;
        r->end = newline ? newline : text + len;
        at = (size_t)(r->end - text) + 1;
        if (!read_line(r))
            return false;
    }
    if (!r->n)
        return fail(r, r->content == FLT_FILE_CURVE ? "it ends without LUT_1D_SIZE" : "it ends without LUT_3D_SIZE");
    if (r->have < r->want)
        return qn_fail(r->err, QN_INPUT, "line %d: it ends after %zu of %zu entries", r->line, r->have, r->want);
    for (int k = 0; k < 3; k++)
        if (!(r->high[k] - r->low[k] >= 1e-6))
            return fail(r, "DOMAIN_MAX is not above DOMAIN_MIN");
    set_domain(r->out->plane[0].data, r->n, r->low, r->high);
    return true;
}

bool flt_lut_read(flt_file_content content, const char *text, size_t len, qn_image *out, qn_error *err)
{
    cube_reader r = { .content = content, .high = { 1, 1, 1 }, .out = out, .err = err };
    *out = (qn_image){ 0 };
    if (len == 0)
        return qn_fail(err, QN_INPUT, "the file is empty");
    if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) /* a byte order mark */
        text += 3, len -= 3;
    if (memchr(text, '\0', len < 64 ? len : 64))
        return qn_fail(err, QN_INPUT, "no .cube file (hald reads pictures)");
    if (read_lines(&r, text, len))
        return true;
    free(out->plane[0].data);
    *out = (qn_image){ 0 };
    return false;
}

/* ---- others ---- */

bool flt_hald_check(uint32_t width, uint32_t height, qn_error *err)
{
    for (uint32_t level = 2; width == height && level <= 16; level++)
        if (level * level * level == width)
            return true;
    return qn_fail(err, QN_INPUT, "%ux%u is no Hald picture (8x8, 27x27, 64x64, 125x125, ... 4096x4096)", width,
                   height);
}

static float sample_of(const uint8_t *row, size_t i, uint8_t depth)
{
    uint16_t wide;
    float real;
    if (depth == 32) {
        memcpy(&real, row + 4 * i, sizeof real);
        return real;
    }
    memcpy(&wide, row + (depth == 16 ? 2 * i : 0), sizeof wide);
    return depth == 16 ? (float)(wide / 65535.0) : (float)(row[i] / 255.0);
}

bool flt_lut_from_hald(const qn_image *hald, qn_image *out, qn_error *err)
{
    static const double low[3] = { 0, 0, 0 }, high[3] = { 1, 1, 1 };
    const uint32_t n = (uint32_t)lround(pow((double)hald->width, 2.0 / 3.0));
    const unsigned channels = hald->format.channels;
    if (!flt_hald_check(hald->width, hald->height, err) || !make(FLT_FILE_HALD, n, out, err))
        return false;
    float *to = out->plane[0].data;
    set_domain(to, n, low, high);
    to += 3 * FLT_LUT_HEAD;
    for (uint32_t y = 0; y < hald->height; y++) {
        const uint8_t *row = (const uint8_t *)hald->plane[0].data + y * hald->plane[0].stride;
        for (size_t x = 0; x < hald->width; x++)
            for (unsigned k = 0; k < 3; k++) {
                const size_t i = x * channels + (channels >= 3 ? k : 0);
                *to++ = sample_of(row, i, hald->format.depth);
            }
    }
    return true;
}

bool flt_lut_identity(flt_file_content content, uint32_t n, qn_image *out, qn_error *err)
{
    static const double low[3] = { 0, 0, 0 }, high[3] = { 1, 1, 1 };
    if (!make(content, n, out, err))
        return false;
    float *to = out->plane[0].data;
    set_domain(to, n, low, high);
    to += 3 * FLT_LUT_HEAD;
    for (uint32_t i = 0; i < out->width - FLT_LUT_HEAD; i++) {
        const uint32_t at[3] = { i % n, i / n % n, i / n / n };
        for (int k = 0; k < 3; k++)
            *to++ = (float)((double)at[content == FLT_FILE_CURVE ? 0 : k] / (n - 1));
    }
    return true;
}
