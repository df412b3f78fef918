/* How much of an error in a value shows at the end of the chain. Private to host/filter; pure, thread-safe. */
#ifndef QUERN_FILTER_GAIN_H
#define QUERN_FILTER_GAIN_H

#include "chain.h"

/* The product of what each stage from `stage` (of the chain) on does to an error in what it makes of its input, where
 * that is more than nothing: at least 1; infinite where a row does not say it (flt_row.gain), or works in linear light.
 * For planning: whether sums may be made in 16 bits. */
double flt_gain_from(const flt_chain *chain, const flt_stage *stage);

#endif
