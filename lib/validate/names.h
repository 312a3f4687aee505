/* names.h - names of MMUs and suites, as they are asked for. */
#ifndef XENPT_VALIDATE_NAMES_H
#define XENPT_VALIDATE_NAMES_H

#include "xenpt/validate.h"

/* Whether the list has an MMU, by its name or, a usual one, by the part before its ":". */
bool names_have_mmu(const char *const *names, size_t nr, const char *mmu, bool usual);
/* Every name means something; bit s of @suites: suite s is wanted. */
XENPT_CHECK enum xenpt_code names_check(const struct xenpt_validate_options *opt,
                                        unsigned int *suites, struct xenpt_error *err);

#endif
