/* Whole files and descriptors into memory, and out of it. */
#include "outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

enum { FIRST_READ = 64 << 10, CHUNK_MAX = 1 << 30 /* what one read() or write() is asked for */ };

static const char *kind_name(mode_t mode)
{
    if (S_ISDIR(mode))
        return "a directory";
    if (S_ISFIFO(mode))
        return "a FIFO";
    if (S_ISSOCK(mode))
        return "a socket";
    if (S_ISCHR(mode) || S_ISBLK(mode))
        return "a device";
    return "a special file";
}

/* Descriptors that were handed to us may be non-blocking. */
static bool wait_for(int fd, short events)
{
    struct pollfd p = { .fd = fd, .events = events };
    return poll(&p, 1, -1) >= 0 || errno == EINTR;
}

bool io_read_up_to(int fd, size_t expected, size_t most, qn_bytes *out, qn_error *err)
{
    if (!qn_bytes_reserve(out, expected < most ? expected : most))
        return qn_fail(err, QN_NOMEM, "out of memory while reading");
    while (out->len < most) {
        if (out->cap - out->len == 0 && !qn_bytes_reserve(out, out->len + FIRST_READ))
            return qn_fail(err, QN_NOMEM, "out of memory while reading");
        size_t room = out->cap - out->len;
        if (room > most - out->len)
            room = most - out->len;
        if (room > CHUNK_MAX)
            room = CHUNK_MAX;
        const ssize_t n = read(fd, out->data + out->len, room);
        if (n > 0) {
            out->len += (size_t)n;
        } else if (n == 0) {
            return true;
        } else if (errno == EAGAIN && wait_for(fd, POLLIN)) {
            continue;
        } else if (errno != EINTR) {
            return qn_fail(err, QN_IO, "cannot read: %s (after %zu bytes)", strerror(errno), out->len);
        }
    }
    return true;
}

bool io_read_fd(int fd, qn_bytes *out, qn_error *err)
{
    out->len = 0;
    return io_read_up_to(fd, FIRST_READ, SIZE_MAX, out, err);
}

int io_open_regular(const char *path, struct stat *st, qn_error *err)
{
    /* To open a FIFO or a device can block or do something; so its kind is asked for by name first. */
    if (stat(path, st) != 0) {
        qn_fail(err, QN_IO, "cannot open: %s", strerror(errno));
        return -1;
    }
    if (!S_ISREG(st->st_mode)) {
        qn_fail(err, QN_INPUT, "is %s, not a file", kind_name(st->st_mode));
        return -1;
    }
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        qn_fail(err, QN_IO, "cannot open: %s", strerror(errno));
        return -1;
    }
    if (fstat(fd, st) != 0)
        (void)qn_fail(err, QN_IO, "cannot open: %s", strerror(errno));
    else if (!S_ISREG(st->st_mode)) /* it was exchanged in between */
        (void)qn_fail(err, QN_INPUT, "is %s, not a file", kind_name(st->st_mode));
    else
        return fd;
    (void)close(fd);
    return -1;
}

bool io_read_file(const char *path, qn_bytes *out, struct stat *st, qn_error *err)
{
    struct stat own;
    if (!st)
        st = &own;
    out->len = 0;
    const int fd = io_open_regular(path, st, err);
    /* one more, so that the end is seen without growing */
    const bool ok = fd >= 0 && io_read_up_to(fd, (size_t)st->st_size + 1, SIZE_MAX, out, err);
    if (fd >= 0)
        (void)close(fd);
    return ok;
}

bool io_write_fd(int fd, const void *data, size_t len, qn_error *err)
{
    const uint8_t *p = data;
    while (len > 0) {
        const ssize_t n = write(fd, p, len < CHUNK_MAX ? len : CHUNK_MAX);
        if (n > 0) {
            p += n;
            len -= (size_t)n;
        } else if (n == 0) {
            return qn_fail(err, QN_IO, "cannot write: nothing more is taken");
        } else if (errno == EAGAIN && wait_for(fd, POLLOUT)) {
            continue;
        } else if (errno != EINTR) {
            return qn_fail(err, QN_IO, "cannot write: %s", strerror(errno));
        }
    }
    return true;
}
