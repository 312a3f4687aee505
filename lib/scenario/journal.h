/*
 * journal.h - who but a guest has touched its memory, in which step: what the machine tells while a
 * step is made.  What expectations look at is no part of it, and a step that goes back to a
 * snapshot takes the journal back as well.
 */
#ifndef XENPT_SCENARIO_JOURNAL_H
#define XENPT_SCENARIO_JOURNAL_H

#include "scenario/verb.h"
#include "scenario/world.h"
#include "xen/touch.h"

/* Where a step of the file begins in it. */
struct journal_mark {
    const char *name; /* Or NULL. */
    unsigned int number;
    size_t first;
};

struct journal {
    struct xenpt_touch *list;
    size_t nr, max;
    char (*names)[XENPT_DOMAIN_MAX]; /* Of domains, those that are gone as well. */
    size_t nr_names, max_names;
    struct touch_sink sink; /* What the machine tells it by; fn NULL: not yet. */
    struct journal_mark *marks;
    size_t nr_marks, max_marks;
    bool no_memory;
};

/* NULL: no memory. */
struct journal *journal_create(void);
void journal_destroy(struct journal *j);
/* A step of the file begins; false: no memory. */
bool journal_step(struct journal *j, const struct step *step);
/* How the domains that the model has were built, before any step. */
void journal_built(struct world *w);
/* Only so many touches have been. */
void journal_back(struct journal *j, size_t nr);
/* What a domain is called, or was. */
const char *journal_domain(const struct journal *j, uint32_t domain);
/* What this step has, for reports; false: no memory. */
bool journal_result(struct world *w, struct xenpt_run_step *ret);

/* While a step is made the machine tells the journal; one can be made inside of another. */
struct listening {
    struct touch_sink sink;
};
struct listening journal_listen(struct world *w);
/* False: there was no memory for all of it. */
bool journal_leave(struct world *w, const struct listening *was);

/* --- journal_text.c ------------------------------------------------------------------------ */

/* "d1.v0": for whom Xen does it, or which vCPU; NULL: nobody. */
const char *touch_whom(struct world *w, const struct xenpt_touch *t);
/* A touch in a sentence. */
const char *touch_text(struct world *w, const struct xenpt_touch *t);

#endif
