#include "kernel_text.h"

#include "embedded.h"
#include "strbuf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *read_override(const char *folder, const char *path, qn_error *err)
{
    qn_strbuf name = { 0 }, text = { 0 };
    sb_addf(&name, "%s/%s", folder, path);
    FILE *f = fopen(sb_str(&name), "rb");
    char part[4096];
    size_t n;
    while (f && (n = fread(part, 1, sizeof part, f)) > 0)
        sb_addn(&text, part, n);
    const bool read = f && !ferror(f);
    if (f)
        fclose(f);
    if (!read)
        qn_fail(err, QN_INTERNAL, "QUERN_KERNEL_PATH: cannot read %s", sb_str(&name));
    else if (!sb_ok(&text))
        qn_fail(err, QN_NOMEM, "out of memory");
    sb_free(&name);
    if (read && sb_ok(&text)) {
        sb_add(&text, "");
        char *s = sb_take(&text);
        return s ? s : strdup("");
    }
    sb_free(&text);
    return NULL;
}

char *flt_kernel_text(const char *path, qn_error *err)
{
    const char *folder = getenv("QUERN_KERNEL_PATH");
    if (folder && *folder)
        return read_override(folder, path, err);
    for (const flt_embedded *e = flt_embedded_kernels; e->path; e++)
        if (strcmp(e->path, path) == 0) {
            char *copy = strdup(e->text);
            if (!copy)
                qn_fail(err, QN_NOMEM, "out of memory");
            return copy;
        }
    qn_fail(err, QN_INTERNAL, "no kernel text '%s'", path);
    return NULL;
}
