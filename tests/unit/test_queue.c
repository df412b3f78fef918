/* qn_queue: order, bounds, both closings, and many producers with many consumers. */
#include "check.h"
#include "queue.h"

#include <pthread.h>
#include <stdint.h>
#include <time.h>

static void *item_of(uintptr_t n)
{
    return (void *)n;
}

static void nap(void)
{
    nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);
}

static void test_order(void)
{
    qn_queue *q = qn_queue_create(3);
    void *item = NULL;
    CHECK(!qn_queue_try_pop(q, &item));
    uintptr_t in = 1, out = 1;
    for (int round = 0; round < 20; round++) { /* round the ring several times, at every fill */
        for (int i = 0; i < 1 + round % 3; i++) {
            CHECK(qn_queue_push(q, item_of(in++)));
        }
        while (qn_queue_try_pop(q, &item)) {
            CHECK_EQ_INT((uintptr_t)item, out++);
        }
    }
    CHECK_EQ_INT(in, out);
    qn_queue_free(&q);
    CHECK(q == NULL);
    qn_queue_free(&q);
    qn_queue_free(NULL);
}

static void test_create_failure(void)
{
    CHECK(qn_queue_create(0) == NULL);
    volatile size_t huge = SIZE_MAX / sizeof(void *);
    CHECK(qn_queue_create(huge) == NULL);
}

static void test_close_send(void)
{
    qn_queue *q = qn_queue_create(4);
    void *item = NULL;
    CHECK(qn_queue_push(q, item_of(1)) && qn_queue_push(q, item_of(2)));
    qn_queue_close_send(q);
    qn_queue_close_send(q);
    CHECK(!qn_queue_push(q, item_of(3)));
    CHECK(qn_queue_pop(q, &item) && item == item_of(1)); /* what is there is drained */
    CHECK(qn_queue_try_pop(q, &item) && item == item_of(2));
    CHECK(!qn_queue_pop(q, &item));
    CHECK(!qn_queue_drain(q, &item));
    qn_queue_free(&q);
}

static void test_close_receive(void)
{
    qn_queue *q = qn_queue_create(4);
    void *item = NULL;
    CHECK(qn_queue_push(q, item_of(1)) && qn_queue_push(q, item_of(2)));
    qn_queue_close_receive(q);
    CHECK(!qn_queue_push(q, item_of(3)));
    CHECK(!qn_queue_pop(q, &item));
    CHECK(!qn_queue_try_pop(q, &item));
    CHECK(qn_queue_drain(q, &item) && item == item_of(1));
    CHECK(qn_queue_drain(q, &item) && item == item_of(2));
    CHECK(!qn_queue_drain(q, &item));
    qn_queue_free(&q);
}

typedef struct waiter {
    qn_queue *q;
    bool pushes, result;
} waiter;

static void *wait_in_queue(void *arg)
{
    waiter *w = arg;
    void *item = NULL;
    w->result = w->pushes ? qn_queue_push(w->q, item_of(9)) : qn_queue_pop(w->q, &item);
    return NULL;
}

/* Several threads that wait when the queue is closed must all come out. */
static void check_woken(bool pushers, void (*close)(qn_queue *q))
{
    enum { N = 4 };
    waiter w[N];
    pthread_t thread[N];
    qn_queue *q = qn_queue_create(1);
    if (pushers) {
        CHECK(qn_queue_push(q, item_of(1)));
    }
    for (int i = 0; i < N; i++) {
        w[i] = (waiter){ q, pushers, true };
        pthread_create(&thread[i], NULL, wait_in_queue, &w[i]);
    }
    nap();
    close(q);
    for (int i = 0; i < N; i++) {
        pthread_join(thread[i], NULL);
        CHECK(!w[i].result);
    }
    qn_queue_free(&q);
}

/* A drain makes room for a pusher, and a push wakes a popper. */
static void test_handover(void)
{
    qn_queue *q = qn_queue_create(1);
    CHECK(qn_queue_push(q, item_of(1)));
    waiter w = { q, true, false };
    pthread_t thread;
    pthread_create(&thread, NULL, wait_in_queue, &w);
    nap();
    void *item = NULL;
    CHECK(qn_queue_drain(q, &item) && item == item_of(1));
    pthread_join(thread, NULL);
    CHECK(w.result);
    CHECK(qn_queue_pop(q, &item) && item == item_of(9));

    w = (waiter){ q, false, false };
    pthread_create(&thread, NULL, wait_in_queue, &w);
    nap();
    CHECK(qn_queue_push(q, item_of(2)));
    pthread_join(thread, NULL);
    CHECK(w.result);
    qn_queue_free(&q);
}

enum { PRODUCERS = 4, CONSUMERS = 3, EACH = 5000 };

typedef struct crowd {
    qn_queue *q;
    unsigned char seen[PRODUCERS * EACH]; /* each element belongs to whoever popped it */
} crowd;

typedef struct member {
    crowd *all;
    uintptr_t first;
    size_t count, disorder;
} member;

static void *produce(void *arg)
{
    member *m = arg;
    for (uintptr_t i = 0; i < EACH; i++) {
        m->count += qn_queue_push(m->all->q, item_of(m->first + i + 1));
    }
    return NULL;
}

static void *consume(void *arg)
{
    member *m = arg;
    uintptr_t last[PRODUCERS] = { 0 };
    void *item = NULL;
    while (qn_queue_pop(m->all->q, &item)) {
        uintptr_t n = (uintptr_t)item;
        m->all->seen[n - 1]++;
        m->count++;
        /* what one producer sent reaches one consumer in the order in which it was sent */
        m->disorder += n <= last[(n - 1) / EACH];
        last[(n - 1) / EACH] = n;
    }
    return NULL;
}

static void test_crowd(size_t capacity)
{
    static crowd all;
    all = (crowd){ .q = qn_queue_create(capacity) };
    member producer[PRODUCERS], consumer[CONSUMERS];
    pthread_t p[PRODUCERS], c[CONSUMERS];
    for (size_t i = 0; i < CONSUMERS; i++) {
        consumer[i] = (member){ .all = &all };
        pthread_create(&c[i], NULL, consume, &consumer[i]);
    }
    for (size_t i = 0; i < PRODUCERS; i++) {
        producer[i] = (member){ .all = &all, .first = i * EACH };
        pthread_create(&p[i], NULL, produce, &producer[i]);
    }
    for (size_t i = 0; i < PRODUCERS; i++) {
        pthread_join(p[i], NULL);
        CHECK_EQ_INT(producer[i].count, EACH);
    }
    qn_queue_close_send(all.q);
    size_t taken = 0, wrong = 0;
    for (size_t i = 0; i < CONSUMERS; i++) {
        pthread_join(c[i], NULL);
        CHECK_EQ_INT(consumer[i].disorder, 0);
        taken += consumer[i].count;
    }
    for (size_t i = 0; i < PRODUCERS * EACH; i++) {
        wrong += all.seen[i] != 1;
    }
    CHECK_EQ_INT(taken, PRODUCERS * EACH);
    CHECK_EQ_INT(wrong, 0);
    qn_queue_free(&all.q);
}

int main(void)
{
    test_order();
    test_create_failure();
    test_close_send();
    test_close_receive();
    check_woken(true, qn_queue_close_receive);
    check_woken(true, qn_queue_close_send);
    check_woken(false, qn_queue_close_receive);
    check_woken(false, qn_queue_close_send);
    test_handover();
    test_crowd(1);
    test_crowd(2);
    test_crowd(64);
    return check_summary();
}
