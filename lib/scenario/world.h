/* world.h - a scenario while it runs. */
#ifndef XENPT_SCENARIO_WORLD_H
#define XENPT_SCENARIO_WORLD_H

#include "scenario/expr.h"
#include "xenpt/hvm.h"
#include "xenpt/nested.h"
#include "xenpt/pv.h"
#include "xenpt/scenario.h"

/* The access that was made last. */
struct accessed {
    bool made;
    bool allowed;            /* In the end. */
    bool refused;            /* At first, by the verdict below: Xen may have seen to it. */
    struct xenpt_context of; /* As it was at that moment. */
    uint64_t in;
    struct xenpt_access access;
    struct xenpt_walk2 walk; /* With one stage, its guest is all of it. */
    struct xenpt_verdict2 verdict;
    bool cached, hit; /* By what a CPU remembers, and it did. */
    unsigned int stale;
    uint64_t should; /* Where memory leads. */
    bool guest;      /* A guest did it, and perhaps Xen in its place. */
    enum xenpt_guest_outcome outcome;
    uint32_t exits; /* To Xen. */
    uint64_t maddr; /* Where, then. */
    uint64_t data;  /* That was read. */
    bool has_data;
    enum xenpt_sight sight;             /* What was seen of memory that is encrypted... */
    bool encrypted;                     /* ...and it was refused because it is. */
    const struct xenpt_enclave *inside; /* Whose code did it; NULL: of none... */
    enum xenpt_enclave_verdict enclave; /* ...and what came of that. */
};

/* The hypercall that was made last. */
#define CALL_FLUSHES_MAX 64
#define CALL_ENTRIES_MAX 64
struct made_call {
    bool made;
    struct xenpt_pv_result r;
    struct xenpt_pv_result entry[CALL_ENTRIES_MAX]; /* Of a multicall: what came of each. */
    size_t nr_entries;
    struct xenpt_pv_flush flush[CALL_FLUSHES_MAX]; /* In order; of more, the first. */
    size_t nr_flushes;
};

#define SAVED_MAX 16 /* Snapshots by name. */

#define INVARIANTS_MAX 32
/* Invariants while steps are made: invariants.c.  A bit each. */
struct keeping {
    uint32_t which;                    /* Are to be so... */
    uint32_t declared;                 /* ...but that some expectation says otherwise... */
    uint32_t checked;                  /* Some were, and held... */
    uint32_t broken;                   /* ...or that it was told already... */
    unsigned int step[INVARIANTS_MAX]; /* ...after which step. */
    bool every_step, asked_for;
    bool poked;          /* By a step, and otherwise... */
    bool moved, changed; /* ...which vCPUs run, or anything. */
    uint64_t checks;
};

/* Hypercalls that were pre-empted, and are to be gone on with. */
#define PENDING_MAX 16
struct pending {
    uint32_t domain, vcpu;
    bool ext;        /* mmuext_op; else mmu_update. */
    const void *req; /* What is left of its requests. */
    size_t nr;
    uint32_t foreigndom;
    struct xenpt_pv_result r;
    uint64_t argument; /* Where these are... */
    bool has_argument; /* ...if that was said. */
};

struct world {
    struct xenpt_machine *machine;
    const struct xenpt_view *view; /* As it is now; NULL: it is to be asked for. */
    const struct scope *scope;
    struct caches *caches;   /* NULL: nothing is cached. */
    struct lines *lines;     /* NULL: data caches are not modelled. */
    struct journal *journal; /* NULL: nobody asks who touches what. */
    struct doc *out;         /* Where results live. */
    struct value bound[BINDINGS_MAX];
    struct value lets[LETS_MAX];
    struct accessed last;
    struct made_call call;
    const struct xenpt_pv_caller
        *entry; /* Who makes an entry of a multicall; NULL: none is made. */
    struct saved {
        const char *name;
        struct xenpt_machine_snapshot *snapshot; /* The machine's. */
        struct caches *caches;                   /* Or NULL. */
        struct lines *lines;                     /* Or NULL. */
        struct pending pending[PENDING_MAX];
        size_t nr_pending;
        size_t nr_touches; /* Of the journal. */
    } saved[SAVED_MAX];
    size_t nr_saved;
    uint64_t *left; /* Steps that may yet be made. */
    struct visited {
        bool any; /* Of a CPU that a visit made do something else: whose tables it had loaded. */
        bool loaded;
        uint32_t cpu, domain, vcpu;
    } visited;
    struct keeping keeping;
    struct threat_kept *threats; /* What came of each claim of the file's threats; NULL: none. */
    struct together *together;   /* While all contexts are asked: machine_tables.h. */
    bool trusting;               /* The run asks: whom Xen trusts may do what it lets them. */
    bool no_memory;              /* For something, so that what was found is not all. */
    bool brief;                  /* What holds is not told. */
    uint64_t times;              /* What the step repeat has said. */
    struct xenpt_error problem;  /* Why something cannot be told, or done. */
    struct pending pending[PENDING_MAX];
    size_t nr_pending;
    struct xenpt_run_step *step; /* That is being made... */
    struct xenpt_run_cell *cell; /* ...in this. */
};

/* Why something cannot be told: false, so that failing is one line. */
__attribute__((format(printf, 2, 3))) bool world_cannot(struct world *w, const char *fmt, ...);

/* The machine as it is; NULL: a problem. */
const struct xenpt_view *world_view(struct world *w);
/* After something has changed. */
static inline void world_changed(struct world *w)
{
    w->view = NULL;
}

#define WHO_MAX XENPT_NAME_MAX
/* "d1.v0.user" */
const char *who_text(const struct world *w, const struct value *v, char buf[WHO_MAX]);
/* NULL: there is no such context, and the problem says so. */
const struct xenpt_context *world_context(struct world *w, const struct value *v);

/*
 * Looks at a context as it is while it runs, for which a CPU that does something else is made to
 * run it; leave makes the machine what it was.
 */
struct visit {
    struct xenpt_machine_snapshot *before; /* NULL: nothing was changed. */
};
const struct xenpt_context *world_enter(struct world *w, const char *name, struct visit *ret);
bool world_leave(struct world *w, const struct visit *visit);

/* A text that lives as long as the results; NULL: no memory. */
__attribute__((format(printf, 2, 3))) const char *world_text(struct world *w, const char *fmt, ...);

/* --- show.c: what shows something ---------------------------------------------------------- */

/* The walk of an address as evidence; NULL: no memory. */
const struct xenpt_run_walk *show_walk(struct world *w, const struct xenpt_context *c, uint64_t in);

/* An address followed through one stage or both. */
struct followed {
    struct xenpt_walk2 walk;
    unsigned int rights;
    const char *page; /* "4K"; NULL: not mapped. */
};
void follow_address(const struct world *w, const struct xenpt_context *c, uint64_t in,
                    struct followed *ret);
/* "mapped to 0x1000, rw--, 4K", or why not. */
const char *followed_text(struct world *w, const struct xenpt_context *c, const struct followed *f);

#endif
