/* random_sharing.h - steps by which a PVH and an HVM guest share memory, and change it, for the
 * rows of random_kinds.c. */
#ifndef XENPT_TEST_RANDOM_SHARING_H
#define XENPT_TEST_RANDOM_SHARING_H

#include "random_steps.h"

/* Whether the machine has guests that can. */
bool can_share(const struct subject *s);
/* Whether what a guest has at a frame is shared. */
bool is_shared(const struct subject *s, uint32_t domain, uint64_t gfn);
void make_sharing(struct subject *s, struct rstep *t);
bool do_sharing(struct subject *s, const struct rstep *t);
void print_sharing(const struct subject *s, const struct rstep *t, char *buf, size_t size);

/* One of them writes. */
void make_guest_write(struct subject *s, struct rstep *t);
bool do_guest_write(struct subject *s, const struct rstep *t);
void print_guest_write(const struct subject *s, const struct rstep *t, char *buf, size_t size);

#endif
