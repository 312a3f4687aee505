/*
 * tree_machine.h - a small simulated machine with one tree of page tables to edit.
 *
 *     frame 0 ... 15          never the allocator's: for tables of somebody else
 *     frame 16 ... 16+n-1     the pool that tables come from; the root is its lowest
 */
#ifndef XENPT_TESTS_TREE_MACHINE_H
#define XENPT_TESTS_TREE_MACHINE_H

#include "forms.h"
#include "xenpt/edit.h"

#define FIRST_FRAME 16

struct machine {
    const struct form *form;
    struct xenpt_store *store;
    struct xenpt_alloc *alloc;
    struct xenpt_paging paging;
    struct xenpt_tree tree; /* Table entries of it grant everything. */
    uint64_t nr_frames;     /* In the pool. */
};

/*
 * PAE's root lies in the middle of its frame, whose other bytes are not zero and are nobody's
 * to touch.
 */
void machine_init(struct machine *m, const struct form *form, uint64_t nr_frames);
void machine_fini(struct machine *m);

/* Tables that can be reached from the root, that one included, each counted once. */
uint64_t machine_nr_tables(const struct machine *m);
/* Frames of the pool that are not free. */
uint64_t machine_nr_taken(const struct machine *m);
/* Every table but the root holds something, and the pool lacks the tables and no more. */
void machine_check(const struct machine *m, const char *claim);

/* Every byte of RAM, and which frames are free. */
struct machine_state;
struct machine_state *machine_save(const struct machine *m);
/* Fails unless all is as it was.  Frees the state. */
void machine_check_unchanged(const struct machine *m, struct machine_state *was, const char *claim);

/* An entry of the tree, read by hand; the walk must get to that level. */
uint64_t machine_entry(const struct machine *m, uint64_t in, unsigned int level);
/* Where an address leads, which must be mapped at this level. */
void check_mapped(const struct machine *m, const char *claim, uint64_t in, uint64_t out,
                  unsigned int level, uint64_t flags);
void check_unmapped(const struct machine *m, const char *claim, uint64_t in);

/* An edit, as a row of a table. */
struct call {
    enum { MAP, UNMAP, CHANGE, SPLIT, SET, DESTROY } what;
    uint64_t first, last; /* SPLIT, SET: the address is first. */
    uint64_t a, b;        /* MAP: out, flags.  CHANGE: set, clear.  SET: the entry. */
    unsigned int level;   /* MAP: the largest.  SPLIT, SET: the level. */
};

enum xenpt_code machine_call(const struct machine *m, const struct call *call,
                             struct xenpt_error *err);
/* The same, and it must succeed. */
void machine_do(const struct machine *m, struct call call);
/* "Has succeeded", with what failed if not. */
void must(enum xenpt_code code, const struct xenpt_error *err, const char *claim);

#endif
