/*
 * pv_tree.h - a machine whose d1 has pinned a hierarchy of its own, one table at each level, for
 * tests of Xen's rules.
 */
#ifndef XENPT_TEST_PV_TREE_H
#define XENPT_TEST_PV_TREE_H

#include "pv_fixture.h"

#define SELF         XENPT_DOMID_SELF
#define TABLE        UINT64_C(0x67)
#define PAGE         UINT64_C(0x63)
#define RO           UINT64_C(0x65)
#define TABLES_OF(d) (((d) + 1u) << 16 | SELF)
#define CODE_32      UINT64_C(0x00cffb000000ffff)

extern struct pv_world p;
/* Frames of d1 that are tables, and a page below them; l1 to l4 are pinned as one tree. */
extern uint64_t l1, l2, l3, l4, page;

/* Makes it, after pv_begin(). */
void tree_of_d1(void);
/* Begins with a release that has the rule. */
void begin(const char *rule);
/* The machine address of an entry. */
uint64_t at(uint64_t frame, unsigned int slot);
/* Fails the test if it is an error. */
void must(const char *error);
/* Another table of this level, empty and pinned. */
uint64_t empty(unsigned int level);

/* Hypercalls of d1's, or of the kernel of a domain; the name of the error, or "ok". */
const char *gdt(uint64_t frame, uint32_t entries);
const char *describe(uint64_t to, uint64_t descriptor);
const char *assist(uint32_t cmd, uint32_t type);
const char *write_table(uint32_t d, uint64_t va, uint64_t value, unsigned int bytes);
/* Where the kernel of a domain has its first L1 mapped. */
uint64_t l1_at(uint32_t d);

#endif
