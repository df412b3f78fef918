/* A bounded queue of pointers, many producers and many consumers, that closes from both sides, so that a dead
 * consumer never blocks a producer. Thread-safe throughout. */
#ifndef QUERN_CORE_QUEUE_H
#define QUERN_CORE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct qn_queue qn_queue;

qn_queue *qn_queue_create(size_t capacity); /* NULL: out of memory; capacity >= 1 */
void qn_queue_free(qn_queue **q);           /* takes NULL; nobody may be waiting in it */

/* Waits for room. False: the receiving side is closed (or the sending side: a bug of the caller); the item stays
 * the caller's. */
bool qn_queue_push(qn_queue *q, void *item);
/* Waits for an item. False: the sending side is closed and the queue is drained, or the receiving side is closed. */
bool qn_queue_pop(qn_queue *q, void **item);
/* As pop, but false at once where it would wait. */
bool qn_queue_try_pop(qn_queue *q, void **item);

void qn_queue_close_send(qn_queue *q);    /* no more will come; poppers drain what is there */
void qn_queue_close_receive(qn_queue *q); /* nobody will take; pushers return false, items inside stay for the owner
                                           * to take out with qn_queue_drain() */
bool qn_queue_drain(qn_queue *q, void **item); /* takes one out whatever is closed; false: empty */

#endif
