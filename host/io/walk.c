#include "walk.h"

#include "outfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Directories that were entered on behalf of one argument, by device and inode. */
typedef struct visited {
    struct {
        dev_t dev;
        ino_t ino;
    } * dir;
    size_t n, cap;
} visited;

typedef struct names {
    char **name;
    size_t n, cap;
} names;

typedef struct walk {
    io_inputs *in;
    const io_walk_options *options;
    visited seen;
    qn_error *err;
} walk;

static bool no_memory(qn_error *err)
{
    return qn_fail(err, QN_NOMEM, "out of memory while listing the inputs");
}

static void *grown(void *old, size_t n, size_t *cap, size_t size)
{
    if (n < *cap)
        return old;
    const size_t more = *cap ? *cap * 2 : 16;
    void *p = more > SIZE_MAX / size ? NULL : realloc(old, more * size);
    if (p)
        *cap = more;
    return p;
}

static bool add_file(io_inputs *in, const char *path, const char *rel, bool named, qn_error *err)
{
    io_input *item = grown(in->item, in->n, &in->cap, sizeof *item);
    if (!item)
        return no_memory(err);
    in->item = item;
    io_input one = { strdup(path), strdup(rel), named };
    if (!one.path || !one.rel) {
        free(one.path);
        free(one.rel);
        return no_memory(err);
    }
    in->item[in->n++] = one;
    return true;
}

/* Failures are few: the arrays grow to the next power of two, told from their length alone. */
static bool add_failure(io_inputs *in, const char *path, qn_code code, const char *what, const char *why, qn_error *err)
{
    const size_t n = in->failures;
    if ((n & (n - 1)) == 0) {
        const size_t cap = n ? n * 2 : 1;
        qn_error *failure = realloc(in->failure, cap * sizeof *failure);
        if (failure)
            in->failure = failure;
        char **paths = realloc(in->failure_path, cap * sizeof *paths);
        if (paths)
            in->failure_path = paths;
        if (!failure || !paths)
            return no_memory(err);
    }
    char *copy = strdup(path);
    if (!copy)
        return no_memory(err);
    in->failure[n] = (qn_error){ 0 };
    (void)qn_fail(&in->failure[n], code, "%s%s", what, why);
    in->failure_path[n] = copy;
    in->failures++;
    return true;
}

static bool push_name(names *list, const char *name, qn_error *err)
{
    char **p = grown(list->name, list->n, &list->cap, sizeof *p);
    if (!p)
        return no_memory(err);
    list->name = p;
    char *copy = strdup(name);
    if (!copy)
        return no_memory(err);
    list->name[list->n++] = copy;
    return true;
}

static void free_names(names *list)
{
    for (size_t i = 0; i < list->n; i++)
        free(list->name[i]);
    free(list->name);
    *list = (names){ 0 };
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b); /* compares as unsigned char, whatever the locale */
}

static void sort_names(names *list)
{
    if (list->n > 1)
        qsort(list->name, list->n, sizeof *list->name, by_bytes);
}

/* False with *again set: this directory was entered already, by another way or as its own ancestor. */
static bool enter(walk *w, const struct stat *st, bool *again)
{
    visited *v = &w->seen;
    for (size_t i = 0; i < v->n; i++) {
        if (v->dir[i].dev == st->st_dev && v->dir[i].ino == st->st_ino) {
            *again = true;
            return false;
        }
    }
    *again = false;
    void *p = grown(v->dir, v->n, &v->cap, sizeof *v->dir);
    if (!p)
        return no_memory(w->err);
    v->dir = p;
    v->dir[v->n].dev = st->st_dev;
    v->dir[v->n].ino = st->st_ino;
    v->n++;
    return true;
}

/* Sorts an entry into files and directories; what is neither is counted. Links are followed to files always, to
 * directories only where that was asked for. Nothing is opened here. */
static bool sort_entry(walk *w, int dirfd, const struct dirent *entry, names *files, names *dirs)
{
    mode_t mode = entry->d_type == DT_REG ? S_IFREG : entry->d_type == DT_DIR ? S_IFDIR : 0;
    bool link = false;
    struct stat st;
    if (mode == 0) {
        if (fstatat(dirfd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
            w->in->skipped++; /* it went away meanwhile */
            return true;
        }
        link = S_ISLNK(st.st_mode);
        if (link && fstatat(dirfd, entry->d_name, &st, 0) != 0) {
            w->in->skipped++; /* it points to nothing */
            return true;
        }
        mode = st.st_mode;
    }
    if (S_ISREG(mode))
        return push_name(files, entry->d_name, w->err);
    if (S_ISDIR(mode) && (!link || w->options->follow_links))
        return w->options->recurse ? push_name(dirs, entry->d_name, w->err) : true;
    w->in->skipped++;
    return true;
}

static bool list_directory(walk *w, const char *path, names *files, names *dirs)
{
    DIR *dir = opendir(path);
    if (!dir)
        return errno == ENOMEM
                   ? no_memory(w->err)
                   : add_failure(w->in, path, QN_IO, "cannot list the directory: ", strerror(errno), w->err);
    bool ok = true;
    while (ok) {
        errno = 0;
        const struct dirent *entry = readdir(dir);
        if (!entry) {
            if (errno != 0)
                ok = add_failure(w->in, path, QN_IO, "cannot list the directory: ", strerror(errno), w->err);
            break;
        }
        if (entry->d_name[0] != '.') /* hidden files, "." and ".." */
            ok = sort_entry(w, dirfd(dir), entry, files, dirs);
    }
    (void)closedir(dir);
    sort_names(files);
    sort_names(dirs);
    return ok;
}

static char *join(const char *dir, const char *name)
{
    const size_t d = strlen(dir), n = strlen(name);
    const bool slash = d > 0 && dir[d - 1] != '/';
    char *s = malloc(d + slash + n + 1);
    if (!s)
        return NULL;
    memcpy(s, dir, d);
    if (slash)
        s[d] = '/';
    memcpy(s + d + slash, name, n + 1);
    return s;
}

static bool walk_directory(walk *w, const char *path, const char *rel);

static bool walk_entry(walk *w, const char *path, const char *rel, const char *name, bool is_dir)
{
    char *sub = join(path, name), *sub_rel = join(rel, name);
    const bool ok = !sub || !sub_rel ? no_memory(w->err)
                    : is_dir         ? walk_directory(w, sub, sub_rel)
                                     : add_file(w->in, sub, sub_rel, false, w->err);
    free(sub);
    free(sub_rel);
    return ok;
}

/* The listing is read to its end and closed before anything in it is entered: one descriptor whatever the depth. A
 * path longer than the system takes ends the descent with a named failure. */
static bool walk_directory(walk *w, const char *path, const char *rel)
{
    struct stat st;
    bool again;
    if (stat(path, &st) != 0)
        return add_failure(w->in, path, QN_IO, "cannot open: ", strerror(errno), w->err);
    if (!enter(w, &st, &again))
        return again;
    names files = { 0 }, dirs = { 0 };
    bool ok = list_directory(w, path, &files, &dirs);
    for (size_t i = 0; i < files.n && ok; i++)
        ok = walk_entry(w, path, rel, files.name[i], false);
    for (size_t i = 0; i < dirs.n && ok; i++)
        ok = walk_entry(w, path, rel, dirs.name[i], true);
    free_names(&files);
    free_names(&dirs);
    return ok;
}

bool io_inputs_add(io_inputs *in, const char *arg, const io_walk_options *options, qn_error *err)
{
    struct stat st;
    if (strcmp(arg, "-") == 0)
        return add_file(in, "-", "stdin", true, err);
    if (arg[0] == '\0')
        return add_failure(in, arg, QN_IO, "an empty name", "", err);
    if (stat(arg, &st) != 0)
        return add_failure(in, arg, QN_IO, "cannot open: ", strerror(errno), err);
    if (S_ISDIR(st.st_mode)) {
        walk w = { .in = in, .options = options, .err = err };
        const bool ok = walk_directory(&w, arg, "");
        free(w.seen.dir);
        return ok;
    }
    if (!S_ISREG(st.st_mode))
        return add_failure(in, arg, QN_INPUT, "is no file and no directory, and is not opened", "", err);
    const char *slash = strrchr(arg, '/');
    return add_file(in, arg, slash ? slash + 1 : arg, true, err);
}

bool io_inputs_add_list(io_inputs *in, int fd, bool nul_separated, const io_walk_options *options, qn_error *err)
{
    qn_bytes list = { 0 };
    bool ok = io_read_fd(fd, &list, err) && (qn_bytes_append(&list, "", 1) || no_memory(err));
    const char separator = nul_separated ? '\0' : '\n';
    for (size_t at = 0; ok && at + 1 < list.len;) {
        char *name = (char *)list.data + at;
        char *end = memchr(name, separator, list.len - 1 - at);
        if (!end)
            end = (char *)list.data + list.len - 1;
        *end = '\0';
        at += (size_t)(end - name) + 1;
        if (end > name)
            ok = io_inputs_add(in, name, options, err);
    }
    qn_bytes_free(&list);
    return ok;
}

void io_inputs_free(io_inputs *in)
{
    if (!in)
        return;
    for (size_t i = 0; i < in->n; i++) {
        free(in->item[i].path);
        free(in->item[i].rel);
    }
    for (size_t i = 0; i < in->failures; i++)
        free(in->failure_path[i]);
    free(in->item);
    free(in->failure);
    free(in->failure_path);
    *in = (io_inputs){ 0 };
}
