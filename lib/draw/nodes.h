/* nodes.h - trees of tables with runs folded: what a picture, a graph and a page are made from. */
#ifndef XENPT_DRAW_NODES_H
#define XENPT_DRAW_NODES_H

#include "draw/roots.h"

enum node_kind {
    NODE_ROOT,
    NODE_TABLE, /* Tables, one or a run of them that are alike. */
    NODE_PAGE,
    NODE_SELF,  /* Leads back to a table on the way here. */
    NODE_AGAIN, /* Leads to what another node is of. */
    NODE_BAD,   /* Illegal, or outside memory. */
};

struct node {
    uint8_t kind, level; /* Level: of the table that the entries lie in; a root's: one above. */
    unsigned int first, last;     /* Slots. */
    uint64_t in, in_last, target; /* Input addresses; where the first entry leads. */
    struct extent extent;         /* Not of SELF and BAD. */
    size_t parent, children, nr_children;
    size_t same;         /* AGAIN: node. */
    size_t root;         /* Which of the roots. */
    unsigned int folded; /* Runs below that are not there. */
    bool open;           /* What is below has something to tell. */
};

/* A table that a node is of, or a run that it begins with others. */
struct met_table {
    uint64_t target, in;
    size_t node, root;
    uint8_t level;
    bool used;
};

struct nodes {
    const struct xenpt_view *view;
    const struct seen_roots *roots;
    struct node *list;
    size_t nr, max, limit; /* Nodes; room; how many there may be. */
    size_t left_out;       /* Roots for which there was no room. */
    struct met_table *met; /* A hash of all tables so far; its size is a power of two. */
    size_t nr_met, size_met;
};

/* As many as a picture has room for; and so many roots all of which it shows. */
#define NODES_OF_A_PAGE 96
#define ROOTS_MANY      8

/* Trees of these roots, of at most `limit` nodes; nodes_free() in any case. */
enum xenpt_code nodes_make(struct nodes *ret, const struct xenpt_view *view,
                           const struct seen_roots *roots, size_t limit, struct xenpt_error *err);
void nodes_free(struct nodes *n);

/* "slots 262-271: directmap". */
#define NODE_TEXT_MAX 200
const char *node_name(const struct nodes *n, const struct node *node, char buf[NODE_TEXT_MAX]);
/* "3.9 GiB, 1G pages, rw--"; "as slot 4 of cpu0". */
const char *node_text(const struct nodes *n, const struct node *node, char buf[NODE_TEXT_MAX]);

#endif
