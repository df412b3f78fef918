/* A library (LD_PRELOAD) in whose presence files end in a read error: QR_FAIL=BYTES lets read() and pread() have so
 * many bytes of each file whose name begins with "bad", and answers EIO from there on.
 *
 * A preloaded library has nothing but globals to hold on to. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

/* How many bytes of fd may be read at `at` (-1: where it stands); -1: as many as there are. */
static ssize_t allowed(int fd, off_t at)
{
    const char *limit = getenv("QR_FAIL");
    char link[64], name[4096];
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t n = limit ? readlink(link, name, sizeof name - 1) : -1;
    if (n <= 0)
        return -1;
    name[n] = '\0';
    const char *slash = strrchr(name, '/');
    if (!slash || strncmp(slash + 1, "bad", 3) != 0)
        return -1;
    const off_t from = at >= 0 ? at : lseek(fd, 0, SEEK_CUR), to = (off_t)strtoll(limit, NULL, 10);
    return from < to ? (ssize_t)(to - from) : 0;
}

ssize_t read(int fd, void *data, size_t n)
{
    ssize_t (*next)(int, void *, size_t);
    *(void **)&next = dlsym(RTLD_NEXT, "read");
    const ssize_t most = allowed(fd, -1);
    if (most == 0) {
        errno = EIO;
        return -1;
    }
    return next(fd, data, most > 0 && (size_t)most < n ? (size_t)most : n);
}

ssize_t pread(int fd, void *data, size_t n, off_t at)
{
    ssize_t (*next)(int, void *, size_t, off_t);
    *(void **)&next = dlsym(RTLD_NEXT, "pread");
    const ssize_t most = allowed(fd, at);
    if (most == 0) {
        errno = EIO;
        return -1;
    }
    return next(fd, data, most > 0 && (size_t)most < n ? (size_t)most : n, at);
}
