/* PNM (P1..P6, plain and raw) and PAM (P7), in; pnm_write.c writes them. Samples run from 0 to maxval and are scaled
 * exactly: to 8 bits up to a maxval of 255, to 16 bits above it. Raw 16-bit samples are big-endian in the file. */
#include "codec_table.h"
#include "extent.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct pnm_decoder {
    io_decoder head;
    const uint8_t *data;
    size_t len, pos; /* pos: after the header, the first byte of the pixels */
    io_limits limits;
    io_info info;
    unsigned kind; /* 1..7 */
    uint32_t maxval;
    uint32_t y; /* the next row */
    bool lost;  /* at it, the picture was damaged */
} pnm_decoder;

static bool ends_early(qn_error *err)
{
    return qn_fail(err, QN_INPUT, "the picture ends early (truncated)");
}

static void skip_blanks(pnm_decoder *d, bool comments)
{
    while (d->pos < d->len) {
        if (comments && d->data[d->pos] == '#') {
            while (d->pos < d->len && d->data[d->pos] != '\n')
                d->pos++;
        } else if (isspace(d->data[d->pos])) {
            d->pos++;
        } else {
            return;
        }
    }
}

/* A header is a few numbers: comments beyond this are not read. */
#define HEADER_MAX ((size_t)1 << 20)

/* False at anything that is no number up to 2^31 - 1. */
static bool next_number(pnm_decoder *d, bool comments, uint32_t *v)
{
    skip_blanks(d, comments);
    uint64_t n = 0;
    const size_t start = d->pos;
    while (d->pos < d->len && isdigit(d->data[d->pos])) {
        n = n * 10 + (uint64_t)(d->data[d->pos++] - '0');
        if (n > INT32_MAX)
            return false;
    }
    *v = (uint32_t)n;
    return d->pos > start;
}

static bool header_too_long(const pnm_decoder *d, qn_error *err)
{
    return qn_fail(err, QN_LIMIT, "a %s header of more than %zu bytes", d->kind == 7 ? "PAM" : "PNM", HEADER_MAX);
}

static bool header_fails(const pnm_decoder *d, const char *what, qn_error *err)
{
    if (d->pos >= d->len)
        return d->len < HEADER_MAX ? ends_early(err) : header_too_long(d, err);
    return qn_fail(err, QN_INPUT, "damaged %s header: %s", d->kind == 7 ? "PAM" : "PNM", what);
}

static bool read_pnm_header(pnm_decoder *d, qn_error *err)
{
    if (!next_number(d, true, &d->info.width) || !next_number(d, true, &d->info.height))
        return header_fails(d, "width and height are no numbers", err);
    d->maxval = 1;
    if (d->kind != 1 && d->kind != 4 && !next_number(d, true, &d->maxval))
        return header_fails(d, "the largest value is no number", err);
    /* a comment right behind the number reaches to the end of its line, which is the white space then */
    if (d->pos < d->len && d->data[d->pos] == '#')
        while (d->pos < d->len && d->data[d->pos] != '\n')
            d->pos++;
    if (d->pos >= d->len)
        return header_fails(d, "", err);
    if (!isspace(d->data[d->pos]))
        return header_fails(d, "no white space before the pixels", err);
    d->pos++; /* exactly one: the next byte may be a pixel that looks like white space */
    d->info.format.channels = d->kind == 3 || d->kind == 6 ? 3 : 1;
    return true;
}

/* One line of a PAM header, without its newline, cut at the buffer's end. */
static bool next_line(pnm_decoder *d, char *line, size_t cap)
{
    const uint8_t *start = d->data + d->pos;
    const uint8_t *end = d->pos < d->len ? memchr(start, '\n', d->len - d->pos) : NULL;
    if (!end) {
        d->pos = d->len;
        return false;
    }
    size_t n = (size_t)(end - start);
    d->pos += n + 1;
    if (n >= cap)
        n = cap - 1;
    memcpy(line, start, n);
    line[n] = '\0';
    return true;
}

static bool pam_number(const char *text, uint32_t *v)
{
    char *end;
    while (isspace((unsigned char)*text))
        text++;
    if (!isdigit((unsigned char)*text))
        return false;
    const unsigned long long n = strtoull(text, &end, 10);
    while (isspace((unsigned char)*end))
        end++;
    *v = n <= INT32_MAX ? (uint32_t)n : 0;
    return *end == '\0' && n <= INT32_MAX;
}

static bool read_pam_header(pnm_decoder *d, qn_error *err)
{
    char whole[256], type[256] = "";
    uint32_t depth = 0;
    const struct {
        const char *key;
        uint32_t *value;
    } field[] = {
        { "WIDTH", &d->info.width }, { "HEIGHT", &d->info.height }, { "DEPTH", &depth }, { "MAXVAL", &d->maxval }
    };
    d->pos++; /* the newline after P7 */
    for (;;) {
        if (!next_line(d, whole, sizeof whole))
            return header_fails(d, "", err);
        const char *line = whole + strspn(whole, " \t\r");
        size_t n = strcspn(line, " \t\r");
        if (whole[0] == '#' || n == 0)
            continue;
        if (n == 6 && memcmp(line, "ENDHDR", 6) == 0)
            break;
        if (n == 8 && memcmp(line, "TUPLTYPE", 8) == 0) {
            n += strspn(line + n, " \t\r");
            memcpy(type, line + n, strlen(line + n) + 1);
            continue;
        }
        bool known = false;
        for (size_t i = 0; i < sizeof field / sizeof field[0]; i++) {
            if (n != strlen(field[i].key) || memcmp(line, field[i].key, n) != 0)
                continue;
            known = true;
            if (!pam_number(line + n, field[i].value))
                return qn_fail(err, QN_INPUT, "damaged PAM header: %s is no number", field[i].key);
        }
        if (!known)
            return qn_fail(err, QN_INPUT, "damaged PAM header: an unknown line");
    }
    if (depth < 1 || depth > 4)
        return qn_fail(err, QN_INPUT, "a PAM of DEPTH %u is not read (1 to 4 are)", depth);
    if (strncmp(type, "CMYK", 4) == 0)
        return qn_fail(err, QN_INPUT, "a PAM of TUPLTYPE CMYK is not read");
    d->info.format.channels = (uint8_t)depth;
    return true;
}

/* Bytes of one row in a raw file. */
static uint64_t raw_row_bytes(const pnm_decoder *d)
{
    const uint64_t samples = (uint64_t)d->info.width * d->info.format.channels;
    return d->kind == 4 ? (samples + 7) / 8 : samples * (d->info.format.depth / 8);
}

static bool read_header(pnm_decoder *d, qn_error *err)
{
    d->pos = 2;
    d->kind = (unsigned)(d->data[1] - '0');
    if (!(d->kind == 7 ? read_pam_header(d, err) : read_pnm_header(d, err)))
        return false;
    d->info.format.depth = d->maxval > 255 ? 16 : 8;
    if (d->pos > HEADER_MAX)
        return header_too_long(d, err);
    return (d->maxval >= 1 && d->maxval <= 65535) ||
           qn_fail(err, QN_INPUT, "damaged %s header: the largest value is %u (1 to 65535 are allowed)",
                   d->kind == 7 ? "PAM" : "PNM", d->maxval);
}

bool io_pnm_open(io_decoder **dec, const uint8_t *data, size_t len, const io_limits *limits, io_info *info,
                 io_meta *meta, qn_error *err)
{
    (void)meta;
    pnm_decoder d = { .data = data, .len = len, .limits = *limits, .info = *info };
    if (!read_header(&d, err) || !io_check_size(d.info.width, d.info.height, limits, err))
        return false;
    /* A plain sample takes two bytes, but for P1, whose digits may stand side by side. */
    const uint64_t row = d.kind == 1   ? d.info.width
                         : d.kind <= 3 ? (uint64_t)d.info.width * d.info.format.channels * 2 - 1
                                       : raw_row_bytes(&d);
    if (!limits->keep_truncated && row > (len - d.pos) / d.info.height)
        return ends_early(err);
    pnm_decoder *kept = malloc(sizeof *kept);
    if (!kept)
        return qn_fail(err, QN_NOMEM, "out of memory while reading a PNM");
    *kept = d;
    *info = d.info;
    *dec = &kept->head;
    return true;
}

/* rint(v * top / maxval) in integers: halves go to the even neighbour. */
static uint32_t scale(uint32_t v, uint32_t maxval, uint32_t top)
{
    if (maxval == top)
        return v;
    const uint64_t product = (uint64_t)v * top;
    const uint64_t whole = product / maxval, twice = product % maxval * 2;
    return (uint32_t)(whole + (twice > maxval || (twice == maxval && whole % 2 == 1)));
}

static void put_sample(const pnm_decoder *d, uint8_t *row, size_t i, uint32_t v)
{
    if (d->info.format.depth == 16) {
        const uint16_t wide = (uint16_t)scale(v, d->maxval, 65535);
        memcpy(row + 2 * i, &wide, 2);
    } else {
        row[i] = (uint8_t)scale(v, d->maxval, 255);
    }
}

static bool too_large(const pnm_decoder *d, uint32_t v, uint32_t y, qn_error *err)
{
    return qn_fail(err, QN_INPUT, "damaged %s: a value of %u in row %u, the largest is %u",
                   d->kind == 7 ? "PAM" : "PNM", v, y, d->maxval);
}

static bool read_plain_row(pnm_decoder *d, uint8_t *row, uint32_t y, qn_error *err)
{
    const size_t samples = (size_t)d->info.width * d->info.format.channels;
    for (size_t i = 0; i < samples; i++) {
        uint32_t v;
        if (d->kind == 1) {
            skip_blanks(d, true);
            if (d->pos >= d->len)
                return ends_early(err);
            const uint8_t c = d->data[d->pos++];
            if (c != '0' && c != '1')
                return qn_fail(err, QN_INPUT, "damaged PNM: a pixel in row %u is neither 0 nor 1", y);
            row[i] = c == '1' ? 0 : 255; /* 1 is black */
            continue;
        }
        if (!next_number(d, true, &v))
            return d->pos >= d->len ? ends_early(err)
                                    : qn_fail(err, QN_INPUT, "damaged PNM: a value in row %u is no number", y);
        if (v > d->maxval)
            return too_large(d, v, y, err);
        put_sample(d, row, i, v);
    }
    return true;
}

static bool read_raw_row(pnm_decoder *d, uint8_t *row, uint32_t y, qn_error *err)
{
    const size_t bytes = (size_t)raw_row_bytes(d);
    const size_t samples = (size_t)d->info.width * d->info.format.channels;
    if (bytes > d->len - d->pos)
        return ends_early(err);
    const uint8_t *in = d->data + d->pos;
    d->pos += bytes;
    if (d->kind == 4) {
        for (size_t i = 0; i < samples; i++)
            row[i] = in[i / 8] >> (7 - i % 8) & 1 ? 0 : 255;
        return true;
    }
    if (d->maxval == 255) {
        memcpy(row, in, bytes);
        return true;
    }
    for (size_t i = 0; i < samples; i++) {
        const uint32_t v = d->info.format.depth == 16 ? (uint32_t)in[2 * i] << 8 | in[2 * i + 1] : in[i];
        if (v > d->maxval)
            return too_large(d, v, y, err);
        put_sample(d, row, i, v);
    }
    return true;
}

bool io_pnm_decode_rows(io_decoder *dec, void *dst, size_t stride, uint32_t n, bool *damaged, qn_error *err)
{
    pnm_decoder *d = (pnm_decoder *)(void *)dec;
    uint32_t done = 0;
    for (; done < n && !d->lost; done++) {
        uint8_t *row = (uint8_t *)dst + (size_t)done * stride;
        qn_error cause = { 0 };
        if (d->kind <= 3 ? read_plain_row(d, row, d->y, &cause) : read_raw_row(d, row, d->y, &cause)) {
            d->y++;
            continue;
        }
        if (!d->limits.keep_truncated || d->y == 0)
            return qn_fail(err, cause.code, "%s", cause.text);
        d->lost = true;
        break;
    }
    io_info some = d->info;
    some.height = n;
    io_fill_gray(&some, dst, stride, done);
    *damaged = *damaged || d->lost;
    return true;
}

bool io_pnm_decode(io_decoder *dec, void *dst, size_t stride, bool *damaged, qn_error *err)
{
    const pnm_decoder *d = (const pnm_decoder *)(const void *)dec;
    return io_pnm_decode_rows(dec, dst, stride, d->info.height, damaged, err);
}

/* Goes over the numbers of a plain picture; each digit of a P1 is one. */
static io_extent_state plain_extent(io_extent *e, pnm_decoder *d)
{
    for (; e->left > 0; e->left--) {
        uint32_t v;
        d->pos = (size_t)e->pos;
        skip_blanks(d, true);
        if (d->pos >= d->len)
            return d->len - e->pos < HEADER_MAX ? IO_EXTENT_MORE : IO_EXTENT_LOST;
        const uint8_t first = d->data[d->pos];
        if (d->kind == 1 ? d->pos++, first != '0' && first != '1' : !next_number(d, true, &v))
            return io_extent_broken(e);
        if (d->kind != 1 && d->pos >= d->len) /* its other digits may be still to come */
            return IO_EXTENT_MORE;
        e->pos = d->pos;
    }
    e->end = e->pos;
    return IO_EXTENT_END;
}

io_extent_state io_pnm_extent(io_extent *e, const uint8_t *data, size_t len, const io_limits *limits)
{
    pnm_decoder d = { .data = data, .len = len };
    qn_error why = { 0 };
    d.kind = (unsigned)(data[1] - '0');
    if (e->inside)
        return plain_extent(e, &d);
    if (!read_header(&d, &why))
        return len >= HEADER_MAX || d.pos < len ? io_extent_broken(e) : IO_EXTENT_MORE;
    const uint64_t samples = (uint64_t)d.info.width * d.info.height * d.info.format.channels;
    const bool refused = !io_check_size(d.info.width, d.info.height, limits, &why);
    e->pos = e->end = d.pos;
    if (d.kind <= 3 && !refused) {
        e->left = samples;
        e->inside = true;
        return plain_extent(e, &d);
    }
    if (d.kind > 3)
        e->end = io_extent_of_rows(d.pos, raw_row_bytes(&d), d.info.height);
    return refused ? IO_EXTENT_REFUSE : IO_EXTENT_END;
}

void io_pnm_free(io_decoder *dec)
{
    free(dec);
}
