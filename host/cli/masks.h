/* mask=: whether the masks of the chains fit any input, told from the headers before any work. */
#ifndef QUERN_CLI_MASKS_H
#define QUERN_CLI_MASKS_H

#include "options.h"

/* A mask is never scaled: it has the picture's size at its stage. Where it fits some inputs, the others fail by
 * themselves, as pictures do; where it fits none, the chain is wrong: QN_USAGE with the mask's place in the text.
 * Chains without masks cost nothing, others the headers of the inputs up to the first that fits. What cannot be judged
 * (standard input, files that cannot be read) is left to the run. `chain`: one for each branch. */
bool cli_masks_check(const cli_options *o, const flt_chain *chain, const io_inputs *list, qn_error *err);

#endif
