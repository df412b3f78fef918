/* Private to host/filter: linear light by the picture's transfer curves. sRGB is text (point/state.cl); other curves
 * are tables among the uniforms (point/light.cl), so that one program serves all profiles. */
#ifndef QUERN_FILTER_LIGHT_H
#define QUERN_FILTER_LIGHT_H

#include "plan_build.h"

/* The operation that takes the straight value to linear light, or back; `second`: the register of a second picture
 * instead, -1: the value. */
flt_op flt_light_op(const flt_build *b, bool to_light, int second);
/* Forgets the tables of the picture before; at the start of each sizing. */
void flt_light_begin(flt_sized *sized);

#endif
