/* invariant.h - what has to be so in a context whatever happened, a function for each. */
#ifndef XENPT_SCENARIO_INVARIANT_H
#define XENPT_SCENARIO_INVARIANT_H

#include "scenario/machine_tables.h"
#include "scenario/verb.h"
#include "xen/internal.h"
#include "xen/view.h"

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
};
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

bool invariant_linear(struct holding *h);
bool invariant_l1tf(struct holding *h);
bool invariant_loaded(struct holding *h);
bool invariant_flushed(struct holding *h);

#endif
