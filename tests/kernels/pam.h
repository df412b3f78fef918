/* Pictures of the tests on disk: PGM, PPM and PAM, 8 and 16 bits. */
#ifndef QUERN_TESTS_PAM_H
#define QUERN_TESTS_PAM_H

#include "image.h"

#include <stdbool.h>

/* Fills *image with rows without padding; plane[0].data is the caller's to free(). False: told on stderr. */
bool pam_read(const char *path, qn_image *image);
bool pam_write(const char *path, const qn_image *image);

#endif
