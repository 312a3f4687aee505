/*
 * who.h - the reverse index: tables, and what leads to them; grouped by the file that defines what
 * is declared.
 *
 * Tables of contexts that page alike and have them in the same memory are one space.  In it a table
 * is a node for each level that it is used at, so that entries lead from one level to the next and
 * there are no circles, whatever the tables lead to.
 */
#ifndef XENPT_ANALYSIS_WHO_H
#define XENPT_ANALYSIS_WHO_H

#include "analysis/guest_memory.h"
#include "xenpt/who.h"

#define WHO_NONE    UINT32_MAX
#define WHO_ENTRIES 1024 /* Of a table, at most. */

struct who_node {
    uint64_t base;
    uint32_t edge; /* The last one found that leads here, or WHO_NONE. */
    uint8_t level;
};

/* An entry that leads to a table. */
struct who_edge {
    uint32_t from; /* The node that it is in... */
    uint32_t next; /* ...and the edge found before it that leads to the same, or WHO_NONE. */
    uint16_t slot;
};

/*
 * Tables of a level by the memory that they map pages of: a word for each of a table's pieces, of
 * the size that a table maps if its pages are in a row.  The piece's number is in the upper half of
 * the word; which table it is - the L1 table as they lie, or the node - in the lower.
 */
struct who_pieces {
    uint64_t *list; /* Ascending. */
    size_t nr, max;
};

/* An L1 table. */
struct who_low {
    uint64_t base;
    uint32_t node;
};

struct who_space {
    const struct xenpt_paging *pg;       /* But for its root. */
    const struct xenpt_context *context; /* The first that has tables in it. */
    bool in_guest;                       /* They are in a guest's memory. */
    struct guest_memory guest;
    const struct xenpt_reader *mem;
    uint64_t rights; /* Bits that are. */
    struct who_node *nodes;
    size_t nr_nodes, max_nodes;
    struct who_edge *edges;
    size_t nr_edges, max_edges;
    uint32_t *slot; /* Nodes by address and level, + 1. */
    unsigned int order;
    struct who_pieces pieces[XENPT_TOP_MAX + 1]; /* By level. */
    struct who_low *low;                         /* L1 tables, as they lie in memory. */
    size_t nr_low;
    uint64_t no_memory;
};

struct who_member {
    const struct xenpt_context *context;
    size_t space; /* Of its own tables; unless it does not page. */
    uint32_t root;
    size_t second; /* Likewise. */
    uint32_t second_root;
};

struct xenpt_who {
    const struct xenpt_view *view;
    bool pages;
    struct who_member *members;
    size_t nr_members;
    struct who_space **spaces;
    size_t nr_spaces, max_spaces;
};

/* --- who.c --------------------------------------------------------------------------------- */

/* An empty space for the tables of a context; second: those of its second stage.  NULL: no memory.
 */
struct who_space *who_space_new(const struct xenpt_view *view, const struct xenpt_context *c,
                                bool second);
/* Whether those of another can be in it. */
bool who_space_has(const struct who_space *s, const struct xenpt_context *c, bool second);

/* --- who_graph.c --------------------------------------------------------------------------- */

/* Room for one more; false: no memory. */
bool who_room(void *list, size_t nr, size_t *max, size_t size);
/* A table, found or made.  WHO_NONE: no memory, or too many. */
uint32_t who_node_enter(struct who_space *s, uint64_t base, unsigned int level);
/* WHO_NONE: it is not there. */
uint32_t who_node_find(const struct who_space *s, uint64_t base, unsigned int level);
/* The entries of a table, of which there are *nr; NULL: it is not in memory. */
const uint64_t *who_table(const struct who_space *s, uint64_t base, unsigned int level,
                          uint64_t copy[WHO_ENTRIES], unsigned int *nr);
void who_space_free(struct who_space *s);
/* Where an L1 table is held that will be read soon, or NULL. */
const uint8_t *who_held(const struct who_space *s, size_t low);

/* Where a present entry leads, if it is a legal one. */
static inline uint64_t who_target(const struct who_space *s, unsigned int level, uint64_t entry)
{
    return xenpt_entry_target(s->pg, level, entry);
}

/* --- who_fill.c ---------------------------------------------------------------------------- */

/* All that nodes lead to, which become nodes; with pages, their pieces. */
bool who_space_fill(struct who_space *s, bool pages);

/* The piece of memory that pages of a level lead to. */
static inline uint64_t who_piece_of(const struct who_space *s, unsigned int level, uint64_t out)
{
    return out >> (s->pg->format.level[level].shift + s->pg->format.level[level].bits);
}

/* --- who_climb.c --------------------------------------------------------------------------- */

/* Addresses, counted from where a table begins to speak, that lead to what is asked for. */
struct who_state {
    uint64_t granted;
    uint64_t count, lo, hi;
    uint64_t out;  /* Of lo. */
    uint32_t leaf; /* Node and slot of the entry that maps lo. */
    uint16_t leaf_slot;
    uint16_t slot; /* Of a root: these are in this one; else 0. */
    uint32_t next; /* Of the same node. */
    uint8_t level; /* Of the pages. */
};

/* What there is to be known of a piece of memory in a space. */
struct who_climb {
    const struct who_space *space;
    uint64_t first, last;
    struct who_state *states;
    size_t nr_states, max_states;
    struct touched {
        uint32_t node, state; /* Its last one. */
    } * touched;
    size_t nr_touched, max_touched;
    uint32_t *slot; /* Of touched, by node, + 1. */
    unsigned int order;
};

/* An entry that maps some of what is asked for.  False: no memory. */
bool who_hit(struct who_climb *c, uint32_t node, unsigned int slot, uint64_t entry, uint64_t out);
/* pages: by the index of pages.  False: no memory. */
bool who_climb(struct who_climb *ret, const struct who_space *s, bool pages, uint64_t first,
               uint64_t last);
void who_climb_fini(struct who_climb *c);
/* WHO_NONE: nothing below the node leads there. */
uint32_t who_climb_states(const struct who_climb *c, uint32_t node);
/* An address in a root's slot, as the processor has it. */
uint64_t who_address(const struct who_space *s, uint64_t in);

/* --- who_hits.c ---------------------------------------------------------------------------- */

/* Entries that map some of what is asked for are told to who_hit().  False: no memory. */
bool who_hits(struct who_climb *c, bool pages);

/* --- who_list.c ---------------------------------------------------------------------------- */

/* A page, or the part of it that is asked for. */
struct who_piece {
    uint64_t in, out, size;
    uint64_t granted, at, entry;
    uint8_t level;
};
typedef bool (*who_piece_fn)(void *ctx, const struct who_piece *piece);

/* Each way from a root to what was climbed from, ascending.  False: fn did not want more. */
bool who_list(const struct who_climb *c, uint32_t root, who_piece_fn fn, void *ctx);

#endif
