/*
 * decide.h - what refuses an access, and the code that software is given for it.
 *
 * The long way (judge.c, from a record) and the short way (translate.c, from a trail) both
 * come here, so that they cannot disagree.
 */
#ifndef XENPT_ARCH_DECIDE_H
#define XENPT_ARCH_DECIDE_H

#include "xenpt/judge.h"

/* How a walk ended, as far as rights are concerned. */
struct ending {
    enum xenpt_outcome outcome;
    unsigned int level; /* Of the last entry read. */
    uint64_t entry;     /* That entry. */
    uint64_t granted;   /* What all levels grant. */
    uint64_t above;     /* What all levels above the leaf grant; for shadow stacks only. */
};

/* What an access amounts to in a second stage. */
struct second_access {
    bool read, write, fetch;
    bool user;          /* Of a user-mode linear address: which execute right counts. */
    bool shadow_stack;  /* By a shadow-stack access... */
    bool supervisor_ss; /* ...of supervisor mode. */
    uint64_t info;      /* What the code says of the access besides. */
};

struct decision {
    enum xenpt_rule_id rule;
    enum xenpt_fault_kind fault;
    uint64_t code;
};

/* A first stage's decision: an exception. */
struct decision decide_first(const struct xenpt_paging *pg, const struct ending *e,
                             const struct xenpt_access *access);

/* A second stage's decision: a VM exit. */
struct decision decide_second(const struct xenpt_paging *pg, const struct ending *e,
                              const struct second_access *access);

/* The access to a page that a guest's access makes in the second stage. */
struct second_access final_access(const struct xenpt_paging *second,
                                  const struct xenpt_access *access, bool user_address);

/* The access to a guest's table at `level` that a walk makes, to read it or to set A or D. */
struct second_access table_access(const struct xenpt_paging *guest,
                                  const struct xenpt_paging *second, unsigned int level,
                                  bool update);

/* User mode as paging sees it. */
static inline bool is_user(const struct xenpt_access *access)
{
    return access->cpl == 3 && !access->implicit;
}

/* The part of a #PF error code that says what the access was. */
uint64_t pf_access_code(const struct xenpt_paging *pg, const struct xenpt_access *access);

/* The same for a second stage. */
uint64_t second_access_code(const struct xenpt_paging *pg, const struct second_access *access);

/* Supervisor data accesses to user addresses fault. */
bool smap_applies(const struct xenpt_paging *pg, const struct xenpt_access *access);

/* Some key denies something: the key of each page has to be looked at. */
bool keys_matter(const struct xenpt_paging *pg, const struct xenpt_access *access);

#endif
