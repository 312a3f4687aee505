/*
 * again.h - what a CPU remembers anew between INVPCID and the write of CR3 behind it, of the tables
 * that it is about to leave: XSA-292.
 *
 * Model: the worst case.  All that it had remembered under the PCID that is kept, and that the old
 * tables say still, it has remembered again: a processor may load what it likes before it is asked.
 */
#ifndef XENPT_SCENARIO_AGAIN_H
#define XENPT_SCENARIO_AGAIN_H

#include "scenario/world.h"
#include "xenpt/tlb.h"

#define AGAIN_MAX 256 /* Of more, the first. */

struct again {
    uint64_t at[AGAIN_MAX];
    size_t nr;
};

/* Before it is dropped: which addresses a CPU remembers pages of, under a PCID of the host's. */
void again_note(struct again *list, const struct xenpt_tlb *tlb, uint16_t pcid);
/* After it was: by the tables of a CR3, which is still loaded. */
void again_walk(const struct again *list, struct world *w, uint32_t cpu, uint64_t cr3,
                uint64_t cr4);

#endif
