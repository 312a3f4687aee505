/*
 * trees.h - page tables to measure on: made up, in flat memory, with the tables scattered.
 */
#ifndef XENPT_BENCH_TREES_H
#define XENPT_BENCH_TREES_H

#include "limit.h"
#include "naive.h"
#include "xenpt/edit.h"
#include "xenpt/image.h"
#include "xenpt/nested.h"
#include "xenpt/scan.h"

/* What the entries of L1 tables are. */
enum content {
    DENSE,  /* Every entry, each a frame further. */
    RANDOM, /* Every entry, frames at random. */
    SPARSE, /* One entry a table. */
    LINE,   /* One entry a cache line. */
    MIXED,  /* As of an operating system: a few tables in a row, some scattered, most sparse. */
    EMPTY,  /* None. */
};

/* One tree, as each contender wants it. */
struct tree {
    uint8_t *bytes;
    uint64_t size, cr3, nr_l1, pages;
    struct segment segment;
    struct naive_memory naive;
    struct limit_machine limit;
    struct xenpt_reader flat;
    struct xenpt_paging paging;
    /* Two stages: cr3 is guest-physical. */
    struct xenpt_paging second;
};

/* A 4-level tree of nr_l1 L1 tables, a power of two, which map va 0 upwards. */
void tree_init(struct tree *t, uint64_t nr_l1, enum content content, bool scattered);

/*
 * A tree for each of `domains`, which divide nr_l1, under `contexts` roots each: those of domain d
 * are the pages from t->cr3 + d * contexts on.
 */
void tree_init_domains(struct tree *t, uint64_t domains, uint64_t contexts, uint64_t nr_l1,
                       enum content content, bool scattered);

/* A tree for a guest of `guest_gib` GiB, under EPT with 4 KiB pages. */
void tree_init_nested(struct tree *t, uint64_t nr_l1, uint64_t guest_gib);

/* A capture's tables under its first CPU's root, at their own addresses in flat memory. */
void tree_init_capture(struct tree *t, const char *path);

void tree_fini(struct tree *t);

/* Ends the program, saying why, if a call failed. */
void must(enum xenpt_code code, const struct xenpt_error *err);

#endif
