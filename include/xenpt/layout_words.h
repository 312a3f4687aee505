/**
 * @file layout_words.h
 * The words of layouts: kinds of root, conditions, what fills an area and who shares it.
 */
#ifndef XENPT_LAYOUT_WORDS_H
#define XENPT_LAYOUT_WORDS_H

#include "xenpt/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A word of a layout file, and what it means.  Rows, so that documents say the same. */
struct xenpt_word {
    const char *name; /**< As a file has it: "pv64-kernel". */
    const char *text; /**< In a sentence. */
};

/** What a root table is for.  An area says which of these carry it. */
enum xenpt_root_kind {
    XENPT_ROOT_IDLE,         /**< Xen's own table, which idle CPUs run on. */
    XENPT_ROOT_PV64_KERNEL,  /**< A 64-bit PV guest's L4, for its kernel. */
    XENPT_ROOT_PV64_USER,    /**< The same, for its user mode. */
    XENPT_ROOT_PV64_SHADOW,  /**< Xen's shadow of either. */
    XENPT_ROOT_PV32,         /**< Xen's L4 of a vCPU of a 32-bit PV guest. */
    XENPT_ROOT_XPTI,         /**< A CPU's own, while a 64-bit PV guest executes under XPTI. */
    XENPT_ROOT_HAP,          /**< Monitor table of an HVM or PVH vCPU under HAP. */
    XENPT_ROOT_SHADOW,       /**< The same under shadow paging. */
    XENPT_ROOT_LINUX_KERNEL, /**< Linux: a process, in kernel mode. */
    XENPT_ROOT_LINUX_USER,   /**< Linux: the same in user mode, with page-table isolation. */
    XENPT_NR_ROOT_KINDS,     /**< How many there are. */
};

/** Name and meaning of a kind of root. */
XENPT_API const struct xenpt_word *xenpt_root_kind_word(enum xenpt_root_kind kind);

/** Room for any list of kinds of root. */
#define XENPT_ROOT_KINDS_TEXT_MAX 128
/** Kinds of root as a file would have them, groups first: "xen xpti". @return @p buf. */
XENPT_API const char *xenpt_root_kinds_text(unsigned int kinds,
                                            char buf[XENPT_ROOT_KINDS_TEXT_MAX]);

/** What must be so for an area, or a part, to be there.  Facts of a build, a host or a CPU. */
enum xenpt_condition {
    XENPT_IF_PV32,         /**< Xen is built with 32-bit PV. */
    XENPT_IF_DEBUG,        /**< A debug build. */
    XENPT_IF_HYPERV_GUEST, /**< Built to run on Hyper-V, and it does. */
    XENPT_IF_SUPERPAGES,   /**< `allowsuperpage` on Xen's command line. */
    XENPT_IF_MMCFG,        /**< The host has PCI configuration space in memory. */
    XENPT_IF_HIGH_RAM,     /**< RAM above what the directmap of a PV root reaches. */
    XENPT_IF_RAN_PV,       /**< The CPU has run a 64-bit PV vCPU. */
    XENPT_IF_M2P_STRICT,   /**< The guest asked for m2p_strict. */
    XENPT_IF_PAE_GUEST,    /**< The guest under shadow paging has fewer than 4 levels. */
    XENPT_IF_PTI,          /**< Linux isolates its page tables. */
    XENPT_IF_KASAN,        /**< Linux is built with KASAN. */
    XENPT_NR_CONDITIONS,   /**< How many there are. */
};

/** Name and meaning of a condition. */
XENPT_API const struct xenpt_word *xenpt_condition_word(enum xenpt_condition condition);

/** What decides which addresses of an area are mapped, and to what. */
enum xenpt_fill {
    XENPT_FILL_NONE,       /**< Nothing is: it is reserved, or unused. */
    XENPT_FILL_GUEST,      /**< The guest, or a program, maps what it likes. */
    XENPT_FILL_RAM,        /**< Each byte of RAM, at its machine address from the first on. */
    XENPT_FILL_M2P,        /**< An entry for each frame of RAM: machine to guest's frame. */
    XENPT_FILL_FRAMETABLE, /**< A record for each frame of RAM: struct page_info. */
    XENPT_FILL_MMCFG,      /**< PCI configuration space, a segment after the other. */
    XENPT_FILL_SELF,       /**< The root table itself: its slot is a linear page table. */
    XENPT_FILL_SHADOW,     /**< The shadow in use, in the same way. */
    XENPT_FILL_DOMAIN,     /**< Pages of the domain: what is inside says which. */
    XENPT_FILL_MIRROR,     /**< What another area has: one entry stands in both slots. */
    XENPT_FILL_IMAGE,      /**< The hypervisor's, or the kernel's, image. */
    XENPT_FILL_DEMAND,     /**< Whatever code asks to have mapped. */
    XENPT_FILL_FIXED,      /**< Pages whose place is fixed: the parts say which. */
    XENPT_FILL_INSIDE,     /**< Only what the areas inside of it say. */
    XENPT_NR_FILLS,        /**< How many there are. */
};

/** Name and meaning of a way to fill an area. */
XENPT_API const struct xenpt_word *xenpt_fill_word(enum xenpt_fill fill);

/** Whose the tables below the root's entry are: who else has the same ones. */
enum xenpt_sharing {
    XENPT_SHARED_UNSTATED, /**< The layout does not say. */
    XENPT_SHARED_MACHINE,  /**< One for the machine: all roots that carry it lead to it. */
    XENPT_SHARED_DOMAIN,   /**< One for each domain, of all its vCPUs. */
    XENPT_SHARED_ROOT,     /**< One for each root. */
    XENPT_SHARED_CPU,      /**< One for each physical CPU. */
    XENPT_SHARED_XPTI,     /**< One for the XPTI roots of all CPUs. */
    XENPT_SHARED_GUEST,    /**< The guest's own; it decides. */
    XENPT_NR_SHARINGS,     /**< How many there are. */
};

/** Name and meaning of a way to share. */
XENPT_API const struct xenpt_word *xenpt_sharing_word(enum xenpt_sharing sharing);

/** What an area, or a part of one, is repeated for. */
enum xenpt_each {
    XENPT_EACH_ONCE, /**< It is not. */
    XENPT_EACH_VCPU, /**< Each vCPU of the domain. */
    XENPT_EACH_CPU,  /**< Each physical CPU. */
    XENPT_NR_EACH,   /**< How many there are. */
};

/** Name and meaning of what an area is repeated for. */
XENPT_API const struct xenpt_word *xenpt_each_word(enum xenpt_each each);

#ifdef __cplusplus
}
#endif

#endif
