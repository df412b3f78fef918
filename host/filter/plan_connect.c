/* Passes that keep what hangs together with a seed (hysteresis).
 *
 * Not a pass that is repeated until nothing changes: how often that is depends on the picture, and each time the host
 * would have to wait for the answer. Instead the pixels are joined into trees, each under its least node, with one
 * atomic operation per join: three passes for any picture, and the same result whoever runs when. */
#include "codegen.h"

#include <stdio.h>
#include <string.h>

static flt_pass_spec whole_spec(const flt_build *b, const char *skeleton, unsigned source, unsigned target)
{
    const bool cpu = b->options->device == FLT_DEV_CPU;
    return (flt_pass_spec){ .skeleton = skeleton,
                            .value = &b->now,
                            .source = source,
                            .source_max = 1.0,
                            .target = target,
                            .in_channels = 1,
                            .out_channels = 1,
                            .run = cpu ? 1024 : 128,
                            .rows = 16,
                            .local = cpu ? 1 : 128 };
}

/* Every pixel becomes a node or none: the only pass with rows of its own, so that bands can follow it. */
static bool add_classes(flt_build *b, const flt_classes *c, unsigned nodes)
{
    char suffix[64];
    snprintf(suffix, sizeof suffix, "%s%s.classes", b->now.names[0] ? "+" : "", c->stage->row->name);
    flt_pass_spec one = whole_spec(b, c->skeleton, b->now.surface, nodes);
    one.suffix = suffix;
    one.source_is_base = true;
    one.source_max = flt_value_max(b);
    one.n_in_ops = b->now.n_ops;
    one.run = 128;
    one.rows = b->options->device == FLT_DEV_CPU ? 32 : 8;
    one.reach = FLT_REACH_ROWS;
    one.radius = c->radius;
    one.defines = c->defines;
    one.border = one.take_window = true;
    one.n_window = c->n_uniforms;
    one.window_fill = c->fill;
    one.stage = c->stage;
    return cg_pass(b, &one);
}

bool flt_add_connected(flt_build *b, const flt_classes *c)
{
    if (b->now.has_stencil && !flt_materialise(b, "a stencil's result has to be there before it is joined"))
        return false;
    const int nodes = flt_add_surface(b, FLT_ROLE_TEMP, FLT_U32, 1);
    const int result = flt_add_surface(b, FLT_ROLE_TEMP, FLT_U8, 1);
    if (nodes < 0 || result < 0 || !flt_use_fragment(b, "point/state.cl") || !flt_use_fragment(b, "reduce/nodes.cl") ||
        !add_classes(b, c, (unsigned)nodes))
        return false;
    flt_pass_spec two = whole_spec(b, "skeleton/join.cl", (unsigned)nodes, (unsigned)nodes);
    two.name = c->stage->row->name;
    two.suffix = ".join";
    flt_pass_spec three = whole_spec(b, "skeleton/rooted.cl", (unsigned)nodes, (unsigned)result);
    three.name = c->stage->row->name;
    three.suffix = "";
    if (!cg_pass(b, &two) || !cg_pass(b, &three))
        return false;
    flt_pending *v = &b->now;
    v->surface = (unsigned)result;
    v->n_view = v->n_ops = v->n_pro = v->n_mid = 0;
    v->scaled = v->n_mid_set = v->wide = false;
    v->levels = 0;
    v->channels = v->base_channels = 1;
    v->names[0] = '\0';
    return true;
}
