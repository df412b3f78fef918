/* One plan per kind of picture (format and orientation), made by the decoder that meets the kind first. A batch has few
 * kinds, so a list does. */
#include "run.h"

#include <pthread.h>
#include <stdlib.h>

struct pipe_plans {
    pipe_run_state *run;
    pthread_mutex_t lock;
    pipe_plan *first;
};

pipe_plans *pipe_plans_create(pipe_run_state *run, qn_error *err)
{
    pipe_plans *plans = calloc(1, sizeof *plans);
    if (!plans) {
        qn_fail(err, QN_NOMEM, "out of memory");
        return NULL;
    }
    plans->run = run;
    pthread_mutex_init(&plans->lock, NULL);
    return plans;
}

void pipe_plans_free(pipe_plans **plans)
{
    if (!plans || !*plans)
        return;
    for (pipe_plan *p = (*plans)->first, *next; p; p = next) {
        next = p->next;
        flt_plan_free(&p->plan);
        free(p->file);
        free(p);
    }
    pthread_mutex_destroy(&(*plans)->lock);
    free(*plans);
    *plans = NULL;
}

/* Curves make a difference only to a plan that works in linear light. */
static bool same(const pipe_plan *p, const flt_input *b)
{
    const flt_input *a = &p->input;
    if (a->own_transfer != b->own_transfer && (!p->plan || p->plan->uses_light))
        return false;
    return a->format.channels == b->format.channels && a->format.depth == b->format.depth &&
           a->format.layout == b->format.layout && a->orientation == b->orientation && a->out_depth == b->out_depth;
}

static pipe_plan *create(pipe_run_state *run, const pipe_settings *s, const flt_input *input)
{
    pipe_plan *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->kind = PIPE_WORK_PLAN;
    p->s = s;
    p->input = *input;
    flt_options options = { .device = run->device_class, .fuse = run->s->fuse, .linear = run->s->linear };
    p->plan = flt_plan_create(s->chain, input, &options, &p->error);
    if (p->plan && !(p->file = pipe_files_info(run->files, p->plan, &p->error)))
        flt_plan_free(&p->plan);
    return p;
}

pipe_plan *pipe_plans_get(pipe_plans *plans, const pipe_settings *s, const flt_input *input, bool *made, qn_error *err)
{
    pthread_mutex_lock(&plans->lock);
    pipe_plan *p = plans->first;
    while (p && (p->s != s || !same(p, input)))
        p = p->next;
    *made = !p;
    if (!p && (p = create(plans->run, s, input))) {
        p->next = plans->first;
        plans->first = p;
    }
    pthread_mutex_unlock(&plans->lock);
    if (!p)
        qn_fail(err, QN_NOMEM, "out of memory");
    return p;
}
