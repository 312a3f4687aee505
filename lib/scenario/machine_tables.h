/* machine_tables.h - which frames of a machine are page tables. */
#ifndef XENPT_SCENARIO_MACHINE_TABLES_H
#define XENPT_SCENARIO_MACHINE_TABLES_H

#include "scenario/world.h"

/* Frame numbers, ascending, each once. */
struct machine_tables {
    uint64_t *frame;
    uint8_t *level; /* The highest at which some context reaches it. */
    size_t nr;
};

/*
 * Those that processors read, of every context: Xen's, of PV guests, shadows, EPT and nested
 * paging.  What an HVM guest calls its tables are pages like others.  False: no memory.
 */
bool machine_tables_find(struct world *w, struct machine_tables *ret);
void machine_tables_fini(struct machine_tables *t);
/* The first from one frame to another that is one; false: none is. */
bool machine_tables_meet(const struct machine_tables *t, uint64_t first, uint64_t last,
                         uint64_t *ret);
/* The level of a frame; 0: it is no table. */
unsigned int machine_tables_level(const struct machine_tables *t, uint64_t frame);

#endif
