/* rules.h - the rows of Xen's rules by number, and what a check asks of them. */
#ifndef XENPT_PV_RULES_H
#define XENPT_PV_RULES_H

#include "xenpt/pv.h"

enum rule {
    /* Entries. */
    RULE_L1_FLAGS,
    RULE_L2_FLAGS,
    RULE_L2_SUPERPAGE,
    RULE_L2_SUPERPAGE_NEW,
    RULE_L3_FLAGS,
    RULE_L4_FLAGS,
    RULE_FAST_PATH,
    RULE_TABLE_OWNER,
    RULE_TABLE_TYPE,
    RULE_TYPE_OVERFLOW,
    /* What an L1 entry leads to. */
    RULE_MMIO_INVALID,
    RULE_MMIO_PERMISSION,
    RULE_MMIO_UNCACHED,
    RULE_L1_OWNER,
    RULE_L1_WRITABLE,
    RULE_L1_CACHE_SPECIAL,
    /* Linear tables. */
    RULE_LINEAR_SWITCH,
    RULE_LINEAR_READ_ONLY,
    RULE_LINEAR_OWNER,
    RULE_LINEAR_VALIDATED,
    RULE_LINEAR_DEPTH,
    RULE_LINEAR_PAE,
    /* Slots. */
    RULE_L2_XEN_SLOT,
    RULE_L3_PAE_SLOT,
    RULE_L4_XEN_SLOT,
    RULE_PAE_SLOT3_PRESENT,
    RULE_PAE_SLOT3_SHARED,
    RULE_PAE_BELOW_4G,
    RULE_L1TF,
    /* Flushes. */
    RULE_TYPE_FLUSH,
    RULE_LINEAR_FLUSH,
    RULE_ROOT_FLUSH,
    RULE_NON_COHERENT,
    /* mmu_update. */
    RULE_OWN_DOMID,
    RULE_UNKNOWN_DOMAIN,
    RULE_FOREIGN_RIGHT,
    RULE_PT_OWNER_PV,
    RULE_ENTRY_FRAME,
    RULE_ENTRY_TYPE,
    RULE_UPPER_FOREIGN,
    RULE_FOREIGN_GFN,
    RULE_MMU_COMMAND,
    RULE_M2P_OWN,
    RULE_M2P_TRANSLATED,
    RULE_M2P_FRAME,
    RULE_VA_L1,
    /* mmuext_op. */
    RULE_MMUEXT_PV,
    RULE_PIN_FRAME,
    RULE_PIN_TWICE,
    RULE_UNPIN_FRAME,
    RULE_UNPIN_PINNED,
    RULE_MMUEXT_OWN,
    RULE_USER_BASE_64,
    RULE_LDT_SIZE,
    RULE_LDT_ADDRESS,
    RULE_CACHE_LOCAL,
    RULE_CACHE_GLOBAL_OLD,
    RULE_CACHE_GLOBAL,
    RULE_PAGE_PLAIN,
    RULE_PAGE_WRITABLE,
    RULE_MARK_SUPER,
    RULE_MMUEXT_COMMAND,
    /* Descriptors. */
    RULE_GDT_SIZE,
    RULE_GDT_FRAME,
    RULE_DESCRIPTOR,
    RULE_DESCRIPTOR_ALIGNED,
    RULE_DESCRIPTOR_FRAME,
    /* Writable page tables. */
    RULE_PTWR_ASKED,
    RULE_PTWR_READ_ONLY,
    RULE_PTWR_L1,
    RULE_PTWR_ALIGNED,
    RULE_PTWR_UPPER_HALF,
    /* vm_assist. */
    RULE_ASSIST_TYPE,
    RULE_ASSIST_COMMAND,
    /* memory_op. */
    RULE_MEMORY_ORDER,
    RULE_MEMORY_DOMAIN,
    RULE_MEMORY_RIGHT,
    RULE_MEMORY_BITS,
    RULE_MEMORY_MAX,
    RULE_MEMORY_FREE,
    RULE_MEMORY_OWN,
    RULE_MEMORY_FLUSH,
    RULE_EXCHANGE_ORDER,
    RULE_EXCHANGE_SIZES,
    RULE_EXCHANGE_BASE,
    RULE_EXCHANGE_ARRAY,
    RULE_EXCHANGE_FREE,
    RULE_EXCHANGE_WRITE,
    RULE_STEAL_OWNER,
    RULE_STEAL_REFERENCES,
    RULE_STEAL_TYPE,
    RULE_TRANSFER_FREE,
    RULE_TRANSFER_ROOM,
    /* iret, multicall, and who has hypercalls. */
    RULE_IRET_FRAME,
    RULE_IRET_USER_TABLE,
    RULE_IRET_RING_0,
    RULE_MULTICALL_IRET,
    RULE_MULTICALL_NESTED,
    RULE_HVM_HYPERCALL,
    RULE_HVM_MULTICALL,
    RULE_HVM_MMUEXT,
    RULE_HVM_PINS,
    /* What a fault leads to. */
    RULE_MMCFG_ALIGNED,
    RULE_LDT_LIMIT,
    RULE_LDT_MAPPED,
    RULE_LDT_FRAME,
    /* What vCPUs do at the same time, and pre-emption. */
    RULE_TYPE_FLUSH_AFTER,
    RULE_TYPE_FLUSH_FROM,
    RULE_LOCK_LAST,
    RULE_PREEMPT_PUT,
    RULE_PREEMPT_L3,
    RULE_PIN_ERROR_REF,
    RULE_PARTIAL_CLEARED,
    RULE_PARTIAL_REF,
    RULE_PARTIAL_HELD,
    RULE_PARTIAL_KEPT,
    RULE_LINEAR_KEPT,
    NR_RULES,
};

/* The error of a call after which the domain is none that runs: no number of Xen's. */
#define CRASH "crash"
/* Whether a release has it. */
bool rule_has(enum rule rule, struct xenpt_release release);
/* What Xen has no error for: it returns how many were done. */
#define SHORT_OF 998
/* The number of an error by its name. */
int error_number(const char *name);
/* The name of one that is not negated; "ok" for 0. */
const char *error_name(int number);

#endif
