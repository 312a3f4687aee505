/* machine_tables.h - which frames of a machine are page tables. */
#ifndef XENPT_SCENARIO_MACHINE_TABLES_H
#define XENPT_SCENARIO_MACHINE_TABLES_H

#include "analysis/frame_map.h"
#include "scenario/world.h"

/* Frame numbers, ascending, each once. */
struct machine_tables {
    uint64_t *frame;
    uint8_t *level; /* The highest at which some context reaches it. */
    size_t nr;
    bool borrowed; /* They are another's. */
};

/*
 * Those that processors read, of every context: Xen's, of PV guests, shadows, EPT and nested
 * paging.  What an HVM guest calls its tables are pages like others.  While several questions are
 * asked together they are found once, and borrowed.  False: no memory.
 */
bool machine_tables_find(struct world *w, struct machine_tables *ret);
void machine_tables_fini(struct machine_tables *t);
/* The first from one frame to another that is one; false: none is. */
bool machine_tables_meet(const struct machine_tables *t, uint64_t first, uint64_t last,
                         uint64_t *ret);
/* The level of a frame; 0: it is no table. */
unsigned int machine_tables_level(const struct machine_tables *t, uint64_t frame);

/*
 * What questions have in common that are asked together, while nothing changes but copies of roots:
 * which tables there are, and which were looked at at which level, in whatever context.
 */
enum looked_at {
    LOOKED_LEGAL,
    LOOKED_LINEAR,
    LOOKED_L1TF,
    NR_LOOKED_AT,
};
struct together {
    struct machine_tables tables;
    bool has_tables;
    struct frame_half seen[NR_LOOKED_AT];
};
void together_fini(struct together *t);

#endif
