/* Where a picture goes, and whether it may. */
#include "run.h"

#include "hash.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- the names of this run: an open-addressing set of 128-bit hashes, 16 bytes a name ---- */

typedef struct name_hash {
    uint64_t a, b;
} name_hash; /* a is never 0 in use */

struct pipe_names {
    pthread_mutex_t lock;
    name_hash *slot;
    size_t n, cap; /* cap is a power of two */
};

pipe_names *pipe_names_create(void)
{
    pipe_names *names = calloc(1, sizeof *names);
    if (names)
        pthread_mutex_init(&names->lock, NULL);
    return names;
}

void pipe_names_free(pipe_names **names)
{
    if (!names || !*names)
        return;
    pthread_mutex_destroy(&(*names)->lock);
    free((*names)->slot);
    free(*names);
    *names = NULL;
}

/* The slot that holds the name, or the empty one where it belongs. */
static name_hash *find(name_hash *slot, size_t cap, name_hash h)
{
    size_t i = (size_t)h.a & (cap - 1);
    while (slot[i].a && (slot[i].a != h.a || slot[i].b != h.b))
        i = (i + 1) & (cap - 1);
    return &slot[i];
}

static bool make_room(pipe_names *names)
{
    if (names->n * 4 < names->cap * 3)
        return true;
    size_t cap = names->cap ? names->cap * 2 : 64;
    name_hash *slot = calloc(cap, sizeof *slot);
    if (!slot)
        return false;
    for (size_t i = 0; i < names->cap; i++)
        if (names->slot[i].a)
            *find(slot, cap, names->slot[i]) = names->slot[i];
    free(names->slot);
    names->slot = slot;
    names->cap = cap;
    return true;
}

bool pipe_names_claim(pipe_names *names, const char *path, qn_error *err)
{
    name_hash h = { qn_hash_str(QN_HASH_START, path) | 1, qn_hash_str(~QN_HASH_START, path) };
    pthread_mutex_lock(&names->lock);
    bool room = make_room(names);
    name_hash *slot = room ? find(names->slot, names->cap, h) : NULL;
    bool fresh = slot && !slot->a;
    if (fresh) {
        *slot = h;
        names->n++;
    }
    pthread_mutex_unlock(&names->lock);
    if (!room)
        return qn_fail(err, QN_NOMEM, "out of memory");
    return fresh || qn_fail(err, QN_USAGE, "another input of this run goes to %s as well", path);
}

/* ---- one picture's name ---- */

static const char *extension(const pipe_settings *s, const pipe_job *job, bool header_known)
{
    io_type type = header_known ? job->type : s->to;
    switch (type) {
    case IO_PNG: return "png";
    case IO_JPEG: return "jpg";
    case IO_PAM: return "pam";
    case IO_PFM: return "pfm";
    case IO_PNM:
        if (s->to_pnm_kind)
            return s->to_pnm_kind == 5 ? "pgm" : "ppm";
        return !header_known ? NULL : job->format.channels <= 2 ? "pgm" : "ppm";
    case IO_NONE: break;
    }
    return NULL;
}

bool pipe_output_name(const pipe_run_state *run, pipe_job *job, bool header_known, pipe_name_state *state,
                      qn_error *err)
{
    const pipe_settings *s = job->s;
    sb_clear(&job->output);
    *state = PIPE_NAME_FINAL;
    if (s->target.kind == IO_TO_STDOUT)
        return true;
    io_name_parts parts = { .input = &run->inputs->item[job->input],
                            .index = job->ordinal + 1,
                            .part = job->part,
                            .ext = extension(s, job, header_known),
                            .w = header_known ? job->sized.out_width : 0,
                            .h = header_known ? job->sized.out_height : 0 };
    bool needs_size = false;
    if (!io_target_name(&s->target, &parts, &job->output, &needs_size, err))
        return false;
    if (!sb_ok(&job->output))
        return qn_fail(err, QN_NOMEM, "out of memory");
    if (!header_known)
        *state = needs_size ? PIPE_NAME_UNKNOWN : parts.ext ? PIPE_NAME_FINAL : PIPE_NAME_LIKELY;
    return true;
}

static bool newer(const struct stat *a, const struct stat *b)
{
    return a->st_mtim.tv_sec > b->st_mtim.tv_sec ||
           (a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec > b->st_mtim.tv_nsec);
}

static bool stands_in_the_way(pipe_job *job, pipe_status status, qn_code code, const char *text)
{
    job->status = status;
    return qn_fail(&job->error, code, "%s %s", sb_str(&job->output), text);
}

bool pipe_output_allowed(const pipe_run_state *run, pipe_job *job)
{
    const pipe_settings *s = job->s;
    struct stat out, in;
    if (s->target.kind == IO_TO_STDOUT || stat(sb_str(&job->output), &out) != 0)
        return true; /* what hinders the stat will hinder the write, and be told there */
    const char *path = run->inputs->item[job->input].path;
    bool has_in = strcmp(path, "-") && stat(path, &in) == 0;
    bool itself = has_in && in.st_dev == out.st_dev && in.st_ino == out.st_ino;
    if (s->target.kind == IO_TO_SELF && itself)
        return true;
    switch (s->exists) {
    case PIPE_EXISTS_SKIP: return stands_in_the_way(job, PIPE_SKIPPED, QN_EXISTS, "exists already");
    case PIPE_EXISTS_UPDATE:
        if (has_in && !newer(&in, &out))
            return stands_in_the_way(job, PIPE_SKIPPED, QN_EXISTS, "is not older than its input");
        break;
    case PIPE_EXISTS_OVERWRITE: break;
    case PIPE_EXISTS_FAIL:
        return stands_in_the_way(job, PIPE_FAILED, QN_EXISTS,
                                 "exists already (--overwrite, --skip-existing or --update allow that)");
    }
    if (itself)
        return stands_in_the_way(job, PIPE_FAILED, QN_USAGE, "is the input itself (--in-place allows that)");
    return true;
}
