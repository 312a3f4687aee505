/* campaign.h - one run of xenpt_validate(): who asks what, and what is kept of it. */
#ifndef XENPT_VALIDATE_CAMPAIGN_H
#define XENPT_VALIDATE_CAMPAIGN_H

#include <pthread.h>

#include "validate/errata.h"
#include "validate/mmu.h"
#include "xenpt/validate.h"

/* The suite of a process's own mappings: what the MMU "cpu" is asked. */
#define SUITE_USER    NR_SUITES
#define NR_ALL_SUITES (NR_SUITES + 1)

/* Where cases come from: the matrix of a suite, or a view. */
struct case_source {
    void *own;
    bool sieved; /* What the machine would not survive is left out already. */
    /* Adds cases with about so many accesses; none when there are no more. */
    enum xenpt_code (*more)(void *own, unsigned int accesses, struct blob *blob,
                            struct xenpt_error *err);
    void (*close)(void *own);
};

/* A disagreement, with its case alone in a draft. */
struct kept {
    unsigned int asker; /* Whose: index into campaign.asker. */
    enum suite suite;
    unsigned int differs;
    enum xenpt_rule_id rule;
    uint64_t like;
    struct case_draft *draft;
    struct xenpt_validate_difference told; /* What is told of it; of the MMU "cpu", which has no
                                              draft, all. */
};

/* One MMU, and the thread that asks it. */
struct asker {
    struct campaign *campaign;
    const struct mmu *mmu;
    struct xenpt_validate_result *result;
    struct mmu_session session;
    bool open;
    uint64_t errata[ERRATA_MAX]; /* Accesses explained, by row. */
    unsigned int errata_met;     /* Bit i: row i is about this machine. */
    enum suite suite;            /* What it is at... */
    struct results results;      /* ...with these results... */
    uint32_t next;               /* ...from here on. */
};

struct campaign {
    const struct xenpt_view *view; /* NULL: suites by rule. */
    const struct xenpt_validate_options *opt;
    uint64_t accesses;   /* For each suite. */
    unsigned int suites; /* Bit s: suite s is wanted. */
    unsigned int keep;
    struct xenpt_validation *validation;
    struct asker *asker;
    unsigned int nr_askers, next; /* The next that no thread has taken. */
    struct kept *kept;
    size_t nr_kept;
    pthread_mutex_t lock; /* Of what is above, and of the callback. */
    bool stopped;         /* Atomic. */
    enum xenpt_code code; /* The first failure that ends the whole run. */
    struct xenpt_error err;
};

/* ask.c: everything that one MMU is asked. */
void ask_mmu(struct asker *asker);
/* Says how far it is; sets campaign.stopped if it is to stop. */
void tell_progress(struct asker *asker, uint64_t done);

/* Whether the campaign in @ctx is to stop. */
bool is_stopped(void *ctx);

/* keep.c: notes a disagreement, as its first or as one like another. */
void keep_difference(struct asker *asker, const struct difference *d, unsigned int differs);
void keep_told(struct asker *asker, const struct xenpt_validate_difference *told);
/* Asks the others about each, and writes what was kept into the validation. */
XENPT_CHECK enum xenpt_code keep_finish(struct campaign *campaign, struct xenpt_error *err);
/* keep_shrink.c: makes each as small as can be; one that its MMU no longer shows stays. */
XENPT_CHECK enum xenpt_code keep_shrink(struct campaign *campaign, struct xenpt_error *err);
void keep_free(struct campaign *campaign);

/* ask_cpu.c: the MMU "cpu". */
void ask_cpu(struct asker *asker);

/*
 * from_matrix.c, from_view.c.  @cpu: of the machine that is to be asked; @of: whose errata say
 * what is left out, with @counts of that by row, or NULL.
 */
XENPT_CHECK enum xenpt_code source_matrix(struct case_source *ret, const struct xenpt_cpu *cpu,
                                          enum suite suite, uint64_t seed,
                                          const struct erratum_of *of, uint64_t *counts,
                                          struct xenpt_error *err);
XENPT_CHECK enum xenpt_code source_view(struct case_source *ret, struct asker *asker,
                                        uint64_t accesses, struct xenpt_error *err);
/* left_out.c: notes, once, a context of the view that an MMU is not asked about, and why. */
void leave_out_context(struct asker *asker, const char *context, const char *why);
/* In the end: notes those that nobody was asked about. */
void leave_out_rest(struct campaign *campaign);
/* The suite that a context's tables belong to; NR_SUITES: none, and @why says so. */
enum suite suite_of(const struct xenpt_context *context, const char **why);

#endif
