#define _GNU_SOURCE
#include "program_cache.h"

#include "hash.h"
#include "strbuf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SUFFIX         ".program"
#define TEMP_PREFIX    "tmp-"
#define TEMP_MAX_AGE_S 3600 /* a temp file that old was left by a process that died */

static const gpu_cache_limits default_limits = { .entries = 200, .bytes = UINT64_C(256) << 20 };

struct gpu_cache {
    int dir; /* descriptor: what the path names later on does not matter */
    gpu_cache_limits limits;
    qn_log *log;
};

/* File: this, then the key, then the blob. Native byte order: the key names the device, so no other machine's entry
 * fits, and the magic number tells the order. */
typedef struct header {
    uint32_t magic, format;
    uint64_t key_len, value_len;
    uint64_t sum; /* over all of the above, the key and the blob */
} header;

enum { MAGIC = 0x71706331, FORMAT = 1 };

static uint64_t checksum(const header *h, const void *key, const void *value)
{
    uint64_t sum = qn_hash(QN_HASH_START, h, offsetof(header, sum));
    sum = qn_hash(sum, key, h->key_len);
    return qn_hash(sum, value, h->value_len);
}

typedef struct entry_name {
    char s[33 + sizeof SUFFIX];
} entry_name;

static entry_name name_of(const void *key, size_t key_len)
{
    entry_name name;
    uint64_t a = qn_hash(QN_HASH_START, key, key_len);
    uint64_t b = qn_hash(qn_hash(QN_HASH_START, "second", 6), key, key_len);
    snprintf(name.s, sizeof name.s, "%016llx%016llx" SUFFIX, (unsigned long long)a, (unsigned long long)b);
    return name;
}

/* ---- the directory ---- */

static bool make_parents(char *path)
{
    for (char *p = path + 1; *p; p++) {
        if (*p != '/')
            continue;
        *p = '\0';
        bool ok = mkdir(path, 0700) == 0 || errno == EEXIST || errno == EISDIR;
        *p = '/';
        if (!ok)
            return false;
    }
    return mkdir(path, 0700) == 0 || errno == EEXIST;
}

static bool default_dir(qn_strbuf *path)
{
    const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (xdg && xdg[0] == '/')
        sb_addf(path, "%s/quern", xdg);
    else if (home && home[0] == '/')
        sb_addf(path, "%s/.cache/quern", home);
    return path->len && sb_ok(path);
}

static int open_dir(char *path)
{
    if (!make_parents(path))
        return -1;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0 && faccessat(fd, ".", R_OK | W_OK | X_OK, 0)) {
        int why = errno;
        close(fd);
        errno = why;
        return -1;
    }
    return fd;
}

gpu_cache *gpu_cache_open(const char *dir, const gpu_cache_limits *limits, qn_log *log)
{
    qn_strbuf path = { .s = NULL };
    gpu_cache *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->limits = limits ? *limits : default_limits;
    c->log = log;
    if (dir && *dir)
        sb_add(&path, dir);
    else if (!default_dir(&path)) {
        qn_logf(log, QN_LOG_VERBOSE, "no program cache: neither XDG_CACHE_HOME nor HOME is set");
        goto error;
    }
    if (!sb_ok(&path))
        goto error;
    c->dir = open_dir(path.s);
    if (c->dir < 0) {
        qn_logf(log, QN_LOG_VERBOSE, "no program cache: %s: %s", path.s, strerror(errno));
        goto error;
    }
    sb_free(&path);
    return c;
error:
    sb_free(&path);
    free(c);
    return NULL;
}

void gpu_cache_close(gpu_cache **cache)
{
    if (!cache || !*cache)
        return;
    close((*cache)->dir);
    free(*cache);
    *cache = NULL;
}

/* ---- reading ---- */

static bool read_all(int fd, void *data, size_t len)
{
    char *p = data;
    while (len) {
        ssize_t n = read(fd, p, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        p += n;
        len -= (size_t)n;
    }
    return true;
}

/* The whole file, or false. *bad: the file is there and is no regular file of a sane size. */
static bool load(const gpu_cache *c, const char *name, qn_bytes *file, bool *bad)
{
    /* O_NONBLOCK: a FIFO of that name must not hold us. */
    int fd = openat(c->dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) {
        *bad = errno == ELOOP;
        return false;
    }
    struct stat st;
    bool ok = !fstat(fd, &st);
    *bad =
        ok && (!S_ISREG(st.st_mode) || (uint64_t)st.st_size < sizeof(header) || (uint64_t)st.st_size > c->limits.bytes);
    ok = ok && !*bad && qn_bytes_reserve(file, (size_t)st.st_size) && read_all(fd, file->data, (size_t)st.st_size);
    if (ok) {
        file->len = (size_t)st.st_size;
        (void)futimens(fd, NULL); /* last use, for the limits */
    }
    close(fd);
    return ok;
}

/* Whether it is an entry at all, of whatever key. */
static bool sound(const qn_bytes *file, header *h)
{
    if (file->len < sizeof *h)
        return false;
    memcpy(h, file->data, sizeof *h);
    size_t rest = file->len - sizeof *h;
    if (h->magic != MAGIC || h->format != FORMAT || h->key_len > rest || h->value_len != rest - h->key_len)
        return false;
    const uint8_t *key = file->data + sizeof *h;
    return h->sum == checksum(h, key, key + h->key_len);
}

bool gpu_cache_get(gpu_cache *c, const void *key, size_t key_len, qn_bytes *value)
{
    value->len = 0;
    if (!c)
        return false;
    entry_name name = name_of(key, key_len);
    qn_bytes file = { .data = NULL };
    bool bad = false, found = false;
    header h;
    if (load(c, name.s, &file, &bad)) {
        bad = !sound(&file, &h);
        const uint8_t *stored = file.data + sizeof h;
        /* Another key of the same hash is no fault of the entry. */
        if (!bad && h.key_len == key_len && !memcmp(stored, key, key_len))
            found = qn_bytes_append(value, stored + key_len, h.value_len);
    }
    if (bad) {
        qn_logf(c->log, QN_LOG_VERBOSE, "program cache: %s is damaged: removed", name.s);
        (void)unlinkat(c->dir, name.s, 0);
    }
    qn_bytes_free(&file);
    return found;
}

/* ---- limits ---- */

typedef struct kept {
    entry_name name;
    uint64_t bytes;
    struct timespec used;
} kept;

static int older_first(const void *a, const void *b)
{
    const kept *x = a, *y = b;
    if (x->used.tv_sec != y->used.tv_sec)
        return x->used.tv_sec < y->used.tv_sec ? -1 : 1;
    if (x->used.tv_nsec != y->used.tv_nsec)
        return x->used.tv_nsec < y->used.tv_nsec ? -1 : 1;
    return strcmp(x->name.s, y->name.s);
}

static bool is_entry(const char *name)
{
    size_t len = strlen(name);
    return len == 32 + sizeof SUFFIX - 1 && !strcmp(name + 32, SUFFIX);
}

static void remove_if_stale(const gpu_cache *c, const char *name)
{
    struct stat st;
    if (!fstatat(c->dir, name, &st, AT_SYMLINK_NOFOLLOW) && S_ISREG(st.st_mode) &&
        time(NULL) - st.st_mtim.tv_sec > TEMP_MAX_AGE_S)
        (void)unlinkat(c->dir, name, 0);
}

static bool list(const gpu_cache *c, qn_bytes *found)
{
    int fd = openat(c->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    bool ok = true;
    for (struct dirent *e; ok && (e = readdir(dir));) {
        struct stat st;
        if (!strncmp(e->d_name, TEMP_PREFIX, sizeof TEMP_PREFIX - 1))
            remove_if_stale(c, e->d_name);
        if (!is_entry(e->d_name) || fstatat(c->dir, e->d_name, &st, AT_SYMLINK_NOFOLLOW))
            continue;
        kept k = { .bytes = (uint64_t)st.st_size, .used = st.st_mtim };
        memcpy(k.name.s, e->d_name, strlen(e->d_name) + 1);
        ok = qn_bytes_append(found, &k, sizeof k);
    }
    closedir(dir);
    return ok;
}

static void keep_limits(const gpu_cache *c)
{
    qn_bytes found = { .data = NULL };
    if (list(c, &found)) {
        kept *k = (kept *)(void *)found.data;
        size_t n = found.len / sizeof *k;
        uint64_t total = 0;
        if (n)
            qsort(k, n, sizeof *k, older_first);
        for (size_t i = 0; i < n; i++)
            total += k[i].bytes;
        for (size_t i = 0; i < n && (n - i > c->limits.entries || total > c->limits.bytes); i++) {
            (void)unlinkat(c->dir, k[i].name.s, 0);
            total -= k[i].bytes;
        }
    }
    qn_bytes_free(&found);
}

/* ---- writing ---- */

static bool write_all(int fd, const void *data, size_t len)
{
    const char *p = data;
    while (len) {
        ssize_t n = write(fd, p, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        p += n;
        len -= (size_t)n;
    }
    return true;
}

/* A file of its own in the directory: the process's number and a count that another one of the same number, in another
 * container, may have taken. */
static int open_temp(const gpu_cache *c, char *name, size_t size)
{
    for (unsigned i = 0; i < 100; i++) {
        snprintf(name, size, TEMP_PREFIX "%ld-%u", (long)getpid(), i);
        int fd = openat(c->dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    return -1;
}

bool gpu_cache_put(gpu_cache *c, const void *key, size_t key_len, const void *value, size_t value_len)
{
    if (!c)
        return false;
    header h = { .magic = MAGIC, .format = FORMAT, .key_len = key_len, .value_len = value_len };
    h.sum = checksum(&h, key, value);
    entry_name name = name_of(key, key_len);
    char temp[64];
    int fd = open_temp(c, temp, sizeof temp);
    if (fd < 0) {
        qn_logf(c->log, QN_LOG_VERBOSE, "program cache: nothing saved: %s", strerror(errno));
        return false;
    }
    bool ok = write_all(fd, &h, sizeof h) && write_all(fd, key, key_len) && write_all(fd, value, value_len);
    int why = errno;
    if (close(fd) && ok) {
        ok = false;
        why = errno;
    }
    if (ok && renameat(c->dir, temp, c->dir, name.s)) {
        ok = false;
        why = errno;
    }
    if (!ok) {
        (void)unlinkat(c->dir, temp, 0);
        qn_logf(c->log, QN_LOG_VERBOSE, "program cache: nothing saved: %s", strerror(why));
        return false;
    }
    keep_limits(c);
    return true;
}

void gpu_cache_remove(gpu_cache *c, const void *key, size_t key_len)
{
    if (!c)
        return;
    entry_name name = name_of(key, key_len);
    (void)unlinkat(c->dir, name.s, 0);
}
