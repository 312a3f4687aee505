/*
 * tlb_scopes.h - operations that invalidate: a row for each, which says what has to go, in words
 * and in a form that tags can be held against.  Data only.
 */
#ifndef XENPT_ARCH_TLB_SCOPES_H
#define XENPT_ARCH_TLB_SCOPES_H

#include "arch/tlb.h"

/* Whose entries go, of one of the marks that tags carry. */
enum who {
    ANYONE,
    CURRENT, /* Of what the CPU runs on. */
    GIVEN,   /* Of the operand. */
    ZERO,
    NOT_ZERO,
};

enum tables {
    NO_TABLES,
    ON_THE_WAY, /* Those that lead to the address. */
    ALL_TABLES,
    BY_TCE,          /* Intel: ON_THE_WAY; AMD: that, or with EFER.TCE clear ALL_TABLES. */
    BY_TCE_OR_INTEL, /* AMD with EFER.TCE: ON_THE_WAY; else ALL_TABLES. */
};

enum globals {
    KEPT,
    LIKE_OTHERS, /* By the PCID that they were made under. */
    OF_ANY_PCID,
};

#define LINEAR   (1u << XENPT_TLB_LINEAR)
#define COMBINED (1u << XENPT_TLB_COMBINED)
#define GUEST    (1u << XENPT_TLB_GUEST)
#define BOTH     (LINEAR | COMBINED)

/* What goes.  All zero: nothing. */
struct scope {
    unsigned int kinds;
    enum who vpid, pcid, root;
    bool page; /* Only translations of the address; else of all addresses. */
    enum tables tables;
    enum globals globals;
};

#define PAGING  "Intel SDM vol. 3, \"Operations that Invalidate TLBs and Paging-Structure Caches\""
#define NEEDNOT "Intel SDM vol. 3, \"Operations that Need Not Invalidate Cached Mappings\""
#define VMX     "Intel SDM vol. 3, \"Operations that Invalidate Cached Mappings\""
#define APM     "AMD APM vol. 2, "
#define OTHERS  "entries of other PCIDs and VPIDs or ASIDs, and guest-physical ones"

/* clang-format off */

static const struct {
    struct xenpt_tlb_event_row row;
    struct scope scope[2];
} events[XENPT_NR_TLB_EVENTS] = {
    [XENPT_TLB_RESET] = {
        { "reset", "everything", "nothing", VMX },
        { { BOTH | GUEST, .tables = ALL_TABLES, .globals = OF_ANY_PCID } } },
    [XENPT_TLB_INVLPG] = {
        { "INVLPG", "translations of the page under the current PCID, global ones under any; all tables of the current PCID (AMD with EFER.TCE: those on the way)",
          OTHERS, PAGING "; " APM "5.5 and \"EFER: Translation Cache Extension\"" },
        { { BOTH, CURRENT, CURRENT, .page = true, .tables = BY_TCE_OR_INTEL, .globals = OF_ANY_PCID } } },
    [XENPT_TLB_INVPCID_ADDRESS] = {
        { "INVPCID type 0", "translations of the address under the PCID that are not global, and tables on its way (AMD without EFER.TCE: all tables of the PCID)",
          "global translations, " OTHERS, PAGING "; " APM "\"EFER: Translation Cache Extension\"" },
        { { BOTH, CURRENT, GIVEN, .page = true, .tables = BY_TCE } } },
    [XENPT_TLB_INVPCID_SINGLE] = {
        { "INVPCID type 1", "all of the PCID but global translations", "global translations, " OTHERS, PAGING },
        { { BOTH, CURRENT, GIVEN, .tables = ALL_TABLES } } },
    [XENPT_TLB_INVPCID_ALL_GLOBAL] = {
        { "INVPCID type 2", "all of every PCID, global translations included", "entries of other VPIDs or ASIDs, and guest-physical ones", PAGING },
        { { BOTH, CURRENT, .tables = ALL_TABLES, .globals = OF_ANY_PCID } } },
    [XENPT_TLB_INVPCID_ALL] = {
        { "INVPCID type 3", "all of every PCID but global translations", "global translations, entries of other VPIDs or ASIDs, and guest-physical ones", PAGING },
        { { BOTH, CURRENT, .tables = ALL_TABLES } } },
    [XENPT_TLB_CR3] = {
        { "MOV to CR3", "all of the new value's PCID but global translations", "global translations, " OTHERS, PAGING },
        { { BOTH, CURRENT, GIVEN, .tables = ALL_TABLES } } },
    [XENPT_TLB_CR3_NOFLUSH] = {
        { "MOV to CR3 with bit 63", "nothing", "everything", PAGING }, { { 0 } } },
    [XENPT_TLB_TASK_SWITCH] = {
        { "task switch", "all of PCID 0 but global translations", "global translations, entries of other VPIDs or ASIDs, and guest-physical ones", PAGING },
        { { BOTH, CURRENT, ZERO, .tables = ALL_TABLES } } },
    [XENPT_TLB_CR0_PG] = {
        { "MOV to CR0, PG", "all of every PCID, global translations included", "entries of other VPIDs or ASIDs, and guest-physical ones", PAGING "; " APM "5.5.2" },
        { { BOTH, CURRENT, .tables = ALL_TABLES, .globals = OF_ANY_PCID } } },
    [XENPT_TLB_CR0_OTHER] = {
        { "MOV to CR0", "nothing", "everything", PAGING }, { { 0 } } },
    [XENPT_TLB_CR4_ALL] = {
        { "MOV to CR4, PGE or PCIDE", "all of every PCID, global translations included", "entries of other VPIDs or ASIDs, and guest-physical ones", PAGING "; " APM "5.5.2" },
        { { BOTH, CURRENT, .tables = ALL_TABLES, .globals = OF_ANY_PCID } } },
    [XENPT_TLB_CR4_PCID] = {
        { "MOV to CR4, PAE or SMEP", "all of the current PCID, its global translations included", OTHERS, PAGING },
        { { BOTH, CURRENT, CURRENT, .tables = ALL_TABLES, .globals = LIKE_OTHERS } } },
    [XENPT_TLB_CR4_OTHER] = {
        { "MOV to CR4", "nothing", "everything", PAGING }, { { 0 } } },
    [XENPT_TLB_EFER] = {
        { "WRMSR to EFER", "nothing", "everything", PAGING }, { { 0 } } },
    [XENPT_TLB_PAGE_FAULT] = {
        { "#PF", "translations of the page that the access could use, and tables on its way", OTHERS, PAGING },
        { { BOTH, CURRENT, CURRENT, .page = true, .tables = ON_THE_WAY, .globals = OF_ANY_PCID } } },
    [XENPT_TLB_EPT_VIOLATION] = {
        { "EPT violation, NPF", "what the guest-physical address, and the linear one, would be translated by", "everything else", VMX },
        { { GUEST, CURRENT, .root = CURRENT, .page = true, .tables = ON_THE_WAY },
          { COMBINED, CURRENT, CURRENT, CURRENT, .page = true, .tables = ON_THE_WAY, .globals = OF_ANY_PCID } } },
    [XENPT_TLB_VM_TRANSITION] = {
        { "VM entry or exit", "all of VPID 0, of every PCID, global translations included", "entries of other VPIDs, and guest-physical ones", VMX },
        { { BOTH, ZERO, .tables = ALL_TABLES, .globals = OF_ANY_PCID } } },
    [XENPT_TLB_VM_TRANSITION_VPID] = {
        { "VM entry or exit with VPID", "nothing", "everything", NEEDNOT }, { { 0 } } },
    [XENPT_TLB_INVVPID_ADDRESS] = {
        { "INVVPID type 0", "translations of the address under the VPID, of every PCID, and tables on its way", "entries of other VPIDs, and guest-physical ones", VMX },
        { { BOTH, GIVEN, .page = true, .tables = ON_THE_WAY, .globals = OF_ANY_PCID } } },
    [XENPT_TLB_INVVPID_SINGLE] = {
        { "INVVPID type 1", "all of the VPID, of every PCID", "entries of other VPIDs, and guest-physical ones", VMX },
        { { BOTH, GIVEN, .tables = ALL_TABLES, .globals = OF_ANY_PCID } } },
    [XENPT_TLB_INVVPID_ALL] = {
        { "INVVPID type 2", "all of every VPID but 0", "entries of VPID 0, and guest-physical ones", VMX },
        { { BOTH, NOT_ZERO, .tables = ALL_TABLES, .globals = OF_ANY_PCID } } },
    [XENPT_TLB_INVVPID_LOCAL] = {
        { "INVVPID type 3", "all of the VPID but global translations", "global translations, entries of other VPIDs, and guest-physical ones", VMX },
        { { BOTH, GIVEN, .tables = ALL_TABLES } } },
    [XENPT_TLB_INVEPT_SINGLE] = {
        { "INVEPT type 1", "combined and guest-physical entries of the EPTP's root, of every VPID and PCID", "linear entries, and those of other roots", VMX },
        { { COMBINED | GUEST, .root = GIVEN, .tables = ALL_TABLES, .globals = OF_ANY_PCID } } },
    [XENPT_TLB_INVEPT_ALL] = {
        { "INVEPT type 2", "combined and guest-physical entries of every root, VPID and PCID", "linear entries", VMX },
        { { COMBINED | GUEST, .tables = ALL_TABLES, .globals = OF_ANY_PCID } } },
    [XENPT_TLB_VMRUN_KEEP] = {
        { "VMRUN, TLB_CONTROL 0", "nothing", "everything", APM "15.16.1" }, { { 0 } } },
    [XENPT_TLB_VMRUN_ALL] = {
        { "VMRUN, TLB_CONTROL 1", "everything, of every ASID", "nothing", APM "15.16.1" },
        { { BOTH | GUEST, .tables = ALL_TABLES, .globals = OF_ANY_PCID } } },
    [XENPT_TLB_VMRUN_ASID] = {
        { "VMRUN, TLB_CONTROL 3", "all of the guest's ASID", "entries of other ASIDs", APM "15.16.1" },
        { { BOTH | GUEST, GIVEN, .tables = ALL_TABLES, .globals = OF_ANY_PCID } } },
    [XENPT_TLB_VMRUN_ASID_LOCAL] = {
        { "VMRUN, TLB_CONTROL 7", "all of the guest's ASID but global translations", "global translations, and entries of other ASIDs", APM "15.16.1" },
        { { BOTH | GUEST, GIVEN, .tables = ALL_TABLES } } },
    [XENPT_TLB_VMEXIT] = {
        { "#VMEXIT", "nothing", "everything", APM "15.16" }, { { 0 } } },
    [XENPT_TLB_INVLPGA] = {
        { "INVLPGA", "translations of the page under the ASID, global ones included, and tables on its way (without EFER.TCE: all tables of the ASID)",
          "entries of other ASIDs, and guest-physical ones", APM "15.16.2; vol. 3, \"INVLPGA\"" },
        { { BOTH, GIVEN, .page = true, .tables = BY_TCE, .globals = OF_ANY_PCID } } },
    [XENPT_TLB_INVLPGB] = {
        { "INVLPGB", "what RAX selects: by address, PCID and ASID; global translations, tables and guest-physical entries as it says",
          "everything else, and on other CPUs all of it until TLBSYNC", "AMD APM vol. 3, \"INVLPGB\"" },
        { { 0 } } },
    [XENPT_TLB_TLBSYNC] = {
        { "TLBSYNC", "nothing: it waits for CPUs that INVLPGB was broadcast to", "everything", "AMD APM vol. 3, \"TLBSYNC\"" }, { { 0 } } },
};

/* clang-format on */

#endif
