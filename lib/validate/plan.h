/*
 * plan.h - a case as its maker thinks of it: paths through trees, with flags at each level; and
 * how it becomes words.
 *
 *     case = an access's page, and the next one if it crosses
 *     page = a path through the tree of linear addresses, to a machine address
 *     guest: each table of that tree, and the page, have a path through the second stage
 *
 * Paths that have their upper levels in common share entries: what is planned first holds.
 * Nothing here knows what a bit means, so that nothing has to be right for a case to be good.
 */
#ifndef XENPT_VALIDATE_PLAN_H
#define XENPT_VALIDATE_PLAN_H

#include "validate/harness.h"
#include "validate/mmu.h"

#define PLAN_LEVELS 6 /* Index: level; [0] unused. */

/* The shape of a tree, and what its entries are made of. */
struct shape {
    const char *name;
    uint8_t top, entry_size;
    uint8_t bits;         /* Of the address, that pick a slot; PAE's L3 has 2. */
    uint8_t biggest;      /* Level of the largest page. */
    uint8_t input_bits;   /* 32, 48 or 57. */
    uint8_t address_bits; /* Width of an entry's address field, its offset included. */
    uint64_t right[3];    /* RW, US, NX; or R, W, X. */
    uint64_t inverted;    /* Those which grant when clear. */
    uint64_t full;        /* Present, with every right... */
    uint64_t full_leaf;   /* ...and what a page's entry has besides. */
    uint64_t large;       /* Marks a page above L1. */
    uint64_t accessed, dirty;
};

/* Rows for each mode and both second stages. */
const struct shape *shape_of(enum mode mode);
const struct shape *shape_of_stage(uint32_t stage);
/* Whether its entries at @level are PDPTEs, which have neither rights nor flags. */
bool shape_is_pdpte(const struct shape *s, unsigned int level);
/* Lowest bit of the address that picks a slot at @level. */
unsigned int shape_shift(const struct shape *s, unsigned int level);

/* A path: the level whose entry maps the page, and each entry's bits beside its address. */
struct path {
    uint8_t leaf;
    uint64_t flags[PLAN_LEVELS];
    uint64_t flip[PLAN_LEVELS]; /* Turned round in the end, whatever they are. */
};

/* A path with all rights and a page of level @leaf. */
struct path path_full(const struct shape *s, unsigned int leaf);
/* Takes rights away at @level; bit i of @rights: shape.right[i]. */
void path_withhold(const struct shape *s, struct path *p, unsigned int level, unsigned int rights);

struct plan {
    enum mode mode;
    uint32_t stage;
    uint64_t va;        /* Of the access's first byte. */
    uint64_t data;      /* Its machine address; as va modulo the size of its page. */
    uint64_t next_data; /* The machine address of the next page's first byte, if it crosses. */
    unsigned int size;  /* Of the largest access to it, for what is planted there. */
    unsigned int first; /* How many of its bytes are in the first page; 0: all. */
    struct path page, next;
    bool beyond; /* The low bits of the next page's address lead to a page, at next_data, although
                    the address itself is none. */
    uint64_t root_low;  /* Low bits of CR3... */
    uint64_t root_flip; /* ...and others turned round. */
    /* PAE: how far into a page the PDPT lies, of the tree and of the second stage. */
    uint64_t root_offset, second_offset;
    uint64_t pdpte[4]; /* PAE: further PDPTEs, where the case has no use for them itself. */
    bool late;         /* PAE: once the state is loaded, the PDPTE that is used is turned into... */
    uint64_t late_pdpte; /* ...itself with these bits turned round. */
    /* Of a guest: */
    /* Guest-physical less machine addresses, whole GiB: of the root, other tables, data. */
    uint64_t root_base, tables_base, data_base;
    struct path tables, pages; /* The second stage's paths to tables but the root, and to data. */
    struct path next_page;     /* ...and to the next page's data. */
    unsigned int odd_table;    /* The path to the guest's table of this level... */
    struct path odd;           /* ...is this one.  0: none. */
    uint64_t second_flip;      /* Bits of EPTP or nCR3 turned round. */
    uint64_t salt;             /* For what is planted as data. */
};

/* Words and addresses that a plan has become. */
struct planned {
    uint64_t cr3, second; /* second: without EPTP's bit 6. */
    bool full;            /* It did not fit. */
};

/* Adds the plan's words to the draft. */
void plan_words(const struct plan *plan, struct case_draft *draft, struct planned *ret);

#endif
