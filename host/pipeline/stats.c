/* The run's report as JSON. */
#include "stats.h"

#include "record.h"

#ifndef QUERN_VERSION /* the build defines it */
#define QUERN_VERSION "unknown"
#endif

static void add_text(qn_strbuf *out, const char *key, const char *text)
{
    sb_addf(out, "\"%s\":", key);
    sb_add_json(out, text ? text : "");
}

static void add_number(qn_strbuf *out, const char *key, double v)
{
    sb_addf(out, "\"%s\":", key);
    sb_add_number(out, v);
}

static void add_count(qn_strbuf *out, const char *key, uint64_t v)
{
    sb_addf(out, "\"%s\":%llu", key, (unsigned long long)v);
}

size_t pipe_stats_stages(const pipe_stats *stats, pipe_stage_stats *out, size_t room)
{
    for (size_t i = 0; out && i < PIPE_N_STAGES && i < room; i++)
        out[i] = (pipe_stage_stats){ pipe_stage_name((uint32_t)i), pipe_stats_busy(stats, (pipe_stage)i),
                                     stats->threads[i] };
    return PIPE_N_STAGES;
}

const pipe_pass_stats *pipe_stats_passes(const pipe_stats *stats, size_t *n)
{
    *n = stats->n_passes;
    return stats->pass;
}

static void add_head(const pipe_stats *s, qn_strbuf *out)
{
    sb_add(out, "{\"schema\":\"quern.stats/1\",");
    add_text(out, "version", s->version ? s->version : QUERN_VERSION);
    sb_add(out, ",\n \"device\":{");
    add_text(out, "name", s->device);
    sb_addc(out, ',');
    add_text(out, "platform", s->platform);
    sb_addc(out, ',');
    add_text(out, "type", s->type);
    sb_addc(out, ',');
    add_text(out, "driver", s->driver);
    sb_add(out, "},\n \"images\":{");
    add_count(out, "ok", s->ok);
    sb_addc(out, ',');
    add_count(out, "skipped", s->skipped);
    sb_addc(out, ',');
    add_count(out, "failed", s->failed);
    sb_addc(out, ',');
    add_count(out, "damaged", s->damaged);
    sb_add(out, "},\n ");
    add_count(out, "pixels", s->pixels);
    sb_addc(out, ',');
    add_number(out, "wall_s", pipe_stats_wall(s));
    sb_addc(out, ',');
    add_number(out, "cpu_s", s->cpu_s);
    sb_addc(out, ',');
    add_count(out, "peak_rss_bytes", s->peak_rss);
    sb_add(out, ",\n \"startup_s\":{");
    add_number(out, "opencl", s->opencl_s);
    sb_addc(out, ',');
    add_number(out, "build", s->counters.build_s);
    sb_add(out, "},\n \"program_cache\":{");
    add_count(out, "memory_hits", s->counters.memory_hits);
    sb_addc(out, ',');
    add_count(out, "disk_hits", s->counters.disk_hits);
    sb_addc(out, ',');
    add_count(out, "builds", s->counters.builds);
    sb_add(out, "}");
}

void pipe_stats_write_json(const pipe_stats *s, qn_strbuf *out)
{
    double wall = pipe_stats_wall(s), busy = 0;
    add_head(s, out);
    sb_add(out, ",\n \"stages\":{");
    for (size_t i = 0; i < PIPE_N_STAGES; i++) {
        double stage = pipe_stats_busy(s, (pipe_stage)i);
        busy += stage;
        sb_addf(out, "%s\"%s\":{", i ? ",\n  " : "", pipe_stage_name((uint32_t)i));
        add_number(out, "busy_s", stage);
        sb_addf(out, ",\"threads\":%u}", s->threads[i]);
    }
    sb_add(out, "},\n ");
    add_number(out, "overlap", wall > 0 ? busy / wall : 0);
    sb_addc(out, ',');
    add_number(out, "device_busy", pipe_stats_device_busy(s));
    sb_add(out, ",\n \"passes\":[");
    for (size_t i = 0; i < s->n_passes; i++) {
        sb_addf(out, "%s{", i ? ",\n  " : "");
        add_text(out, "name", s->pass[i].name);
        sb_addc(out, ',');
        add_count(out, "count", s->pass[i].count);
        sb_addc(out, ',');
        add_number(out, "seconds", s->pass[i].seconds);
        sb_addc(out, ',');
        add_count(out, "bytes", s->pass[i].bytes);
        sb_addc(out, '}');
    }
    sb_add(out, "]}\n");
}
