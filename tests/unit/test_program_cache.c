/* The program cache's files: hits, misses, and every way in which an entry can be bad. */
#include "check.h"
#include "program_cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

typedef struct place {
    char dir[64];
    char entry[512]; /* path of the only entry, after find_entry() */
} place;

static unsigned entries(place *p)
{
    unsigned n = 0;
    DIR *dir = opendir(p->dir);
    for (struct dirent *e; dir && (e = readdir(dir));)
        if (e->d_name[0] != '.') {
            snprintf(p->entry, sizeof p->entry, "%s/%s", p->dir, e->d_name);
            n++;
        }
    if (dir)
        closedir(dir);
    return n;
}

static void empty(place *p)
{
    while (entries(p) && !unlink(p->entry))
        continue;
}

static bool holds(gpu_cache *c, const char *key, const char *value)
{
    qn_bytes got = { .data = NULL };
    bool ok = gpu_cache_get(c, key, strlen(key), &got) && got.len == strlen(value) &&
              (!got.len || !memcmp(got.data, value, got.len));
    qn_bytes_free(&got);
    return ok;
}

static bool misses(gpu_cache *c, const char *key)
{
    qn_bytes got = { .data = NULL };
    bool found = gpu_cache_get(c, key, strlen(key), &got);
    bool ok = !found && got.len == 0;
    qn_bytes_free(&got);
    return ok;
}

static bool put(gpu_cache *c, const char *key, const char *value)
{
    return gpu_cache_put(c, key, strlen(key), value, strlen(value));
}

static void hits(place *p)
{
    gpu_cache *c = gpu_cache_open(p->dir, NULL, NULL);
    if (!CHECK(c))
        return;
    CHECK(misses(c, "key"));
    CHECK(put(c, "key", "value"));
    CHECK(holds(c, "key", "value"));
    CHECK(misses(c, "kez"));
    CHECK(misses(c, "ke"));
    CHECK(put(c, "key", "another")); /* replaces */
    CHECK(holds(c, "key", "another"));
    CHECK_EQ_INT(entries(p), 1);
    CHECK(put(c, "empty", ""));
    CHECK(holds(c, "empty", ""));
    gpu_cache_close(&c);
    CHECK(!c);
    gpu_cache_close(&c);
    c = gpu_cache_open(p->dir, NULL, NULL); /* another process */
    CHECK(holds(c, "key", "another"));
    gpu_cache_remove(c, "key", 3);
    CHECK(misses(c, "key"));
    gpu_cache_close(&c);
    CHECK(misses(NULL, "key"));
    CHECK(!put(NULL, "key", "value"));
    empty(p);
}

static size_t read_file(const char *path, uint8_t *data, size_t cap)
{
    int fd = open(path, O_RDONLY);
    ssize_t n = fd >= 0 ? read(fd, data, cap) : -1;
    if (fd >= 0)
        close(fd);
    return n > 0 ? (size_t)n : 0;
}

static bool write_file(const char *path, const uint8_t *data, size_t n)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    bool ok = fd >= 0 && write(fd, data, n) == (ssize_t)n;
    if (fd >= 0)
        close(fd);
    return ok;
}

/* Every byte changed, and every length: never a wrong value, and the file is gone afterwards. */
static void damage(place *p)
{
    gpu_cache *c = gpu_cache_open(p->dir, NULL, NULL);
    uint8_t good[512], bad[513];
    CHECK(put(c, "a key", "the blob of the key"));
    CHECK_EQ_INT(entries(p), 1);
    size_t n = read_file(p->entry, good, sizeof good);
    CHECK(n > 24 && n < sizeof good);
    for (size_t i = 0; i < n; i++)
        for (unsigned bit = 1; bit < 256; bit <<= 1) {
            memcpy(bad, good, n);
            bad[i] = (uint8_t)(bad[i] ^ bit);
            CHECK(write_file(p->entry, bad, n));
            CHECK_MSG(misses(c, "a key"), "byte %zu changed by %u", i, bit);
            CHECK(access(p->entry, F_OK) != 0);
        }
    for (size_t len = 0; len < n; len++) {
        CHECK(write_file(p->entry, good, len));
        CHECK_MSG(misses(c, "a key"), "cut to %zu bytes", len);
        CHECK(access(p->entry, F_OK) != 0);
    }
    memcpy(bad, good, n);
    bad[n] = 0;
    CHECK(write_file(p->entry, bad, n + 1)); /* longer than it says */
    CHECK(misses(c, "a key"));
    CHECK(write_file(p->entry, good, n));
    CHECK(holds(c, "a key", "the blob of the key"));
    CHECK(put(c, "a key", "new")); /* rebuilt after damage */
    CHECK(holds(c, "a key", "new"));
    gpu_cache_close(&c);
    empty(p);
}

/* A sound entry of another key under our name, as two keys of one hash would leave it. */
static void same_hash(place *p)
{
    gpu_cache *c = gpu_cache_open(p->dir, NULL, NULL);
    uint8_t other[512];
    CHECK(put(c, "other", "of the other"));
    CHECK_EQ_INT(entries(p), 1);
    size_t n = read_file(p->entry, other, sizeof other);
    empty(p);
    CHECK(put(c, "mine!", "mine"));
    CHECK_EQ_INT(entries(p), 1);
    CHECK(write_file(p->entry, other, n));
    CHECK(misses(c, "mine!"));
    CHECK_EQ_INT(access(p->entry, F_OK), 0); /* no fault of the entry */
    CHECK(put(c, "mine!", "mine"));
    CHECK(holds(c, "mine!", "mine"));
    gpu_cache_close(&c);
    empty(p);
}

static void strange_files(place *p)
{
    gpu_cache *c = gpu_cache_open(p->dir, NULL, NULL);
    CHECK(put(c, "key", "value"));
    CHECK_EQ_INT(entries(p), 1);
    unlink(p->entry);
    CHECK_EQ_INT(mkfifo(p->entry, 0600), 0);
    CHECK(misses(c, "key")); /* and does not hang */
    CHECK(access(p->entry, F_OK) != 0);
    CHECK_EQ_INT(symlink("/dev/zero", p->entry), 0);
    CHECK(misses(c, "key"));
    CHECK_EQ_INT(mkdir(p->entry, 0700), 0);
    CHECK(misses(c, "key"));
    CHECK(!put(c, "key", "value"));
    CHECK_EQ_INT(rmdir(p->entry), 0);
    CHECK_EQ_INT(entries(p), 0); /* no temp file left */
    gpu_cache_close(&c);
}

static void unwritable(const place *p)
{
    char path[128];
    snprintf(path, sizeof path, "%s/file", p->dir);
    CHECK(write_file(path, (const uint8_t *)"x", 1));
    char below[160];
    snprintf(below, sizeof below, "%s/cache", path);
    CHECK(!gpu_cache_open(below, NULL, NULL)); /* a file where a directory should be: no mode helps root */
    CHECK(!gpu_cache_open(path, NULL, NULL));
    CHECK(!gpu_cache_open("/proc/quern", NULL, NULL));
    unlink(path);
    snprintf(below, sizeof below, "%s/a/b", p->dir);
    gpu_cache *c = gpu_cache_open(below, NULL, NULL); /* parents are made */
    CHECK(c);
    CHECK(put(c, "key", "value"));
    gpu_cache_remove(c, "key", 3);
    rmdir(below); /* vanishes under a running process */
    CHECK(!put(c, "key", "value"));
    CHECK(misses(c, "key"));
    gpu_cache_close(&c);
    snprintf(below, sizeof below, "%s/a", p->dir);
    rmdir(below);
}

static void set_age(const char *path, time_t seconds)
{
    struct timespec when[2] = { { .tv_sec = time(NULL) - seconds }, { .tv_sec = time(NULL) - seconds } };
    CHECK_EQ_INT(utimensat(AT_FDCWD, path, when, 0), 0);
}

static void limits(place *p)
{
    gpu_cache_limits few = { .entries = 3, .bytes = 1 << 20 };
    gpu_cache *c = gpu_cache_open(p->dir, &few, NULL);
    const char *key[] = { "one", "two", "three" };
    for (int i = 0; i < 3; i++) {
        CHECK(put(c, key[i], "v"));
        DIR *dir = opendir(p->dir);
        for (struct dirent *e; dir && (e = readdir(dir));) {
            char path[400];
            struct stat st;
            snprintf(path, sizeof path, "%s/%s", p->dir, e->d_name);
            if (e->d_name[0] != '.' && !stat(path, &st) && time(NULL) - st.st_mtime < 50)
                set_age(path, 1000 - 100 * i);
        }
        if (dir)
            closedir(dir);
    }
    CHECK(holds(c, "one", "v")); /* used: now the youngest */
    CHECK(put(c, "four", "v"));
    CHECK_EQ_INT(entries(p), 3);
    CHECK(misses(c, "two")); /* the oldest went */
    CHECK(holds(c, "one", "v") && holds(c, "three", "v") && holds(c, "four", "v"));
    gpu_cache_close(&c);
    empty(p);

    gpu_cache_limits small = { .entries = 100, .bytes = 150 };
    c = gpu_cache_open(p->dir, &small, NULL);
    for (int i = 0; i < 5; i++) {
        char k[16];
        snprintf(k, sizeof k, "k%d", i);
        CHECK(put(c, k, "0123456789"));
    }
    CHECK(entries(p) >= 2 && entries(p) <= 3);
    char old[128];
    snprintf(old, sizeof old, "%s/tmp-1-0", p->dir); /* left by a process that was killed */
    CHECK(write_file(old, (const uint8_t *)"x", 1));
    set_age(old, 7200);
    CHECK(put(c, "k", "v"));
    CHECK(access(old, F_OK) != 0);
    gpu_cache_close(&c);
    empty(p);
}

/* Processes that put and get the same keys at once see a whole value of their key, or none. */
static int hammer(const char *dir, int seed)
{
    gpu_cache_limits few = { .entries = 3, .bytes = 1 << 20 };
    gpu_cache *c = gpu_cache_open(dir, &few, NULL);
    char value[3000], key[8];
    int wrong = !c;
    for (int i = 0; i < 150 && !wrong; i++) {
        int k = (i + seed) % 5;
        qn_bytes got = { .data = NULL };
        snprintf(key, sizeof key, "key %d", k);
        memset(value, 'a' + k, sizeof value);
        if (gpu_cache_get(c, key, strlen(key), &got)) {
            for (size_t b = 0; b < got.len; b++)
                wrong |= got.data[b] != 'a' + k;
            wrong |= got.len < 1000;
        }
        qn_bytes_free(&got);
        wrong |= !gpu_cache_put(c, key, strlen(key), value, 1000 + (size_t)i * 10);
    }
    gpu_cache_close(&c);
    return wrong;
}

static void concurrent(place *p)
{
    pid_t child[4];
    for (int i = 0; i < 4; i++) {
        child[i] = fork();
        if (child[i] == 0)
            _exit(hammer(p->dir, i));
    }
    for (int i = 0; i < 4; i++) {
        int status = -1;
        CHECK(child[i] > 0 && waitpid(child[i], &status, 0) == child[i]);
        CHECK_EQ_INT(status, 0);
    }
    CHECK(entries(p) <= 3);
    empty(p);
}

int main(void)
{
    place p = { .dir = "/tmp/quern-test-XXXXXX" };
    if (!CHECK(mkdtemp(p.dir)))
        return check_summary();
    hits(&p);
    damage(&p);
    same_hash(&p);
    strange_files(&p);
    unwritable(&p);
    limits(&p);
    concurrent(&p);
    CHECK_EQ_INT(rmdir(p.dir), 0);
    return check_summary();
}
