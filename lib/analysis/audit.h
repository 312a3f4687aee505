/*
 * audit.h - the parts of an audit.
 *
 *     audit.c          rows, and all roots in turn
 *     audit_tables.c   which pages are tables, of which level, and whose
 *     audit_walk.c     from roots down, each table once for the rights that lead there
 *     audit_pages.c    what is asked of an entry that maps a page
 *     audit_links.c    what is asked of a root's slots, and of entries that lead to tables
 */
#ifndef XENPT_ANALYSIS_AUDIT_H
#define XENPT_ANALYSIS_AUDIT_H

#include "analysis/frame_map.h"
#include "xenpt/audit.h"

#define AUDIT_ENTRIES 512u

/* What is known of a page that is a table: at the highest level at which it is reached. */
struct audit_table {
    unsigned int level; /* 0: it is none. */
    bool guest;         /* It is a guest's own... */
    size_t of;          /* ...of the domain of this root. */
};

struct auditing {
    const struct xenpt_view *view;
    const struct xenpt_audit_facts *facts;
    unsigned int which;
    struct xenpt_audit_result *results;
    xenpt_audit_fn fn;
    void *ctx;
    struct frame_half tables; /* By address: struct audit_table, packed. */
    struct frame_half seen;   /* Tables that were followed, by how. */
    uint64_t *list;           /* Tables, ascending after audit_tables()... */
    size_t nr_list, max_list; /* ...and how many. */
    uint32_t xen;             /* Its number among owners; UINT32_MAX: it has none. */
    bool no_memory, stopped;
    struct {
        const char *why; /* NULL: nothing is held back. */
        struct xenpt_audit_finding finding;
    } held[XENPT_NR_AUDITS];
};

/* An entry on the way down. */
struct audit_entry {
    const struct xenpt_audit_root *root;
    const struct xenpt_paging *pg;
    uint64_t table, in, entry;
    unsigned int level, nr;
    unsigned int rights; /* That all levels leave, this one included. */
    bool guest;          /* It is the guest's to decide. */
};

static inline bool audit_asks(const struct auditing *a, enum xenpt_audit_invariant which)
{
    return a->results[which].judged;
}

/* A finding; `why` is the same for all that one line can tell of, and `text` of the first. */
__attribute__((format(printf, 6, 7))) void audit_found(struct auditing *a,
                                                       enum xenpt_audit_invariant which,
                                                       const struct audit_entry *e, uint64_t maddr,
                                                       const char *why, const char *fmt, ...);
/* Reports what was held back. */
void audit_flush(struct auditing *a);

/* Whether a slot of a root is followed. */
bool audit_follows(const struct xenpt_audit_root *root, unsigned int slot);
/* The first root of the same domain. */
size_t audit_domain(const struct auditing *a, const struct xenpt_audit_root *root);

/* audit_tables.c.  False: no memory. */
bool audit_tables(struct auditing *a);
struct audit_table audit_table_at(const struct auditing *a, uint64_t at);
/* The first table in a stretch of memory. */
bool audit_first_table(const struct auditing *a, uint64_t first, uint64_t last, uint64_t *ret);

/* audit_walk.c */
void audit_root(struct auditing *a, const struct xenpt_audit_root *root);

/* audit_pages.c, audit_links.c */
void audit_page(struct auditing *a, const struct audit_entry *e);
void audit_slot(struct auditing *a, const struct audit_entry *e);
void audit_link(struct auditing *a, const struct audit_entry *e);

#endif
