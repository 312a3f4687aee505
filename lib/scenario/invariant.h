/* invariant.h - what has to be so in a context whatever happened, a function for each. */
#ifndef XENPT_SCENARIO_INVARIANT_H
#define XENPT_SCENARIO_INVARIANT_H

#include "scenario/machine_tables.h"
#include "scenario/verb.h"
#include "xen/internal.h"
#include "xen/view.h"
#include "xenpt/map.h"

/* A context that is gone through, and what was met first. */
struct holding {
    struct world *w;
    const struct xenpt_context *c;
    struct machine_tables tables; /* If they were asked for. */
    const char *found;            /* NULL: nothing is wrong. */
    uint64_t in;                  /* Where. */
    bool nowhere;                 /* It is of no address. */
    bool lost;                    /* No memory. */
};

/* The rows, the last of which has no word. */
struct invariant {
    const struct xenpt_word *word;
    bool (*holds)(
        struct holding *h); /* False: it cannot be told: h->lost, or the world's problem. */
    const char *exactly;    /* What it is of, and what it is not. */
    const char *advisories; /* Where it did not hold. */
    const char *number;     /* "I1". */
    unsigned int kinds;     /* Of contexts in which a run asks for it: a bit for each enum
                               context_kind; 0: INVARIANT_CONTEXTS. */
    bool of_machine;        /* It is of none... */
    bool of_running;        /* ...or of those that CPUs execute as it is. */
    bool tlb;               /* It is of what CPUs remember. */
    bool caches;            /* It is of what data caches have. */
};

#define INVARIANT_DEVICES  (1u << KIND_DEVICE)
#define INVARIANT_GUESTS   (1u << KIND_USER | 1u << KIND_KERNEL | 1u << KIND_GUEST)
#define INVARIANT_LEGAL    ((INVARIANT_CONTEXTS & ~(1u << KIND_GUEST)) | 1u << KIND_P2M)
/* XPTI roots are looked at while a guest executes on them: else nobody does, and they are old. */
#define INVARIANT_CONTEXTS (INVARIANT_GUESTS | 1u << KIND_XEN | 1u << KIND_IDLE)

extern const struct invariant invariants[];

/* Something is wrong at an address; false, so that going through ends. */
bool invariant_wrong(struct holding *h, uint64_t in, const char *found);

/* The first address that a slot of a table speaks for, which itself speaks for `in` on. */
uint64_t invariant_address(const struct xenpt_paging *pg, unsigned int level, uint64_t in,
                           unsigned int slot);

/* What the view knows of a context; NULL: its tables are a guest's own, or a p2m. */
const struct context_of *invariant_context(const struct holding *h);

/* The vCPU that a context is of, and the CPU that this is on. */
struct invariant_vcpu {
    uint32_t cpu, domain, vcpu;
    enum xenpt_run_mode mode;
    bool loaded;   /* The CPU has its tables loaded... */
    bool executes; /* ...and executes in this very context. */
    bool cached;   /* Its tables were loaded before the CPU was made to do this, to be looked at:
                      what it remembers is of that... */
    bool current;  /* ...and it is on that very root. */
};
/* Where a PV vCPU's tables begin that the guest has made: of shadows, what they are of. */
uint64_t invariant_guest_root(const struct holding *h);
/* False: it is of none. */
bool invariant_vcpu(const struct holding *h, struct invariant_vcpu *ret);

/* expect_invariant.c: one of them that does not hold, as an expectation of a context, or of none.
 */
void ask_invariant(struct world *w, const struct node *root, unsigned int which,
                   const struct value *who, struct xenpt_run_expectation *ret);

/* expect_invariant.c: all that a context maps of some kinds; false: it cannot be told. */
bool invariant_go_through(struct holding *h, bool (*fn)(void *ctx, const struct xenpt_map_range *r),
                          struct xenpt_map_options opt);
/* invariant.c: tables that were looked at; its own, unless several questions are asked together. */
struct frame_half *invariant_seen(const struct holding *h, enum looked_at what,
                                  struct frame_half *own);

bool invariant_legal(struct holding *h);
bool invariant_m2p(struct holding *h);
bool invariant_linear(struct holding *h);
bool invariant_l1tf(struct holding *h);
bool invariant_loaded(struct holding *h);
bool invariant_flushed(struct holding *h);
bool invariant_coherent(struct holding *h);
bool invariant_walks(struct holding *h);
bool invariant_shadows(struct holding *h);
/* Of shadow paging; a part of xen-slots. */
bool invariant_shadow_root(struct holding *h);
bool invariant_descriptors(struct holding *h);
bool invariant_device_types(struct holding *h);
bool invariant_device_memory(struct holding *h);
bool invariant_device_flushed(struct holding *h);
bool invariant_large_code(struct holding *h);

#endif
