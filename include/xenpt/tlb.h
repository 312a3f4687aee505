/**
 * @file tlb.h
 * What one CPU remembers of page tables: its TLBs and paging-structure caches.
 *
 *     access --> L1 TLBs --> L2 TLBs --> paging-structure caches --> tables in memory
 *                 hit: what was remembered, right or stale           walk: 0 to 24 references
 *
 * A table that changes is not noticed: what was cached stays until an operation drops it, or it
 * is replaced.  Every access can therefore be told both what the CPU uses and what memory says
 * by now; where they differ, a flush was missed.
 *
 * What is kept, and under which tags (PCID, VPID or ASID, EPT root, global), is the manuals':
 * Intel SDM vol. 3, "Caching Translation Information" in the chapters on paging and on VMX
 * support for address translation; AMD APM vol. 2, 5.5 and 15.16.  How much of it fits is a
 * row of data, a part: real ones, "none", and "ideal", which keeps all that it may.
 *
 * Model: nothing is cached but what an access asked for; a processor may also cache what it
 * guessed would be asked for.  An access made for that purpose stands for a guess.
 */
#ifndef XENPT_TLB_H
#define XENPT_TLB_H

#include "xenpt/memtype.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- Parts --------------------------------------------------------------------------------- */

/** One structure that caches: a TLB, or a paging-structure cache, or both in one. */
struct xenpt_tlb_unit {
    const char *name; /**< "L1 DTLB 4K". */
    uint8_t stage;    /**< TLBs: 1 is asked first, 2 after that; others 0. */
    uint8_t accesses; /**< Bit k: translations for an enum xenpt_access_kind k. */
    uint8_t pages;    /**< Bit l: translations by pages of level l: 1 4K, 2 2M, 3 1G. */
    uint8_t tables;   /**< Bit l: entries of level l that lead to tables, of linear addresses. */
    uint8_t guest;    /**< Bit l: guest-physical translations by pages of level l. */
    uint8_t guest_tables; /**< Bit l: entries of level l of a second stage that lead to tables. */
    uint16_t entries;     /**< How many there are; 0: as many as are needed. */
    uint16_t ways;        /**< Of each set; 0: there is one set. */
};

/**
 * Which processor's structures.
 *
 * Model: a set replaces the entry that was used least recently.  Vendors do not say what theirs
 * do; trees of bits that come near it are likely.
 *
 * Model: a translation is held in pieces of the largest size that a structure has and that the
 * page holds, 4M pages as two of 2M.  What the second stage maps by smaller pages than the guest
 * is held in the smaller ones.
 */
enum xenpt_tlb_part_id {
    XENPT_TLB_IDEAL,    /**< Keeps all that the manuals allow to be kept: the worst case. */
    XENPT_TLB_NONE,     /**< Keeps nothing. */
    XENPT_TLB_SKYLAKE,  /**< Intel Skylake, client and server. */
    XENPT_TLB_ICELAKE,  /**< Intel Ice Lake (Sunny Cove). */
    XENPT_TLB_ZEN2,     /**< AMD Zen 2. */
    XENPT_TLB_ZEN3,     /**< AMD Zen 3. */
    XENPT_NR_TLB_PARTS, /**< How many there are. */
};

/** Most structures that a part can have. */
#define XENPT_TLB_UNITS_MAX 16

/** A part: its name, and its structures. */
struct xenpt_tlb_part {
    const char *name;                  /**< "skylake". */
    const char *text;                  /**< What it is, in words. */
    const char *source;                /**< Where the sizes are from. */
    size_t nr_units;                   /**< Of @ref unit. */
    const struct xenpt_tlb_unit *unit; /**< Its structures; those asked first come first. */
};

/** The row of a part. */
XENPT_API const struct xenpt_tlb_part *xenpt_tlb_part(enum xenpt_tlb_part_id id);

/**
 * What must hold of a part.
 * @return NULL: all of it does; else the rule that is broken.
 */
XENPT_API const char *xenpt_tlb_part_check(const struct xenpt_tlb_part *part);

/* --- One CPU's caches ---------------------------------------------------------------------- */

/** The caches of one CPU (one thread of a core).  Belongs to one thread at a time. */
struct xenpt_tlb;

/** Most entries of a structure without a limit; beyond it, the least recently used goes. */
#define XENPT_TLB_ENTRIES_MAX (1u << 18)

/**
 * Empty caches.
 * @param part  Borrowed; it may be one of the caller's own.
 * @return #XENPT_OK, #XENPT_ERANGE for a part that xenpt_tlb_part_check() refuses,
 *         #XENPT_ENOMEM.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_tlb_create(const struct xenpt_tlb_part *part,
                                                       struct xenpt_tlb **ret,
                                                       struct xenpt_error *err);
/** Frees caches; NULL is fine. */
XENPT_API void xenpt_tlb_destroy(struct xenpt_tlb *tlb);
/** A copy of all that is cached, for going back to.  Costs its size: 20 KiB to 300 KiB. */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_tlb_copy(const struct xenpt_tlb *tlb, struct xenpt_tlb **ret, struct xenpt_error *err);
/** The part that caches were made of.  Borrowed. */
XENPT_API const struct xenpt_tlb_part *xenpt_tlb_part_of(const struct xenpt_tlb *tlb);

/** What a cached entry is derived from; Intel SDM vol. 3, "Information That May Be Cached". */
enum xenpt_tlb_kind {
    XENPT_TLB_LINEAR,   /**< A first stage alone; AMD: of any guest of this ASID. */
    XENPT_TLB_COMBINED, /**< A guest's linear address through both stages. */
    XENPT_TLB_GUEST,    /**< A second stage alone: a guest-physical address. */
    XENPT_NR_TLB_KINDS, /**< How many there are. */
};

/** "linear", "combined", "guest-physical". */
XENPT_API const char *xenpt_tlb_kind_name(enum xenpt_tlb_kind kind);

/** A cached entry, for lists and traces. */
struct xenpt_tlb_entry {
    const struct xenpt_tlb_unit *unit; /**< Where it is. */
    enum xenpt_tlb_kind kind;          /**< What it is derived from. */
    bool table;     /**< It leads to a table: an entry of a paging-structure cache. */
    bool global;    /**< Used under any PCID. */
    uint16_t pcid;  /**< PCID it belongs to... */
    uint16_t vpid;  /**< ...and VPID, or ASID... */
    uint64_t root;  /**< ...and root of the EPT; 0 if it has none. */
    uint64_t first; /**< First address that it is for... */
    uint64_t span;  /**< ...and how many bytes, a power of two. */
    uint64_t out;   /**< Where the first of them leads, or the table. */
};

/** Gets one entry; @p entry is good until it returns. */
typedef void (*xenpt_tlb_entry_fn)(void *ctx, const struct xenpt_tlb_entry *entry);

/** Calls @p fn for each entry.  @return How many there are; @p fn may be NULL. */
XENPT_API size_t xenpt_tlb_each(const struct xenpt_tlb *tlb, xenpt_tlb_entry_fn fn, void *ctx);

/** What happened to caches since they were made. */
struct xenpt_tlb_stats {
    uint64_t accesses;   /**< Accesses through paging. */
    uint64_t hits;       /**< Of these, those that a TLB answered... */
    uint64_t later_hits; /**< ...and of these, one of stage 2. */
    uint64_t references; /**< Entries of tables read from memory. */
    uint64_t faults;     /**< Accesses refused. */
    uint64_t stale;      /**< Accesses whose answer was compared, and was stale. */
    uint64_t evicted;    /**< Entries that made room for others. */
    uint64_t dropped;    /**< Entries that an operation dropped, or a fault. */
};

/** Counts; see #xenpt_tlb_stats.  A copy begins with those of its original. */
XENPT_API struct xenpt_tlb_stats xenpt_tlb_stats(const struct xenpt_tlb *tlb);

/* --- Accesses ------------------------------------------------------------------------------ */

/** What a CPU runs on, at one moment.  A value; what it points to is borrowed. */
struct xenpt_tlb_context {
    const struct xenpt_paging *first;  /**< Paging of linear addresses, and its PCID. */
    const struct xenpt_paging *second; /**< EPT or NPT under it; NULL: none in use. */
    uint16_t vpid;                     /**< Current VPID, or ASID; 0 for a host. */
    const struct xenpt_reader *memory; /**< Where the tables are. */
    struct xenpt_store *store; /**< The same, to write A and D flags to; NULL: they are not kept. */
};

/** What an access comes to, by what is cached or by what is in memory. */
struct xenpt_tlb_answer {
    enum xenpt_outcome outcome; /**< As xenpt_walk() or xenpt_walk2() has it. */
    bool allowed;               /**< The access goes through. */
    enum xenpt_rule_id rule;    /**< What refused it, else NONE. */
    bool second;                /**< The second stage refused it. */
    struct xenpt_fault fault;   /**< What software sees, if refused. */
    uint64_t out;               /**< Machine address; valid if outcome is MAPPED, else 0. */
    uint64_t span;              /**< Bytes of the page, by the smaller stage; so with the rest. */
    unsigned int rights;        /**< Bit r: enum xenpt_right r, of the first stage. */
    unsigned int second_rights; /**< The same of the second stage; 0 without one. */
    uint8_t pkey;               /**< Protection key. */
    uint8_t pat;                /**< Type that the first stage's leaf selects in IA32_PAT. */
    uint8_t ept_type;           /**< Bits 6:3 of an EPT leaf; of NPT the PAT type it selects. */
    bool global;                /**< Used under any PCID. */
    bool accessed;              /**< No entry on the way has its A flag clear. */
    bool dirty;                 /**< No leaf has its D flag clear. */
};

/** In what the cached answer differs from memory's: rows of xenpt_tlb_stale(). */
enum xenpt_tlb_stale_id {
    XENPT_STALE_GONE,     /**< Memory has no translation any more. */
    XENPT_STALE_APPEARED, /**< Memory has a translation by now. */
    XENPT_STALE_FRAME,    /**< It leads elsewhere. */
    XENPT_STALE_GRANTS,   /**< The cache grants a right that memory does not. */
    XENPT_STALE_DENIES,   /**< Memory grants a right that the cache does not. */
    XENPT_STALE_SIZE,     /**< The page has another size. */
    XENPT_STALE_TYPE,     /**< It selects another memory type. */
    XENPT_STALE_PKEY,     /**< It has another protection key. */
    XENPT_STALE_GLOBAL,   /**< It is global here, and not there. */
    XENPT_STALE_ACCESSED, /**< An A flag was cleared, and no access will set it. */
    XENPT_STALE_DIRTY,    /**< A D flag was cleared, and no write will set it. */
    XENPT_NR_STALE,       /**< How many there are. */
};

/** A difference, in words. */
struct xenpt_tlb_stale {
    const char *name; /**< "frame". */
    const char *text; /**< What it means. */
};

/** The row of a difference. */
XENPT_API const struct xenpt_tlb_stale *xenpt_tlb_stale(enum xenpt_tlb_stale_id id);

/** Bits of xenpt_tlb_result::stale that are no harm by themselves: A and D flags. */
#define XENPT_STALE_FLAGS (1u << XENPT_STALE_ACCESSED | 1u << XENPT_STALE_DIRTY)

/** xenpt_tlb_result::unit if no TLB answered. */
#define XENPT_TLB_WALKED 0xff

/** How an access went. */
struct xenpt_tlb_result {
    struct xenpt_tlb_answer used;  /**< What the CPU goes by. */
    struct xenpt_tlb_answer fresh; /**< What memory says afterwards, if it was asked. */
    unsigned int stale;            /**< Bit i: enum xenpt_tlb_stale_id i; 0 if it was not asked. */
    uint8_t unit;                  /**< Index in xenpt_tlb_part::unit, or #XENPT_TLB_WALKED. */
    uint8_t level;           /**< Level of the first table that a walk read; 0: it read none. */
    bool several;            /**< Entries for pages of different sizes answered. */
    unsigned int references; /**< Entries of tables read from memory. */
    unsigned int guest_hits; /**< Guest-physical addresses that were found cached. */
    unsigned int updates;    /**< Entries in memory of which A or D was set. */
    unsigned int dropped;    /**< Cached entries that a fault dropped. */
};

/**
 * One access.  A TLB answers, with the rights that it remembers weighed under the registers of
 * this moment, or a walk does, which begins as low as paging-structure caches allow, sets A and
 * D, and is remembered.
 *
 * A write through an entry that remembers D clear walks again.  An access that is refused
 * drops what it used, so that it is not refused again by what is stale: see
 * #XENPT_TLB_PAGE_FAULT and #XENPT_TLB_EPT_VIOLATION.
 *
 * Model: a refusal by a cached translation is delivered, though memory might grant the access;
 * the SDM allows such spurious faults, and most processors look again first.
 *
 * Model: only what was allowed is cached of a first stage: a walk that faults may leave entries
 * of upper levels, and is not modelled to.
 *
 * Model: a guest without paging is served by guest-physical entries alone; the SDM also allows
 * combined ones.
 *
 * @param compare  Walk memory as well, for xenpt_tlb_result::fresh and stale.
 * @return #XENPT_OK, whatever came of the access; #XENPT_ENOMEM, and #XENPT_ERANGE if an A or D
 *         flag cannot be written to the store.  A failed access leaves the caches usable.
 */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_tlb_access(struct xenpt_tlb *tlb, const struct xenpt_tlb_context *context,
                 const struct xenpt_access *access, uint64_t in, bool compare,
                 struct xenpt_tlb_result *ret, struct xenpt_error *err);

/** What memory says of an access, with nothing cached asked and nothing changed. */
XENPT_API void xenpt_tlb_fresh(const struct xenpt_tlb_context *context,
                               const struct xenpt_access *access, uint64_t in,
                               struct xenpt_tlb_answer *ret);

/* --- Operations that invalidate ------------------------------------------------------------ */

/** Operations that invalidate what is cached, or may be thought to: rows of xenpt_tlb_event(). */
enum xenpt_tlb_event_id {
    XENPT_TLB_RESET,              /**< Power-up or reset. */
    XENPT_TLB_INVLPG,             /**< address. */
    XENPT_TLB_INVPCID_ADDRESS,    /**< Type 0: pcid, address. */
    XENPT_TLB_INVPCID_SINGLE,     /**< Type 1: pcid. */
    XENPT_TLB_INVPCID_ALL_GLOBAL, /**< Type 2. */
    XENPT_TLB_INVPCID_ALL,        /**< Type 3. */
    XENPT_TLB_CR3,                /**< MOV to CR3 without bit 63: pcid, the new one. */
    XENPT_TLB_CR3_NOFLUSH,        /**< MOV to CR3 with bit 63. */
    XENPT_TLB_TASK_SWITCH,        /**< A task switch that changes CR3. */
    XENPT_TLB_CR0_PG,             /**< MOV to CR0 that clears PG; AMD: or sets it. */
    XENPT_TLB_CR0_OTHER,          /**< MOV to CR0 that changes WP, or nothing of paging's. */
    XENPT_TLB_CR4_ALL,            /**< MOV to CR4 that changes PGE or clears PCIDE; AMD: or
                                       changes PSE or PAE. */
    XENPT_TLB_CR4_PCID,           /**< Intel: MOV to CR4 that changes PAE, or sets SMEP. */
    XENPT_TLB_CR4_OTHER,          /**< MOV to CR4 that changes none of these. */
    XENPT_TLB_EFER,               /**< WRMSR to EFER. */
    XENPT_TLB_PAGE_FAULT,         /**< #PF: address. */
    XENPT_TLB_EPT_VIOLATION,      /**< EPT violation or NPF: gaddr, and address if linear. */
    XENPT_TLB_VM_TRANSITION,      /**< Intel: VM entry or exit, "enable VPID" clear. */
    XENPT_TLB_VM_TRANSITION_VPID, /**< Intel: VM entry or exit, "enable VPID" set. */
    XENPT_TLB_INVVPID_ADDRESS,    /**< Type 0: vpid, address. */
    XENPT_TLB_INVVPID_SINGLE,     /**< Type 1: vpid. */
    XENPT_TLB_INVVPID_ALL,        /**< Type 2. */
    XENPT_TLB_INVVPID_LOCAL,      /**< Type 3, retaining globals: vpid. */
    XENPT_TLB_INVEPT_SINGLE,      /**< Type 1: root, an EPTP. */
    XENPT_TLB_INVEPT_ALL,         /**< Type 2. */
    XENPT_TLB_VMRUN_KEEP,         /**< VMRUN with TLB_CONTROL 0. */
    XENPT_TLB_VMRUN_ALL,          /**< VMRUN with TLB_CONTROL 1. */
    XENPT_TLB_VMRUN_ASID,         /**< VMRUN with TLB_CONTROL 3: vpid, the guest's ASID. */
    XENPT_TLB_VMRUN_ASID_LOCAL,   /**< VMRUN with TLB_CONTROL 7: vpid, the guest's ASID. */
    XENPT_TLB_VMEXIT,             /**< #VMEXIT. */
    XENPT_TLB_INVLPGA,            /**< vpid (the ASID), address. */
    XENPT_TLB_INVLPGB,            /**< broadcast, as INVLPGB: flags, address, pages, vpid, pcid. */
    XENPT_TLB_TLBSYNC,            /**< Whatever INVLPGB left to be done is done. */
    XENPT_NR_TLB_EVENTS,          /**< How many there are. */
};

/** An operation, in words. */
struct xenpt_tlb_event_row {
    const char *name;   /**< "INVLPG". */
    const char *drops;  /**< What it has to drop. */
    const char *keeps;  /**< What may be kept all the same: what "ideal" keeps. */
    const char *source; /**< Manual and section. */
};

/** The row of an operation. */
XENPT_API const struct xenpt_tlb_event_row *xenpt_tlb_event(enum xenpt_tlb_event_id id);

/** @name Bits of RAX that INVLPGB takes; AMD APM vol. 3, "INVLPGB". */
/** @{ */
/** As the manual has it. */
#define XENPT_INVLPGB_ADDRESS XENPT_BIT(0)
#define XENPT_INVLPGB_PCID    XENPT_BIT(1)
#define XENPT_INVLPGB_ASID    XENPT_BIT(2)
#define XENPT_INVLPGB_GLOBAL  XENPT_BIT(3)
#define XENPT_INVLPGB_FINAL   XENPT_BIT(4)
#define XENPT_INVLPGB_NESTED  XENPT_BIT(5)
/** @} */

/** EFER.TCE: on AMD, INVLPG and INVPCID spare entries for tables not on the address's way. */
#define XENPT_EFER_TCE XENPT_BIT(15)

/** One operation with its operands; those that an operation does not take are not read. */
struct xenpt_tlb_event {
    enum xenpt_tlb_event_id id; /**< Which. */
    uint64_t address;           /**< Linear address. */
    uint64_t gaddr;             /**< Guest-physical address of an EPT violation. */
    bool linear;                /**< EPT violation: @ref address was being translated. */
    uint16_t pcid;              /**< Of a descriptor, or of a new CR3. */
    uint16_t vpid;              /**< VPID, or ASID. */
    uint64_t root;              /**< EPTP of a descriptor; bits 51:12 count. */
    uint32_t flags;             /**< INVLPGB: XENPT_INVLPGB_... */
    uint32_t pages;             /**< INVLPGB: pages of 4 KiB from @ref address on; 0 is 1. */
};

/** What an operation dropped. */
struct xenpt_tlb_dropped {
    size_t translations; /**< Entries of TLBs. */
    size_t tables;       /**< Entries of paging-structure caches. */
};

/**
 * Does what an operation has to, and no more.
 *
 * Model: INVLPGB takes effect on each CPU it is applied to at the latest with TLBSYNC of the one
 * that issued it.  Apply it to another CPU's caches when that one executes TLBSYNC, for the
 * worst case.
 *
 * @param context  What the CPU ran on when the operation began; its memory is not read.
 * @param fn       Told each entry before it goes; may be NULL.
 */
XENPT_API struct xenpt_tlb_dropped xenpt_tlb_apply(struct xenpt_tlb *tlb,
                                                   const struct xenpt_tlb_context *context,
                                                   const struct xenpt_tlb_event *event,
                                                   xenpt_tlb_entry_fn fn, void *ctx);

/** Registers that paging reads, as destinations of a write. */
enum xenpt_tlb_register {
    XENPT_TLB_REG_CR0,  /**< MOV to CR0. */
    XENPT_TLB_REG_CR3,  /**< MOV to CR3, bit 63 included. */
    XENPT_TLB_REG_CR4,  /**< MOV to CR4. */
    XENPT_TLB_REG_EFER, /**< WRMSR to EFER. */
};

/**
 * The operation that writing @p value to a register amounts to, given the registers in
 * xenpt_tlb_context::first.
 */
XENPT_API struct xenpt_tlb_event xenpt_tlb_register_event(const struct xenpt_tlb_context *context,
                                                          enum xenpt_tlb_register reg,
                                                          uint64_t value);

/** xenpt_tlb_register_event(), applied. */
XENPT_API struct xenpt_tlb_dropped xenpt_tlb_write_register(struct xenpt_tlb *tlb,
                                                            const struct xenpt_tlb_context *context,
                                                            enum xenpt_tlb_register reg,
                                                            uint64_t value, xenpt_tlb_entry_fn fn,
                                                            void *ctx);

#ifdef __cplusplus
}
#endif

#endif
