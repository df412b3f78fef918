/* Private to the pipeline: EXIF orientation on the host, for second pictures. Inputs are turned on the device. */
#ifndef QUERN_PIPELINE_UPRIGHT_H
#define QUERN_PIPELINE_UPRIGHT_H

#include "image.h"

#include <stdbool.h>

/* Turns the picture whose plane 0 is malloc()ed upright, from orientation 1..8; its plane is exchanged where it must
 * be. False: out of memory, and the picture is as it was. */
bool pipe_upright(qn_image *image, int orientation);

#endif
