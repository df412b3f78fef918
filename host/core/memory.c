#include "memory.h"

#include <stdio.h>
#include <unistd.h>

/* The first number of a file; UINT64_MAX: there is none ("max"). */
static uint64_t number_in(const char *path)
{
    unsigned long long n;
    FILE *f = fopen(path, "re");
    if (!f)
        return UINT64_MAX;
    const int got = fscanf(f, "%llu", &n);
    fclose(f);
    return got == 1 ? n : UINT64_MAX;
}

uint64_t qn_memory_size(void)
{
    const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    uint64_t least = pages > 0 && page > 0 ? (uint64_t)pages * (uint64_t)page : UINT64_MAX;
    static const char *const limit[] = { "/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes" };
    for (unsigned i = 0; i < sizeof limit / sizeof *limit; i++) {
        const uint64_t n = number_in(limit[i]);
        least = n < least ? n : least;
    }
    return least;
}
