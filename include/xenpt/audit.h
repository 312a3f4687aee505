/**
 * @file audit.h
 * Invariants of page tables that are there: what has to be so in the roots of a Xen, whatever
 * happened; asked of memory and nothing else.
 *
 * Scenarios ask the same of a model, where it is known whose each frame is and what it counts as.
 * Of memory that is known as far as tables tell, so that each invariant says what it saw and what
 * it could not.
 */
#ifndef XENPT_AUDIT_H
#define XENPT_AUDIT_H

#include "xenpt/audit_facts.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What has to be so. */
enum xenpt_audit_invariant {
    XENPT_AUDIT_TABLES,  /**< I1: a guest writes to no page table, and to no GDT or LDT. */
    XENPT_AUDIT_MEMORY,  /**< I2: a guest reaches no memory of Xen's by entries of its own. */
    XENPT_AUDIT_SLOTS,   /**< I3: Xen's slots of a root are as Xen makes them. */
    XENPT_AUDIT_LINEAR,  /**< I4: linear entries of PV guests. */
    XENPT_AUDIT_COUNTS,  /**< I5: references are counted; of memory it cannot be told. */
    XENPT_AUDIT_FLUSHED, /**< I6: what CPUs remember; of memory it cannot be told. */
    XENPT_AUDIT_M2P,     /**< I7: the machine-to-physical table is the inverse of a p2m. */
    XENPT_AUDIT_LEGAL,   /**< I9: no present entry is one that a processor refuses. */
    XENPT_NR_AUDITS,     /**< How many there are. */
};

/** Name, meaning and limits of an invariant. */
struct xenpt_audit_row {
    const char *name;   /**< "tables-read-only", as scenarios call it. */
    const char *number; /**< "I1". */
    const char *text;   /**< What has to be so. */
    const char *unseen; /**< What is not looked at, or cannot be told of memory. */
    const char *source; /**< Where Xen has it from, and advisories about it. */
};

/** The row of an invariant. */
XENPT_API const struct xenpt_audit_row *xenpt_audit_row(enum xenpt_audit_invariant which);

/** What does not hold: one entry, and neighbours in its table of which the same is to be said. */
struct xenpt_audit_finding {
    enum xenpt_audit_invariant which;    /**< Of what. */
    const struct xenpt_context *context; /**< The first root that leads there. */
    uint64_t in;                         /**< The first address that the entry speaks for. */
    unsigned int level;                  /**< Of the table that it lies in. */
    uint64_t at;                         /**< Machine address of the entry... */
    uint64_t entry;                      /**< ...and its value. */
    unsigned int nr;                     /**< Entries in a row, this one included. */
    uint64_t maddr;                      /**< The memory that it is about; 0: none. */
    char text[200];                      /**< In words. */
};

/** Gets one finding, which is valid during the call.  @return False: stop. */
typedef bool (*xenpt_audit_fn)(void *ctx, const struct xenpt_audit_finding *finding);

/** What came of one invariant. */
struct xenpt_audit_result {
    bool asked;          /**< It was to be judged... */
    bool judged;         /**< ...and was. */
    const char *why_not; /**< Why it was not; NULL: it was. */
    uint64_t looked;     /**< Entries, of roots or of tables, that were judged. */
    uint64_t unread;     /**< What it needed and was not in memory: tables, or words of M2P. */
    uint64_t findings;   /**< Reported. */
};

/**
 * Judges roots, and all tables behind them.  Each table is read once for the rights with which it
 * is reached, whatever leads to it: work grows with tables, and so do findings.
 *
 * Model: a table is what some root leads to.  A frame that Xen has validated as a table, and that
 * no root leads to at the moment (pinned, or of a vCPU that is down), is a page like others here.
 *
 * @param which    Bit i: enum xenpt_audit_invariant i; 0: all.
 * @param results  One for each invariant.
 * @return #XENPT_OK, whatever was found; #XENPT_ESTOPPED by @p fn; #XENPT_ENOMEM.
 */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_audit(const struct xenpt_view *view, const struct xenpt_audit_facts *facts,
            unsigned int which, xenpt_audit_fn fn, void *ctx,
            struct xenpt_audit_result results[XENPT_NR_AUDITS], struct xenpt_error *err);

#ifdef __cplusplus
}
#endif

#endif
