/* Pictures made by others: PngSuite, libpng's, libjpeg-turbo's, Go's and other projects' test sets, which are not part
 * of this repository: a directory with a MANIFEST.tsv, named by the argument, else by $QUERN_CORPUS, else
 * ../shared/corpus beside the source. Ends with 77 (skipped) where there is none. */
#include "check.h"
#include "codec.h"
#include "outfile.h"
#include "picture_reference.h"

#include <limits.h>

enum { SKIPPED = 77, CLASSES = 16 };

typedef struct tally {
    char name[32];
    unsigned right, all;
} tally;

typedef struct result {
    bool ok, damaged, equal;
    qn_error err;
} result;

static bool equal_pixels(const reference *r, const io_info *info, const uint8_t *pixels, size_t stride)
{
    if (r->width != info->width || r->height != info->height || r->channels != info->format.channels ||
        r->depth != info->format.depth)
        return false;
    const size_t row = r->width * qn_pixel_bytes(info->format);
    for (uint32_t y = 0; y < r->height; y++) {
        if (memcmp(pixels + y * stride, r->pixels + y * row, row) != 0)
            return false;
    }
    return true;
}

static bool guard_is_whole(const uint8_t *pixels, const io_info *info, size_t stride)
{
    const size_t row = info->width * qn_pixel_bytes(info->format);
    for (uint32_t y = 0; y < info->height; y++) {
        for (size_t x = row; x < stride; x++) {
            if (pixels[y * stride + x] != 0xa5)
                return false;
        }
    }
    return true;
}

/* Profiles are renamed, so that inks go by the plain formula, as in the reference. */
static void forget_profiles(qn_bytes *file)
{
    uint8_t *p = file->data;
    for (size_t i = 2; io_sniff(p, file->len) == IO_JPEG && i + 16 < file->len && p[i] == 0xff && p[i + 1] != 0xda;
         i += 2 + ((size_t)p[i + 2] << 8 | p[i + 3])) {
        if (p[i + 1] == 0xe2 && memcmp(p + i + 4, "ICC_PROFILE", 12) == 0)
            p[i + 4] = 'X';
    }
}

static result decode_by(const qn_bytes *file, bool keep, bool compare, qn_bytes *scratch)
{
    result r = { 0 };
    io_decoder *dec = NULL;
    io_info info;
    io_meta meta = { 0 };
    const io_limits limits = { .max_pixels = 1000000000, .keep_truncated = keep, .scratch = scratch };
    if (io_decoder_open(&dec, file->data, file->len, &limits, &info, &meta, &r.err)) {
        const size_t stride = info.width * qn_pixel_bytes(info.format) + (info.format.depth == 16 ? 6 : 3);
        uint8_t *pixels = malloc(stride * info.height);
        if (pixels) {
            memset(pixels, 0xa5, stride * info.height);
            r.ok = io_decode(dec, pixels, stride, &r.damaged, &r.err);
            if (r.ok)
                CHECK(guard_is_whole(pixels, &info, stride));
            if (r.ok && compare) {
                reference ref =
                    info.type == IO_PNG ? reference_png(file->data, file->len) : reference_jpeg(file->data, file->len);
                r.equal = equal_pixels(&ref, &info, pixels, stride);
                free(ref.pixels);
            }
        }
        free(pixels);
    }
    io_decoder_free(&dec);
    io_meta_free(&meta);
    return r;
}

/* Both ways to a PNG, which must agree. */
static result decode(const qn_bytes *file, bool keep, bool compare)
{
    const result r = decode_by(file, keep, compare, NULL);
    if (io_sniff(file->data, file->len) == IO_PNG) {
        qn_bytes scratch = { 0 };
        const result quick = decode_by(file, keep, compare, &scratch);
        CHECK(quick.ok == r.ok && quick.damaged == r.damaged && quick.equal == r.equal &&
              strcmp(quick.err.text, r.err.text) == 0);
        qn_bytes_free(&scratch);
    }
    return r;
}

typedef struct carried {
    unsigned profiles, exifs, profiles_png, exifs_png; /* found in pictures; byte for byte the same through a PNG */
} carried;

static bool same_bytes(const qn_bytes *a, const qn_bytes *b)
{
    return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

/* One pixel with the metadata, written and read again. */
static bool through(io_type type, unsigned channels, const io_meta *meta, io_meta *back)
{
    uint8_t pixel[4] = { 1, 2, 3, 4 };
    qn_image image = { .width = 1, .height = 1, .format = { (uint8_t)channels, 8, QN_INTERLEAVED } };
    image.plane[0] = (qn_plane){ pixel, sizeof pixel };
    const io_encode_options options = { .type = type, .quality = 90, .compression = -1 };
    const io_limits limits = { 0 };
    io_decoder *dec = NULL;
    io_info info;
    qn_error err = { 0 };
    qn_bytes file = { 0 };
    const bool ok = io_encode(&image, meta, &options, &file, &err) &&
                    io_decoder_open(&dec, file.data, file.len, &limits, &info, back, &err);
    io_decoder_free(&dec);
    qn_bytes_free(&file);
    return ok;
}

/* Profiles and EXIF of every picture that can be read pass unchanged. libpng has rules of its own for profiles. */
static void carry(const qn_bytes *file, carried *sum)
{
    io_decoder *dec = NULL;
    io_info info;
    io_meta meta = { 0 }, jpeg = { 0 }, png = { 0 };
    const io_limits limits = { .max_pixels = 1000000000 };
    qn_error err = { 0 };
    if (io_decoder_open(&dec, file->data, file->len, &limits, &info, &meta, &err) && (meta.icc.len || meta.exif.len)) {
        const unsigned channels = info.format.channels <= 2 ? 1 : 3;
        CHECK(through(IO_JPEG, channels, &meta, &jpeg) && through(IO_PNG, channels, &meta, &png));
        CHECK(same_bytes(&meta.icc, &jpeg.icc) && (same_bytes(&meta.exif, &jpeg.exif) || meta.exif.len > 65527));
        sum->profiles += meta.icc.len > 0;
        sum->exifs += meta.exif.len > 0;
        sum->profiles_png += meta.icc.len > 0 && same_bytes(&meta.icc, &png.icc);
        sum->exifs_png += meta.exif.len > 0 && same_bytes(&meta.exif, &png.exif);
    }
    io_decoder_free(&dec);
    io_meta_free(&meta);
    io_meta_free(&jpeg);
    io_meta_free(&png);
}

/* What should come of a picture of this class. PNM is among the other formats of the list. */
static bool as_it_should(const char *verdict, const qn_bytes *file)
{
    const io_type type = io_sniff(file->data, file->len);
    const bool valid = strcmp(verdict, "valid") == 0 || strcmp(verdict, "valid-warn") == 0;
    const result plain = decode(file, false, valid && (type == IO_PNG || type == IO_JPEG));
    /* The list goes by a JPEG's first warning, which may be harmless while a later one is not. */
    if (strcmp(verdict, "valid-warn") == 0 && type == IO_JPEG && !plain.ok)
        verdict = "damaged-decodable";
    else if (valid)
        return plain.ok && plain.equal && !plain.damaged;
    if (strcmp(verdict, "other-format") == 0)
        return type == IO_PNM || type == IO_PAM ? plain.ok : !plain.ok && plain.err.code == QN_INPUT;
    if (plain.ok || plain.err.text[0] == '\0')
        return false;
    const result kept = decode(file, true, false); /* must not crash; what comes of it depends on the picture */
    if (strcmp(verdict, "damaged-decodable") == 0 || strcmp(verdict, "truncated-decodable") == 0)
        return kept.ok && kept.damaged;
    return kept.ok ? kept.damaged : kept.err.text[0] != '\0';
}

static void count(tally *classes, const char *verdict, bool right)
{
    for (int i = 0; i < CLASSES; i++) {
        if (classes[i].all == 0)
            (void)snprintf(classes[i].name, sizeof classes[i].name, "%s", verdict);
        if (strcmp(classes[i].name, verdict) == 0) {
            classes[i].all++;
            classes[i].right += right;
            return;
        }
    }
}

static void check_picture(const char *dir, char *line, tally *classes, carried *sum)
{
    char path[2 * PATH_MAX];
    char *field[5] = { line };
    for (int i = 1; i < 5; i++) {
        char *tab = field[i - 1] ? strchr(field[i - 1], '\t') : NULL;
        if (!tab)
            return;
        *tab = '\0';
        field[i] = tab + 1;
    }
    field[4][strcspn(field[4], "\t\n")] = '\0';
    qn_bytes file = { 0 };
    qn_error err = { 0 };
    (void)snprintf(path, sizeof path, "%s/%s", dir, field[0]);
    if (!io_read_file(path, &file, NULL, &err)) {
        printf("%s: %s\n", path, err.text);
        CHECK(false);
    } else {
        carry(&file, sum);
        forget_profiles(&file);
        const bool right = as_it_should(field[4], &file);
        count(classes, field[4], right);
        if (strcmp(field[3], "pngsuite") == 0)
            count(classes, strcmp(field[4], "valid") == 0 ? "PngSuite, exact" : "PngSuite, refused", right);
        if (!right) {
            const result r = decode(&file, false, false);
            printf("%s (%s): %s\n", field[0], field[4], r.ok ? "decoded" : r.err.text);
        }
        CHECK(right);
    }
    qn_bytes_free(&file);
}

int main(int argc, char **argv)
{
    char dir[PATH_MAX / 2], path[PATH_MAX];
    const char *given = argc > 1 ? argv[1] : getenv("QUERN_CORPUS");
    const char *source = strrchr(__FILE__, '/');
    if (given)
        (void)snprintf(dir, sizeof dir, "%s", given);
    else /* this file is tests/unit/test_corpus.c of the source */
        (void)snprintf(dir, sizeof dir, "%.*s/../../../shared/corpus", source ? (int)(source - __FILE__) : 1,
                       source ? __FILE__ : ".");
    (void)snprintf(path, sizeof path, "%s/MANIFEST.tsv", dir);
    FILE *list = fopen(path, "r");
    if (!list) {
        printf("skipped: no pictures at %s\n", dir);
        return SKIPPED;
    }
    tally classes[CLASSES] = { 0 };
    carried sum = { 0 };
    char *line = NULL;
    size_t cap = 0;
    bool first = true;
    while (getline(&line, &cap, list) >= 0) {
        if (!first)
            check_picture(dir, line, classes, &sum);
        first = false;
    }
    free(line);
    (void)fclose(list);
    for (int i = 0; i < CLASSES && classes[i].all > 0; i++)
        printf("%-20s %u of %u as they should be\n", classes[i].name, classes[i].right, classes[i].all);
    printf("byte for byte through JPEG: %u profiles, %u EXIF; of these through PNG: %u, %u\n", sum.profiles, sum.exifs,
           sum.profiles_png, sum.exifs_png);
    return check_summary();
}
