/* A device and a planner made of plain C, put in the place of host/gpu and the planner at link time: the one filter is
 * "invert", the device fails when told to, and counts what it is asked for. */
#ifndef QUERN_TESTS_FAKE_DEVICE_H
#define QUERN_TESTS_FAKE_DEVICE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct fake_device {
    bool overlap;                             /* the plan lets the result overwrite its input */
    int fail_submit, fail_finish, fail_build; /* the Nth call from 1 fails; 0: none */
    bool for_good;                            /* and all after it */
    unsigned delay_us;                        /* of a gpu_finish() */
    atomic_int submits, finishes, builds;
    int uploads;              /* submits of what none of the last two pictures was */
    atomic_int spare;         /* pictures that another device than number 0, which never fails, has taken */
    atomic_size_t held, peak; /* bytes of picture memory */
    atomic_int blocks;        /* live gpu_host objects */
    int in_flight, most_in_flight;
    atomic_int streams; /* pictures that came in bands */
    unsigned slots;
} fake_device;

/* The one there is; tests set it back with *fake = (fake_device){0}. */
extern fake_device fake;

#endif
