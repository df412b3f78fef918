/* What pictures flow through in bands, one after another. A stream takes a bed for itself and leaves it behind, since
 * the first touch of fresh memory costs as much as a filter does; each has a queue of its own, so that streams do not
 * wait for one another. */
#include "bed.h"

#include <stdlib.h>

static void free_bed(gpu *g, gpu_bed *bed)
{
    for (size_t i = 0; i < GPU_GROUPS; i++)
        gpu_slot_free(g, &bed->group[i]);
    gpu_buffer_release(g, &bed->in);
    gpu_buffer_release(g, &bed->out);
    gpu_scratch_release(g, &bed->scratch);
    free(bed->scratch.buffer);
    if (bed->queue)
        clReleaseCommandQueue(bed->queue);
    free(bed);
}

static gpu_bed *idle_bed(gpu *g)
{
    pthread_mutex_lock(&g->lock);
    gpu_bed *bed = g->beds;
    if (bed)
        g->beds = bed->next;
    pthread_mutex_unlock(&g->lock);
    return bed;
}

gpu_bed *gpu_bed_take(gpu *g, qn_error *err)
{
    gpu_bed *bed = idle_bed(g);
    if (bed)
        return bed;
    bed = calloc(1, sizeof *bed);
    if (!bed) {
        qn_fail(err, QN_NOMEM, "out of memory");
        return NULL;
    }
    if (!gpu_make_queue(g, &bed->queue, err)) {
        free_bed(g, bed);
        return NULL;
    }
    for (size_t i = 0; i < GPU_GROUPS; i++)
        bed->group[i].queue = bed->queue;
    return bed;
}

void gpu_bed_leave(gpu *g, gpu_bed *bed, bool again)
{
    if (!again) {
        free_bed(g, bed);
        return;
    }
    pthread_mutex_lock(&g->lock);
    bed->next = g->beds;
    g->beds = bed;
    pthread_mutex_unlock(&g->lock);
}

bool gpu_beds_free(gpu *g)
{
    bool any = false;
    for (gpu_bed *bed; (bed = idle_bed(g)); any = true)
        free_bed(g, bed);
    return any;
}
