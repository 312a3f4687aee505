/*
 * check.h - comparing one answer of the engine with the oracle's, member by member.
 */
#ifndef XENPT_TESTS_CHECK_H
#define XENPT_TESTS_CHECK_H

#include "oracle/trial.h"

/* What is being compared, for the words of a disagreement. */
struct check {
    struct report *report;
    const struct trial *trial;
    const char *where; /* The function of the engine that was asked... */
    const char *held;  /* ...and how the memory is held, if it reads any. */
    uint64_t in;
    const struct oracle_walk *walk;   /* The walk that explains it... */
    const struct oracle_walk2 *walk2; /* ...or the walk through both stages. */
    const struct oracle_verdict *verdict;
};

/* Records a disagreement. */
void check_differs(const struct check *c, const char *member, uint64_t want, uint64_t got);

static inline void check_same(const struct check *c, const char *member, uint64_t want,
                              uint64_t got)
{
    if (want != got)
        check_differs(c, member, want, got);
}

/* An entry that lies where there is no memory may count as read, or not. */
static inline void check_either(const struct check *c, const char *member, uint64_t want,
                                uint64_t or_this, uint64_t got)
{
    if (got != or_this)
        check_same(c, member, want, got);
}

/* Notes what the oracle saw, so that a test can say that it has seen enough. */
void check_tally(struct report *r, const struct oracle_walk *w, const struct oracle_verdict *v);

/* The entry that was read last; NULL: none was. */
const struct oracle_entry *check_last_read(const struct oracle_walk *w);

/* xenpt_walk: every member.  @second: of a second stage. */
void check_walk(const struct check *c, const struct oracle_walk *o, const struct xenpt_walk *w,
                const struct xenpt_paging *pg);

/* The refusal: rule, level, bits, fault. */
void check_refusal(const struct check *c, const struct oracle_verdict *o, enum xenpt_rule_id rule,
                   const struct xenpt_fault *fault);
/* The level and the bits that are said to have decided do decide. */
void check_blame(const struct check *c, const struct oracle_walk *w, enum xenpt_rule_id rule,
                 unsigned int level, uint64_t found);

/* An update as the engine lists it; one that sets what another already set changes nothing. */
struct check_update {
    uint64_t at, set;
    bool second;
};

void check_updates(const struct check *c, const struct oracle_verdict *o, unsigned int n,
                   struct check_update found[]);

#endif
