/* Private to the pipeline: the run that all stages share, and what each stage offers.
 *
 * The threaded run and --sync call the same three stage functions: pipe_decode(), the device worker's
 * pipe_device_*(), pipe_encode(). Each takes a job that it alone holds; a stage that ends a job hands it to
 * pipe_commit() and must not touch it again. */
#ifndef QUERN_PIPELINE_RUN_H
#define QUERN_PIPELINE_RUN_H

#include "blocks.h"
#include "gpu.h"
#include "infile.h"
#include "pipeline.h"
#include "queue.h"
#include "record.h"

#include <pthread.h>

typedef struct pipe_pictures pipe_pictures; /* pictures.c: which one is next */
typedef struct pipe_pool pipe_pool;         /* pool.c: jobs, their memory, input order */
typedef struct pipe_commits pipe_commits;   /* commit.c: reports in input order */
typedef struct pipe_plans pipe_plans;       /* plans.c: one plan per kind of picture */
typedef struct pipe_files pipe_files;       /* second_pictures.c */
typedef struct pipe_names pipe_names;       /* names.c: outputs of this run */
typedef struct pipe_stream pipe_stream;     /* stream.c */
typedef struct pipe_spare pipe_spare;       /* spare.c: another device */
typedef struct pipe_flows pipe_flows;       /* flows.c: pictures that flow beside one another */

/* What the device worker's queue carries. */
typedef enum pipe_work_kind { PIPE_WORK_JOB, PIPE_WORK_PLAN } pipe_work_kind;

/* A plan, made by the decoder that meets its kind of picture first, and its program, made by the device worker. */
typedef struct pipe_plan {
    pipe_work_kind kind;    /* PIPE_WORK_PLAN */
    const pipe_settings *s; /* whose chain it is */
    flt_input input;
    flt_plan *plan;      /* NULL: error says why */
    flt_file_info *file; /* plan->n_files; as uploaded */
    qn_error error;
    /* device worker only */
    gpu_program *program;
    bool tried;
    qn_error program_error;
    struct pipe_plan *next;
} pipe_plan;

/* One picture on its way. Jobs circulate; their memory is kept from picture to picture. */
typedef struct pipe_job {
    pipe_work_kind kind;    /* PIPE_WORK_JOB */
    size_t index;           /* of the result: ordinal * branches + branch */
    size_t ordinal;         /* of the picture in the run, from 0 */
    size_t input;           /* of the input it comes from */
    size_t part;            /* from an input that may hold several pictures: 1, 2 ...; else 0 */
    qn_strbuf name;         /* of the second part and later ones: "-[2]" */
    bool given;             /* `source` holds the picture already */
    const pipe_settings *s; /* of the branch */
    struct pipe_job *lead;  /* holds the decoded pixels that this job shares; NULL: its own `in` does */
    unsigned users;         /* as a lead: jobs that still need its pixels, itself among them; 0: nobody shares */
    bool turn_left;         /* its turn in input order has been given on (pool.c) */

    qn_bytes source;  /* the file as read; of a large one, its beginning */
    io_infile *file;  /* a large one */
    struct stat stat; /* of the file; valid where has_stat */
    bool has_stat;
    io_info info;
    io_meta meta;
    io_decoder *decoder; /* open between header and pixels */
    unsigned shrink;     /* it is decoded at 1/shrink of its size */
    bool damaged;
    bool apart;          /* a branch that reads and decodes for itself: the picture is too large for all to share */
    bool sweeps;         /* statistics of a streamed one: decoded once more for them */
    bool copied;         /* nothing changes a pixel: its file is the output, and no device sees it */
    bool streamed;       /* it flows in chunks; else it is held whole */
    bool flows;          /* it does so beside others */
    pipe_stream *stream; /* of a streamed one, from its first chunk to its last */

    pipe_plan *plan;
    flt_sized sized;
    pipe_block in, out;   /* pixels; out is unused where the result overwrites the input */
    bool overlaid;        /* the result goes into `in` */
    size_t decoding;      /* bytes that the pool counts for its decoder */
    uint64_t group_bytes; /* as a lead: pixels of all branches */

    io_type type;     /* of the output */
    qn_format format; /* of the output, after conversion on the host */
    qn_strbuf output; /* its path; empty: not known */
    bool claimed;     /* the name has been taken in pipe_names */
    qn_bytes encoded;

    pipe_status status;
    qn_error error;
    double read_ms, decode_ms, device_ms, encode_ms, write_ms;
} pipe_job;

typedef struct pipe_run_state {
    const pipe_settings *s;      /* of the run, and of its first branch */
    const pipe_settings *branch; /* one for each -o */
    size_t n_branches;
    const io_inputs *inputs;
    gpu *gpu;
    pipe_flows *flows;                   /* NULL: none */
    unsigned n_flows;                    /* how many pictures may flow at once */
    uint64_t flow_bytes, flow_png_bytes; /* from which size on they do */
    pthread_mutex_t trouble;             /* held by whoever tries again what the device failed at */
    pipe_spare *spare;                   /* under `trouble`; NULL: not needed so far */
    flt_device_class device_class;
    unsigned
        codec_threads; /* that one picture's codec may use: more than one where there are fewer pictures than cores */
    pipe_stats *stats;
    atomic_bool several; /* some input holds more than one picture */
    pipe_pictures *pictures;
    pipe_pool *pool;
    pipe_commits *commits;
    pipe_plans *plans;
    pipe_files *files;
    pipe_names *names;
    qn_queue *to_device, *to_encode; /* NULL with --sync */
    pthread_mutex_t handing;         /* branches of one picture go into the queues one behind another */
    atomic_bool told_flat;           /* that alpha is laid over the background */
} pipe_run_state;

/* ---- pipeline.c ---- */
/* To the next stage; a queue that nobody reads any more ends the job here. */
void pipe_hand_on(pipe_run_state *run, pipe_lane *lane, qn_queue *queue, pipe_job *job);

/* ---- decode.c ---- */
/* Input job->index from its name to pixels in job->in. True: on to the device; false: the job has ended (its status
 * says how) and waits for pipe_commit(). */
bool pipe_decode(pipe_run_state *run, pipe_lane *lane, pipe_job *job);
/* The pixels once more from job->source, for a device that failed after it had written over them. */
bool pipe_decode_again(pipe_run_state *run, pipe_lane *lane, pipe_job *job);

/* The same for all branches of one input, which is read and decoded once. Each job's status says whether it goes on.
 * False: the picture is not to be held whole, and nothing has been decoded: jobs whose status is PIPE_OK go through
 * pipe_decode(), one after another. */
bool pipe_decode_branches(pipe_run_state *run, pipe_lane *lane, pipe_job *const *job, size_t n);
/* The decoded picture, and what the chain has made of it. */
gpu_host *pipe_pixels(const pipe_job *job);
gpu_host *pipe_computed(const pipe_job *job);

/* ---- device.c; one thread ---- */
typedef struct pipe_device pipe_device;
pipe_device *pipe_device_create(pipe_run_state *run, qn_error *err);
void pipe_device_free(pipe_device **device);
/* Puts a job on the device, which must have a free slot. Ended jobs come out of pipe_device_take() as the good ones. */
void pipe_device_put(pipe_device *device, pipe_job *job);
bool pipe_device_busy(const pipe_device *device); /* something is in flight */
bool pipe_device_full(const pipe_device *device); /* no free slot */
/* The oldest job, finished; its status says how it went. NULL: none. */
pipe_job *pipe_device_take(pipe_device *device);
/* Builds the plan's program, unless that has been tried. */
void pipe_device_build(pipe_device *device, pipe_plan *plan);

/* ---- encode.c ---- */
/* The device's result to a file. With standard output the bytes stay in job->encoded for pipe_commit(). */
void pipe_encode(pipe_run_state *run, pipe_lane *lane, pipe_job *job);
/* The format that the result is stored in, for this type of output. */
qn_format pipe_output_format(const pipe_settings *s, io_type type, qn_format result);

void pipe_encode_options(const pipe_run_state *run, const pipe_job *job, io_encode_options *options);
void pipe_write_options(const pipe_run_state *run, const pipe_job *job, io_write_options *options);
/* The metadata as it will be written. QN_NOMEM. */
bool pipe_fit_metadata(const pipe_settings *s, const pipe_job *job, io_meta *meta, qn_error *err);

/* ---- commit.c ---- */
pipe_commits *pipe_commits_create(pipe_run_state *run, size_t window, pipe_report report, void *user, qn_error *err);
void pipe_commits_free(pipe_commits **commits);
/* Counts one more picture as begun and gives its ordinal; waits while too many results lie between it and the oldest
 * that is still on its way. */
size_t pipe_commits_begin(pipe_commits *commits);
/* How many have been. */
size_t pipe_commits_begun(pipe_commits *commits);
/* Takes an ended job: its result is reported when all before it have been, the job goes back to the pool. `lane` is
 * the calling thread's, for the writes to standard output that fall due. */
void pipe_commit(pipe_commits *commits, pipe_lane *lane, pipe_job *job);
/* QN_CANCELLED in *err where a signal, --fail-fast or a closed standard output ended the run before this picture. */
bool pipe_may_begin(const pipe_commits *commits, qn_error *err);
/* As above, for a picture under way: only a signal stops it. */
bool pipe_may_go_on(const pipe_run_state *run, qn_error *err);
void pipe_commits_summary(const pipe_commits *commits, pipe_summary *summary);

/* ---- pictures.c ---- */
pipe_pictures *pipe_pictures_create(pipe_run_state *run, qn_error *err);
void pipe_pictures_free(pipe_pictures **pictures);
/* How many pictures there will be; SIZE_MAX: only their end will tell. */
size_t pipe_pictures_expected(const pipe_run_state *run);
/* The next picture, in order, to the `n` jobs of its branches. One from a stream is read here, into the first of them;
 * whatever went wrong is in that one's error. False: there are no more. Thread-safe. */
bool pipe_pictures_next(pipe_pictures *pictures, pipe_lane *lane, pipe_job *const *group, size_t n);
/* What the picture is called in messages. As long as the job is held. */
const char *pipe_job_name(const pipe_run_state *run, const pipe_job *job);

/* ---- pool.c ---- */
pipe_pool *pipe_pool_create(pipe_run_state *run, size_t jobs, qn_error *err);
void pipe_pool_free(pipe_pool **pool);
pipe_job *pipe_pool_take(pipe_pool *pool);          /* waits for a free one; empty but for kept memory */
void pipe_pool_put(pipe_pool *pool, pipe_job *job); /* its pixels are free for others from here on */
/* `job` uses the pixels of `lead`, which is free again only after it; before either is handed on. */
void pipe_pool_share(pipe_job *lead, pipe_job *job);
/* Waits until all inputs before this one have left; what stands between enter and leave happens in input order. Leave
 * happens once: further calls do nothing, and a job that never entered waits for its turn first. */
void pipe_pool_enter(pipe_pool *pool, pipe_job *job);
void pipe_pool_leave(pipe_pool *pool, pipe_job *job);
/* Inside the turn: room for as much is promised; waits for --mem. QN_LIMIT: more than --mem allows in all. */
bool pipe_pool_reserve(pipe_pool *pool, pipe_job *job, size_t in_bytes, size_t out_bytes, qn_error *err);
/* job->in and job->out get their memory, where any was promised and they have none yet. QN_NOMEM. */
bool pipe_pool_take_in(pipe_pool *pool, pipe_job *job, qn_error *err);
bool pipe_pool_take_out(pipe_pool *pool, pipe_job *job, qn_error *err);
/* The result is in job->out: the picture's own pixels are not needed any more, unless a branch shares them. */
void pipe_pool_computed(pipe_pool *pool, pipe_job *job);
void pipe_pool_decoded(pipe_pool *pool, pipe_job *job); /* what its decoder held is free */
/* The pixels are not needed any more, though the job is. */
void pipe_pool_unreserve(pipe_pool *pool, pipe_job *job);
size_t pipe_pool_peak(const pipe_pool *pool); /* most bytes of pixels held at once; after the run */

/* ---- plans.c ---- */
pipe_plans *pipe_plans_create(pipe_run_state *run, qn_error *err);
void pipe_plans_free(pipe_plans **plans);
/* The plan for this kind of picture, made on first need; *made tells that it is new. NULL: QN_NOMEM. */
pipe_plan *pipe_plans_get(pipe_plans *plans, const pipe_settings *s, const flt_input *input, bool *made, qn_error *err);

/* ---- second_pictures.c ---- */
/* Reads every file that the chain names. QN_USAGE names one that is missing or broken. */
pipe_files *pipe_files_load(const pipe_settings *s, qn_error *err);
void pipe_files_free(pipe_files **files);
/* Extents of plan->file[] in the form that the plan's surfaces want, for flt_plan_size(); calloc()ed. */
flt_file_info *pipe_files_info(const pipe_files *files, const flt_plan *plan, qn_error *err);
/* Gives them to the program; device worker. */
bool pipe_files_upload(const pipe_files *files, gpu *g, const flt_plan *plan, gpu_program *program, qn_error *err);

/* ---- names.c ---- */
pipe_names *pipe_names_create(void);
void pipe_names_free(pipe_names **names);
/* True: nobody in this run had this name before. QN_USAGE: somebody had; QN_NOMEM. Thread-safe. */
bool pipe_names_claim(pipe_names *names, const char *path, qn_error *err);
typedef enum pipe_name_state {
    PIPE_NAME_UNKNOWN, /* holds {w} or {h}, which only the header tells */
    PIPE_NAME_LIKELY,  /* as long as the input's extension tells its type */
    PIPE_NAME_FINAL
} pipe_name_state;
/* Fills job->output as far as it is known. */
bool pipe_output_name(const pipe_run_state *run, pipe_job *job, bool header_known, pipe_name_state *state,
                      qn_error *err);
/* --overwrite, --skip-existing, --update: true: the output may be written. Else job->status and job->error say what
 * stands in the way. */
bool pipe_output_allowed(const pipe_run_state *run, pipe_job *job);

#endif
