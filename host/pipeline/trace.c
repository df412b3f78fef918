/* The run's times as Chrome trace events, for Perfetto and chrome://tracing. */
#include "outfile.h"
#include "record.h"

#define FLUSH_BYTES 65536

/* Microseconds with the three digits that nanoseconds leave; no floating point, so no locale. */
static void add_us(qn_strbuf *out, const char *key, uint64_t ns)
{
    sb_addf(out, "\"%s\":%llu.%03llu", key, (unsigned long long)(ns / 1000), (unsigned long long)(ns % 1000));
}

static void add_lane_name(qn_strbuf *out, size_t lane, const char *name)
{
    sb_addf(out, ",\n{\"name\":\"thread_name\",\"ph\":\"M\",\"pid\":1,\"tid\":%zu,\"args\":{\"name\":", lane + 1);
    sb_add_json(out, name);
    sb_add(out, "}}");
    /* keeps the lanes in the pipeline's order; viewers sort by name otherwise */
    sb_addf(out, ",\n{\"name\":\"thread_sort_index\",\"ph\":\"M\",\"pid\":1,\"tid\":%zu,\"args\":{\"sort_index\":%zu}}",
            lane + 1, lane + 1);
}

static void add_event(const pipe_stats *stats, size_t lane, const pipe_event *e, qn_strbuf *out)
{
    bool pass = e->what >= PIPE_N_KINDS;
    size_t at = e->what - PIPE_N_KINDS;
    const char *name = !pass ? pipe_stage_name(e->what) : at < stats->n_passes ? stats->pass[at].name : "kernels";
    uint64_t start = e->start_ns > stats->start_ns ? e->start_ns - stats->start_ns : 0;
    sb_add(out, ",\n{\"name\":");
    sb_add_json(out, name);
    sb_addf(out, ",\"cat\":\"%s\",\"ph\":\"X\",\"pid\":1,\"tid\":%zu,", pass ? "kernels" : pipe_stage_name(e->what),
            lane + 1);
    add_us(out, "ts", start);
    sb_addc(out, ',');
    add_us(out, "dur", e->end_ns - e->start_ns);
    if (e->picture < stats->n_pictures && stats->picture[e->picture]) {
        sb_add(out, ",\"args\":{\"picture\":");
        sb_add_json(out, stats->picture[e->picture]);
        sb_addc(out, '}');
    }
    sb_addc(out, '}');
}

static bool flush(qn_strbuf *out, int fd, size_t least, qn_error *err)
{
    if (!sb_ok(out))
        return qn_fail(err, QN_NOMEM, "out of memory");
    if (out->len < least)
        return true;
    bool ok = io_write_fd(fd, sb_str(out), out->len, err);
    sb_clear(out);
    return ok;
}

bool pipe_trace_write(const pipe_stats *stats, int fd, qn_error *err)
{
    qn_strbuf out = { 0 };
    bool ok = true;
    sb_add(&out, "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n"
                 "{\"name\":\"process_name\",\"ph\":\"M\",\"pid\":1,\"tid\":0,\"args\":{\"name\":\"quern\"}}");
    for (size_t i = 0; i < stats->n_lanes; i++)
        if (stats->lane[i].n || !stats->lane[i].flow)
            add_lane_name(&out, i, stats->lane[i].name);
    for (size_t i = 0; ok && i < stats->n_lanes; i++) {
        for (size_t k = 0; ok && k < stats->lane[i].n; k++) {
            add_event(stats, i, &stats->lane[i].event[k], &out);
            ok = flush(&out, fd, FLUSH_BYTES, err);
        }
    }
    sb_add(&out, "\n]}\n");
    ok = ok && flush(&out, fd, 0, err);
    sb_free(&out);
    return ok;
}
