/* Memory for surfaces that are larger than may be held: a file without a name, mapped. The kernel of the operating
 * system writes to the disk what there is no room for, and fetches it back when it is read. */
#define _GNU_SOURCE
#include "gpu_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* An open file that nothing else sees, or -1 with errno. */
static int open_nameless(const char *folder)
{
    int fd = -1;
#ifdef O_TMPFILE
    fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
#endif
    if (fd >= 0)
        return fd;
    char path[4096]; /* file systems without such files, and older kernels */
    if (snprintf(path, sizeof path, "%s/quern-XXXXXX", folder) >= (int)sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        (void)unlink(path);
    return fd;
}

/* /tmp is often memory itself. */
static int open_somewhere(const char **folder)
{
    const char *asked = getenv("TMPDIR");
    *folder = asked && *asked ? asked : "/var/tmp";
    int fd = open_nameless(*folder);
    if (fd < 0 && !(asked && *asked)) {
        *folder = "/tmp";
        fd = open_nameless(*folder);
    }
    return fd;
}

static bool fail(const char *folder, uint64_t size, int wrong, qn_error *err)
{
    return qn_fail(err, QN_IO,
                   "%s: a temporary file of %llu MB (the picture does not fit into memory; TMPDIR says where): %s",
                   folder, (unsigned long long)(size + 999999) / 1000000, strerror(wrong));
}

int gpu_temporary_file(uint64_t size, qn_error *err)
{
    const char *folder;
    const int fd = open_somewhere(&folder);
    int wrong = fd < 0 ? errno : posix_fallocate(fd, 0, (off_t)size);
    if (fd >= 0 && (wrong == EOPNOTSUPP || wrong == EINVAL))
        wrong = ftruncate(fd, (off_t)size) == 0 ? 0 : errno;
    if (!wrong)
        return fd;
    if (fd >= 0)
        close(fd);
    (void)fail(folder, size, wrong, err);
    return -1;
}

static void *map_file(size_t size, qn_error *err)
{
    const int fd = gpu_temporary_file(size, err);
    if (fd < 0)
        return NULL;
    void *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED)
        (void)fail("mapping", size, errno, err);
    close(fd);
    return map == MAP_FAILED ? NULL : map;
}

bool gpu_buffer_on_disk(gpu *g, gpu_buffer *b, size_t size, qn_error *err)
{
    size = size ? (size + 4095) / 4096 * 4096 : 4096;
    gpu_buffer_release(g, b);
    void *map = map_file(size, err);
    if (!map)
        return false;
    if (!gpu_buffer_create(g, b, CL_MEM_READ_WRITE | CL_MEM_USE_HOST_PTR, size, map, err)) {
        munmap(map, size);
        return false;
    }
    b->map = map;
    return true;
}

void gpu_buffer_let_go(const gpu_buffer *b)
{
    if (b->map)
        (void)madvise(b->map, b->size, MADV_DONTNEED); /* of a shared mapping: the file keeps what was written */
}

uint64_t gpu_mapped_bytes(void)
{
    unsigned long long pages = 0;
    FILE *f = fopen("/proc/self/statm", "re");
    if (!f)
        return 0;
    if (fscanf(f, "%*u %*u %llu", &pages) != 1)
        pages = 0;
    fclose(f);
    return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

void gpu_buffer_unmap(gpu_buffer *b)
{
    if (b->map)
        munmap(b->map, b->size);
    b->map = NULL;
}
