/*
 * second_tree.h - tables of a second stage that map what they are asked to.
 */
#ifndef XENPT_TESTS_SECOND_TREE_H
#define XENPT_TESTS_SECOND_TREE_H

#include "oracle/dice.h"
#include "oracle/oracle_second.h"
#include "oracle/tiny_memory.h"

/* What format the tables have. */
enum second_kind {
    SECOND_EPT4,
    SECOND_EPT5,
    SECOND_NPT2,
    SECOND_NPT_PAE,
    SECOND_NPT4,
    SECOND_NPT5,
    SECOND_KINDS,
};

extern const char *const second_kind_name[SECOND_KINDS];

#define SECOND_ENTRIES 256

/* Tables that grow as pages are mapped. */
struct second_tree {
    enum second_kind kind;
    struct tiny_memory *mem;
    unsigned int next, end; /* Frames for tables. */
    uint64_t root;
    unsigned int nr_entries;
    struct {
        uint64_t at;
        unsigned int level;
        bool page;
    } entry[SECOND_ENTRIES]; /* Those that were filled. */
};

/* Starts with an empty root in frame @first; frames up to @end - 1 may become tables. */
void second_tree_init(struct second_tree *t, enum second_kind kind, struct tiny_memory *mem,
                      unsigned int first, unsigned int end);
/* Maps the page of @level that @gpa lies in to @where: all rights, memory type WB. */
void second_tree_map(struct second_tree *t, uint64_t gpa, uint64_t where, unsigned int level);
/* An entry as it stands; 4 or 8 bytes. */
uint64_t second_tree_get(const struct second_tree *t, unsigned int n);
void second_tree_set(struct second_tree *t, unsigned int n, uint64_t entry);
/* Spoils some entries in ways that matter. */
void second_tree_spoil(struct second_tree *t, struct dice *d, unsigned int percent);
/* Bytes of an entry: 4 or 8. */
unsigned int second_tree_entry_size(const struct second_tree *t);

/* A second stage over these tables, with random settings. */
struct oracle_second second_tree_random(const struct second_tree *t, struct dice *d,
                                        const struct xenpt_cpu *cpu);
/* The settings that allow most. */
struct oracle_second second_tree_plain(const struct second_tree *t, const struct xenpt_cpu *cpu);

#endif
