/*
 * asks.h - many questions about one address: it is walked once, and judged for each.
 *
 * A walk says whether there is a translation, whatever is asked; see walk_core.h.  So accesses to
 * one address that find the same tables have their walk in common.
 */
#ifndef XENPT_ARCH_ASKS_H
#define XENPT_ARCH_ASKS_H

#include "xenpt/nested.h"

/* An answer, as far as it is not the same for all. */
struct asked {
    uint64_t code; /* As xenpt_fault::code. */
    uint8_t rule;  /* The enum xenpt_rule_id that refused; 0: allowed. */
    uint8_t fault; /* An enum xenpt_fault_kind. */
    bool second;   /* The second stage refused. */
};

/*
 * The same answers as @n calls of xenpt_translate() with each of @ask, of a first stage.
 * @return Where the address leads, for those that are allowed.
 */
uint64_t translate_asks(const struct xenpt_paging *pg, const struct xenpt_reader *mem, uint64_t in,
                        size_t n, const struct xenpt_ask *const ask[], struct asked ret[]);

/* The same as xenpt_translate2() has them. */
uint64_t translate2_asks(const struct xenpt_paging *guest, const struct xenpt_paging *second,
                         const struct xenpt_reader *mem, uint64_t in, size_t n,
                         const struct xenpt_ask *const ask[], struct asked ret[]);

#endif
