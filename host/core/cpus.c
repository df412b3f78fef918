#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "cpus.h"

#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_CPUS = 1 << 16, PATH_SIZE = 1024 };

static unsigned at_least_one(long n)
{
    return n < 1 ? 1 : n > MAX_CPUS ? MAX_CPUS : (unsigned)n;
}

/* The affinity mask. Its size is the kernel's, so it grows until the call takes it. */
static unsigned affinity_count(void)
{
    for (int cpus = 1024; cpus <= MAX_CPUS; cpus *= 2) {
        cpu_set_t *set = CPU_ALLOC((size_t)cpus);
        if (set == NULL) {
            break;
        }
        size_t size = CPU_ALLOC_SIZE((size_t)cpus);
        bool ok = sched_getaffinity(0, size, set) == 0;
        int n = ok ? CPU_COUNT_S(size, set) : 0;
        CPU_FREE(set);
        if (ok) {
            return at_least_one(n);
        }
    }
    return at_least_one(sysconf(_SC_NPROCESSORS_ONLN));
}

bool qn_cpu_has_all(void)
{
    cpu_set_t set;
    const long configured = sysconf(_SC_NPROCESSORS_CONF);
    if (configured < 1 || configured > CPU_SETSIZE || sched_getaffinity(0, sizeof set, &set) != 0) {
        return false;
    }
    for (long i = 0; i < configured; i++) {
        if (!CPU_ISSET((size_t)i, &set)) {
            return false;
        }
    }
    return true;
}

/* First line of a file without its newline. False: it cannot be read. */
static bool read_line(const char *path, char *line, size_t size)
{
    FILE *f = fopen(path, "re");
    if (f == NULL) {
        return false;
    }
    bool ok = fgets(line, (int)size, f) != NULL;
    fclose(f);
    if (ok) {
        line[strcspn(line, "\n")] = '\0';
    }
    return ok;
}

/* Processors that a quota stands for: a started one counts whole. 0: no quota. */
static unsigned quota_cpus(double quota, double period)
{
    if (!(quota > 0) || !(period > 0)) {
        return 0;
    }
    double n = quota / period;
    if (n >= MAX_CPUS) {
        return 0;
    }
    unsigned whole = (unsigned)n;
    return whole < n ? whole + 1 : whole;
}

static unsigned quota_v2(const char *dir)
{
    char path[PATH_SIZE], line[128], *period;
    if (snprintf(path, sizeof path, "%s/cpu.max", dir) >= (int)sizeof path || !read_line(path, line, sizeof line)) {
        return 0;
    }
    double quota = strtod(line, &period); /* "150000 100000"; "max 100000" is no quota, and no number */
    return quota_cpus(quota, strtod(period, NULL));
}

static unsigned quota_v1(const char *dir)
{
    char path[PATH_SIZE], line[128];
    if (snprintf(path, sizeof path, "%s/cpu.cfs_quota_us", dir) >= (int)sizeof path ||
        !read_line(path, line, sizeof line)) {
        return 0;
    }
    double quota = strtod(line, NULL);
    if (snprintf(path, sizeof path, "%s/cpu.cfs_period_us", dir) >= (int)sizeof path ||
        !read_line(path, line, sizeof line)) {
        return 0;
    }
    return quota_cpus(quota, strtod(line, NULL)); /* -1: none */
}

/* The smallest quota on the way from the process's group up to the root: every one of them binds. In a container the
 * group's path often names a directory that is not there, and the container's own group is the root. */
static unsigned smallest_quota(const char *mount, const char *group, unsigned (*quota)(const char *dir))
{
    char dir[PATH_SIZE];
    if (snprintf(dir, sizeof dir, "%s%s", mount, group) >= (int)sizeof dir) {
        return quota(mount);
    }
    unsigned least = 0;
    for (;;) {
        unsigned n = quota(dir);
        if (n != 0 && (least == 0 || n < least)) {
            least = n;
        }
        char *slash = strrchr(dir, '/');
        if (strlen(dir) <= strlen(mount) || slash == NULL) {
            return least;
        }
        *slash = '\0';
    }
}

/* Whether "cpu" is one of the controllers in "cpu,cpuacct". */
static bool names_cpu(const char *controllers, size_t len)
{
    while (len > 0) {
        size_t n = 0;
        while (n < len && controllers[n] != ',') {
            n++;
        }
        if (n == 3 && memcmp(controllers, "cpu", 3) == 0) {
            return true;
        }
        size_t step = n < len ? n + 1 : n;
        controllers += step;
        len -= step;
    }
    return false;
}

/* One line of /proc/self/cgroup: "number:controllers:path"; version 2 has number 0 and no controllers. */
static unsigned line_quota(char *line)
{
    line[strcspn(line, "\n")] = '\0';
    char *controllers = strchr(line, ':');
    char *group = controllers != NULL ? strchr(controllers + 1, ':') : NULL;
    if (group == NULL) {
        return 0;
    }
    size_t len = (size_t)(group - controllers) - 1;
    group++;
    if (len == 0) {
        unsigned n = smallest_quota("/sys/fs/cgroup", group, quota_v2);
        return n != 0 ? n : smallest_quota("/sys/fs/cgroup/unified", group, quota_v2);
    }
    if (!names_cpu(controllers + 1, len)) {
        return 0;
    }
    unsigned n = smallest_quota("/sys/fs/cgroup/cpu", group, quota_v1);
    return n != 0 ? n : smallest_quota("/sys/fs/cgroup/cpu,cpuacct", group, quota_v1);
}

static unsigned cgroup_quota(void)
{
    FILE *f = fopen("/proc/self/cgroup", "re");
    if (f == NULL) {
        return 0;
    }
    unsigned least = 0;
    char line[PATH_SIZE];
    while (fgets(line, sizeof line, f) != NULL) {
        unsigned n = line_quota(line);
        if (n != 0 && (least == 0 || n < least)) {
            least = n;
        }
    }
    fclose(f);
    return least;
}

unsigned qn_cpu_count(void)
{
    unsigned cpus = affinity_count(), quota = cgroup_quota();
    return quota != 0 && quota < cpus ? quota : cpus;
}
