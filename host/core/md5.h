/* MD5 (RFC 1321), for the names of extended XMP; not for anything that must be safe. Pure; thread-safe. */
#ifndef QUERN_CORE_MD5_H
#define QUERN_CORE_MD5_H

#include <stddef.h>

/* 32 upper-case hexadecimal digits and a NUL. */
void qn_md5_hex(const void *data, size_t len, char hex[33]);

#endif
