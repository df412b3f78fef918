/* Pictures that flow beside one another. Where the device is the processor itself, a picture that is read, computed
 * and written some rows at a time stays in the caches and touches little memory, and as many flow at once as there are
 * pictures under way: each has a thread that makes its OpenCL calls, on a queue of its own. */
#include "flows.h"

#include "stream.h"

#include <stdlib.h>

typedef struct flow {
    pthread_t thread;
    pipe_run_state *run;
    unsigned number; /* from 1 */
} flow;

struct pipe_flows {
    flow *flow;
    unsigned n;
    qn_queue *queue;
};

static void *flow_thread(void *arg)
{
    const flow *f = arg;
    pipe_run_state *run = f->run;
    void *item;
    while (qn_queue_pop(run->flows->queue, &item)) {
        pipe_job *job = item;
        pipe_stream *stream = job->stream; /* the encoder's, too, once the job is handed on */
        pipe_hand_on(run, pipe_lane_flow(run->stats, f->number), run->to_encode, job);
        pipe_stream_compute(stream, f->number);
    }
    return NULL;
}

bool pipe_flows_start(pipe_run_state *run, unsigned most, size_t jobs, qn_error *err)
{
    pipe_flows *flows = calloc(1, sizeof *flows);
    if (flows) {
        flows->flow = calloc(most, sizeof *flows->flow);
        flows->queue = qn_queue_create(jobs);
    }
    run->flows = flows;
    if (!flows || !flows->flow || !flows->queue)
        return qn_fail(err, QN_NOMEM, "out of memory");
    while (flows->n < most) {
        flow *f = &flows->flow[flows->n];
        f->run = run;
        f->number = flows->n + 1;
        if (pthread_create(&f->thread, NULL, flow_thread, f) != 0)
            break;
        flows->n++;
    }
    run->n_flows = flows->n;
    return true;
}

void pipe_flows_put(pipe_run_state *run, pipe_lane *lane, pipe_job *job)
{
    pipe_hand_on(run, lane, run->flows->queue, job);
}

void pipe_flows_end(pipe_run_state *run)
{
    pipe_flows *flows = run->flows;
    if (!flows)
        return;
    if (flows->queue)
        qn_queue_close_send(flows->queue);
    for (unsigned i = 0; i < flows->n; i++)
        pthread_join(flows->flow[i].thread, NULL);
    qn_queue_free(&flows->queue);
    free(flows->flow);
    free(flows);
    run->flows = NULL;
    run->n_flows = 0;
}
