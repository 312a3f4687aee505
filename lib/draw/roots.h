/* roots.h - what pictures are made of: roots, each of them once, and how much is behind a slot. */
#ifndef XENPT_DRAW_ROOTS_H
#define XENPT_DRAW_ROOTS_H

#include "analysis/guest_memory.h"
#include "xenpt/draw.h"

/* A root table, of one stage, and who runs on it. */
struct seen_root {
    const struct xenpt_context *context; /* The first. */
    const struct xenpt_paging *paging;   /* Of its stage. */
    struct xenpt_context own;            /* For maps of this stage. */
    struct guest_memory memory;          /* Where its tables are. */
    bool second, guest;                  /* A second stage; a first stage that is under one. */
    unsigned int slots;                  /* Of the table. */
    size_t nr;                           /* Contexts that run on it. */
    char names[120];                     /* The first of them, and how many more. */
};

struct seen_roots {
    struct seen_root *list;
    size_t nr;
};

enum xenpt_code roots_see(struct seen_roots *ret, const struct xenpt_view *view,
                          const struct xenpt_draw_options *opt, struct xenpt_error *err);
void roots_forget(struct seen_roots *roots);

/* What it is for: "pv64-kernel of 0xfdbb", "EPT". */
const char *root_purpose(const struct seen_root *root, char buf[64]);
/* Entry `slot` of a table at `table`.  False: it is not in memory. */
bool seen_entry(const struct seen_root *root, uint64_t table, unsigned int slot, uint64_t *ret);
unsigned int seen_slots(const struct seen_root *root, unsigned int level);
/* First input address of a slot of the root's table. */
uint64_t root_slot_first(const struct seen_root *root, unsigned int slot);
/* Rights that an entry grants by itself. */
unsigned int entry_rights(const struct seen_root *root, unsigned int level, uint64_t entry);

/* --- What is mapped in a piece of the address space ----------------------------------------- */

#define EXTENT_AREAS 6

struct extent {
    uint64_t bytes, pages, tables;
    unsigned int any, all;            /* Rights that some, and that all, of it has. */
    const char *sizes[XENPT_TOP_MAX]; /* Page sizes, the smaller first... */
    unsigned int nr_sizes;
    const char *areas[EXTENT_AREAS]; /* Areas, in the order of their addresses... */
    unsigned int nr_areas;           /* ...more than that: there are others. */
    uint64_t linear, again, bad;     /* Entries that lead to a table on the way, or met before;
                                        that are illegal, or lead out of memory. */
};

/* Both stages are followed if there are two. */
enum xenpt_code extent_measure(const struct xenpt_view *view, const struct seen_root *root,
                               uint64_t first, uint64_t last, struct extent *ret,
                               struct xenpt_error *err);
/* "3.9 GiB, 1G pages". */
#define EXTENT_TEXT_MAX 96
const char *extent_text(const struct extent *e, char buf[EXTENT_TEXT_MAX]);
/* "directmap"; "rdwr-mpt, frametable, ..."; "" if nothing is known. */
const char *extent_areas(const struct extent *e, char buf[EXTENT_TEXT_MAX]);
/* "3.9 GiB". */
#define AMOUNT_MAX 32
const char *amount_text(uint64_t bytes, char buf[AMOUNT_MAX]);
/* The area of an address, or NULL. */
const char *area_of(const struct xenpt_view *view, const struct xenpt_context *c, uint64_t in);

#endif
