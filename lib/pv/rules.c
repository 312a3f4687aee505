/* rules.c - Xen's rules for PV page tables, a row each, and which of them a release has; behind
 * them, those of the machine: xen/own_rules.c. */
#include "pv/rules.h"

#include <string.h>

#include "base/bits.h"
#include "xen/own_rules.h"

#define MM    "arch/x86/mm.c, "
#define DT    "arch/x86/pv/descriptor-tables.c, "
#define RO    "arch/x86/pv/ro-page-fault.c, "
#define IRET  "arch/x86/pv/iret.c, "
#define HC    "arch/x86/pv/hypercall.c, "
#define HVM   "arch/x86/hvm/hypercall.c, "
#define MEM   "common/memory.c, "
#define PAGES "common/page_alloc.c, "
#define PVMM  "arch/x86/pv/mm.c, "
#define GT    "common/grant_table.c, "
#define PASS  "drivers/passthrough/"
#define GP    "arch/x86/pv/grant_table.c, "
#define GH    "arch/x86/hvm/grant_table.c, "
#define P2M   "arch/x86/mm/p2m.c, "
#define EV    "common/event_channel.c, "
#define DM    "arch/x86/hvm/dm.c, "
#define IO    "arch/x86/hvm/ioreq.c, "
#define POD   "arch/x86/mm/p2m-pod.c, "
#define V13   "4.13"
#define V17   "4.17"
#define R(a, b)                                                                                    \
    {                                                                                              \
        (a), (b), 0                                                                                \
    }

/*
 * Model: `since` is the first release of a branch that was made after a fix, and `also` are point
 * releases of older branches that are known to have it; others, and distributions, have it too,
 * which switching the row says.  Of the fixes of XSA-154, 182, 242, 290, 299, 309 and 310 only the
 * day is known here, and it is the first release of a branch after that.
 * Model: that HVM domains have mmuext_op is read in 4.9, and that they have multicalls is inferred
 * from the day when that was proposed, in June 2021: releases between are not looked at.
 * Model: likewise, that a PV domain is told EACCES of its physical memory is read in 4.17,
 * and that
 * it is not in 4.9. Model: that a frame of an HVM domain's is a bad page for a transfer until 4.12
 * and an error of no kind since is read in 4.9 and 4.17: releases between are not looked at. Model:
 * a release without its third number is the first of its branch, 4.6 and not 4.6.1: so `rules:
 * xen-4.6` are what 4.6.1 mended.
 */
/* clang-format off */
static const struct xenpt_pv_rule rules[NR_RULES] = {
    [RULE_L1_FLAGS] = { "l1-flags", "an L1 entry has no PWT, PCD or PAT, unless its domain may use devices, and in a debug build no bit 62", "EINVAL",
        .source = MM "l1_disallow_mask, " V17 },
    [RULE_L2_FLAGS] = { "l2-flags", "an L2 entry has no PWT, PCD or G", "EINVAL", .source = MM "get_page_from_l2e, " V17 },
    [RULE_L2_SUPERPAGE] = { "l2-superpage", "an L2 entry has no PS, whatever it was before; without the rule, a change that leaves the frame is not looked at", "EINVAL",
        .since = { 4, 6, 1 }, .advisory = "XSA-148", .source = MM "L2_DISALLOW_MASK, mod_l2_entry, 4.6.1" },
    [RULE_L2_SUPERPAGE_NEW] = { "l2-superpage-new", "an L2 entry that leads to another frame than before has no PS", "EINVAL",
        .source = MM "get_page_from_l2e, 4.5: allowsuperpage is off" },
    [RULE_L3_FLAGS] = { "l3-flags", "an L3 entry has no PWT, PCD, PS or G; of a 32-bit guest, none of bits 52 to 63 either", "EINVAL", .source = MM "l3_disallow_mask, " V17 },
    [RULE_L4_FLAGS] = { "l4-flags", "an L4 entry has no PWT, PCD, PS or G", "EINVAL", .source = MM "get_page_from_l4e, " V17 },
    [RULE_FAST_PATH] = { "fast-path", "an entry for a table of which more changes than NX, bits 52 to 62, AVL, G, D, A and US is validated as a new one; without the rule, only another frame or another P make it new", NULL,
        .since = { 4, 8, 0 }, .advisory = "XSA-182", .source = MM "mod_l2_entry to mod_l4_entry, FASTPATH_FLAG_WHITELIST, 4.8" },
    [RULE_TABLE_OWNER] = { "table-owner", "an entry for a table, or CR3, leads to a frame of the same domain", "EINVAL", .source = MM "get_page_and_type_from_mfn, " V17 },
    [RULE_TABLE_TYPE] = { "table-type", "a frame that is in use as one thing, a table of one level or a page that can be written, is not taken as another", "EINVAL", .source = MM "_get_page_type, " V17 },
    [RULE_TYPE_OVERFLOW] = { "type-overflow", "a count of references as a type has room for one more", "EINVAL", .source = MM "_get_page_type, " V17 },
    [RULE_MMIO_INVALID] = { "mmio-invalid", "an L1 entry does not name the frame of all ones", "EINVAL", .source = MM "get_page_from_l1e, " V17 },
    [RULE_MMIO_PERMISSION] = { "mmio-permission", "only a domain that may use devices maps what is no RAM", "EPERM", .source = MM "get_page_from_l1e, " V17 },
    [RULE_MMIO_UNCACHED] = { "mmio-uncached", "an entry that maps what is no RAM as cacheable is made uncacheable", NULL,
        .since = { 4, 7, 0 }, .advisory = "XSA-154", .source = MM "get_page_from_l1e, 4.17" },
    [RULE_L1_OWNER] = { "l1-owner", "an L1 entry leads to a frame of the domain that the request names", "EBUSY", .source = MM "get_page_from_l1e, " V17 },
    [RULE_L1_WRITABLE] = { "l1-writable", "what is mapped with RW is in use as no table and has no descriptors", "EBUSY", .source = MM "get_page_from_l1e, " V17 },
    [RULE_L1_CACHE_SPECIAL] = { "l1-cache-special", "a page that Xen shares is mapped write-back", "EACCES", .source = MM "get_page_from_l1e, " V17 },
    [RULE_LINEAR_SWITCH] = { "linear-switch", "pv-linear-pt=no: no entry leads to a table of its own level", "EINVAL", .since = { 4, 10, 0 }, .source = MM "define_get_linear_pagetable, " V17 },
    [RULE_LINEAR_READ_ONLY] = { "linear-read-only", "an entry that leads to a table of its own level has no RW", "EINVAL", .source = MM "define_get_linear_pagetable, " V17 },
    [RULE_LINEAR_OWNER] = { "linear-owner", "an entry that leads to a table of its own level is in a table of the domain whose table that is", "EINVAL", .source = MM "define_get_linear_pagetable, " V17 },
    [RULE_LINEAR_VALIDATED] = { "linear-validated", "an entry that leads to a table of its own level, but to another one, finds it validated", "EINVAL", .source = MM "define_get_linear_pagetable, " V17 },
    [RULE_LINEAR_DEPTH] = { "linear-depth", "a table has entries that lead to others of its level, or others have ones that lead to it, and not both", "EINVAL",
        .since = { 4, 10, 0 }, .advisory = "XSA-240", .source = MM "inc_linear_entries, inc_linear_uses, " V17 },
    [RULE_LINEAR_PAE] = { "linear-pae", "an L3 of a 32-bit guest has no entry that leads to an L3", "EINVAL",
        .since = { 4, 7, 1 }, .advisory = "XSA-185", .source = MM "get_page_from_l3e, 4.7.1" },
    [RULE_L2_XEN_SLOT] = { "l2-xen-slot", "slots of a 32-bit guest's last L2 that are Xen's stay as they are", "EPERM", .source = MM "mod_l2_entry, " V17 },
    [RULE_L3_PAE_SLOT] = { "l3-pae-slot", "slot 3 of a 32-bit guest's L3, and those behind it, stay as they are", "EINVAL", .source = MM "mod_l3_entry, " V17 },
    [RULE_L4_XEN_SLOT] = { "l4-xen-slot", "slots of an L4 that are Xen's stay as they are", "EINVAL", .source = MM "mod_l4_entry, " V17 },
    [RULE_PAE_SLOT3_PRESENT] = { "pae-slot3-present", "slot 3 of a 32-bit guest's L3 is present, without flags that an L3 has not", "EINVAL", .source = MM "promote_l3_table, " V17 },
    [RULE_PAE_SLOT3_SHARED] = { "pae-slot3-shared", "the L2 in slot 3 of a 32-bit guest's L3 is in no other", "EINVAL", .source = MM "pae_xen_mappings_check, " V17 },
    [RULE_PAE_BELOW_4G] = { "pae-below-4g", "an L3 of a 32-bit guest is below 4 GiB, unless the guest has asked for pae_extended_cr3", "ERANGE",
        .since = { 4, 19, 0 }, .source = MM "promote_l3_table, 4.19" },
    [RULE_L1TF] = { "l1tf-safe", "an entry that is not present leads to frame 0, or beyond what a processor with L1TF may have cached, and has no PS; else the domain is put on shadows, and Xen begins again", "ERESTART",
        .since = { 4, 12, 0 }, .advisory = "XSA-273", .source = "asm/shadow.h, pv_l1tf_check_pte; spec_ctrl.c, l1tf_calculations, " V17 },
    [RULE_TYPE_FLUSH] = { "type-flush", "a frame that becomes another type than it was is forgotten by TLBs of its domain's CPUs, unless they were flushed since", NULL, .source = MM "_get_page_type, " V17 },
    [RULE_LINEAR_FLUSH] = { "linear-flush", "after a change of an L2, L3 or L4 entry, TLBs of its domain's CPUs are flushed: Xen reads tables by a linear map", NULL,
        .since = { 4, 14, 1 }, .advisory = "XSA-286", .source = MM "do_mmu_update, " V17 },
    [RULE_ROOT_FLUSH] = { "root-flush", "after a change of an L4 entry, XPTI roots that were copied from that L4 are copied anew", NULL,
        .since = { 4, 11, 0 }, .source = MM "do_mmu_update, " V17 },
    [RULE_NON_COHERENT] = { "non-coherent", "a frame that was mapped write-combining is flushed from caches before it becomes a table", NULL,
        .since = { 4, 17, 0 }, .also = { { 4, 16, 2 }, { 4, 15, 4 }, { 4, 14, 6 } }, .advisory = "XSA-402", .source = MM "_get_page_type, " V17 },
    [RULE_OWN_DOMID] = { "own-domid", "a domain names itself by DOMID_SELF, and not by its number", "ESRCH", .source = "common/page_alloc.c, get_pg_owner, " V17 },
    [RULE_UNKNOWN_DOMAIN] = { "unknown-domain", "a domain that a request names exists", "ESRCH", .source = MM "do_mmu_update; common/page_alloc.c, get_pg_owner, " V17 },
    [RULE_FOREIGN_RIGHT] = { "foreign-right", "only a privileged domain does this to another one", "EPERM", .source = "include/xsm/dummy.h, xsm_mmu_update, xsm_update_va_mapping, xsm_mmuext_op, " V17 },
    [RULE_PT_OWNER_PV] = { "table-owner-pv", "the domain whose tables are changed is paravirtual", "EOPNOTSUPP", .since = { 4, 4, 2 }, .advisory = "XSA-109", .source = MM "do_mmu_update, " V17 },
    [RULE_ENTRY_FRAME] = { "entry-frame", "the frame that the entry is in is one of the domain whose tables are changed", "EINVAL", .source = MM "do_mmu_update, " V17 },
    [RULE_ENTRY_TYPE] = { "entry-type", "the frame that the entry is in is a table, or can be written", "EINVAL", .source = MM "do_mmu_update, " V17 },
    [RULE_UPPER_FOREIGN] = { "upper-foreign", "only L1 entries lead to another domain's frames", "EINVAL", .source = MM "do_mmu_update, " V17 },
    [RULE_FOREIGN_GFN] = { "foreign-gfn", "the frame that is named of an HVM or PVH domain is one that it has", "EINVAL", .source = MM "mod_l1_entry, " V17 },
    [RULE_MMU_COMMAND] = { "mmu-command", "mmu_update has commands 0 to 3", "ENOSYS", .source = MM "do_mmu_update, " V17 },
    [RULE_M2P_OWN] = { "m2p-own", "a request for M2P names no other owner of tables", "EPERM", .source = MM "do_mmu_update, " V17 },
    [RULE_M2P_TRANSLATED] = { "m2p-translated", "entries of M2P for frames of HVM and PVH domains are Xen's", "EINVAL", .source = MM "do_mmu_update, " V17 },
    [RULE_M2P_FRAME] = { "m2p-frame", "the frame whose entry in M2P is changed is one of the domain that is named", "EINVAL", .source = MM "do_mmu_update, " V17 },
    [RULE_VA_L1] = { "va-l1", "the address has an L1 table of the domain's own", "EINVAL", .source = MM "__do_update_va_mapping, " V17 },
    [RULE_MMUEXT_PV] = { "mmuext-pv", "the domain that is named is paravirtual", "EINVAL", .source = MM "do_mmuext_op, " V17 },
    [RULE_PIN_FRAME] = { "pin-frame", "what is pinned is a frame of the domain's", "EINVAL", .source = MM "do_mmuext_op, " V17 },
    [RULE_PIN_TWICE] = { "pin-twice", "what is pinned was not", "EINVAL", .source = MM "do_mmuext_op, " V17 },
    [RULE_UNPIN_FRAME] = { "unpin-frame", "what is unpinned is a frame of the domain's", "EINVAL", .source = MM "do_mmuext_op, " V17 },
    [RULE_UNPIN_PINNED] = { "unpin-pinned", "what is unpinned was pinned", "EINVAL", .source = MM "do_mmuext_op, " V17 },
    [RULE_MMUEXT_OWN] = { "mmuext-own", "roots, TLBs, caches and the LDT are the caller's own", "EPERM", .source = MM "do_mmuext_op, " V17 },
    [RULE_USER_BASE_64] = { "user-base-64", "only a 64-bit guest has a table for user mode", "EINVAL",
                            .source = "arch/x86/x86_64/compat/mm.c, compat_mmuext_op, " V17 },
    [RULE_LDT_SIZE] = { "ldt-size", "an LDT has 8192 entries at most", "EINVAL", .source = MM "do_mmuext_op, " V17 },
    [RULE_LDT_ADDRESS] = { "ldt-address", "an LDT begins with a page, and not in Xen's area", "EINVAL", .source = MM "do_mmuext_op, " V17 },
    [RULE_CACHE_LOCAL] = { "cache-local", "only a domain that may use devices flushes caches", "EACCES", .source = MM "do_mmuext_op, " V17 },
    [RULE_CACHE_GLOBAL_OLD] = { "cache-global-old", "only a domain that may use devices flushes the caches of all CPUs", "EINVAL",
        .before = { 4, 22, 0 }, .source = MM "do_mmuext_op, " V17 },
    [RULE_CACHE_GLOBAL] = { "cache-global", "only a domain that may use devices flushes the caches of all CPUs", "EACCES",
        .since = { 4, 22, 0 }, .source = MM "do_mmuext_op, 4.22" },
    [RULE_PAGE_PLAIN] = { "page-plain", "what is cleared or copied is a frame of the domain's", "EINVAL", .source = MM "do_mmuext_op, " V17 },
    [RULE_PAGE_WRITABLE] = { "page-writable", "what is cleared, or copied to, is in use as no table and has no descriptors", "EINVAL", .source = MM "do_mmuext_op, " V17 },
    [RULE_MARK_SUPER] = { "mark-super", "superpages are not marked any more", "EOPNOTSUPP", .since = { 4, 12, 0 }, .source = MM "do_mmuext_op, " V17 },
    [RULE_MMUEXT_COMMAND] = { "mmuext-command", "mmuext_op has commands 0 to 20, without 14", "ENOSYS", .source = MM "do_mmuext_op, " V17 },
    [RULE_GDT_SIZE] = { "gdt-size", "a GDT has 7168 entries at most: Xen's are behind them", "EINVAL", .source = DT "pv_set_gdt, " V17 },
    [RULE_GDT_FRAME] = { "gdt-frame", "a GDT is made of frames of the domain's own that are no tables and not mapped writable", "EINVAL", .source = DT "pv_set_gdt, " V17 },
    [RULE_DESCRIPTOR] = { "descriptor", "a present descriptor is a code or data segment, of a 32-bit guest none for 64-bit code, or a call gate to code of the guest's", "EINVAL", .source = DT "check_descriptor, " V17 },
    [RULE_DESCRIPTOR_ALIGNED] = { "descriptor-aligned", "the address of a descriptor is a multiple of 8", "EINVAL", .source = DT "do_update_descriptor, " V17 },
    [RULE_DESCRIPTOR_FRAME] = { "descriptor-frame", "a descriptor that is changed is in a frame of the domain's own, which has descriptors or can be written", "EINVAL", .source = DT "do_update_descriptor, " V17 },
    [RULE_PTWR_ASKED] = { "ptwr-asked", "the guest has asked for writable_pagetables; else it has its #PF", "EFAULT", .source = "arch/x86/traps.c, fixup_page_fault, " V17 },
    [RULE_PTWR_READ_ONLY] = { "ptwr-read-only", "what is written to in the guest's place is mapped, and without RW; else the guest has its #PF", "EFAULT", .source = RO "pv_ro_page_fault, " V17 },
    [RULE_PTWR_L1] = { "ptwr-l1", "what is written to in the guest's place is an L1 table of its own; else the guest has its #PF", "EFAULT", .source = RO "ptwr_do_page_fault, " V17 },
    [RULE_PTWR_ALIGNED] = { "ptwr-aligned", "what is written in the guest's place has 1, 2, 4 or 8 bytes and is aligned to that; else the guest has its #PF", "EFAULT", .source = RO "ptwr_emulated_update, " V17 },
    [RULE_PTWR_UPPER_HALF] = { "ptwr-upper-half", "the upper half of an entry of a 32-bit guest, written alone, may make an entry that is refused: it loses P", NULL, .source = RO "ptwr_emulated_update, " V17 },
    [RULE_ASSIST_TYPE] = { "assist-type", "vm_assist has types 0 to 5, and of a 64-bit guest 32", "EINVAL", .source = "common/domain.c, vm_assist; asm/config.h, NATIVE_VM_ASSIST_VALID, " V17 },
    [RULE_ASSIST_COMMAND] = { "assist-command", "vm_assist has commands 0 and 1", "ENOSYS", .source = "common/domain.c, vm_assist, " V17 },
    [RULE_MEMORY_ORDER] = { "memory-order", "extents of memory_op have 512 frames at most, a privileged domain's 2^18", "short", .source = MEM "max_order, " V17 },
    [RULE_MEMORY_DOMAIN] = { "memory-domain", "a domain whose memory is changed exists", "short", .source = MEM "do_memory_op, " V17 },
    [RULE_MEMORY_RIGHT] = { "memory-right", "only a privileged domain changes another one's memory", "short", .source = "include/xsm/dummy.h, xsm_memory_adjust_reservation, " V17 },
    [RULE_MEMORY_BITS] = { "memory-bits", "frames that are asked for may have addresses of more than 12 bits", "short", .source = MEM "construct_memop_from_reservation, " V17 },
    [RULE_MEMORY_MAX] = { "memory-max", "a domain has no more memory than it may have", "short", .source = PAGES "assign_pages, " V17 },
    [RULE_MEMORY_FREE] = { "memory-free", "Xen has free frames as they are asked for: so many in a row, and for a 32-bit guest where its M2P has entries", "short", .source = PAGES "alloc_domheap_pages, " V17 },
    [RULE_MEMORY_OWN] = { "memory-own", "what a domain gives back is its own", "short", .source = MEM "guest_remove_page, " V17 },
    [RULE_MEMORY_FLUSH] = { "memory-flush", "a frame that was given back is forgotten by all TLBs, unless they were flushed since, before somebody has it", NULL, .source = PAGES "mark_page_free, alloc_heap_pages, " V17 },
    [RULE_EXCHANGE_ORDER] = { "exchange-order", "extents that are exchanged have 512 frames at most, a privileged domain's 2^18", "EPERM", .source = MEM "memory_exchange, " V17 },
    [RULE_EXCHANGE_SIZES] = { "exchange-sizes", "as many frames are given as are taken, of one domain", "EINVAL", .source = MEM "memory_exchange, " V17 },
    [RULE_EXCHANGE_BASE] = { "exchange-base", "the arrays of an exchange begin at addresses of the guest's; since XSA-212 it is looked at what is written of them, and not where they begin", "EFAULT",
        .before = { 4, 8, 1 }, .source = MEM "memory_exchange, 4.8.0; not so seen in 4.17.7" },
    [RULE_EXCHANGE_ARRAY] = { "exchange-array", "what is read and written of the arrays of an exchange is at addresses of the guest's; without the rule, Xen writes frame numbers to any address", "EFAULT",
        .since = { 4, 8, 1 }, .advisory = "XSA-212", .source = MEM "memory_exchange, guest_handle_subrange_okay, 4.9" },
    [RULE_EXCHANGE_FREE] = { "exchange-free", "Xen has free frames as an exchange asks for them", "ENOMEM", .source = MEM "memory_exchange, " V17 },
    [RULE_EXCHANGE_WRITE] = { "exchange-write", "the arrays of an exchange are mapped writable; else frames are exchanged, and the guest is not told which it has", "EFAULT", .source = MEM "memory_exchange, " V17 },
    [RULE_STEAL_OWNER] = { "steal-owner", "what is exchanged or transferred is memory of the domain's own", "EINVAL", .source = MM "steal_page, " V17 },
    [RULE_STEAL_REFERENCES] = { "steal-references", "nothing refers to what is exchanged or transferred", "EINVAL", .source = MM "steal_page, " V17 },
    [RULE_STEAL_TYPE] = { "steal-type", "a frame that is transferred is as nothing yet, whatever it was; without the rule, descriptors that were checked for one guest are not looked at for the next", NULL,
        .since = { 4, 8, 2 }, .advisory = "XSA-214", .source = MM "steal_page, 4.9" },
    [RULE_TRANSFER_FREE] = { "transfer-free", "where a 32-bit guest cannot name a frame that is transferred to it, Xen has another one that it can", "ENOMEM", .source = "common/grant_table.c, gnttab_transfer, " V17 },
    [RULE_TRANSFER_ROOM] = { "transfer-room", "a domain that a frame is transferred to may have one more", "E2BIG", .source = "common/grant_table.c, gnttab_transfer; " PAGES "assign_pages, " V17 },
    [RULE_IRET_FRAME] = { "iret-frame", "the frame that iret takes is in the guest's memory, where it can be read; else the domain is crashed", CRASH, .source = IRET "do_iret, compat_iret, " V17 },
    [RULE_IRET_USER_TABLE] = { "iret-user-table", "a 64-bit guest that returns to user mode has a table for it; else the domain is crashed", CRASH, .source = IRET "do_iret, " V17 },
    [RULE_IRET_RING_0] = { "iret-ring-0", "a 32-bit guest returns to ring 1, 2 or 3; else the domain is crashed", CRASH, .source = IRET "compat_iret, " V17 },
    [RULE_MULTICALL_IRET] = { "multicall-iret", "a multicall ends with an iret; without the rule it goes on, though the guest is in another mode", NULL,
        .since = { 4, 8, 2 }, .advisory = "XSA-213", .source = "common/multicall.c, do_multicall; " HC "pv_do_multicall_call, " V17 },
    [RULE_MULTICALL_NESTED] = { "multicall-nested", "no entry of a multicall is a multicall", "EINVAL", .source = "common/multicall.c, do_multicall, " V17 },
    [RULE_HVM_HYPERCALL] = { "hvm-hypercall", "an HVM or PVH domain has no mmu_update, update_va_mapping, set_gdt, update_descriptor or iret", "ENOSYS", .source = HVM "hvm_hypercall_table, 4.9; include/hypercall-defs.c, " V17 },
    [RULE_HVM_MULTICALL] = { "hvm-multicall", "an HVM or PVH domain has no multicall", "ENOSYS", .before = { 4, 16, 0 }, .source = HVM "hvm_hypercall_table, 4.14" },
    [RULE_HVM_MMUEXT] = { "hvm-mmuext", "an HVM or PVH domain has no mmuext_op", "ENOSYS", .before = { 4, 9, 0 }, .source = HVM "hvm_hypercall_table, 4.9" },
    [RULE_MMCFG_ALIGNED] = { "mmcfg-aligned", "what is written to PCI configuration space in dom0's place has 1, 2 or 4 bytes and is aligned to that; else dom0 has its #PF", "EFAULT", .source = RO "mmcfg_intercept_write, " V17 },
    [RULE_LDT_LIMIT] = { "ldt-limit", "a descriptor that is read is one of the LDT's; else the guest has its #PF", "EFAULT", .source = "arch/x86/traps.c, handle_ldt_mapping_fault, " V17 },
    [RULE_LDT_MAPPED] = { "ldt-mapped", "a page of an LDT that is used is mapped by the guest's kernel; else the guest has a #PF at its own address of it", "EFAULT", .source = PVMM "pv_map_ldt_shadow_page, " V17 },
    [RULE_LDT_FRAME] = { "ldt-frame", "a page of an LDT is a frame of the domain's own that is no table, is not mapped writable, and has no descriptors but those that a guest may have; else the guest has a #PF at its own address of it", "EFAULT", .source = PVMM "pv_map_ldt_shadow_page, " V17 },
    [RULE_HVM_PINS] = { "hvm-pins", "an HVM or PVH domain pins and unpins tables by mmuext_op, and does nothing else", "EOPNOTSUPP", .source = MM "do_mmuext_op, " V17 },
    [RULE_TYPE_FLUSH_AFTER] = { "type-flush-after", "TLBs are flushed after a frame's type has changed, when nobody maps it as what it was any more; without the rule before, so that another vCPU can do so in between", NULL,
        .since = { 4, 17, 0 }, .also = { { 4, 16, 2 }, { 4, 15, 4 }, { 4, 14, 6 } }, .advisory = "XSA-401", .source = MM "_get_page_type, " V17 },
    [RULE_TYPE_FLUSH_FROM] = { "type-flush-from", "of a domain on shadows, TLBs are flushed for a frame that was writable; without the rule, as after the first fix of XSA-401, for one that becomes so", NULL,
        .advisory = "XSA-408", .source = MM "_get_page_type, " V17 },
    [RULE_LOCK_LAST] = { "lock-last", "while a table is locked, its last reference besides that of the lock is not dropped: who wants to waits; without the rule it is, and the lock's is dropped without the table being taken apart", NULL,
        .since = { 4, 10, 0 }, .also = { { 4, 9, 1 } }, .advisory = "XSA-242", .source = MM "_put_page_type, page_unlock, " V17 },
    [RULE_PREEMPT_PUT] = { "preempt-put", "a table that is unpinned, or that a vCPU leaves, is taken apart with pre-emption", NULL,
        .since = { 4, 3, 0 }, .advisory = "XSA-45", .source = MM "do_mmuext_op, new_guest_cr3, " V17 },
    [RULE_PREEMPT_L3] = { "preempt-l3", "between entries of an L3, and not only of an L2, a hypercall can be pre-empted", NULL,
        .since = { 4, 12, 0 }, .advisory = "XSA-290", .source = MM "promote_l3_table, demote_l3_table, " V17 },
    [RULE_PIN_ERROR_REF] = { "pin-error-ref", "a table that is refused behind its first entry keeps the reference that it was taken by until it is taken apart; without the rule, as after the first fix of XSA-45, that is dropped twice", NULL,
        .advisory = "XSA-58", .source = MM "get_page_and_type_from_mfn, do_mmuext_op, " V17 },
    [RULE_PARTIAL_CLEARED] = { "partial-cleared", "a table in which Xen stops before an entry has no part of that entry; without the rule, it is taken to have what the entry had at which Xen began", NULL,
        .since = { 4, 13, 0 }, .also = { { 4, 11, 4 } }, .advisory = "XSA-299", .source = MM "promote_l3_table, demote_l3_table, 4.13" },
    [RULE_PARTIAL_REF] = { "partial-ref", "an entry whose table is validated in part has a reference to the frame", NULL,
        .since = { 4, 13, 0 }, .also = { { 4, 11, 4 } }, .advisory = "XSA-299", .source = MM "get_page_and_type_from_mfn, 4.13" },
    [RULE_PARTIAL_HELD] = { "partial-held", "who took a table apart in part goes on with that only if it still is so; without the rule, a reference is dropped that somebody else has taken meanwhile", NULL,
        .since = { 4, 13, 0 }, .also = { { 4, 11, 4 } }, .advisory = "XSA-299", .source = MM "_put_page_type, put_old_guest_table, 4.13" },
    [RULE_PARTIAL_KEPT] = { "partial-kept", "a table whose entry has to wait for another vCPU keeps what it has of that entry", NULL,
        .since = { 4, 13, 0 }, .also = { { 4, 11, 4 } }, .advisory = "XSA-310", .source = MM "promote_l3_table, demote_l3_table, 4.13" },
    [RULE_LINEAR_KEPT] = { "linear-kept", "a table whose validation is resumed keeps its number of linear entries", NULL,
        .since = { 4, 13, 0 }, .also = { { 4, 11, 4 } }, .advisory = "XSA-309", .source = MM "_get_page_type, 4.13" },
    [RULE_GRANT_MAP_KIND] = { "grant-map-kind", "a grant is mapped for CPUs or for devices", "bad_gntref",
        .source = GT "map_grant_ref, " V17 },
    [RULE_GRANT_MAP_EXTERNAL] = { "grant-map-external", "an HVM or PVH guest maps grants for CPUs alone, where its p2m has them", "general_error",
        .source = GT "map_grant_ref, " V17 },
    [RULE_GRANT_DOMAIN] = { "grant-domain", "the domain that grants exists; and what is copied of an entry that is in use is its frame still", "bad_domain",
        .source = GT "map_grant_ref, gnttab_copy, acquire_grant_for_copy, " V17 },
    [RULE_GRANT_HANDLES_OLD] = { "grant-handles-old", "a domain that maps grants has a handle left", "no_device_space",
        .before = { 4, 16, 0 }, .source = GT "map_grant_ref, " V17 },
    [RULE_GRANT_HANDLES] = { "grant-handles", "a domain that maps grants has a handle left", "no_space",
        .since = { 4, 16, 0 }, .source = GT "map_grant_ref, " V17 },
    [RULE_GRANT_REF] = { "grant-ref", "the table of the domain that grants has the entry", "bad_gntref",
        .source = GT "map_grant_ref, " V17 },
    [RULE_GRANT_PINNED_BY] = { "grant-pinned-by", "an entry that is in use is so by the domain that asks", "general_error",
        .source = GT "map_grant_ref, " V17 },
    [RULE_GRANT_PIN_FULL] = { "grant-pin-full", "no entry is in use 128 times or more, for CPUs or devices, to be read or written", "general_error",
        .source = GT "map_grant_ref, " V17 },
    [RULE_GRANT_SUB_PAGE] = { "grant-sub-page", "a part of a page is copied, and not mapped", "general_error",
        .source = GT "map_grant_ref, _set_status, " V17 },
    [RULE_GRANT_TYPE] = { "grant-type", "an entry that is mapped, or copied from or to, permits access", "general_error",
        .source = GT "_set_status, " V17 },
    [RULE_GRANT_DOMID] = { "grant-domid", "an entry names the domain that asks", "general_error",
        .source = GT "_set_status, " V17 },
    [RULE_GRANT_READ_ONLY] = { "grant-read-only", "an entry that permits reading is not mapped writable, nor copied to", "general_error",
        .source = GT "_set_status, " V17 },
    [RULE_GRANT_FRAME] = { "grant-frame", "an entry leads to a frame of the domain that grants", "bad_page",
        .source = GT "get_paged_frame, " V17 },
    [RULE_GRANT_WRITABLE] = { "grant-writable", "what is mapped writable, or copied to, is in use as no table and has no descriptors", "general_error",
        .source = GT "map_grant_ref, gnttab_copy_claim_buf, " V17 },
    [RULE_GRANT_PTE_ALIGNED] = { "grant-pte-aligned", "the machine address of an L1 entry is a multiple of 8", "general_error",
        .since = { 4, 10, 0 }, .advisory = "XSA-227", .source = GP "create_grant_pv_mapping, " V17 },
    [RULE_GRANT_L1] = { "grant-l1", "the entry where a grant is mapped is in an L1 table of the caller's own", "general_error",
        .source = GP "create_grant_pv_mapping, " V17 },
    [RULE_GRANT_P2M_FLAGS] = { "grant-p2m-flags", "an HVM or PVH guest asks for no bits of L1 entries", "general_error",
        .source = GH "create_grant_p2m_mapping, " V17 },
    [RULE_GRANT_P2M_PLACE] = { "grant-p2m-place", "where an HVM or PVH guest maps a grant it has no other, and no frame of another's", "general_error",
        .source = "arch/x86/mm/p2m.c, guest_physmap_add_entry, " V13 },
    [RULE_GRANT_HANDLE] = { "grant-handle", "what is unmapped was mapped by that handle", "bad_handle",
        .source = GT "unmap_common, " V13 },
    [RULE_GRANT_BUS] = { "grant-bus", "what is unmapped for devices is the frame of the grant", "general_error",
        .before = { 4, 16, 0 }, .source = GT "unmap_common, " V13 },
    [RULE_GRANT_UNMAP_FRAME] = { "grant-unmap-frame", "the entry that is unmapped leads to the frame of the grant", "general_error",
        .source = GP "replace_grant_pv_mapping, " V17 },
    [RULE_GRANT_UNMAP_RIGHTS] = { "grant-unmap-rights", "the entry that is unmapped is present, and has RW if the grant was mapped writable and only then", "general_error",
        .since = { 4, 10, 0 }, .advisory = "XSA-234", .source = GP "replace_grant_pv_mapping, " V17 },
    [RULE_GRANT_UNMAP_PARTS] = { "grant-unmap-parts", "of a grant that is mapped for CPUs and for devices, references are given up of what is unmapped", NULL,
        .since = { 4, 9, 0 }, .advisory = "XSA-224", .source = GT "unmap_common_complete, " V13 },
    [RULE_GRANT_REPLACE] = { "grant-replace", "only the L1 entry of an address is replaced by that of another", "general_error",
        .source = GP "replace_grant_pv_mapping, " V17 },
    [RULE_GRANT_FLUSH] = { "grant-flush", "after a grant was unmapped, TLBs of the PV domain's CPUs are flushed, before references are given up", NULL,
        .source = GT "gnttab_unmap_grant_ref, " V13 },
    [RULE_GRANT_OWN_TABLE] = { "grant-own-table", "a domain asks for its own table, unless it is privileged", "permission_denied",
        .source = "include/xsm/dummy.h, xsm_grant_setup, xsm_grant_query_size, " V17 },
    [RULE_GRANT_TABLE_SIZE] = { "grant-table-size", "a table has as many frames as the domain may have, at most: 64 unless it is told otherwise", "general_error",
        .source = GT "gnttab_setup_table, " V17 },
    [RULE_GRANT_STATUS_FRAMES] = { "grant-status-frames", "a domain asks for no more frames of statuses than there are: of version 1 none", "general_error",
        .source = GT "gnttab_get_status_frames, " V13 },
    [RULE_GRANT_VERSION] = { "grant-version", "tables have version 1 or 2", "EINVAL",
        .source = GT "gnttab_set_version, " V13 },
    [RULE_GRANT_VERSION_BUSY] = { "grant-version-busy", "when the version changes, no entry but the first 8 is in use", "EBUSY",
        .source = GT "gnttab_set_version, " V17 },
    [RULE_GRANT_VERSION_RANGE] = { "grant-version-range", "what the first 8 entries say can be said by version 1: no transitive ones, and frames of 32 bits", "ERANGE",
        .source = GT "gnttab_set_version, " V17 },
    [RULE_GRANT_STATUS_MAPPED] = { "grant-status-mapped", "when statuses go with version 2, nothing refers to their frames", "EBUSY",
        .since = { 4, 11, 0 }, .advisory = "XSA-255", .source = GT "gnttab_unpopulate_status_frames, 4.11" },
    [RULE_GRANT_COPY_FRAME] = { "grant-copy-frame", "what is copied from or to by its frame, and no grant, is the caller's own", "permission_denied",
        .source = GT "gnttab_copy_lock_domain, " V13 },
    [RULE_GRANT_COPY_PAGE] = { "grant-copy-page", "what is copied is in one page, on either side", "bad_copy_arg",
        .source = GT "gnttab_copy_buf, " V17 },
    [RULE_GRANT_COPY_PART] = { "grant-copy-part", "what is copied is in the part of a page that is granted", "general_error",
        .source = GT "gnttab_copy_buf, " V13 },
    [RULE_GRANT_TRANSITIVE] = { "grant-transitive", "a transitive grant leads to one that is not", "general_error",
        .source = GT "acquire_grant_for_copy, " V13 },
    [RULE_GRANT_TRANSITIVE_SELF] = { "grant-transitive-self", "a transitive grant leads to one of another domain", "general_error",
        .source = GT "acquire_grant_for_copy, " V13 },
    [RULE_GRANT_TRANSITIVE_DOMAIN] = { "grant-transitive-domain", "the domain that a transitive grant names exists", "general_error",
        .source = GT "acquire_grant_for_copy, " V13 },
    [RULE_GRANT_TRANSITIVE_SAME] = { "grant-transitive-same", "a transitive grant that is in use leads where it did; else Xen begins again", "ERESTART",
        .source = GT "acquire_grant_for_copy, " V13 },
    [RULE_GRANT_COPY_HELD] = { "grant-copy-held", "of an entry that is in use, what is copied is in the frame that is referred to; without the rule, that can be what the entry says by now", NULL,
        .since = { 4, 21, 2 }, .advisory = "XSA-500", .source = GT "acquire_grant_for_copy, 4.13, and the summary of the fix" },
    [RULE_PHYSMAP_TRANSLATED_OLD] = { "physmap-translated-old", "a domain to whose physical memory frames come has one: it is HVM or PVH", "EINVAL",
        .before = { 4, 11, 0 }, .source = MM "xenmem_add_to_physmap_one, 4.9" },
    [RULE_PHYSMAP_TRANSLATED] = { "physmap-translated", "a domain whose physical memory is changed has one: it is HVM or PVH", "EACCES",
        .since = { 4, 11, 0 }, .source = MEM "xatp_permission_check, do_memory_op, " V17 },
    [RULE_PHYSMAP_MMIO] = { "physmap-mmio", "only the hardware domain asks for frames of devices, and for itself", "EACCES",
        .source = MEM "xatp_permission_check, " V17 },
    [RULE_PHYSMAP_RANGE_BATCH] = { "physmap-range-batch", "a batch is not of ranges", "EOPNOTSUPP",
        .source = MEM "do_memory_op, XENMEM_add_to_physmap_batch, " V17 },
    [RULE_PHYSMAP_FOREIGN_SINGLE] = { "physmap-foreign-single", "another domain's frames are asked for in a batch", "ENOSYS",
        .source = MEM "do_memory_op, XENMEM_add_to_physmap, " V17 },
    [RULE_PHYSMAP_GFN] = { "physmap-gfn", "a place in physical memory is one that EPT of four levels has: below 2^36", "EINVAL",
        .source = P2M "ept_set_entry; " MEM "xenmem_add_to_physmap, " V17 },
    [RULE_PHYSMAP_SOURCE] = { "physmap-source", "what comes to physical memory is shared_info, a frame of the grant table or of its statuses, or memory of the domain's own", "EINVAL",
        .source = P2M "xenmem_add_to_physmap_one, " V17 },
    [RULE_PHYSMAP_ALIAS] = { "physmap-alias", "a frame that moves in physical memory is where M2P says", "EXDEV",
        .source = P2M "xenmem_add_to_physmap_one, " V17 },
    [RULE_PHYSMAP_DIRECT] = { "physmap-direct", "what a frame takes the place of is no device's; without the rule, that is gone", "EPERM",
        .since = { 4, 16, 0 }, .advisory = "XSA-378", .source = P2M "xenmem_add_to_physmap_one, " V17 },
    [RULE_PHYSMAP_REPLACED] = { "physmap-replaced", "what a frame takes the place of is memory of the domain's own, or what Xen shares with it", "ENXIO",
        .source = MEM "guest_remove_page, " V17 },
    [RULE_PHYSMAP_SAME] = { "physmap-same", "a frame that comes where it is stays there; without the rule, it is given back first", NULL,
        .since = { 4, 15, 0 }, .source = P2M "xenmem_add_to_physmap_one, " V17 },
    [RULE_PHYSMAP_ONE_PLACE] = { "physmap-one-place", "physical memory is locked from when it is looked up where a frame is until it is elsewhere; without the rule, another vCPU can put it somewhere meanwhile, and it is at two places", NULL,
        .since = { 4, 16, 0 }, .advisory = "XSA-379", .source = P2M "xenmem_add_to_physmap_one, " V17 },
    [RULE_PHYSMAP_HELD] = { "physmap-held", "a frame of the grant table that is to be mapped is referred to until it is; without the rule, it can be free by then", NULL,
        .since = { 4, 16, 0 }, .advisory = "XSA-384", .source = GT "gnttab_map_frame, " V17 },
    [RULE_PHYSMAP_FOREIGN_HARDWARE] = { "physmap-foreign-hardware", "only the hardware domain has another's frames in its physical memory", "EPERM",
        .before = { 4, 19, 0 }, .source = P2M "p2m_add_foreign; asm/p2m.h, arch_acquire_resource_check, " V17 },
    [RULE_PHYSMAP_FOREIGN_VIEWS] = { "physmap-foreign-views", "a domain that has another's frames in its physical memory has no views of it", "EPERM",
        .since = { 4, 19, 0 }, .source = P2M "p2m_add_foreign, arch_acquire_resource_check, 4.19" },
    [RULE_PHYSMAP_FOREIGN_SELF] = { "physmap-foreign-self", "what is mapped as another's is not the domain's own", "EINVAL",
        .source = P2M "p2m_add_foreign, " V17 },
    [RULE_PHYSMAP_FOREIGN_FRAME] = { "physmap-foreign-frame", "what is mapped as another's is RAM that it has there, and not shared", "EINVAL",
        .source = P2M "p2m_add_foreign, " V17 },
    [RULE_PHYSMAP_REMOVE] = { "physmap-remove", "what is removed from physical memory is memory of the domain's own, what Xen shares with it, or another's frame without a grant", "ENOENT",
        .source = MEM "do_memory_op, XENMEM_remove_from_physmap, " V17 },
    [RULE_GRANT_PIN_OWN] = { "grant-pin-own", "of how often an entry is in use, that is looked at which one more use adds to; without the rule, all of it", NULL,
        .since = { 4, 17, 0 }, .source = GT "map_grant_ref, GNTPIN_incr2oflow_mask; seen in 4.17.7, and not so in 4.13" },
    [RULE_GRANT_BUS_DEVICE] = { "grant-bus-device", "what is unmapped for devices, of what is mapped for them, is the frame of the grant", "bad_dev_addr",
        .since = { 4, 16, 0 }, .source = GT "unmap_common, of August 2021; seen in 4.17.7" },
    [RULE_GRANT_COPY_DOMAIN] = { "grant-copy-domain", "of a copy, that a domain is not there is told before that its frames may not be named", NULL,
        .since = { 4, 17, 6 }, .source = GT "gnttab_copy_lock_domain; seen in 4.17.7, and not so in 4.17.5" },
    [RULE_PTWR_DOM0] = { "ptwr-dom0", "dom0's writes to its L1 tables are made in its place even if it has not asked: Xen has to look where each leads to", NULL,
        .since = { 4, 10, 0 }, .source = "arch/x86/traps.c, fixup_page_fault; arch/x86/pv/ro-page-fault.c, pv_ro_page_fault, " V17 "; seen in 4.17.7" },
    [RULE_ARGUMENT_RANGE] = { "argument-range", "what a hypercall is given in memory is at addresses that a PV guest may have, all of it", "EFAULT", .source = "include/xen/guest_access.h, guest_handle_okay; asm/x86_64/uaccess.h, __addr_ok, " V17 },
    [RULE_ARGUMENT_MAPPED] = { "argument-mapped", "what a hypercall is given in memory can be read there, and where Xen writes, be written", "EFAULT", .source = "arch/x86/usercopy.c, copy_from_guest_ll; arch/x86/hvm/hvm.c, __hvm_copy, " V17 },
    [RULE_MEMORY_ARGUMENT] = { "memory-argument", "what says which memory is to come or go can be read, and written where frames are told; without the rule, it need not be", "short", .source = MEM "do_memory_op, populate_physmap, " V17 },
    [RULE_DEVICE_TYPES] = { "device-types", "a device of a PV domain reaches a frame as long as its type is writable, and it is that from when it is populated; without the rule it is reached then, and has no type", NULL,
        .since = { 4, 12, 0 }, .advisory = "XSA-288", .source = MM "_get_page_type, put_page, 4.12; mm/p2m.c, guest_physmap_add_entry" },
    [RULE_DEVICE_RIGHT] = { "device-right", "only a privileged domain assigns devices", "EPERM", .source = "include/xsm/dummy.h, xsm_assign_device, " V17 },
    [RULE_DEVICE_DOMAIN] = { "device-domain", "the domain that a device is assigned to, or taken from, exists", "ESRCH", .source = "common/domctl.c, do_domctl, " V17 },
    [RULE_DEVICE_THERE] = { "device-there", "there is a device of that name; if it is taken from a domain, it is that domain's", "ENODEV", .source = PASS "pci.c, assign_device, deassign_device, " V17 },
    [RULE_DEVICE_FREE] = { "device-free", "a device that is assigned is dom0's, or in quarantine", "EBUSY", .source = PASS "pci.c, device_assigned, " V17 },
    [RULE_DEVICE_TABLES] = { "device-tables", "a device is assigned to a domain that was built to have some", "EOPNOTSUPP", .since = { 4, 13, 0 }, .source = PASS "iommu.c, iommu_do_domctl, " V17 },
    [RULE_DEVICE_LOG] = { "device-log", "a domain of whose memory a log of dirty pages is kept gets no device", "EXDEV", .source = PASS "pci.c, assign_device, " V17 },
    [RULE_PHYSMAP_POPULATE] = { "physmap-populate", "where memory comes to physical memory there is no grant, no frame of another's, and no device's", "short",
        .source = P2M "p2m_add_page, " V17 },    [RULE_EVENT_DOMAIN] = { "event-domain", "a domain that a request for event channels names exists", "ESRCH",
        .source = EV "evtchn_alloc_unbound, evtchn_bind_interdomain, evtchn_status, 4.6" },
    [RULE_EVENT_FOREIGN] = { "event-foreign", "only a privileged domain, or the device model of one, makes ports for another, or asks what they are", "EPERM",
        .source = EV "evtchn_alloc_unbound, evtchn_status, 4.6; include/xsm/dummy.h, XSM_TARGET" },
    [RULE_EVENT_FREE] = { "event-free", "a domain has a port left: it has 4096 with bits in two levels, 32-bit 1024; and 1024 at most since 4.4, unless Xen has built it", "ENOSPC",
        .source = EV "get_free_port, 4.6; tools/libs/light, max_event_channels" },
    [RULE_EVENT_PORT] = { "event-port", "a port that a request names is there: they come in buckets of 64", "EINVAL",
        .source = EV "port_is_valid, 4.6" },
    [RULE_EVENT_OFFERED] = { "event-offered", "a port that is connected to waits, and for the domain that asks", "EINVAL",
        .source = EV "evtchn_bind_interdomain, 4.6" },
    [RULE_EVENT_XEN] = { "event-xen", "a port whose end is Xen's own is not the guest's to send by, or to close", "EINVAL",
        .source = EV "evtchn_send, evtchn_close, 4.6" },
    [RULE_EVENT_CLOSED] = { "event-closed", "a port that is closed was in use", "EINVAL",
        .source = EV "evtchn_close, 4.6" },
    [RULE_EVENT_SEND] = { "event-send", "a port that is sent by is connected, waits, or is for an IPI", "EINVAL",
        .source = EV "evtchn_send, 4.6" },
    [RULE_EVENT_STATUS_XEN] = { "event-status-xen", "nobody asks what a port is whose end is Xen's own", "EACCES",
        .since = { 4, 15, 0 }, .before = { 4, 19, 0 }, .source = EV "evtchn_status, f60ab5337f96 of 2020 and its revert of 2024" },
    [RULE_EVENT_VIRQ] = { "event-virq", "virtual interrupts are 0 to 23", "EINVAL",
        .source = EV "evtchn_bind_virq, 4.6" },
    [RULE_EVENT_VIRQ_GLOBAL] = { "event-virq-global", "a virtual interrupt that is one for all of a domain is bound for vCPU 0", "EINVAL",
        .source = EV "evtchn_bind_virq, 4.6" },
    [RULE_EVENT_VIRQ_BOUND] = { "event-virq-bound", "a virtual interrupt is bound to no other port", "EEXIST",
        .source = EV "evtchn_bind_virq, 4.6" },
    [RULE_EVENT_VCPU] = { "event-vcpu", "the vCPU that a port is to notify is there", "ENOENT",
        .source = EV "evtchn_bind_virq, evtchn_bind_ipi, 4.6" },
    [RULE_RESOURCE_NONE] = { "resource-none", "acquire_resource is none of memory_op's", "ENOSYS",
        .before = { 4, 11, 0 }, .source = MEM "do_memory_op, 4.6" },
    [RULE_RESOURCE_NR] = { "resource-nr", "32 frames are acquired at once, at most", "E2BIG",
        .since = { 4, 11, 0 }, .before = { 4, 15, 0 }, .source = MEM "acquire_resource, 4.11" },
    [RULE_RESOURCE_DOMAIN] = { "resource-domain", "the domain whose resource is acquired exists", "ESRCH",
        .since = { 4, 11, 0 }, .source = MEM "acquire_resource, 4.11: rcu_lock_remote_domain_by_id" },
    [RULE_RESOURCE_OWN] = { "resource-own", "a domain acquires no resource of its own", "EPERM",
        .since = { 4, 11, 0 }, .source = MEM "acquire_resource, 4.11: rcu_lock_remote_domain_by_id" },
    [RULE_RESOURCE_RIGHT] = { "resource-right", "only a privileged domain, or the device model of the other one, acquires its resources", "EPERM",
        .since = { 4, 11, 0 }, .source = "include/xsm/dummy.h, xsm_domain_resource_map, XSM_DM_PRIV, " V17 },
    [RULE_RESOURCE_TYPE] = { "resource-type", "a resource is of an ioreq server or of a grant table", "EOPNOTSUPP",
        .since = { 4, 11, 0 }, .source = MEM "acquire_resource, 4.11; resource_max_frames, 4.15" },
    [RULE_RESOURCE_ID] = { "resource-id", "of a grant table, resource 0 is the table and 1 its statuses", "EINVAL",
        .since = { 4, 11, 0 }, .source = MEM "acquire_grant_table, 4.11; " GT "gnttab_acquire_resource, 4.15" },
    [RULE_RESOURCE_TABLE] = { "resource-table", "what is acquired of a grant table is no more than it may have frames", "EINVAL",
        .since = { 4, 11, 0 }, .source = GT "gnttab_get_shared_frame_mfn, gnttab_get_status_frame_mfn, 4.15" },
    [RULE_RESOURCE_VERSION] = { "resource-version", "statuses are acquired of a grant table of version 2", "EINVAL",
        .since = { 4, 11, 0 }, .source = GT "gnttab_acquire_resource, 4.15" },
    [RULE_RESOURCE_HVM] = { "resource-hvm", "a domain whose ioreq server's pages are acquired is HVM or PVH", "EINVAL",
        .since = { 4, 11, 0 }, .source = MM "arch_acquire_resource, 4.11; " MEM "acquire_ioreq_server, 4.15" },
    [RULE_RESOURCE_BUFFERED] = { "resource-buffered", "an ioreq server whose frame 0 is acquired handles requests that nobody waits for", "ENOENT",
        .since = { 4, 11, 0 }, .source = "arch/x86/hvm/ioreq.c, hvm_get_ioreq_server_frame, 4.11" },
    [RULE_RESOURCE_FRAME] = { "resource-frame", "an ioreq server has frames 0 and 1", "EINVAL",
        .since = { 4, 11, 0 }, .source = "arch/x86/hvm/ioreq.c, hvm_get_ioreq_server_frame, 4.11" },
    [RULE_RESOURCE_TRANSLATED] = { "resource-translated", "an HVM or PVH domain that acquires resources is the hardware domain", "EACCES",
        .since = { 4, 11, 0 }, .source = MEM "acquire_resource, " V17 },
    [RULE_DM_DOMAIN] = { "dm-domain", "the domain that a device model asks for exists", "ESRCH",
        .source = DM "dm_op, 4.9: rcu_lock_remote_domain_by_id" },
    [RULE_DM_OWN] = { "dm-own", "a domain is no device model of its own", "EPERM",
        .source = DM "dm_op, 4.9: rcu_lock_remote_domain_by_id" },
    [RULE_DM_HVM] = { "dm-hvm", "a domain with ioreq servers is HVM or PVH", "EINVAL",
        .source = DM "dm_op, 4.9" },
    [RULE_DM_RIGHT] = { "dm-right", "only a privileged domain, or the device model of the other one, has an ioreq server there", "EPERM",
        .source = "include/xsm/dummy.h, xsm_dm_op, XSM_DM_PRIV, " V17 },
    [RULE_IOREQ_BUFFERED] = { "ioreq-buffered", "requests that nobody waits for are handled in one of the ways 0 to 2", "EINVAL",
        .source = IO "hvm_create_ioreq_server, 4.15" },
    [RULE_IOREQ_FREE] = { "ioreq-free", "a domain has 8 ioreq servers at most", "ENOSPC",
        .source = IO "hvm_create_ioreq_server, 4.15" },
    [RULE_IOREQ_SERVER] = { "ioreq-server", "the ioreq server that a request names is there", "ENOENT",
        .source = IO "get_ioreq_server, 4.15" },
    [RULE_IOREQ_EMULATOR] = { "ioreq-emulator", "only the domain that has created an ioreq server does something with it", "EPERM",
        .source = IO "hvm_get_ioreq_server_info and others, 4.15" },
    [RULE_IOREQ_GFN] = { "ioreq-gfn", "the guest has a frame left for a page of an ioreq server: it has 8", "ENOMEM",
        .source = IO "hvm_alloc_ioreq_gfn, 4.15" },
    [RULE_IOREQ_EITHER] = { "ioreq-either", "a page of an ioreq server is a frame of the guest's, or is acquired, but not both", "EPERM",
        .since = { 4, 11, 0 }, .source = IO "hvm_map_ioreq_gfn, hvm_alloc_ioreq_mfn, 4.15" },
    [RULE_POD_OWN] = { "pod-own", "frames that wait for memory are another domain's than the caller's", "short",
        .source = MEM "populate_physmap, " V17 },
    [RULE_POD_EXTERNAL] = { "pod-external", "a domain whose frames wait for memory is HVM or PVH; since 4.17, nothing is done for another one, and it is told that all was", "short",
        .before = { 4, 17, 0 }, .source = POD "guest_physmap_mark_populate_on_demand, 4.13; " MEM "populate_physmap, " V17 "; seen in 4.17.7" },
    [RULE_POD_UNUSED] = { "pod-unused", "where frames wait for memory, there is none", "short",
        .source = POD "guest_physmap_mark_populate_on_demand, " V17 },
    [RULE_POD_ALIGNED] = { "pod-aligned", "of an extent that is not aligned, frames that wait are counted one by one; without the rule, as many as an entry speaks for, wherever it begins", NULL,
        .since = { 4, 16, 0 }, .advisory = "XSA-388", .source = POD "p2m_pod_decrease_reservation, " V17 },
    [RULE_POD_FREE] = { "pod-free", "Xen has free frames to be kept for a domain", "ENOMEM",
        .source = POD "p2m_pod_set_cache_target, " V17 },
    [RULE_POD_RIGHT] = { "pod-right", "only a privileged domain says how much is kept", "EPERM",
        .source = "include/xsm/dummy.h, xsm_set_pod_target, " V17 },
    [RULE_POD_TARGET_EXTERNAL] = { "pod-target-external", "a domain for which memory is kept is HVM or PVH", "EINVAL",
        .source = MM "arch_memory_op, XENMEM_set_pod_target, " V17 },
    [RULE_POD_TARGET_MAX] = { "pod-target-max", "a domain is to have no more memory than it may have", "EINVAL",
        .source = MM "arch_memory_op, XENMEM_set_pod_target, " V17 },
    [RULE_GRANT_VERSION_MAX] = { "grant-version-max", "gnttab=max-ver:1: no table is of version 2", "ENOSYS",
        .since = { 4, 10, 0 }, .source = GT "gnttab_set_version, " V17 },
    [RULE_GRANT_TRANSITIVE_SWITCH] = { "grant-transitive-switch", "gnttab=no-transitive: an entry leads to no entry of another domain", "general_error",
        .since = { 4, 10, 0 }, .advisory = "XSA-226", .source = GT "acquire_grant_for_copy, " V17 },
    [RULE_GRANT_SWAP_USED] = { "grant-swap-used", "entries that change places are used by nobody", "eagain",
        .source = GT "swap_grant_ref, " V17 },
    [RULE_GRANT_CACHE_WHAT] = { "grant-cache-what", "lines of one page are written back, dropped, or both, and nothing else is done with them", "EINVAL",
        .source = GT "_cache_flush, " V17 },
    [RULE_GRANT_CACHE_FRAME] = { "grant-cache-frame", "what is flushed from caches is RAM, or next to it: of 256 MiB that have some", "EINVAL",
        .source = GT "_cache_flush, " V17 },
    [RULE_GRANT_CACHE_OWNER] = { "grant-cache-owner", "what is flushed from caches is some domain's", "EPERM",
        .source = GT "_cache_flush, " V17 },
    [RULE_GRANT_CACHE_MAPPED] = { "grant-cache-mapped", "another's frame is flushed from caches by a domain that has mapped it by a grant", "EINVAL",
        .source = GT "grant_map_exists, " V17 },
    [RULE_GRANT_CACHE_DROP] = { "grant-cache-drop", "lines of caches are not dropped without being written back", "EOPNOTSUPP",
        .source = "asm/flushtlb.h, invalidate_dcache_va_range, " V17 },
    [RULE_GRANT_TRANSFER_SWITCH] = { "grant-transfer-switch", "gnttab=no-transfer: no frame is transferred", "EOPNOTSUPP",
        .since = { 4, 17, 0 }, .source = GT "gnttab_transfer, " V17 },
    [RULE_GRANT_TRANSFER_EXTERNAL_OLD] = { "grant-transfer-external-old", "a frame of an HVM or PVH domain's, which others can have mapped writable without a reference as such, is not transferred", "bad_page",
        .since = { 4, 9, 0 }, .before = { 4, 12, 0 }, .also = { { 4, 8, 2 }, { 4, 7, 3 } }, .advisory = "XSA-217", .source = MM "steal_page; " GT "gnttab_transfer, 4.9" },
    [RULE_GRANT_TRANSFER_EXTERNAL] = { "grant-transfer-external", "a frame of an HVM or PVH domain's, which others can have mapped writable without a reference as such, is not transferred", "general_error",
        .since = { 4, 12, 0 }, .advisory = "XSA-217", .source = MM "steal_page; " GT "gnttab_transfer, " V17 },
    [RULE_GRANT_TRANSFER_OWNER] = { "grant-transfer-owner", "what is transferred is memory of the caller's own", "bad_page",
        .source = GT "gnttab_transfer; " MM "steal_page, " V17 },
    [RULE_GRANT_TRANSFER_HELD] = { "grant-transfer-held", "nothing refers to what is transferred", "bad_page",
        .source = GT "gnttab_transfer; " MM "steal_page, " V17 },
    [RULE_GRANT_TRANSFER_DOMAIN] = { "grant-transfer-domain", "the domain that a frame is transferred to exists; else the frame is free all the same", "bad_domain",
        .source = GT "gnttab_transfer, " V17 },
    [RULE_GRANT_TRANSFER_FREE] = { "grant-transfer-free", "where a domain cannot name a frame that is transferred to it, Xen has another one that it can; else the frame is free all the same", "address_too_big",
        .source = GT "gnttab_transfer, " V17 },
    [RULE_GRANT_TRANSFER_ROOM] = { "grant-transfer-room", "a domain that a frame is transferred to may have one more; else the frame is free all the same", "general_error",
        .source = GT "gnttab_transfer, " V17 },
    [RULE_GRANT_TRANSFER_OFFERED] = { "grant-transfer-offered", "the entry that a frame is transferred by accepts one, of that domain, and none has come by it; else the frame is free all the same", "general_error",
        .source = GT "gnttab_prepare_for_transfer, " V17 },
    [RULE_PARAM_NUMBER] = { "param-number", "parameters of HVM and PVH domains have numbers from 0 to 38", "EINVAL",
        .source = "arch/x86/hvm/hvm.c, hvmop_set_param, hvmop_get_param, " V17 },
    [RULE_PARAM_EXTERNAL] = { "param-external", "a domain that has parameters is HVM or PVH", "EINVAL",
        .source = "arch/x86/hvm/hvm.c, hvmop_set_param, hvmop_get_param, " V17 },
    [RULE_PARAM_DEPRECATED] = { "param-deprecated", "what is not used any more is neither set nor read by anybody", "EINVAL",
        .since = { 4, 15, 0 }, .source = "arch/x86/hvm/hvm.c, hvm_allow_set_param, hvm_allow_get_param, " V17 },
    [RULE_PARAM_SET] = { "param-set", "a guest sets those of its parameters that are its own affair", "EPERM",
        .source = "arch/x86/hvm/hvm.c, hvm_allow_set_param, " V17 },
    [RULE_PARAM_GET] = { "param-get", "a guest reads those of its parameters that are its own affair", "EPERM",
        .source = "arch/x86/hvm/hvm.c, hvm_allow_get_param, " V17 },
    [RULE_PARAM_ONCE] = { "param-once", "what a domain is shown of Hyper-V and of machine checks, its pages for device models and who has views of it are set once", "EEXIST",
        .source = "arch/x86/hvm/hvm.c, hvm_allow_set_param, " V17 },
    [RULE_PARAM_TSS] = { "param-tss", "the TSS for code of 16 bits is below 4 GiB, and has 104 bytes at least", "EINVAL",
        .source = "arch/x86/hvm/hvm.c, hvm_set_param, " V17 },
    [RULE_PARAM_PAGES] = { "param-pages", "there is a page for ioreq servers, and there are 64 at most", "EINVAL",
        .source = "arch/x86/hvm/hvm.c, hvm_set_param, " V17 },
    [RULE_PARAM_ALTP2M_RIGHT] = { "param-altp2m-right", "only a privileged domain says who has views of a domain's memory", "EPERM",
        .source = "include/xsm/dummy.h, xsm_hvm_param_altp2mhvm, " V17 },
    [RULE_PARAM_ALTP2M] = { "param-altp2m", "views are for nobody, for all, for outsiders or for the guest in part: 0 to 3", "EINVAL",
        .source = "arch/x86/hvm/hvm.c, hvm_set_param, " V17 },
    [RULE_PARAM_ALTP2M_FIXED] = { "param-altp2m-fixed", "who has views of a domain's memory is said when it is created, and not set", "EEXIST",
        .since = { 4, 20, 0 }, .source = "arch/x86/hvm/hvm.c, hvm_allow_set_param, 4.22" },
    [RULE_EPT_FREE_FLUSH_OLD] = { "ept-free-flush-old", "what CPUs remember of a domain's EPT is flushed before a table of it is free", NULL,
        .before = { 4, 17, 0 }, .source = "arch/x86/mm/p2m-ept.c, ept_free_entry, 4.8" },
    [RULE_EPT_FREE_FLUSH] = { "ept-free-flush", "what CPUs remember of a domain's EPT is flushed before a table of it is free; without the rule, from 4.17 on, a table is free as soon as nothing leads to it, and CPUs use it yet", NULL,
        .since = { 4, 22, 0 }, .also = { { 4, 20, 3 } }, .advisory = "XSA-480", .source = "arch/x86/mm/p2m.c, p2m_free_ptp, 4.22" },
    [RULE_PAGING_SELF] = { "paging-self", "a pager takes away memory of another domain, and not of its own", "EPERM",
        .source = "arch/x86/mm/mem_paging.c, mem_paging_memop, " V17 },
    [RULE_PAGING_HARDWARE] = { "paging-hardware", "there is no pager where dom0 is PVH", "EOPNOTSUPP",
        .source = "common/vm_event.c, vm_event_domctl, " V17 },
    [RULE_PAGING_HAP] = { "paging-hap", "a domain whose memory is paged is HVM or PVH, under HAP", "ENODEV",
        .source = "common/vm_event.c, vm_event_domctl, " V17 },
    [RULE_PAGING_DEVICES] = { "paging-devices", "a domain whose memory is paged can have no devices", "EMLINK",
        .source = "common/vm_event.c, vm_event_domctl, " V17 },
    [RULE_PAGING_POD] = { "paging-pod", "of a domain whose memory is paged no frames wait to be populated, and none are kept for that", "EXDEV",
        .source = "common/vm_event.c, vm_event_domctl, " V17 },
    [RULE_PAGING_ENABLED] = { "paging-enabled", "a domain has one pager", "EBUSY",
        .source = "common/vm_event.c, vm_event_enable, " V17 },
    [RULE_PAGING_RING] = { "paging-ring", "a domain whose memory is paged has a pager", "ENODEV",
        .source = "arch/x86/mm/mem_paging.c, mem_paging_memop, " V17 },
    [RULE_PAGING_PAGEABLE] = { "paging-pageable", "what is nominated is RAM that can be written", "EBUSY",
        .source = "arch/x86/mm/mem_paging.c, nominate, " V17 },
    [RULE_PAGING_HELD] = { "paging-held", "nothing refers to what is nominated, or evicted, and it is memory of the domain's own", "EBUSY",
        .source = "arch/x86/mm/mem_paging.c, nominate, evict, " V17 },
    [RULE_PAGING_NOMINATED] = { "paging-nominated", "what is evicted was nominated, and nobody has touched it since", "EBUSY",
        .source = "arch/x86/mm/mem_paging.c, evict, " V17 },
    [RULE_PAGING_WANTED] = { "paging-wanted", "what is prepared was evicted, or touched", "ENOENT",
        .source = "arch/x86/mm/mem_paging.c, prepare, " V17 },
    [RULE_PAGING_FREE] = { "paging-free", "there is memory for what is prepared, and its domain may have it", "ENOMEM",
        .source = "arch/x86/mm/mem_paging.c, prepare, " V17 },
    [RULE_FOREIGN_PAGED] = { "foreign-paged", "a frame of another domain's that is mapped has its memory; else that is asked for", "ENOENT",
        .source = MM "do_mmu_update, mod_l1_entry, " V17 },
    [RULE_GRANT_PAGED] = { "grant-paged", "a frame that is granted is not on its way to a disk or back; else it is asked for", "eagain",
        .source = GT "get_paged_frame, " V17 },
    [RULE_EVENT_FIFO_PAGE] = { "event-fifo-page", "what a guest gives for queues of events is memory of its own, and no page table", "EINVAL",
        .source = "common/event_fifo.c, map_guest_page, " V17 },
    [RULE_EVENT_FIFO_PLACE] = { "event-fifo-place", "the heads of a vCPU's queues are 72 bytes of one page, at a multiple of 8", "EINVAL",
        .source = "common/event_fifo.c, evtchn_fifo_init_control, " V17 },
    [RULE_EVENT_FIFO_TWICE] = { "event-fifo-twice", "a vCPU has one place for the heads of its queues", "EINVAL",
        .source = "common/event_fifo.c, map_control_block, " V17 },
    [RULE_EVENT_FIFO_OFF] = { "event-fifo-off", "a guest that gives pages for ports has queues", "EOPNOTSUPP",
        .source = "common/event_fifo.c, evtchn_fifo_expand_array, " V17 },
    [RULE_EVENT_FIFO_FULL] = { "event-fifo-full", "a guest has 128 pages of ports at most", "ENOSPC",
        .source = "common/event_fifo.c, add_page_to_event_array, " V17 },
    [RULE_EVENT_PRIORITY_NONE] = { "event-priority-none", "a port that has a priority is in a queue", "ENOSYS",
        .source = "common/event_fifo.c, evtchn_fifo_set_priority; common/event_channel.c, evtchn_port_set_priority, " V17 },
    [RULE_EVENT_PRIORITY] = { "event-priority", "priorities are from 0, the highest, to 15", "EINVAL",
        .source = "common/event_fifo.c, evtchn_fifo_set_priority, " V17 },
    [RULE_PHYSMAP_GFN_PT] = { "physmap-gfn-pt", "the same where physical memory has tables as page tables are: of AMD processors, and of guests on shadows", "ENOENT",
        .source = "arch/x86/mm/p2m-pt.c, p2m_next_level, p2m_pt_set_entry, " V17 "; seen in 4.17.7" },
    [RULE_RESOURCE_EMPTY] = { "resource-empty", "a domain whose buffers of traces are acquired has some", "EINVAL",
        .since = { 4, 15, 0 }, .source = MEM "acquire_resource, resource_max_frames, " V17 "; seen in 4.17.7" },
    [RULE_HVM_GRANT] = { "hvm-grant", "an HVM or PVH domain has of grant_table_op no unmap_and_replace and no get_status_frames", "ENOSYS",
        .source = "arch/x86/hvm/hypercall.c, hvm_grant_table_op, " V17 "; seen in 4.17.7" },
    [RULE_EVENT_PRIORITY_USED] = { "event-priority-used", "a port that has a priority is in use, and none that is Xen's own", "EACCES",
        .source = "common/event_channel.h, evtchn_port_set_priority, " V17 },
    [RULE_PARAM_DEPRECATED_OLD] = { "param-deprecated-old", "the domain of a device model, and the event channel of its ring, are set by nobody any more", "EPERM",
        .since = { 4, 12, 0 }, .before = { 4, 15, 0 }, .source = "arch/x86/hvm/hvm.c, hvm_allow_set_param, 4.12" },
    [RULE_PARAM_VALUE] = { "param-value", "a parameter has one of the values that it can have", "EINVAL",
        .source = "arch/x86/hvm/hvm.c, hvm_set_param; arch/x86/cpu/mcheck/vmce.c, vmce_enable_mca_cap; arch/x86/hvm/pmtimer.c, pmtimer_change_ioport, " V17 },
    [RULE_PARAM_PORTS] = { "param-ports", "a domain in which ACPI's ports can be elsewhere has them: PVH domains have none", "ENODEV",
        .source = "arch/x86/hvm/pmtimer.c, pmtimer_change_ioport, " V17 },
    [RULE_PARAM_TSS_OWN] = { "param-tss-own", "the same, of a guest that says so of itself; else it is crashed", CRASH,
        .source = "arch/x86/hvm/hvm.c, hvm_set_param, " V17 },
    [RULE_PAGING_CONTROL_SELF] = { "paging-control-self", "a domain has no pager of its own", "EINVAL",
        .source = "common/vm_event.c, vm_event_domctl, " V17 },
    [RULE_PAGING_RING_PAGE] = { "paging-ring-page", "a domain that is to have a pager has a page for its ring: PAGING_RING_PFN", "EOPNOTSUPP",
        .source = "common/vm_event.c, vm_event_enable, " V17 },
    [RULE_PAGING_OFF] = { "paging-off", "a pager that is to go is there", "EINVAL",
        .source = "common/vm_event.c, vm_event_domctl, " V17 },
};

_Static_assert(NR_RULES + NR_OWN_RULES <= XENPT_PV_RULES_MAX, "all can be switched");

static const struct {
    const char *name;
    int number;
} errors[] = {
    { "ok", 0 },       { "EPERM", 1 },   { "ENOENT", 2 },  { "ESRCH", 3 },   { "ENOMEM", 12 }, { "EACCES", 13 },
    { "EFAULT", 14 },  { "EBUSY", 16 },  { "EINVAL", 22 }, { "ERANGE", 34 }, { "ENOSYS", 38 }, { "ERESTART", 85 },
    { "EOPNOTSUPP", 95 }, { "EXDEV", 18 }, { "ENODEV", 19 },
    { "EEXIST", 17 },  { "ENOSPC", 28 },
    { "E2BIG", 7 },    { "EMLINK", 31 },    { "ENXIO", 6 },    { "EXDEV", 18 },   { "short", SHORT_OF }, { CRASH, 999 },
    /* Statuses of grants; public/grant_table.h. */
    { "general_error", 2001 }, { "bad_domain", 2002 }, { "bad_gntref", 2003 }, { "bad_handle", 2004 },
    { "bad_virt_addr", 2005 }, { "bad_dev_addr", 2006 }, { "no_device_space", 2007 }, { "permission_denied", 2008 },
    { "bad_page", 2009 }, { "bad_copy_arg", 2010 }, { "address_too_big", 2011 }, { "eagain", 2012 }, { "no_space", 2013 },
};
/* clang-format on */

int error_number(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
        if (!strcmp(errors[i].name, name))
            return errors[i].number;
    return 0;
}

bool xenpt_pv_error_is(const char *name)
{
    return !strcmp(name, errors[0].name) || error_number(name);
}

const char *error_name(int number)
{
    for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
        if (errors[i].number == number)
            return errors[i].name;
    return "?";
}

const struct xenpt_pv_rule *xenpt_pv_rule(size_t i)
{
    return i < NR_RULES ? &rules[i] : own_rule(i - NR_RULES);
}

static size_t numbered(const char *name)
{
    size_t i = 0;

    while (xenpt_pv_rule(i) && strcmp(xenpt_pv_rule(i)->name, name) != 0)
        i++;
    return i;
}

const struct xenpt_pv_rule *xenpt_pv_rule_named(const char *name)
{
    return xenpt_pv_rule(numbered(name));
}

bool rule_has(enum rule rule, struct xenpt_release release)
{
    return rule_since(&rules[rule], release);
}

struct xenpt_pv_rules xenpt_pv_rules_of(struct xenpt_release release)
{
    struct xenpt_pv_rules ret = { .release = release };

    for (size_t i = 0; xenpt_pv_rule(i); i++)
        ret.in_force[i] = rule_since(xenpt_pv_rule(i), release);
    return ret;
}

struct xenpt_pv_rules xenpt_pv_rules_of_machine(const struct xenpt_machine *m)
{
    struct xenpt_pv_rules ret = xenpt_pv_rules_of(m->xen.release);

    for (size_t i = 0; i < NR_OWN_RULES; i++)
        ret.in_force[NR_RULES + i] = m->own_rules[i];
    return ret;
}

bool xenpt_pv_rules_switch(struct xenpt_pv_rules *r, const char *name, bool on)
{
    size_t i = numbered(name);

    if (!xenpt_pv_rule(i))
        return false;
    r->in_force[i] = on;
    return true;
}
