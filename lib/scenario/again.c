/* again.c - what a CPU remembers anew of tables that it is about to leave. */
#include "scenario/again.h"

#include "arch/tlb.h"
#include "scenario/caches.h"
#include "xen/internal.h"

void again_note(struct again *list, const struct xenpt_tlb *tlb, uint16_t pcid)
{
    uint64_t host = whose(XENPT_TLB_LINEAR, 0, 0);

    for (size_t i = 0; i < tlb->part->nr_units; i++)
        for (size_t k = 0; k < slots_of(&tlb->unit[i]); k++) {
            const struct tag *t = &tlb->unit[i].tag[k];

            if (t->whose == host && t->pcid == pcid && !(t->what & TAG_TABLE) &&
                list->nr < AGAIN_MAX)
                list->at[list->nr++] = first_of(t);
        }
}

void again_walk(const struct again *list, struct world *w, uint32_t cpu, uint64_t cr3, uint64_t cr4)
{
    /* Xen executes: with AC set, as SMAP is no obstacle to what a processor loads by itself. */
    static const struct xenpt_access read = { .kind = XENPT_READ, .ac = true };
    const struct xenpt_machine *m = w->machine;
    struct xenpt_regs regs = run_regs(m, cr3 & ~XENPT_CR3_NOFLUSH, cr4);
    const struct xenpt_reader *memory = xenpt_store_reader(m->store);
    struct xenpt_paging old;
    struct xenpt_tlb_context context = { .first = &old, .memory = memory, .store = m->store };

    if (xenpt_paging_init(&old, &m->processor->cpu, &regs, &w->problem))
        return;
    for (size_t i = 0; i < list->nr; i++) {
        struct xenpt_tlb_result r;

        if (xenpt_tlb_access(w->caches->cpu[cpu], &context, &read, list->at[i], false, &r,
                             &w->problem))
            return;
    }
}
