/**
 * @file audit_facts.h
 * What is known of roots in memory, by whoever knows the system that made them, for xenpt_audit().
 */
#ifndef XENPT_AUDIT_FACTS_H
#define XENPT_AUDIT_FACTS_H

#include "xenpt/view.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What a root is to whoever audits it. */
enum xenpt_audit_part {
    XENPT_AUDIT_OF_GUEST,  /**< A PV guest runs on it: it has slots of its own there. */
    XENPT_AUDIT_OF_XEN,    /**< Xen alone does. */
    XENPT_AUDIT_OF_CPU,    /**< An XPTI root: slots of a guest are copies, and may be old. */
    XENPT_AUDIT_OF_SHADOW, /**< Xen made it, and a guest runs on it. */
    XENPT_AUDIT_OF_MEMORY, /**< A second stage. */
};

/** What is known of a slot of a root. */
struct xenpt_audit_slot {
    bool guest;       /**< Its guest decides on it. */
    bool self;        /**< A linear table of Xen's: what is behind it is known already. */
    bool known;       /**< What has to be there is known: @ref entry... */
    bool may_lack;    /**< ...or nothing. */
    uint64_t entry;   /**< A and D apart; 0: nothing. */
    const char *area; /**< What the slot is for; NULL: nothing. */
};

/** A root. */
struct xenpt_audit_root {
    const struct xenpt_context *context;  /**< Of one stage. */
    enum xenpt_audit_part part;           /**< What it is. */
    const struct xenpt_audit_slot *slots; /**< One for each; NULL: none is Xen's. */
    bool own_table;                       /**< The root's table itself is the guest's. */
    bool user_only;         /**< Its guest uses user-mode addresses alone, as a PV guest does. */
    unsigned int no_linear; /**< Bit l: tables of level l may have no linear entries. */
};

/** A page that a PV guest must not write to, beside tables. */
struct xenpt_audit_page {
    uint64_t at;      /**< Machine address. */
    const char *what; /**< "GDT". */
};

/** Roots, and what is known of them. */
struct xenpt_audit_facts {
    const struct xenpt_audit_root *roots; /**< In this order. */
    size_t nr_roots;                      /**< Of @ref roots. */
    const struct xenpt_audit_page *pages; /**< Of descriptors, ascending. */
    size_t nr_pages;                      /**< Of @ref pages. */
    const struct xenpt_owners *owners;    /**< Whose memory is; NULL: nobody knows. */
    /** The number that M2P has of a frame.  @return False: that is not in memory. */
    bool (*m2p)(void *ctx, uint64_t mfn, uint64_t *gfn);
    /** Whether an entry of a second stage that maps a page is one of which M2P speaks. */
    bool (*is_ram)(void *ctx, const struct xenpt_context *context, uint64_t entry);
    /** Whether an entry that a processor refuses is one that Xen means to be refused. */
    bool (*is_meant)(void *ctx, const struct xenpt_audit_root *root, unsigned int level,
                     uint64_t entry);
    /** Whether Xen decides on an address in a slot of a guest's. */
    bool (*is_xens)(void *ctx, const struct xenpt_audit_root *root, uint64_t in);
    void *ctx; /**< Passed to these; each of them may be NULL. */
};

#ifdef __cplusplus
}
#endif

#endif
