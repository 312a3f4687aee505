/* checking.h - a layout that is being checked, and where in the file a rule is broken. */
#ifndef XENPT_LAYOUT_CHECKING_H
#define XENPT_LAYOUT_CHECKING_H

#include "layout/internal.h"

struct checking {
    const struct layout *l;
    const struct xenpt_layout *layout;
    struct mistakes *m;
};

typedef const struct xenpt_area area_t;

/* Where a key of an area stands; its name, if the file does not have it. */
static inline struct place at_key(const struct checking *c, area_t *a, const char *key)
{
    const struct given *given = &raw_of(c->l, a)->given;
    const struct node *node = node_get(given->node, key);

    return node ? node->at : given->at;
}

static inline struct place at_name(const struct checking *c, area_t *a)
{
    return raw_of(c->l, a)->given.at;
}

static inline struct place at_part(const struct checking *c, area_t *a, size_t i)
{
    return raw_of(c->l, a)->parts[i].given.at;
}

#define BROKEN(place_of, ...)                                                                      \
    do {                                                                                           \
        struct place where = (place_of);                                                           \
        mistake(c->m, &where, XENPT_ESTATE, __VA_ARGS__);                                          \
    } while (0)

/* Bits of an address below those that pick a slot of the root. */
static inline unsigned int root_bits(const struct checking *c)
{
    return c->layout->levels == 5 ? 48 : 39;
}

static inline uint64_t root_flags(const struct checking *c, area_t *a)
{
    return a->table[c->layout->levels];
}

/* --- check_area.c -------------------------------------------------------------------------- */

/* That it has addresses, without which nothing else can be said. */
void check_addresses(const struct checking *c, area_t *a);
/* All else of one area, its parts and exceptions. */
void check_area(const struct checking *c, area_t *a);

#endif
