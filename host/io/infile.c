#include "infile.h"

#include "outfile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 1 << 20 };

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

io_infile *io_infile_open(const char *path, qn_bytes *first, struct stat *st, qn_error *err)
{
    io_infile *f = malloc(sizeof *f);
    const uint8_t *data = NULL;
    size_t len = 0;
    first->len = 0;
    if (!f) {
        qn_fail(err, QN_NOMEM, "out of memory while reading");
        return NULL;
    }
    f->read = 0;
    f->fd = io_open_regular(path, st, err);
    bool ok = f->fd >= 0;
    if (ok) {
        f->more = (io_more){ next_piece, f, (uint64_t)st->st_size, look_at };
        ok = next_piece(f, &data, &len, err) &&
             (qn_bytes_append(first, data, len) || qn_fail(err, QN_NOMEM, "out of memory while reading"));
    }
    if (!ok)
        io_infile_close(&f);
    return f;
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
