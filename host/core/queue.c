#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "queue.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

struct qn_queue {
    pthread_mutex_t lock;
    pthread_cond_t room, items;
    size_t capacity, head, n; /* a ring: the oldest item is at head */
    bool send_closed, receive_closed;
    void *item[];
};

qn_queue *qn_queue_create(size_t capacity)
{
    if (capacity == 0 || capacity > (SIZE_MAX - sizeof(qn_queue)) / sizeof(void *)) {
        return NULL;
    }
    qn_queue *q = calloc(1, sizeof *q + capacity * sizeof q->item[0]);
    if (q == NULL) {
        return NULL;
    }
    q->capacity = capacity;
    if (pthread_mutex_init(&q->lock, NULL) != 0) {
        goto no_lock;
    }
    if (pthread_cond_init(&q->room, NULL) != 0) {
        goto no_room;
    }
    if (pthread_cond_init(&q->items, NULL) != 0) {
        goto no_items;
    }
    return q;

no_items:
    pthread_cond_destroy(&q->room);
no_room:
    pthread_mutex_destroy(&q->lock);
no_lock:
    free(q);
    return NULL;
}

void qn_queue_free(qn_queue **q)
{
    if (q == NULL || *q == NULL) {
        return;
    }
    pthread_cond_destroy(&(*q)->items);
    pthread_cond_destroy(&(*q)->room);
    pthread_mutex_destroy(&(*q)->lock);
    free(*q);
    *q = NULL;
}

static void *take_oldest(qn_queue *q)
{
    void *item = q->item[q->head];
    q->head = (q->head + 1) % q->capacity;
    q->n--;
    pthread_cond_signal(&q->room);
    return item;
}

bool qn_queue_push(qn_queue *q, void *item)
{
    pthread_mutex_lock(&q->lock);
    while (q->n == q->capacity && !q->send_closed && !q->receive_closed) {
        pthread_cond_wait(&q->room, &q->lock);
    }
    bool open = !q->send_closed && !q->receive_closed;
    if (open) {
        q->item[(q->head + q->n) % q->capacity] = item;
        q->n++;
        pthread_cond_signal(&q->items);
    }
    pthread_mutex_unlock(&q->lock);
    return open;
}

bool qn_queue_pop(qn_queue *q, void **item)
{
    pthread_mutex_lock(&q->lock);
    while (q->n == 0 && !q->send_closed && !q->receive_closed) {
        pthread_cond_wait(&q->items, &q->lock);
    }
    bool got = q->n > 0 && !q->receive_closed;
    if (got) {
        *item = take_oldest(q);
    }
    pthread_mutex_unlock(&q->lock);
    return got;
}

bool qn_queue_try_pop(qn_queue *q, void **item)
{
    pthread_mutex_lock(&q->lock);
    bool got = q->n > 0 && !q->receive_closed;
    if (got) {
        *item = take_oldest(q);
    }
    pthread_mutex_unlock(&q->lock);
    return got;
}

static void close_side(qn_queue *q, bool *side)
{
    pthread_mutex_lock(&q->lock);
    *side = true;
    pthread_cond_broadcast(&q->room);
    pthread_cond_broadcast(&q->items);
    pthread_mutex_unlock(&q->lock);
}

void qn_queue_close_send(qn_queue *q)
{
    close_side(q, &q->send_closed);
}

void qn_queue_close_receive(qn_queue *q)
{
    close_side(q, &q->receive_closed);
}

bool qn_queue_drain(qn_queue *q, void **item)
{
    pthread_mutex_lock(&q->lock);
    bool got = q->n > 0;
    if (got) {
        *item = take_oldest(q);
    }
    pthread_mutex_unlock(&q->lock);
    return got;
}
