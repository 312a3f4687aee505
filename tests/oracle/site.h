/*
 * site.h - a guest and its host, with real little tables: each of the guest's frames is mapped
 * by the second stage, and by nothing else.
 */
#ifndef XENPT_TESTS_SITE_H
#define XENPT_TESTS_SITE_H

#include "oracle/oracle_ia.h"
#include "oracle/second_tree.h"
#include "xenpt/nested.h"

/* What is to be built. */
struct plan {
    enum oracle_mode guest;
    unsigned int guest_leaf; /* Level of the guest's leaf. */
    enum second_kind second; /* SECOND_KINDS: the guest's tables are the machine's. */
    unsigned int second_leaf;
};

/* The guest's tables lie in frames 32 + level, its page in frame 32. */
#define SITE_FRAME 32

struct site {
    struct tiny_memory mem;
    struct second_tree second;
    struct xenpt_cpu cpu;
    struct xenpt_regs regs;
    struct xenpt_paging guest, host;
    struct oracle_second setting; /* Of the host. */
    uint64_t in;                  /* The address that leads to the page. */
};

/* Builds it on processors that can all; asserts that the engine takes it. */
void site_build(struct site *s, const struct plan *plan);
/* Takes the second stage's settings as they are in s->setting. */
void site_set_host(struct site *s);
/* Guest-physical address of frame SITE_FRAME + @n. */
uint64_t site_gpa(const struct plan *plan, unsigned int n);
/* The second stage's entry, by number, that maps it. */
unsigned int site_entry_of(const struct site *s, const struct plan *plan, unsigned int n);

#endif
