/* slots.h - what stands in each slot of a root's table, and bands of slots that look alike. */
#ifndef XENPT_DRAW_SLOTS_H
#define XENPT_DRAW_SLOTS_H

#include "draw/roots.h"

#define COLUMNS_MAX 7
#define BANDS_MAX   72
#define SLOTS_MAX   1024

enum look {
    LOOK_EMPTY,
    LOOK_SYSTEM,
    LOOK_USER,
    LOOK_SECOND, /* A second stage's, which knows no users. */
    LOOK_SELF,   /* Leads back to the root. */
    LOOK_AGAIN,  /* Leads where a slot before it does. */
    LOOK_BAD,    /* Illegal, or not in memory. */
    LOOK_MIXED,  /* Of a band: several of these. */
    NR_LOOKS,
};

struct cell {
    uint64_t target;
    const char *area;
    uint16_t twin; /* AGAIN: the slot before. */
    uint8_t look, role;
};

/* Roots that look alike, slot by slot. */
struct column {
    const struct seen_root *root; /* The first. */
    const struct cell *cells;     /* Its slots. */
    size_t nr;                    /* Roots... */
    uint8_t each[SLOTS_MAX];      /* ...of which each has a table of its own there. */
    size_t number;                /* From 1, over all panels. */
};

/* Slots next to each other that look alike in every column. */
struct band {
    unsigned int first, last;
    bool empty, mixed;
    unsigned int runs;          /* Of a mixed one: how many bands it was. */
    uint8_t look[COLUMNS_MAX];  /* By column. */
    uint8_t group[COLUMNS_MAX]; /* The first column that leads to the same. */
    struct extent extent[COLUMNS_MAX];
};

/* Roots of one format. */
struct panel {
    struct seen_roots roots; /* Borrowed. */
    struct cell *cells;      /* By root, then slot. */
    unsigned int slots;
    struct column columns[COLUMNS_MAX];
    unsigned int nr_columns;
    size_t left_out; /* Roots that no column shows. */
    struct band bands[SLOTS_MAX];
    unsigned int nr_bands, folded; /* Bands; and those that mixed ones are made of. */
};

/* Looks at roots of one format; panel_end() in any case. */
enum xenpt_code panel_begin(struct panel *p, const struct xenpt_view *view,
                            const struct seen_roots *roots, struct xenpt_error *err);
void panel_end(struct panel *p);

#endif
