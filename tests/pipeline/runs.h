/* Runs of the pipeline over pictures made for them, in a folder of their own: `in/p000.ppm` and on become `out/`. */
#ifndef QUERN_TESTS_RUNS_H
#define QUERN_TESTS_RUNS_H

#include "pictures.h"
#include "stats.h"

#define MAX 400 /* results of a run */

extern char dir[256]; /* of this program's files; set first */
extern const gpu_device device;
extern const flt_chain chain;

/* What a run reported. */
typedef struct seen {
    size_t n, ok, skipped, failed, branches; /* results of a picture's branches follow one another */
    pipe_status status[MAX];
    qn_error error[MAX];
    bool in_order;
    _Atomic int *stop; /* set once `stop_after` results have come */
    size_t stop_after;
} seen;

/* pipe_run()'s report, into a `seen`. */
void see(void *user, const pipe_result *result);
/* Empty folders, the fake device as new. */
pipe_settings settings(void);
/* An input by this name in `in`, and pictures 0 to n - 1. */
void add(io_inputs *in, const char *name, bool named);
void add_pictures(io_inputs *in, unsigned n);
/* Checks what holds after every run: all reported, in order, nothing left on the device. Frees the inputs. */
bool run(const pipe_settings *s, io_inputs *in, seen *out, pipe_stats *stats);
bool output_right(unsigned i);
bool output_exists(unsigned i);

#endif
