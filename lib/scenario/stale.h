/* stale.h - what a CPU remembers of an address, beside what memory says of it by now. */
#ifndef XENPT_SCENARIO_STALE_H
#define XENPT_SCENARIO_STALE_H

#include "arch/tlb.h"
#include "scenario/world.h"

/* Whose caches, in which context. */
struct stale_context {
    const struct world *w;
    const struct xenpt_context *c;
    struct xenpt_tlb_context tlb;
};

/* What is said of an address, by what is remembered or by memory. */
struct said {
    bool mapped;
    uint64_t out;
    unsigned int rights, second_rights;
    unsigned int type, second_type, pkey;
    uint64_t span;
};

/* What memory says of an address, of a guest-physical one... */
struct said said_by_memory(const struct stale_context *c, uint64_t in);
struct said said_by_second(const struct stale_context *c, uint64_t gaddr);
/* ...and what a slot says. */
struct said said_by_cache(const struct stale_context *c, const struct body *b, uint64_t in);

/* What a cached answer is wrong about to the harm of somebody, or NR_STALE; of which stages. */
enum xenpt_tlb_stale_id said_wrong(const struct said *used, const struct said *fresh, bool first,
                                   bool second);

/* The table that a walk finds below the entry which speaks for 2^shift bytes; false: none. */
bool said_table(const struct xenpt_paging *pg, const struct xenpt_walk *walk, unsigned int shift,
                uint64_t *out, unsigned int *rights);

#endif
