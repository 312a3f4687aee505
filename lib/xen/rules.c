/* rules.c - why entries are there, and what else would do. */
#include "xen/rules.h"

#define EXACT   .frame = XENPT_FRAME_EXACT
#define RENAMED .frame = XENPT_FRAME_RENAMED
#define ANY     .frame = XENPT_FRAME_ANY
#define SHADOW  ANY, .may_be_absent = true, .opaque = true
#define CACHE   (XENPT_BIT(3) | XENPT_BIT(4) | XENPT_BIT(7))
#define RW      XENPT_BIT(1)

/* clang-format off */
const struct rule rules[NR_RULES] = {
    [RULE_NOTHING] = { { "unused", "the layout has nothing here", "layout" }, EXACT },
    [RULE_ROOT_SHARED] = { { "shared-root-entry",
        "copied from Xen's own table when the root was made: all that is below is one for all",
        "arch/x86/mm.c, init_xen_l4_slots, 4.10" }, RENAMED },
    [RULE_SELF] = { { "linear-page-table", "the root leads to itself, so that Xen finds its entries "
        "at fixed addresses", "arch/x86/mm.c, init_xen_l4_slots, 4.10" }, RENAMED },
    [RULE_SHADOW_LINEAR] = { { "shadow-linear-page-table", "leads to the shadow in use, for the "
        "same purpose", "arch/x86/mm/shadow/multi.c, sh_update_linear_entries, 4.17" }, ANY },
    [RULE_SHADOW] = { { "shadow", "a shadow: made of what the guest's tables held when it was needed",
        "arch/x86/mm/shadow/multi.c, sh_page_fault, 4.17" }, ANY, .may_be_absent = true,
        .opaque = true },
    [RULE_SHADOW_TOP] = { { "shadow-root", "one of four in struct vcpu, for a guest with fewer levels: "
        "P alone", "arch/x86/mm/shadow/multi.c, sh_update_cr3, 4.17" }, SHADOW },
    [RULE_SHADOW_TABLE] = { { "shadow-table", "leads to the shadow of the guest's table, with A and D, "
        "whatever the guest's entry has", "arch/x86/mm/shadow/multi.c, _sh_propagate, 4.17" },
        SHADOW },
    [RULE_SHADOW_PAGE] = { { "shadow-page", "the guest's page, with the rights that the guest gives "
        "it", "arch/x86/mm/shadow/multi.c, _sh_propagate, 4.17" }, SHADOW },
    [RULE_SHADOW_PIECE] = { { "shadow-piece", "a piece of a larger page of the guest's: all rights, as "
        "those that the guest gives are one level up", "arch/x86/mm/guest_walk.c, "
        "guest_walk_tables; mm/shadow/multi.c, 4.17" }, SHADOW },
    [RULE_SHADOW_PROTECTED] = { { "shadow-protected", "read-only, whatever the guest has: it is a page "
        "table with a shadow, and Xen is to see writes to it", "arch/x86/mm/shadow/multi.c, "
        "_sh_propagate; common.c, sh_remove_write_access, 4.17" }, SHADOW },
    [RULE_SHADOW_OPEN] = { { "shadow-open", "a page table that is out of sync: the guest writes to it, and "
        "its shadow is what it was", "arch/x86/mm/shadow/common.c, sh_unsync, 4.17" }, SHADOW },
    [RULE_SHADOW_CLEAN] = { { "shadow-clean", "read-only until it is written: the guest's D is clear, "
        "and is set then", "arch/x86/mm/shadow/multi.c, _sh_propagate, 4.17" }, SHADOW },
    [RULE_SHADOW_LOG] = { { "shadow-log", "read-only until it is written: a log of dirty pages is "
        "kept", "arch/x86/mm/shadow/multi.c, _sh_propagate, 4.17" }, SHADOW },
    [RULE_SHADOW_READ_ONLY] = { { "shadow-read-only", "the guest's memory is read-only here, by its "
        "type", "arch/x86/mm/shadow/multi.c, _sh_propagate, 4.17" }, SHADOW },
    [RULE_SHADOW_DEVICE] = { { "shadow-device", "there is no memory: reserved bits, by whose fault Xen "
        "knows without looking that a device model is meant", "arch/x86/mm/shadow/types.h, "
        "sh_l1e_mmio, 4.17" }, SHADOW },
    [RULE_SHADOW_STALE] = { { "shadow-stale", "not what the guest has by now: its table is out of sync, "
        "or has not been looked at since", "arch/x86/mm/shadow/common.c, sh_resync, 4.17" },
        SHADOW },
    [RULE_SHADOW_ABSENT] = { { "shadow-absent", "the guest has nothing here",
        "arch/x86/mm/shadow/multi.c, _sh_propagate, 4.17" }, SHADOW },
    [RULE_SHADOW_UNUSED] = { { "shadow-unused", "absent until it is used: the guest's A is clear, and is "
        "set then", "arch/x86/mm/shadow/multi.c, _sh_propagate, 4.17" }, SHADOW },
    [RULE_SHADOW_LATER] = { { "shadow-later", "the guest has something here, and has not used it since "
        "this shadow was made", "arch/x86/mm/shadow/multi.c, sh_page_fault, 4.17" }, SHADOW },
    [RULE_PERDOMAIN] = { { "per-domain", "the domain's own L3, of which it has one",
        "arch/x86/mm.c, create_perdomain_mapping, 4.17" }, RENAMED },
    [RULE_PERDOMAIN_MIRROR] = { { "per-domain-mirror", "the per-domain area once more, where "
        "guest accesses may go", "arch/x86/mm.c, init_xen_l4_slots, 4.15" }, RENAMED },
    [RULE_GUEST] = { { "guest", "the guest's own, which Xen has validated",
        "arch/x86/mm.c, promote_l4_table, 4.17" }, ANY, .may_be_absent = true, .opaque = true },
    [RULE_GIVEN] = { { "guest-given", "the guest's own, from the beginning: the model gives it",
        "the model" }, ANY, .may_be_absent = true, .opaque = true },
    [RULE_GUEST_PAE] = { { "guest-pae", "leads to what the guest calls its CR3: four PDPTEs, in a "
        "whole page", "arch/x86/mm.c, new_guest_cr3; pv/domain.c, setup_compat_l4, 4.17" },
        RENAMED },
    [RULE_XPTI_COPY] = { { "xpti-copy", "copied from the guest's L4 on the last way out of Xen",
        "arch/x86/x86_64/entry.S, restore_all_guest, 4.17" }, ANY, .may_be_absent = true,
        .opaque = true },
    [RULE_XPTI_COMMON] = { { "xpti-common", "what of Xen's text and data an XPTI root needs: one "
        "tree for all CPUs", "arch/x86/smpboot.c, setup_cpu_root_pgt, 4.17" }, RENAMED },
    [RULE_XPTI_CPU] = { { "xpti-cpu", "this CPU's part of the directmap", "arch/x86/smpboot.c, "
        "setup_cpu_root_pgt, 4.17" }, RENAMED },
    [RULE_TABLE] = { { "table", "leads to a table of this area", "layout" }, RENAMED },
    [RULE_BOOT_TABLE] = { { "boot-table", "leads to a table of the image, whether there is RAM or "
        "not", "arch/x86/boot/x86_64.S, 4.17" }, RENAMED },
    [RULE_M2P] = { { "m2p", "the machine-to-physical table, over frames that exist",
        "arch/x86/x86_64/mm.c, paging_init, 4.17" }, RENAMED },
    [RULE_COMPAT_M2P_WINDOW] = { { "compat-m2p-window", "M2P, in a slot of the fourth L2 that is "
        "Xen's", "arch/x86/pv/mm.c, init_xen_pae_l2_slots, 4.17" }, RENAMED },
    [RULE_FRAMETABLE] = { { "frametable", "page_info of frames that exist",
        "arch/x86/mm.c, init_frametable, 4.17" }, RENAMED },
    [RULE_DIRECTMAP] = { { "directmap", "RAM at its machine address", "arch/x86/setup.c, "
        "__start_xen, 4.17" }, EXACT, .may_be_split = true },
    [RULE_DIRECTMAP_BOOT] = { { "directmap-low", "the first 2 MiB, by tables of the image",
        "arch/x86/boot/x86_64.S, 4.17" }, EXACT },
    [RULE_STACK_GUARD] = { { "stack-guard", "RAM, but a guard page or a shadow stack of a CPU's "
        "stack", "arch/x86/cpu/common.c and smpboot.c, memguard_guard_stack, 4.14" }, EXACT },
    [RULE_TEXT_ALIAS] = { { "text-alias", "Xen's own text and constants, which the directmap "
        "does not let be written", "arch/x86/setup.c, __start_xen, 4.18" }, EXACT,
        .may_be_split = true },
    [RULE_TEXT] = { { "text", "Xen's code", "arch/x86/setup.c, __start_xen; xen.lds.S, 4.17" },
        EXACT, .may_differ = XENPT_BIT(6), .may_be_split = true },
    [RULE_RODATA] = { { "rodata", "Xen's constants", "arch/x86/setup.c, __start_xen; xen.lds.S, "
        "4.17" }, EXACT, .may_be_split = true },
    [RULE_DATA] = { { "data", "Xen's .data and .bss", "arch/x86/setup.c, __start_xen; xen.lds.S, "
        "4.17" }, EXACT, .may_be_split = true },
    [RULE_IMAGE] = { { "image", "Xen's image", "arch/x86/setup.c, __start_xen, 4.5" }, EXACT },
    [RULE_IMAGE_PART] = { { "image-part", "what is mapped around the image, whatever the build",
        "layout" }, EXACT },
    [RULE_LIVEPATCH] = { { "livepatch-bitmap", "the bitmap of the addresses behind the image, "
        "which livepatches get", "common/vmap.c, vm_init_type, 4.17" }, RENAMED, .may_be_absent = true },
    [RULE_STUB] = { { "stub", "this CPU's stub; 32 CPUs have one frame", "arch/x86/smpboot.c, "
        "alloc_stub_page, 4.17" }, RENAMED },
    [RULE_FIXMAP] = { { "fixmap", "a page at an address that code knows, for whatever is there",
        "arch/x86/include/asm/fixmap.h, 4.17" }, ANY, .may_differ = CACHE, .may_be_absent = true },
    [RULE_FIXMAP_DEVICE] = { { "fixmap-device", "a device's registers, at an address that code "
        "knows", "arch/x86/include/asm/fixmap.h, 4.17" }, EXACT, .may_be_absent = true },
    [RULE_DEMAND] = { { "on-demand", "what code asked for, and has not given back",
        "common/vmap.c; arch/x86/mm.c, ioremap, 4.17" }, ANY, .may_differ = CACHE,
        .may_be_absent = true, .may_be_split = true },
    [RULE_MMCFG] = { { "mmcfg", "PCI configuration space", "arch/x86/x86_64/mmconfig_64.c, "
        "pci_mmcfg_arch_enable, 4.17" }, EXACT },
    [RULE_TRAMPOLINE] = { { "trampoline", "what is left of the boot trampoline, at its machine "
        "address", "arch/x86/x86_64/mm.c, zap_low_mappings, 4.17" }, EXACT,
        .may_be_absent = true },
    [RULE_GDT] = { { "gdt", "a frame of the GDT that the guest has set",
        "arch/x86/pv/descriptor-tables.c, pv_set_gdt, 4.17" }, RENAMED },
    [RULE_GDT_UNUSED] = { { "gdt-unused", "a page of zeros, where the guest has set no descriptors",
        "arch/x86/pv/descriptor-tables.c, pv_destroy_gdt, 4.17" }, RENAMED },
    [RULE_GDT_XEN] = { { "gdt-xen", "Xen's descriptors, of the CPU that the vCPU runs on",
        "arch/x86/domain.c, __context_switch, 4.17" }, ANY },
    [RULE_L4_WINDOW] = { { "l4-window", "the guest's L4 in use, for XPTI's copy: not in every "
        "release", "seen in 4.17.7" }, ANY, .may_be_absent = true },
    [RULE_LDT] = { { "ldt", "a page of the guest's LDT, mapped when it was first used",
        "arch/x86/pv/descriptor-tables.c, pv_map_ldt_shadow_page, 4.17" }, RENAMED,
        .may_be_absent = true },
    [RULE_ARGUMENTS] = { { "argument-translation", "a page for arguments that Xen translates",
        "arch/x86/x86_64/compat/mm.c, setup_compat_arg_xlat, 4.17" }, RENAMED },
    [RULE_MAPCACHE] = { { "mapcache", "a window, or the bitmaps of the windows",
        "arch/x86/domain_page.c, map_domain_page, 4.17" }, ANY, .may_be_absent = true },
    [RULE_XPTI_TEXT] = { { "xpti-text", "code that Xen is entered by, and each CPU's stub",
        "arch/x86/smpboot.c, setup_cpu_root_pgt, 4.17" }, EXACT, .may_differ = XENPT_BIT(6) },
    [RULE_XPTI_DESCRIPTORS] = { { "xpti-descriptors", "an IDT or a TSS",
        "arch/x86/smpboot.c, setup_cpu_root_pgt, 4.17" }, EXACT },
    [RULE_XPTI_STACK] = { { "xpti-stack", "a page of this CPU's stack, at the directmap's address",
        "arch/x86/smpboot.c, setup_cpu_root_pgt, 4.17" }, EXACT },
    [RULE_XPTI_HEAP] = { { "xpti-heap", "the IDT or the TSS of a CPU that was started later, where "
        "the heap had room", "arch/x86/smpboot.c, setup_cpu_root_pgt, 4.17" }, EXACT,
        .may_be_absent = true },
    [RULE_P2M_TABLE] = { { "p2m-table", "leads to a table of the guest's physical memory",
        "arch/x86/mm/p2m-ept.c and p2m-pt.c, 4.17" }, RENAMED, .may_be_absent = true },
    [RULE_P2M_RAM] = { { "p2m", "a frame of the guest's physical memory, by its type",
        "arch/x86/mm/p2m-ept.c, ept_p2m_type_to_flags; p2m-pt.c, p2m_type_to_flags, 4.17" },
        RENAMED, .may_be_absent = true, .may_be_split = true },
    [RULE_P2M_IDENTITY] = { { "p2m-identity", "a device or firmware, where the host has it",
        "arch/x86/hvm/dom0_build.c, pvh_populate_p2m, 4.17" }, EXACT, .may_be_absent = true },
    [RULE_P2M_HOLE] = { { "p2m-hole", "nothing of the guest's is here",
        "arch/x86/mm/p2m-ept.c and p2m-pt.c, 4.17" }, EXACT },
    [RULE_P2M_PENDING] = { { "p2m-pending", "what is below is worked out anew when it is touched: until "
        "then no processor accepts the entry",
        "arch/x86/mm/p2m-ept.c, ept_change_entry_type_global; p2m-pt.c, do_recalc, 4.17" },
        RENAMED, .may_be_absent = true, .may_be_split = true },
    [RULE_P2M_LOG] = { { "p2m-log", "RAM whose first write is noted: a log of dirty pages is kept",
        "arch/x86/mm/p2m-ept.c, ept_p2m_type_to_flags, 4.17; mm/hap/hap.c, hap_enable_log_dirty" },
        RENAMED, .may_be_absent = true, .may_be_split = true },
    [RULE_P2M_ACCESS] = { { "p2m-access", "a monitor has taken rights away",
        "arch/x86/mm/mem_access.c, p2m_set_mem_access, 4.17" }, RENAMED, .may_be_absent = true,
        .may_be_split = true },
};
/* clang-format on */
