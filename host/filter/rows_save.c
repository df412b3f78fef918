/* save NAME: the picture as it stands, for @NAME of later stages. */
#include "plan_build.h"
#include "rows.h"

#include <ctype.h>
#include <string.h>

static bool check_name(const flt_stage *s, qn_error *err)
{
    const char *name = flt_arg(s, "name")->text;
    bool ok = name[0] != '\0' && strlen(name) <= 32;
    for (const char *c = name; *c; c++)
        ok = ok && (isalnum((unsigned char)*c) || *c == '_' || *c == '-') && (unsigned char)*c < 128;
    return ok ||
           flt_blame(err, s, "name", "'%.60s' is no name: 1 to 32 of the characters a-z, A-Z, 0-9, _ and -", name);
}

static bool build_save(flt_build *b, const flt_stage *s, qn_error *err)
{
    (void)err;
    return flt_save_value(b, s);
}

const flt_row flt_row_save = {
    .name = "save",
    .cls = FLT_CONTROL,
    .help = "keeps the picture as it stands: @NAME is a second picture, or a mask, of later stages",
    .example = "save base",
    .tolerance = "E",
    .range = FLT_RANGE_KEEP,
    .check = check_name,
    .build = build_save,
    .param = { { .name = "name",
                 .type = FLT_TEXT,
                 .help = "what @NAME calls it: 'save base | gaussian 12 | blend @base screen'; saved again, @NAME is "
                         "the later one" } },
};
