/*
 * tlb_model.h - the caches of a CPU a second time: a list of all that may be kept, searched from
 * end to end, over 4-level paging and 4-level EPT or nested paging of a small memory.
 *
 * It follows the Intel SDM vol. 3, "Caching Translation Information" of both chapters, and the
 * AMD APM vol. 2, 5.5 and 15.16, and shares nothing with the engine but names of events.
 */
#ifndef XENPT_TESTS_TLB_MODEL_H
#define XENPT_TESTS_TLB_MODEL_H

#include "oracle/oracle.h"
#include "xenpt/tlb.h"

#define MODEL_FRAMES 64
#define MODEL_FACTS  8192

/* Something remembered. */
struct fact {
    bool live;
    enum { LINEAR, COMBINED, GUEST } kind;
    bool table;         /* Of a paging-structure cache. */
    unsigned int shift; /* It is for the addresses with... */
    uint64_t number;    /* ...address >> shift == number. */
    unsigned int vpid, pcid;
    uint64_t root;
    bool global;
    uint64_t base;           /* Frame of 2^shift bytes, or table. */
    uint64_t guest_base;     /* The same as the guest has it: of the page or the table. */
    unsigned int page;       /* Log2 of the page that the first stage maps. */
    bool w, u, x, dirty;     /* Of the first stage. */
    bool r2, w2, x2, dirty2; /* Of the second. */
};

/* What a CPU runs on. */
struct model_on {
    bool amd, two_stages, ept_flags;
    unsigned int vpid, pcid;
    uint64_t cr3, root; /* Of the first stage, and of the second. */
};

struct model {
    uint64_t memory[MODEL_FRAMES * 512];
    struct fact fact[MODEL_FACTS];
    unsigned int nr; /* Of fact, live or not. */
};

/* What came of an access. */
struct model_answer {
    bool allowed, hit;
    enum xenpt_fault_kind fault;
    uint64_t address, out;
    uint64_t code; /* Of a #PF. */
    unsigned int references, updates, dropped;
};

struct model_answer model_access(struct model *m, const struct model_on *on,
                                 enum xenpt_access_kind kind, bool user, uint64_t in);

/* Returns how many were dropped. */
unsigned int model_event(struct model *m, const struct model_on *on,
                         const struct xenpt_tlb_event *event);

unsigned int model_live(const struct model *m);

#endif
