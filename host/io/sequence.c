#include "sequence.h"

#include "extent.h"
#include "outfile.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    CHUNK = 64 << 10,   /* what a pipe gives at once */
    SNIFF = 64,         /* bytes by which the type is told */
    PATIENCE_MS = 100,  /* between two looks at *stop */
    HEAD = 4 << 10,     /* of a file: enough for a header */
    LOOKED_AT = 4 << 20 /* of a stream, to tell that it holds nothing but a picture that is refused */
};

/* Beyond this, memory for a picture is taken as its bytes come, whatever its header says. */
#define TRUSTED ((uint64_t)64 << 20)

struct io_sequence {
    int fd;
    bool own; /* the descriptor is to be closed */
    io_limits limits;
    const volatile _Atomic int *stop;
    qn_bytes ahead;   /* read, and not of the last picture */
    uint64_t skip;    /* bytes that are still to come of a picture that was refused */
    uint64_t read;    /* bytes in all */
    io_type type;     /* of the last picture; IO_NONE: none yet */
    bool given, over; /* a picture was; nothing more can be read */
    size_t left;
    qn_error error; /* why it is over; QN_OK: its end came */
};

/* Formats whose files may hold several pictures, and nothing else behind the first. */
static bool is_pnm(io_type type)
{
    return type == IO_PNM || type == IO_PAM || type == IO_PFM;
}

static io_sequence *create(int fd, bool own, const io_limits *limits, qn_error *err)
{
    io_sequence *s = calloc(1, sizeof *s);
    if (s) {
        s->fd = fd;
        s->own = own;
        s->limits = *limits;
    } else {
        qn_fail(err, QN_NOMEM, "out of memory while reading");
    }
    return s;
}

io_sequence *io_sequence_open(int fd, const io_limits *limits, const volatile _Atomic int *stop, qn_error *err)
{
    io_sequence *s = create(fd, false, limits, err);
    if (s)
        s->stop = stop;
    return s;
}

void io_sequence_free(io_sequence **s)
{
    if (!s || !*s)
        return;
    if ((*s)->own)
        (void)close((*s)->fd);
    qn_bytes_free(&(*s)->ahead);
    free(*s);
    *s = NULL;
}

/* ---- reading ---- */

/* Waits for bytes or the end; false: it was stopped. */
static bool wait_for_bytes(io_sequence *s)
{
    struct pollfd p = { .fd = s->fd, .events = POLLIN };
    int n;
    while ((n = poll(&p, 1, PATIENCE_MS)) == 0 || (n < 0 && errno == EINTR))
        if (s->stop && atomic_load(s->stop))
            return qn_fail(&s->error, QN_CANCELLED, "not done: stopped by signal %d", atomic_load(s->stop));
    return true;
}

/* Up to `n` bytes more behind those in `out`. False: the end, or s->error. */
static bool read_more(io_sequence *s, qn_bytes *out, size_t n)
{
    if (s->over)
        return false;
    s->over = true;
    if (!qn_bytes_reserve(out, out->len + n))
        return qn_fail(&s->error, QN_NOMEM, "out of memory while reading");
    for (;;) {
        if (!wait_for_bytes(s))
            return false;
        const ssize_t got = read(s->fd, out->data + out->len, n);
        if (got > 0) {
            out->len += (size_t)got;
            s->read += (uint64_t)got;
            s->over = false;
            return true;
        }
        if (got == 0)
            return false;
        if (errno != EINTR && errno != EAGAIN)
            return qn_fail(&s->error, QN_IO, "cannot read: %s (after %llu bytes)", strerror(errno),
                           (unsigned long long)s->read);
    }
}

static void fill(io_sequence *s, qn_bytes *out, size_t len)
{
    while (out->len < len && read_more(s, out, CHUNK))
        ;
}

/* Up to `end`; what was read beyond it waits for the next picture. */
static bool take_picture(io_sequence *s, qn_bytes *out, uint64_t end)
{
    while (out->len < end) {
        const uint64_t rest = end - out->len;
        if (!read_more(s, out, rest < TRUSTED ? (size_t)rest : CHUNK * 16))
            return s->error.code == QN_OK; /* the decoder tells where it ends early */
    }
    const size_t behind = out->len - (size_t)end;
    out->len = (size_t)end;
    s->ahead.len = 0;
    return qn_bytes_append(&s->ahead, out->data + end, behind) ||
           qn_fail(&s->error, QN_NOMEM, "out of memory while reading");
}

static void take_rest(io_sequence *s, qn_bytes *out)
{
    while (read_more(s, out, CHUNK * 16))
        ;
}

static void drop(qn_bytes *b, size_t n)
{
    b->len -= n;
    if (b->len > 0)
        memmove(b->data, b->data + n, b->len);
}

/* What was refused is gone over; white space between two PNM is, too. */
static void skip_to_next(io_sequence *s)
{
    const uint64_t unread = s->skip > s->ahead.len ? s->skip - s->ahead.len : 0;
    if (s->own && unread > 0 && unread < INT64_MAX && lseek(s->fd, (off_t)unread, SEEK_CUR) >= 0) {
        s->ahead.len = 0;
        s->skip = 0;
    }
    while (s->skip > 0 && (s->ahead.len > 0 || read_more(s, &s->ahead, CHUNK))) {
        const size_t n = s->skip < s->ahead.len ? (size_t)s->skip : s->ahead.len;
        drop(&s->ahead, n);
        s->skip -= n;
    }
    if (!is_pnm(s->type))
        return;
    do {
        size_t blank = 0;
        while (blank < s->ahead.len && isspace(s->ahead.data[blank]))
            blank++;
        drop(&s->ahead, blank);
    } while (s->ahead.len == 0 && read_more(s, &s->ahead, CHUNK));
}

/* ---- pictures ---- */

bool io_sequence_goes_on(io_sequence *s)
{
    skip_to_next(s);
    fill(s, &s->ahead, SNIFF);
    return io_sniff(s->ahead.data, s->ahead.len) != IO_NONE;
}

/* Reads the picture whose first bytes are in `out`. */
static bool read_picture(io_sequence *s, qn_bytes *out)
{
    io_extent extent = { .end = 0 };
    for (;;) {
        switch (io_extent_scan(&extent, s->type, out->data, out->len, &s->limits)) {
        case IO_EXTENT_MORE:
            if (!read_more(s, out, out->len < CHUNK * 16 ? CHUNK : CHUNK * 16))
                return s->error.code == QN_OK;
            break;
        case IO_EXTENT_END: return take_picture(s, out, extent.end);
        case IO_EXTENT_REFUSE:
            s->over = s->over || extent.end == UINT64_MAX;
            s->skip = !s->over && extent.end > out->len ? extent.end - out->len : 0;
            return take_picture(s, out, extent.end < out->len ? extent.end : out->len);
        case IO_EXTENT_LOST: take_rest(s, out); return s->error.code == QN_OK;
        }
    }
}

bool io_sequence_next(io_sequence *s, qn_bytes *out, bool *any, qn_error *err)
{
    const bool strict = !s->given || is_pnm(s->type);
    const bool picture = io_sequence_goes_on(s);
    out->len = 0;
    *any = false;
    if (s->error.code == QN_OK && !picture && s->given && (s->ahead.len == 0 || !strict)) {
        s->left = s->ahead.len;
        s->over = true;
        s->ahead.len = 0;
        return true;
    }
    bool ok = s->error.code == QN_OK && (qn_bytes_append(out, s->ahead.data, s->ahead.len) ||
                                         qn_fail(&s->error, QN_NOMEM, "out of memory while reading"));
    s->ahead.len = 0;
    s->given = true;
    s->type = picture ? io_sniff(out->data, out->len) : IO_NONE;
    s->over = s->over || !picture; /* what is no picture has no end that could be found */
    ok = ok && (!picture || read_picture(s, out));
    *any = ok;
    if (!ok) {
        s->over = true;
        qn_fail(err, s->error.code, "%s", s->error.text);
    }
    return ok;
}

/* ---- a look ahead ---- */

typedef enum look {
    LOOK_UNKNOWN,
    LOOK_GOOD,
    LOOK_REFUSED, /* but another picture may follow */
    LOOK_HOPELESS /* and none follows */
} look;

static look look_at_header(const io_sequence *s)
{
    const uint8_t *data = s->ahead.data;
    const size_t len = s->ahead.len;
    if (len < SNIFF && !s->over)
        return LOOK_UNKNOWN;
    const io_type type = io_sniff(data, len);
    if (type == IO_NONE)
        return LOOK_HOPELESS;
    io_extent extent = { .end = 0 };
    const io_extent_state state = io_extent_scan(&extent, type, data, len, &s->limits);
    if (is_pnm(type) && state == IO_EXTENT_END && (!s->over || extent.end <= len))
        return LOOK_GOOD; /* its decoder would want all of it */
    io_limits limits = s->limits;
    limits.to_srgb = false; /* which would make the whole conversion ready */
    io_decoder *decoder = NULL;
    io_meta meta = { 0 };
    io_info info;
    qn_error err = { 0 };
    const bool good = io_decoder_open(&decoder, data, len, &limits, &info, &meta, &err);
    io_decoder_free(&decoder);
    io_meta_free(&meta);
    if (good || err.code == QN_NOMEM)
        return LOOK_GOOD;
    if (state == IO_EXTENT_REFUSE && extent.end == UINT64_MAX)
        return LOOK_HOPELESS;
    return err.code == QN_LIMIT || s->over ? LOOK_REFUSED : LOOK_UNKNOWN;
}

/* What was read to the end of the stream is one picture. */
static bool is_last(const io_sequence *s)
{
    const io_type type = io_sniff(s->ahead.data, s->ahead.len);
    io_extent extent = { .end = 0 };
    const io_extent_state state = io_extent_scan(&extent, type, s->ahead.data, s->ahead.len, &s->limits);
    return (state != IO_EXTENT_END && state != IO_EXTENT_REFUSE) || extent.end >= s->ahead.len;
}

bool io_sequence_refused(io_sequence *s)
{
    look seen = LOOK_UNKNOWN;
    for (size_t next = 0;;) { /* not at every piece: what is read to its end for nothing should be that seldom */
        if (seen == LOOK_UNKNOWN && (s->ahead.len >= next || s->over)) {
            seen = look_at_header(s);
            next = 2 * s->ahead.len;
        }
        if (s->over || seen == LOOK_GOOD || seen == LOOK_HOPELESS || s->ahead.len >= LOOKED_AT)
            break;
        (void)read_more(s, &s->ahead, CHUNK);
    }
    if (seen == LOOK_HOPELESS)
        return s->error.code == QN_OK;
    return seen == LOOK_REFUSED && s->over && s->error.code == QN_OK && is_last(s);
}

size_t io_sequence_left(const io_sequence *s)
{
    return s->left;
}

/* ---- files ---- */

/* Whether nothing but white space follows the picture that ends at `end`. */
static bool ends_there(int fd, uint64_t end, uint64_t size)
{
    uint8_t tail[SNIFF];
    if (end >= size)
        return true;
    const size_t want = size - end < sizeof tail ? (size_t)(size - end) : sizeof tail;
    const ssize_t n = want <= INT64_MAX - end ? pread(fd, tail, want, (off_t)end) : 0;
    ssize_t blank = 0;
    while (blank < n && isspace(tail[blank]))
        blank++;
    return n < 0 || (blank == n && end + want >= size);
}

static bool may_go_on(int fd, const io_limits *limits, uint64_t size)
{
    uint8_t head[HEAD];
    io_extent extent = { .end = 0 };
    const ssize_t n = pread(fd, head, sizeof head, 0);
    if (n <= 0)
        return false;
    const io_type type = io_sniff(head, (size_t)n);
    if (!is_pnm(type))
        return false;
    switch (io_extent_scan(&extent, type, head, (size_t)n, limits)) {
    case IO_EXTENT_MORE: return size > (uint64_t)n;
    case IO_EXTENT_END: return !ends_there(fd, extent.end, size);
    case IO_EXTENT_REFUSE: return size > (uint64_t)n; /* no more of it is read than that takes */
    case IO_EXTENT_LOST: break;
    }
    return false;
}

io_sequence *io_sequence_of_file(const char *path, const io_limits *limits, struct stat *st, qn_error *err)
{
    qn_error unread = { 0 };
    const int fd = io_open_regular(path, st, &unread);
    io_sequence *s = NULL;
    if (fd >= 0 && may_go_on(fd, limits, (uint64_t)st->st_size))
        s = create(fd, true, limits, err);
    if (fd >= 0 && !s)
        (void)close(fd);
    return s;
}
