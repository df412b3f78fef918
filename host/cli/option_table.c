/* Every option: its names, its help, and what it sets. */
#include "options.h"

#include "colour.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- values ---- */

static bool read_whole(const char *s, uint64_t *out)
{
    char *end = NULL;
    if (s[0] < '0' || s[0] > '9')
        return false;
    errno = 0;
    unsigned long long v = strtoull(s, &end, 10);
    *out = v;
    return errno == 0 && *end == '\0';
}

static bool read_range(const char *option, const char *value, unsigned min, unsigned max, unsigned *out, qn_error *err)
{
    uint64_t v = 0;
    if (!read_whole(value, &v) || v < min || v > max)
        return qn_fail(err, QN_USAGE, "%s %.60s: a whole number from %u to %u is expected", option, value, min, max);
    *out = (unsigned)v;
    return true;
}

/* The index of a word in "a|b|c". */
static bool pick(const char *option, const char *value, const char *words, unsigned *index, qn_error *err)
{
    const size_t len = strlen(value);
    *index = 0;
    for (const char *w = words; *w; ++*index) {
        size_t n = strcspn(w, "|");
        if (n == len && memcmp(w, value, n) == 0)
            return true;
        w += n + (w[n] == '|');
    }
    return qn_fail(err, QN_USAGE, "%s %.60s: one of %s is expected", option, value, words);
}

static bool set_chain(cli_options *o, const char *value, qn_error *err)
{
    if (o->chains.n == 0)
        o->common = o->run;
    if (o->output && o->chains.n > o->branch_begins && !cli_branch_end(o, err))
        return false;
    return cli_texts_add(&o->chains, value, err);
}

static bool set_output(cli_options *o, const char *value, qn_error *err)
{
    if (o->output)
        return qn_fail(err, QN_USAGE,
                       "-o %.60s: there is an -o already, and each ends a branch: the next one begins with an -f",
                       value);
    o->output = value;
    return true;
}

static bool set_to(cli_options *o, const char *value, qn_error *err)
{
    static const struct {
        io_type type;
        int pnm_kind;
    } to[] = {
        { IO_PNG, 0 }, { IO_JPEG, 0 }, { IO_PNM, 6 }, { IO_PNM, 5 }, { IO_PAM, 0 }, { IO_PFM, 0 }, { IO_JPEG, 0 }
    };
    unsigned i = 0;
    if (!pick("--to", value, "png|jpg|ppm|pgm|pam|pfm|jpeg", &i, err))
        return false;
    o->run.to = to[i].type;
    o->run.to_pnm_kind = to[i].pnm_kind;
    return true;
}

/* What is asked about the encoding of a type is done to every picture of it: none is copied as it is. */
static void encode_anew(cli_options *o, io_type type)
{
    o->run.copies &= ~(1u << type);
}

static bool set_quality(cli_options *o, const char *value, qn_error *err)
{
    unsigned v = 0;
    if (!read_range("--quality", value, 1, 100, &v, err))
        return false;
    o->run.encode.quality = (int)v;
    encode_anew(o, IO_JPEG);
    return true;
}

static bool set_compression(cli_options *o, const char *value, qn_error *err)
{
    unsigned v = 0;
    if (!read_range("--compression", value, 0, 9, &v, err))
        return false;
    o->run.encode.compression = (int)v;
    encode_anew(o, IO_PNG);
    return true;
}

static bool set_restart(cli_options *o, const char *value, qn_error *err)
{
    o->run.encode.restart_large = false;
    encode_anew(o, IO_JPEG);
    return read_range("--restart", value, 0, 65535, &o->run.encode.restart_rows, err);
}

static bool set_background(cli_options *o, const char *value, qn_error *err)
{
    float rgba[4];
    if (!flt_read_colour(value, strlen(value), rgba) || rgba[3] < 1)
        return qn_fail(err, QN_USAGE,
                       "--background %.60s: an opaque colour is expected (#rgb, #rrggbb or a name of CSS)", value);
    memcpy(o->run.encode.background, rgba, sizeof o->run.encode.background);
    return true;
}

static bool set_subsampling(cli_options *o, const char *value, qn_error *err)
{
    static const io_subsampling sub[] = { IO_SUB_420, IO_SUB_422, IO_SUB_444, IO_SUB_KEEP };
    unsigned i = 0;
    if (!pick("--subsampling", value, "420|422|444|keep", &i, err))
        return false;
    o->run.encode.subsampling = sub[i];
    if (sub[i] != IO_SUB_KEEP)
        encode_anew(o, IO_JPEG);
    return true;
}

static bool set_depth(cli_options *o, const char *value, qn_error *err)
{
    static const int depth[] = { 8, 16, 0 };
    unsigned i = 0;
    if (!pick("--depth", value, "8|16|keep", &i, err))
        return false;
    o->run.depth = depth[i];
    return true;
}

static bool set_meta(cli_options *o, const char *value, qn_error *err)
{
    static const unsigned kind[] = { IO_META_ICC, IO_META_EXIF, IO_META_XMP, IO_META_TEXT, IO_META_DPI, IO_META_IPTC };
    unsigned mask = 0;
    if (strcmp(value, "all") == 0 || strcmp(value, "none") == 0) {
        o->run.meta = value[0] == 'a' ? IO_META_ALL : 0;
        return true;
    }
    for (const char *s = value;; s++) {
        char word[8] = "";
        size_t n = strcspn(s, ",");
        unsigned i = 0;
        if (n < sizeof word)
            memcpy(word, s, n);
        if (n >= sizeof word || !pick("--meta", word, "icc|exif|xmp|text|dpi|iptc", &i, NULL))
            return qn_fail(err, QN_USAGE, "--meta %.60s: all, none or a list of icc,exif,xmp,text,dpi,iptc is expected",
                           value);
        mask |= kind[i];
        s += n;
        if (*s == '\0')
            break;
    }
    o->run.meta = mask;
    return true;
}

static bool set_fsync(cli_options *o, const char *value, qn_error *err)
{
    static const io_sync sync[] = { IO_SYNC_ALWAYS, IO_SYNC_REPLACE, IO_SYNC_NEVER };
    unsigned i = 0;
    if (!pick("--fsync", value, "always|replace|never", &i, err))
        return false;
    o->run.fsync = sync[i];
    return true;
}

static bool set_threads(cli_options *o, const char *value, qn_error *err)
{
    enum { MOST = 1024 };
    char decode[16] = "";
    const size_t n = strcspn(value, ":");
    if (n < sizeof decode)
        memcpy(decode, value, n);
    unsigned d = 0, e = 0;
    if (!read_range("-j", decode, 1, MOST, &d, NULL) ||
        !(value[n] == '\0' ? (e = d) > 0 : read_range("-j", value + n + 1, 1, MOST, &e, NULL)))
        return qn_fail(err, QN_USAGE, "-j %.60s: N or D:E is expected, threads from 1 to %d", value, MOST);
    o->run.decode_threads = d;
    o->run.encode_threads = e;
    return true;
}

static bool set_slots(cli_options *o, const char *value, qn_error *err)
{
    return read_range("--slots", value, 1, 64, &o->run.slots, err);
}

static bool set_band_rows(cli_options *o, const char *value, qn_error *err)
{
    unsigned v = 0;
    if (!read_range("--band-rows", value, 1, 1 << 30, &v, err))
        return false;
    o->run.band_rows = v;
    return true;
}

/* Bytes, with K, M, G or T behind. */
static bool read_size(const char *value, uint64_t *bytes)
{
    static const char suffixes[] = "KMGT";
    char digits[24] = "";
    size_t n = strspn(value, "0123456789");
    const char *suffix = value[n] ? strchr(suffixes, value[n] & ~0x20) : NULL;
    unsigned shift = suffix ? 10 * (unsigned)(suffix - suffixes + 1) : 0;
    uint64_t v = 0;
    if (n < sizeof digits)
        memcpy(digits, value, n);
    bool ok = n < sizeof digits && (value[n] == '\0' || (suffix && value[n + 1] == '\0')) && read_whole(digits, &v);
    *bytes = v << shift;
    return ok && v <= UINT64_MAX >> shift;
}

static bool set_memory(cli_options *o, const char *value, qn_error *err)
{
    if (!read_size(value, &o->run.memory) || o->run.memory == 0)
        return qn_fail(err, QN_USAGE, "--mem %.60s: bytes are expected, above 0, with K, M or G behind (2G)", value);
    return true;
}

static bool set_max_meta(cli_options *o, const char *value, qn_error *err)
{
    uint64_t v = 0;
    if (!read_size(value, &v))
        return qn_fail(err, QN_USAGE, "--max-meta %.60s: bytes are expected, with K, M or G behind (0: no limit)",
                       value);
    o->run.limits.max_meta = v ? v : UINT64_MAX;
    return true;
}

static bool set_truncated(cli_options *o, const char *value, qn_error *err)
{
    unsigned i = 0;
    if (!pick("--truncated", value, "fail|keep", &i, err))
        return false;
    o->run.limits.keep_truncated = i == 1;
    return true;
}

static bool set_max_pixels(cli_options *o, const char *value, qn_error *err)
{
    return read_whole(value, &o->run.limits.max_pixels) ||
           qn_fail(err, QN_USAGE, "--max-pixels %.60s: a whole number is expected (0: no limit)", value);
}

static bool set_max_scans(cli_options *o, const char *value, qn_error *err)
{
    unsigned n = 0;
    if (!read_range("--max-scans", value, 0, 1000000, &n, err))
        return false;
    o->run.limits.max_scans = n == 0 ? UINT32_MAX : n;
    return true;
}

static bool set_help_topic(cli_options *o, const char *value, qn_error *err)
{
    (void)err;
    o->help_topic = value;
    return true;
}

/* ---- the table ---- */

#define FLAG(c, name, member, text)                                                                                    \
    {                                                                                                                  \
        c, name, NULL, CLI_FLAG, offsetof(cli_options, member), NULL, text                                             \
    }
#define TEXT(c, name, value, member, text)                                                                             \
    {                                                                                                                  \
        c, name, value, CLI_TEXT, offsetof(cli_options, member), NULL, text                                            \
    }
#define CALL(c, name, value, function, text)                                                                           \
    {                                                                                                                  \
        c, name, value, CLI_CALL, 0, function, text                                                                    \
    }
#define SECTION(title)                                                                                                 \
    {                                                                                                                  \
        0, NULL, NULL, CLI_FLAG, 0, NULL, title                                                                        \
    }

const cli_option *cli_option_table(size_t *n)
{
    static const cli_option table[] = {
        SECTION("Filters"),
        CALL('f', "filter", "CHAIN", set_chain, "stages with '|' between; @FILE reads them from a file; may repeat"),
        SECTION("Inputs"),
        FLAG('r', "recurse", walk.recurse, "directories in directories too; the tree is mirrored"),
        FLAG('L', "follow", walk.follow_links, "follow links to directories"),
        TEXT(0, "files-from", "FILE", files_from, "names of inputs, one a line (-: standard input)"),
        FLAG('0', "null", nul_separated, "names in --files-from end with NUL"),
        FLAG(0, "to-srgb", run.limits.to_srgb, "convert from the picture's colour profile to sRGB, and drop it"),
        FLAG(0, "no-orient", run.no_orient, "do not apply the EXIF orientation"),
        FLAG(0, "shrink-on-load", run.shrink_on_load,
             "decode JPEGs at 1/2, 1/4 or 1/8 before a resize to less: faster, not the exact pixels"),
        CALL(0, "truncated", "fail|keep", set_truncated, "what to do with a picture that ends early (fail)"),
        CALL(0, "max-scans", "N", set_max_scans, "refuse JPEGs of more scans (500, fewer if large; 0: no limit)"),
        CALL(0, "max-meta", "SIZE", set_max_meta, "refuse pictures of more metadata (16M; 0: no limit)"),
        CALL(0, "max-pixels", "N", set_max_pixels, "refuse larger pictures (1 Gpixel: 32768x32768; 0: none)"),
        SECTION("Outputs"),
        CALL('o', "output", "OUTPUT", set_output,
             "DIR/, FILE, - or a template with {dir} {stem} {ext} {name} {n} {n:05} {w} {h}"),
        FLAG(0, "in-place", in_place, "replace the inputs"),
        CALL(0, "to", "TYPE", set_to, "png, jpg, ppm, pgm, pam or pfm (by FILE, else as the input)"),
        CALL(0, "quality", "1..100", set_quality, "JPEG (90)"),
        CALL(0, "subsampling", "420|422|444|keep", set_subsampling, "JPEG (keep, else 420)"),
        FLAG(0, "progressive", run.encode.progressive, "JPEG"),
        CALL(0, "restart", "N", set_restart, "JPEG: a restart marker every N rows of blocks (0: none)"),
        CALL(0, "background", "COLOUR", set_background, "what alpha is laid over where the output has none (white)"),
        FLAG(0, "optimize", run.encode.optimize,
             "smaller, slower: JPEG's own tables, PNG's smallest exact form (palette, gray, fewer bits)"),
        CALL(0, "compression", "0..9", set_compression,
             "PNG (1; 2 takes 1.2 to 1.5 times as long for files up to 14 % smaller, 6 up to 2.6, 9 ten)"),
        CALL(0, "depth", "8|16|keep", set_depth, "bits of a sample (keep)"),
        CALL(0, "meta", "KINDS", set_meta, "all, none or a list of icc,exif,xmp,text,dpi,iptc (all)"),
        FLAG(0, "overwrite", overwrite, "replace outputs that exist"),
        FLAG(0, "skip-existing", skip_existing, "skip inputs whose output exists"),
        FLAG(0, "update", update, "replace outputs that are older than their input, skip the others"),
        CALL(0, "fsync", "always|replace|never", set_fsync, "when outputs are forced to the disk (replace)"),
        FLAG(0, "keep-times", run.keep_times, "outputs get their input's times"),
        SECTION("Running"),
        TEXT('d', "device", "SPEC", device, "auto, gpu, cpu, an index or P:D of the list, or part of a name (auto)"),
        CALL('j', "threads", "N|D:E", set_threads, "decode and encode threads (from the cores)"),
        CALL(0, "slots", "N", set_slots, "pictures in flight on the device (2)"),
        CALL(0, "mem", "SIZE", set_memory, "ceiling for pixels in flight on the host (K, M, G)"),
        FLAG(0, "sync", run.sync, "one step after another"),
        FLAG(0, "linear", run.linear, "filters work in linear light"),
        FLAG(0, "no-fuse", no_fuse, "every stage a pass of its own"),
        CALL(0, "band-rows", "N", set_band_rows, "rows of the result that are worked on at a time (chosen)"),
        FLAG(0, "fail-fast", run.fail_fast, "stop at the first failed input"),
        SECTION("Telling"),
        FLAG(0, "explain", explain, "print the chain and its passes; process nothing"),
        FLAG(0, "dry-run", dry_run, "print what would be read and written"),
        FLAG('q', "quiet", quiet, "failures only"),
        FLAG('v', "verbose", verbose, "more"),
        FLAG(0, "json", json, "one JSON object per input on standard output"),
        TEXT(0, "stats", "FILE", stats, "the run's report as JSON (-: standard output)"),
        TEXT(0, "trace", "FILE", trace, "Chrome trace events"),
        FLAG(0, "list-devices", list_devices, "OpenCL devices, and which one auto takes"),
        FLAG(0, "list-filters", list_filters, "filters, one a line; --json: with their parameters"),
        FLAG(0, "self-test", self_test, "run every filter on the device in several ways and compare"),
        { 'h', "help", "[FILTER]", CLI_OPTIONAL, offsetof(cli_options, help), set_help_topic,
          "this text, or a filter's" },
        FLAG('V', "version", version, "the version"),
    };
    *n = sizeof table / sizeof table[0];
    return table;
}
