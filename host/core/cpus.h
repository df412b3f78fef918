/* How many processors this process may use: affinity mask and cgroup quota (v1 and v2) included. At least 1. */
#ifndef QUERN_CORE_CPUS_H
#define QUERN_CORE_CPUS_H

unsigned qn_cpu_count(void);

#endif
