/*
 * tlb_fixture.h - a machine with some address spaces, and one CPU's caches over it.
 *
 * Guests lie at guest-physical addresses that are their machine addresses.
 */
#ifndef XENPT_TESTS_TLB_FIXTURE_H
#define XENPT_TESTS_TLB_FIXTURE_H

#include "forms.h"
#include "xenpt/edit.h"
#include "xenpt/tlb.h"

#define RAM GIB(4)

/* Where what is mapped leads; tables lie above. */
#define FRAME(n) (MIB(64) + (n)*PAGE)

struct world {
    struct xenpt_cpu cpu;
    struct xenpt_store *store;
    struct xenpt_alloc *alloc;
    struct xenpt_tlb *tlb;
};

/* Intel or AMD, with caches of this part. */
void world_init(struct world *w, enum xenpt_vendor vendor, const struct xenpt_tlb_part *part);
void world_fini(struct world *w);

/* An address space without a mapping: CR4.PAE, PGE, and these bits besides. */
struct xenpt_paging world_space(struct world *w, uint64_t cr4, uint16_t pcid);
/* The same space under another PCID. */
struct xenpt_paging with_pcid(const struct world *w, const struct xenpt_paging *space,
                              uint16_t pcid);
/* A second stage that maps all of RAM to itself by pages of this level; EPT with A and D. */
struct xenpt_paging world_second(struct world *w, unsigned int level, bool flags);

/* Maps one page of this level; A and D as the flags have them. */
void world_map(struct world *w, const struct xenpt_paging *space, uint64_t in, uint64_t out,
               uint64_t flags, unsigned int level);
/* Changes what maps an address: its entry at this level becomes this. */
void world_set(struct world *w, const struct xenpt_paging *space, uint64_t in, unsigned int level,
               uint64_t entry);
/* The entry at this level, as memory has it. */
uint64_t world_get(const struct world *w, const struct xenpt_paging *space, uint64_t in,
                   unsigned int level);

/* What the CPU runs on: this space, over this second stage or none. */
struct xenpt_tlb_context world_on(const struct world *w, const struct xenpt_paging *first,
                                  const struct xenpt_paging *second, uint16_t vpid);

/* An access that must work on our side, compared with memory. */
struct xenpt_tlb_result world_access(struct world *w, const struct xenpt_tlb_context *c,
                                     enum xenpt_access_kind kind, uint8_t cpl, uint64_t in);

/* A supervisor's read, write and fetch. */
#define READS(w, c, in)   world_access(w, c, XENPT_READ, 0, in)
#define WRITES(w, c, in)  world_access(w, c, XENPT_WRITE, 0, in)
#define FETCHES(w, c, in) world_access(w, c, XENPT_FETCH, 0, in)

#endif
