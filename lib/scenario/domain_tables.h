/* domain_tables.h - page tables that a file gives a domain; grouped by the file that defines what
 * is declared. */
#ifndef XENPT_SCENARIO_DOMAIN_TABLES_H
#define XENPT_SCENARIO_DOMAIN_TABLES_H

#include "scenario/expr.h"
#include "scenario/verb.h"

struct raw_table {
    uint32_t level;
    bool builder;
};

struct raw_entry {
    struct flag_words flags;
    uint64_t raw;
    const char *name;
};

/* --- domain_tables.c ----------------------------------------------------------------------- */

/* Reads `frames` and `tables` of a domain that the scope has; false: no memory. */
bool tables_read(struct scope *s, uint32_t domain, const struct node *node,
                 struct xenpt_domain_desc *desc);

/* --- table_slots.c ------------------------------------------------------------------------- */

/* Tables being read. */
struct table_reading {
    struct scope *s;
    struct xenpt_domain_desc *desc;
    uint32_t domain;
    struct xenpt_given_frame *list;
    size_t nr;
    size_t next;  /* Number of the next table. */
    bool declare; /* The first time. */
    bool no_memory;
};

/* Its name, the first time. */
void table_name(struct table_reading *r, const struct node *node, struct xenpt_given_frame *f);
/* Where it is. */
void table_frame(struct table_reading *r, const struct node *node, struct xenpt_given_frame *f);
/* Its entries, with the tables that they make. */
void table_slots(struct table_reading *r, struct xenpt_given_frame *f, const struct node *map);

/* --- table_target.c ------------------------------------------------------------------------ */

/* Where an entry leads, by its key `to`. */
bool target_read(struct scope *s, const struct node *node, uint32_t domain,
                 const struct xenpt_domain_desc *desc, struct xenpt_given_entry *ret);
/* One of the domain's own frames. */
bool target_own(struct scope *s, const char *key, const struct node *node, uint32_t domain,
                uint64_t *ret);
/* The bits that a file gives an entry; the usual ones if it says nothing. */
bool target_flags(struct scope *s, const struct node *entry, const struct raw_entry *raw,
                  const struct xenpt_format *f, unsigned int level, uint64_t *ret);

#endif
