/* What the code generator's two halves share: the pass that is being written. Private to codegen*.c. */
#ifndef QUERN_FILTER_CODEGEN_PASS_H
#define QUERN_FILTER_CODEGEN_PASS_H

#include "codegen.h"
#include "strbuf.h"

/* What is being written of one pass: the members of its argument struct grow as the hooks ask for them. */
typedef struct writer {
    flt_build *b;
    const flt_pass_spec *spec;
    flt_pass_recipe *recipe;
    flt_pass *pass;
    unsigned number;
    qn_strbuf members, values, parameters, hooks;
    unsigned n_uniforms;
    bool has_uniforms;   /* a.U is there */
    bool in_front;       /* operations before the stencil: they see what it is handed, not its result */
    unsigned side_loads; /* bit per buffer whose $L is written */
} writer;

const char *cg_type_name(flt_storage s);
/* New members of the argument struct; the number of their uniform. */
unsigned cg_add_int(writer *w, const char *name);
unsigned cg_add_float(writer *w, const char *name);
/* a.U, all uniforms, for tables among them. */
void cg_use_uniforms(writer *w);
/* Who fills n uniforms from `at` on. */
bool cg_add_slot(writer *w, unsigned at, unsigned n, flt_filler fill, const flt_stage *stage, int surface, bool is_op);
/* Index of the surface among the pass's buffers; its pointer is a.b<index>, its stride in samples a.s<index>. -1: too
 * many. */
int cg_use_surface(writer *w, unsigned surface);

/* Notes how the pass reads a surface; one that nobody notes is read whole. */
bool cg_note_reader(writer *w, unsigned surface, flt_reach reach, int radius, bool viewed);

bool cg_write_in(writer *w);
bool cg_write_border(writer *w);
bool cg_write_mid(writer *w);
bool cg_write_side_loads(writer *w);
bool cg_write_out(writer *w);

#endif
