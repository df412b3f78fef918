/* Where each picture goes: -o DIR/, -o FILE, a template, or the input's own name (--in-place). */
#ifndef QUERN_IO_NAMING_H
#define QUERN_IO_NAMING_H

#include "status.h"
#include "strbuf.h"
#include "walk.h"

#include <stdint.h>

typedef enum io_target_kind { IO_TO_STDOUT, IO_TO_FILE, IO_TO_DIR, IO_TO_TEMPLATE, IO_TO_SELF } io_target_kind;

typedef struct io_target {
    io_target_kind kind;
    const char *text; /* as it was given; not owned */
} io_target;

/* Told apart: "-" is standard output; a "{" makes a template; a trailing "/" or an existing directory is a directory;
 * else a file, which serves one input only. Errors (QN_USAGE): an unknown or unclosed {field}. */
bool io_target_parse(io_target *t, const char *text, qn_error *err);

/* Whether pictures without a name of their own (standard input's) can go there, several of them: a template that counts
 * with {n} and asks for no {stem}, {name} or {dir}. */
bool io_target_counts(const io_target *t);

typedef struct io_name_parts {
    const io_input *input;
    size_t index;    /* 1-based place of the picture in the run: {n}, {n:05} */
    size_t part;     /* which picture of the input, where that holds several; from 2 on the stem ends in -2, -3 ... */
    const char *ext; /* of the output's type, without a dot; NULL: unknown yet, the input's own is taken */
    uint32_t w, h;   /* of the output; 0: unknown yet */
} io_name_parts;

/* The output's path. Directory targets mirror input->rel. {dir} is the directory part of rel ("" at the top, else with
 * its trailing "/"), {stem} the name without its extension, {ext} the output's extension, {name} stem.ext. The
 * extension changes only where the type does: a.JPG stays a.JPG when it stays a JPEG.
 * *needs_size tells whether {w} or {h} occur. */
bool io_target_name(const io_target *t, const io_name_parts *parts, qn_strbuf *out, bool *needs_size, qn_error *err);

/* Before any work: two inputs with one output, or an output that is an input (by device and inode, links resolved)
 * where that was not asked for. `names[i]` is the output of input i, NULL where it is not known before the work.
 * `ext_known` false: outputs whose extension depends on content are compared as they are. QN_USAGE names both. */
bool io_check_collisions(const io_inputs *in, char *const *names, bool in_place, qn_error *err);

#endif
