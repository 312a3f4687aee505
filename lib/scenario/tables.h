/* tables.h - tables of a machine, asked entry by entry. */
#ifndef XENPT_SCENARIO_TABLES_H
#define XENPT_SCENARIO_TABLES_H

#include "scenario/verb.h"

/* The machine address that one in an entry stands for: of a guest's under a second stage, through
 * that; false: it is not mapped there. */
bool table_maddr(const struct world *w, const struct xenpt_context *c, uint64_t address,
                 uint64_t *ret);
/* The machine address of a context's root; false: it has none, and the problem says so. */
bool table_root(struct world *w, const struct xenpt_context *c, uint64_t *ret);
bool table_entry(struct world *w, const struct xenpt_context *c, uint64_t table, unsigned int slot,
                 uint64_t *ret);
/* An entry that a walk reads. */
struct entry_found {
    unsigned int level;
    uint64_t maddr, entry;
};
/* At a level, or the last for level 0; false: it reads none, and the problem says so. */
bool table_entry_of(struct world *w, const struct xenpt_context *c, uint64_t in, unsigned int level,
                    struct entry_found *ret);
/*
 * Of two entries of the same slot at a level: the highest level from which down all tables behind
 * them are the same; 0: there is none.
 */
unsigned int tables_shared(struct world *w, const struct xenpt_context *c, uint64_t a, uint64_t b,
                           unsigned int level);
/* The bits that a flag names in an entry at a level, "RW" or "AVL=1"; false: it has none such. */
bool table_flag_bits(const struct xenpt_format *f, unsigned int level, const char *word,
                     uint64_t *ret);
/* The first of these flags that an entry has not, or has; NULL: there is none. */
const char *table_flags_missing(const struct xenpt_format *f, unsigned int level, uint64_t entry,
                                const struct flag_words *words, bool wanted);

#endif
