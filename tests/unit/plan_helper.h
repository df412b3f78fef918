/* For tests of the planner: a chain's text to a plan, and what the program's text says. Only the public contract is
 * used (plan.h, and the text with its uniforms), so that these tests hold for any planner that keeps it. */
#ifndef QUERN_TESTS_PLAN_HELPER_H
#define QUERN_TESTS_PLAN_HELPER_H

#include "check.h"
#include "plan.h"

#include <stdlib.h>
#include <string.h>

typedef struct made {
    flt_chain chain;
    flt_plan *plan; /* NULL: it could not be made, see err */
    qn_error err;
} made;

typedef struct made_for {
    const char *chain;
    uint8_t channels, depth; /* 0: 3, 8 */
    int orientation;         /* 0: 1 */
    flt_device_class device;
    bool apart, linear; /* --no-fuse, --linear */
} made_for;

static inline made make(const made_for *f)
{
    made m = { .err = { .code = QN_OK } };
    const flt_input input = { .format = { f->channels ? f->channels : 3, f->depth ? f->depth : 8, QN_INTERLEAVED },
                              .orientation = f->orientation ? f->orientation : 1 };
    const flt_options options = { f->device, !f->apart, f->linear };
    if (flt_chain_parse(&m.chain, f->chain, "-f", &m.err))
        m.plan = flt_plan_create(&m.chain, &input, &options, &m.err);
    return m;
}

/* The same where it must work; tells what and why if it does not. */
static inline made must_make(const made_for *f)
{
    made m = make(f);
    CHECK_MSG(m.plan, "'%s': %s", f->chain, m.err.text);
    return m;
}

static inline void unmake(made *m)
{
    flt_plan_free(&m->plan);
    flt_chain_free(&m->chain);
}

static const flt_file_info logo[] = { { 64, 48, 64 * 12 }, { 9, 5, 128 }, { 9, 5, 128 }, { 9, 5, 128 },
                                      { 9, 5, 128 },       { 9, 5, 128 }, { 9, 5, 128 }, { 9, 5, 128 } };

static inline size_t stride_of(const made_for *f, uint32_t w)
{
    return qn_row_stride(w, (qn_format){ f->channels ? f->channels : 3, f->depth ? f->depth : 8, QN_INTERLEAVED });
}

static inline bool size_it(const made *m, const made_for *f, uint32_t w, uint32_t h, flt_sized *s, qn_error *err)
{
    return flt_plan_size(m->plan, w, h, stride_of(f, w), logo, s, err);
}

/* The part of the program's text that belongs to one pass; the caller frees it. */
static inline char *pass_text(const flt_plan *p, size_t pass)
{
    char from[32], to[32];
    snprintf(from, sizeof from, "/* pass %zu: ", pass);
    snprintf(to, sizeof to, "/* pass %zu: ", pass + 1);
    const char *at = strstr(p->text, from);
    if (!at)
        abort();
    const char *end = strstr(at, to);
    char *text = end ? strndup(at, (size_t)(end - at)) : strdup(at);
    if (!text)
        abort();
    return text;
}

static inline bool pass_says(const flt_plan *p, size_t pass, const char *what)
{
    char *text = pass_text(p, pass);
    const bool says = strstr(text, what) != NULL;
    free(text);
    return says;
}

/* A number that the pass's text defines; -1: it does not. */
static inline long pass_define(const flt_plan *p, size_t pass, const char *name)
{
    char line[64];
    snprintf(line, sizeof line, "\n#define %s ", name);
    char *text = pass_text(p, pass);
    const char *at = strstr(text, line);
    const long n = at ? strtol(at + strlen(line), NULL, 10) : -1;
    free(text);
    return n;
}

/* Where U holds a member of the pass's arguments, by the text: members and initialisers stand in one order. -1: the
 * pass has no such member. */
static inline long member_at(const flt_plan *p, const flt_sized *s, size_t pass, const char *name)
{
    char *text = pass_text(p, pass);
    char *members = strstr(text, "typedef struct {\n"), *values = strstr(text, "#define TAKE_ARGUMENTS {");
    long found = -1;
    if (members && values) {
        members += strlen("typedef struct {\n");
        values += strlen("#define TAKE_ARGUMENTS {");
        for (char *line = strsep(&members, "\n"); line && *line != '}'; line = strsep(&members, "\n")) {
            char *end = strchr(line, ';'), *space = NULL;
            if (!end)
                break;
            *end = '\0';
            space = strrchr(line, ' ');
            unsigned at = 0;
            if (space && strcmp(space + 1, name) == 0) {
                const char *u0 = strstr(values, "u0 + ");
                const char *comma = strstr(values, ", ");
                if (u0 && (!comma || u0 < comma) && sscanf(u0, "u0 + %u", &at) == 1)
                    found = (long)s->launch[pass].u0 + (long)at;
                break;
            }
            values = strstr(values, ", ");
            if (!values)
                break;
            values += 2;
        }
    }
    free(text);
    return found;
}

static inline int32_t member(const flt_plan *p, const flt_sized *s, size_t pass, const char *name)
{
    const long at = member_at(p, s, pass, name);
    CHECK_MSG(at >= 0 && (size_t)at < s->n_uniforms, "pass %zu has no %s", pass, name);
    return at >= 0 && (size_t)at < s->n_uniforms ? s->uniform[at] : INT32_MIN;
}

static inline float as_float(int32_t bits)
{
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

#endif
