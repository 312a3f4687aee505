/*
 * expose.h - what is behind each table of a view, folded; grouped by the file that defines what is
 * declared.
 */
#ifndef XENPT_ANALYSIS_EXPOSE_H
#define XENPT_ANALYSIS_EXPOSE_H

#include "analysis/who.h"
#include "xenpt/expose.h"

/* Beside rights, enum xenpt_right by bit: what an entry that is no mapping names all the same. */
#define SPAN_TERMINAL (1u << XENPT_NR_RIGHTS)
/* Rights of any kind: it is mapped. */
#define SPAN_MAPPED   (SPAN_TERMINAL - 1)

/* Bytes of the memory that a table's entries lead to, and the rights they are left with. */
struct span {
    uint64_t first, last;
    uint32_t rights;
};

struct spans {
    struct span *list;
    size_t nr, max;
    bool no_memory;
};

/* What is behind a node. */
struct behind_node {
    struct spans spans;
    bool known;
    bool lost; /* It, or a table behind it, is not in memory. */
};

struct expose_space {
    struct who_space *space;
    struct behind_node *nodes; /* By number... */
    size_t had;                /* ...and for how many there is room. */
};

struct exposing {
    const struct xenpt_view *view;
    const struct xenpt_expose_options *opt;
    struct expose_space *spaces;
    size_t nr_spaces, max_spaces;
    struct spans tables; /* In machine memory; made when it is asked for. */
    bool has_tables;
    bool has_xpti;
    bool lost; /* Some table that was gone through since this was last false. */
    uint64_t nr_read, nr_spans;
};

/* --- expose_spans.c ------------------------------------------------------------------------ */

void spans_add(struct spans *s, uint64_t first, uint64_t last, uint32_t rights);
/* By rights, then by address; joined where they touch. */
void spans_sort(struct spans *s);
/* By address alone, whatever the rights: what has any of them. */
void spans_flatten(struct spans *s);
void spans_free(struct spans *s);
uint64_t spans_size(const struct spans *s);
/* The first of a flat list that ends at or after an address. */
size_t spans_from(const struct spans *s, uint64_t first);
/* Whether some of a stretch is in a flat list. */
bool spans_touch(const struct spans *s, uint64_t first, uint64_t last);

/* --- expose_tables.c ----------------------------------------------------------------------- */

/* The space that a context's tables are in, and the node of their root.  False: no memory. */
bool expose_enter(struct exposing *x, const struct xenpt_context *c, bool second, size_t *space,
                  uint32_t *root);
/* What input addresses of a node lead to, counted from the first that it speaks for. */
bool expose_gather(struct exposing *x, size_t space, uint32_t node, uint64_t first, uint64_t last,
                   uint32_t rights, struct spans *ret);
/* What addresses lead to in one stage. */
bool expose_stage(struct exposing *x, const struct xenpt_context *c, bool second, uint64_t first,
                  uint64_t last, struct spans *ret);
/* What input addresses of a context lead to in machine memory, through both stages. */
bool expose_reach(struct exposing *x, const struct xenpt_context *c, uint64_t first, uint64_t last,
                  struct spans *ret);
/* Tables in machine memory, of all contexts.  False: no memory. */
bool expose_list_tables(struct exposing *x);
void expose_free(struct exposing *x);

/* --- expose_parties.c ---------------------------------------------------------------------- */

/* Who executes on a context: a bit each. */
unsigned int expose_parties(const struct exposing *x, const struct xenpt_context *c);
/* Whether pages of supervisors are none of its. */
bool expose_is_user(const struct xenpt_context *c, enum xenpt_executor by);
/* Its addresses, from 0. */
uint64_t expose_last(const struct xenpt_context *c, enum xenpt_executor by);
/* Whether a threat is about it. */
bool expose_concerns(const struct exposing *x, const struct xenpt_context *c,
                     enum xenpt_executor by);
/* XENPT_EXPOSE_* of rights. */
unsigned int expose_can(const struct exposing *x, const struct xenpt_context *c,
                        enum xenpt_executor by, uint32_t rights);

/* --- expose.c ------------------------------------------------------------------------------ */

enum xenpt_code expose_begin(struct exposing *x, const struct xenpt_view *view,
                             const struct xenpt_expose_options *opt, struct xenpt_error *err);
size_t expose_nr(const struct exposing *x);
const struct xenpt_context *expose_context(const struct exposing *x, size_t i);
/* Whose a byte is, and the last byte from there of which that is true. */
uint32_t expose_owner(const struct xenpt_owners *o, uint64_t at, uint64_t *last);

#endif
