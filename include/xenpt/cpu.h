/**
 * @file cpu.h
 * The facts of a processor, and the control registers of a moment: all that decides how a
 * page table is read, apart from the table itself.
 */
#ifndef XENPT_CPU_H
#define XENPT_CPU_H

#include "xenpt/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Whose rules hold where the two differ. */
enum xenpt_vendor {
    XENPT_INTEL, /**< Intel SDM vol. 3. */
    XENPT_AMD,   /**< AMD APM vol. 2. */
};

/** What a processor can do, as CPUID and the VMX capability MSRs report it. */
struct xenpt_cpu {
    enum xenpt_vendor vendor; /**< Whose manual to follow. */
    uint8_t maxphyaddr;       /**< Width of a physical address in bits, 32 to 52. */
    bool nx;                  /**< EFER.NXE can be set. */
    bool gb_pages;            /**< 1 GiB pages in 4- and 5-level paging. */
    bool ept_gb_pages;        /**< 1 GiB pages in EPT. */
    bool ept_2m_pages;        /**< 2 MiB pages in EPT. */
    bool pse36;               /**< 4 MiB pages above 4 GiB. */
    bool smep;                /**< Supervisor-mode execution prevention. */
    bool smap;                /**< Supervisor-mode access prevention. */
    bool pku;                 /**< Protection keys for user pages. */
    bool pks;                 /**< Protection keys for supervisor pages. */
    bool la57;                /**< 5-level paging. */
    bool cet_ss;              /**< CET shadow stacks. */
    bool pcid;                /**< Process-context identifiers. */
    bool ept_ad;              /**< Accessed and dirty flags for EPT. */
    bool ept_mbec;            /**< Mode-based execute control for EPT. */
    bool ept_exec_only;       /**< Execute-only translations in EPT. */
    bool ept_sss;             /**< Supervisor-shadow-stack control for EPT. */
    bool ept_5level;          /**< EPT page-walk length 5. */
    bool ept_advanced_info;   /**< Bits 11:9 of an EPT violation's exit qualification. */
};

/**
 * A processor that refuses as little as it may: every feature, 52-bit addresses.  Right for
 * a dump of unknown origin, where a stricter guess would invent faults.
 */
XENPT_API struct xenpt_cpu xenpt_cpu_widest(enum xenpt_vendor vendor);

/** @name Control register bits: Intel SDM vol. 3, "Control Registers"; AMD APM vol. 2, 3.1. */
/** @{ */
/** As the manual has it. */
#define XENPT_CR0_PE      XENPT_BIT(0)
#define XENPT_CR0_WP      XENPT_BIT(16)
#define XENPT_CR0_NW      XENPT_BIT(29)
#define XENPT_CR0_CD      XENPT_BIT(30)
#define XENPT_CR0_PG      XENPT_BIT(31)
#define XENPT_CR4_PSE     XENPT_BIT(4)
#define XENPT_CR4_PAE     XENPT_BIT(5)
#define XENPT_CR4_PGE     XENPT_BIT(7)
#define XENPT_CR4_LA57    XENPT_BIT(12)
#define XENPT_CR4_PCIDE   XENPT_BIT(17)
#define XENPT_CR4_SMEP    XENPT_BIT(20)
#define XENPT_CR4_SMAP    XENPT_BIT(21)
#define XENPT_CR4_PKE     XENPT_BIT(22)
#define XENPT_CR4_CET     XENPT_BIT(23)
#define XENPT_CR4_PKS     XENPT_BIT(24)
#define XENPT_CR3_NOFLUSH XENPT_BIT(63)
#define XENPT_EFER_LME    XENPT_BIT(8)
#define XENPT_EFER_LMA    XENPT_BIT(10)
#define XENPT_EFER_NXE    XENPT_BIT(11)
#define XENPT_EFLAGS_AC   XENPT_BIT(18)
/** @} */

/** IA32_PAT after reset: WB WT UC- UC, twice. */
#define XENPT_PAT_RESET UINT64_C(0x0007040600070406)

/** The registers that paging reads. */
struct xenpt_regs {
    uint64_t cr0;  /**< Paging, protection, CR0.WP. */
    uint64_t cr3;  /**< The root table. */
    uint64_t cr4;  /**< The paging mode, and what it enforces. */
    uint64_t efer; /**< IA32_EFER. */
    uint32_t pkru; /**< Rights of user pages by key; used if CR4.PKE. */
    uint32_t pkrs; /**< IA32_PKRS: of supervisor pages; used if CR4.PKS. */
    uint64_t pat;  /**< IA32_PAT; 0 stands for #XENPT_PAT_RESET. */
};

/** What the bits of a CR3, EPTP or nCR3 say. */
struct xenpt_root_value {
    uint64_t table;      /**< Machine (or guest-physical) address of the root table. */
    uint16_t pcid;       /**< CR3 with CR4.PCIDE: the process-context identifier. */
    bool noflush;        /**< CR3 with CR4.PCIDE: bit 63 of a value to be loaded. */
    bool pwt;            /**< CR3 without PCIDE: cacheability of the root table, low bit... */
    bool pcd;            /**< ...and high bit. */
    uint8_t memory_type; /**< EPTP: 0 UC or 6 WB, for the EPT tables. */
    uint8_t levels;      /**< Levels of the walk it starts. */
    bool accessed_dirty; /**< EPTP: bit 6. */
    bool supervisor_ss;  /**< EPTP: bit 7, supervisor shadow-stack rights enforced. */
};

/**
 * Decodes a value to be loaded into CR3 under @p regs (its cr3 member is not read).
 * @return #XENPT_ESTATE with the reason where MOV to CR3 would raise #GP.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_decode_cr3(const struct xenpt_cpu *cpu,
                                                       const struct xenpt_regs *regs,
                                                       uint64_t value, struct xenpt_root_value *ret,
                                                       struct xenpt_error *err);

/**
 * Decodes an EPT pointer.
 * @return #XENPT_ESTATE with the reason where VM entry would fail; Intel SDM vol. 3,
 *         "VM-Execution Control Fields" and "Extended-Page-Table Pointer (EPTP)".
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_decode_eptp(const struct xenpt_cpu *cpu, uint64_t value,
                                                        struct xenpt_root_value *ret,
                                                        struct xenpt_error *err);

/**
 * Decodes an nCR3 (Xen: h_cr3), given the registers of the host at VMRUN.
 * @return #XENPT_ESTATE with the reason where VMRUN would fail; AMD APM vol. 2, 15.25.
 */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_decode_ncr3(const struct xenpt_cpu *cpu, const struct xenpt_regs *host, uint64_t value,
                  struct xenpt_root_value *ret, struct xenpt_error *err);

#ifdef __cplusplus
}
#endif

#endif
