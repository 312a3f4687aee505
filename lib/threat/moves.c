/* moves.c - what parties may do, a row each. */
#include <string.h>

#include "threat/internal.h"

#define MM  "arch/x86/mm.c, "
#define GT  "common/grant_table.c, "
#define XSM "include/xsm/dummy.h, "
#define V17 "4.17"

/*
 * Model: calls of a guest's user code to its kernel are no moves: what they lead to is the kernel's
 * doing, which is compromised or is not.  What is done by reading what one may not (Meltdown, L1TF)
 * is none either.
 * Model: Xen's flask module, and whatever else narrows these, is not modelled; --without takes
 * moves away.
 */
/* clang-format off */
static const struct move_row rows[NR_MOVES] = {
    [MOVE_MAPPED] = { { "mapped", "a guest's user code, or its kernel", "tables of its vCPUs that lead there now", "the rights that all levels leave",
        .by = "xenpt_map", .source = "the processor" }, SCOPE_NONE, NULL, NULL },
    [MOVE_OWN_P2M] = { { "own-p2m", "the kernel of an HVM or PVH guest", "the frame in its p2m; its own tables it writes as it likes", "the rights of the p2m's entry",
        .by = "xenpt_map", .source = "the processor; arch/x86/mm/p2m-ept.c, p2m-pt.c, " V17 }, SCOPE_NONE, NULL, NULL },
    [MOVE_MAP_OWN] = { { "map-own", "the kernel of a PV guest", "a frame of its domain, or one that Xen shares with it", "read and execute; write if it is used as no table and has no descriptors",
        { "l1-owner", "l1-writable" }, "xenpt_pv_mmu_update", MM "get_page_from_l1e, " V17 }, SCOPE_OWN, rights_map_own, NULL },
    [MOVE_EDIT_OWN] = { { "edit-own", "the kernel of a PV guest", "a table of its domain", "entries are changed, as far as Xen lets them be",
        { "entry-frame" }, "xenpt_pv_mmu_update", MM "do_mmu_update, " V17 }, SCOPE_OWN, rights_edit_own, NULL },
    [MOVE_RETYPE_OWN] = { { "retype-own", "the kernel of a PV guest", "a table of its domain, for which it has, or makes, another", "it is unpinned and taken out of others and of CR3: then it is memory, and written to",
        { "table-type" }, "xenpt_pv_mmuext", MM "do_mmuext_op, _put_page_type, " V17 }, SCOPE_OWN, rights_retype_own, NULL },
    [MOVE_POPULATE] = { { "populate", "a guest's kernel", "a frame that is nobody's, and less memory than its domain may have: it can give some back", "it is the domain's own, scrubbed",
        { "memory-max", "memory-free" }, "xenpt_pv_reservation", "common/memory.c, populate_physmap, " V17 }, SCOPE_ALL, rights_populate, NULL },
    [MOVE_GRANT_MAP] = { { "grant-map", "a guest's kernel", "an entry of another domain's grant table that names its domain", "read, and write if the entry says so and the frame is used as no table; never execute",
        { "grant-domid", "grant-read-only", "grant-writable" }, "xenpt_grant_map", GT "map_grant_ref, " V17 }, SCOPE_OFFERED, rights_grant_map, NULL },
    [MOVE_GRANT_COPY] = { { "grant-copy", "a guest's kernel", "the same; a part of a page, and what a third domain grants (transitive), as well", "Xen copies from it, and to it if the entry says so",
        { "grant-domid", "grant-read-only", "grant-writable" }, "xenpt_grant_copy", GT "gnttab_copy, " V17 }, SCOPE_OFFERED, rights_grant_copy, NULL },
    [MOVE_MAP_M2P] = { { "map-m2p", "the kernel of a privileged PV guest", "a frame of M2P", "read and execute: Xen has taken its type",
        { "foreign-right", "l1-writable" }, "xenpt_pv_mmu_update", "arch/x86/x86_64/mm.c, subarch_init_memory, " V17 }, SCOPE_ALL, rights_map_m2p, NULL },
    [MOVE_MAP_MMIO] = { { "map-mmio", "the kernel of a privileged guest", "a frame that is no RAM", "read, write and execute, uncached; of PCI configuration space RW is taken away",
        { "mmio-permission" }, "xenpt_pv_mmu_update", MM "get_page_from_l1e, " V17 }, SCOPE_ALL, rights_map_mmio, NULL },
    [MOVE_FOREIGN_MAP] = { { "foreign-map", "the kernel of a PV guest that is privileged, or a stub domain", "a frame of another domain, or of the stub domain's target", "read and execute; write unless it is a PV guest's and used as a table",
        { "foreign-right", "l1-writable" }, "xenpt_pv_mmu_update", XSM "xsm_mmu_update; " MM "get_page_from_l1e, " V17 }, SCOPE_ALL, rights_foreign_map, NULL },
    [MOVE_FOREIGN_EDIT] = { { "foreign-edit", "the kernel of a PV guest that is privileged", "a table of another PV guest", "entries are changed in its name, and it is unpinned, as far as Xen lets that be",
        { "foreign-right", "entry-frame" }, "xenpt_pv_mmu_update", MM "do_mmu_update, do_mmuext_op, " V17 }, SCOPE_ALL, rights_foreign_edit, NULL },
    [MOVE_FOREIGN_P2M] = { { "foreign-p2m", "the kernel of a privileged PVH guest", "a frame of another domain, or of M2P (add_to_physmap, space gmfn_foreign)", "read and write, whatever it is used as: no type is taken; never execute",
        .source = "arch/x86/mm/p2m.c, p2m_add_foreign, " V17 }, SCOPE_ALL, rights_foreign_p2m, NULL },
    [MOVE_FOREIGN_PHYSMAP] = { { "foreign-physmap", "the kernel of a guest that is privileged, or a stub domain", "a frame of another HVM or PVH guest", "where its p2m has it is changed",
        .source = XSM "xsm_add_to_physmap; common/memory.c, xenmem_add_to_physmap, " V17 }, SCOPE_ALL, rights_foreign_physmap, NULL },
    [MOVE_ACQUIRE_RESOURCE] = { { "acquire-resource", "the kernel of a guest that is privileged; a device model of its guest's", "another domain's grant table, or a page of an ioreq server", "read and write",
        .source = "common/memory.c, acquire_resource; " XSM "xsm_domain_resource_map, " V17 }, SCOPE_ALL, rights_acquire_resource, NULL },
    [MOVE_DEVICE_MODEL] = { { "device-model", "a device model", "memory of its HVM guest", "read and write",
        .source = XSM "xsm_map_gmfn_foreign, xsm_dm_op, " V17 }, SCOPE_OWN, rights_device_model, NULL },
    [MOVE_DMA] = { { "dma", "a device", "RAM that its IOMMU has: its domain's; of a PV dom0 that is not strict all but Xen's image; without an IOMMU all", "read and write",
        .source = "drivers/passthrough/x86/iommu.c, hwdom_iommu_map; arch_iommu_populate_page_table, " V17 }, SCOPE_ALL, rights_dma, NULL },
    [MOVE_DMA_SHARED] = { { "dma-shared", "a device", "what its domain has of others' memory: by grants that it has mapped; of an HVM or PVH guest, all that its p2m has", "read, and write if its domain may",
        .source = GT "map_grant_ref, mapkind; asm/p2m.h, p2m_get_iommu_flags, " V17 }, SCOPE_NONE, NULL, NULL },
    [MOVE_SUPERPAGE] = { { "superpage", "the kernel of a PV guest", "neither rule l2-superpage nor fast-path, and RAM in 2 MiB whose first frame is its own", "read, write and execute, by a page of 2 MiB that was a table",
        { "l2-superpage", "fast-path" }, "xenpt_pv_mmu_update", MM "mod_l2_entry, 4.5" }, SCOPE_ALL, rights_superpage, NULL },
    [MOVE_RAISE_RIGHTS] = { { "raise-rights", "the kernel of a 64-bit PV guest", "no rule fast-path, and an L4 of its own that leads to itself", "write, to a table that is in use",
        { "fast-path", "linear-read-only" }, "xenpt_pv_mmu_update", MM "mod_l4_entry, 4.7" }, SCOPE_OWN, rights_raise, NULL },
    [MOVE_RAISE_PAE] = { { "raise-pae", "the kernel of a 32-bit PV guest", "no rule linear-pae, and an L3 of its own that leads to itself", "write, to a table that is in use",
        { "linear-pae" }, "xenpt_pv_mmu_update", MM "get_page_from_l3e, 4.7" }, SCOPE_OWN, rights_raise_pae, NULL },
    [MOVE_ANY_OWNER] = { { "any-owner", "the kernel of a PV guest", "no rule l1-owner, and RAM, whoever has it", "read and execute; write if it is used as no table",
        { "l1-owner", "l1-writable" }, "xenpt_pv_mmu_update", MM "get_page_from_l1e, " V17 }, SCOPE_ALL, rights_any_owner, NULL },
    [MOVE_UNCHECKED_ENTRY] = { { "unchecked-entry", "a guest with a table that is written without checks", "any frame", "read, write and execute, by an entry that Xen never saw",
        .by = "xenpt_store_write64", .source = "the processor" }, SCOPE_ALL, rights_unchecked, NULL },
    [MOVE_GDBSX] = { { "gdbsx", "the kernel of a privileged guest", "RAM, a Xen that is built with gdbsx, and a PV domain to debug: Xen walks tables from where the request says, whosever they are", "Xen reads it, and writes to it, whatever it is used as",
        .source = "arch/x86/gdbsx.c, dbg_pv_va2mfn, dbg_rw_guest_mem; " XSM "xsm_domctl, " V17 }, SCOPE_ALL, rights_gdbsx, NULL },
    [MOVE_MAP_COW] = { { "map-cow", "the kernel of a PV guest", "a frame that HVM and PVH guests share, whichever they are", "read and execute: Xen asks for no right to what is dom_cow's",
        { "l1-shared" }, "xenpt_pv_mmu_update", MM "get_page_from_l1e, " V17 }, SCOPE_ALL, rights_map_cow, NULL },
    [MOVE_MEM_SHARING] = { { "mem-sharing", "the kernel of a privileged guest", "a Xen that is built with memory sharing, and memory of an HVM or PVH guest under EPT that can have no devices", "a guest of its own reads and executes it; and where that guest has it, it has what another guest's frame has in it: nobody compares them",
        { "sharing-self", "sharing-devices" }, "xenpt_mem_sharing", "arch/x86/mm/mem_sharing.c, share_pages; " XSM "xsm_mem_sharing_op, " V17 }, SCOPE_ALL, rights_mem_sharing, NULL },
    [MOVE_DIRECTMAP] = { { "directmap", "Xen", "RAM that the directmap has", "read and write, now",
        .by = "xenpt_map", .source = "arch/x86/setup.c, __start_xen, " V17 }, SCOPE_ALL, rights_directmap, NULL },
    [MOVE_XEN_MAP] = { { "xen-map", "Xen", "any frame", "everything, by tables of its own: map_domain_page, vmap, map_pages_to_xen",
        .source = "arch/x86/domain_page.c; " MM "map_pages_to_xen, " V17 }, SCOPE_ALL, rights_xen_map, NULL },
    [MOVE_EVICT] = { { "evict", "Xen; the kernel of a guest that has enclaves", "a page of the EPC: EWB, for ring 0", "ciphertext, which is loaded again only where it was, and if it is the newest; its enclave waits for it",
        .source = "Intel SDM vol. 3D, EWB, ELDU" }, SCOPE_ALL, rights_evict, NULL },

    [MOVE_OWN_USER] = { { "own-user", "a guest's kernel", "nothing", "it does what its user code can",
        .by = "xenpt_machine_run", .source = "the processor" }, SCOPE_NONE, NULL, becomes_own_user },
    [MOVE_SET_CONTEXT] = { { "set-context", "the kernel of a privileged guest", "another domain, whose registers are not encrypted", "it decides what that one's kernel executes: by the registers of a vCPU, or by the kernel that it builds it with",
        .source = "common/domctl.c, XEN_DOMCTL_setvcpucontext; " XSM "xsm_domctl, " V17 }, SCOPE_NONE, NULL, becomes_set_context },
    [MOVE_DRIVE] = { { "drive", "a guest's kernel", "a device of its own", "it says where that reads and writes",
        .source = "drivers/passthrough, " V17 }, SCOPE_NONE, NULL, becomes_drive },
    [MOVE_ASSIGN_DEVICE] = { { "assign-device", "the kernel of a privileged guest", "another domain", "it gives that one a device, which it has set up before",
        .source = "drivers/passthrough/pci.c, iommu_do_pci_domctl; " XSM "xsm_assign_device, " V17 }, SCOPE_NONE, NULL, becomes_assign_device },
    [MOVE_SPAWN] = { { "spawn", "the kernel of a privileged guest", "a device model", "it is a process of its own, or in a domain that it builds",
        .source = "tools/libs/light/libxl_dm.c, " V17 }, SCOPE_NONE, NULL, becomes_spawn },
    [MOVE_PRIVCMD] = { { "privcmd", "a device model that is a process of dom0's root", "/dev/xen/privcmd, not restricted", "it makes dom0's hypercalls",
        .source = "tools/libs/call/linux.c; drivers/xen/privcmd.c of Linux" }, SCOPE_NONE, NULL, becomes_privcmd },
    [MOVE_STUB_DOMAIN] = { { "stub-domain", "a stub domain, or the device model in it", "that it is one", "each is the other",
        .source = "common/domctl.c, XEN_DOMCTL_set_target, " V17 }, SCOPE_NONE, NULL, becomes_stub_domain },
    [MOVE_XEN_SLOT] = { { "xen-slot", "the kernel of a 64-bit PV guest", "no rule l4-xen-slot", "Xen finds a table of the guest's in a slot of its own",
        { "l4-xen-slot" }, "xenpt_pv_mmu_update", MM "mod_l4_entry, " V17 }, SCOPE_NONE, NULL, becomes_xen_slot },
    [MOVE_EXCHANGE_ARRAY] = { { "exchange-array", "the kernel of a 64-bit PV guest", "no rule exchange-array", "Xen writes numbers of frames to addresses of its own",
        { "exchange-array" }, "xenpt_pv_exchange", "common/memory.c, memory_exchange, 4.8" }, SCOPE_NONE, NULL, becomes_exchange },
    [MOVE_LIVEPATCH] = { { "livepatch", "the kernel of a privileged guest", "a Xen that is built with it", "Xen executes what it is given as a patch",
        .source = "common/livepatch.c, livepatch_op; " XSM "xsm_sysctl, " V17 }, SCOPE_NONE, NULL, becomes_livepatch },
    [MOVE_KEXEC] = { { "kexec", "the kernel of a privileged guest", "a Xen that is built with it", "a kernel that it has loaded is executed in Xen's place, and all memory is as it was",
        .source = "common/kexec.c, kexec_exec, kexec_reboot; " XSM "xsm_kexec, " V17 }, SCOPE_NONE, NULL, becomes_kexec },
    [MOVE_RUN_ANYWHERE] = { { "run-anywhere", "Xen", "anybody, but code of a guest whose registers are encrypted", "it decides what that one executes",
        .source = "arch/x86/domain.c, " V17 }, SCOPE_NONE, NULL, becomes_anyone },
    [MOVE_OVERWRITE_KERNEL] = { { "overwrite-kernel", "whoever writes to all memory of a domain that is granted to nobody", "nothing more", "its kernel is there: it executes what is written",
        .source = "the processor" }, SCOPE_NONE, NULL, NULL },
    [MOVE_OVERWRITE_XEN] = { { "overwrite-xen", "whoever writes to Xen's image, tables, stacks or heap", "nothing more", "Xen does what is written there",
        .source = "the processor" }, SCOPE_NONE, NULL, NULL },
    [MOVE_WRITE_ENTRIES] = { { "write-entries", "a guest's user code, or its kernel", "that somebody of this threat writes to a table of that guest's while it is one", "its tables lead wherever is written there",
        .source = "the processor" }, SCOPE_NONE, NULL, NULL },
};
/* clang-format on */

_Static_assert(NR_MOVES <= XENPT_MOVES_MAX, "there is room for what is left out");

const struct move_row *move_row(enum move_id id)
{
    return &rows[id];
}

const struct xenpt_move *xenpt_move(size_t i)
{
    return i < NR_MOVES ? &rows[i].said : NULL;
}

const struct xenpt_move *xenpt_move_named(const char *name)
{
    for (size_t i = 0; i < NR_MOVES; i++)
        if (!strcmp(rows[i].said.name, name))
            return &rows[i].said;
    return NULL;
}
