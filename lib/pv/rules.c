/* rules.c - Xen's rules for what domains ask of it, a row each (rules_*.inc by area, and below what
 * was added last), and which of them a release has; behind them, those of the machine:
 * xen/own_rules.c. */
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
#define SHARE "arch/x86/mm/mem_sharing.c, "
#define POD   "arch/x86/mm/p2m-pod.c, "
#define V13   "4.13"
#define V17   "4.17"

/*
 * Model: `since` is the first release of a branch that was made after a fix, and `also` are point
 * releases of older branches that are known to have it; others, and distributions, have it too,
 * which switching the row says.  Of the fixes of XSA-154, 182, 242, 290, 299, 309 and 310 only the
 * day is known here, and it is the first release of a branch after that.
 * Model: that HVM domains have mmuext_op is read in 4.9, and that they have multicalls is inferred
 * from the day when that was proposed, in June 2021: releases between are not looked at.
 * Model: likewise, that a PV domain is told EACCES of its physical memory is read in 4.17, and that
 * it is not in 4.9.
 * Model: that a frame of an HVM domain's is a bad page for a transfer until 4.12 and an error of no
 * kind since is read in 4.9 and 4.17: releases between are not looked at.
 * Model: that flush_cache_global is told EACCES, and that other resources are EINVAL, is read in
 * patches of the year of 4.21, and seen in 4.20.5, which is a branch's that was made before:
 * releases of 4.20 between are not looked at, nor which of 4.21 has what 4.22 has of sources.
 * Model: a release without its third number is the first of its branch, 4.6 and not 4.6.1: so
 * `rules: xen-4.6` are what 4.6.1 mended.
 */
/* clang-format off */
static const struct xenpt_pv_rule rules[NR_RULES] = {
#include "pv/rules_tables.inc"
#include "pv/rules_calls.inc"
#include "pv/rules_memory.inc"
#include "pv/rules_grants.inc"
#include "pv/rules_events.inc"
    /* Of all areas: what was added since. */
    [RULE_PHYSMAP_GFN_PT] = { "physmap-gfn-pt", "the same where physical memory has tables as page tables are: of AMD processors, and of guests on shadows", "ENOENT",
        .source = "arch/x86/mm/p2m-pt.c, p2m_next_level, p2m_pt_set_entry, " V17 "; seen in 4.17.7" },
    [RULE_RESOURCE_EMPTY] = { "resource-empty", "a domain whose buffers of traces are acquired has some", "EINVAL",
        .since = { 4, 15, 0 }, .source = MEM "acquire_resource, resource_max_frames, " V17 "; seen in 4.17.7" },
    [RULE_HVM_GRANT] = { "hvm-grant", "an HVM or PVH domain has of grant_table_op no unmap_and_replace, get_status_frames, transfer or cache_flush", "ENOSYS",
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
    [RULE_SHARING_BUILT] = { "sharing-built", "Xen is built with memory sharing: the model's mem-sharing", "ENOSYS",
        .source = "arch/x86/x86_64/mm.c, subarch_memory_op; arch/x86/domctl.c, arch_do_domctl, " V17 },
    [RULE_SHARING_VMX] = { "sharing-vmx", "a domain that shares memory is HVM or PVH, on a processor with VMX", "EOPNOTSUPP",
        .since = { 4, 14, 0 }, .source = SHARE "mem_sharing_control, " V17 },
    [RULE_SHARING_HAP] = { "sharing-hap", "a domain that shares memory is under HAP", "ENODEV", .source = SHARE "mem_sharing_control, " V17 },
    [RULE_SHARING_DEVICES] = { "sharing-devices", "a domain that shares memory can have no devices", "EXDEV", .source = SHARE "mem_sharing_control, " V17 },
    [RULE_SHARING_ENABLED] = { "sharing-enabled", "sharing was enabled for a domain by domctl; without the rule, it is by what is asked first", "ENODEV",
        .before = { 4, 14, 0 }, .source = SHARE "mem_sharing_memop, 4.12" },
    [RULE_SHARING_HARDWARE] = { "sharing-hardware", "where dom0 is PVH nobody is told of copies without memory", "EOPNOTSUPP", .source = "common/vm_event.c, vm_event_domctl, " V17 },
    [RULE_SHARING_LISTENED] = { "sharing-listened", "one is told of a domain's copies without memory", "EBUSY", .source = "common/vm_event.c, vm_event_enable, " V17 },
    [RULE_SHARING_RING_PAGE] = { "sharing-ring-page", "a domain of whose copies somebody is to be told has a page for that: SHARING_RING_PFN", "EOPNOTSUPP", .source = "common/vm_event.c, vm_event_enable, " V17 },
    [RULE_SHARING_SELF] = { "sharing-self", "a domain shares memory of others, and not its own", "EPERM", .source = SHARE "mem_sharing_memop, " V17 },
    [RULE_SHARING_AUDIT] = { "sharing-audit", "a debug build looks through what is shared", "EOPNOTSUPP", .source = SHARE "audit, " V17 },
    [RULE_SHARING_SHARABLE] = { "sharing-sharable", "what is nominated is RAM of the domain's that can be written, or shared already", "EINVAL", .source = SHARE "nominate_page, " V17 },
    [RULE_SHARING_VIEWS] = { "sharing-views", "what is nominated is the same, with the same access, in all views", "EINVAL", .since = { 4, 14, 0 }, .source = SHARE "nominate_page, " V17 },
    [RULE_SHARING_TYPE] = { "sharing-type", "what is nominated is in use as nothing, as a page that is written neither", "EINVAL", .source = SHARE "page_make_sharable, " V17 },
    [RULE_SHARING_HELD] = { "sharing-held", "nothing refers to what is nominated", "E2BIG", .source = SHARE "page_make_sharable, " V17 },
    [RULE_SHARING_CLIENT] = { "sharing-client", "sharing was enabled for the domain that gets a frame", "EINVAL", .source = SHARE "mem_sharing_memop, " V17 },
    [RULE_SHARING_SOURCE] = { "sharing-source", "the frame that stays was nominated, and has this handle", "S_HANDLE_INVALID", .source = SHARE "share_pages, add_to_physmap, " V17 },
    [RULE_SHARING_CLIENT_FRAME] = { "sharing-client-frame", "the frame that goes was nominated, and has this handle", "C_HANDLE_INVALID", .source = SHARE "share_pages, " V17 },
    [RULE_SHARING_HOLE] = { "sharing-hole", "where a frame is added, the domain has nothing, or what is on a disk", "C_HANDLE_INVALID", .source = SHARE "add_to_physmap, " V17 },
    [RULE_SHARING_DEBUG] = { "sharing-debug", "what is asked about is shared", "EINVAL", .source = SHARE "debug_gfn, " V17 },
    [RULE_SHARING_FREE] = { "sharing-free", "there is memory for a copy of what is shared, and its domain may have it", "ENOMEM", .source = SHARE "__mem_sharing_unshare_page; common/memory.c, guest_remove_page, " V17 },
    [RULE_L1_SHARED] = { "l1-shared", "an L1 entry that leads to what guests share has no RW; whose guest's it is, nobody looks at", "EBUSY", .source = MM "get_page_from_l1e, " V17 },
    [RULE_FOREIGN_SHARED] = { "foreign-shared", "a frame of another domain's that is mapped to be written, and is shared, becomes its own, for which there is memory", "ENOMEM", .source = MM "mod_l1_entry, " V17 },
    [RULE_GRANT_SHARED] = { "grant-shared", "a frame that is granted, and shared, becomes the domain's own when it is first used to be written, for which there is memory", "eagain", .source = "common/memory.c, check_get_page_from_gfn, " V17 },
    [RULE_VCPU_THERE] = { "vcpu-there", "a vCPU that vcpu_op is about is one of the caller's", "ENOENT",
        .source = "arch/x86/domain.c, do_vcpu_op, " V17 },
    [RULE_VCPU_INFO_PLACE] = { "vcpu-info-place", "a vcpu_info is 64 bytes of one page, at a multiple of 8, of a 32-bit guest of 4", "ENXIO",
        .source = "common/domain.c, map_vcpu_info, " V17 "; map_guest_area, 4.18" },
    [RULE_VCPU_INFO_TWICE] = { "vcpu-info-twice", "a vCPU has one place for its vcpu_info, once", "EINVAL",
        .before = { 4, 18, 0 }, .source = "common/domain.c, map_vcpu_info, " V17 },
    [RULE_VCPU_INFO_BUSY] = { "vcpu-info-busy", "a vCPU has one place for its vcpu_info, once, whatever that would be", "EBUSY",
        .since = { 4, 18, 0 }, .source = "common/domain.c, common_vcpu_op, map_guest_area, 4.18" },
    [RULE_VCPU_INFO_RUNS] = { "vcpu-info-runs", "a place for a vcpu_info is named by that vCPU, or while that is down", "EINVAL",
        .before = { 4, 18, 0 }, .source = "common/domain.c, map_vcpu_info, " V17 },
    [RULE_VCPU_INFO_FRAME] = { "vcpu-info-frame", "a vcpu_info begins in the page that is named", "EINVAL",
        .since = { 4, 18, 0 }, .source = "common/domain.c, common_vcpu_op, 4.18" },
    [RULE_VCPU_INFO_PAGE] = { "vcpu-info-page", "a page for a vcpu_info is memory of the guest's own", "EINVAL",
        .source = "common/domain.c, map_vcpu_info, " V17 "; map_guest_area, 4.18" },
    [RULE_VCPU_INFO_TYPE] = { "vcpu-info-type", "a page for a vcpu_info can be written: it is no page table and has no descriptors", "EINVAL",
        .before = { 4, 18, 0 }, .source = "common/domain.c, map_vcpu_info, " V17 },
    [RULE_VCPU_INFO_ACCESS] = { "vcpu-info-access", "the same", "EACCES",
        .since = { 4, 18, 0 }, .source = "common/domain.c, map_guest_area, 4.18" },
    [RULE_PIRQ_RANGE] = { "pirq-range", "a domain has 32 physical interrupts more than the I/O APIC has inputs; dom0 208 more for each of its vCPUs, or for each bit of the number of CPUs if these are fewer, as far as Xen has so many", "EINVAL",
        .source = "common/event_channel.c, evtchn_bind_pirq; common/domain.c, domain_create; arch/x86/io_apic.c, arch_hwdom_irqs, " V17 },
    [RULE_PIRQ_MAPPED] = { "pirq-mapped", "a physical interrupt that a PV domain binds is mapped to one of the host's", "EPERM",
        .source = "common/event_channel.c, evtchn_bind_pirq; include/xen/irq.h, pirq_access_permitted, " V17 },
    [RULE_PIRQ_BOUND] = { "pirq-bound", "a physical interrupt is bound to no other port", "EEXIST",
        .source = "common/event_channel.c, evtchn_bind_pirq, " V17 },
    [RULE_PIRQ_SHARED] = { "pirq-shared", "an interrupt that several domains bind is shared by each of them, and by 32 at most", "EBUSY",
        .source = "arch/x86/irq.c, pirq_guest_bind, " V17 },
    [RULE_MAP_PIRQ_DOMAIN] = { "map-pirq-domain", "a domain that gets a physical interrupt exists", "ESRCH",
        .source = "arch/x86/physdev.c, physdev_map_pirq, " V17 },
    [RULE_MAP_PIRQ_RIGHT] = { "map-pirq-right", "only a privileged domain, or the device model of one, maps physical interrupts", "EPERM",
        .source = "arch/x86/physdev.c, physdev_map_pirq; include/xsm/dummy.h, xsm_map_domain_pirq, " V17 },
    [RULE_MAP_PIRQ_GSI] = { "map-pirq-gsi", "what is mapped is an input of the I/O APIC, but the first, and has a number that its domain can have", "EINVAL",
        .source = "arch/x86/irq.c, allocate_and_map_gsi_pirq, map_domain_pirq, " V17 },
    [RULE_MAP_PIRQ_HARDWARE] = { "map-pirq-hardware", "who is not dom0 maps for others what is mapped for itself", "EINVAL",
        .source = "arch/x86/irq.c, allocate_and_map_gsi_pirq, " V17 },
    [RULE_MAP_PIRQ_OTHER] = { "map-pirq-other", "an interrupt is one physical interrupt of a domain's", "EEXIST",
        .source = "arch/x86/irq.c, allocate_pirq, " V17 },
    [RULE_MAP_PIRQ_ACCESS] = { "map-pirq-access", "who maps an interrupt may use it: dom0 has all but the first", "EPERM",
        .source = "arch/x86/irq.c, map_domain_pirq; arch/x86/dom0_build.c, dom0_setup_permissions, " V17 },
    [RULE_GDBSX_DOMAIN] = { "gdbsx-domain", "a domain that is debugged exists", "ESRCH",
        .source = "common/domctl.c, do_domctl, " V17 },
    [RULE_GDBSX_RIGHT] = { "gdbsx-right", "only a privileged domain has Xen copy memory of others for a debugger", "EPERM",
        .source = "include/xsm/dummy.h, xsm_domctl, " V17 },
    [RULE_GDBSX_MAPPED] = { "gdbsx-mapped", "what a debugger looks at is mapped in the tables of the domain's first vCPU, and what it writes to is not read-only in its physical memory", "EFAULT",
        .source = "arch/x86/gdbsx.c, dbg_rw_guest_mem, " V17 },
    [RULE_DEVICE_SELF] = { "device-self", "a domain assigns no device to itself, and takes none from itself", "EINVAL",
        .source = PASS "pci.c, iommu_do_pci_domctl, " V17 "; seen in 4.17.7" },
    [RULE_PHYSMAP_SOURCE_RAM] = { "physmap-source-ram", "a frame that moves in physical memory is RAM that can be written, or of which dirty pages are logged; without the rule, what it was else becomes RAM that can be written", "EACCES",
        .since = { 4, 22, 0 }, .also = { { 4, 20, 5 } }, .source = P2M "xenmem_add_to_physmap_one, patch of January 2026; seen in 4.20.5" },
    [RULE_PHYSMAP_RANGE_END] = { "physmap-range-end", "a range that goes up by less than its size is moved from its end; without the rule, from its beginning, and frames of it move again and again", NULL,
        .since = { 4, 22, 0 }, .also = { { 4, 20, 5 } }, .source = MEM "xenmem_add_to_physmap, patch of December 2025; seen in 4.20.5" },
    [RULE_PHYSMAP_FOREIGN_OWN] = { "physmap-foreign-own", "who asks for another's frames names a domain that is not itself", "EPERM",
        .source = P2M "p2m_add_foreign, " V17 ": rcu_lock_remote_domain_by_id; seen in 4.20.5" },
    [RULE_RESOURCE_KNOWN] = { "resource-known", "a resource is of an ioreq server, a grant table or buffers of traces", "EINVAL",
        .since = { 4, 21, 0 }, .also = { { 4, 20, 5 } }, .source = MEM "resource_max_frames, patch of February 2025; seen in 4.20.5" },
    [RULE_RESOURCE_VIEWS] = { "resource-views", "an HVM or PVH domain that acquires resources can have no views of its physical memory", "EACCES",
        .since = { 4, 19, 0 }, .source = MEM "acquire_resource; arch/x86/mm/p2m-basic.c, arch_acquire_resource_check, 4.19" },
    [RULE_CACHE_EVERYWHERE] = { "cache-everywhere", "flush_cache is of the caches of all CPUs; without the rule, of the one that it is asked on", NULL,
        .since = { 4, 21, 0 }, .also = { { 4, 20, 5 } }, .source = MM "do_mmuext_op, patch of May 2025; the code of 4.20.5" },
    [RULE_IOREQ_LEGACY] = { "ioreq-legacy", "where a guest has no frame left for a page of an ioreq server, the pages that IOREQ_PFN and BUFIOREQ_PFN name are taken; without the rule, not when it is first asked for", NULL,
        .since = { 4, 21, 0 }, .also = { { 4, 20, 5 } }, .source = IO "hvm_alloc_legacy_ioreq_gfn, patch of August 2025; seen in 4.20.5, and not so in 4.17.7" },
    [RULE_IOREQ_PAGE] = { "ioreq-page", "a frame of the guest's for a page of an ioreq server has memory", "EINVAL",
        .source = IO "hvm_map_ioreq_gfn; " MEM "prepare_ring_for_helper, " V17 },
    [RULE_POD_DEVICES] = { "pod-devices", "a domain whose frames wait for memory can use no devices", "short",
        .source = POD "guest_physmap_mark_populate_on_demand, " V17 ", 4.20.5" },
};

_Static_assert(NR_RULES + NR_OWN_RULES <= XENPT_PV_RULES_MAX, "all can be switched");

static const struct {
    const char *name;
    int number;
} errors[] = {
    { "ok", 0 },       { "EPERM", 1 },   { "ENOENT", 2 },  { "ESRCH", 3 },   { "ENOMEM", 12 }, { "EACCES", 13 },
    { "EFAULT", 14 },  { "EBUSY", 16 },  { "EINVAL", 22 }, { "ERANGE", 34 }, { "ENOSYS", 38 }, { "ERESTART", 85 },
    { "EOPNOTSUPP", 95 }, { "ENODEV", 19 },
    { "EEXIST", 17 },  { "ENOSPC", 28 },
    /* public/memory.h, XENMEM_SHARING_OP_*: of no error that has a name. */
    { "C_HANDLE_INVALID", 9 }, { "S_HANDLE_INVALID", 10 },
    { "E2BIG", 7 },    { "EAGAIN", 11 },    { "EMLINK", 31 },    { "ENXIO", 6 },    { "EXDEV", 18 },   { "short", SHORT_OF }, { CRASH, 999 },
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
