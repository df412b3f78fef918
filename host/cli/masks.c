#include "masks.h"

#include "probe.h"

#include <string.h>

static bool has_mask(const flt_chain *chain)
{
    for (size_t i = 0; i < chain->n; i++)
        if (chain->stage[i].mask)
            return true;
    return false;
}

typedef enum verdict { FITS, MISFITS, UNKNOWN } verdict;

static verdict judge(const cli_options *o, const flt_chain *chain, const char *path, qn_error *err)
{
    const flt_options options = { .device = FLT_DEV_CPU, .fuse = true, .linear = o->run.linear };
    cli_probe probe;
    flt_sized sized = { 0 };
    bool picture = false;
    if (strcmp(path, "-") == 0)
        return FITS; /* it is read once only, by the run */
    if (!cli_probe_file(path, o, &probe, &picture, err))
        return UNKNOWN;
    flt_plan *plan = flt_plan_create(chain, &probe.input, &options, err);
    const bool ok = plan && cli_probe_size(plan, &probe, o, &sized, err);
    flt_sized_free(&sized);
    flt_plan_free(&plan);
    return ok ? FITS : err->code == QN_USAGE ? MISFITS : UNKNOWN;
}

static bool check_chain(const cli_options *o, const flt_chain *chain, const io_inputs *list, qn_error *err)
{
    qn_error first = { 0 };
    const char *path = NULL;
    size_t misfits = 0;
    for (size_t i = 0; i < list->n; i++) {
        qn_error why = { 0 };
        const verdict v = judge(o, chain, list->item[i].path, &why);
        if (v == FITS)
            return true;
        if (v == MISFITS && misfits++ == 0)
            first = why, path = list->item[i].path;
    }
    if (misfits == 0)
        return true;
    if (misfits == 1)
        return qn_fail(err, QN_USAGE, "%s: %s", first.text, path);
    return qn_fail(err, QN_USAGE, "%s: %s, and none of the %zu inputs fits", first.text, path, misfits);
}

bool cli_masks_check(const cli_options *o, const flt_chain *chain, const io_inputs *list, qn_error *err)
{
    for (size_t k = 0; k < cli_branches(o); k++)
        if (has_mask(&chain[k]) && !check_chain(o, &chain[k], list, err))
            return false;
    return true;
}
