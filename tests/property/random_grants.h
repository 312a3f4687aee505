/* random_grants.h - steps by which domains share: grants and ports, for the rows of random_kinds.c.
 */
#ifndef XENPT_TEST_RANDOM_GRANTS_H
#define XENPT_TEST_RANDOM_GRANTS_H

#include "random_steps.h"

#define SHARING_KIND(name)                                                                         \
    void make_##name(struct subject *s, struct rstep *t);                                          \
    bool do_##name(struct subject *s, const struct rstep *t);                                      \
    void print_##name(const struct subject *s, const struct rstep *t, char *buf, size_t size)

SHARING_KIND(offer);
SHARING_KIND(grant_map);
SHARING_KIND(grant_unmap);
SHARING_KIND(grant_copy);
SHARING_KIND(grant_version);
SHARING_KIND(port);

#endif
