/**
 * @file judge.h
 * Does a translation permit this access?  And if not: the exact fault.
 *
 * judge never reads memory.  It weighs the record of a walk, names the rule that decided, and
 * lists the A and D updates in the order the processor makes them.
 */
#ifndef XENPT_JUDGE_H
#define XENPT_JUDGE_H

#include "xenpt/paging.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What is done with the address. */
enum xenpt_access_kind {
    XENPT_READ,  /**< Data read. */
    XENPT_WRITE, /**< Data write, or locked read-modify-write. */
    XENPT_FETCH, /**< Instruction fetch. */
};

/** One access.  All zero: a supervisor data read with EFLAGS.AC clear. */
struct xenpt_access {
    enum xenpt_access_kind kind; /**< Read, write or fetch. */
    uint8_t cpl;                 /**< 0 to 3; 3 is user mode (WRUSS counts as 3 at any CPL). */
    bool implicit;               /**< The processor's own access to a GDT, TSS, ...: supervisor
                                      mode at any CPL, and never excused from SMAP by AC. */
    bool shadow_stack;           /**< By CALL, RET, WRSS, ...: to a shadow stack. */
    bool ac;                     /**< EFLAGS.AC. */
    bool stack_segment;          /**< Through SS: a non-canonical address is #SS, not #GP. */
};

/** The rules by which an access can be refused: one row each in xenpt_rule(). */
enum xenpt_rule_id {
    XENPT_RULE_NONE,          /**< It was not refused. */
    XENPT_RULE_NON_CANONICAL, /**< The address is not canonical. */
    XENPT_RULE_TOO_WIDE,      /**< The address has bits above the format's width. */
    XENPT_RULE_NOT_PRESENT,   /**< An entry is not present. */
    XENPT_RULE_RESERVED,      /**< An entry has a reserved bit set. */
    XENPT_RULE_PDPTE,         /**< A PAE PDPTE could not have been loaded. */
    XENPT_RULE_NO_MEMORY,     /**< A table lies outside memory; no architectural fault. */
    XENPT_RULE_USER,          /**< User access to a supervisor address. */
    XENPT_RULE_WRITE,         /**< Write to a read-only page. */
    XENPT_RULE_EXECUTE,       /**< Fetch from a page without execute right. */
    XENPT_RULE_SMEP,          /**< Supervisor fetch from a user address. */
    XENPT_RULE_SMAP,          /**< Supervisor data access to a user address. */
    XENPT_RULE_PKEY,          /**< Protection key, PKRU or PKRS. */
    XENPT_RULE_SHADOW_STACK,  /**< Shadow-stack access to a page that is no shadow stack. */
    XENPT_RULE_READ,          /**< EPT: read of an unreadable page. */
    XENPT_RULE_EPT_MISCONFIG, /**< EPT misconfiguration. */
    XENPT_RULE_TABLE,         /**< The second stage refuses the address of a guest table. */
    XENPT_RULE_NPT_USER,      /**< Nested entry without U/S: every guest access is a user's. */
    XENPT_NR_RULES,           /**< How many there are. */
};

/** One rule, in words. */
struct xenpt_rule {
    const char *name;   /**< A short name: "smep". */
    const char *text;   /**< What it says, in one sentence. */
    const char *source; /**< Manual and section. */
};

/** The row of a rule. */
XENPT_API const struct xenpt_rule *xenpt_rule(enum xenpt_rule_id id);

/** How a refusal reaches software. */
enum xenpt_fault_kind {
    XENPT_FAULT_NONE,          /**< No fault: allowed, or nothing the architecture defines. */
    XENPT_FAULT_PF,            /**< #PF, vector 14; the address is CR2. */
    XENPT_FAULT_GP,            /**< #GP(0), vector 13. */
    XENPT_FAULT_SS,            /**< #SS(0), vector 12. */
    XENPT_FAULT_EPT_VIOLATION, /**< VM exit 48; the code is the exit qualification. */
    XENPT_FAULT_EPT_MISCONFIG, /**< VM exit 49; there is no qualification. */
    XENPT_FAULT_NPF,           /**< #VMEXIT(NPF); the code is EXITINFO1. */
    XENPT_FAULT_VC,            /**< #VC, vector 29, of an encrypted guest; the code is that of the
                                    exit that it stands for, the address is CR2. */
    XENPT_NR_FAULT_KINDS,      /**< How many there are. */
};

/** "none", "#PF", "#GP", "#SS", "EPT violation", "EPT misconfiguration", "NPF", "#VC". */
XENPT_API const char *xenpt_fault_name(enum xenpt_fault_kind kind);

/** @name Bits of a #PF error code; Intel SDM vol. 3, "Page-Fault Exceptions". */
/** @{ */
/** As the manual has it. */
#define XENPT_PF_P    XENPT_BIT(0)
#define XENPT_PF_W    XENPT_BIT(1)
#define XENPT_PF_U    XENPT_BIT(2)
#define XENPT_PF_RSVD XENPT_BIT(3)
#define XENPT_PF_I    XENPT_BIT(4)
#define XENPT_PF_PK   XENPT_BIT(5)
#define XENPT_PF_SS   XENPT_BIT(6)
/* 7 (HLAT), 15 (SGX) and 31 (RMP) belong to features that xenpt does not model. */
/** @} */

/** @name Bits that EXITINFO1 of an NPF adds to them; AMD APM vol. 2, 15.25.6. */
/** @{ */
/** The guest-physical address is of the page (FINAL) or of a guest's table (TABLE). */
#define XENPT_NPF_FINAL XENPT_BIT(32)
#define XENPT_NPF_TABLE XENPT_BIT(33)
/* 34 to 37 belong to SEV-SNP and to supervisor shadow stacks under NPT, not modelled. */
/** @} */

/** @name Bits of an EPT-violation exit qualification; Intel SDM vol. 3, 28.2.1. */
/** @{ */
/** What the access was, what the entries allow (CAN), and what the linear address is to it. */
#define XENPT_EPTV_READ       XENPT_BIT(0)
#define XENPT_EPTV_WRITE      XENPT_BIT(1)
#define XENPT_EPTV_FETCH      XENPT_BIT(2)
#define XENPT_EPTV_CAN_READ   XENPT_BIT(3)
#define XENPT_EPTV_CAN_WRITE  XENPT_BIT(4)
#define XENPT_EPTV_CAN_FETCH  XENPT_BIT(5)
#define XENPT_EPTV_CAN_UFETCH XENPT_BIT(6)
#define XENPT_EPTV_LINEAR     XENPT_BIT(7)
#define XENPT_EPTV_FINAL      XENPT_BIT(8)
#define XENPT_EPTV_LINEAR_U   XENPT_BIT(9)
#define XENPT_EPTV_LINEAR_W   XENPT_BIT(10)
#define XENPT_EPTV_LINEAR_NX  XENPT_BIT(11)
#define XENPT_EPTV_SHSTK      XENPT_BIT(13)
#define XENPT_EPTV_SSS        XENPT_BIT(14)
/** @} */

/** A fault, as software is told of it. */
struct xenpt_fault {
    enum xenpt_fault_kind kind; /**< Which. */
    uint8_t vector;             /**< Exception vector; 0 for a VM exit. */
    uint64_t code;              /**< #PF error code, exit qualification or EXITINFO1. */
    uint64_t address;           /**< CR2, or the guest-physical address of a VM exit. */
};

/** One change the processor makes to an entry. */
struct xenpt_update {
    uint64_t at;   /**< Address of the entry, in the space its tables live in. */
    uint64_t set;  /**< The bits it sets. */
    uint8_t level; /**< Of the table it lies in. */
};

/** What judge found. */
struct xenpt_verdict {
    bool allowed;             /**< The access goes through. */
    enum xenpt_rule_id rule;  /**< What refused it, else NONE. */
    uint8_t level;            /**< Level of the entry that decided; 0: none did. */
    uint64_t bits;            /**< The bits of that entry that decided. */
    struct xenpt_fault fault; /**< What software sees. */
    unsigned int nr_updates;  /**< Of @ref update, in order; none unless allowed. */
    struct xenpt_update update[XENPT_TOP_MAX]; /**< A and D flags to be set. */
};

/**
 * Weighs the record of a walk.
 *
 * Model: A and D are updated only by an access that is allowed, root first, the leaf's A and
 * D in one write.  Silicon may set A in the upper entries of a walk that then faults, and may
 * set A speculatively (Intel SDM vol. 3, "Accessed and Dirty Flags"); both are permitted, and
 * software cannot rely on either.
 *
 * A walk of a second stage is judged as the final access of a guest whose linear address is
 * valid; judging the whole of a two-dimensional walk is nested.h's.
 */
XENPT_API void xenpt_judge(const struct xenpt_paging *pg, const struct xenpt_walk *walk,
                           const struct xenpt_access *access, struct xenpt_verdict *ret);

/* --- Many addresses, one kind of access ---------------------------------------------------- */

/** An access weighed beforehand, for xenpt_translate(). */
struct xenpt_ask {
    uint64_t mask;              /**< Of "granted", these bits... */
    uint64_t value;             /**< ...have this value: allowed at once. */
    uint64_t need;              /**< Bits that must all be set... */
    uint64_t shun;              /**< ...and that must all be clear, not to be refused. */
    uint64_t accessed;          /**< The flag it sets in every entry: A... */
    uint64_t dirty;             /**< ...and in the leaf: D. */
    uint64_t code;              /**< The code of a fault at an entry that is not present... */
    uint64_t refused;           /**< ...and where rights refuse it, if @ref simple. */
    bool simple;                /**< Only @ref need and @ref shun can refuse what is mapped... */
    uint8_t refusing[16];       /**< ...and which rule does, by the lowest bits of "granted"
                                     rotated left by one: NX, P, RW, US.  0: none, or ask on. */
    struct xenpt_access access; /**< What was asked. */
};

/** Weighs @p access under @p pg once. */
XENPT_API void xenpt_ask_init(struct xenpt_ask *ret, const struct xenpt_paging *pg,
                              const struct xenpt_access *access);

/** The short form of walk and verdict: all that most callers need, in 40 bytes. */
struct xenpt_translation {
    uint64_t out;     /**< Where the address leads; valid if outcome is MAPPED. */
    uint64_t entry;   /**< The last entry that was read. */
    uint64_t granted; /**< As in xenpt_walk. */
    uint64_t code;    /**< As xenpt_fault::code, if refused. */
    uint16_t set;     /**< Flags the access would set: A if some entry lacks it, D if the
                           leaf does; see xenpt_format::accessed.  0 if refused. */
    uint8_t outcome;  /**< An enum xenpt_outcome. */
    uint8_t level;    /**< Of the last entry that was read; 0: none was. */
    uint8_t rule;     /**< The enum xenpt_rule_id that refused; 0: allowed. */
};

/**
 * Walks and judges one address.
 * Agrees with xenpt_walk() and xenpt_judge() in every member, but leaves no record.
 * @return Whether the access is allowed.
 */
XENPT_API bool xenpt_translate(const struct xenpt_paging *pg, const struct xenpt_reader *mem,
                               const struct xenpt_ask *ask, uint64_t in,
                               struct xenpt_translation *ret);

/**
 * Walks and judges @p n addresses; the same answers as @p n calls of xenpt_translate(), but
 * with the memory accesses of many walks under way at once.
 * @return How many were allowed.
 */
XENPT_API size_t xenpt_translate_many(const struct xenpt_paging *pg, const struct xenpt_reader *mem,
                                      const struct xenpt_ask *ask, size_t n, const uint64_t in[],
                                      struct xenpt_translation ret[]);

#ifdef __cplusplus
}
#endif

#endif
