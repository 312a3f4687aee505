/*
 * random_tree.h - trees of random entries, with more sense in them than chance would put.
 */
#ifndef XENPT_TESTS_RANDOM_TREE_H
#define XENPT_TESTS_RANDOM_TREE_H

#include "oracle/dice.h"
#include "oracle/oracle_ia.h"
#include "oracle/tiny_memory.h"

/* Slots of each table that hold something. */
#define RANDOM_SLOTS 4

/* Frames that hold tables of one format, and where the format's address space has them. */
struct random_tree {
    enum oracle_mode mode;
    unsigned int width;              /* Of addresses in entries: MAXPHYADDR. */
    unsigned int frame, nr_frames;   /* The first one's number, and how many. */
    uint64_t address[TINY_FRAMES];   /* Of each of them, in the space of the tables. */
    unsigned int level[TINY_FRAMES]; /* What level of table each holds. */
    unsigned int slot[RANDOM_SLOTS]; /* As fractions of 512. */
    uint64_t cr3;
};

/* A processor with a random lot of features. */
struct xenpt_cpu random_cpu(struct dice *d, enum oracle_mode mode);
/* Registers of this mode; legal ones for this processor. */
struct xenpt_regs random_regs(struct dice *d, enum oracle_mode mode, const struct xenpt_cpu *cpu);
/* An access that such registers permit to ask about. */
struct xenpt_access random_access(struct dice *d, const struct xenpt_regs *regs);

/*
 * Fills the frames of @t with tables.  The caller has set mode, width, frame, nr_frames and
 * address, some of the latter below 4 GiB for modes whose CR3 ends there.
 */
void random_tree_grow(struct random_tree *t, struct dice *d, struct tiny_memory *mem);
/* An input address that mostly hits filled slots. */
uint64_t random_tree_address(const struct random_tree *t, struct dice *d);
/* Many of them; some in a row share a table, as those of a program do. */
void random_tree_addresses(const struct random_tree *t, struct dice *d, size_t n, uint64_t in[]);

#endif
