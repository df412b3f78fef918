/* How much memory this machine, or the control group that the process runs in, has. */
#ifndef QUERN_CORE_MEMORY_H
#define QUERN_CORE_MEMORY_H

#include <stdint.h>

/* Bytes; UINT64_MAX: not known. Thread-safe. */
uint64_t qn_memory_size(void);

#endif
