/* Built programs on disk: blobs by key, with no OpenCL in it.
 *
 * An entry is one file that holds its whole key, the blob, and a checksum over both; a file that is not exactly that is
 * deleted. Entries appear by rename, so two processes at once are safe. Any error means "not there": a cache that
 * cannot be used costs time, never a picture.
 *
 * Thread-safety: one thread per object; any number of processes per directory.
 */
#ifndef QUERN_GPU_PROGRAM_CACHE_H
#define QUERN_GPU_PROGRAM_CACHE_H

#include "bytes.h"
#include "log.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct gpu_cache gpu_cache;

typedef struct gpu_cache_limits {
    size_t entries; /* files */
    uint64_t bytes; /* of all files together */
} gpu_cache_limits;

/* Makes the directory (0700) and its parents where they are missing. dir NULL: $XDG_CACHE_HOME/quern, else
 * ~/.cache/quern. limits NULL: 200 entries, 256 MiB. NULL result: no usable directory or out of memory, and one line
 * with -v says why. log may be NULL; it must outlive the cache. */
gpu_cache *gpu_cache_open(const char *dir, const gpu_cache_limits *limits, qn_log *log);
void gpu_cache_close(gpu_cache **cache); /* takes NULL */

/* The blob that was put under exactly this key, into *value (replaced). False: not there. cache may be NULL. */
bool gpu_cache_get(gpu_cache *cache, const void *key, size_t key_len, qn_bytes *value);
/* Stores it, in place of an older one, and removes the entries used longest ago beyond the limits. */
bool gpu_cache_put(gpu_cache *cache, const void *key, size_t key_len, const void *value, size_t value_len);
/* For an entry whose blob turned out to be of no use. */
void gpu_cache_remove(gpu_cache *cache, const void *key, size_t key_len);

#endif
