/* rights.h - the rights that two stages leave together, and rights in letters. */
#ifndef XENPT_ANALYSIS_RIGHTS_H
#define XENPT_ANALYSIS_RIGHTS_H

#include "xenpt/paging.h"

/* Whether instructions can be fetched at all: in supervisor mode, in user mode, or in both. */
static inline bool rights_fetch(unsigned int rights)
{
    return rights & (1u << XENPT_XS | 1u << XENPT_XU);
}

/*
 * What is left of the first stage's rights under the second's.  Which of the second's execute
 * rights counts depends on the address, not on the CPU's mode: SDM vol. 3, mode-based execute
 * control asks whether the linear address is a user-mode one.
 */
unsigned int rights_under(unsigned int first, unsigned int second);

/* "r-xu": with - for what is absent. */
#define RIGHTS_TEXT_MAX 5
const char *rights_text(unsigned int rights, char buf[RIGHTS_TEXT_MAX]);

#endif
