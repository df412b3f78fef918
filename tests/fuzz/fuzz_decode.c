/* Damaged files through all that reads them. Whatever comes, nothing crashes (the sanitizers tell more), and what holds
 * for every file holds: the ways to decode one agree, what was decoded can be written, and what was written is good.
 *
 *     fuzz_decode ROUNDS [--from N] [--only N] [-v] [FILE...]
 *
 * Round N is the same file in every run; files add to those that are damaged. -v names each round before it. */
#include "mutate.h"
#include "seeds.h"

#include "codec.h"
#include "copyfile.h"
#include "extent.h"
#include "lut_file.h"
#include "picture_helper.h"

#include <stdio.h>

static const io_limits small = { .max_pixels = 1 << 20, .max_scans = 50 };

/* How a file is read. */
typedef struct way {
    const char *name;
    bool rows, pieces, scratch;
} way;

/* limits->more in pieces of odd sizes. */
typedef struct pieces {
    const qn_bytes *file;
    size_t pos;
    fuzz_random random;
} pieces;

static bool next_piece(void *user, const uint8_t **data, size_t *len, qn_error *err)
{
    pieces *p = user;
    const size_t left = p->file->len - p->pos, n = 1 + fuzz_below(&p->random, 300);
    (void)err;
    *data = p->file->data + p->pos;
    *len = n < left ? n : left;
    p->pos += *len;
    return true;
}

static bool look_at(void *user, uint64_t offset, void *to, size_t *len)
{
    const pieces *p = user;
    const size_t left = offset < p->file->len ? p->file->len - (size_t)offset : 0;
    *len = *len < left ? *len : left;
    if (*len)
        memcpy(to, p->file->data + offset, *len);
    return true;
}

typedef struct result {
    bool ok, damaged;
    qn_image image; /* plane 0 is owned */
    io_info info;
    io_meta meta;
    qn_error err;
} result;

static void result_free(result *r)
{
    free(r->image.plane[0].data);
    io_meta_free(&r->meta);
}

static bool decode_rows(io_decoder *dec, result *r, fuzz_random *random)
{
    const size_t stride = r->image.plane[0].stride;
    uint8_t *to = r->image.plane[0].data;
    for (uint32_t y = 0, n; y < r->info.height; y += n) {
        bool damaged = false;
        n = 1 + fuzz_below(random, r->info.height - y < 9 ? r->info.height - y : 9);
        if (!io_decode_rows(dec, to + y * stride, stride, n, &damaged, &r->err))
            return false;
        r->damaged |= damaged;
    }
    return true;
}

/* False: the way is none for such a picture. */
static bool decode(const qn_bytes *file, const way *w, io_limits limits, unsigned shrink, result *r)
{
    qn_bytes scratch = { 0 };
    io_decoder *dec = NULL;
    pieces p = { .file = file, .random = { file->len } };
    io_more more = { .next = next_piece, .user = &p, .size = file->len, .at = look_at };
    const uint8_t *first = file->data;
    size_t len = file->len;
    *r = (result){ .ok = true };
    if (w->pieces && !io_reads_pieces(io_sniff(file->data, file->len)))
        return false;
    if (w->pieces) {
        limits.more = &more;
        p.pos = len < 200 ? len : 200;
        len = p.pos;
    }
    limits.scratch = w->scratch ? &scratch : NULL;
    bool does = true;
    r->ok = io_decoder_open(&dec, first, len, &limits, &r->info, &r->meta, &r->err);
    if (r->ok && shrink > 1)
        does = io_decoder_shrink(dec, shrink, &r->info);
    if (r->ok && (w->rows || w->pieces))
        does = does && io_reads_rows(&r->info);
    if (r->ok && does) {
        r->image = (qn_image){ r->info.width, r->info.height, r->info.format, { { NULL, 0 } } };
        r->image.plane[0].stride = qn_row_stride(r->info.width, r->info.format);
        r->image.plane[0].data = calloc(r->info.height, r->image.plane[0].stride);
        if (!r->image.plane[0].data)
            abort();
        r->ok = w->rows || w->pieces
                    ? decode_rows(dec, r, &p.random)
                    : io_decode(dec, r->image.plane[0].data, r->image.plane[0].stride, &r->damaged, &r->err);
    }
    io_decoder_free(&dec);
    qn_bytes_free(&scratch);
    if (!does)
        result_free(r);
    return does;
}

/* An error says something, in one line. */
static void check_error(const result *r)
{
    CHECK(r->err.code != QN_OK && r->err.text[0] && !strchr(r->err.text, '\n'));
}

/* libjpeg-turbo has two decoders of codes, one for where many bytes are at hand. They take a code that means nothing
 * for different ones, and only the other says so: what it makes of damage depends on where a piece ends. */
static bool may_differ(const way *w, const result *a, const result *b)
{
    return w->pieces && a->info.type == IO_JPEG && (!a->ok || !b->ok || a->damaged || b->damaged);
}

static void compare_ways(const qn_bytes *file, const io_limits *limits, const result *plain)
{
    static const way ways[] = { { "with room for all of it", .scratch = true },
                                { "row by row", .rows = true },
                                { "row by row, with room", .rows = true, .scratch = true },
                                { "piece by piece", .pieces = true } };
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        result r;
        if (!decode(file, &ways[i], *limits, 1, &r))
            continue;
        const bool differ = may_differ(&ways[i], &r, plain);
        CHECK_MSG(differ || r.ok == plain->ok, "%s: %s; else: %s", ways[i].name, r.ok ? "good" : r.err.text,
                  plain->ok ? "good" : plain->err.text);
        if (!r.ok)
            check_error(&r);
        if (r.ok && plain->ok)
            CHECK_MSG(differ || (r.damaged == plain->damaged && same_pixels(&r.image, &plain->image)),
                      "%s: other pixels (%d, %d)", ways[i].name, r.damaged, plain->damaged);
        result_free(&r);
    }
}

/* What was decoded into every type, with its metadata, and back. */
static void check_encoders(const result *r)
{
    static const io_type types[] = { IO_PNG, IO_JPEG, IO_PNM, IO_PAM, IO_PFM };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        io_encode_options options = { .type = types[i], .quality = 90, .compression = 1, .optimize = i == 0 };
        io_meta meta = { 0 };
        qn_bytes out = { 0 };
        qn_error err = { 0 };
        qn_format to;
        result own;
        const uint32_t side = types[i] == IO_JPEG ? 65500 : INT32_MAX;
        if (!io_can_hold(types[i], 0, r->image.format, &to) || r->info.width > side || r->info.height > side)
            continue;
        const io_meta_change change = { r->info.width, r->info.height, true, i % 2, r->info.format, to, (int)types[i] };
        /* the same metadata once more: what fits one type does not fit the next */
        for (unsigned k = 0; k < 6; k++) {
            const qn_bytes *const all[] = { &r->meta.icc,      &r->meta.exif, &r->meta.xmp,
                                            &r->meta.xmp_more, &r->meta.iptc, &r->meta.text };
            qn_bytes *const copy[] = { &meta.icc, &meta.exif, &meta.xmp, &meta.xmp_more, &meta.iptc, &meta.text };
            CHECK(all[k]->len == 0 || qn_bytes_append(copy[k], all[k]->data, all[k]->len));
        }
        meta.orientation = r->meta.orientation;
        meta.dpi_x = r->meta.dpi_x, meta.dpi_y = r->meta.dpi_y;
        meta.gamma = r->meta.gamma, meta.srgb = r->meta.srgb, meta.intent = r->meta.intent;
        meta.has_chroma = r->meta.has_chroma;
        memcpy(meta.chroma, r->meta.chroma, sizeof meta.chroma);
        CHECK(io_meta_fit(&meta, &change));
        CHECK_MSG(io_encode(&r->image, &meta, &options, &out, &err), "as %s: %s", io_type_name(types[i]), err.text);
        const io_limits all = { .max_meta = UINT64_MAX };
        decode(&out, &(way){ .name = "" }, all, 1, &own);
        CHECK_MSG(own.ok, "what was written as %s is no good: %s", io_type_name(types[i]), own.err.text);
        if (own.ok && types[i] != IO_JPEG && i != 0)
            CHECK(same_pixels(&own.image, &r->image));
        result_free(&own);
        io_meta_free(&meta);
        qn_bytes_free(&out);
    }
}

static void check_copy(const qn_bytes *file, const result *r)
{
    qn_bytes out = { 0 };
    qn_error err = { 0 };
    result copy;
    CHECK_MSG(io_copy_file(r->info.type, file->data, file->len, IO_META_EXIF | IO_META_TEXT, &out, &err), "%s",
              err.text);
    decode(&out, &(way){ .name = "" }, small, 1, &copy);
    CHECK_MSG(copy.ok && same_pixels(&copy.image, &r->image), "its copy: %s", copy.ok ? "other pixels" : copy.err.text);
    result_free(&copy);
    qn_bytes_free(&out);
}

static void check_extent(const qn_bytes *file)
{
    const io_type type = io_sniff(file->data, file->len);
    io_extent e = { 0 };
    for (size_t len = 1; type != IO_NONE && len <= file->len; len += 1 + len / 7)
        if (io_extent_scan(&e, type, file->data, len, &small) != IO_EXTENT_MORE)
            break;
}

static void check_table(const qn_bytes *file)
{
    for (int content = FLT_FILE_CUBE; content <= FLT_FILE_CURVE; content++) {
        qn_image table = { 0 };
        qn_error err = { 0 };
        if (flt_lut_read((flt_file_content)content, (const char *)file->data, file->len, &table, &err))
            free(table.plane[0].data);
        else
            CHECK(err.text[0] && !strchr(err.text, '\n'));
    }
}

/* Whether it could be decoded. */
static bool check_file(const qn_bytes *file)
{
    const way plain = { .name = "" };
    result r, other;
    check_extent(file);
    check_table(file);
    decode(file, &plain, small, 1, &r);
    compare_ways(file, &small, &r);
    if (r.ok) {
        check_encoders(&r);
        check_copy(file, &r);
    } else {
        check_error(&r);
    }
    io_limits keep = small;
    keep.keep_truncated = true;
    decode(file, &plain, keep, 1, &other);
    CHECK(!r.ok || (other.ok && !other.damaged && same_pixels(&r.image, &other.image)));
    compare_ways(file, &keep, &other);
    result_free(&other);
    if (decode(file, &plain, small, 4, &other))
        result_free(&other);
    keep.to_srgb = io_has_profiles();
    decode(file, &plain, keep, 1, &other);
    result_free(&other);
    const bool ok = r.ok;
    result_free(&r);
    return ok;
}

int main(int argc, char **argv)
{
    fuzz_seeds seeds = { 0 };
    unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 0, from = 0;
    bool verbose = false;
    fuzz_seeds_make(&seeds);
    const size_t made = seeds.n;
    unsigned long good = 0;
    for (int i = 2; i < argc; i++) {
        if (!strcmp(argv[i], "-v"))
            verbose = true;
        else if (!strcmp(argv[i], "--from") && i + 1 < argc)
            from = strtoul(argv[++i], NULL, 10);
        else if (!strcmp(argv[i], "--only") && i + 1 < argc)
            from = strtoul(argv[++i], NULL, 10), rounds = from + 1;
        else if (!fuzz_seeds_add_file(&seeds, argv[i]))
            fprintf(stderr, "%s: cannot be read\n", argv[i]);
    }
    for (size_t i = 0; i < seeds.n && from == 0; i++) {
        const bool sound = check_file(&seeds.item[i]);
        const bool table = i < made && io_sniff(seeds.item[i].data, seeds.item[i].len) == IO_NONE;
        CHECK_MSG(sound || table || i >= made, "seed %zu is no good itself", i);
    }
    const int before = atomic_load(&check_failed);
    qn_bytes file = { 0 };
    for (unsigned long n = from; n < rounds && atomic_load(&check_failed) - before < 20; n++) {
        fuzz_random r = { .state = n * UINT64_C(0x9e3779b97f4a7c15) + seeds.n };
        const qn_bytes *seed = &seeds.item[fuzz_below(&r, (uint32_t)seeds.n)];
        const int failures = atomic_load(&check_failed);
        if (verbose)
            fprintf(stderr, "round %lu\n", n), fflush(stderr);
        fuzz_mutate(&r, seed, &seeds.item[fuzz_below(&r, (uint32_t)seeds.n)], &file);
        good += check_file(&file);
        if (atomic_load(&check_failed) != failures)
            fprintf(stderr, "in round %lu (%zu bytes, %s)\n", n, file.len, io_type_name(io_sniff(file.data, file.len)));
    }
    printf("%zu files, %lu of %lu damaged ones are good all the same\n", seeds.n, good, rounds - from);
    qn_bytes_free(&file);
    fuzz_seeds_free(&seeds);
    return check_summary();
}
