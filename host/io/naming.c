#include "naming.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

typedef enum field { F_DIR, F_STEM, F_EXT, F_NAME, F_N, F_W, F_H, FIELDS } field;

static const char *const field_names[FIELDS] = { "dir", "stem", "ext", "name", "n", "w", "h" };

/* `text` stands after a "{". Finds the field up to its "}"; *pad is the width of {n:05}, else 0. Returns the
 * characters up to and with the "}", 0: no such field. */
static size_t parse_field(const char *text, field *f, unsigned *pad)
{
    const char *end = strchr(text, '}');
    if (!end)
        return 0;
    const size_t len = (size_t)(end - text);
    *pad = 0;
    for (int i = 0; i < FIELDS; i++) {
        if (strlen(field_names[i]) == len && memcmp(text, field_names[i], len) == 0) {
            *f = (field)i;
            return len + 1;
        }
    }
    /* {n:05}: at least so many digits, with leading zeros. */
    if (len == 4 && memcmp(text, "n:0", 3) == 0 && text[3] >= '1' && text[3] <= '9') {
        *f = F_N;
        *pad = (unsigned)(text[3] - '0');
        return len + 1;
    }
    return 0;
}

static bool check_template(const char *text, qn_error *err)
{
    for (const char *p = strchr(text, '{'); p; p = strchr(p, '{')) {
        field f;
        unsigned pad;
        const size_t n = parse_field(p + 1, &f, &pad);
        if (n == 0) {
            const char *end = strchr(p, '}');
            const int len = end ? (int)(end - p + 1) : (int)strlen(p);
            return qn_fail(err, QN_USAGE,
                           end ? "output '%s': unknown field %.*s (there are {dir} {stem} {ext} {name} {n} {n:05} {w} "
                                 "{h})"
                               : "output '%s': %.*s has no closing }",
                           text, len, p);
        }
        p += n;
    }
    const size_t len = strlen(text);
    if (text[len - 1] == '/')
        return qn_fail(err, QN_USAGE, "output '%s': a template names a file and cannot end with /", text);
    return true;
}

bool io_target_parse(io_target *t, const char *text, qn_error *err)
{
    struct stat st;
    const size_t len = strlen(text);
    *t = (io_target){ IO_TO_FILE, text };
    if (len == 0)
        return qn_fail(err, QN_USAGE, "the output has an empty name");
    if (strcmp(text, "-") == 0) {
        t->kind = IO_TO_STDOUT;
    } else if (strchr(text, '{')) {
        t->kind = IO_TO_TEMPLATE;
        return check_template(text, err);
    } else if (text[len - 1] == '/' || (stat(text, &st) == 0 && S_ISDIR(st.st_mode))) {
        t->kind = IO_TO_DIR;
    }
    return true;
}

bool io_target_counts(const io_target *t)
{
    bool counts = false;
    if (t->kind != IO_TO_TEMPLATE)
        return false;
    for (const char *p = strchr(t->text, '{'); p; p = strchr(p, '{')) {
        field f = FIELDS;
        unsigned pad;
        p += 1 + parse_field(p + 1, &f, &pad);
        if (f == F_DIR || f == F_STEM || f == F_NAME)
            return false;
        counts |= f == F_N;
    }
    return counts;
}

/* rel = dir + stem + "." + own extension. Only what looks like one is an extension: one to five letters and digits,
 * a letter among them; "IMG.2024-01" has none. */
typedef struct split {
    const char *dir, *stem, *ext;
    size_t dir_len, stem_len, ext_len;
} split;

static split split_name(const char *rel)
{
    const char *slash = strrchr(rel, '/');
    const char *base = slash ? slash + 1 : rel;
    split s = { .dir = rel, .dir_len = (size_t)(base - rel), .stem = base, .stem_len = strlen(base), .ext = "" };
    const char *dot = strrchr(base, '.');
    if (!dot || dot == base)
        return s;
    const size_t n = strlen(dot + 1);
    bool letter = false, other = false;
    for (const char *p = dot + 1; *p; p++) {
        letter |= isalpha((unsigned char)*p) != 0;
        other |= isalnum((unsigned char)*p) == 0;
    }
    if (n < 1 || n > 5 || !letter || other)
        return s;
    s.stem_len = (size_t)(dot - base);
    s.ext = dot + 1;
    s.ext_len = n;
    return s;
}

/* Whether a file with the extension `own` keeps it as one of the type whose usual extension is `ext`. */
static bool same_type(const char *own, const char *ext)
{
    static const char *const alias[][2] = { { "jpeg", "jpg" }, { "jpe", "jpg" }, { "jfif", "jpg" },
                                            { "jpg", "jpeg" }, { "pnm", "ppm" }, { "pnm", "pgm" } };
    if (strcasecmp(own, ext) == 0)
        return true;
    for (size_t i = 0; i < sizeof alias / sizeof alias[0]; i++) {
        if (strcasecmp(own, alias[i][0]) == 0 && strcasecmp(ext, alias[i][1]) == 0)
            return true;
    }
    return false;
}

static const char *output_ext(const split *s, const io_name_parts *parts)
{
    return !parts->ext || (s->ext_len > 0 && same_type(s->ext, parts->ext)) ? s->ext : parts->ext;
}

static void add_stem(qn_strbuf *out, const split *s, const io_name_parts *parts)
{
    sb_addn(out, s->stem, s->stem_len);
    if (parts->part > 1)
        sb_addf(out, "-%zu", parts->part);
}

static void add_name(qn_strbuf *out, const split *s, const io_name_parts *parts)
{
    const char *ext = output_ext(s, parts);
    add_stem(out, s, parts);
    if (ext[0] != '\0') {
        sb_addc(out, '.');
        sb_add(out, ext);
    }
}

static void add_field(qn_strbuf *out, field f, unsigned pad, const split *s, const io_name_parts *parts)
{
    switch (f) {
    case F_DIR: sb_addn(out, s->dir, s->dir_len); break;
    case F_STEM: add_stem(out, s, parts); break;
    case F_EXT: sb_add(out, output_ext(s, parts)); break;
    case F_NAME: add_name(out, s, parts); break;
    case F_N: sb_addf(out, "%0*zu", (int)pad, parts->index); break;
    case F_W: sb_addf(out, "%u", parts->w); break;
    case F_H: sb_addf(out, "%u", parts->h); break;
    case FIELDS: break;
    }
}

static void add_template(qn_strbuf *out, const char *text, const split *s, const io_name_parts *parts, bool *needs_size)
{
    while (*text) {
        const size_t plain = strcspn(text, "{");
        field f = FIELDS;
        unsigned pad = 0;
        sb_addn(out, text, plain);
        text += plain;
        if (*text == '\0')
            return;
        text += 1 + parse_field(text + 1, &f, &pad); /* io_target_parse() has checked it */
        *needs_size |= f == F_W || f == F_H;
        add_field(out, f, pad, s, parts);
    }
}

bool io_target_name(const io_target *t, const io_name_parts *parts, qn_strbuf *out, bool *needs_size, qn_error *err)
{
    const split s = split_name(parts->input->rel);
    *needs_size = false;
    sb_clear(out);
    switch (t->kind) {
    case IO_TO_STDOUT: sb_addc(out, '-'); break;
    case IO_TO_FILE: sb_add(out, t->text); break;
    case IO_TO_SELF: sb_add(out, parts->input->path); break;
    case IO_TO_DIR:
        sb_add(out, t->text);
        if (t->text[strlen(t->text) - 1] != '/')
            sb_addc(out, '/');
        sb_addn(out, s.dir, s.dir_len);
        add_name(out, &s, parts);
        break;
    case IO_TO_TEMPLATE:
        add_template(out, t->text, &s, parts, needs_size);
        if (sb_ok(out) && (out->len == 0 || sb_str(out)[out->len - 1] == '/'))
            return qn_fail(err, QN_USAGE, "output '%s' gives '%s', which names no file", t->text, sb_str(out));
        break;
    }
    return sb_ok(out) ? true : qn_fail(err, QN_NOMEM, "out of memory while naming an output");
}
