/* random_physmap.h - steps that change the physical memory of a PVH guest, for the rows of
 * random_kinds.c. */
#ifndef XENPT_TEST_RANDOM_PHYSMAP_H
#define XENPT_TEST_RANDOM_PHYSMAP_H

#include "random_steps.h"

void make_physmap(struct subject *s, struct rstep *t);
bool do_physmap(struct subject *s, const struct rstep *t);
void print_physmap(const struct subject *s, const struct rstep *t, char *buf, size_t size);

#endif
