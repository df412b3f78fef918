/* How a file comes to its name.
 *
 * New names: an unnamed file (O_TMPFILE) is written and then linked to its name, so there is nothing to clean up
 * whatever happens, SIGKILL included. Where a file is to be replaced, the unnamed file is linked to a temporary name
 * and that is renamed, since a link cannot replace. Where unnamed files are not supported, or cannot be linked (no
 * /proc), a temporary name from the start. The two ways share everything but how the file is
 * opened and how it gets its name. */
#include "outfile.h"

#include "tempnames.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINKS_MAX = 40, DRAWS_MAX = 100 };

struct io_outfile {
    io_write_options options;
    struct stat like;
    char *path;       /* owned; links resolved where the target is to be replaced */
    const char *base; /* the last component, inside path */
    int dirfd, fd;
    bool dir_readable; /* so that it can be synced */
    bool replaces;     /* there is a file now */
    struct stat old;   /* of that file */
    temp_name temp;
    qn_error *err; /* of the call that is running */
};

typedef struct io_outfile job;

static bool fails(const job *j, const char *what)
{
    const int code = errno;
    if (code == ECANCELED)
        return qn_fail(j->err, QN_CANCELLED, "the run was stopped");
    return qn_fail(j->err, QN_IO, "%s: %s", what, strerror(code));
}

static bool exists(const job *j)
{
    return qn_fail(j->err, QN_EXISTS, "exists already (--overwrite replaces it)");
}

/* mkdir -p for the directory part. Another thread may be making the same ones. */
static bool make_dirs(const job *j)
{
    for (char *p = j->path + 1; *p; p++) {
        if (*p != '/' || p[-1] == '/')
            continue;
        *p = '\0';
        const bool ok = mkdir(j->path, 0777) == 0 || errno == EEXIST || errno == EISDIR;
        const int code = errno;
        struct stat st;
        const bool there = ok || (stat(j->path, &st) == 0 && S_ISDIR(st.st_mode)); /* a read-only parent, say */
        *p = '/';
        if (!there) {
            errno = code;
            return fails(j, "cannot make its directory");
        }
    }
    return true;
}

/* A link at the output's place stays a link: what it points to is replaced. The last component is followed by hand,
 * since that may not exist. */
static bool follow_links(job *j)
{
    for (int i = 0; i < LINKS_MAX; i++) {
        char to[PATH_MAX];
        const ssize_t n = readlink(j->path, to, sizeof to - 1);
        if (n < 0)
            return errno == EINVAL || errno == ENOENT ? true : fails(j, "cannot follow the link");
        to[n] = '\0';
        const char *slash = strrchr(j->path, '/');
        const size_t dir = to[0] == '/' || !slash ? 0 : (size_t)(slash - j->path) + 1;
        char *next = malloc(dir + (size_t)n + 1);
        if (!next)
            return qn_fail(j->err, QN_NOMEM, "out of memory while writing");
        memcpy(next, j->path, dir);
        memcpy(next + dir, to, (size_t)n + 1);
        free(j->path);
        j->path = next;
    }
    errno = ELOOP;
    return fails(j, "cannot follow the link");
}

static bool open_directory(job *j)
{
    char *slash = strrchr(j->path, '/');
    j->base = slash ? slash + 1 : j->path;
    const char *dir = ".";
    if (slash == j->path)
        dir = "/";
    else if (slash)
        dir = j->path;
    if (slash && slash != j->path)
        *slash = '\0';
    j->dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    j->dir_readable = j->dirfd >= 0;
    if (j->dirfd < 0 && errno == EACCES) /* one may write into a directory that one may not list */
        j->dirfd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (j->dirfd < 0)
        return fails(j, "cannot open its directory");
    if (j->base[0] == '\0' || strcmp(j->base, ".") == 0 || strcmp(j->base, "..") == 0)
        return qn_fail(j->err, QN_IO, "names a directory, not a file");
    return true;
}

/* What stands at the name now. */
static bool look(job *j)
{
    if (fstatat(j->dirfd, j->base, &j->old, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? true : fails(j, "cannot look at it");
    if (!j->options.replace)
        return exists(j);
    if (!S_ISREG(j->old.st_mode))
        return qn_fail(j->err, QN_IO, "is no regular file and is not replaced");
    j->replaces = true;
    return true;
}

static bool not_supported(int code)
{
    return code == EOPNOTSUPP || code == ENOSYS || code == EPERM || code == EINVAL;
}

static bool wants_sync(const job *j)
{
    return j->options.sync == IO_SYNC_ALWAYS || (j->options.sync == IO_SYNC_REPLACE && j->replaces);
}

/* Owner, mode, times, and to the disk where that is asked for. */
static bool put_attributes(job *j)
{
    const struct stat *like = j->options.like;
    /* A run by root must not take the files away from their owner. Others cannot give files away, nor need they. */
    if (j->replaces && geteuid() == 0 && fchown(j->fd, j->old.st_uid, j->old.st_gid) != 0 && !not_supported(errno))
        return fails(j, "cannot set its owner");
    if (like && fchmod(j->fd, like->st_mode & 0777) != 0 && !not_supported(errno))
        return fails(j, "cannot set its mode");
    if (like && j->options.keep_times) {
        const struct timespec times[2] = { like->st_atim, like->st_mtim };
        if (futimens(j->fd, times) != 0 && !not_supported(errno))
            return fails(j, "cannot set its times");
    }
    if (wants_sync(j) && fsync(j->fd) != 0 && errno != EINVAL)
        return fails(j, "cannot write to the disk");
    return true;
}

/* Errors that a file system keeps until close() must come before the file has its name. */
static bool close_file(job *j)
{
    const int fd = j->fd;
    j->fd = -1;
    return close(fd) == 0 || errno == EINTR ? true : fails(j, "cannot write");
}

static bool sync_directory(const job *j)
{
    if (!wants_sync(j) || !j->dir_readable || fsync(j->dirfd) == 0 || errno == EINVAL)
        return true;
    return fails(j, "is written, but its directory cannot be synced");
}

static bool finish_replace(job *j)
{
    if (renameat(j->dirfd, j->temp.name, j->dirfd, j->base) != 0)
        return fails(j, "cannot rename to it");
    temp_name_drop(&j->temp);
    return sync_directory(j);
}

static bool link_fd(const job *j, const char *name)
{
    char source[32];
    (void)snprintf(source, sizeof source, "/proc/self/fd/%d", j->fd);
    return linkat(AT_FDCWD, source, j->dirfd, name, AT_SYMLINK_FOLLOW) == 0;
}

typedef enum outcome { DONE, FAILED, TRY_NAMED } outcome;

static outcome outcome_of(bool ok)
{
    return ok ? DONE : FAILED;
}

/* Links the unnamed file to a temporary name and renames that onto the output. */
static outcome link_and_rename(job *j)
{
    if (!temp_name_take(&j->temp, j->dirfd))
        return outcome_of(fails(j, "cannot make a temporary name"));
    for (int i = 0; !link_fd(j, j->temp.name); i++) {
        if (errno != EEXIST || i >= DRAWS_MAX || !temp_name_redraw(&j->temp)) {
            temp_name_drop(&j->temp);
            return TRY_NAMED;
        }
    }
    if (!temp_name_made(&j->temp))
        return outcome_of(fails(j, "cannot write"));
    return outcome_of(finish_replace(j));
}

/* False: not supported, or an error that the other way will meet again and report. */
static bool open_unnamed(job *j)
{
    j->fd = openat(j->dirfd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
    return j->fd >= 0;
}

static outcome name_unnamed(job *j)
{
    /* close() tells the last errors, but to link the file it must stay open: so one of two descriptors is closed. */
    const int keep = fcntl(j->fd, F_DUPFD_CLOEXEC, 0);
    if (keep < 0)
        return outcome_of(fails(j, "cannot write"));
    const bool closed = close_file(j);
    j->fd = keep;
    if (!closed)
        return FAILED;
    if (!j->replaces) {
        if (link_fd(j, j->base))
            return outcome_of(sync_directory(j));
        if (errno != EEXIST)
            return TRY_NAMED;
        if (!j->options.replace)
            return outcome_of(exists(j));
        if (!look(j)) /* it has come up since we looked */
            return FAILED;
        if (wants_sync(j) && fsync(j->fd) != 0 && errno != EINVAL)
            return outcome_of(fails(j, "cannot write to the disk"));
    }
    return link_and_rename(j);
}

/* Gives the temporary file its name without replacing anything. */
static bool finish_new(job *j)
{
    if (renameat2(j->dirfd, j->temp.name, j->dirfd, j->base, RENAME_NOREPLACE) == 0) {
        temp_name_drop(&j->temp);
        return sync_directory(j);
    }
    if (errno == EEXIST)
        return exists(j);
    if (errno != EINVAL && errno != ENOSYS)
        return fails(j, "cannot rename to it");
    /* A file system without that flag. The temporary name is removed by the caller. */
    if (linkat(j->dirfd, j->temp.name, j->dirfd, j->base, 0) == 0)
        return sync_directory(j);
    return errno == EEXIST ? exists(j) : fails(j, "cannot link to it");
}

static bool open_named(job *j)
{
    if (!temp_name_take(&j->temp, j->dirfd))
        return fails(j, "cannot make a temporary name");
    for (int i = 0;; i++) {
        j->fd = openat(j->dirfd, j->temp.name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
        if (j->fd >= 0)
            break;
        const int code = errno;
        if (code == EEXIST && i < DRAWS_MAX && temp_name_redraw(&j->temp))
            continue;
        temp_name_drop(&j->temp); /* it is not ours to remove */
        errno = code;
        return fails(j, "cannot write into its directory");
    }
    return temp_name_made(&j->temp) || fails(j, "cannot write");
}

static bool finish_named(job *j)
{
    return put_attributes(j) && close_file(j) && (j->options.replace ? finish_replace(j) : finish_new(j));
}

/* The unnamed file cannot be linked: its bytes once more, under a temporary name. */
static bool copy_to_named(job *j)
{
    const int from = j->fd;
    uint8_t part[64 << 10];
    off_t at = 0;
    j->fd = -1;
    bool ok = open_named(j);
    while (ok) {
        const ssize_t n = pread(from, part, sizeof part, at);
        if (n == 0)
            break;
        if (n < 0 && errno == EINTR)
            continue;
        ok = n > 0 ? io_write_fd(j->fd, part, (size_t)n, j->err) : fails(j, "cannot read what was written");
        at += n;
    }
    (void)close(from);
    return ok && finish_named(j);
}

void io_outfile_free(io_outfile **file)
{
    if (!file || !*file)
        return;
    job *j = *file;
    if (j->fd >= 0)
        (void)close(j->fd);
    if (j->temp.slot >= 0) {
        (void)unlinkat(j->dirfd, j->temp.name, 0);
        temp_name_drop(&j->temp);
    }
    if (j->dirfd >= 0)
        (void)close(j->dirfd);
    free(j->path);
    free(j);
    *file = NULL;
}

io_outfile *io_outfile_open(const char *path, const io_write_options *options, qn_error *err)
{
    if (path[0] == '\0') {
        qn_fail(err, QN_IO, "the output has an empty name");
        return NULL;
    }
    job *j = calloc(1, sizeof *j);
    if (!j) {
        qn_fail(err, QN_NOMEM, "out of memory while writing");
        return NULL;
    }
    j->options = *options;
    if (options->like) {
        j->like = *options->like;
        j->options.like = &j->like;
    }
    j->dirfd = j->fd = -1;
    j->temp.slot = -1;
    j->err = err;
    j->path = strdup(path);
    bool ok = j->path || qn_fail(err, QN_NOMEM, "out of memory while writing");
    ok = ok && (!options->make_dirs || make_dirs(j)) && (!options->replace || follow_links(j)) && open_directory(j) &&
         look(j) && (open_unnamed(j) || open_named(j));
    if (!ok)
        io_outfile_free(&j);
    return j;
}

bool io_outfile_write(io_outfile *file, const void *data, size_t len, qn_error *err)
{
    return io_write_fd(file->fd, data, len, err);
}

bool io_outfile_finish(io_outfile *j, qn_error *err)
{
    j->err = err;
    if (j->temp.slot >= 0)
        return finish_named(j);
    const outcome unnamed = put_attributes(j) ? name_unnamed(j) : FAILED;
    return unnamed == DONE || (unnamed == TRY_NAMED && copy_to_named(j));
}

bool io_write_file(const char *path, const void *data, size_t len, const io_write_options *options, qn_error *err)
{
    io_outfile *file = io_outfile_open(path, options, err);
    const bool ok = file && io_outfile_write(file, data, len, err) && io_outfile_finish(file, err);
    io_outfile_free(&file);
    return ok;
}
