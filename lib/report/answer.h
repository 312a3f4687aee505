/*
 * answer.h - one question, all of its answer.  Walks of one stage and of two are brought to
 * one form here, so that text and JSON have one thing to write.
 */
#ifndef XENPT_REPORT_ANSWER_H
#define XENPT_REPORT_ANSWER_H

#include "xenpt/memtype.h"
#include "xenpt/nested.h"
#include "xenpt/view.h"

struct answer {
    const struct xenpt_context *context;
    struct xenpt_access access;
    struct xenpt_walk2 walk; /* Of one stage: its `guest` alone, and nr_second is 0. */
    struct xenpt_verdict2 verdict;
    unsigned int rights; /* Of both stages; 0 unless mapped. */
    const char *page;    /* The smaller page; NULL: not mapped, or unpaged. */
    enum xenpt_memtype memtype;
};

void answer(struct answer *ret, const struct xenpt_view *view, const struct xenpt_context *context,
            uint64_t in, const struct xenpt_access *access);

/* The paging and the walk that an answer's verdict is about. */
const struct xenpt_paging *answer_paging(const struct answer *a);
const struct xenpt_walk *answer_walk(const struct answer *a);

/* The step that decided, or NULL: none did. */
const struct xenpt_step *answer_decider(const struct answer *a);

/* One entry that was read, in either stage. */
struct reference {
    bool second;        /* Of the second stage. */
    bool unread;        /* There was no memory to read it from. */
    bool counted;       /* Read from memory by the walk, not from a register. */
    unsigned int which; /* second: index in walk.second. */
    const struct xenpt_step *step;
    uint64_t at;    /* Machine address of the entry... */
    uint64_t gaddr; /* ...and the guest-physical one, if it is a guest's. */
};

#define REFERENCES_MAX ((XENPT_TOP_MAX + 1) * XENPT_TOP_MAX + XENPT_TOP_MAX)

/* All entries in the order in which they were read. */
unsigned int answer_references(const struct answer *a, struct reference ret[REFERENCES_MAX]);

/* Those that are read on the way to an address, by a read that nobody asked about. */
unsigned int answer_entries(struct answer *ret, const struct xenpt_view *view,
                            const struct xenpt_context *context, uint64_t in,
                            struct reference refs[REFERENCES_MAX]);

/* "EPT", "NPT", or "guest" for the first of two stages. */
const char *stage_name(const struct xenpt_context *context, bool second);

/* "4K", "2M", ...: a page of this size, or NULL. */
const char *page_of_span(const struct xenpt_context *context, uint64_t span);

#endif
