/* links.h - which roots lead to which tables. */
#ifndef XENPT_DRAW_LINKS_H
#define XENPT_DRAW_LINKS_H

#include "draw/roots.h"

#define LINK_SOURCES_MAX 20
#define LINK_TABLES_MAX  48

/* Roots that lead to the same shared tables, and have tables of their own in the same slots. */
struct link_source {
    const struct seen_root *root; /* The first. */
    size_t nr;
};

/* Tables that the same roots lead to. */
struct link_table {
    const struct seen_root *root; /* The first that leads there. */
    unsigned int first, last;     /* Slots... */
    bool elsewhere;               /* ...and another one leads there, too. */
    unsigned int other;           /* That one. */
    unsigned int nr;              /* Tables; of one root alone: all of its own. */
    bool own;
    uint64_t target; /* Of the first slot. */
    struct extent extent;
    uint32_t sources; /* Bit s: source s leads there. */
    char slots[60];   /* Of its own: where. */
};

struct links {
    const struct xenpt_view *view;
    struct seen_roots roots;
    struct link_source sources[LINK_SOURCES_MAX];
    size_t nr_sources, sources_left; /* Left out: roots. */
    struct link_table tables[LINK_TABLES_MAX];
    size_t nr_tables, tables_left;
};

/* links_free() in any case. */
enum xenpt_code links_make(struct links *ret, const struct xenpt_view *view,
                           const struct xenpt_draw_options *opt, struct xenpt_error *err);
void links_free(struct links *l);
bool link_has(const struct links *l, size_t table, size_t source);

#define LINK_TEXT_MAX 160
/* "slots 262-271: directmap". */
const char *link_name(const struct links *l, const struct link_table *t, char buf[LINK_TEXT_MAX]);
/* "L3 0xfc6c, 255 MiB, 4K/2M pages". */
const char *link_text(const struct links *l, const struct link_table *t, char buf[LINK_TEXT_MAX]);

#endif
