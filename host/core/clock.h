/* Time for statistics: never for behaviour. */
#ifndef QUERN_CORE_CLOCK_H
#define QUERN_CORE_CLOCK_H

#include <stdint.h>

uint64_t qn_now_ns(void);   /* monotonic */
double qn_cpu_s(void);      /* user + system seconds of this process so far */
uint64_t qn_peak_rss(void); /* bytes */

#endif
