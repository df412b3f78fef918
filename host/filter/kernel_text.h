/* The text of a kernel file: from the binary, or from the folder that QUERN_KERNEL_PATH names. */
#ifndef QUERN_FILTER_KERNEL_TEXT_H
#define QUERN_FILTER_KERNEL_TEXT_H

#include "status.h"

/* `path` is relative to kernels/ ("point/tone.cl"). The caller's to free(). NULL: QN_INTERNAL (no such file, which
 * QUERN_KERNEL_PATH may cause: the text names it), QN_NOMEM. Thread-safe. */
char *flt_kernel_text(const char *path, qn_error *err);

#endif
