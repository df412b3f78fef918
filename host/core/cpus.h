/* How many processors this process may use: affinity mask and cgroup quota (v1 and v2) included. At least 1. */
#ifndef QUERN_CORE_CPUS_H
#define QUERN_CORE_CPUS_H

#include <stdbool.h>

unsigned qn_cpu_count(void);

/* Whether the affinity mask lets this process run on every processor of the machine, and these have the numbers 0 to
 * n - 1: then thread i of n may be tied to processor i. */
bool qn_cpu_has_all(void);

#endif
