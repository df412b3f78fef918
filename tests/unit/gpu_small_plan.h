/* A plan filled in by hand, for tests of host/gpu: three passes over a gray picture, with a temporary, a table that
 * must begin as zeros, and a result that may lie over the input. */
#ifndef QUERN_TESTS_GPU_SMALL_PLAN_H
#define QUERN_TESTS_GPU_SMALL_PLAN_H

#include "device.h"
#include "gpu.h"
#include "hash.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SMALL_LOCAL_X = 8, SMALL_LOCAL_Y = 4 };

/* U[u0 ...]: width, height, input stride, output stride */
#define SMALL_TEXT                                                                                                     \
    "#define X (int)get_global_id(0)\n"                                                                                \
    "#define Y ((int)get_global_id(1) + y0 * 4)\n"                                                                     \
    "#define OUTSIDE (X >= U[u0] || Y >= U[u0 + 1])\n"                                                                 \
    "__kernel void widen(__global const uchar *in, __global ushort *t, __global const int *U, int u0, int y0, int "    \
    "y1)\n"                                                                                                            \
    "{ if (OUTSIDE) return; int i = Y * U[u0 + 2] + X;\n"                                                              \
    "  t[Y * U[u0] + X] = (ushort)(in[i] * 3 + (X ? in[i - 1] : 0)); }\n"                                              \
    "__kernel void count(__global const uchar *in, __global uint *n, __global const int *U, int u0, int y0, int y1)\n" \
    "{ if (OUTSIDE) return; atomic_inc(&n[in[Y * U[u0 + 2] + X]]); }\n"                                                \
    "__kernel void join(__global const ushort *t, __global const uint *n, __global uchar *out,\n"                      \
    "                   __global const int *U, int u0, int y0, int y1)\n"                                              \
    "{ if (OUTSIDE) return; uint v = t[Y * U[u0] + X]; out[Y * U[u0 + 3] + X] = (uchar)(v + n[v & 255u]); }\n"

typedef struct small_plan {
    flt_plan plan;
    flt_pass pass[3];
    flt_surface surface[4];
} small_plan;

typedef struct small_sized {
    flt_sized sized;
    flt_extent extent[4];
    flt_launch launch[3];
    size_t pool_bytes[2];
    int32_t uniform[4];
} small_sized;

static inline void small_plan_init(small_plan *s, const char *text)
{
    memset(s, 0, sizeof *s);
    static const char *const kernel[3] = { "widen", "count", "join" };
    static const unsigned buffers[3][3] = { { 0, 2 }, { 0, 3 }, { 2, 3, 1 } };
    for (int i = 0; i < 3; i++) {
        snprintf(s->pass[i].kernel, sizeof s->pass[i].kernel, "%s", kernel[i]);
        snprintf(s->pass[i].name, sizeof s->pass[i].name, "%s", kernel[i]);
        s->pass[i].n_buffers = i == 2 ? 3 : 2;
        memcpy(s->pass[i].buffer, buffers[i], sizeof buffers[i]);
    }
    s->surface[0] = (flt_surface){ .role = FLT_ROLE_INPUT, .storage = FLT_U8, .channels = 1 };
    s->surface[1] = (flt_surface){ .role = FLT_ROLE_OUTPUT, .storage = FLT_U8, .channels = 1 };
    s->surface[2] = (flt_surface){ .role = FLT_ROLE_TEMP, .storage = FLT_U16, .channels = 1, .pool = 0 };
    s->surface[3] = (flt_surface){ .role = FLT_ROLE_TEMP, .storage = FLT_U32, .channels = 1, .pool = 1, .clear = true };
    s->plan.text = (char *)(uintptr_t)text;
    s->plan.key = qn_hash_str(QN_HASH_START, text);
    s->plan.output = (qn_format){ .channels = 1, .depth = 8 };
    s->plan.pass = s->pass;
    s->plan.n_passes = 3;
    s->plan.surface = s->surface;
    s->plan.n_surfaces = 4;
    s->plan.n_pools = 2;
    s->plan.output_may_overlap_input = true;
}

static inline void small_plan_size(small_sized *s, uint32_t w, uint32_t h)
{
    memset(s, 0, sizeof *s);
    size_t in_stride = w + 5, out_stride = w + 3;
    s->extent[0] = (flt_extent){ w, h, in_stride, in_stride * h, h, false };
    s->extent[1] = (flt_extent){ w, h, out_stride, out_stride * h, h, false };
    s->extent[2] = (flt_extent){ w, h, (size_t)w * 2, (size_t)w * 2 * h, h, false };
    s->extent[3] = (flt_extent){ 256, 1, 1024, 1024, 1, false };
    for (int i = 0; i < 3; i++)
        s->launch[i] = (flt_launch){ .groups = { (w + SMALL_LOCAL_X - 1) / SMALL_LOCAL_X,
                                                 (h + SMALL_LOCAL_Y - 1) / SMALL_LOCAL_Y },
                                     .local = { SMALL_LOCAL_X, SMALL_LOCAL_Y } };
    s->pool_bytes[0] = s->extent[2].bytes;
    s->pool_bytes[1] = 1024;
    int32_t uniform[4] = { (int32_t)w, (int32_t)h, (int32_t)in_stride, (int32_t)out_stride };
    memcpy(s->uniform, uniform, sizeof uniform);
    s->sized = (flt_sized){ .in_width = w,
                            .in_height = h,
                            .out_width = w,
                            .out_height = h,
                            .output_may_overlap_input = true,
                            .extent = s->extent,
                            .n_extents = 4,
                            .launch = s->launch,
                            .n_launches = 3,
                            .pool_bytes = s->pool_bytes,
                            .n_pools = 2,
                            .uniform = s->uniform,
                            .n_uniforms = 4,
                            .cap_uniforms = 4 };
}

static inline void small_fill(uint8_t *data, size_t n, unsigned seed)
{
    for (size_t i = 0; i < n; i++) {
        seed = seed * 1664525u + 1013904223u;
        data[i] = (uint8_t)(seed >> 24);
    }
}

/* Whether out is what the passes make of small_fill(seed). */
static inline bool small_right(const uint8_t *out, const small_sized *s, unsigned seed)
{
    uint32_t w = s->extent[0].width, h = s->extent[0].height;
    uint8_t *in = malloc(s->extent[0].bytes);
    unsigned n[256] = { 0 };
    bool right = in != NULL;
    if (in)
        small_fill(in, s->extent[0].bytes, seed);
    for (uint32_t y = 0; y < h && in; y++)
        for (uint32_t x = 0; x < w; x++)
            n[in[y * s->extent[0].stride + x]]++;
    for (uint32_t y = 0; y < h && right; y++)
        for (uint32_t x = 0; x < w && right; x++) {
            const uint8_t *row = in + y * s->extent[0].stride;
            unsigned v = row[x] * 3u + (x ? row[x - 1] : 0u);
            right = out[y * s->extent[1].stride + x] == (uint8_t)(v + n[v & 255u]);
        }
    free(in);
    return right;
}

#endif
