/* The pictures of a run in order: one of each input, or all of an input that holds several. */
#include "clock.h"
#include "run.h"
#include "sequence.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct pipe_pictures {
    pipe_run_state *run;
    pthread_mutex_t lock; /* over all below */
    size_t item;          /* the next input */
    size_t part;          /* of the open sequence: pictures it has given */
    io_sequence *open;    /* of input item - 1; or NULL */
    struct stat stat;     /* of its file */
};

pipe_pictures *pipe_pictures_create(pipe_run_state *run, qn_error *err)
{
    pipe_pictures *p = calloc(1, sizeof *p);
    if (!p) {
        qn_fail(err, QN_NOMEM, "out of memory");
        return NULL;
    }
    p->run = run;
    pthread_mutex_init(&p->lock, NULL);
    return p;
}

static void let_go(pipe_pictures *p)
{
    if (p->open && p->open == p->run->s->standard)
        p->open = NULL;
    io_sequence_free(&p->open);
}

void pipe_pictures_free(pipe_pictures **pictures)
{
    if (!pictures || !*pictures)
        return;
    let_go(*pictures);
    pthread_mutex_destroy(&(*pictures)->lock);
    free(*pictures);
    *pictures = NULL;
}

static bool is_standard(const io_input *input)
{
    return strcmp(input->path, "-") == 0;
}

size_t pipe_pictures_expected(const pipe_run_state *run)
{
    enum { LOOKED_AT = 16 }; /* with more inputs than that there is work for everybody anyway */
    const io_inputs *list = run->inputs;
    bool several = false;
    for (size_t i = 0; i < list->n && list->n <= LOOKED_AT && !several; i++) {
        struct stat st;
        qn_error unread = { 0 };
        io_sequence *s =
            is_standard(&list->item[i]) ? NULL : io_sequence_of_file(list->item[i].path, &run->s->limits, &st, &unread);
        several = s || is_standard(&list->item[i]);
        io_sequence_free(&s);
    }
    return several ? SIZE_MAX : list->n;
}

/* Whether a target of this run has room for one picture only. */
static bool takes_one(const pipe_run_state *run)
{
    for (size_t k = 0; k < run->n_branches; k++)
        if (run->branch[k].target.kind == IO_TO_FILE || run->branch[k].target.kind == IO_TO_SELF)
            return true;
    return false;
}

static bool fail_several(const pipe_run_state *run, qn_error *err)
{
    for (size_t k = 0; k < run->n_branches; k++)
        if (run->branch[k].target.kind == IO_TO_FILE)
            return qn_fail(err, QN_USAGE,
                           "holds several pictures, and -o %s is one file: use a template like {n:05}.{ext}",
                           run->branch[k].target.text);
    return qn_fail(err, QN_USAGE, "holds several pictures, and --in-place would keep the first alone");
}

/* Begins the next input; false: there is none. */
static bool open_next(pipe_pictures *p, qn_error *err)
{
    const io_inputs *list = p->run->inputs;
    if (p->item == list->n)
        return false;
    const io_input *input = &list->item[p->item++];
    const pipe_settings *s = p->run->s;
    p->part = 0;
    if (!is_standard(input))
        p->open = io_sequence_of_file(input->path, &s->limits, &p->stat, err);
    else
        p->open = s->standard ? s->standard : io_sequence_open(STDIN_FILENO, &s->limits, s->stop, err);
    return true;
}

static void close_sequence(pipe_pictures *p)
{
    const size_t left = io_sequence_left(p->open);
    if (left > 0)
        qn_logf(p->run->s->log, QN_LOG_VERBOSE, "%s: what follows the last picture is none, and was left",
                p->run->inputs->item[p->item - 1].path);
    let_go(p);
}

/* The next picture of the open sequence into job->source; false: it has ended. */
static bool next_part(pipe_pictures *p, pipe_lane *lane, pipe_job *job)
{
    const pipe_run_state *run = p->run;
    qn_error none = { 0 };
    bool any = false;
    const bool begin = p->part == 0 || pipe_may_begin(run->commits, &none); /* an endless stream ends here */
    uint64_t start = qn_now_ns();
    if (begin && !io_sequence_next(p->open, &job->source, &any, &job->error))
        any = true; /* a picture that fails */
    if (any && p->part == 0 && takes_one(run) && io_sequence_goes_on(p->open))
        (void)fail_several(run, &job->error);
    if (!any || job->error.code != QN_OK)
        close_sequence(p);
    if (!any)
        return false;
    job->given = true;
    job->part = ++p->part;
    if (job->part > 1)
        atomic_store(&p->run->several, true);
    if (p->open && !is_standard(&run->inputs->item[job->input])) {
        job->stat = p->stat;
        job->has_stat = true;
    }
    job->read_ms += pipe_lane_since(lane, PIPE_READ, (uint32_t)job->ordinal, start);
    return true;
}

static bool find_next(pipe_pictures *p, pipe_lane *lane, pipe_job *job)
{
    for (;;) {
        if (p->open) {
            job->input = p->item - 1;
            job->ordinal = pipe_commits_begun(p->run->commits);
            if (next_part(p, lane, job))
                return true;
        }
        if (!open_next(p, &job->error))
            return false;
        job->input = p->item - 1;
        if (!p->open)
            return true;
    }
}

static bool name_picture(const pipe_run_state *run, pipe_job *job)
{
    sb_clear(&job->name);
    if (job->part > 1)
        sb_addf(&job->name, "%s[%zu]", run->inputs->item[job->input].path, job->part);
    return sb_ok(&job->name);
}

bool pipe_pictures_next(pipe_pictures *p, pipe_lane *lane, pipe_job *const *group, size_t n)
{
    pipe_job *first = group[0];
    pthread_mutex_lock(&p->lock);
    const bool any = find_next(p, lane, first);
    if (any) {
        first->ordinal = pipe_commits_begin(p->run->commits);
        if (!name_picture(p->run, first))
            (void)qn_fail(&first->error, QN_NOMEM, "out of memory");
        pipe_stats_name(p->run->stats, first->ordinal, pipe_job_name(p->run, first));
    }
    pthread_mutex_unlock(&p->lock);
    for (size_t i = 0; any && i < n; i++) {
        pipe_job *job = group[i];
        job->input = first->input;
        job->part = first->part;
        job->ordinal = first->ordinal;
        job->index = first->ordinal * n + i;
        job->s = &p->run->branch[i];
        if (i > 0 && first->error.code != QN_OK)
            job->error = first->error;
        else if (i > 0 && !name_picture(p->run, job))
            (void)qn_fail(&job->error, QN_NOMEM, "out of memory");
    }
    return any;
}

const char *pipe_job_name(const pipe_run_state *run, const pipe_job *job)
{
    return job->part > 1 ? sb_str(&job->name) : run->inputs->item[job->input].path;
}
