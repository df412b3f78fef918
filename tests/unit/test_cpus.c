/* The affinity mask limits the count. */
#include "check.h"
#include "clock.h"
#include "cpus.h"

#include <sched.h>
#include <unistd.h>

static void test_affinity(void)
{
    cpu_set_t before, one;
    unsigned all = qn_cpu_count();
    CHECK(all >= 1);
    if (sched_getaffinity(0, sizeof before, &before) != 0) {
        return; /* more processors than a plain set holds */
    }
    CHECK_MSG(all <= (unsigned)CPU_COUNT(&before), "%u of %d", all, CPU_COUNT(&before));
    size_t cpu = 0;
    while (!CPU_ISSET(cpu, &before)) {
        cpu++;
    }
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    CHECK_EQ_INT(sched_setaffinity(0, sizeof one, &one), 0);
    CHECK_EQ_INT(qn_cpu_count(), 1);
    const bool only = sysconf(_SC_NPROCESSORS_CONF) == 1;
    CHECK_EQ_INT(qn_cpu_has_all(), only);
    CHECK_EQ_INT(sched_setaffinity(0, sizeof before, &before), 0);
    CHECK_EQ_INT(qn_cpu_count(), all);
    CHECK_EQ_INT(qn_cpu_has_all(), CPU_COUNT(&before) == (int)sysconf(_SC_NPROCESSORS_CONF));
}

static void test_clock(void)
{
    uint64_t start = qn_now_ns();
    double cpu = qn_cpu_s();
    volatile unsigned work = 0;
    while (qn_now_ns() - start < UINT64_C(60000000)) {
        work++;
    }
    CHECK(qn_cpu_s() > cpu);
    CHECK(qn_peak_rss() > 100 * 1024 && qn_peak_rss() < UINT64_C(1) << 44);
}

int main(void)
{
    test_affinity();
    test_clock();
    return check_summary();
}
