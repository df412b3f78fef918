#include "infile.h"

#include "outfile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 1 << 20, HEAD = 64 << 10 /* by which the type is told */ };

struct io_infile {
    int fd;
    io_more more;
    uint64_t read;
    uint8_t piece[PIECE];
};

static bool next_piece(void *user, const uint8_t **data, size_t *len, qn_error *err)
{
    io_infile *f = user;
    ssize_t n;
    do
        n = read(f->fd, f->piece, sizeof f->piece);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return qn_fail(err, QN_IO, "cannot read: %s (after %llu bytes)", strerror(errno), (unsigned long long)f->read);
    f->read += (uint64_t)n;
    *data = f->piece;
    *len = (size_t)n;
    return true;
}

static bool look_at(void *user, uint64_t offset, void *to, size_t *len)
{
    const io_infile *f = user;
    size_t got = 0;
    while (got < *len) {
        const ssize_t n = pread(f->fd, (char *)to + got, *len - got, (off_t)(offset + got));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        if (n == 0)
            break;
        got += (size_t)n;
    }
    *len = got;
    return true;
}

/* `fd`, of which `read` bytes have been read; it is closed if there is no memory. */
static io_infile *create(int fd, const struct stat *st, size_t read, qn_error *err)
{
    io_infile *f = malloc(sizeof *f);
    if (!f) {
        (void)close(fd);
        qn_fail(err, QN_NOMEM, "out of memory while reading");
        return NULL;
    }
    f->fd = fd;
    f->read = read;
    f->more = (io_more){ next_piece, f, (uint64_t)st->st_size, look_at };
    return f;
}

io_infile *io_infile_open(const char *path, qn_bytes *first, struct stat *st, qn_error *err)
{
    first->len = 0;
    const int fd = io_open_regular(path, st, err);
    if (fd < 0)
        return NULL;
    if (io_read_up_to(fd, (size_t)st->st_size + 1, PIECE, first, err))
        return create(fd, st, first->len, err);
    (void)close(fd);
    return NULL;
}

bool io_read_picture(const char *path, uint64_t whole_up_to, qn_bytes *first, io_infile **file, struct stat *st,
                     qn_error *err)
{
    *file = NULL;
    first->len = 0;
    const int fd = io_open_regular(path, st, err);
    if (fd < 0)
        return false;
    const size_t expected = (size_t)st->st_size + 1; /* one more, so that the end is seen without growing */
    bool ok = io_read_up_to(fd, expected, HEAD, first, err);
    const io_type type = ok && first->len == HEAD ? io_sniff(first->data, first->len) : IO_NONE;
    if (expected > whole_up_to && io_reads_pieces(type)) {
        *file = create(fd, st, HEAD, err);
        return *file != NULL;
    }
    if (type != IO_NONE)
        ok = io_read_up_to(fd, expected, SIZE_MAX, first, err);
    (void)close(fd);
    return ok;
}

const io_more *io_infile_more(const io_infile *file)
{
    return &file->more;
}

void io_infile_close(io_infile **file)
{
    if (!file || !*file)
        return;
    if ((*file)->fd >= 0)
        (void)close((*file)->fd);
    free(*file);
    *file = NULL;
}
