/* Two inputs with one output, or an output that is an input: found before any work. Names are compared as strings,
 * less what does not matter in a path ("//", "/./"), and files that exist by device and inode, which sees through
 * links. Hash tables keep this linear for long lists. */
#include "hash.h"
#include "naming.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { NOT_FOUND = -1 };

/* Open addressing; an entry is the number of an input plus one. */
typedef struct table {
    size_t *entry;
    size_t mask;
} table;

typedef struct file_id {
    bool known;
    dev_t dev;
    ino_t ino;
} file_id;

typedef struct check {
    const io_inputs *in;
    char *const *names;
    char **clean; /* names[i] without what does not matter */
    file_id *input, *output;
    table by_input, by_output, by_name;
} check;

static bool make_table(table *t, size_t n)
{
    size_t size = 16;
    while (size < 2 * n)
        size *= 2;
    t->mask = size - 1;
    t->entry = calloc(size, sizeof *t->entry);
    return t->entry != NULL;
}

static uint64_t hash_id(const file_id *id)
{
    return qn_hash(qn_hash(QN_HASH_START, &id->dev, sizeof id->dev), &id->ino, sizeof id->ino);
}

static bool same_id(const file_id *a, const file_id *b)
{
    return a->dev == b->dev && a->ino == b->ino;
}

/* The first number with this file, or where there is none, NOT_FOUND, and `add` (unless NOT_FOUND) is entered. */
static long long find_id(table *t, const file_id *ids, const file_id *key, long long add)
{
    size_t at = (size_t)hash_id(key) & t->mask;
    for (; t->entry[at] != 0; at = (at + 1) & t->mask) {
        if (same_id(&ids[t->entry[at] - 1], key))
            return (long long)t->entry[at] - 1;
    }
    if (add != NOT_FOUND)
        t->entry[at] = (size_t)add + 1;
    return NOT_FOUND;
}

static long long find_name(table *t, char *const *clean, const char *key, size_t add)
{
    size_t at = (size_t)qn_hash_str(QN_HASH_START, key) & t->mask;
    for (; t->entry[at] != 0; at = (at + 1) & t->mask) {
        if (strcmp(clean[t->entry[at] - 1], key) == 0)
            return (long long)t->entry[at] - 1;
    }
    t->entry[at] = add + 1;
    return NOT_FOUND;
}

static file_id id_of(const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return (file_id){ 0 };
    return (file_id){ true, st.st_dev, st.st_ino };
}

/* "a//b/./c" and "./a/b/c" are "a/b/c". ".." stays: behind a link it is not what it looks like. */
static char *clean_path(const char *path)
{
    char *out = malloc(strlen(path) + 1);
    if (!out)
        return NULL;
    size_t n = 0;
    if (*path == '/')
        out[n++] = '/';
    while (*path) {
        const size_t len = strcspn(path, "/");
        if (len > 0 && !(len == 1 && path[0] == '.')) {
            if (n > 0 && out[n - 1] != '/')
                out[n++] = '/';
            memcpy(out + n, path, len);
            n += len;
        }
        path += len + (path[len] == '/');
    }
    out[n] = '\0';
    return out;
}

static bool twice(const check *c, size_t i, long long other, qn_error *err)
{
    if (strcmp(c->in->item[other].path, c->in->item[i].path) == 0)
        return qn_fail(err, QN_USAGE, "'%s' would be written to '%s' twice", c->in->item[i].path, c->names[i]);
    return qn_fail(err, QN_USAGE, "'%s' and '%s' would both be written to '%s'", c->in->item[other].path,
                   c->in->item[i].path, c->names[i]);
}

/* Hard links are two files to whoever replaces one of them; the same file by two ways is one. */
static bool same_place(const char *a, const char *b)
{
    char *real_a = realpath(a, NULL), *real_b = realpath(b, NULL);
    const bool same = real_a && real_b && strcmp(real_a, real_b) == 0;
    free(real_a);
    free(real_b);
    return same;
}

static bool check_one(check *c, size_t i, bool in_place, qn_error *err)
{
    const long long name = find_name(&c->by_name, c->clean, c->clean[i], i);
    if (name != NOT_FOUND)
        return twice(c, i, name, err);
    c->output[i] = id_of(c->names[i]);
    if (!c->output[i].known)
        return true;
    const bool itself = in_place && c->input[i].known && same_id(&c->input[i], &c->output[i]);
    const long long input = itself ? NOT_FOUND : find_id(&c->by_input, c->input, &c->output[i], NOT_FOUND);
    if (input != NOT_FOUND)
        return qn_fail(err, QN_USAGE, "the output '%s' of '%s' is the input '%s' (--in-place replaces inputs)",
                       c->names[i], c->in->item[i].path, c->in->item[input].path);
    const long long output = find_id(&c->by_output, c->output, &c->output[i], (long long)i);
    return output == NOT_FOUND || !same_place(c->names[i], c->names[output]) ? true : twice(c, i, output, err);
}

static bool prepare(check *c, size_t n)
{
    c->clean = calloc(n, sizeof *c->clean);
    c->input = calloc(n, sizeof *c->input);
    c->output = calloc(n, sizeof *c->output);
    if (!c->clean || !c->input || !c->output || !make_table(&c->by_input, n) || !make_table(&c->by_output, n) ||
        !make_table(&c->by_name, n))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(c->in->item[i].path, "-") != 0)
            c->input[i] = id_of(c->in->item[i].path);
        if (c->input[i].known)
            (void)find_id(&c->by_input, c->input, &c->input[i], (long long)i);
        if (c->names[i] && !(c->clean[i] = clean_path(c->names[i])))
            return false;
    }
    return true;
}

bool io_check_collisions(const io_inputs *in, char *const *names, bool in_place, qn_error *err)
{
    check c = { .in = in, .names = names };
    if (in->n == 0)
        return true;
    bool ok = prepare(&c, in->n) || qn_fail(err, QN_NOMEM, "out of memory while checking the outputs");
    for (size_t i = 0; i < in->n && ok; i++) {
        if (names[i] && strcmp(names[i], "-") != 0)
            ok = check_one(&c, i, in_place, err);
    }
    for (size_t i = 0; c.clean && i < in->n; i++)
        free(c.clean[i]);
    free(c.clean);
    free(c.input);
    free(c.output);
    free(c.by_input.entry);
    free(c.by_output.entry);
    free(c.by_name.entry);
    return ok;
}
