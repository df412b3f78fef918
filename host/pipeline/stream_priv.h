/* Private to stream.c and stream_compute.c. */
#ifndef QUERN_PIPELINE_STREAM_PRIV_H
#define QUERN_PIPELINE_STREAM_PRIV_H

#include "stream.h"

#include <pthread.h>

/* Of chunks, on either side: what two bands are made of, so that no stage waits for another's band. */
#define PIPE_CHUNKS 8

typedef struct pipe_chunk {
    uint8_t *rows;
    uint32_t n;
    uint32_t sweep; /* of the picture's */
    size_t band;    /* that it was last used for */
} pipe_chunk;

struct pipe_stream {
    pipe_run_state *run;
    pipe_job *job;
    uint32_t in_rows, out_rows; /* of a chunk */
    unsigned in_chunks, out_chunks;
    pipe_chunk in[PIPE_CHUNKS], out[PIPE_CHUNKS];
    qn_queue *in_free, *in_full, *out_free, *out_full;
    uint32_t sweep, n_sweeps; /* the reader's; how often it reads the picture */
    uint32_t read, written;   /* rows */
    pthread_mutex_t lock;     /* guards what follows */
    pthread_cond_t ended;
    bool reader_done, device_done, writer_done, failed;
    qn_error error;
    /* writer */
    io_outfile *file;
    io_encoder *encoder;
    io_meta meta; /* what stood before the pixels; what the decoder finds behind them is in job->meta */
    qn_bytes bytes;
    io_meta again; /* reader: what later sweeps find */
    /* device's worker */
    pipe_chunk *pending_in[PIPE_CHUNKS], *pending_out[PIPE_CHUNKS];
    unsigned n_in, n_out;
    bool no_file;  /* for windows of the picture: it is tried as a whole */
    bool in_line;  /* --sync, and once it was restarted */
    bool troubled; /* it holds the run's lock for what the device fails at */
    unsigned flow; /* 0: it has the device to itself */
    pipe_lane *lane;
    gpu *g; /* the run's, or another that took over */
    gpu_program *program;
    const flt_plan *plan;
    flt_sized *sized;
    flt_sized own_sized; /* on another device */
};

/* Bytes that a picture may take in memory as a whole, where its rows are needed in another order. */
uint64_t pipe_stream_whole_room(const pipe_run_state *run);
/* How such a picture is cut for a device, with a share of the memory that it may take. */
flt_banding pipe_stream_banding(const pipe_run_state *run, const pipe_job *job, const gpu_device *device,
                                flt_device_class device_class, size_t divide);
/* The stream has failed: everybody stops. */
void pipe_stream_fail(pipe_stream *s, const qn_error *error);
/* One of its parts has ended. */
void pipe_stream_done(pipe_stream *s, bool *which);
/* From the first row, after it has failed and while nobody else works on it; from then on in line. */
bool pipe_stream_restart(pipe_stream *s, qn_error *err);
/* False: there is no more, or the stream failed. */
bool pipe_stream_read_chunk(pipe_stream *s, pipe_lane *lane);
bool pipe_stream_write_chunk(pipe_stream *s, pipe_lane *lane);

#endif
